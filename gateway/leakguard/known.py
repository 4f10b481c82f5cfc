"""Looks for raw values that come back: of the fields that are masked, and of the keys of the question.

Searched is open text alone; every other column has a closed form. Spelling does not matter: case, width, separators
and Chinese numerals are levelled first (`fold`). What counts as coming back:

 numbers of 8 and more letters and digits    any 8 of them in a row in the same row; the whole on the page
 numbers of 4 to 7                           the whole as a word of its own, in the same row
 text of 2 and more characters               the whole in the same row; of 10 and more, also its last 6
 text of 4 and more                          the whole anywhere on the page
 text of 2 and 3                             the whole as a cell, anywhere on the page
 dates                                       their eight digits, in the same row

Shorter ones meet by chance, and less than 8 digits are shared by region codes and the numbers that begin with them.
Where eight are not on one row but twelve on the page, `numbers` has seen them already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from unicodedata import normalize

from gateway.leakguard.numbers import NUMERALS

GRAM: Final = 8
"""Characters of a number in a row that are enough to know it."""
WORD: Final = 4
"""Characters of the shortest number, and of the shortest text that is looked for on the whole page."""
SHORTEST_TEXT: Final = 2
_LONG_TEXT: Final = 10
_TAIL: Final = 6
_WINDOW: Final = 4
_STRIDE: Final = GRAM - _WINDOW + 1
"""Any 8 characters in a row hold a whole window of 4 that begins at a multiple of 5: the others need not be tried."""
_WORDS: Final = re.compile("[0-9A-Z]+")


def fold(values: Sequence[Any]) -> list[str]:
    """Return the letters and digits of each cell, in upper case, one width, numerals as digits; null gives nothing."""
    cells = ["" if value is None else value if type(value) is str else _spelled(value) for value in values]
    text = "\n".join(cells)
    if not text.isascii():
        text = normalize("NFKC", text)
        if not NUMERALS.keys().isdisjoint(map(ord, text)):
            text = text.translate(NUMERALS)
    folded = text.upper().split("\n")
    if len(folded) != len(cells):
        folded = [" ".join(fold([cell.replace("\n", " ")])) for cell in cells]
    return [cell if cell.isalnum() else "".join(filter(str.isalnum, cell)) for cell in folded]


def _spelled(value: Any) -> str:
    if type(value) is date:
        return f"{value.year:04}{value.month:02}{value.day:02}"
    return "" if isinstance(value, bool) else str(value)


@dataclass(slots=True)
class Known:
    """The raw values of one page: by row, and for the whole page. Filled once, then asked."""

    rows: int
    _numbers: list[list[str]] = field(init=False)
    _words: list[list[str]] = field(init=False)
    _texts: list[list[str]] = field(init=False)
    _page: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._numbers = [[] for _ in range(self.rows)]
        self._words = [[] for _ in range(self.rows)]
        self._texts = [[] for _ in range(self.rows)]

    def add(self, values: Sequence[Any], *, by_row: bool, on_page: bool) -> None:
        """Add a column of raw values: one a row where `by_row`; looked for on the whole page where `on_page`."""
        folded = fold(values)
        if on_page:
            self._page.update(folded)
        if not by_row:
            return
        for row, value in enumerate(folded):
            length = len(value)
            if not value.isascii():
                if length >= SHORTEST_TEXT:
                    self._texts[row].append(value)
                    if length >= _LONG_TEXT:
                        self._texts[row].append(value[-_TAIL:])
            elif length >= GRAM:
                self._numbers[row].append(value)
            elif length >= WORD:
                self._words[row].append(value)

    def comes_back(self, cells: Sequence[Any]) -> bool:
        """Tell whether one of the values comes back in a column of open text."""
        folded = fold(cells)
        longest = max(map(len, folded), default=0)
        if longest < SHORTEST_TEXT:
            return False
        return (
            (longest >= GRAM and any(map(_shares, folded, map("\n".join, self._numbers))))
            or (longest >= WORD and any(map(_has_word, cells, self._words)))
            or (not "".join(folded).isascii() and any(map(_holds, folded, self._texts)))
            or self._is_on_page(set(folded), longest)
        )

    def _is_on_page(self, cells: set[str], longest: int) -> bool:
        known = {value for value in self._page if len(value) <= longest}
        numbers = {value for value in known if value.isascii() and len(value) >= GRAM}
        texts = {value for value in known if not value.isascii() and len(value) >= SHORTEST_TEXT}
        if not texts.isdisjoint(cells):
            return True
        long_texts = {value for value in texts if len(value) >= WORD}
        return any(
            not values.isdisjoint(_windows(cells, set(map(len, values)))) for values in (numbers, long_texts) if values
        )


def _windows(cells: Iterable[str], lengths: set[int]) -> Iterator[str]:
    for cell in cells:
        size = len(cell)
        for length in lengths:
            for at in range(size - length + 1):
                yield cell[at : at + length]


def _shares(cell: str, numbers: str) -> bool:
    """Tell whether eight characters in a row of a cell stand in one of the numbers, joined by line feeds."""
    if not numbers:
        return False
    for at in range(0, len(cell) - _WINDOW + 1, _STRIDE):
        if cell[at : at + _WINDOW] in numbers and _shares_near(cell, at, numbers):
            return True
    return False


def _shares_near(cell: str, at: int, numbers: str) -> bool:
    first = max(0, at + _WINDOW - GRAM)
    return any(cell[start : start + GRAM] in numbers for start in range(first, min(at, len(cell) - GRAM) + 1))


def _has_word(cell: Any, words: list[str]) -> bool:
    return bool(words) and not set(_WORDS.findall(normalize("NFKC", str(cell)).upper())).isdisjoint(words)


def _holds(cell: str, texts: list[str]) -> bool:
    return any(text in cell for text in texts)
