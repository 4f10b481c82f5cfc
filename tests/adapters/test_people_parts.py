"""The parts of an invented province: regions, draws and directories that are the same on every machine."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from adapters.people.directories import libraries, outlets, venues
from adapters.people.draw import Draw
from adapters.people.regions import ABOLISHED, CHONGQING, PROVINCES, SICHUAN, Province, province

EACH = pytest.mark.parametrize("of", [SICHUAN, CHONGQING], ids=lambda one: one.name)


@pytest.mark.parametrize("name", ["", "Sichuan", "510000", "guizhou"])
def test_a_province_that_is_neither_is_refused(name: str) -> None:
    """Those that there are are named."""
    with pytest.raises(ValueError, match="expected a province out of sichuan, chongqing"):
        province(name)


def test_no_district_that_ended_is_a_region_of_today() -> None:
    """Only records that were made before keep its code."""
    assert not set(ABOLISHED.values()) & CHONGQING.regions.keys()


def test_the_provinces_share_no_region_no_letters_and_no_range_of_numbers() -> None:
    """So that no invented person is of both."""
    assert not SICHUAN.regions.keys() & CHONGQING.regions.keys()
    assert 2 == len({one.letters for one in PROVINCES.values()}) == len({one.first_card for one in PROVINCES.values()})


@EACH
def test_a_region_is_one_of_its_province_and_no_number_is_of_a_region(of: Province) -> None:
    """The prefix of the identity numbers is assigned to nobody."""
    assert of is province(of.name)
    assert {of.code[:2]} == {code[:2] for code in (*of.regions, of.number_prefix)}
    assert of.number_prefix not in of.regions


@EACH
def test_the_directories_cover_every_region_and_no_number_comes_twice(of: Province) -> None:
    """Three venues and two libraries each, and as many outlets as there are banks."""
    assert {3} == set(Counter(one.region_code for one in venues(of)).values())
    assert {2} == set(Counter(one.region_code for one in libraries(of)).values())
    assert 1 == len(set(Counter(one.region_code for one in outlets(of)).values()))
    for numbers in (
        [one.venue_id for one in venues(of)],
        [one.library_code for one in libraries(of)],
        [one.outlet_code for one in outlets(of)],
    ):
        assert len(numbers) == len(set(numbers))
        assert set(of.regions) == {number[:6] for number in numbers}


def test_a_draw_never_leaves_its_bounds() -> None:
    """Both ends of a span of days come, and no other day does."""
    draw = Draw(1)
    first, last = date(2026, 2, 28), date(2026, 3, 1)
    assert {first, last} == {draw.day(first, last) for _ in range(50)}
    assert {"a", "b"} == {draw.one("ab") for _ in range(50)}
    assert not any(draw.chance(0.0) for _ in range(50))
    assert all(4 == len(digits) and digits.isdigit() for digits in (draw.digits(4) for _ in range(50)))


def test_a_favoured_draw_takes_what_is_usual() -> None:
    """Whatever its share."""
    draw = Draw(1)
    draw.favour = True
    assert {"usual"} == {draw.mostly("usual", ["other"], 0.0) for _ in range(20)}


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    """A run can be repeated."""
    assert Draw(7).digits(12) == Draw(7).digits(12) != Draw(8).digits(12)
