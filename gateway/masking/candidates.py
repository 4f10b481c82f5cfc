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
from types import MappingProxyType
from typing import Final

from gateway.ground.clock import adults_until
from gateway.ground.item import Field, Item
from gateway.ground.vocabulary.masks import record_of
from gateway.ground.vocabulary.tells import WHOLE, Params, Tells
from gateway.masking.datum import Datum, datum_of

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
"""Data that name one person where they leave as they stand."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The facts that are known of the subject of reference.

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


def count_remaining(disclosed: Disclosure) -> int:
    """Return how many identity numbers fit what is told; 1 where the person is named, or the number is whole."""
    if disclosed.named or disclosed.first + disclosed.last >= WHOLE:
        return 1
    counties = _COUNTIES[min(6, max(disclosed.first, disclosed.county))]
    birthdays = _birthdays(disclosed.since, disclosed.until)
    sequences = _sequences(max(0, disclosed.last - 1), disclosed.sex)
    sums = _convolve(_convolve(counties, birthdays), sequences)
    return sums[CHECKS.index(TAIL[-1])] if disclosed.last else sum(sums)


def disclosure_of(item: Item, today: date, *, minor: bool = False) -> Disclosure:
    """Return what all fields of an item tell together of the subject of reference; with `minor`, of a minor's record.

    A minor's record may be known as one by what is withheld, so its birthday lies in the last 14 years.
    """
    disclosed = Disclosure(since=adults_until(today) + timedelta(1), until=today) if minor else Disclosure()
    born = date(today.year - _CHILD_AGE if minor else BORN[0], BORN[1], 15)
    for field in item.fields:
        level, params = (field.minor_level, field.minor_params) if minor else (field.level, field.params)
        record = record_of(level, dict(params))
        disclosed = _with(disclosed, field, record.tells, record.complete(dict(params)), born, today)
    return disclosed


def _with(disclosed: Disclosure, field: Field, tells: Tells, params: Params, born: date, today: date) -> Disclosure:
    datum = datum_of(field)
    if datum in _SINGLES_OUT and tells.singles_out and not field.codes:
        return replace(disclosed, named=True)
    match datum:
        case Datum.IDENTITY:
            first, last = tells.ends(params)
            return replace(disclosed, first=max(disclosed.first, first), last=max(disclosed.last, last))
        case Datum.BIRTH:
            span = tells.dates.left(params, born, today)
            return replace(disclosed, since=max(disclosed.since, span.since), until=min(disclosed.until, span.until))
        case Datum.REGION | Datum.ADDRESS:
            return replace(disclosed, county=max(disclosed.county, tells.county(params)))
        case Datum.SEX:
            return replace(disclosed, sex=disclosed.sex or tells.halves)
        case _:
            return disclosed


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


def _convolve(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    counts = [0] * _MODULUS
    for left, many in enumerate(one):
        for right, more in enumerate(other):
            counts[(left + right) % _MODULUS] += many * more
    return tuple(counts)
