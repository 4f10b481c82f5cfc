"""A day is one of China, a month one of the references."""

from datetime import date

from gateway.budgets.periods import Period, Span
from tests.budgets.looks import at


def test_a_day_begins_at_midnight_in_china() -> None:
    before, after = Span.of(at(2, 23, 59)), Span.of(at(3, 0, 0))
    assert (date(2026, 12, 2), date(2026, 12, 3)) == (before.day, after.day)
    assert not before.covers(at(3, 0, 0))
    assert before.covers(at(2, 23, 59) + 59_999_999)
    assert "2026-12-03 00:00" == f"{before.resets(Period.DAY):%Y-%m-%d %H:%M}"


def test_a_month_begins_at_eight_in_china_on_its_first_day() -> None:
    early, late = Span.of(at(1, 7, 59)), Span.of(at(1, 8, 0))
    assert early.day == late.day
    assert early.month + 1 == late.month
    assert not early.covers(at(1, 8, 0))
    assert "2027-01-01 08:00" == f"{late.resets(Period.MONTH):%Y-%m-%d %H:%M}"


def test_what_is_counted_begins_with_the_earlier_of_day_and_month() -> None:
    assert at(1, 0) == Span.of(at(1, 9)).begins_us
    assert at(1, 8) == Span.of(at(20, 9)).begins_us
    assert at(1, 8, month=11) == Span.of(at(1, 7)).begins_us
