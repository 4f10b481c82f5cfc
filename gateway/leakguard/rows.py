"""The rows of a page beside their raw records: which of them deserve the close look, and that look.

Nearly every cell is plain, shares no seven digits in a row with the numbers of its row, names no day and no amount of
it, and holds no two signs in a row of its texts; such a cell is passed over. The others are read closely (`examine`).
Which cells may hold signs of a text of their row is asked of the whole column at once (`values`).
A cell is also read together with the cell below it, for a number may be split.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from operator import add
from typing import Any, Final

from gateway.leakguard.apart import numbers_apart
from gateway.leakguard.documents import may_hold_document
from gateway.leakguard.examine import Reading, examine
from gateway.leakguard.found import Detector
from gateway.leakguard.known import FoldedText
from gateway.leakguard.record import RawRecord
from gateway.leakguard.signs import compact, digits_of
from gateway.leakguard.suspicion import STRANGE
from gateway.leakguard.values import ShownSigns, Values
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
        self._by_text: dict[str, _Digits] = {}
        self._readings: dict[str, Reading] = {}

    def reading(self, row: int) -> Reading:
        """Return the close reading of a cell; made once for each text."""
        cell = self.cells[row]
        found = self._readings.get(cell)
        if found is None:
            found = self._readings[cell] = Reading(cell)
        return found

    def digits_at(self, row: int) -> _Digits:
        """Return what the numbers of a cell say; worked out once for each text."""
        cell = self.cells[row]
        found = self._by_text.get(cell)
        if found is None:
            found = self._by_text[cell] = _Digits(cell)
        return found

    @cached_property
    def folded(self) -> FoldedText:
        """The column, made ready to be searched for values of the page."""
        return FoldedText(self.cells)

    @cached_property
    def numeric(self) -> FoldedText:
        """The same with nothing in the cells that are plain."""
        return FoldedText([cell if row in self.classes else "" for row, cell in enumerate(self.cells)])

    def may_hold(self, values: Values) -> bool:
        """Tell whether a text of any row may stand in any cell: its last two signs do, or it is a whole cell."""
        if not self._equals.isdisjoint(values.cells) and not self.distinct.isdisjoint(values.cells):
            return True
        ending = self.signs.ending(values) if values.words else ()
        return len(ending) > 0 and any(not pair.isascii() for pair in self._pairs & values.ends(ending))

    def may_hold_number(self, values: Values) -> bool:
        """Tell whether a number of any row may stand in any cell: one cell is strange, or has the value as a word."""
        return self._strange or not (self._equals.isdisjoint(values.cells) or self._words.isdisjoint(values.cells))

    @cached_property
    def _strange(self) -> bool:
        return STRANGE in self.classes.values()

    @cached_property
    def _words(self) -> frozenset[Any]:
        words = {word for row in self.classes for word in self.digits_at(row).words}
        return frozenset(words | {int(word) for word in words if word.isdecimal() and len(word) < 20})

    @cached_property
    def _equals(self) -> frozenset[Any]:
        """The texts that a value may equal: those of the column and, where no cell is strange, their words."""
        return self.distinct if self._strange else self.distinct | self._words

    @cached_property
    def distinct(self) -> frozenset[str]:
        """Every text of the column, once."""
        return frozenset(self.cells) - {""}

    @cached_property
    def signs(self) -> ShownSigns:
        """The signs of each cell."""
        return ShownSigns(self.cells)

    @cached_property
    def letters(self) -> dict[str, str]:
        """The letters and digits of each text of the column, in upper case."""
        return {cell: compact(cell) for cell in self.distinct}

    @cached_property
    def _pairs(self) -> frozenset[str]:
        """Every two letters or digits in a row of any cell."""
        found: set[str] = set()
        for cell, letters in self.letters.items():
            text = cell if cell.isalnum() else letters
            found.update(map(add, text, text[1:]))
        return frozenset(found)

    @cached_property
    def latin(self) -> list[int]:
        """The rows whose cell has a word of Latin letters."""
        latin = set(filter(_LATIN.search, self.distinct))
        return [row for row, cell in enumerate(self.cells) if cell in latin] if latin else []


class _Digits:
    """The digits of a text; `sought` are parts that the numbers of a row hold where the text may tell one.

    `close` says that the text may hold a document's number, or one whose digits stand apart, whoever's it is.
    """

    def __init__(self, cell: str) -> None:
        view = View(cell)
        self.digits = digits_of(view.written)
        self.close = may_hold_document(view.numeral) or bool(numbers_apart(view.numeral))
        self.words = view.words
        grams = {self.digits[at : at + _SHARED] for at in range(len(self.digits) - _SHARED + 1)}
        amounts = {f"\n{amount:f}" for amount, _ in view.amounts}
        self.sought = {
            *grams,
            *(gram[::-1] for gram in grams),
            *(word for word in amounts if len(word) > _SHORTEST),
            *(f"\n{word}" for word in view.words if len(word) >= _SHORTEST),
            *(form for day in view.days for form in _forms(day)),
        }


def _forms(day: date) -> Iterator[str]:
    """Yield a day as raw values write it, those of identity numbers among them."""
    year, month, on = day.year, day.month, day.day
    yield from (f"{year}{month:02}{on:02}", f"{year % 100:02}{month:02}{on:02}", f"{year}年{month:02}月{on:02}日")
    yield from (f"{year}{mark}{month:02}{mark}{on:02}" for mark in "-/.")
    yield from (f"{year}{mark}{month}{mark}{on}" for mark in "-/.")
    yield f"{year}年{month}月{on}日"


class Rows:
    """The raw records of a page; `columns` are those that are looked for, one cell a row."""

    def __init__(self, columns: Sequence[Values]) -> None:
        self._columns = columns
        self._records: dict[int, RawRecord] = {}
        self._by_row: dict[int, str] = {}

    def record(self, row: int) -> RawRecord:
        """Return the record of one row."""
        found = self._records.get(row)
        if found is None:
            found = self._records[row] = RawRecord((column.name, column.cells[row]) for column in self._columns)
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
        others = [row for row in cells.classes if row not in close]
        numbers = self._numbers(others)
        for row in others:
            digits = cells.digits_at(row)
            if digits.close or any(map(numbers[row].__contains__, digits.sought)):
                close.add(row)
        for column in self._columns:
            if column.words:
                close.update(_rows_naming(column.texts, cells, cells.signs.beside(column)))
        close.update(row for row in cells.latin if self._latin_in(row, cells.cells[row]))
        for row in sorted(close):
            if found := cells.reading(row).beside(self.record(row)):
                yield row, found

    def _split(self, cells: Cells) -> Iterator[tuple[int, frozenset[Detector]]]:
        """Yield the rows whose number goes on in the cell below."""
        pairs = [row for row in cells.classes if row + 1 in cells.classes]
        numbers = self._numbers(sorted({*pairs, *(row + 1 for row in pairs)}))
        for row in pairs:
            ends = cells.digits_at(row).digits[1 - _SHARED :] + cells.digits_at(row + 1).digits[: _SHARED - 1]
            shared = [ends[at : at + _SHARED] for at in range(len(ends) - _SHARED + 1)]
            for of in (row, row + 1):
                if any(map(numbers[of].__contains__, shared)):
                    found = examine(f"{cells.cells[row]} {cells.cells[row + 1]}", self.record(of))
                    if Detector.RAW_VALUE in found:
                        yield row, frozenset({Detector.RAW_VALUE})

    def _numbers(self, rows: Sequence[int]) -> Mapping[int, str]:
        """Return for each of some rows every value of it, each after a line feed, its numerals as digits."""
        fresh = [row for row in rows if row not in self._by_row]
        if fresh:
            columns = zip(fresh, *(column.in_digits(fresh) for column in self._columns), strict=True)
            self._by_row.update((row, "\n" + "\n".join(texts)) for row, *texts in columns)
        return self._by_row

    def _latin_in(self, row: int, cell: str) -> bool:
        """Tell whether the end of a Latin text of the row stands in its cell, forwards, backwards or in ROT13."""
        text = compact(cell)
        for column in self._columns:
            value = column.texts[row] if column.latin else ""
            if value.isascii() and _LATIN.search(value):
                end = compact(value)[-3:]
                if end in text or end[::-1] in text or codecs.encode(end, "rot13") in text:
                    return True
        return False


def _rows_naming(values: Sequence[str], cells: Cells, rows: Iterable[int]) -> Iterator[int]:
    """Yield those of the rows whose cell may hold their text: its first and last sign, or every third pair of signs.

    Any four signs in a row hold one of the pairs that begin at a multiple of three.
    """
    for row in rows:
        value, cell = values[row], cells.cells[row]
        if not cell or not value or value.isspace():
            continue
        if value[-1] in cell and (value[0] in cell or (len(value) <= _SHORT_NAME and "姓" in cell)):
            yield row
        elif len(value) > _SHORT_NAME:
            text = cells.letters[cell]
            pairs = [value[at : at + 2] for at in range(0, len(value) - 1, 3)]
            if any(pair in text and not pair.isascii() for pair in pairs):
                yield row


def join_columns(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return for each row its cells of several columns, joined; empty where at most one of them says anything."""
    return [" ".join(row) if sum(map(bool, row)) > 1 else "" for row in zip(*cells, strict=True)]


def text_of(value: Any) -> str:
    """Return a cell as the text that the close look reads; null and dates say nothing."""
    return value if type(value) is str else "" if value is None or isinstance(value, date | bool) else str(value)
