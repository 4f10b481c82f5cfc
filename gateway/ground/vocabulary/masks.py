"""All masks, one record each, and the look-up of a field's record. A name without a record is refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from gateway.ground.item import Field, Kind, Level
from gateway.ground.vocabulary.choices import FORMS, GENERALISATIONS, QUESTIONS
from gateway.ground.vocabulary.levels import LEVELS
from gateway.ground.vocabulary.records import MaskRecord, UnknownMask
from gateway.ground.vocabulary.tells import Params

RECORDS: Final = (*LEVELS, *GENERALISATIONS, *QUESTIONS, *FORMS)
"""The vocabulary."""
_CHOSEN_BY: Final[Mapping[Level, tuple[str, str]]] = MappingProxyType(
    {
        Level.GENERALISE: ("to", ""),
        Level.PREDICATE: ("question", ""),
        Level.FORMAT_PRESERVING: ("form", ""),
        Level.PARTIAL: ("unit", "character"),
    }
)
"""By which parameter a level of several masks is chosen, and what it is where it is not given."""
_BY_NAME: Final = MappingProxyType({(record.level, record.choice): record for record in RECORDS})


def choices_of(level: Level) -> tuple[str, ...]:
    """Return the choices of a level; one that is empty where the level is one mask."""
    return tuple(record.choice for record in RECORDS if record.level is level)


def record_of(level: Level, params: Params) -> MaskRecord:
    """Return the record of a level under these parameters.

    Raises:
        UnknownMask: there is none.
    """
    if level not in _CHOSEN_BY:
        return _BY_NAME[level, ""]
    name, instead = _CHOSEN_BY[level]
    choice = params.get(name, instead)
    record = _BY_NAME.get((level, str(choice)))
    if record is None or not isinstance(choice, str):
        raise UnknownMask(f"{name} to be one of {', '.join(choices_of(level))}", repr(choice))
    return record


def masked_kind(field: Field) -> Kind:
    """Return the kind of a field's masked column.

    Raises:
        ValueError: the field does not leave, so it has no column.
        UnknownMask: no record has its level and parameters.
    """
    kind = record_of(field.level, dict(field.params)).leaving_kind(field.kind)
    if kind is None:
        raise ValueError(f"field {field.name}: expected a field that leaves, found the level {field.level}")
    return kind


def require_names(place: str, names: Collection[str], expected: Collection[str]) -> None:
    """Return if a table of another module has exactly the names that the vocabulary has.

    Raises:
        RuntimeError: naming the module, and each name that is missing there or unknown here.
    """
    missing, unknown = sorted(set(expected) - set(names)), sorted(set(names) - set(expected))
    if missing:
        raise RuntimeError(f"{place}: expected an entry for {', '.join(missing)}, found none")
    if unknown:
        raise RuntimeError(f"gateway/ground/vocabulary: expected a record of {', '.join(unknown)}, found none")


def _require_whole() -> None:
    """Return if every level has its records, none twice, and every coarser mask is one of its level.

    Raises:
        RuntimeError: naming what is wrong.
    """
    if len(_BY_NAME) != len(RECORDS):
        raise RuntimeError("expected each mask once, found one twice")
    for level in Level:
        several = choices_of(level) != ("",)
        if not choices_of(level) or several is not (level in _CHOSEN_BY):
            raise RuntimeError(f"expected a record of the level {level}, and how its masks are chosen, found none")
    for record in RECORDS:
        if not record.coarser <= set(choices_of(record.level)):
            raise RuntimeError(f"{record.name}: expected coarser masks of its level, found another")


_require_whole()
