"""What a verification has proven: one of four verdicts, how far it reaches, by whose keys, and why it is no better.

That nothing contradicts the signed checkpoints is found by `verify`. Here it is asked what is signed at all, by whom,
and whether the log's own time is to be believed. What no verification of one disk can see is listed in `not_covered`.
Pure but for reading; `now` is given.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.audit.entries.acts import TAKE_UP
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.verification.chronicle import RESTORE
from gateway.audit.verification.early import list_early
from gateway.audit.verification.signatures import Accept, accept_all
from gateway.audit.verification.verify import LogVerdict

LIVE_US: Final = 2_000_000
"""An entry that is older and that no checkpoint covers is not proven: a running log signs about every second."""
WITNESS_SECONDS: Final = 60
"""By so much may the newest entry be younger than the newest cosignature, for the log to be called witnessed."""


class Verdict(StrEnum):
    """What was proven of a log."""

    WITNESSED = "proven_and_witnessed"
    SIGNED = "proven_by_key"
    UNPROVEN = "not_proven"
    ALTERED = "altered"


class Ground(StrEnum):
    """Why a log is not proven, or what is to be known of one that is."""

    NO_CHECKPOINT = "no_checkpoint"
    OTHER_KEY = "other_key"
    UNSIGNED = "unsigned"
    WITNESS_MISSING = "witness_missing"
    QUORUM_MISSING = "quorum_missing"
    TIME_APART = "time_apart"
    DESTROYED_EARLY = "destroyed_early"
    UNAPPROVED = "unapproved"
    RESTORED = "restored"
    TAKEN_UP = "taken_up"
    BY_KEY_ALONE = "by_key_alone"


class NotCovered(StrEnum):
    """What cannot be seen by verifying one log where it lies."""

    NEWEST_CUT = "newest_entries_cut"
    CHECKPOINTS_REMOVED = "older_checkpoints_removed"
    COSIGNATURES_STRIPPED = "single_cosignatures_stripped"
    ROOTS_NULLED = "intermediate_roots_nulled"
    UNUSED_ROWS = "stamps_and_unused_rows"
    WRAPS_CHANGED = "wrapped_keys_changed"
    ARCHIVES = "archived_entries"
    OUTSIDE = "outside_the_range"
    SERVER_INDEXES = "indexes_on_a_server"
    SERVER_RIGHTS = "rights_on_a_server"
    APPROVALS = "signatures_of_approvals"


@dataclass(frozen=True, slots=True)
class Finding:
    """A ground, with the first and the last entry that it is about, or -1, and names that belong to it."""

    ground: Ground
    first: int = -1
    last: int = -1
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trusted:
    """By whose cosignatures a log is judged.

    Attributes:
        witnesses: their keys.
        accept: which of them are enough.
        from_outside: whether keys and policy came from elsewhere than the log's disk.
        promised: the names of witnesses that lie beside the log: each of them must have cosigned something.
        quorum: whether anybody must have cosigned.
    """

    witnesses: Sequence[NoteVerifier] = ()
    accept: Accept = accept_all
    from_outside: bool = False
    promised: Collection[str] = ()
    quorum: bool = False


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdict, why it is no better (`reasons`), and what is to be known (`notes`)."""

    verdict: Verdict
    signed_to: int
    witnessed_to: int
    witnesses: tuple[str, ...]
    reasons: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    not_covered: tuple[NotCovered, ...]

    @property
    def holds(self) -> bool:
        """Whether the log is proven, by either kind of key."""
        return self.verdict in (Verdict.WITNESSED, Verdict.SIGNED)


def conclude(reader: LogReader, found: LogVerdict, end: int, trusted: Trusted, *, now_us: int) -> Conclusion:
    """Return what the verification of a log, or of a range that ends before `end`, has proven.

    Args:
        reader: the log.
        found: what was found in it.
        end: one more than the last entry that was verified.
        trusted: whose cosignatures count.
        now_us: the time at which the verification began.
    """
    signed = found.signatures
    altered = any(not fault.unsigned for fault in found.faults)
    reasons = () if altered else _find_reasons(reader, found, end, trusted, now_us)
    notes = () if altered else _list_notes(found, end)
    if altered:
        verdict = Verdict.ALTERED
    elif reasons:
        verdict = Verdict.UNPROVEN
    elif trusted.from_outside and signed.witnessed_to and _is_near(reader, found, end):
        verdict = Verdict.WITNESSED
    else:
        verdict = Verdict.SIGNED
    return Conclusion(
        verdict,
        min(signed.signed_to, end),
        min(signed.witnessed_to, end),
        signed.witnesses,
        reasons,
        notes,
        _list_not_covered(reader, found),
    )


def _find_reasons(reader: LogReader, found: LogVerdict, end: int, trusted: Trusted, now_us: int) -> tuple[Finding, ...]:
    signed, oddities = found.signatures, found.oddities
    reasons = []
    if keys := tuple(key for fault in found.faults for key in fault.keys):
        reasons.append(Finding(Ground.OTHER_KEY, names=keys))
    elif not signed.signed_to:
        reasons.append(Finding(Ground.NO_CHECKPOINT, 0 if end else -1, end - 1))
    else:
        old = [index for index, at_us in reader.times(signed.signed_to, end) if not 0 <= now_us - at_us <= LIVE_US]
        if old:
            reasons.append(Finding(Ground.UNSIGNED, old[0], old[-1]))
        if missing := sorted(set(trusted.promised) - signed.cosigners):
            reasons.append(Finding(Ground.WITNESS_MISSING, names=tuple(missing)))
        if trusted.quorum and not signed.witnessed_to:
            reasons.append(Finding(Ground.QUORUM_MISSING))
    if oddities.first_apart >= 0:
        reasons.append(Finding(Ground.TIME_APART, oddities.first_apart, oddities.last_apart))
    if early := list_early(reader, oddities.acts, trusted.witnesses, trusted.accept):
        reasons.append(Finding(Ground.DESTROYED_EARLY, early[0].index, early[-1].index))
    if oddities.first_unapproved >= 0:
        reasons.append(Finding(Ground.UNAPPROVED, oddities.first_unapproved, oddities.last_unapproved))
    return tuple(reasons)


def _list_notes(found: LogVerdict, end: int) -> tuple[Finding, ...]:
    notes = []
    signed = found.signatures
    if signed.witnessed_to < min(signed.signed_to, end):
        notes.append(Finding(Ground.BY_KEY_ALONE, signed.witnessed_to, min(signed.signed_to, end) - 1))
    if restored := [act.index for act in found.oddities.acts if act.action == RESTORE]:
        notes.append(Finding(Ground.RESTORED, restored[0], restored[-1]))
    taken_up = (act for act in found.oddities.acts if act.action == TAKE_UP)
    notes += [Finding(Ground.TAKEN_UP, act.index, act.index, (act.subject,)) for act in taken_up]
    return tuple(notes)


def _is_near(reader: LogReader, found: LogVerdict, end: int) -> bool:
    """Whether what no witness has cosigned yet is little: no entry is much younger than the newest cosignature."""
    latest_us = (found.signatures.witnessed_s + WITNESS_SECONDS) * 1_000_000
    return all(at_us <= latest_us for _, at_us in reader.times(found.signatures.witnessed_to, end))


def _list_not_covered(reader: LogReader, found: LogVerdict) -> tuple[NotCovered, ...]:
    always = (
        NotCovered.NEWEST_CUT,
        NotCovered.CHECKPOINTS_REMOVED,
        NotCovered.COSIGNATURES_STRIPPED,
        NotCovered.ROOTS_NULLED,
        NotCovered.UNUSED_ROWS,
    )
    unbound = (NotCovered.WRAPS_CHANGED,) if found.unbound else ()
    archived = (NotCovered.ARCHIVES,) if found.pruned else ()
    outside = (NotCovered.OUTSIDE,) if found.ranged else ()
    approved = (NotCovered.APPROVALS,) if found.oddities.approved else ()
    server = () if reader.lies_in_file else (NotCovered.SERVER_INDEXES, NotCovered.SERVER_RIGHTS)
    return always + unbound + archived + outside + approved + server
