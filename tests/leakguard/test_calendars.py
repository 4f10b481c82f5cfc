"""Claims about days that a text names in other ways than year, month and day."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.leakguard.calendars import other_days_in
from gateway.leakguard.view import View

BORN = date(1990, 3, 7)


@pytest.mark.parametrize(
    "text",
    [
        "7.III.1990",
        "07 / iii / 1990",
        "1990-III-07",
        "1990-066",
        "1990066",
        "1990年第66天",
        "1990-W10-3",
        "1990W103",
        "1990年第10周星期三",
        "636768000",
        "636739200",
        "636739200000",
        "庚午年二月十一",
        "农历一九九〇年二月十一日",
        "民国七十九年三月七日",
        "平成2年3月7日",
    ],
)
def test_a_day_in_another_writing_is_read(text: str) -> None:
    """wire.md 4: each names 7 March 1990."""
    assert BORN in other_days_in(View(text).written)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("甲辰年正月初一", date(2024, 2, 10)),
        ("2023年闰二月初一 农历", date(2023, 3, 22)),
        ("癸卯年腊月三十", date(2024, 2, 9)),
        ("农历1949年八月初十", date(1949, 10, 1)),
        ("戊子年八月十五", date(2008, 9, 14)),
        ("庚子年十二月廿三", date(2021, 2, 4)),
        ("乙巳年闰六月初一", date(2025, 7, 25)),
    ],
)
def test_days_of_the_chinese_calendar_are_read(text: str, day: date) -> None:
    """wire.md 4: new years, leap months and the ends of years; the reading may take in the day before and after."""
    found = other_days_in(View(text).written)
    assert day in found
    assert len(found) <= 27


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1990-067",
        "1990-W10-4",
        "1990-W54-1",
        "1990-400",
        "7.XIII.1990",
        "31.II.1990",
        "636768001",
        "庚午年三月十一",
        "辛未年二月十一",
        "民国七十八年三月七日",
        "农历二月十一",
        "2026-01-15 12:30:45",
        "第10周星期三",
    ],
)
def test_what_names_another_day_or_none_is_not_taken_for_it(text: str) -> None:
    """wire.md 4: the day before, another year, no such week, no year at all."""
    assert BORN not in other_days_in(View(text).written)
