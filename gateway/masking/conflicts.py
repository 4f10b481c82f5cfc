"""What fields may not stand together: masks that are safe alone and narrow a person down together.

A masked identity number leaves few candidates once the birth date or the county is told beside it, because the number
holds both (GB 11643: digits 1-6 and 7-14). So beside a partly shown identity number the birth date is at most a year
and the region at most a prefecture. An identity number never leaves as it stands: who asks has it already.

The rules look at all fields of the item, not at those of one question: what two questions tell adds up.
"""

from __future__ import annotations

from typing import Final

from gateway.item import Field, Item, Level
from gateway.masking.faults import PlanError

IDENTITY_NAMES: Final = frozenset({"social_security_no", "id_no", "identity_no", "citizen_id"})
IDENTITY_CODES: Final = frozenset({"AAC002", "AAC147"})
"""社会保障号码 and 证件号码 (HRSS indicators)."""
BIRTH_NAMES: Final = frozenset({"birth_date", "date_of_birth", "birthday"})
BIRTH_CODES: Final = frozenset({"AAC006"})
REGION_CODES: Final = frozenset({"AAB301"})
REGION_WORDS: Final = frozenset({"region", "county", "district"})
"""A field with one of these words in its name tells a county unless it is generalised."""


def hold_apart(item: Item) -> None:
    """Return if no field of the item tells what another one hides.

    Raises:
        PlanError: an identity number is clear, or partly shown beside a birth date finer than a year or a county.
    """
    shown = ""
    for field in item.fields:
        if not _identity(field):
            continue
        if field.level is Level.CLEAR:
            raise PlanError(item.code, field.name, "a masked identity number", "clear")
        if field.level is Level.PARTIAL:
            shown = field.name
    if not shown:
        return
    for field in item.fields:
        if _tells_birth(field):
            raise PlanError(
                item.code, field.name, f"a birth date of at most a year beside the partly shown {shown}", "a finer one"
            )
        if _tells_county(field):
            raise PlanError(
                item.code, field.name, f"a region of at most a prefecture beside the partly shown {shown}", "a county"
            )


def _identity(field: Field) -> bool:
    return field.name in IDENTITY_NAMES or field.hrss_code in IDENTITY_CODES


def _tells_birth(field: Field) -> bool:
    if field.name not in BIRTH_NAMES and field.hrss_code not in BIRTH_CODES:
        return False
    return field.level in (Level.CLEAR, Level.PARTIAL) or ("to", "year_month") in field.params


def _tells_county(field: Field) -> bool:
    if field.hrss_code not in REGION_CODES and REGION_WORDS.isdisjoint(field.name.split("_")):
        return False
    return field.level in (Level.CLEAR, Level.PARTIAL)
