"""The keys of a question, as a person gives them."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.cli.ask import keys as ask_keys
from gateway.cli.ask.keys import read_line, read_table
from gateway.cli.screen import Problem
from gateway.ground.item import Key, Kind, Label


def _key(name: str, kind: Kind = Kind.STRING, *, required: bool = False, max_len: int = 50) -> Key:
    return Key(name, Label(name, name), kind, required=required, subject=False, max_len=max_len)


KEYS = {
    "social_security_no": _key("social_security_no", max_len=18),
    "since": _key("since", Kind.DATE),
    "months": _key("months", Kind.INTEGER),
}
NUMBER = "519999199001010017"
OTHERS = ("519999199001010025", "519999199001010033", "519999199001010041")


def test_a_kind_comes_from_the_item_or_from_the_line() -> None:
    """What the line says goes before what the item says; without both it is text."""
    page = read_line(
        ["since=2026-01-31", "months:decimal=3.50", "unknown=x", "active:boolean=TRUE", "n:integer=-4"], KEYS
    )
    assert (date(2026, 1, 31), "3.50", "x", True, -4) == tuple(column.values[0] for column in page.columns)
    assert Kind.DECIMAL == page.column("months").kind


def test_a_value_can_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a personal number does not stand in the shell's history."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{NUMBER}\n张三\n"))
    page = read_line(["social_security_no=@-", "name=@-"], KEYS)
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
        read_line(pairs, KEYS)
    problem = caught.value
    assert problem.remedy.zh
    shown = f"{problem} {problem.found} {problem.expected} {problem.remedy} {problem.__cause__}"
    assert NUMBER not in shown


def test_an_empty_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing piped in is no key."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    with pytest.raises(Problem):
        read_line(["social_security_no=@-"], KEYS)


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
    path = _table(tmp_path, "\ufeffsocial_security_no,since\n{},2026-01-01\n\n{},\n{},2026-01-03\n".format(*OTHERS))
    pages = read_table(path, KEYS)
    assert [2, 1] == [page.rows for page in pages]
    assert OTHERS[:2] == pages[0].column("social_security_no").values
    assert (date(2026, 1, 1), None) == pages[0].column("since").values
    assert OTHERS[2:] == pages[1].column("social_security_no").values


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
        read_table(_table(tmp_path, text), KEYS)
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


IMPOSSIBLE = (
    "5.19999E+17",
    "5.1E+17",
    "５.１９９９９Ｅ+17",
    "519999199001010010",
    "519999199001010000",
    "51999919900101001",
    "5199991990010100171",
    "519999199002300019",
    "519999000230001",
    "USA",
    "王一",
)


@pytest.mark.parametrize("number", IMPOSSIBLE)
@pytest.mark.parametrize("known", [True, False])
def test_a_number_that_cannot_exist_is_named_by_its_line(tmp_path: Path, number: str, known: bool) -> None:
    """A6: also of an item that this installation does not know; the line of the file, never the number."""
    path = _table(tmp_path, f"social_security_no,note\n{NUMBER},a\n\n{OTHERS[0]},b\n\n{number},d\n")
    with pytest.raises(Problem) as caught:
        read_table(path, KEYS if known else {})
    problem = caught.value
    assert problem.found.en.startswith("in line 6, the key social_security_no: ")
    assert problem.found.zh.startswith("第 6 行，")
    assert number not in f"{problem} {problem.found} {problem.expected} {problem.remedy}"
    with pytest.raises(Problem, match=r"\(KEY_INVALID\)"):
        read_line([f"social_security_no={number}"], KEYS if known else {})


def test_a_code_that_the_key_does_not_take_is_told_with_those_that_it_takes(tmp_path: Path) -> None:
    """In the language of the run, by its line, before anything is asked; the value itself is not told."""
    kinds = (("110", Label("养老", "pension")), ("210", Label("失业", "unemployment")))
    key = replace(_key("insurance_type"), codes=kinds, elsewhere=(("310", "CY-HE-01"),))
    with pytest.raises(Problem) as caught:
        read_table(_table(tmp_path, "insurance_type\n110\n养老保险\n"), {"insurance_type": key})
    assert "in line 3, the key insurance_type: another code (KEY_CODE_UNKNOWN)" == caught.value.found.en
    assert "one of 110 (pension), 210 (unemployment)" == caught.value.expected.en
    assert "110（养老）、210（失业） 之一" == caught.value.expected.zh
    assert "养老保险" not in f"{caught.value} {caught.value.found}"
    with pytest.raises(Problem, match="a code to ask CY-HE-01 about"):
        read_line(["insurance_type=310"], {"insurance_type": key})


def test_the_whole_table_is_judged_before_a_part_of_it_is_given(tmp_path: Path) -> None:
    """A6: a wrong row in the second part leaves nothing to ask; all lines with a fault are told."""
    rows = [NUMBER] * 600
    rows[549], rows[560] = "5.19999E+17", "519999199001010010"
    with pytest.raises(Problem) as caught:
        read_table(_table(tmp_path, "\n".join(["social_security_no", *rows])), KEYS)
    assert "in line 551, " in caught.value.found.en
    assert caught.value.found.en.endswith("; 1 more lines with a fault: 562")
    assert "nothing has been asked" in caught.value.remedy.en


@pytest.mark.parametrize(
    ("key", "cell", "found"),
    [
        (_key("name", required=True), "", "null"),
        (_key("name"), "王" * 51, "51"),
        (_key("bank_account"), "6.22E+18", "power of ten"),
        (_key("card_no"), "1.5e+8", "power of ten"),
        (_key("since", Kind.DATE), "2026/1/31", "no date"),
    ],
)
def test_every_key_is_judged_as_the_gateway_judges_it(tmp_path: Path, key: Key, cell: str, found: str) -> None:
    """A6: the kind, not the number of persons alone."""
    path = _table(tmp_path, f"social_security_no,{key.name}\n{NUMBER},{cell}\n")
    with pytest.raises(Problem) as caught:
        read_table(path, {**KEYS, key.name: key})
    assert "in line 2, " in caught.value.found.en
    assert found in caught.value.found.en


@pytest.mark.parametrize("empty", [",", " , ", "\u3000,"])
def test_the_empty_lines_of_a_table_program_are_left_out(tmp_path: Path, empty: str) -> None:
    """A6: a table program writes its last line so."""
    (page,) = read_table(_table(tmp_path, f"social_security_no,name\n{NUMBER},王一\n{empty}\n"), KEYS)
    assert 1 == page.rows


@pytest.mark.parametrize(
    "written", ["50999919600101002x", "５０９９９９１９６００１０１００２Ｘ", " 50999919600101002X\u3000"]
)
def test_a_number_is_folded_to_its_one_writing(tmp_path: Path, written: str) -> None:
    """A6: small x, full width and outer blanks are no other number."""
    (page,) = read_table(_table(tmp_path, f"social_security_no\n{written}\n"), KEYS)
    assert ("50999919600101002X",) == page.column("social_security_no").values
    assert page == read_line([f"social_security_no={written}"], KEYS)


def test_a_quote_that_never_closes_is_no_table(tmp_path: Path) -> None:
    """It would swallow the rows that follow."""
    with pytest.raises(Problem, match="line 3"):
        read_table(_table(tmp_path, f'name\n王一\n"王二\n{NUMBER}\n'), KEYS)


@pytest.mark.parametrize(
    "octets",
    [
        b"social_security_no;name\n" + b"x;y\n",
        b"social_security_no\tname\nx\ty\n",
        "social_security_no，name\nx，y\n".encode(),
        "social_security_no,name\nx,王一\n".encode("gb18030"),
        "social_security_no,name\nx,王一\n".encode("utf-16"),
    ],
)
def test_a_table_in_another_form_is_told_how_to_become_one(tmp_path: Path, octets: bytes) -> None:
    """A6: the next step is the conversion, not the item's keys."""
    path = tmp_path / "batch.csv"
    path.write_bytes(octets)
    with pytest.raises(Problem) as caught:
        read_table(path, KEYS)
    assert "CSV UTF-8" in caught.value.remedy.en
    assert "CSV UTF-8" in caught.value.remedy.zh


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("\x1b[31m王", "control characters"),
        ("王\u202e一", "signs without width"),
        ("\u2800", "signs that show nothing"),
        ('"王\n一"', "control characters"),
        ('"\n"', "control characters"),
        ("\x1f", "control characters"),
        ("\u2028", "line separators"),
        ("\u200b王", "signs without width"),
        ("\ue000王", "signs of the private use area"),
        ("\t王", "control characters"),
    ],
)
@pytest.mark.parametrize("items", [{**KEYS, "name": _key("name")}, {}])
def test_what_cannot_be_seen_is_told_by_its_line_before_anything_is_asked(
    tmp_path: Path, cell: str, said: str, items: dict[str, Key]
) -> None:
    """F13: in any key, in a row beyond the first page, whether the item is known here or not."""
    path = tmp_path / "table.csv"
    rows = f"{NUMBER},王一\n" * 500 + f"{NUMBER},{cell}\n{NUMBER},王二\n"
    path.write_bytes(f"social_security_no,name\n{rows}".encode())
    with pytest.raises(Problem) as caught:
        read_table(path, items)
    assert f"in line 502, the key name: {said} (KEY_INVALID)" == caught.value.found.en
    assert "text that can be seen" == caught.value.expected.en
    assert "王" not in f"{caught.value.found}{caught.value.remedy}"


@pytest.mark.parametrize(
    "cell", [f"\u200b{NUMBER}", f"{NUMBER}\u202c", f'"\n{NUMBER}"', f'"{NUMBER}\r\n"', f"\x1f{NUMBER}"]
)
def test_a_number_with_what_cannot_be_seen_is_not_folded(tmp_path: Path, cell: str) -> None:
    """F13: a line feed belongs to a mistaken quote; blanks and a tab around it do not matter."""
    path = tmp_path / "table.csv"
    path.write_bytes(f"social_security_no\n{cell}\n".encode())
    with pytest.raises(Problem, match="KEY_INVALID"):
        read_table(path, KEYS)
    path.write_bytes(f"social_security_no\n\t{NUMBER} \u3000\n\t\n".encode())
    assert [(NUMBER,)] == [page.columns[0].values for page in read_table(path, KEYS)]


def test_rows_that_hold_control_signs_alone_are_not_empty(tmp_path: Path) -> None:
    """F13: only blanks and tabs make a row that a table program left behind."""
    path = tmp_path / "table.csv"
    path.write_bytes(f"social_security_no,name\n{NUMBER},王一\n\x1c,\x1f\n".encode())
    with pytest.raises(Problem) as caught:
        read_table(path, KEYS)
    assert "in line 3" in caught.value.found.en


def test_a_number_of_tomorrow_is_nobodys(tmp_path: Path) -> None:
    """A6: as the gateway judges it; the line is told."""
    path = tmp_path / "table.csv"
    path.write_text(f"social_security_no\n{NUMBER}\n519999209903070015\n", encoding="utf-8")
    with pytest.raises(Problem, match="still to come") as caught:
        read_table(path, KEYS)
    assert "in line 3" in caught.value.found.en


def test_lines_are_counted_over_a_cell_with_a_line_feed(tmp_path: Path) -> None:
    """A6: the cell is a fault itself (F13), told by the line on which its row begins; the next one is the file's."""
    path = _table(tmp_path, f'social_security_no,note\n{NUMBER},a\n\n{OTHERS[0]},"b\nc"\n5.1E+17,d\n')
    with pytest.raises(Problem) as caught:
        read_table(path, KEYS)
    said = "in line 4, the key note: control characters (KEY_INVALID); 1 more lines with a fault: 6"
    assert said == caught.value.found.en
