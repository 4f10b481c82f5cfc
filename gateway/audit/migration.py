"""Brings a log to the schema of this release, while no node runs.

1 take the lock of the one writer; 2 verify the whole log as it is; 3 change it in one transaction, which touches no
entry, tile or checkpoint; 4 verify the whole log again, and compare size and root. The running
node seals who is named in its entries.
A crash before the commit of step 3 leaves the old log, one after it the new log: either is whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import SCHEMA_VERSION, upgrade
from gateway.audit.storage.store import open_database
from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.verification.integrity import Progress
from gateway.audit.verification.verify import LogVerdict, verify_log


async def migrate(
    place: LogPlace, verifiers: Sequence[NoteVerifier], *, progress: Progress = lambda done, total: None
) -> tuple[int, LogVerdict]:
    """Bring a log to the newest schema; return the version that it had, and the verdict on what it is now.

    `progress` is as of `verify_log`, which runs twice. A log that has it already is verified and left as it is.

    Raises:
        StoreInvalid: when there is no log, a node writes it, or it does not hold before or after; before the change
            nothing was touched.
    """
    with LogReader(place) as reader:
        found = reader.version
    database = await open_database(place, found)
    try:
        before = _require_holding(place, verifiers, progress)
        if found == SCHEMA_VERSION:
            return found, before
        try:
            await database.transact(
                [*((statement, [()]) for statement in upgrade(found)), database.has_version(SCHEMA_VERSION)]
            )
            # The change is durable: an earlier release cannot write this log any more.
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise StoreInvalid(f"the change was not made, and the log is as it was: {why}") from error
        after = _require_holding(place, verifiers, progress)
        if (after.size, after.root) != (before.size, before.root):
            raise StoreInvalid(f"expected {before.size} entries as before, found {after.size} or another root")
        return found, after
    finally:
        await database.close()


def _require_holding(place: LogPlace, verifiers: Sequence[NoteVerifier], progress: Progress) -> LogVerdict:
    verdict = verify_log(place, verifiers, progress=progress)
    for fault in verdict.faults:
        raise StoreInvalid(f"the log does not hold: {fault.place}: {fault.detail}. Run chuanyu audit verify")
    return verdict
