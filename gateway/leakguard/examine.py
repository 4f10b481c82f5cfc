"""The slow look at one text: every reading of it, searched for numbers of persons and for the values of one record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.leakguard.found import Detector
from gateway.leakguard.numbers import numbers_in
from gateway.leakguard.record import Raw, RawRecord
from gateway.leakguard.unwrap import unwrap
from gateway.leakguard.view import View

LONGEST: Final = 1 << 16
"""Characters of a text beyond which it is not looked through but held back."""
_PIECE: Final = 4096
_OVERLAP: Final = 512
"""A longer text is looked through in pieces, each with the end of the one before: no value is that long."""


def examine(text: str, record: RawRecord) -> frozenset[Detector]:
    """Return the detectors that sound on a text which is about to leave beside a raw record; empty where it may."""
    return Reading(text).beside(record)


class Reading:
    """One text, read once, to be held against any number of records."""

    def __init__(self, text: str) -> None:
        self._views: list[View] = []
        self._always: set[Detector] = set()
        if len(text) > LONGEST:
            self._always.add(Detector.UNREADABLE)
            return
        for at in range(0, max(1, len(text) - _OVERLAP), _PIECE - _OVERLAP):
            try:
                self._views += map(View, unwrap(text[at : at + _PIECE]))
            except OverflowError:
                self._always.add(Detector.UNREADABLE)
        for view in self._views:
            self._always |= numbers_in(view.numeral)

    def beside(self, record: RawRecord) -> frozenset[Detector]:
        """Return the detectors that sound where the text leaves beside this record."""
        return frozenset(self._always.union(*(record.found_in(view) for view in self._views)))


def examine_fields(text: str, fields: Iterable[tuple[str, Raw]]) -> frozenset[Detector]:
    """Return what `examine` finds of a record given as pairs of field name and raw value."""
    return examine(text, RawRecord(fields))
