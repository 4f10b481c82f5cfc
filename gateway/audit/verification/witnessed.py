"""The progress of the witnesses of a log on disk: the newest kept checkpoint that they cosigned, and when.

Reads only. A cosignature counts only if it holds for the key and, where the validity of the key is bounded, for the
second that it bears.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit.storage.reader import MAX_INDEX, LogReader
from gateway.audit.tlog.cosignature import cosigned_at, signed_at
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, open_note, parse_checkpoint
from gateway.audit.verification.signatures import Accept

LOOKED_THROUGH: Final = 4_096
"""Newest kept checkpoints that are looked through: more than an hour of them."""


@dataclass(frozen=True, slots=True)
class LastWitnessed:
    """The newest cosigned checkpoint: its entries, its time (seconds since 1970), and the names of the witnesses.

    `behind` counts the entries after it, and `behind_seconds` says how much younger the newest of these is.
    """

    size: int
    time_s: int
    witnesses: tuple[str, ...]
    behind: int
    behind_seconds: int


def last_witnessed(reader: LogReader, witnesses: Sequence[NoteVerifier]) -> LastWitnessed | None:
    """Return what the witnesses with these keys cosigned last; None where they cosigned nothing that is kept."""
    for size, note in reader.newest_checkpoints(LOOKED_THROUGH):
        try:
            good = open_note(note, witnesses).good if witnesses else ()
        except NoteInvalid:
            continue
        times = {line.name: cosigned_at(line) for line in good if cosigned_at(line)}
        if not times:
            continue
        count, time_s = reader.count(), max(times.values())
        behind_s = reader.entry(count - 1).time_us // 1_000_000 - time_s if count > size else 0
        return LastWitnessed(size, time_s, tuple(sorted(times)), count - size, max(behind_s, 0))
    return None


def read_witnessed_s(
    reader: LogReader, witnesses: Sequence[NoteVerifier], enough: Callable[[frozenset[str]], bool]
) -> int:
    """Return the log's witnessed time: the newest second by which a quorum has cosigned a kept checkpoint; 0 for none.

    A second counts when witnesses that are enough have signed it or a later one: one witness whose clock is ahead of
    the others' moves nothing where the quorum asks for more than one.

    Args:
        reader: the log.
        witnesses: the keys of the witnesses of the policy.
        enough: whether the witnesses of these names make the quorum.
    """
    for _, note in reader.newest_checkpoints(LOOKED_THROUGH):
        times: dict[str, int] = {}
        try:
            opened = open_note(note, witnesses)
            if parse_checkpoint(opened.text).origin != reader.origin:
                continue
            for line in opened.good:
                times[line.name] = min(cosigned_at(line), times.get(line.name, cosigned_at(line)))
        except NoteInvalid:
            continue
        for moment in sorted(set(times.values()), reverse=True):
            if enough(frozenset(name for name, time_s in times.items() if time_s >= moment)):
                return moment
    return 0


@dataclass(frozen=True, slots=True)
class CoveringCheckpoint:
    """A kept checkpoint that covers an entry: its size, its note, and who cosigned it of those who count, and when."""

    size: int
    note: bytes
    cosigned: Mapping[str, int]


def choose_covering(
    reader: LogReader, index: int, log: Sequence[NoteVerifier], witnesses: Sequence[NoteVerifier], accept: Accept
) -> CoveringCheckpoint | None:
    """Return the newest kept checkpoint over an entry that enough witnesses cosigned; else the newest one over it.

    None where none covers the entry. The newest of all is often not cosigned yet.

    Raises:
        NoteInvalid: a signature of one of the newest does not hold, or none is of the log.
    """
    newest: CoveringCheckpoint | None = None
    known = {(key.name, key.key_id) for key in witnesses}
    for size, _, note in reader.checkpoints_down(MAX_INDEX, LOOKED_THROUGH):
        if size <= index:
            break
        good = open_note(note, (*log, *witnesses)).good
        cosigned = {(line.name, line.key_id): signed_at(line) for line in good if (line.name, line.key_id) in known}
        found = CoveringCheckpoint(size, note, accept(cosigned) if cosigned else {})
        if found.cosigned:
            return found
        newest = newest or found
    return newest
