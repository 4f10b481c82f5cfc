"""Verification of a log on disk, whole or in a range: its file, its bytes (`integrity`), what they say (`meaning`).

The stages are apart because they answer unlike questions and cost unlike: that the file can be read as it is laid out
is the database's to say, that nothing was changed is proven by some hashes an entry, that each entry is well-formed and
has its place takes its reading. The first thing that is not so is named.

What this cannot see: that the newest entries were cut off together with everything that tells of them. A checkpoint or
a receipt that somebody else holds shows that; see `expected_size` and `consistency`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final

from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import MAX_INDEX, LogReader
from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.tlog.rangeproof import range_proof, range_root
from gateway.audit.tlog.tiles import TILE_WIDTH
from gateway.audit.verification.beside import Beside
from gateway.audit.verification.chronicle import Oddities
from gateway.audit.verification.fault import VerificationFailed, VerificationFault
from gateway.audit.verification.foreign import blame_foreign, find_foreign
from gateway.audit.verification.integrity import Integrity, Progress, open_checkpoint, read_foreign_checkpoint
from gateway.audit.verification.meaning import Meaning
from gateway.audit.verification.signatures import Accept, Signatures, accept_all

__all__ = ["LogVerdict", "Stage", "VerificationFault", "verify_log", "verify_range", "verify_reader"]

RECENT: Final = 64
"""Newest kept checkpoints among which a range looks for one that is witnessed."""


class Stage(StrEnum):
    """The parts of a verification."""

    FILE = "file"
    INTEGRITY = "integrity"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """The result of a verification. The log holds if there is no fault: `faults` is empty or has the first one.

    That nothing contradicts what was signed is not yet a proof: how far `signatures` reach, and what follows from that
    and from `oddities`, is the conclusion's to say.

    `pruned` entries, from the first on, have left for an archive: of them the hashes were verified, not the bytes.
    `unbound` keys of bodies are wrapped for entries of which none at hand has their digest.
    `ranged`: it was a range, outside of which nothing was looked at but the layout of the database.
    """

    origin: str
    size: int
    root: bytes
    checkpoints: int
    pruned: int
    phases: tuple[tuple[str, int], ...]
    faults: tuple[VerificationFault, ...]
    signatures: Signatures = field(default_factory=Signatures)
    oddities: Oddities = field(default_factory=Oddities)
    unbound: int = 0
    ranged: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing was found amiss."""
        return not self.faults


def verify_log(
    place: LogPlace,
    verifiers: Sequence[NoteVerifier],
    *,
    witnesses: Sequence[NoteVerifier] = (),
    accept: Accept = accept_all,
    expected_size: int = 0,
    progress: Progress = lambda done, total: None,
    stages: Sequence[Stage] = tuple(Stage),
) -> LogVerdict:
    """Verify a log where it lies; a node may be writing it meanwhile.

    Args:
        place: where the log lies.
        verifiers: the log's own keys, present and former, at least one.
        witnesses: the keys of those who cosign its checkpoints.
        accept: whose cosignatures are enough for a witnessed checkpoint.
        expected_size: a size that is known from elsewhere, for example from a receipt; a shorter log is at fault.
        progress: told how many entries are done, of how many; each stage begins anew.
        stages: which stages; each takes those before it for granted.

    Raises:
        StoreInvalid: when there is no log to verify.
        ValueError: when no key is given.
    """
    with LogReader(place) as reader:
        return verify_reader(
            reader,
            verifiers,
            witnesses=witnesses,
            accept=accept,
            expected_size=expected_size,
            progress=progress,
            stages=stages,
        )


def verify_reader(
    reader: LogReader,
    verifiers: Sequence[NoteVerifier],
    *,
    witnesses: Sequence[NoteVerifier] = (),
    accept: Accept = accept_all,
    expected_size: int = 0,
    progress: Progress = lambda done, total: None,
    stages: Sequence[Stage] = tuple(Stage),
) -> LogVerdict:
    """Verify a log that is open; as `verify_log`.

    Raises:
        ValueError: when no key is given.
    """
    if not verifiers:
        raise ValueError("expected at least one key of the log, found none")
    integrity, meaning = Integrity(reader, verifiers, witnesses, accept), Meaning(reader)
    faults: tuple[VerificationFault, ...] = ()
    try:
        if Stage.FILE in stages:
            _check_file(reader)
        size = reader.count()
        if Stage.INTEGRITY in stages:
            integrity.run(size, progress)
        _require_size(size, expected_size)
        if Stage.MEANING in stages:
            meaning.run(0, size, progress)
        if integrity.foreign:
            faults = (blame_foreign(integrity.foreign, verifiers),)
    except VerificationFailed as amiss:
        faults = (amiss.fault,)
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        at = integrity.size
        faults = (VerificationFault("database", at, f"the database cannot be read after the entry {at - 1}: {error}"),)
    phases = tuple(sorted(meaning.phases.items()))
    return LogVerdict(
        reader.origin,
        integrity.size,
        integrity.root,
        integrity.checkpoints,
        meaning.pruned,
        phases,
        faults,
        integrity.signatures,
        meaning.chronicle.oddities(),
        integrity.beside.unbound,
    )


def _require_size(size: int, expected: int) -> None:
    if size < expected:
        raise VerificationFailed("end", f"expected at least {expected} entries, found {size}", size)


def _check_layout(reader: LogReader) -> None:
    if strange := reader.strange():
        raise VerificationFailed(strange.name, f"the {strange.name} {strange.detail}")


def _check_file(reader: LogReader) -> None:
    _check_layout(reader)
    if damage := reader.damage():
        raise VerificationFailed(damage.name, damage.detail, damage.entry)


def verify_range(
    reader: LogReader,
    start: int,
    end: int,
    verifiers: Sequence[NoteVerifier],
    *,
    witnesses: Sequence[NoteVerifier] = (),
    accept: Accept = accept_all,
    expected_size: int = 0,
    progress: Progress = lambda done, total: None,
) -> LogVerdict:
    """Verify the entries from `start` to before `end` of a log that is open, under its newest kept checkpoint.

    Where a recent checkpoint that covers them is witnessed, under that one.

    Their leaf hashes are made anew; what lies outside is taken from the stored tiles, and all together must lead to the
    signed root. So nothing in the range was changed since the log signed, whatever stands elsewhere.

    Raises:
        ValueError: when no key is given, or the range is none of the log.
    """
    if not verifiers:
        raise ValueError("expected at least one key of the log, found none")
    if not 0 <= start < end <= reader.count():
        raise ValueError(f"expected a range within 0 to {reader.count()}, found {start} to {end}")
    meaning, beside = Meaning(reader), Beside(reader)
    faults: tuple[VerificationFault, ...] = ()
    root, checkpoints, signatures = b"", 0, Signatures()
    try:
        _check_layout(reader)
        foreign = find_foreign(reader, verifiers)
        chosen = _choose_checkpoint(reader, end, () if foreign else verifiers, witnesses, accept)
        root, signatures = _prove_range(reader, start, end, chosen)
        checkpoints = 1
        for low, rows in zip(range(start, end, TILE_WIDTH), reader.leaves(start, end), strict=True):
            beside.check(low, [octets for _, octets, _ in rows])
        _require_size(reader.count(), expected_size)
        meaning.run(start, end, progress)
        if foreign:
            faults = (blame_foreign(foreign, verifiers),)
    except VerificationFailed as amiss:
        faults = (amiss.fault,)
    except (sqlite3.Error, OSError, UnicodeDecodeError, IndexError) as error:
        faults = (
            VerificationFault("database", -1, f"the entries, or the tiles that prove them, cannot be read: {error}"),
        )
    phases = tuple(sorted(meaning.phases.items()))
    return LogVerdict(
        reader.origin,
        end - start,
        root,
        checkpoints,
        meaning.pruned,
        phases,
        faults,
        signatures,
        meaning.chronicle.oddities(),
        beside.unbound,
        ranged=True,
    )


def _choose_checkpoint(
    reader: LogReader,
    end: int,
    verifiers: Sequence[NoteVerifier],
    witnesses: Sequence[NoteVerifier],
    accept: Accept,
) -> tuple[int, bytes, Signatures]:
    """Return size and root of the newest kept checkpoint that covers a range, and is witnessed if a recent one is.

    There are no verifiers where the keys of those that signed are not at hand.
    """
    if not verifiers:
        return _choose_foreign(reader, end)
    chosen: tuple[int, bytes, Signatures] | None = None
    for size, time_us, note in reader.checkpoints_down(MAX_INDEX, RECENT):
        if size < end:
            break
        opened = open_checkpoint(reader.origin, size, time_us, note, verifiers, witnesses)
        found = size, opened.root, Signatures().add(size, opened.cosigned, accept)
        if found[2].witnessed_to:
            return found
        chosen = chosen or found
    if chosen is None:
        raise VerificationFailed("checkpoint", f"no kept checkpoint covers the entry {end - 1}", end - 1, unsigned=True)
    return chosen


def _choose_foreign(reader: LogReader, end: int) -> tuple[int, bytes, Signatures]:
    """Return size and root of the newest kept checkpoint that covers a range, where its keys are not at hand."""
    for size, _, note in reader.checkpoints_down(MAX_INDEX, 1):
        if size >= end:
            return size, read_foreign_checkpoint(reader.origin, size, note).root, Signatures()
    raise VerificationFailed("checkpoint", f"no kept checkpoint covers the entry {end - 1}", end - 1, unsigned=True)


def _prove_range(
    reader: LogReader, start: int, end: int, chosen: tuple[int, bytes, Signatures]
) -> tuple[bytes, Signatures]:
    """Return the chosen checkpoint's root, to which the entries of the range lead, and who signed it."""
    size, root, signatures = chosen
    made: list[bytes] = []
    pruned = reader.pruned()
    for rows in reader.leaves(start, end):
        for stored, octets, _ in rows:
            archived = not octets and start + len(made) < pruned
            leaf = stored if archived else sha256(b"\x00" + octets).digest()
            if leaf != stored:
                index = start + len(made)
                raise VerificationFailed(f"entry {index}", "the entry's bytes do not have the stored leaf hash", index)
            made.append(leaf)
    if len(made) != end - start:
        missing = reader.first_missing(start, end)
        raise VerificationFailed(f"entry {missing}", "the entry is missing", missing)
    proof = range_proof([(start, end)], size, reader.node)
    if range_root([(start, made)], size, proof) != root:
        index = next((i for i, leaf in enumerate(made, start) if reader.node(0, i) != leaf), start)
        raise VerificationFailed(f"entry {index}", "the entries do not lead to the root that the log has signed", index)
    return root, signatures
