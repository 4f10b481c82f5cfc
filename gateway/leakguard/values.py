"""The raw columns of a page, held against a whole column of open text at once: which rows may share a text with it.

Nearly no row does. One pass over all signs of both columns names the few that may, so that only these are looked at
one by one. A row is named by chance now and then; one that shares a text is never left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gateway.leakguard.signs import as_written_today, compact, in_digits

_FEW: Final = 24
"""Rows up to which it is quicker to look at each than at all together."""
_SIGNS: Final = 1 << 16
"""Signs that are told apart; those beyond the basic plane of Unicode are all taken for its last."""
_ASCII: Final = 128
_RANKS: Final = 255
"""Signs of one column that are told apart row by row."""
_LATIN: Final = re.compile("[A-Za-z]{3}")


class Values:
    """One raw column whose values are looked for, one cell a row.

    `texts` has each cell that is a text, in the characters of today, and an empty one in place of any other; `words`
    says that not all are ASCII.
    """

    def __init__(self, name: str, cells: Sequence[Any]) -> None:
        self.name = name
        self.cells = cells
        try:
            self._whole, self.texts = "".join(cells), cells
        except TypeError:  # nulls, days, numbers
            self.texts = [cell if type(cell) is str else "" for cell in cells]
            self._whole = "".join(self.texts)
        if (whole := as_written_today(self._whole)) != self._whole:
            self._whole, self.texts = whole, list(map(as_written_today, self.texts))
        self.words = not self._whole.isascii()

    def in_digits(self, rows: Sequence[int]) -> list[str]:
        """Return the cells of some rows as levelled texts, their numerals as digits; null is empty."""
        cells = [self.cells[row] for row in rows]
        texts = [cell if type(cell) is str else "" if cell is None else str(cell) for cell in cells]
        whole = "".join(texts)
        return texts if whole.isascii() and whole.isprintable() else list(map(in_digits, texts))

    @cached_property
    def latin(self) -> bool:
        """Whether a text of the column may have a word of Latin letters; the ends of two may seem one."""
        return _LATIN.search(self._whole) is not None

    @cached_property
    def signs(self) -> npt.NDArray[np.uint16]:
        """Every sign of the column, in their order."""
        return _signs(self._whole)

    @cached_property
    def sizes(self) -> npt.NDArray[np.intp]:
        """How many signs each row has."""
        return _sizes(self.texts)

    @cached_property
    def stops(self) -> npt.NDArray[np.intp]:
        """The place in `signs` at which those of each row stop."""
        return np.cumsum(self.sizes)

    @cached_property
    def wide(self) -> npt.NDArray[np.bool_]:
        """Of each sign but the last whether it or the next is not ASCII."""
        wide = self.signs >= _ASCII
        return wide[:-1] | wide[1:]

    def ends(self, rows: Sequence[int]) -> set[str]:
        """Return the last two letters or digits of the texts of some rows."""
        texts = [self.texts[row] for row in rows]
        return {end if (end := text[-2:]).isalnum() else compact(text)[-2:] for text in texts}


class ShownSigns:
    """Which signs the cells of a column of open text show, in the case that they have and in upper case."""

    def __init__(self, cells: Sequence[str]) -> None:
        self._cells = cells
        self._few = len(cells) <= _FEW
        self._meetings: dict[Values, tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]] = {}

    @cached_property
    def _ranks(self) -> npt.NDArray[np.uint8]:
        """For each sign of Unicode 0 where no cell shows it, or else a rank, which some share if they are many."""
        whole = "".join(set(self._cells))
        shown = np.unique(_signs(whole + whole.upper()))
        ranks = np.zeros(_SIGNS, np.uint8)
        ranks[shown] = np.arange(len(shown)) % _RANKS + 1
        return ranks

    @cached_property
    def _table(self) -> npt.NDArray[np.bool_]:
        """For each row and rank whether the row's cell shows a sign of that rank."""
        rows = np.arange(len(self._cells))
        table = np.zeros((len(rows), _RANKS + 1), np.bool_)
        for cells in (self._cells, list(map(str.upper, self._cells))):
            table[np.repeat(rows, _sizes(cells)), self._ranks[_signs("".join(cells))]] = True
        return table

    def beside(self, values: Values) -> Sequence[int]:
        """Return the rows whose cell shows the last sign of its text, or two neighbours of it that are not both ASCII.

        Of a few rows, all are returned.
        """
        if self._few:
            return range(len(self._cells))
        ranks, pairs = self._met(values)
        ends = (values.stops - 1)[values.sizes > 0]
        ends = ends[ranks[ends] > 0]
        if not len(pairs) and not len(ends):
            return ()
        first, last = (np.searchsorted(values.stops, places, "right") for places in (pairs, ends))
        held = self._table[first, ranks[pairs]] & self._table[first, ranks[pairs + 1]]
        found = set(first[held].tolist())
        found.update(last[self._table[last, ranks[ends]]].tolist())
        return sorted(found)

    def ending(self, values: Values) -> Sequence[int]:
        """Return the rows of a column whose last two letters or digits, not both ASCII, may stand in any cell.

        Of a few cells, all are returned.
        """
        if self._few:
            return range(len(values.texts))
        ranks, pairs = self._met(values)
        last, before = np.maximum(values.stops - 1, 0), np.maximum(values.stops - 2, 0)
        strange = _separates()[values.signs[last]] | _separates()[values.signs[before]]
        if not len(pairs) and not strange.any():
            return ()
        return np.flatnonzero(((ranks[last] > 0) & (ranks[before] > 0)) | strange).tolist()

    def _met(self, values: Values) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.intp]]:
        """Return the rank of each sign of a column, and where two neighbours, not both ASCII, are shown."""
        found = self._meetings.get(values)
        if found is None:
            ranks = self._ranks[values.signs]
            shown = ranks > 0
            found = self._meetings[values] = ranks, np.flatnonzero(shown[:-1] & shown[1:] & values.wide)
        return found


def _signs(text: str) -> npt.NDArray[np.uint16]:
    octets = text.encode("utf-16-le", "surrogatepass")
    if len(octets) == 2 * len(text):
        return np.frombuffer(octets, np.uint16)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.minimum(points, _SIGNS - 1).astype(np.uint16)


def _sizes(texts: Sequence[str]) -> npt.NDArray[np.intp]:
    return np.fromiter(map(len, texts), np.intp, len(texts))


@cache
def _separates() -> npt.NDArray[np.bool_]:
    """Whether each sign is neither letter nor digit; the last, which stands for many, may be none. Once a process."""
    return ~np.frombuffer(bytes(map(str.isalnum, map(chr, range(_SIGNS)))), np.bool_)
