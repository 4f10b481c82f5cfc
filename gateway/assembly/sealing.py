"""The sealing of a running node's log, and the alarm that rings while the log cannot be sealed."""

from __future__ import annotations

from gateway.assembly.log import OpenLog
from gateway.audit.journal import Journal
from gateway.audit.sealing import Sealing
from gateway.audit.storage.database import place_of
from gateway.ground.alarms import Alarm, Alarms
from gateway.settings import Settings


def open_sealing(settings: Settings, opened: OpenLog, journal: Journal, alarms: Alarms) -> Sealing:
    """Return what seals a node's log; it rings SEALING_FAILED until it gets on again."""

    def report(why: str) -> None:
        alarms.set(Alarm.SEALING_FAILED, "log", bool(why), why)

    return Sealing(opened.log, opened.store, place_of(settings), journal.record_seal, report)
