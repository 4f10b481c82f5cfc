"""Who stands behind one checkpoint: the keys of its log, the witnesses that count, and what that proves.

Pure. A checkpoint that nobody signed whom the verifier has a key of proves nothing, however well what it covers agrees
with it: `Verdict.UNPROVEN`. A line of a known key that does not hold is no lack but a fault, and raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.audit.tlog.cosignature import signed_at
from gateway.audit.tlog.note import NoteVerifier, open_note, parse_checkpoint, parse_note
from gateway.audit.verification.conclusion import Trusted, Verdict


class Lack(StrEnum):
    """Why a checkpoint proves nothing."""

    NO_KEY = "no_key"
    NOT_SIGNED = "not_signed"
    QUORUM_MISSING = "quorum_missing"


@dataclass(frozen=True, slots=True)
class Backing:
    """What the signatures of a checkpoint prove.

    Attributes:
        verdict: witnessed, signed by the log's key alone, or not proven.
        lack: why not proven; None where it is.
        witnesses: who cosigned of those that count, and in which second since 1970.
    """

    verdict: Verdict
    lack: Lack | None
    witnesses: Mapping[str, int]


def judge_checkpoint(
    note: bytes, log: Sequence[NoteVerifier], known: Sequence[NoteVerifier], trusted: Trusted
) -> Backing:
    """Return who stands behind a checkpoint.

    Args:
        note: the checkpoint.
        log: the keys of its log; those of another name count as none.
        known: the keys of everybody else whose lines are checked.
        trusted: whose cosignatures count, and whether any must.

    Raises:
        NoteInvalid: it is none, or a line of one of these keys does not hold.
    """
    parsed = parse_note(note)
    origin = parse_checkpoint(parsed.text).origin
    own = [key for key in log if key.name == origin]
    lines = {(line.name, line.key_id) for line in parsed.signatures}
    others = {(key.name, key.key_id): key for key in known}
    if lines & {(key.name, key.key_id) for key in (*own, *known)}:
        good = open_note(note, [*own, *others.values()]).good
    else:
        good = ()
    signed = any((line.name, line.key_id) in {(key.name, key.key_id) for key in own} for line in good)
    cosigned = {
        (line.name, line.key_id): time_s
        for line in good
        if (line.name, line.key_id) in others and (time_s := signed_at(line))
    }
    accepted = trusted.accept(cosigned) if cosigned else {}
    if not own:
        return Backing(Verdict.UNPROVEN, Lack.NO_KEY, accepted)
    if not signed:
        return Backing(Verdict.UNPROVEN, Lack.NOT_SIGNED, accepted)
    if accepted and trusted.from_outside:
        return Backing(Verdict.WITNESSED, None, accepted)
    if trusted.quorum:
        return Backing(Verdict.UNPROVEN, Lack.QUORUM_MISSING, accepted)
    return Backing(Verdict.SIGNED, None, accepted)
