"""Verification of a log on disk, whole or in a range: first its bytes (`integrity`), then what they say (`meaning`).

The two stages are apart because they answer two questions and cost unlike: that nothing was changed is proven by some
hashes an entry, that each entry is well-formed and has its place takes its reading. The first thing that is not so is
named.

What this cannot see: that the newest entries were cut off together with everything that tells of them. A checkpoint or
a receipt that somebody else holds shows that; see `expected_size` and `consistency`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.audit.database import LogPlace
from gateway.audit.fault import Amiss, Fault
from gateway.audit.integrity import Integrity, Progress
from gateway.audit.meaning import Meaning
from gateway.audit.note import NoteVerifier
from gateway.audit.reader import LogReader

__all__ = ["Fault", "Stage", "Verdict", "judge", "verify_log"]


class Stage(StrEnum):
    """What a verification looks at."""

    INTEGRITY = "integrity"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. The log holds if there is no fault: `faults` is empty or has the first one."""

    origin: str
    size: int
    root: bytes
    checkpoints: int
    phases: tuple[tuple[str, int], ...]
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found amiss."""
        return not self.faults


def verify_log(
    place: LogPlace,
    verifiers: Sequence[NoteVerifier],
    *,
    witnesses: Sequence[NoteVerifier] = (),
    expected_size: int = 0,
    progress: Progress = lambda done, total: None,
    stages: Sequence[Stage] = tuple(Stage),
) -> Verdict:
    """Verify a log where it lies; a node may be writing it meanwhile.

    Args:
        place: where the log lies.
        verifiers: the log's own keys, present and former, at least one.
        witnesses: the keys of those who cosign its checkpoints.
        expected_size: a size that is known from elsewhere, for example from a receipt; a shorter log is at fault.
        progress: told how many entries are done, of how many; each stage begins anew.
        stages: which stages; the second takes the first for granted.

    Raises:
        StoreInvalid: when there is no log to verify.
        ValueError: when no key is given.
    """
    with LogReader(place) as reader:
        return judge(
            reader,
            verifiers,
            witnesses=witnesses,
            expected_size=expected_size,
            progress=progress,
            stages=stages,
        )


def judge(
    reader: LogReader,
    verifiers: Sequence[NoteVerifier],
    *,
    witnesses: Sequence[NoteVerifier] = (),
    expected_size: int = 0,
    progress: Progress = lambda done, total: None,
    stages: Sequence[Stage] = tuple(Stage),
) -> Verdict:
    """Verify a log that is open; as `verify_log`.

    Raises:
        ValueError: when no key is given.
    """
    if not verifiers:
        raise ValueError("expected at least one key of the log, found none")
    integrity, meaning = Integrity(reader, verifiers, witnesses), Meaning(reader)
    faults: tuple[Fault, ...] = ()
    try:
        size = reader.count()
        if Stage.INTEGRITY in stages:
            integrity.run(size, progress)
        if size < expected_size:
            raise Amiss("end", f"expected at least {expected_size} entries, found {size}", size)
        if Stage.MEANING in stages:
            meaning.run(0, size, progress)
    except Amiss as amiss:
        faults = (amiss.fault,)
    except (sqlite3.Error, OSError) as error:
        at = integrity.size
        faults = (Fault("database", at, f"the database cannot be read after the entry {at - 1}: {error}"),)
    phases = tuple(sorted(meaning.phases.items()))
    return Verdict(reader.origin, integrity.size, integrity.root, integrity.checkpoints, phases, faults)
