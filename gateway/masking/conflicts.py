"""What fields may not stand together: masks that are safe alone and narrow a person down together.

 within an item
  identity number   never leaves as it stands or substituted: who asks has it already
  beside a partly shown identity number   a birth date of at most a year, a region and an address of at most a city
   one datum in two fields                 the same mask
 over all items of one recipient
  one datum                               where one mask shows a part, rounds or shifts, all that show it are the same

A masked identity number leaves few candidates once the birth date or the county is told beside it, because the number
holds both (GB 11643: digits 1-6 and 7-14). Two masks of one value can be spliced: the first fourteen digits here and
the last four there are the number. So a display mask is the same for all purposes.

The rules look at all fields of an item, not at those of one question: what two questions tell adds up. An open text may
repeat what a mask hides: that is seen value by value, by the leak guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from gateway.item import Field, Item, Level
from gateway.masking.datum import SHOWING, Datum, datum_of, same_datum
from gateway.masking.faults import PlanError

_YEAR: Final = timedelta(365).days
_SPLICED: Final = frozenset({Level.PARTIAL, Level.DATE_SHIFT, Level.ROUND})
"""Levels of which two different ones tell more than either."""


def hold_apart(item: Item) -> None:
    """Return if no field of the item tells what another one hides.

    Raises:
        PlanError: naming the field that tells too much, and the one that it gives away.
    """
    shown = ""
    for field in item.fields:
        if datum_of(field) is not Datum.IDENTITY:
            continue
        if field.level in (Level.CLEAR, Level.SUBSTITUTE):
            raise PlanError(item.code, field.name, "a masked identity number", str(field.level))
        if field.level is Level.PARTIAL:
            shown = field.name
    hold_splices([item])
    if shown:
        for field in item.fields:
            _hold_coarse(item, field, shown)


def hold_splices(items: Iterable[Item], granted: Mapping[str, frozenset[str]] | None = None) -> None:
    """Return if the masks of each datum, over all items that one recipient may ask, cannot be put together.

    `granted` names the fields that the recipient may ask of each item, by the item's code; all of them where it is
    nothing.

    Raises:
        PlanError: naming the second mask, and the item and field that have the first.
    """
    masks: dict[str, list[tuple[Item, Field]]] = {}
    for item in items:
        for field in item.fields:
            if field.level in SHOWING and (granted is None or field.name in granted.get(item.code, frozenset())):
                masks.setdefault(same_datum(field), []).append((item, field))
    for together in masks.values():
        spliced = next((each for each in together if each[1].level in _SPLICED), None)
        if spliced is None:
            continue
        first, one = spliced
        for item, field in together:
            if (field.level, field.params) != (one.level, one.params):
                raise PlanError(
                    item.code,
                    field.name,
                    f"the same mask as of {first.code}.{one.name}, since both tell the same of one person",
                    f"{field.level} beside {one.level}" if field.level is not one.level else "other parameters",
                )


def _hold_coarse(item: Item, field: Field, shown: str) -> None:
    if _tells_birth(field):
        raise PlanError(
            item.code, field.name, f"a birth date of at most a year beside the partly shown {shown}", "a finer one"
        )
    if _tells_county(field):
        raise PlanError(
            item.code, field.name, f"a region of at most a prefecture beside the partly shown {shown}", "a county"
        )


def _tells_birth(field: Field) -> bool:
    if datum_of(field) is not Datum.BIRTH:
        return False
    params = dict(field.params)
    if field.level is Level.DATE_SHIFT:
        return 2 * int(params.get("max_days", 0)) < _YEAR
    return field.level in (Level.CLEAR, Level.PARTIAL) or params.get("to") == "year_month"


def _tells_county(field: Field) -> bool:
    return datum_of(field) in (Datum.REGION, Datum.ADDRESS) and field.level in (Level.CLEAR, Level.PARTIAL)
