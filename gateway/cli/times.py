"""The one form in which a time is shown to a person: Beijing time, to the second, with the zone's name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from gateway.cli.language import say
from gateway.ground.item import Label

CHINA: Final = timezone(timedelta(hours=8), "CST")
"""China Standard Time, UTC+8 since 1991; no entry of a log is older."""


def spell_time(moment: datetime) -> Label:
    """Return a time with a zone as `2026-11-30 19:08:03 北京时间`, in either language."""
    shown = f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    return Label(f"{shown} 北京时间", f"{shown} Beijing time")


def spell_month(month: str) -> str:
    """Return a month `2026-11` as a Chinese sentence has it: 2026 年 11 月."""
    year, _, number = month.partition("-")
    return f"{year} 年 {number.lstrip('0')} 月"


def show_time(moment: datetime) -> str:
    """Return a time in the language of the run."""
    return say(spell_time(moment))


def show_microseconds(time_us: int, *, zone: bool = True) -> str:
    """Return a time in microseconds since 1970 in the same form; without the zone where a heading names it."""
    moment = datetime.fromtimestamp(time_us // 1_000_000, UTC)
    return show_time(moment) if zone else f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
