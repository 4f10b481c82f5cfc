"""The rules for a person under 14 or of unknown age: the stricter level of each field, and the source of the age.

 arts. 28, 31 个人信息保护法   everything about a person under 14 is sensitive and has rules of its own
Rules: a field that is not about a person leaves as it does of anybody. Of the others, one whose level is closed keeps
it, and any other is withheld unless the item says how it leaves. The cell of a minor has the column's kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.catalogue.levels import minor_level_faults
from gateway.catalogue.schema import Table
from gateway.ground.identity_numbers import IDENTITY_KEYS
from gateway.ground.item import ALLOWED_FOR_MINORS, CLOSED, NO_AGE, PERSONAL, Field, Item, Kind, LegalClass, Level
from gateway.ground.vocabulary.masks import record_of
from gateway.ground.vocabulary.records import MaskRecord, UnknownMask

BIRTH_FIELDS: Final = frozenset({"birth_date", "date_of_birth", "birthday"})
BIRTH_HRSS_CODES: Final = frozenset({"AAC006"})
Params = tuple[tuple[str, str | int], ...]


def minor_default(legal_class: LegalClass, level: Level, params: Params) -> tuple[Level, Params]:
    """Return how a field of a minor leaves where its item does not say it; `drop` withholds the cell."""
    if level in CLOSED or legal_class not in PERSONAL:
        return level, params
    return Level.DROP, ()


def judge_minors(item: Item, table: Table) -> None:
    """Add to the table's faults what is wrong with the source of the age, and with the levels for minors."""
    personal = [field.name for field in item.fields if field.legal_class in PERSONAL]
    if item.age_from == NO_AGE:
        if personal:
            table.fault("age_from", f"expected what tells the age, for {personal[0]} is personal, found {NO_AGE}")
    elif not _tells_age(item):
        table.fault(
            "age_from", f"expected a key with an identity number or a field with a birth date, found {item.age_from}"
        )
    for index, field in enumerate(item.fields):
        for fault in _faults(field):
            table.fault(f"fields[{index}].minor", fault)


def _tells_age(item: Item) -> bool:
    if any(key.name == item.age_from and key.subject and key.name in IDENTITY_KEYS for key in item.keys):
        return True
    return any(
        field.name == item.age_from
        and field.kind is Kind.DATE
        and (field.name in BIRTH_FIELDS or field.hrss_code in BIRTH_HRSS_CODES)
        for field in item.fields
    )


def _faults(field: Field) -> Iterator[str]:
    level, minor = field.level, field.minor_level
    yield from minor_level_faults(field)
    try:
        record, stricter = record_of(level, dict(field.params)), record_of(minor, dict(field.minor_params))
    except UnknownMask:
        return  # a fault of the level itself, which `levels` yields
    column, cell = record.leaving_kind(field.kind), stricter.leaving_kind(field.kind)
    if level is Level.DROP and minor is not Level.DROP:
        yield f"expected drop for a minor, too, where the field is dropped, found {minor}"
    elif minor is not Level.DROP and cell is not column:
        yield f"expected a level of the column's kind {column}, found {minor}"
    if field.legal_class not in PERSONAL:
        return
    if minor not in ALLOWED_FOR_MINORS:
        yield f"expected one of {', '.join(sorted(ALLOWED_FOR_MINORS))} for a minor (PIPL art. 28), found {minor}"
    elif minor is Level.GENERALISE and not _is_stricter(record, stricter):
        yield f"expected a stricter level for a minor than {level}, found {minor} to the same or a finer value"


def _is_stricter(record: MaskRecord, minor: MaskRecord) -> bool:
    """Tell whether a generalisation is coarser than how the field leaves; everything is coarser than the value."""
    return record.level is Level.CLEAR or (record.level is minor.level and minor.choice in record.coarser)
