"""The calendar by which everybody counts: the day in China, and completed years.

China Standard Time is eight hours ahead of UTC all the year (Asia/Shanghai). A day that two rooms computed would be two
days for eight hours out of twenty-four, so it is computed here alone.
"""

from __future__ import annotations

from datetime import date
from typing import Final

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY_US: Final = 86_400_000_000
_AHEAD_US: Final = 8 * 3_600_000_000


def china_day(now_us: int) -> date:
    """Return the day in China Standard Time of a moment in microseconds since 1970 (UTC)."""
    return date.fromordinal(_EPOCH + (now_us + _AHEAD_US) // _DAY_US)


def years_before(today: date, years: int) -> date:
    """Return the latest birth date of a person who has completed so many years today (周岁).

    On 29 February of a year whose counterpart is common it is 28 February, so that a birth on 1 March is not counted.
    """
    if today.year - years < 1:
        return date.min
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)
