"""Fields that may not stand together: their masks are safe alone and narrow a person down together.

 within an item
  identity number   never leaves as it stands or substituted: the asker has it already
  beside a partly shown identity number   a birth date of at most a year, a region and an address of at most a city
   one datum in two fields                 the same mask
 over all items of one recipient, of minors as of others
  one datum                               where one mask shows a part, rounds or shifts, all that show it are the same
  questions about one datum               one, of chosen codes or of an age; beside it what tells the answer anyway

A masked identity number leaves few candidates once the birth date or the county is told beside it, because the number
holds both (GB 11643: digits 1-6 and 7-14). Two masks of one value can be spliced: the first fourteen digits here and
the last four there are the number. So a display mask is the same for all purposes. Two questions about one value are
a narrower question that nobody granted: 60 and not yet 65, neither active nor lost.

The rules look at all fields of an item, not at those of one question: what two questions tell adds up. An open text may
repeat what a mask hides: that is seen value by value, by the leak guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.ground.item import Field, Item, Level
from gateway.ground.vocabulary.masks import record_of
from gateway.ground.vocabulary.records import UnknownMask
from gateway.ground.vocabulary.tells import Question, Tells
from gateway.masking.datum import Datum, datum_of, same_datum
from gateway.masking.faults import PlanError

_YEAR: Final = 365
"""Days that a birth date must leave open beside a partly shown identity number."""
_PREFECTURE: Final = 4
"""Digits of a region that may stand beside it."""


def require_apart(item: Item) -> None:
    """Return if no field of the item tells what another one hides.

    Raises:
        PlanError: naming the field that tells too much, and the one that it gives away.
    """
    shown = ""
    for field in item.fields:
        if datum_of(field) is not Datum.IDENTITY:
            continue
        mask = _mask_of(item, field, field.level, field.params)
        if mask.tells.poses:
            raise PlanError(item.code, field.name, "a masked identity number", str(field.level))
        if any(mask.tells.ends(mask.params)):
            shown = field.name
    require_unspliced([item])
    if shown:
        for field in item.fields:
            _require_coarse(item, field, shown)


def require_unspliced(items: Iterable[Item], granted: Mapping[str, frozenset[str]] | None = None) -> None:
    """Return if the masks of each datum, over all items that one recipient may ask, cannot be put together.

    Those of minors are held to it as those of others are. `granted` names the fields that the recipient may ask of each
    item, by the item's code; all of them where it is nothing.

    Raises:
        PlanError: naming the second mask, and the item and field that have the first; or a mask without a record.
    """
    masks: dict[tuple[bool, str], list[_Mask]] = {}
    for item in items:
        for field in item.fields:
            if granted is not None and field.name not in granted.get(item.code, frozenset()):
                continue
            for minor, level, params in (
                (False, field.level, field.params),
                (True, field.minor_level, field.minor_params),
            ):
                mask = _mask_of(item, field, level, params)
                if mask.tells.shows or mask.question:
                    masks.setdefault((minor, same_datum(field)), []).append(mask)
    for together in masks.values():
        _require_one_mask(together)
        _require_one_question(together)


@dataclass(frozen=True, slots=True)
class _Mask:
    """How one field leaves: its level, its parameters with those that were not given, and what is learnt."""

    item: str
    field: str
    level: Level
    params: Mapping[str, str | int]
    tells: Tells

    @property
    def question(self) -> Question:
        """Return the question that parts the values; empty where there is none."""
        return self.tells.question(self.params)

    def conflict(self, first: _Mask, expected: str) -> PlanError:
        return PlanError(
            self.item,
            self.field,
            f"{expected} {first.item}.{first.field}, since both tell the same of one person",
            f"{self.level} beside {first.level}" if self.level is not first.level else "other parameters",
        )


def _mask_of(item: Item, field: Field, level: Level, given: tuple[tuple[str, str | int], ...]) -> _Mask:
    params = dict(given)
    try:
        record = record_of(level, params)
    except UnknownMask as error:
        raise PlanError(item.code, field.name, error.expected, error.found) from None
    return _Mask(item.code, field.name, level, record.complete(params), record.tells)


def _require_one_mask(together: list[_Mask]) -> None:
    """Hold all masks of a datum to the first that shows a part, rounds or shifts."""
    first = next((mask for mask in together if mask.tells.spliced), None)
    for mask in together:
        if first is not None and mask.tells.shows and (mask.level, mask.params) != (first.level, first.params):
            raise mask.conflict(first, "the same mask as of")


def _require_one_question(together: list[_Mask]) -> None:
    """Hold all that tells something of a datum to the first question about it."""
    first = next((mask for mask in together if mask.question), None)
    for mask in together:
        if first is not None and mask.question != first.question and not _answers(mask, first):
            raise mask.conflict(first, "the same question as of")


def _answers(mask: _Mask, asked: _Mask) -> bool:
    """Tell whether a mask tells the answer to a question by itself, so that the question tells nothing more."""
    turning = {("age_at_least", years) for years in mask.tells.turns_at}
    return mask.tells.singles_out or asked.question <= turning


def _require_coarse(item: Item, field: Field, shown: str) -> None:
    mask, datum = _mask_of(item, field, field.level, field.params), datum_of(field)
    if datum is Datum.BIRTH and mask.tells.dates.fewest(mask.params) < _YEAR:
        raise PlanError(
            item.code, field.name, f"a birth date of at most a year beside the partly shown {shown}", "a finer one"
        )
    # A question about codes counts as a county whatever its codes share, for a yes to one of two counties is finer.
    finer = mask.tells.county(mask.params) > _PREFECTURE or bool(mask.question)
    if datum in (Datum.REGION, Datum.ADDRESS) and finer:
        raise PlanError(
            item.code, field.name, f"a region of at most a prefecture beside the partly shown {shown}", "a county"
        )
