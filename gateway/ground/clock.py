"""The calendar by which everybody counts: the day in China, and completed years.

China Standard Time is eight hours ahead of UTC, all the year since 1992 (Asia/Shanghai). The moments that are asked
about here are of this gateway's own life; days of the past come from platforms, and `adapters.transforms` reads those.
A day that two rooms computed would be two days for eight hours out of twenty-four, so it is computed here alone.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from gateway.ground.item import ADULT_YEARS

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY_US: Final = 86_400_000_000
_AHEAD_US: Final = 8 * 3_600_000_000


def china_day(now_us: int) -> date:
    """Return the day in China Standard Time of a moment of the present, in microseconds since 1970 (UTC)."""
    return date.fromordinal(_EPOCH + (now_us + _AHEAD_US) // _DAY_US)


def adults_until(today: date) -> date:
    """Return the latest birth date of a person who is no minor today; who was born later, or on no known day, is one.

    个人信息保护法 arts. 28 and 31 protect a person under 14 (不满十四周岁) and do not say on which day that ends. Of
    two readings the safer is taken, that of the Supreme People's Court for completed years: they are reckoned by the
    Gregorian calendar, from the day after the birthday on (法释〔2006〕1号 art. 2). So the fourteenth birthday itself
    is a minor's. This is the one place of the rule, for the masks and for the leak guard.
    """
    return years_before(today - timedelta(1), ADULT_YEARS)


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
