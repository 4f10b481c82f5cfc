"""How many people a record may be about, given all that leaves of it: a number to judge an item by before it is used.

An identity number (GB 11643) is a county of GB/T 2260, a birthday, a sequence number and a check digit modulo 11, so
whatever tells the county, the birthday or some digits narrows the numbers that fit. They are counted for a subject of
reference: county 510104, born in May 1960, last digits 1237.

 county    6,298 codes, in force or abolished, since a number keeps the code of its first registration
 birthday  36,525 days, 1926 to 2025; of a minor those of the last 14 years
 sequence  001 to 999; its last digit is odd for men
 check     11 values (ISO 7064, MOD 11-2)

It is an upper bound: many numbers were never given out, and other fields of the record may narrow it further. A region
that is told counts as if it were the county of the number, which is the worst case; of a region that is asked about,
what all regions of the question share is told, as if the answer were yes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise, takewhile
from types import MappingProxyType
from typing import Final

from gateway.ground.item import ADULT_YEARS, Field, Item, Level
from gateway.masking.datum import Datum, datum_of
from gateway.masking.generalise import AGES, years_before

COUNTY: Final = "510104"
"""The county code of the subject of reference."""
TAIL: Final = "1237"
"""Its sequence number and check digit. Only parts stand here, never a number that could be somebody's."""
BORN: Final = (1960, 5)
"""Year and month of its birthday."""
_CHILD_AGE: Final = 10
"""Years of the minor of reference."""
EARLIEST: Final = date(1926, 1, 1)
LATEST: Final = date(2025, 12, 31)
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS: Final = "10X98765432"
_MODULUS: Final = 11
_COUNTIES: Final[Mapping[int, tuple[int, ...]]] = MappingProxyType(
    {
        0: (571, 568, 586, 563, 557, 591, 578, 577, 559, 588, 560),
        1: (96, 103, 88, 96, 93, 102, 99, 99, 93, 95, 98),
        2: (42, 42, 42, 44, 37, 45, 43, 42, 35, 47, 43),
        3: (13, 12, 11, 11, 12, 12, 11, 13, 9, 13, 11),
        4: (5, 3, 2, 3, 5, 1, 2, 5, 3, 2, 3),
        5: (1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1),
        6: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    }
)
"""County codes that begin with so many digits of `COUNTY`, counted by what they add to the check sum, modulo 11."""
_SINGLES_OUT: Final = frozenset(
    {Datum.IDENTITY, Datum.NAME, Datum.PHONE, Datum.ADDRESS, Datum.ACCOUNT, Datum.CARD, Datum.FREE_TEXT}
)
"""What names one person where it leaves as it stands."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of the subject of reference.

    `first` and `last` are digits of the identity number that are shown, of 18; `county` is how many leading digits of
    its county another field tells; the birthday lies from `since` to `until`, both included; `sex` says whether it is
    told; `named` says whether something that leaves as it stands names the person.
    """

    first: int = 0
    last: int = 0
    county: int = 0
    since: date = EARLIEST
    until: date = LATEST
    sex: bool = False
    named: bool = False


def remaining(told: Told) -> int:
    """Return how many identity numbers fit what is told; 1 where the person is named."""
    if told.named:
        return 1
    counties = _COUNTIES[min(6, max(told.first, told.county))]
    birthdays = _birthdays(told.since, told.until)
    sequences = _sequences(max(0, told.last - 1), told.sex)
    sums = _convolved(_convolved(counties, birthdays), sequences)
    return sums[CHECKS.index(TAIL[-1])] if told.last else sum(sums)


def told_by(item: Item, today: date, *, minor: bool = False) -> Told:
    """Return what all fields of an item tell together of the subject of reference; with `minor`, of a minor's record.

    A minor's record may be known as one by what is withheld, so its birthday lies in the last 14 years.
    """
    told = Told(since=years_before(today, ADULT_YEARS) + timedelta(1), until=today) if minor else Told()
    born = date(today.year - _CHILD_AGE if minor else BORN[0], BORN[1], 15)
    for field in item.fields:
        level, params = (field.minor_level, field.minor_params) if minor else (field.level, field.params)
        told = _with(told, field, level, dict(params), born, today)
    return told


def _with(told: Told, field: Field, level: Level, params: Mapping[str, str | int], born: date, today: date) -> Told:
    match datum_of(field):
        case Datum.IDENTITY if level is Level.PARTIAL:
            first, last = params.get("keep_first", 0), params.get("keep_last", 0)
            return replace(told, first=max(told.first, int(first)), last=max(told.last, int(last)))
        case Datum.BIRTH:
            since, until = _birth_range(level, params, born, today)
            return replace(told, since=max(told.since, since), until=min(told.until, until))
        case Datum.REGION:
            return replace(told, county=max(told.county, _county_digits(level, params)))
        case Datum.ADDRESS if level is Level.GENERALISE:
            return replace(told, county=max(told.county, _county_digits(level, params)))
        case Datum.SEX if level in (Level.CLEAR, Level.PREDICATE):
            return replace(told, sex=True)
        case datum if datum in _SINGLES_OUT and level is Level.CLEAR and not field.codes:
            return replace(told, named=True)
        case _:
            return told


def _birth_range(level: Level, params: Mapping[str, str | int], born: date, today: date) -> tuple[date, date]:
    year, month = born.year, born.month
    match level, params.get("to", params.get("question")):
        case Level.CLEAR | Level.PARTIAL, _:
            return born, born
        case Level.DATE_SHIFT, _:
            days = timedelta(int(params.get("max_days", 0)))
            return born - days, born + days
        case Level.GENERALISE, "year":
            return date(year, 1, 1), date(year, 12, 31)
        case Level.GENERALISE, "year_month":
            return date(year, month, 1), date(year, month + 1, 1) - timedelta(1)
        case Level.GENERALISE, "age_band":
            return _band(born, today)
        case Level.PREDICATE, "age_at_least":
            turned = years_before(today, int(params.get("years", 0)))
            return (date.min, turned) if born <= turned else (turned + timedelta(1), date.max)
        case _:
            return date.min, date.max


def _band(born: date, today: date) -> tuple[date, date]:
    latest = [EARLIEST - timedelta(1), *(years_before(today, age) for age in AGES), today]
    return next((low + timedelta(1), high) for low, high in pairwise(latest) if low < born <= high)


def _county_digits(level: Level, params: Mapping[str, str | int]) -> int:
    if params.get("question") == "is_one_of":
        return _alike(str(params.get("values")).split(","))
    if level is Level.GENERALISE:
        return {"city": 4, "address_city": 4, "province": 2}.get(str(params.get("to")), 6)
    return 6 if level in (Level.CLEAR, Level.PARTIAL, Level.SUBSTITUTE) else 0


def _alike(codes: Sequence[str]) -> int:
    """Return how many leading digits all codes share: what a yes tells."""
    return sum(1 for _ in takewhile(lambda digits: len(set(digits)) == 1, zip(*codes, strict=False)))


@lru_cache(maxsize=64)
def _birthdays(since: date, until: date) -> tuple[int, ...]:
    return _sums([f"{since + timedelta(days):%Y%m%d}" for days in range((until - since).days + 1)], WEIGHTS[6:14])


@lru_cache(maxsize=16)
def _sequences(shown: int, sex: bool) -> tuple[int, ...]:
    end = TAIL[:-1][len(TAIL) - 1 - shown :] if shown else ""
    odd = int(TAIL[-2]) % 2
    fitting = [f"{each:03}" for each in range(1, 1000) if not sex or each % 2 == odd]
    return _sums([each for each in fitting if each.endswith(end)], WEIGHTS[14:])


def _sums(parts: Sequence[str], weights: Sequence[int]) -> tuple[int, ...]:
    """Count parts of the number by what they add to its check sum, modulo 11."""
    counts = [0] * _MODULUS
    for part in parts:
        counts[sum(int(digit) * weight for digit, weight in zip(part, weights, strict=True)) % _MODULUS] += 1
    return tuple(counts)


def _convolved(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    counts = [0] * _MODULUS
    for left, many in enumerate(one):
        for right, more in enumerate(other):
            counts[(left + right) % _MODULUS] += many * more
    return tuple(counts)
