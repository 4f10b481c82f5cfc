"""The page of words decided: what it says was replaced is gone, and what was taken is in use."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "reference" / "words-decided.zh-CN.md"
NUMBER: Final = 88


def rows() -> list[list[str]]:
    """Return the rows of the page: number, words before, decision, where."""
    found = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [list(row) for row in found]


def words(cell: str) -> list[str]:
    """Return the words of a cell that are in code form."""
    return re.findall(r"`([^`]+)`", cell)


@cache
def corpus() -> dict[str, str]:
    """Return what a reader of Chinese sees: pages, kept screens, and the texts that the screens are made of."""
    pages = [*ROOT.glob("*.zh-CN.md"), *(ROOT / "docs").rglob("*.zh-CN.*")]
    screens = [*(ROOT / "tests" / "cli" / "screens" / "zh").glob("*.txt")]
    texts = [path for top in ("gateway", "keys") for end in ("*.py", "*.toml") for path in (ROOT / top).rglob(end)]
    whole = {path: path.read_text(encoding="utf-8") for path in (*pages, *screens, *texts) if path != PAGE}
    return {str(path.relative_to(ROOT)): text for path, text in whole.items()}


BEFORE: Final = [(row[0], word) for row in rows() for word in words(row[1])]
TAKEN: Final = [(row[0], word) for row in rows() for word in words(row[2])]


def test_every_row_stands_once_and_in_order() -> None:
    """None is left out."""
    assert [str(number) for number in range(1, NUMBER + 1)] == [row[0] for row in rows()]
    assert len(BEFORE) > 60
    assert len(TAKEN) > 90


@pytest.mark.parametrize(("row", "word"), BEFORE)
def test_a_replaced_word_is_gone(row: str, word: str) -> None:
    """From every page, and from every text of a screen."""
    assert [] == [name for name, text in corpus().items() if word in text], row


@pytest.mark.parametrize(("row", "word"), TAKEN)
def test_a_taken_word_is_in_use(row: str, word: str) -> None:
    """In one place at least."""
    assert any(word in text for text in corpus().values()), row


def test_a_row_is_in_part_where_the_page_says_so() -> None:
    """The rows that are named above the table, and no others."""
    (named,) = re.findall(r"部分采纳的有四行：([\d、]+)。", PAGE.read_text(encoding="utf-8"))
    assert named.split("、") == [row[0] for row in rows() if "部分采纳" in row[2]]
