"""The day in China and completed years: one calendar for every room."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.clock import adults_until, china_day, years_before

ROOMS = Path(__file__).parents[2] / "gateway"


@given(st.datetimes(datetime(1970, 1, 1), datetime(2150, 1, 1)))
def test_the_day_in_china_is_that_of_a_clock_eight_hours_ahead(moment: datetime) -> None:
    """Whatever the moment."""
    utc = moment.replace(tzinfo=UTC)
    now_us = (utc - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert utc.astimezone(timezone(timedelta(hours=8))).date() == china_day(now_us)


def test_the_day_turns_at_sixteen_hours_utc() -> None:
    """Midnight in China is four in the afternoon in Greenwich."""
    midnight = int(datetime(2026, 12, 31, 16, tzinfo=UTC).timestamp() * 1_000_000)
    assert (date(2026, 12, 31), date(2027, 1, 1)) == (china_day(midnight - 1), china_day(midnight))


@pytest.mark.parametrize(
    ("expected", "today", "years"),
    [
        (date(1966, 11, 30), date(2026, 11, 30), 60),
        (date(2010, 2, 28), date(2024, 2, 29), 14),
        (date(1964, 2, 29), date(2024, 2, 29), 60),
        (date.min, date(60, 1, 1), 60),
    ],
)
def test_completed_years_end_on_the_birthday(expected: date, today: date, years: int) -> None:
    """On a leap day of a year whose counterpart is common, on 28 February."""
    assert expected == years_before(today, years)


@pytest.mark.parametrize(
    ("minor", "born", "today"),
    [
        (True, date(2012, 11, 24), date(2026, 11, 23)),
        (True, date(2012, 11, 24), date(2026, 11, 24)),
        (False, date(2012, 11, 24), date(2026, 11, 25)),
        (True, date(2012, 2, 29), date(2026, 2, 27)),
        (True, date(2012, 2, 29), date(2026, 2, 28)),
        (True, date(2012, 2, 29), date(2026, 3, 1)),
        (False, date(2012, 2, 29), date(2026, 3, 2)),
        (True, date(2014, 2, 28), date(2028, 2, 28)),
        (False, date(2014, 2, 28), date(2028, 2, 29)),
        (True, date(2014, 3, 1), date(2028, 2, 29)),
        (True, date(2014, 3, 1), date(2028, 3, 1)),
        (False, date(2014, 3, 1), date(2028, 3, 2)),
        (True, date(2012, 12, 31), date(2026, 12, 31)),
        (False, date(2012, 12, 31), date(2027, 1, 1)),
    ],
)
def test_the_fourteenth_birthday_is_still_a_minors(minor: bool, born: date, today: date) -> None:
    """A12d: completed years count from the day after the birthday on (法释〔2006〕1号 art. 2), the safer reading."""
    assert minor is (born > adults_until(today))


def test_the_rule_of_the_fourteenth_birthday_stands_in_one_place() -> None:
    """A12d: no room reckons it for itself, so masks and guard cannot drift apart."""
    users = [path.relative_to(ROOMS).as_posix() for path in ROOMS.rglob("*.py") if "ADULT_YEARS" in path.read_text()]
    assert ["ground/clock.py", "ground/item.py"] == sorted(users)


def test_no_room_computes_the_day_for_itself() -> None:
    """Eight hours in microseconds stand in the ground's clock alone."""
    copies = [
        str(path.relative_to(ROOMS))
        for path in ROOMS.rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in ("_CST_US", "28_800_000_000", "8 * 3_600_000_000"))
    ]
    assert ["ground/clock.py"] == copies
