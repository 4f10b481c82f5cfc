"""The keys of a question, as a person gives them."""

from __future__ import annotations

import io
import sys
from datetime import date
from pathlib import Path

import pytest

from gateway.cli.ask import keys as ask_keys
from gateway.cli.ask.keys import read_line, read_table
from gateway.cli.screen import Problem
from gateway.ground.item import Kind

KINDS = {"social_security_no": Kind.STRING, "since": Kind.DATE, "months": Kind.INTEGER}
NUMBER = "519999199001010010"


def test_a_kind_comes_from_the_item_or_from_the_line() -> None:
    """What the line says goes before what the item says; without both it is text."""
    page = read_line(
        ["since=2026-01-31", "months:decimal=3.50", "unknown=x", "active:boolean=TRUE", "n:integer=-4"], KINDS
    )
    assert (date(2026, 1, 31), "3.50", "x", True, -4) == tuple(column.values[0] for column in page.columns)
    assert Kind.DECIMAL == page.column("months").kind


def test_a_value_can_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a personal number does not stand in the shell's history."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{NUMBER}\n张三\n"))
    page = read_line(["social_security_no=@-", "name=@-"], KINDS)
    assert (NUMBER, "张三") == tuple(column.values[0] for column in page.columns)


def test_a_value_can_come_from_a_file_and_may_begin_with_an_at(tmp_path: Path) -> None:
    """A doubled sign is the sign itself."""
    (tmp_path / "key").write_text(NUMBER + "\r\n", encoding="utf-8")
    page = read_line([f"a=@{tmp_path / 'key'}", "b=@@home"], {})
    assert (NUMBER, "@home") == (page.column("a").values[0], page.column("b").values[0])


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [NUMBER],
        ["=x"],
        [f"social_security_no={NUMBER}", f"social_security_no={NUMBER}"],
        ["social_security_no="],
        [f"since={NUMBER}"],
        [f"months={NUMBER}x"],
        [f"n:decimal={NUMBER}."],
        [f"n:boolean={NUMBER}"],
        [f"n:sealed={NUMBER}"],
        [f"n:text={NUMBER}"],
        [f"Name={NUMBER}"],
        [f"name:={NUMBER}"],
        [f"a=@/nonexistent-{NUMBER[:3]}"],
    ],
)
def test_a_broken_key_is_refused_without_its_value(pairs: list[str]) -> None:
    """An error never shows a personal number, in no language and in no chained error."""
    with pytest.raises(Problem) as caught:
        read_line(pairs, KINDS)
    problem = caught.value
    assert problem.remedy.zh
    shown = f"{problem} {problem.found} {problem.expected} {problem.remedy} {problem.__cause__}"
    assert NUMBER not in shown


def test_an_empty_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing piped in is no key."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(Problem):
        read_line(["social_security_no=@-"], KINDS)


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    """A key is text."""
    (tmp_path / "key").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Problem):
        read_line([f"a=@{tmp_path / 'key'}"], {})


def _table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "batch.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_becomes_pages_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is one question; empty cells are null; a byte order mark and blank lines do no harm."""
    monkeypatch.setattr(ask_keys, "BATCH_ROWS", 2)
    path = _table(tmp_path, "\ufeffsocial_security_no,since\na,2026-01-01\n\nb,\nc,2026-01-03\n")
    pages = read_table(path, KINDS)
    assert [2, 1] == [page.rows for page in pages]
    assert ("a", "b") == pages[0].column("social_security_no").values
    assert (date(2026, 1, 1), None) == pages[0].column("since").values
    assert ("c",) == pages[1].column("social_security_no").values


@pytest.mark.parametrize(
    "text",
    [
        "",
        "social_security_no\n",
        f"social_security_no\n{NUMBER},x\n",
        f"social_security_no,social_security_no\n{NUMBER},{NUMBER}\n",
        f"{NUMBER}\n{NUMBER}\n",
        f"since\n{NUMBER}\n",
    ],
)
def test_a_broken_table_is_refused_without_its_values(tmp_path: Path, text: str) -> None:
    """No header, no row, a row of another width, a name twice, numbers for a header, no date."""
    with pytest.raises(Problem) as caught:
        read_table(_table(tmp_path, text), KINDS)
    assert NUMBER not in f"{caught.value} {caught.value.found} {caught.value.expected}"


def test_a_table_that_is_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What accumulates has a limit."""
    monkeypatch.setattr(ask_keys, "MAX_BATCH_ROWS", 1)
    with pytest.raises(Problem, match="at most 1 rows"):
        read_table(_table(tmp_path, "a\nx\ny\n"), {})


def test_a_table_that_is_absent_or_no_text_is_refused(tmp_path: Path) -> None:
    """The path is named, nothing else."""
    (tmp_path / "bytes.csv").write_bytes(b"a\n\xff\n")
    for name in ("absent.csv", "bytes.csv"):
        with pytest.raises(Problem, match=name):
            read_table(tmp_path / name, {})
