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
from gateway.leakguard.record import Record, days_of
from gateway.leakguard.signs import compact, digits_of, level, numerals_as_digits
from gateway.leakguard.suspicion import STRANGE
from gateway.leakguard.view import View

_SHARED: Final = 7
"""Digits in a row that a cell must share with a number of its row; a leak shares eight."""
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

    def may_hold(self, values: Sequence[Any]) -> bool:
        """Tell whether a text of any row may stand in any cell: its last two signs do, or it is a whole cell."""
        texts = list(filter(_is_text, values))
        if not self.distinct.isdisjoint(texts):
            return True
        return not "".join(texts).isascii() and not self.pairs.isdisjoint(
            [text[-2:] if text[-2:].isalnum() else compact(text)[-2:] for text in texts if len(text) >= _SHORT_NAME]
        )

    def may_hold_number(self, values: Sequence[Any]) -> bool:
        """Tell whether a number of any row may stand in any cell: one cell is strange, or has the value as a word."""
        if STRANGE in self.classes.values():
            return True
        texts = {value if type(value) is str else str(value) for value in values}
        return any(not texts.isdisjoint(self.told(row).words) for row in self.classes)

    @cached_property
    def distinct(self) -> frozenset[str]:
        """Every text of the column, once."""
        return frozenset(self.cells) - {""}

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
        self.days = view.days
        self.words = view.words | {f"{amount:f}" for amount, _ in view.amounts}


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
        if told.grams:
            numbers = self._numbers(row)
            if any(gram in numbers for gram in told.grams):
                return True
        for _, values in self._columns:
            value = values[row]
            if value is None or isinstance(value, bool):
                continue
            if told.days and not told.days.isdisjoint(days_of(value)):
                return True
            if type(value) is not date and len(text := _short(str(value))) > 2 and text in told.words:
                return True
        return False

    def _numbers(self, row: int) -> str:
        """Return every value of a row that is no null, one after another with something between."""
        texts = [cells[row] for _, cells in self._columns]
        whole = "\n".join([text if type(text) is str else str(text) for text in texts if text is not None])
        return whole if whole.isascii() else numerals_as_digits(level(whole))

    @cached_property
    def _texts(self) -> list[Sequence[Any]]:
        """The columns with a text that is not ASCII."""
        return [cells for _, cells in self._columns if not "".join(filter(_is_text, cells)).isascii()]

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


def _is_text(value: Any) -> bool:
    return type(value) is str


def _short(text: str) -> str:
    """Return a value as `_Told.words` would hold it: an amount without end zeros, a code in upper case."""
    return (text.rstrip("0").rstrip(".") if "." in text else text).upper()


def _named(values: Sequence[Any], cells: Cells) -> Iterator[int]:
    """Yield the rows whose cell may hold their text: its first and last sign, or pairs of signs, every third of them.

    Any four signs in a row hold one of the pairs that begin at a multiple of three.
    """
    for row, (value, cell) in enumerate(zip(values, cells.cells, strict=True)):
        if not cell or not value:
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
