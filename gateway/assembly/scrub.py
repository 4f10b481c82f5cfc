"""The scrub of a running node: the keys by which it reads the log, and the alarm that it rings."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.audit.storage.database import place_of
from gateway.audit.tlog.cosignature import read_vkeys
from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.tlog.validity import read_log_keys
from gateway.audit.verification.scrub import Scrub
from gateway.audit.verification.verify import LogVerdict
from gateway.ground.alarms import Alarm, Alarms
from gateway.settings import Settings
from keys.files import read_text


def open_scrub(settings: Settings, alarms: Alarms) -> Scrub:
    """Return the scrub of a node's log; it rings SCRUB_MISMATCH until a later pass finds nothing amiss."""

    def keys() -> tuple[Sequence[NoteVerifier], Sequence[NoteVerifier]]:
        witnesses = settings.witnesses_vkey_path
        return (
            read_log_keys(read_text(settings.log_vkey_path)),
            read_vkeys(read_text(witnesses)) if witnesses.is_file() else (),
        )

    def report(verdict: LogVerdict) -> None:
        found = "; ".join(f"{fault.place}: {fault.detail}" for fault in verdict.faults)
        alarms.set(Alarm.SCRUB_MISMATCH, "log", not verdict.holds, found)

    audit = settings.audit
    return Scrub(place_of(settings), keys, report, rate=audit.scrub_rate, pause_seconds=audit.scrub_hours * 3600)
