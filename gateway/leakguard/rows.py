"""The rows of a page beside their raw records: which of them deserve the close look, and that look.

Nearly every cell is plain, shares no seven digits in a row with the numbers of its row, names no day and no amount of
it, and holds no two signs in a row of its texts; such a cell is passed over. The others are read closely (`examine`).
A cell is also read together with the cell below it, for a number may be split.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

from gateway.leakguard.examine import Reading, examine
from gateway.leakguard.found import Detector
from gateway.leakguard.known import Opened
from gateway.leakguard.record import Record
from gateway.leakguard.signs import compact, digits_of, level, numerals_as_digits
from gateway.leakguard.suspicion import STRANGE
from gateway.leakguard.view import View

_SHARED: Final = 7
"""Digits in a row that a cell must share with a number of its row; a leak shares eight."""
_SHORTEST: Final = 3
"""Signs of the shortest amount or code that is looked for."""
_SHORT_NAME: Final = 4
_LATIN: Final = re.compile("[A-Za-z]{3}")


class Cells:
    """A column of open text, or several joined: its cells as texts, and the class of each that is not plain."""

    def __init__(self, cells: Sequence[str], classes: Mapping[int, int]) -> None:
        self.cells = cells
        self.classes = classes
        self._told: dict[str, _Told] = {}
        self._readings: dict[str, Reading] = {}

    def reading(self, row: int) -> Reading:
        """Return the close reading of a cell; made once for each text."""
        cell = self.cells[row]
        found = self._readings.get(cell)
        if found is None:
            found = self._readings[cell] = Reading(cell)
        return found

    def told(self, row: int) -> _Told:
        """Return what the numbers of a cell say; worked out once for each text."""
        cell = self.cells[row]
        found = self._told.get(cell)
        if found is None:
            found = self._told[cell] = _Told(cell)
        return found

    @cached_property
    def opened(self) -> Opened:
        """The column, made ready to be searched for values of the page."""
        return Opened(self.cells)

    @cached_property
    def numeric(self) -> Opened:
        """The same with nothing in the cells that are plain."""
        return Opened([cell if row in self.classes else "" for row, cell in enumerate(self.cells)])

    def may_hold(self, values: Sequence[Any]) -> bool:
        """Tell whether a text of any row may stand in any cell: its last two signs do, or it is a whole cell."""
        if not self.distinct.isdisjoint(values):
            return True
        if not _has_words(values):
            return False
        ends = [text[-2:] if text[-2:].isalnum() else compact(text)[-2:] for text in values if text]
        return not self.pairs.isdisjoint(ends)

    def may_hold_number(self, values: Sequence[Any]) -> bool:
        """Tell whether a number of any row may stand in any cell: one cell is strange, or has the value as a word."""
        return STRANGE in self.classes.values() or not self._words.isdisjoint(values)

    @cached_property
    def _words(self) -> frozenset[Any]:
        words = {word for row in self.classes for word in self.told(row).words}
        return frozenset(words | {int(word) for word in words if word.isdecimal() and len(word) < 20})

    @cached_property
    def distinct(self) -> frozenset[str]:
        """Every text of the column, once."""
        return frozenset(self.cells) - {""}

    @cached_property
    def signs(self) -> frozenset[str]:
        """Every sign of any cell."""
        return frozenset("".join(self.distinct))

    @cached_property
    def pairs(self) -> frozenset[str]:
        """Every two letters or digits in a row of any cell, not both of ASCII."""
        found: set[str] = set()
        for cell in self.distinct:
            text = cell if cell.isalnum() else compact(cell)
            found.update(pair for pair in map("".join, pairwise(text)) if not pair.isascii())
        return frozenset(found)

    @cached_property
    def latin(self) -> bool:
        """Whether any cell has a word of Latin letters."""
        return _LATIN.search("\n".join(self.distinct)) is not None


class _Told:
    """What the digits of a text say."""

    def __init__(self, cell: str) -> None:
        view = View(cell)
        self.digits = digits_of(view.written)
        self.grams = {self.digits[at : at + _SHARED] for at in range(len(self.digits) - _SHARED + 1)}
        self.grams |= {gram[::-1] for gram in self.grams}
        self.words = view.words
        amounts = {f"\n{amount:f}" for amount, _ in view.amounts}
        self.written = {
            *(word for word in amounts if len(word) > _SHORTEST),
            *(f"\n{word}" for word in view.words if len(word) >= _SHORTEST),
            *(form for day in view.days for form in _forms(day)),
        }


def _forms(day: date) -> Iterator[str]:
    """Yield a day as raw values write it, those of identity numbers among them."""
    yield from (f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day:%y%m%d}", f"{day:%Y/%m/%d}", f"{day:%Y.%m.%d}")
    yield from (f"{day.year}{mark}{day.month}{mark}{day.day}" for mark in "-/.")
    yield from (f"{day.year}年{day.month}月{day.day}日", f"{day:%Y年%m月%d日}")


class Rows:
    """The raw records of a page; `columns` are name and cells of each raw column, one cell a row."""

    def __init__(self, columns: Sequence[tuple[str, Sequence[Any]]]) -> None:
        self._columns = columns
        self._records: dict[int, Record] = {}

    def record(self, row: int) -> Record:
        """Return the record of one row."""
        found = self._records.get(row)
        if found is None:
            found = self._records[row] = Record((name, cells[row]) for name, cells in self._columns)
        return found

    def look(self, cells: Cells) -> Iterator[tuple[int, frozenset[Detector]]]:
        """Yield each row whose cell tells something, with the detectors that sound."""
        yield from self._read(cells, {row for row, kind in cells.classes.items() if kind == STRANGE})
        yield from self._split(cells)

    def look_together(self, cells: Cells) -> Iterator[int]:
        """Yield each row of which a value stands in several columns together; `cells` are those, joined.

        A cell that is strange has been read by itself, so that only what it shares with its row counts here.
        """
        yield from (row for row, found in self._read(cells, set()) if Detector.RAW_VALUE in found)

    def _read(self, cells: Cells, close: set[int]) -> Iterator[tuple[int, frozenset[Detector]]]:
        close.update(row for row in cells.classes if row not in close and self._shares(row, cells))
        for values in self._texts:
            close.update(_named(values, cells))
        if cells.latin:
            close.update(row for row in range(len(cells.cells)) if self._latin_in(row, cells.cells[row]))
        for row in sorted(close):
            if found := cells.reading(row).beside(self.record(row)):
                yield row, found

    def _split(self, cells: Cells) -> Iterator[tuple[int, frozenset[Detector]]]:
        """Yield the rows whose number goes on in the cell below."""
        for row in cells.classes:
            if row + 1 not in cells.classes:
                continue
            ends = cells.told(row).digits[1 - _SHARED :] + cells.told(row + 1).digits[: _SHARED - 1]
            for of in (row, row + 1):
                numbers = self._numbers(of)
                if any(ends[at : at + _SHARED] in numbers for at in range(len(ends) - _SHARED + 1)):
                    found = examine(f"{cells.cells[row]} {cells.cells[row + 1]}", self.record(of))
                    if Detector.RAW_VALUE in found:
                        yield row, frozenset({Detector.RAW_VALUE})

    def _shares(self, row: int, cells: Cells) -> bool:
        told = cells.told(row)
        numbers = self._numbers(row)
        return any(gram in numbers for gram in told.grams) or any(word in numbers for word in told.written)

    def _numbers(self, row: int) -> str:
        """Return every value of a row that is no null, each after a line feed, its numerals as digits."""
        texts = [cells[row] for _, cells in self._columns]
        whole = "\n" + "\n".join([text if type(text) is str else str(text) for text in texts if text is not None])
        return whole if whole.isascii() else numerals_as_digits(level(whole))

    @cached_property
    def _texts(self) -> list[Sequence[Any]]:
        """The columns with a text that is not ASCII."""
        return [cells for _, cells in self._columns if _has_words(cells)]

    def _latin_in(self, row: int, cell: str) -> bool:
        """Tell whether the end of a Latin text of the row stands in its cell, forwards, backwards or in ROT13."""
        if not _LATIN.search(cell):
            return False
        text = compact(cell)
        for _, values in self._columns:
            value = values[row]
            if type(value) is str and value.isascii() and _LATIN.search(value):
                end = compact(value)[-3:]
                if end in text or end[::-1] in text or codecs.encode(end, "rot13") in text:
                    return True
        return False


def _has_words(values: Sequence[Any]) -> bool:
    """Tell whether a column is of texts, and not all of them ASCII."""
    try:
        return not "".join(filter(None, values)).isascii()
    except TypeError:
        return False


def _named(values: Sequence[Any], cells: Cells) -> Iterator[int]:
    """Yield the rows whose cell may hold their text: its first and last sign, or pairs of signs, every third of them.

    Any four signs in a row hold one of the pairs that begin at a multiple of three.
    """
    ends = cells.signs
    for row, (value, cell) in enumerate(zip(values, cells.cells, strict=True)):
        if not cell or not value:
            continue
        if len(value) <= _SHORT_NAME and value[-1] not in ends:
            continue
        last = value[-1]
        if value.isspace():
            continue
        if len(value) <= _SHORT_NAME:
            if last in cell and (value[0] in cell or "姓" in cell):
                yield row
        elif last in cell and value[0] in cell:
            yield row
        else:
            shared = cells.pairs.intersection([value[at : at + 2] for at in range(0, len(value) - 1, 3)])
            if shared and any(pair in compact(cell) for pair in shared):
                yield row


def joined(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return for each row its cells of several columns, joined; empty where at most one of them says anything."""
    return [" ".join(row) if sum(map(bool, row)) > 1 else "" for row in zip(*cells, strict=True)]


def told(value: Any) -> str:
    """Return a cell as the text that the close look reads; null and dates say nothing."""
    return value if type(value) is str else "" if value is None or isinstance(value, date | bool) else str(value)
