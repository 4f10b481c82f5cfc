"""The rows of minors: people under 14 on the day of the question, and all whose age is not known.

 arts. 28, 31 个人信息保护法   a person under 14 has stricter rules
 GB 11643                    digits 7 to 14 are the birthday; of the 15 digits that were given out in the 1900s, 7 to 12

Rule: a person who cannot be shown to be 14 counts as a minor: no value, a number of another form, a day that does not
exist, a birthday to come. The day on which a minor is none any more is `clock.adults_until`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final

from gateway.ground.clock import adults_until
from gateway.ground.evidence import Page
from gateway.ground.item import NO_AGE, Item
from gateway.masking.context import Context

Minors = tuple[bool, ...]
"""One truth value a row, whether it is a minor's; empty where it is nobody's."""
_REMEMBERED: Final = 65_536
"""Birthdays that are remembered, more than there are of the living."""
_LONG: Final = 18
_SHORT: Final = 15
NOBODY: Final[Minors] = ()


def minors_by(item: Item) -> Callable[[Page, Context], Minors]:
    """Return what finds the minors of a raw page: by its own column, or by the cardholders that were asked about."""
    source = item.age_from
    if source == NO_AGE:
        return lambda raw, context: NOBODY
    if any(key.name == source and key.subject for key in item.keys):
        return lambda raw, context: by_number(_all_or_none(context.subjects, raw.rows), context.today)
    return lambda raw, context: by_birth_date(_column(raw, source), context.today)


def by_birth_date(values: tuple[Any, ...], today: date) -> Minors:
    """Return which birth dates are minors'."""
    latest = adults_until(today)
    found = tuple([type(value) is not date or value > latest for value in values])
    return found if True in found else NOBODY


def by_number(values: tuple[Any, ...], today: date) -> Minors:
    """Return which identity numbers are minors'."""
    latest = f"{adults_until(today):%Y%m%d}"
    found = tuple([type(value) is not str or not "" < _birthday(value) <= latest for value in values])
    return found if True in found else NOBODY


def _column(raw: Page, name: str) -> tuple[Any, ...]:
    for column in raw.columns:
        if column.name == name:
            return _all_or_none(column.values, raw.rows)
    return (None,) * raw.rows  # it was not asked for, so nobody's age is known


def _all_or_none(values: tuple[Any, ...], rows: int) -> tuple[Any, ...]:
    return values if len(values) == rows else (None,) * rows


def _birthday(number: str) -> str:
    """Return the birthday of an identity number as eight digits; empty where it has none."""
    if len(number) == _LONG and number[:-1].isdecimal() and number.isascii() and number[-1] in "0123456789Xx":
        return _day(number[6:14])
    if len(number) == _SHORT and number.isdecimal() and number.isascii():
        return _day("19" + number[6:12])
    return ""


@lru_cache(maxsize=_REMEMBERED)
def _day(digits: str) -> str:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return ""
    return digits
