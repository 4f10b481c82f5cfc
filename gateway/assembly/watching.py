"""Looks, every few seconds, at what goes wrong by itself: disk, certificates, trust, clock, verification, witnesses.

Each look sets or clears its alarm; none stops anything.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from gateway.assembly.trust import Trust
from gateway.audit.verification.verified import last_verified
from gateway.ground.alarms import Alarm, Alarms
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics

DISK: Final = ((Alarm.DISK_FULL, 0.95), (Alarm.DISK_NEARLY_FULL, 0.9), (Alarm.DISK_FILLING, 0.8))
"""From which used part of the disk each alarm rings; the most urgent one alone."""
CERTIFICATE_SOON: Final = timedelta(days=14)
TRUST_SOON: Final = timedelta(days=7)


def _used(path: Path) -> float:
    usage = shutil.disk_usage(path)
    return 1 - usage.free / usage.total


class Watching:
    """The checks of one node. `until` returns the end of our certificate."""

    def __init__(
        self,
        settings: Settings,
        alarms: Alarms,
        metrics: Metrics,
        *,
        trust: Callable[[], Trust],
        until: Callable[[], datetime],
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        used: Callable[[Path], float] = _used,
    ) -> None:
        self._settings = settings
        self._alarms = alarms
        self._metrics = metrics
        self._trust = trust
        self._until = until
        self._wall = wall
        self._monotonic = monotonic
        self._used = used
        self._started = self._wall()
        self._difference = wall() - monotonic()

    def look(self) -> None:
        """Look at everything once."""
        self._disk()
        self._clock()
        self._certificate()
        self._trust_files()
        self._verification()

    def _disk(self) -> None:
        used = self._used(self._settings.audit.directory)
        self._metrics.report_disk(used)
        ringing = next((alarm for alarm, level in DISK if used >= level), None)
        for alarm, _ in DISK:
            self._alarms.set(alarm, "audit", alarm is ringing, f"{used:.0%}")

    def _clock(self) -> None:
        """A wall clock that moved against the monotonic one was stepped; a slewed one moves far less in a look."""
        difference = self._wall() - self._monotonic()
        step = difference - self._difference
        self._difference = difference
        limit = self._settings.limits.clock_offset_seconds
        self._alarms.set(Alarm.CLOCK_STEPPED, "clock", abs(step) > limit / 2, f"{step:+.1f} s")

    def _certificate(self) -> None:
        left = self._until() - datetime.now(UTC)
        self._metrics.report_certificate("node", left.total_seconds())
        self._alarms.set(Alarm.CERTIFICATE_ENDS, "node", left < CERTIFICATE_SOON, _left(left))

    def _trust_files(self) -> None:
        trust, now = self._trust(), datetime.now(UTC)
        for province, bundle in trust.bundles.items():
            ends = (datetime.fromisoformat(bundle.expires_at), trust.revoked.lists[province].next_update)
            for kind, end in zip(("bundle", "revocations"), ends, strict=True):
                subject, left = f"{province} {kind}", end - now
                self._alarms.set(Alarm.TRUST_ENDS, subject, left < TRUST_SOON, _left(left))

    def _verification(self) -> None:
        """The newest whole verification is what `chuanyu audit verify` noted beside the log; without one, our start."""
        limit = timedelta(days=self._settings.audit.verify_days)
        at = last_verified(self._settings.verified_path) or self._started
        age = timedelta(seconds=self._wall() - at)
        self._alarms.set(Alarm.VERIFICATION_OVERDUE, "log", age > limit, f"{age.days} 天 / {age.days} days")


def _left(left: timedelta) -> str:
    return f"{left.days} 天 / {left.days} days"
