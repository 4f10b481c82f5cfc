"""k-anonymity and l-diversity over all rows of a request (GB/T 37964; Sweeney 2002; Machanavajjhala et al. 2007). Pure.

 group       the rows that show the same values in the gate's columns, a null being a value like another
 k           each group has at least so many rows
 l           each group shows at least so many values of the sensitive column (distinct l-diversity)

A row that shows nothing in any of these columns belongs to no group: there is nothing to protect. A column that was not
asked for does not part groups; where the sensitive column was not asked for, there is nothing to be diverse.
"""

from __future__ import annotations

from array import array
from typing import Final

from gateway.ground.evidence import Page, Value
from gateway.ground.item import Gate

_NO_GROUP: Final = -1


class Tally:
    """Counts the rows of one request for one gate."""

    __slots__ = ("_gate", "_groups", "_places", "_sizes", "_values")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._groups: dict[tuple[Value, ...], int] = {}
        self._sizes: list[int] = []
        self._values: list[set[Value]] = []
        self._places = array("q")

    @property
    def columns(self) -> frozenset[str]:
        """The columns that the gate looks at."""
        return frozenset(filter(None, (*self._gate.fields, self._gate.sensitive)))

    def add(self, page: Page) -> None:
        """Count the rows of the next page."""
        given = {column.name: column.values for column in page.columns}
        nulls = (None,) * page.rows
        parts = [given.get(name, nulls) for name in self._gate.fields]
        diverse = self._gate.sensitive in given
        sensitive = given.get(self._gate.sensitive, nulls)
        for *key, value in zip(*parts, sensitive, strict=True):
            self._places.append(self._count(tuple(key), value, diverse=diverse))

    def failing(self) -> frozenset[int]:
        """Return the places, from 0 over all pages, of the rows whose group is too small or shows too few values."""
        gate = self._gate
        small = {
            group
            for group, size in enumerate(self._sizes)
            if size < gate.k or (self._values[group] and len(self._values[group]) < gate.l)
        }
        return frozenset(place for place, group in enumerate(self._places) if group in small)

    def _count(self, key: tuple[Value, ...], value: Value, *, diverse: bool) -> int:
        if value is None and all(cell is None for cell in key):
            return _NO_GROUP
        group = self._groups.setdefault(key, len(self._sizes))
        if group == len(self._sizes):
            self._sizes.append(0)
            self._values.append(set())
        self._sizes[group] += 1
        if diverse and len(self._values[group]) < self._gate.l:
            self._values[group].add(value)
        return group
