"""Has a log kept all that it once showed? Its newest checkpoint against one that somebody else has stored.

The old end is never taken from the log: it is the reviewer's own. Both notes are verified, and the proof between them
is made from the log's tiles and verified as a stranger's would be.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.cosignature import signed_at
from gateway.audit.tlog.note import Checkpoint, NoteInvalid, NoteVerifier, open_note, parse_checkpoint
from gateway.audit.tlog.proofs import ProofInvalid, consistency_path, verify_consistency
from gateway.audit.verification.fault import VerificationFailed
from gateway.audit.verification.integrity import check_checkpoint


class ContinuityFinding(StrEnum):
    """The result of the comparison.

    `grown`: what was shown is still there, and more; `same`: nothing was added. `rolled_back`: the log has fewer
    entries than it showed; `fork`: it signed two different trees of one size; `rewritten`: what it holds now does not
    begin with what it showed; `unsigned`: its newest checkpoint is not one that its keys signed as it stands.
    """

    GROWN = "grown"
    SAME = "same"
    ROLLED_BACK = "rolled_back"
    FORK = "fork"
    REWRITTEN = "rewritten"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Continuity:
    """The finding, both ends, and the log's newest note, which is to be stored when it holds.

    `cosigned` says which of the given witnesses stand under the stored note, and when they signed, in seconds.
    """

    finding: ContinuityFinding
    old: Checkpoint
    new: Checkpoint
    note: bytes
    detail: str = ""
    cosigned: Mapping[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the log still holds all that it showed."""
        return self.finding in (ContinuityFinding.GROWN, ContinuityFinding.SAME)


class NothingToCompare(Exception):
    """One of the two ends is missing or cannot be trusted; the message says which."""


def newest(reader: LogReader, verifiers: Sequence[NoteVerifier], witnesses: Sequence[NoteVerifier] = ()) -> bytes:
    """Return the log's newest kept note, verified: what a reviewer stores who has none yet.

    Raises:
        NothingToCompare: when there is none, or it does not verify.
    """
    kept = reader.newest_checkpoint()
    if kept is None:
        raise NothingToCompare("the log has kept no checkpoint yet. Try again when it has run for a second")
    try:
        check_checkpoint(reader.origin, *kept, verifiers, witnesses)
    except VerificationFailed as amiss:
        raise NothingToCompare(f"the log's newest checkpoint does not verify: {amiss.fault.detail}") from amiss
    return kept[2]


def compare(
    reader: LogReader,
    stored: bytes,
    verifiers: Sequence[NoteVerifier],
    witnesses: Sequence[NoteVerifier] = (),
) -> Continuity:
    """Compare a log with the note that a reviewer has stored.

    Raises:
        NothingToCompare: the stored note is not one of this log under these keys, or the log has none.
    """
    try:
        old, cosigned = _open_stored(stored, verifiers, witnesses)
    except NoteInvalid as error:
        raise NothingToCompare(f"the stored checkpoint does not verify: {error}") from error
    found = _compare(reader, old, verifiers, witnesses)
    return replace(found, cosigned=cosigned)


def _open_stored(
    stored: bytes, verifiers: Sequence[NoteVerifier], witnesses: Sequence[NoteVerifier]
) -> tuple[Checkpoint, dict[str, int]]:
    """Return what a stored note says, and which witnesses cosigned it; the log itself must have signed it."""
    opened = open_note(stored, (*verifiers, *witnesses))
    own, seen = ({(key.name, key.key_id) for key in keys} for keys in (verifiers, witnesses))
    if not own & {(line.name, line.key_id) for line in opened.good}:
        raise NoteInvalid("expected a signature of the log, found those of witnesses alone")
    cosigned = {line.name: signed_at(line) for line in opened.good if (line.name, line.key_id) in seen}
    return parse_checkpoint(opened.text), cosigned


def _compare(
    reader: LogReader, old: Checkpoint, verifiers: Sequence[NoteVerifier], witnesses: Sequence[NoteVerifier]
) -> Continuity:
    if old.origin != reader.origin:
        raise NothingToCompare(f"expected a stored checkpoint of {reader.origin}, found one of another log")
    kept = reader.newest_checkpoint()
    if kept is None:
        return Continuity(
            ContinuityFinding.ROLLED_BACK, old, Checkpoint(old.origin, 0, b""), b"", "the log has no checkpoint"
        )
    size, time_us, note = kept
    try:
        new = Checkpoint(
            reader.origin, size, check_checkpoint(reader.origin, size, time_us, note, verifiers, witnesses)
        )
    except VerificationFailed as amiss:
        return Continuity(ContinuityFinding.UNSIGNED, old, Checkpoint(old.origin, size, b""), note, amiss.fault.detail)
    if new.size == old.size:
        return Continuity(ContinuityFinding.SAME if new.root == old.root else ContinuityFinding.FORK, old, new, note)
    if new.size < old.size:
        return Continuity(ContinuityFinding.ROLLED_BACK, old, new, note)
    return _grown(reader, old, new, note)


def _grown(reader: LogReader, old: Checkpoint, new: Checkpoint, note: bytes) -> Continuity:
    try:
        if old.size:
            path = consistency_path(old.size, new.size, reader.node)
            verify_consistency(old.size, new.size, path, old.root, new.root)
    except (ProofInvalid, IndexError, sqlite3.Error) as error:
        return Continuity(ContinuityFinding.REWRITTEN, old, new, note, str(error))
    return Continuity(ContinuityFinding.GROWN, old, new, note)
