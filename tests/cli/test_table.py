"""Tables of a terminal: every code whole at eighty columns, in a table where it fits and in lines where it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from gateway.cli.language import Language, choose
from gateway.cli.table import fit_columns, show_table

HEADS = (("index",), ("department",), ("code",))


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "80")
    choose(Language.EN)
    yield
    choose(None)


@pytest.mark.parametrize("length", [8, 40, 52, 53, 64, 78])
@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
def test_a_code_is_whole_at_any_length(capsys: pytest.CaptureFixture[str], length: int, language: Language) -> None:
    """In a column, or on a line; what stands beside it is broken between words, and no line is too wide."""
    choose(language)
    code = "C" * length
    show_table("t", HEADS, [[["1"], ["四川省人力资源和社会保障部门（510000-hrss）" * 2], [code, "why " * 9]]])
    shown = capsys.readouterr().out
    assert code in shown
    assert 2 <= shown.count("510000-hrss")
    assert [] == [line for line in shown.splitlines() if cell_len(line) > 80 + 4 * (length > 76)]


def test_columns_take_what_their_codes_need_and_share_the_rest() -> None:
    """Never more than they wish for."""
    rows = [[["ab"], ["a long sentence of many words"], ["0123456789"]]]
    heads = [["a"], ["b"], ["c"]]
    assert [2, 8, 10] == fit_columns(heads, rows, 20)
    assert [2, 13, 10] == fit_columns(heads, rows, 25)
    assert [9, 16] == fit_columns([["a"], ["b"]], [[["two words"], ["word " * 9]]], 25)
    assert [2, 29, 10] == fit_columns(heads, rows, 80)
    assert fit_columns(heads, rows, 19) is None


def test_a_row_of_lines_names_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """The first cell is the head of the row."""
    show_table("title", HEADS, [[["1", "admin"], [], ["x" * 75]]])
    assert f"title\n1, admin\n    department: \n    code: \n    {'x' * 75}\n".split() == capsys.readouterr().out.split()


def test_a_line_feed_in_others_text_turns_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It is spelt, in a table and in lines."""
    for more in ("", "x" * 75):
        show_table("t", HEADS, [[["1"], ["a\nb"], [more]]])
        assert r"a\u000ab" in capsys.readouterr().out
