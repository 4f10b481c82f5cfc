"""How many numbers fit what leaves: the figures by which masks of an identity number are judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.ground.item import Field, Kind, Level
from gateway.masking.candidates import _COUNTIES, COUNTY, Disclosure, count_remaining, disclosure_of
from tests.samples import field, item

CODES = [
    line
    for line in (Path(__file__).parents[1] / "vectors" / "gb2260_counties.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
TODAY = date(2026, 11, 24)
YEAR = Disclosure(since=date(1960, 1, 1), until=date(1960, 12, 31))
MONTH = Disclosure(since=date(1960, 5, 1), until=date(1960, 5, 31))


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (3_317, Disclosure(first=6, last=4)),
        (33, replace(YEAR, first=6, last=4)),
        (4, replace(MONTH, first=6, last=4)),
        (4, replace(MONTH, first=3, last=4, county=6)),
        (424_991, Disclosure(first=3, last=4)),
        (112_877, Disclosure(first=4, last=4)),
        (3_317, Disclosure(first=3, last=4, county=6)),
        (999, Disclosure(first=6, since=date(1960, 5, 15), until=date(1960, 5, 15))),
        (500, Disclosure(first=6, since=date(1960, 5, 15), until=date(1960, 5, 15), sex=True)),
        (1, Disclosure(named=True)),
    ],
)
def test_a_mask_leaves_so_many_candidates(left: int, told: Disclosure) -> None:
    """6+4 leaves 3,317 people; with the birth year 33, with year and month 4."""
    assert left == count_remaining(told)


@pytest.mark.parametrize(
    ("about", "told"),
    [(3.5e8, Disclosure(first=1, last=2)), (3.5e9, Disclosure(first=1, last=1)), (1.7e10, Disclosure(first=2))],
)
def test_a_wide_mask_leaves_hundreds_of_millions(about: float, told: Disclosure) -> None:
    """One character at each end is the strictest mask that still shows something."""
    assert about == pytest.approx(count_remaining(told), rel=0.02)


def test_two_masks_spliced_leave_one_person_or_none() -> None:
    """First fourteen digits here and the last four there are the number."""
    days = [date(1960, 5, 1) + timedelta(day) for day in range(31)]
    left = [count_remaining(Disclosure(first=6, last=4, since=day, until=day)) for day in days]
    assert {0, 1} == set(left)
    assert 4 == sum(left)


def test_the_counties_are_counted_from_the_list_of_codes() -> None:
    """The table in the program is what the list gives."""
    for shown, counts in _COUNTIES.items():
        counted = [0] * 11
        for code in CODES:
            if code.startswith(COUNTY[:shown]):
                counted[sum(int(a) * b for a, b in zip(code, (7, 9, 10, 5, 8, 4), strict=True)) % 11] += 1
        assert tuple(counted) == counts
    assert 6_298 == len(CODES) == sum(_COUNTIES[0])


IDENTITY = field("social_security_no", Kind.STRING, Level.PARTIAL, keep_first=1, keep_last=1)
TOKEN = field("social_security_no", Kind.STRING, Level.PSEUDONYM)


def asked(codes: str) -> Field:
    """A region of which it is asked whether it is one of these."""
    return field("region_code", Kind.STRING, Level.PREDICATE, question="is_one_of", values=codes)


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (Disclosure(first=1, last=1), (IDENTITY,)),
        (Disclosure(), (TOKEN,)),
        (Disclosure(county=6), (TOKEN, field("region_code"))),
        (Disclosure(county=4), (TOKEN, field("region_code", Kind.STRING, Level.GENERALISE, to="city"))),
        (Disclosure(county=2), (field("region_code", Kind.STRING, Level.GENERALISE, to="province"),)),
        (Disclosure(county=4), (field("home_address", Kind.STRING, Level.GENERALISE, to="address_city"),)),
        (Disclosure(), (field("region_code", Kind.STRING, Level.DROP),)),
        (Disclosure(county=6), (asked("510104"),)),
        (Disclosure(county=4), (asked("510104,510112"),)),
        (Disclosure(county=1), (asked("510104,500112"),)),
        (Disclosure(), (field("region_code", Kind.STRING, Level.PREDICATE, question="is_present"),)),
        (YEAR, (field("birth_date", Kind.DATE, Level.GENERALISE, to="year"),)),
        (MONTH, (field("birth_date", Kind.DATE, Level.GENERALISE, to="year_month"),)),
        (
            Disclosure(since=date(1956, 11, 25), until=date(1961, 11, 24)),
            (field("birth_date", Kind.DATE, Level.GENERALISE, to="age_band"),),
        ),
        (
            Disclosure(until=date(1961, 11, 24)),
            (field("birth_date", Kind.DATE, Level.PREDICATE, question="age_at_least", years=65),),
        ),
        (
            Disclosure(since=date(1956, 11, 25)),
            (field("birth_date", Kind.DATE, Level.PREDICATE, question="age_at_least", years=70),),
        ),
        (
            Disclosure(since=date(1960, 4, 15), until=date(1960, 6, 14)),
            (field("birth_date", Kind.DATE, Level.DATE_SHIFT, max_days=30),),
        ),
        (Disclosure(sex=True), (field("sex"),)),
        (Disclosure(named=True), (field("name"), TOKEN)),
        (Disclosure(named=True), (field("remark"),)),
        (Disclosure(), (field("card_status"),)),
    ],
)
def test_each_field_that_leaves_tells_its_part(told: Disclosure, fields: tuple[Field, ...]) -> None:
    """Beside one another they add up."""
    assert told == disclosure_of(item(*fields), TODAY)


def test_what_is_withheld_of_a_minor_tells_its_age() -> None:
    """A minor's birthday lies in the last fourteen years, the day of turning 14 included (A12d); no more is told."""
    fields = (field("region_code"), field("name"), TOKEN)
    assert Disclosure(since=date(2012, 11, 24), until=TODAY) == disclosure_of(item(*fields), TODAY, minor=True)


@pytest.mark.parametrize(
    "name", ["card_no", "bank_account", "name", "phone", "address", "social_security_no", "remark"]
)
def test_a_field_that_names_one_person_is_told_as_such(name: str) -> None:
    """A card's number that leaves as it stands singles out its holder as a name does (mutants 31)."""
    assert disclosure_of(item(field(name)), TODAY).named
    assert not disclosure_of(item(field(name, Kind.STRING, Level.DROP)), TODAY).named
