"""k-anonymity and l-diversity over all rows of a request (GB/T 37964; Sweeney 2002; Machanavajjhala et al. 2007). Pure.

 group       the rows that show the same values in the gate's columns, a null being a value like another
 k           each group has at least so many persons, however many rows they have
 l           in each group at least so many persons show values of the sensitive column that differ (distinct
             l-diversity); a person counts with one value

A row that shows nothing in any of these columns belongs to no group: there is nothing to protect. All columns of a gate
are looked at, whichever of them were asked for, so that two questions about them tell no more than one.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final

from gateway.ground.evidence import Page, Value
from gateway.ground.item import Gate

_NO_GROUP: Final = -1


class Tally:
    """Counts the persons of one request for one gate."""

    __slots__ = ("_gate", "_groups", "_persons", "_places")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._groups: dict[tuple[Value, ...], int] = {}
        # For each group its persons, each with the first sensitive value that one of its rows showed.
        self._persons: list[dict[Value, Value]] = []
        self._places = array("q")

    def add(self, page: Page, persons: Sequence[Value]) -> None:
        """Count the rows of the next page, each with what tells its person; of a null nobody is counted.

        Raises:
            KeyError: the page lacks a column of the gate.
        """
        parts = [page.column(name).values for name in self._gate.fields]
        sensitive = page.column(self._gate.sensitive).values if self._gate.sensitive else (None,) * page.rows
        for *key, value, person in zip(*parts, sensitive, persons, strict=True):
            self._places.append(self._count(tuple(key), value, person))

    def failing(self) -> frozenset[int]:
        """Return the places, from 0 over all pages, of the rows whose group is too small or shows too few values."""
        gate = self._gate
        small = {
            group
            for group, persons in enumerate(self._persons)
            if len(persons) < gate.k or len(set(persons.values())) < gate.l
        }
        return frozenset(place for place, group in enumerate(self._places) if group in small)

    def _count(self, key: tuple[Value, ...], value: Value, person: Value) -> int:
        if value is None and all(cell is None for cell in key):
            return _NO_GROUP
        group = self._groups.setdefault(key, len(self._persons))
        if group == len(self._persons):
            self._persons.append({})
        if person is not None:
            self._persons[group].setdefault(person, value)
        return group
