"""A log's note as a reviewer gets it from somewhere: of the right log, signed by it, and cosigned where that is wanted.

Pure. Each way to be no such note has a name of its own, since they call for unlike acts: a signature that does not hold
is an attack or a broken disk, a witness whose key nobody gave may have begun anew under new keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.audit.tlog.cosignature import signed_at
from gateway.audit.tlog.note import Checkpoint, NoteInvalid, NoteVerifier, open_note, parse_checkpoint, parse_note


class NoteFault(StrEnum):
    """What is wrong with a note.

    `malformed`: it is no checkpoint; `wrong_origin`: another log's; `bad_signature`: a line of a known key does not
    hold, or the log has not signed; `unknown_witness`: it bears lines, and none of a witness that was given;
    `not_cosigned`: it bears no line but the log's.
    """

    MALFORMED = "malformed"
    WRONG_ORIGIN = "wrong_origin"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_WITNESS = "unknown_witness"
    NOT_COSIGNED = "not_cosigned"


class NoteUnproven(NoteInvalid):
    """A note is not what was asked for; `fault` says in which way."""

    def __init__(self, fault: NoteFault, why: str) -> None:
        super().__init__(why)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class ProvenNote:
    """A note whose signatures hold: what it says, and when each of the given witnesses cosigned it, in seconds."""

    note: bytes
    checkpoint: Checkpoint
    cosigned: Mapping[str, int]


def open_signed(note: bytes, origin: str, log: Sequence[NoteVerifier]) -> ProvenNote:
    """Return a note that its log has signed; whoever else signed is not looked at.

    Raises:
        NoteUnproven: it is none.
    """
    return _open(note, origin, log, ())


def open_cosigned(
    note: bytes, origin: str, log: Sequence[NoteVerifier], witnesses: Sequence[NoteVerifier]
) -> ProvenNote:
    """Return a note that its log has signed and at least one of these witnesses has cosigned.

    Raises:
        NoteUnproven: it is none.
    """
    found = _open(note, origin, log, witnesses)
    if not found.cosigned:
        given = {(key.name, key.key_id) for key in witnesses}
        others = (one for one in parse_note(note).signatures if (one.name, one.key_id) not in given)
        strangers = sorted({line.name for line in others if line.name != origin})
        if strangers:
            why = f"expected a cosignature of a witness that was given, found those of {', '.join(strangers)}"
            raise NoteUnproven(NoteFault.UNKNOWN_WITNESS, why)
        raise NoteUnproven(NoteFault.NOT_COSIGNED, "expected a cosignature of a witness that was given, found none")
    return found


def _open(note: bytes, origin: str, log: Sequence[NoteVerifier], witnesses: Sequence[NoteVerifier]) -> ProvenNote:
    try:
        checkpoint = parse_checkpoint(parse_note(note).text)
    except NoteInvalid as error:
        raise NoteUnproven(NoteFault.MALFORMED, str(error)) from error
    if checkpoint.origin != origin:
        raise NoteUnproven(NoteFault.WRONG_ORIGIN, f"expected a checkpoint of {origin}, found one of another log")
    own, others = ({(key.name, key.key_id) for key in keys} for keys in (log, witnesses))
    try:
        good = open_note(note, (*log, *witnesses)).good
        cosigned: dict[str, int] = {}
        for line in good:
            if (line.name, line.key_id) in others:
                cosigned[line.name] = max(signed_at(line), cosigned.get(line.name, 0))
    except NoteInvalid as error:
        raise NoteUnproven(NoteFault.BAD_SIGNATURE, str(error)) from error
    if not own & {(line.name, line.key_id) for line in good}:
        why = "expected a signature of the log, found those of witnesses alone"
        raise NoteUnproven(NoteFault.BAD_SIGNATURE, why)
    return ProvenNote(note, checkpoint, {name: time_s for name, time_s in cosigned.items() if time_s})
