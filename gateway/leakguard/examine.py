"""The slow look at one text: every reading of it, searched for numbers of persons and for the values of one record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.leakguard.found import Detector
from gateway.leakguard.numbers import numbers_in
from gateway.leakguard.record import Raw, Record
from gateway.leakguard.unwrap import unwrap
from gateway.leakguard.view import View

LONGEST: Final = 1 << 16
"""Characters of a text beyond which it is not looked through but held back."""
_PIECE: Final = 4096
_OVERLAP: Final = 512
"""A longer text is looked through in pieces, each with the end of the one before: no value is that long."""


def examine(text: str, record: Record) -> frozenset[Detector]:
    """Return the detectors that sound on a text which is about to leave beside a raw record; empty where it may."""
    if len(text) > LONGEST:
        return frozenset({Detector.UNREADABLE})
    found: set[Detector] = set()
    for at in range(0, max(1, len(text) - _OVERLAP), _PIECE - _OVERLAP):
        found |= _piece(text[at : at + _PIECE], record)
    return frozenset(found)


def _piece(text: str, record: Record) -> set[Detector]:
    found: set[Detector] = set()
    try:
        readings = unwrap(text)
    except OverflowError:
        return {Detector.UNREADABLE}
    for reading in readings:
        view = View(reading)
        found |= record.found_in(view)
        found |= numbers_in(view.numeral)
    return found


def examine_fields(text: str, fields: Iterable[tuple[str, Raw]]) -> frozenset[Detector]:
    """Return what `examine` finds of a record given as pairs of field name and raw value."""
    return examine(text, Record(fields))
