"""The slow look at one text: every reading of it, searched for numbers of persons and for the values of one record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.leakguard.found import Detector
from gateway.leakguard.numbers import numbers_in
from gateway.leakguard.record import Raw, Record
from gateway.leakguard.unwrap import unwrap
from gateway.leakguard.view import View

LONGEST: Final = 20_000
"""Characters of a text beyond which it is not looked through but held back."""


def examine(text: str, record: Record) -> frozenset[Detector]:
    """Return the detectors that sound on a text which is about to leave beside a raw record; empty where it may."""
    if len(text) > LONGEST:
        return frozenset({Detector.UNREADABLE})
    try:
        readings = unwrap(text)
    except OverflowError:
        return frozenset({Detector.UNREADABLE})
    found: set[Detector] = set()
    for reading in readings:
        view = View(reading)
        found |= record.found_in(view)
        found |= numbers_in(view.numeral)
    return frozenset(found)


def examine_fields(text: str, fields: Iterable[tuple[str, Raw]]) -> frozenset[Detector]:
    """Return what `examine` finds of a record given as pairs of field name and raw value."""
    return examine(text, Record(fields))
