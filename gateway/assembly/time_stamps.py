"""The time stamps of a running node's log: checkpoints that a quorum cosigned, dated by an authority (RFC 3161)."""

from __future__ import annotations

import time
from collections.abc import Callable

from gateway.assembly.build import MICROSECONDS
from gateway.audit.log import AuditLog
from gateway.ground.alarms import Alarm, Alarms
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.witness.timestamp import Authority, Stamp, StampRefused, keep_stamped


async def keep_time_stamps(
    settings: Settings, log: AuditLog, newest: Callable[[], bytes], alarms: Alarms, metrics: Metrics
) -> None:
    """Have the note that `newest` gives dated every so often, until cancelled; return at once without an authority."""
    section = settings.time_stamp
    roots = settings.named(section.authorities_file)
    if not section.url or roots is None:
        return

    def report(why: str, stamp: Stamp | None) -> None:
        alarms.set(Alarm.TIME_STAMP_FAILED, "authority", bool(why), why)
        if stamp is not None:
            metrics.report_time_stamp(stamp.size, stamp.time_us / MICROSECONDS)

    async def save(stamp: Stamp) -> None:
        await log.store_stamp(stamp.size, stamp.time_us, stamp.token)

    try:
        authority = Authority.open(section.url, roots, section.timeout_seconds, time.time)
    except StampRefused as error:
        report(str(error), None)
        return
    await keep_stamped(authority, newest, save, report, section.interval_seconds)
