"""The log's side of add-checkpoint (C2SP tlog-witness): what to send a witness, and what its answer means.

Pure. A witness that is behind says its size (409), and the checkpoint is proven again from there. A witness that is
ahead of the log has seen more than is there: the log was rolled back, or it signed what it did not keep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from gateway.audit.tlog.cosignature import cosigned_at
from gateway.audit.tlog.note import (
    NoteInvalid,
    NoteVerifier,
    SignatureLine,
    open_note,
    parse_checkpoint,
    parse_note,
    parse_signatures,
    write_note,
)
from gateway.audit.tlog.proofs import consistency_path
from gateway.audit.tlog.witness import write_request


class WitnessRefused(Exception):
    """A witness did not cosign, or what it answered is no cosignature; `status` is that of its answer."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class WitnessAhead(Exception):
    """A witness has cosigned `size` entries, more than the checkpoint that it was shown."""

    def __init__(self, size: int, shown: int) -> None:
        super().__init__(f"the witness has seen {size} entries, but the checkpoint has {shown}")
        self.size = size


@dataclass(frozen=True, slots=True)
class WitnessBehind:
    """A witness has cosigned `size` entries so far: prove the checkpoint again from there."""

    size: int


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The lines with which a witness cosigned, verified, to be added to the note."""

    lines: tuple[SignatureLine, ...]


def request_from(old: int, note: bytes, node: Callable[[int, int], bytes]) -> bytes:
    """Return the request that proves a checkpoint from the size that the witness knows.

    `node` gives the hash of a whole node by level and number, as `LogReader.node` does.

    Raises:
        WitnessAhead: when the old size is beyond the checkpoint.
        NoteInvalid: when the note is no checkpoint.
    """
    size = parse_checkpoint(parse_note(note).text).size
    if old > size:
        raise WitnessAhead(old, size)
    return write_request(old, consistency_path(old, size, node) if old else (), note)


def read_answer(status: int, body: bytes, note: bytes, verifiers: Sequence[NoteVerifier]) -> Cosigned | WitnessBehind:
    """Return what a witness's answer to a request with that note means.

    Args:
        status: the HTTP status of the answer.
        body: its body.
        note: the checkpoint that was sent.
        verifiers: the keys of this witness; lines of other keys are passed over.

    Raises:
        WitnessAhead: it has seen more than the checkpoint has.
        WitnessRefused: any other answer, or one whose cosignatures do not hold or bear no time.
    """
    checkpoint = parse_note(note).text
    if status == HTTPStatus.CONFLICT:
        return _behind(body, parse_checkpoint(checkpoint).size)
    if status != HTTPStatus.OK:
        raise WitnessRefused(status, body[:512].decode(errors="replace").strip())
    try:
        lines = open_note(write_note(checkpoint, parse_signatures(body)), verifiers).good
        if not all(cosigned_at(line) for line in lines):
            raise NoteInvalid("expected a cosignature that bears its time")
    except NoteInvalid as error:
        raise WitnessRefused(status, str(error)) from error
    return Cosigned(lines)


def _behind(body: bytes, shown: int) -> WitnessBehind:
    text = body.removesuffix(b"\n")
    if not (text.isdigit() and len(text) <= 19 and (text == b"0" or not text.startswith(b"0"))):
        raise WitnessRefused(HTTPStatus.CONFLICT, "expected the size that the witness has seen, found another answer")
    if int(text) > shown:
        raise WitnessAhead(int(text), shown)
    return WitnessBehind(int(text))
