"""Were entries archived, or a month's keys destroyed, before their time? Judged from elsewhere than the log's disk.

An act happened before the monitor first saw it, and before the first witness that covered it signed: the earlier of the
two counts. When an entry was appended is known from what the monitor saw of the log's size on earlier days, else from
the entry itself while its bytes are there. Where neither tells, nothing is said.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final

from gateway.audit.entries.entry import EntryInvalid, decode
from gateway.audit.retention.rules import RETAIN, RetentionRefused, RetentionRun
from gateway.audit.tlog.cosigned import NoteUnproven, ProvenNote
from gateway.audit.tlog.note import Checkpoint
from gateway.audit.verification.chronicle import PastAct
from gateway.audit.verification.early import judge_act
from gateway.monitor.reading import Unproven, prove_entry
from gateway.monitor.record import LogRecord, SeenAct
from gateway.monitor.sources import NodeSource, NothingShown

SECOND_US: Final = 1_000_000


def hold_to_witness(record: LogRecord, found: ProvenNote) -> None:
    """Take the time of a witness for the acts that it has covered, where it is the earlier one."""
    cosigned_s = max(found.cosigned.values())
    record.acts = [
        replace(act, seen_s=min(act.seen_s, cosigned_s)) if act.index < found.checkpoint.size else act
        for act in record.acts
    ]


async def judge_acts(
    record: LogRecord,
    source: NodeSource,
    witnessed: Callable[[], int],
    open_note: Callable[[bytes], Checkpoint],
    is_late: Callable[[], bool] = lambda: False,
) -> AsyncIterator[SeenAct]:
    """Yield the acts that came too early; those that a witness has covered, and these, are not judged again.

    Each is yielded before it is forgotten, and those that need no answer of the node come first: a node that falls
    silent in between hides none of them.

    Args:
        record: the acts that wait, and what is known of the log's size.
        source: the node.
        witnessed: returns how many entries a witness has cosigned.
        open_note: returns what a note of the log says, or raises NoteUnproven.
        is_late: tells whether the visit has taken its time; the others wait for the next one.
    """
    for act in sorted(record.acts, key=lambda act: act.action == RETAIN):
        if act.action == RETAIN and is_late():
            return
        appended_us = await _find_appended(record, source, act, open_note)
        present = next((one for one in record.acts if one.index == act.index), act)  # a witness may have come meanwhile
        if _is_early(present, appended_us):
            yield present
        elif present.index >= witnessed():
            continue
        record.acts = [one for one in record.acts if one.index != act.index]


def _is_early(act: SeenAct, appended_us: int) -> bool:
    past = PastAct(act.index, act.action, act.subject)
    return judge_act(past, act.seen_s * SECOND_US, lambda index: appended_us)


async def _find_appended(
    record: LogRecord, source: NodeSource, act: SeenAct, open_note: Callable[[bytes], Checkpoint]
) -> int:
    """Return when the last entry of a retention was appended, or a time before that, in microseconds; 0 for unknown."""
    if act.action != RETAIN:
        return 0
    try:
        index = RetentionRun.parse(act.subject).end - 1
    except RetentionRefused:
        return 0
    marked_us = record.appended_after_s(index) * SECOND_US
    if marked_us or index >= act.index:
        return marked_us or act.seen_s * SECOND_US
    try:
        shown = await source.entry(index)
        prove_entry(index, shown.octets, shown.path, open_note(shown.note))
        return decode(shown.octets).number("time_utc_us")
    except (NothingShown, Unproven, NoteUnproven, EntryInvalid):  # its bytes have left for the archive, as they may
        return 0
