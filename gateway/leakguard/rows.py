"""The rows of a page beside their raw records: which of them deserve the close look, and that look.

Nearly every cell is plain, shares no seven digits in a row with the numbers of its row, and holds no end of a name of
it; such a cell is passed over. The others are read closely (`examine`). A cell is also read together with the other
open cells of its row, and with the cell below it, for a number may be split.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Final

from gateway.leakguard.engines import Engine
from gateway.leakguard.examine import examine
from gateway.leakguard.found import Detector
from gateway.leakguard.record import Record, days_of
from gateway.leakguard.signs import compact, digits_of, level, numerals_as_digits
from gateway.leakguard.suspicion import NUMERIC, STRANGE
from gateway.leakguard.writings import written_numbers

_SHARED: Final = 7
"""Digits in a row that a cell must share with a number of its row; a leak shares eight."""
_SHORT_NAME: Final = 4
_LATIN: Final = re.compile("[A-Za-z]{3}")


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

    def look(self, engine: Engine, cells: Sequence[str]) -> Iterator[tuple[int, frozenset[Detector]]]:
        """Yield each row whose cell tells something, with the detectors that sound; `cells` are open text."""
        classes = engine.classes(cells)
        close = {row for row, kind in classes.items() if kind == STRANGE}
        close.update(row for row, kind in classes.items() if kind == NUMERIC and self._shares(row, cells[row]))
        close.update(self._named(cells))
        for row in sorted(close):
            if found := examine(cells[row], self.record(row)):
                yield row, found
        yield from self._split(cells, classes)

    def _split(self, cells: Sequence[str], classes: Mapping[int, int]) -> Iterator[tuple[int, frozenset[Detector]]]:
        """Yield the rows whose number goes on in the cell below."""
        for row in classes:
            if row + 1 in classes:
                ends = _digits(cells[row])[1 - _SHARED :] + _digits(cells[row + 1])[: _SHARED - 1]
                for of in (row, row + 1):
                    if _share(ends, self._numbers(of)):
                        found = examine(f"{cells[row]} {cells[row + 1]}", self.record(of))
                        if Detector.RAW_VALUE in found:
                            yield row, frozenset({Detector.RAW_VALUE})

    def _shares(self, row: int, cell: str) -> bool:
        digits = _digits(cell)
        if len(digits) < 3:
            return False
        if _share(digits, self._numbers(row)) or _share(digits[::-1], self._numbers(row)):
            return True
        return any(short in digits for short in self._short(row))

    def _numbers(self, row: int) -> str:
        """Return the digits of every number of a row, one after another with something between."""
        texts = [cells[row] for _, cells in self._columns]
        whole = "\n".join([text if type(text) is str else str(text) for text in texts if text is not None])
        if not whole.isascii():
            whole = numerals_as_digits(level(whole))
        return whole

    def _short(self, row: int) -> Iterator[str]:
        """Yield the digits of every date, amount and short number of a row, as they may be written."""
        for _, cells in self._columns:
            value = cells[row]
            for day in days_of(value):
                yield from _written(day)
            if value is not None and not isinstance(value, bool | date):
                digits = digits_of(str(value))
                if 3 <= len(digits) < 12:
                    yield digits
                    yield digits.rstrip("0") if len(digits.rstrip("0")) >= 3 else digits

    @cached_property
    def _texts(self) -> list[tuple[Sequence[Any], bool]]:
        """The columns with words in them, each with whether the words are Latin."""
        found = []
        for _, cells in self._columns:
            whole = "".join([cell for cell in cells if type(cell) is str])
            if not whole.isascii():
                found.append((cells, False))
            if _LATIN.search(whole):
                found.append((cells, True))
        return found

    def _named(self, cells: Sequence[str]) -> Iterator[int]:
        """Yield the rows whose cell may hold a text of its record, by its last sign and its first, or two in a row."""
        latin = _LATIN.search("\n".join(cells)) is not None
        for values, is_latin in self._texts:
            if is_latin:
                if latin:
                    yield from (row for row, cell in enumerate(cells) if cell and _latin_in(values[row], cell))
                continue
            for row, value in enumerate(values):
                cell = cells[row]
                if not value or not cell or type(value) is not str or value.isascii():
                    continue
                if len(value) <= _SHORT_NAME:
                    if value[-1] in cell and (value[0] in cell or "姓" in cell):
                        yield row
                elif any(value[at : at + 2] in cell for at in range(len(value) - 1)) or (
                    value[0] in cell and value[-1] in cell and value[len(value) // 2] in cell
                ):
                    yield row


def _written(day: date) -> Iterator[str]:
    """Yield the digits of a day in the orders in which people write it, with and without zeros in front."""
    year = str(day.year)
    for month, dom in ((str(day.month), str(day.day)), (f"{day.month:02}", f"{day.day:02}")):
        for shown in (year, year[2:]):
            yield from (shown + month + dom, dom + month + shown, month + dom + shown)
    yield from (f"{year}{day.month}{day.day:02}", f"{year}{day.month:02}{day.day}")


def _latin_in(value: Any, cell: str) -> bool:
    return type(value) is str and sum(map(str.isalpha, value)) > 2 and _LATIN.search(cell) is not None


def _digits(cell: str) -> str:
    return digits_of(cell if cell.isascii() else written_numbers(numerals_as_digits(level(cell))))


def _share(digits: str, numbers: str) -> bool:
    return any(digits[at : at + _SHARED] in numbers for at in range(len(digits) - _SHARED + 1))


def joined(cells: Sequence[Sequence[str]]) -> list[str]:
    """Return for each row its cells of several columns, joined; empty where at most one of them says anything."""
    return [" ".join(row) if sum(map(bool, row)) > 1 else "" for row in zip(*cells, strict=True)]


def told(value: Any) -> str:
    """Return a cell as the text that the close look reads; null and dates say nothing."""
    return (
        value if type(value) is str else "" if value is None or isinstance(value, date | bool) else compact(str(value))
    )
