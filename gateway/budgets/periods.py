"""The periods of a budget: the day in China, and the month of the references, which is that of UTC.

Pure. References of persons and officials end with their month, so a month's count ends with it, too: at 08:00 of the
first day in China. That day began in the month before, so it is counted in two parts, and a person of both is two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

from gateway.ground.clock import china_day

CHINA: Final = timezone(timedelta(hours=8))
_MICROSECONDS: Final = 1_000_000


class Period(StrEnum):
    """How long a budget lasts."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """The day and the month of a moment; `day_ends_us` and `month_ends_us` are the first microseconds after them."""

    day: date
    month: int
    begins_us: int
    day_ends_us: int
    month_ends_us: int

    @classmethod
    def of(cls, time_us: int) -> Span:
        """Return the span of a moment in microseconds since 1970 (UTC)."""
        day = china_day(time_us)
        day_begins = _at_us(datetime(day.year, day.month, day.day, tzinfo=CHINA))
        moment = datetime.fromtimestamp(time_us // _MICROSECONDS, UTC)
        month_begins = _at_us(datetime(moment.year, moment.month, 1, tzinfo=UTC))
        following = datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1, tzinfo=UTC)
        return cls(
            day=day,
            month=moment.year * 12 + moment.month,
            begins_us=min(day_begins, month_begins),
            day_ends_us=day_begins + 86_400 * _MICROSECONDS,
            month_ends_us=_at_us(following),
        )

    def covers(self, time_us: int) -> bool:
        """Return whether a later moment is of the same day and month."""
        return time_us < self.day_ends_us and time_us < self.month_ends_us

    def resets(self, period: Period) -> datetime:
        """Return when a period ends, in the time of China."""
        ends_us = self.day_ends_us if period is Period.DAY else self.month_ends_us
        return datetime.fromtimestamp(ends_us // _MICROSECONDS, CHINA)


def _at_us(moment: datetime) -> int:
    return int(moment.timestamp()) * _MICROSECONDS
