"""The facts that a reader of a masked value learns of the value; other rooms reckon with them.

Rules: every fact is stated; none has a default, so a mask of which one is unknown cannot be written down. A fact may
overstate what is learnt and never understates it. A mask that is made for one sort of value says of every other sort
that all of it is learnt.

 a date     the dates that it may have been, given the date that it was
 a region   how many leading digits of its code (GB/T 2260) are learnt, of a region and of an address
 a text     how many characters at each end
 a number   the numbers that it may have been, both ends included
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

Params = Mapping[str, str | int]
"""A mask's parameters by name."""
Question = frozenset[tuple[str, str | int]]
"""A question about a value, as pairs of its name and one thing that is asked for."""
COUNTY_DIGITS: Final = 6
"""Digits of a county's code; four of them name its prefecture, two its province."""
WHOLE: Final = 18
"""Characters at an end that stand for the whole text, as many as an identity number has."""
ENDLESS: Final = Decimal(10) ** 15
"""Beyond every number that a mask takes."""
_LONGEST: Final = (date.max - date.min).days + 1


@dataclass(frozen=True, slots=True)
class Span:
    """Dates from `since` to `until`, both included."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Dates:
    """The facts that are learnt of a date.

    `left` returns the dates that it may have been, from the parameters, the date that it was, and today. `fewest`
    returns how many it may have been at least, whatever the date was.
    """

    left: Callable[[Params, date, date], Span]
    fewest: Callable[[Params], int]


Numbers = Callable[[Params, Decimal], tuple[Decimal, Decimal]]
"""Parameters and the number that it was -> the least and the greatest that it may have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tells:
    """The facts that are learnt of a value from its masked form.

    `dates`, `county`, `ends` and `numbers` are what is learnt of each sort of value, see the module. `question` is what
    is answered with yes or no; empty where the mask asks nothing that parts the values. `turns_at` are ages in years at
    which the answer changes by itself, so that a question about such an age adds nothing.
    `singles_out` says whether what leaves names one person where the value does. `shows` says whether a part of the
    value itself is seen. `spliced` says whether two masks of the sort with different parameters, or one beside another
    mask that shows, tell more than either. `poses` says whether what leaves may be taken for the person's own value.
    `halves` says whether it is learnt which of two values it was. `presence` says whether it is seen that there is no
    value, `length` whether it is seen how many characters the value has.
    """

    dates: Dates
    county: Callable[[Params], int]
    ends: Callable[[Params], tuple[int, int]]
    numbers: Numbers
    question: Callable[[Params], Question]
    turns_at: tuple[int, ...]
    singles_out: bool
    shows: bool
    spliced: bool
    poses: bool
    halves: bool
    presence: bool
    length: bool


ANY_DATE: Final = Dates(lambda params, born, today: Span(date.min, date.max), lambda params: _LONGEST)
THE_DATE: Final = Dates(lambda params, born, today: Span(born, born), lambda params: 1)
EVERYTHING: Final = Tells(
    dates=THE_DATE,
    county=lambda params: COUNTY_DIGITS,
    ends=lambda params: (WHOLE, WHOLE),
    numbers=lambda params, value: (value, value),
    question=lambda params: frozenset(),
    turns_at=(),
    singles_out=True,
    shows=True,
    spliced=False,
    poses=True,
    halves=True,
    presence=True,
    length=True,
)
"""The value itself."""
NOTHING: Final = Tells(
    dates=ANY_DATE,
    county=lambda params: 0,
    ends=lambda params: (0, 0),
    numbers=lambda params, value: (-ENDLESS, ENDLESS),
    question=lambda params: frozenset(),
    turns_at=(),
    singles_out=False,
    shows=False,
    spliced=False,
    poses=False,
    halves=False,
    presence=False,
    length=False,
)
"""Not even whether there is a value."""
_COARSER: Final = replace(EVERYTHING, singles_out=False, poses=False, length=False)


def coarser_dates(dates: Dates, *, spliced: bool, turns_at: tuple[int, ...]) -> Tells:
    """Return what a coarser date tells; of any other sort of value it is everything."""
    return replace(_COARSER, dates=dates, spliced=spliced, turns_at=turns_at)


def coarser_region(digits: int) -> Tells:
    """Return what the first digits of a region or an address tell; of any other sort of value it is everything."""
    return replace(_COARSER, county=lambda params: digits)


def coarser_text(ends: Callable[[Params], tuple[int, int]], *, spliced: bool) -> Tells:
    """Return what the ends of a text tell; of any other sort of value it is everything."""
    return replace(_COARSER, ends=ends, spliced=spliced)


def coarser_number(numbers: Numbers, *, spliced: bool) -> Tells:
    """Return what a range of numbers tells; of any other sort of value it is everything."""
    return replace(_COARSER, numbers=numbers, spliced=spliced)


def token(*, length: bool) -> Tells:
    """Return what a token under a key tells: whether two values are equal, and nothing of either."""
    return replace(NOTHING, presence=True, length=length)
