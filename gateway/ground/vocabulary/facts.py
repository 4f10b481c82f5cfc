"""The facts that single masks tell, worked out from their parameters: periods, bands, ranges and shared digits."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Final

from gateway.ground.clock import years_before
from gateway.ground.vocabulary.tells import ENDLESS, Dates, Params, Question, Span

BAND_AGES: Final = (70, 65, 60, 18, 14)
"""Ages in years at which an age band begins, the highest first: where the law and the concessions turn."""
AMOUNTS: Final = (100, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000)
"""Amounts in yuan at which a band begins."""
_MONTHS: Final = 12
_FINEST: Final = Decimal("0.000001")
"""The finest step of a decimal that a mask takes."""
_YEAR: Final = 365


def calendar_period(months: int) -> Dates:
    """Return what one calendar period of so many months tells of a date.

    Raises:
        ValueError: a year has no such periods.
    """
    if months < 1 or _MONTHS % months:
        raise ValueError(f"expected a divisor of {_MONTHS} months, found {months}")

    def left(params: Params, born: date, today: date) -> Span:
        first = (born.month - 1) // months * months + 1
        last = first + months - 1
        end = date(born.year, _MONTHS, 31) if last == _MONTHS else date(born.year, last + 1, 1) - timedelta(1)
        return Span(date(born.year, first, 1), end)

    def days(first: int) -> int:
        span = left({}, date(2001, first, 1), date.max)
        return (span.until - span.since).days + 1

    fewest = min(days(first) for first in range(1, _MONTHS + 1, months))
    return Dates(left, lambda params: fewest)


def age_band() -> Dates:
    """Return what a band of ages tells of a birth date."""

    def left(params: Params, born: date, today: date) -> Span:
        until = today
        for age in reversed(BAND_AGES):
            turned = years_before(today, age)
            if born > turned:
                return Span(turned + timedelta(1), until)
            until = turned
        return Span(date.min, until)

    shortest = min(high - low for high, low in zip(BAND_AGES, (*BAND_AGES[1:], 0), strict=True))
    return Dates(left, lambda params: shortest * _YEAR)


def age_at_least() -> Dates:
    """Return what the answer tells of a birth date: whether `years` are completed today."""

    def left(params: Params, born: date, today: date) -> Span:
        turned = years_before(today, int(params["years"]))
        return Span(date.min, turned) if born <= turned else Span(turned + timedelta(1), today)

    return Dates(left, lambda params: int(params["years"]) * _YEAR)


def shift_window() -> Dates:
    """Return what a date moved by 1 to `max_days` days, to either side, tells of the date.

    The moved date leaves as many dates as this span without one, and lies as near to it.
    """

    def left(params: Params, born: date, today: date) -> Span:
        days = int(params["max_days"])
        before, after = min(days, (born - date.min).days), min(days, (date.max - born).days)
        return Span(born - timedelta(before), born + timedelta(after))

    return Dates(left, lambda params: 2 * int(params["max_days"]))


def amount_band(params: Params, value: Decimal) -> tuple[Decimal, Decimal]:
    """Return the numbers of the amount's band."""
    if value < 0:
        return -ENDLESS, -_FINEST
    if not value:
        return value, value
    at = bisect_right(AMOUNTS, value)
    low = Decimal(AMOUNTS[at - 1]) if at else _FINEST
    return low, (AMOUNTS[at] - _FINEST if at < len(AMOUNTS) else ENDLESS)


def rounding_range(params: Params, value: Decimal) -> tuple[Decimal, Decimal]:
    """Return the numbers that are rounded to the same multiple of `to`; halves go away from zero."""
    to = int(params["to"])
    middle = (abs(value) + to // 2) // to * to
    if not middle:
        return -to // 2 + _FINEST, to // 2 - _FINEST
    low, high = middle - to // 2, middle + to // 2 - _FINEST
    return (low, high) if value > 0 else (-high, -low)


def kept_ends(params: Params) -> tuple[int, int]:
    """Return how many characters are kept at each end."""
    return int(params["keep_first"]), int(params["keep_last"])


def chosen_values(params: Params) -> tuple[str, ...]:
    """Return the values of which it is asked whether the value is one."""
    return tuple(str(params["values"]).split(","))


def asked_codes(params: Params) -> Question:
    """Return what is asked by whether a value is one of those chosen."""
    return frozenset(("is_one_of", code) for code in chosen_values(params))


def asked_age(params: Params) -> Question:
    """Return what is asked by whether so many years are completed."""
    return frozenset({("age_at_least", int(params["years"]))})


def shared_digits(params: Params) -> int:
    """Return how many leading digits all chosen codes share, which a yes tells."""
    return _alike(chosen_values(params))


def _alike(codes: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda digits: len(set(digits)) == 1, zip(*codes, strict=False)))
