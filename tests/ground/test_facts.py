"""What single masks tell is worked out exactly: every value of the span gives the cell, and the next one does not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from gateway.ground.vocabulary import facts
from gateway.ground.vocabulary.tells import ENDLESS, Span

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("months", [0, -1, 5, 7, 24])
def test_a_year_has_no_such_periods(months: int) -> None:
    """Only divisors of twelve part it evenly."""
    with pytest.raises(ValueError, match="expected a divisor of 12 months"):
        facts.calendar_period(months)


@pytest.mark.parametrize(
    ("months", "since", "until", "fewest"),
    [
        (1, date(1960, 2, 1), date(1960, 2, 29), 28),
        (3, date(1960, 1, 1), date(1960, 3, 31), 90),
        (12, date(1960, 1, 1), date(1960, 12, 31), 365),
    ],
)
def test_a_period_of_the_calendar_is_whole(months: int, since: date, until: date, fewest: int) -> None:
    """A leap day is of its month, and the fewest days are those of a common year."""
    tells = facts.calendar_period(months)
    assert Span(since, until) == tells.left({}, date(1960, 2, 29), TODAY)
    assert fewest == tells.fewest({})


def test_the_last_period_of_the_calendar_ends_with_its_year() -> None:
    """The year after the last is not asked for."""
    assert Span(date(9999, 12, 1), date.max) == facts.calendar_period(1).left({}, date.max, date.max)


@pytest.mark.parametrize(
    ("born", "since", "until"),
    [
        (date(2026, 11, 24), date(2012, 11, 25), date(2026, 11, 24)),
        (date(2012, 11, 25), date(2012, 11, 25), date(2026, 11, 24)),
        (date(2012, 11, 24), date(2008, 11, 25), date(2012, 11, 24)),
        (date(1956, 11, 24), date.min, date(1956, 11, 24)),
    ],
)
def test_a_band_of_ages_turns_on_the_birthday(born: date, since: date, until: date) -> None:
    """The day itself is of the older band; the oldest has no beginning."""
    assert Span(since, until) == facts.age_band().left({}, born, TODAY)


def test_the_shortest_band_of_ages_is_four_years() -> None:
    """From 14 to 18."""
    assert 4 * 365 == facts.age_band().fewest({})


def test_an_answer_about_an_age_tells_one_side_of_a_birthday() -> None:
    """Completed on the day itself."""
    left, params = facts.age_at_least().left, {"years": 60}
    assert Span(date.min, date(1966, 11, 24)) == left(params, date(1966, 11, 24), TODAY)
    assert Span(date(1966, 11, 25), TODAY) == left(params, date(1966, 11, 25), TODAY)
    assert frozenset({("age_at_least", 60)}) == facts.asked_age(params)


@pytest.mark.parametrize(
    ("born", "since", "until"),
    [
        (date(1960, 1, 31), date(1960, 1, 1), date(1960, 3, 1)),
        (date.min, date.min, date(1, 1, 31)),
        (date.max, date(9999, 12, 1), date.max),
    ],
)
def test_a_shift_leaves_a_window_within_the_calendar(born: date, since: date, until: date) -> None:
    """To either side, and not beyond the first and the last date that there are."""
    assert Span(since, until) == facts.shift_window().left({"max_days": 30}, born, TODAY)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("-0.01", -ENDLESS, Decimal("-0.000001")),
        ("0", Decimal(0), Decimal(0)),
        ("0.01", Decimal("0.000001"), Decimal("99.999999")),
        ("100", Decimal(100), Decimal("499.999999")),
        ("99999.99", Decimal(50_000), Decimal("99999.999999")),
        ("100000", Decimal(100_000), ENDLESS),
    ],
)
def test_an_amount_lies_in_the_band_that_it_begins(value: str, low: Decimal, high: Decimal) -> None:
    """Debt, nothing and the largest amounts have bands of their own."""
    assert (low, high) == facts.amount_band({}, Decimal(value))


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ("0", "-4.999999", "4.999999"),
        ("-4", "-4.999999", "4.999999"),
        ("5", "5", "14.999999"),
        ("14.99", "5", "14.999999"),
        ("-5", "-14.999999", "-5"),
    ],
)
def test_a_rounded_number_is_one_of_those_that_round_alike(value: str, low: str, high: str) -> None:
    """Halves go away from zero, on both sides of it."""
    assert (Decimal(low), Decimal(high)) == facts.rounding_range({"to": 10}, Decimal(value))


@pytest.mark.parametrize(
    ("values", "digits"), [("510104", 6), ("510104,510105", 5), ("510104,500112", 1), ("51,510104", 2), ("1,2", 0)]
)
def test_a_yes_tells_the_digits_that_all_codes_share(values: str, digits: int) -> None:
    """One code alone tells all of them."""
    assert digits == facts.shared_digits({"values": values})


def test_the_question_of_a_set_is_the_set_of_its_questions() -> None:
    """The order in which it is written does not matter."""
    one, other = facts.asked_codes({"values": "1,2"}), facts.asked_codes({"values": "2,1"})
    assert one == other == frozenset({("is_one_of", "1"), ("is_one_of", "2")})
    assert (1, 3) == facts.kept_ends({"keep_first": 1, "keep_last": 3})
