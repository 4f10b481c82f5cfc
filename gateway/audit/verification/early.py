"""Did the log let go of entries or secrets before their time? Held to what witnesses signed, never to the act's clock.

An act happened before the first witnessed checkpoint that covers it, and after the one before it. So what was not old
enough at the former was not old enough when it went. Where no witness has covered the act yet, the newest checkpoint
before it must do, and the log's own time where no witness cosigned at all: with a day of grace, since it may have been
stopped in between.

Of an entry whose bytes left, the columns of its row are bound to nothing. It is as old as the first witnessed
checkpoint that covers it shows, with the same day of grace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gateway.audit.retention.rules import (
    MIN_YEARS,
    RETAIN,
    SHRED,
    RetentionRefused,
    RetentionRun,
    check_month,
    cutoff_us,
)
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.cosignature import signed_at
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, open_note
from gateway.audit.verification.chronicle import PastAct
from gateway.audit.verification.signatures import Accept

GRACE_US: Final = 86_400 * 1_000_000
"""For how long a log may have been stopped before an act that no witness covers."""
AFTER: Final = 64
"""Checkpoints after an act that are looked through for one that is witnessed."""
BEFORE: Final = 4_096
"""Checkpoints before an act that are looked through: more than an hour of them."""


def list_early(
    reader: LogReader, acts: Iterable[PastAct], witnesses: Sequence[NoteVerifier], accept: Accept
) -> tuple[PastAct, ...]:
    """Return the acts of retention and destruction that came earlier than the log's witnessed time allows.

    Args:
        reader: the log, whose kept checkpoints were verified.
        acts: what it records, in order.
        witnesses, accept: whose cosignatures tell the time.
    """
    return tuple(act for act in acts if act.action in (RETAIN, SHRED) and _is_early(reader, act, witnesses, accept))


def _is_early(reader: LogReader, act: PastAct, witnesses: Sequence[NoteVerifier], accept: Accept) -> bool:
    latest_us = _latest_us(reader, act.index, witnesses, accept)
    if latest_us is None:
        return False
    return judge_act(act, latest_us, lambda index: _appended_us(reader, index, witnesses, accept))


def _appended_us(reader: LogReader, index: int, witnesses: Sequence[NoteVerifier], accept: Accept) -> int:
    """Return when an entry was appended, as far as it is shown; raises IndexError for no such entry."""
    row = reader.entry(index)
    if row.octets:
        return row.time_us
    covering = reader.checkpoints_up(index, AFTER)
    if not covering:
        return row.time_us
    seen_us = (_witnessed_s(note, witnesses, accept) * 1_000_000 for _, _, note in covering)
    return max(row.time_us, next(filter(None, seen_us), covering[0][1]) - GRACE_US)


def judge_act(act: PastAct, latest_us: int, appended_us: Callable[[int], int]) -> bool:
    """Tell whether an act of retention or destruction came too early, given a time before which it happened.

    `appended_us` returns when the entry at an index was appended, or a time before that; IndexError for no such entry.
    """
    try:
        if act.action == SHRED:
            check_month(act.subject, latest_us, MIN_YEARS)
            return False
        run = RetentionRun.parse(act.subject)
        return appended_us(run.end - 1) >= cutoff_us(latest_us, run.years)
    except (RetentionRefused, IndexError):
        return True


def _latest_us(reader: LogReader, index: int, witnesses: Sequence[NoteVerifier], accept: Accept) -> int | None:
    """Return a time before which the act at an index happened; None where the log keeps no checkpoint."""
    after = reader.checkpoints_up(index, AFTER)
    for _, _, note in after:
        if seen_s := _witnessed_s(note, witnesses, accept):
            return seen_s * 1_000_000
    before = reader.checkpoints_down(index, BEFORE)
    for _, _, note in before:
        if seen_s := _witnessed_s(note, witnesses, accept):
            return seen_s * 1_000_000 + GRACE_US
    if before:
        return before[0][1] + GRACE_US
    return after[0][1] if after else None


def _witnessed_s(note: bytes, witnesses: Sequence[NoteVerifier], accept: Accept) -> int:
    if not witnesses:
        return 0
    try:
        good = open_note(note, witnesses).good
        accepted = accept({(line.name, line.key_id): signed_at(line) for line in good if signed_at(line)})
    except NoteInvalid:
        return 0
    return max(accepted.values(), default=0)
