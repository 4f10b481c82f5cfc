"""Which rows the guard takes for a minor's: worked out here, from what the item says alone, not asked of masking.

A row is a minor's unless a birthday says that fourteen years are over (个人信息保护法 arts. 28, 31): one that exists,
is not to come, and stands in the item's column of birth dates or in the identity number that was asked for.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from gateway.ground.clock import adults_until
from gateway.ground.evidence import Page, RawPage
from gateway.ground.item import NO_AGE, Item

_NUMBER: Final = re.compile(r"[0-9]{6}([0-9]{8})[0-9]{3}[0-9Xx]|[0-9]{6}([0-9]{6})[0-9]{3}")


def minors_of(item: Item, keys: Page, raw: RawPage, today: date) -> tuple[bool, ...]:
    """Return for each row whether it is a minor's; nothing where the item holds nothing of a person."""
    if item.age_from == NO_AGE:
        return ()
    rows = raw.page.rows
    given = {column.name: column.values for column in raw.page.columns}
    asked = {column.name: column.values[raw.first : raw.first + rows] for column in keys.columns}
    by_key = any(key.name == item.age_from and key.subject for key in item.keys)
    told: tuple[Any, ...] = (asked if by_key else given).get(item.age_from, ())
    if len(told) != rows:
        return (True,) * rows
    latest = adults_until(today)
    return tuple([(value if type(value) is date else _born(value)) > latest for value in told])


def _born(value: Any) -> date:
    """Return the birthday that an identity number names; the end of all days where there is none."""
    match = _NUMBER.fullmatch(value) if type(value) is str else None
    if match is None:
        return date.max
    digits = match[1] or f"19{match[2]}"
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return date.max
