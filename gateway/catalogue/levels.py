"""Holds a field's levels to the vocabulary of masks: its kind, its codes, and the parameters that an item writes.

Rule: a parameter that a mask does not know, or a mask on a kind that it cannot take, is a fault when the item loads,
long before a record could meet it.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.ground.item import Field, Kind, Level
from gateway.ground.vocabulary.checks import mismatches, unwritten_params
from gateway.ground.vocabulary.masks import record_of
from gateway.ground.vocabulary.records import Mismatch, UnknownMask
from gateway.ground.vocabulary.tells import Params


def level_faults(field: Field) -> Iterator[str]:
    """Yield what is wrong with a field's level, kind and parameters, as sentences; nothing where all is well."""
    return _sentences(field.kind, field.level, dict(field.params), field.codes)


def minor_level_faults(field: Field) -> Iterator[str]:
    """Yield what is wrong with the level, kind and parameters for a minor."""
    return _sentences(field.kind, field.minor_level, dict(field.minor_params), field.codes)


def _sentences(kind: Kind, level: Level, params: Params, codes: tuple[str, ...]) -> Iterator[str]:
    for expected, found in _faults(kind, level, params, codes):
        yield f"expected {expected}, found {found}"


def _faults(kind: Kind, level: Level, params: Params, codes: tuple[str, ...]) -> Iterator[Mismatch]:
    if kind is Kind.SEALED:
        yield "a kind that a platform can give", "sealed"
        return
    try:
        record = record_of(level, params)
    except UnknownMask as error:
        yield error.expected, error.found
        return
    yield from unwritten_params(record, params)
    yield from mismatches(record, kind, params, codes)
