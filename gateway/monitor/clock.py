"""This machine's clock, held to one that nobody steps: durations are counted by the second, dates told by the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.monitor.alarms import RaisedAlarms, WatchAlarm
from gateway.monitor.record import LogRecord

CLOCK: Final = "clock"
"""The subject of the alarm about this machine's clock."""
STEP_S: Final = 3
"""Seconds from which on a step is an alarm; a time service moves a clock by less between two readings."""


class Clock:
    """The time since 1970, with how far the clock was stepped since it was read before."""

    def __init__(self, wall_s: Callable[[], int], steady_s: Callable[[], float]) -> None:
        """`wall_s` returns the seconds since 1970, `steady_s` those since some moment, which only go on."""
        self._wall_s = wall_s
        self._steady_s = steady_s
        self._apart_s = wall_s() - steady_s()

    def read(self) -> tuple[int, int]:
        """Return the seconds since 1970, and by how many whole ones the clock was stepped since the last reading."""
        now_s = self._wall_s()
        step = round(now_s - self._steady_s() - self._apart_s)
        self._apart_s += step
        return now_s, step


class RecordTime:
    """The time as a record counts by it: where the clock is stepped, the times of the record are moved along."""

    def __init__(self, clock: Clock, record: LogRecord, alarms: RaisedAlarms, *, pauses: bool) -> None:
        """Take up a record that was written before; `pauses` says whether the time since then counts.

        A record of a later time tells that the clock went back meanwhile.
        """
        self._clock = clock
        self._record = record
        self._alarms = alarms
        self._stepped = False
        now_s = self.read()
        pause_s = now_s - record.written_s if record.written_s else 0
        if not pauses or pause_s < 0:
            record.move(pause_s)
        if pause_s <= -STEP_S:
            self._tell(pause_s, now_s)

    def read(self) -> int:
        """Return the seconds since 1970."""
        now_s, step = self._clock.read()
        self._record.move(step)
        if abs(step) >= STEP_S:
            self._tell(step, now_s)
        return now_s

    def look(self) -> None:
        """End the alarm where there was no step since the last look."""
        self.read()
        if not self._stepped:
            self._alarms.clear(CLOCK, WatchAlarm.CLOCK_STEPPED)
        self._stepped = False

    def _tell(self, step: int, now_s: int) -> None:
        self._stepped = True
        self._alarms.set(WatchAlarm.CLOCK_STEPPED, CLOCK, f"{step:+d} s", now_s)
