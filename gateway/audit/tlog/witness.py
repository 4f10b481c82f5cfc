"""The decision of a witness about a checkpoint (C2SP tlog-witness, add-checkpoint): a function of request and state.

Pure: no clock but that of the cosigners, no store. The caller reads the state of the origin, asks `decide`, writes the
new state durably, and only then sends the answer; for one origin these four happen one after another. Checks, in the
specification's order: 1 the body is well-formed (400); 2 the log is known (404); 3 its signature holds (403); 4 the old
size is that which we have cosigned (409, with it); 5 the proof holds (422).

A witness whose state was lost must be retired, with its key; it must never begin again from size 0.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from gateway.audit.tlog.cosignature import Cosigner
from gateway.audit.tlog.note import (
    MAX_NOTE_BYTES,
    Checkpoint,
    NoteInvalid,
    NoteVerifier,
    decode_base64,
    open_note,
    parse_checkpoint,
    write_note,
)
from gateway.audit.tlog.proofs import ProofInvalid, verify_consistency
from gateway.audit.tlog.tree import EMPTY_ROOT, HASH_SIZE

MAX_PROOF: Final = 63
"""Longest consistency proof of a request."""
MAX_REQUEST_BYTES: Final = MAX_NOTE_BYTES + 4_096
"""Longest request: a note, 63 hashes and the line with the old size."""
SIZE_TYPE: Final = "text/x.tlog.size"
"""The content type of an answer 409."""
TEXT_TYPE: Final = "text/plain; charset=utf-8"
"""The content type of any other answer."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class WitnessRequestInvalid(Exception):
    """A body is no add-checkpoint request; the answer is 400."""


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """An add-checkpoint request, well-formed; nothing is verified."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class LastCosigned:
    """The newest checkpoint that we cosigned for one origin: size, root, and the note with the log's lines and ours."""

    size: int
    root: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class Fork:
    """Two notes of one log, both signed by it, for one size and with different roots: proof that it misbehaved."""

    origin: str
    size: int
    ours: bytes
    theirs: bytes


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, and what must be durable before it is sent.

    `witnessed` is the new state, None unless the status is 200; `fork` is evidence to keep, whatever the status.
    """

    status: int
    body: bytes
    content_type: str = TEXT_TYPE
    witnessed: LastCosigned | None = None
    fork: Fork | None = None


def write_request(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """Return the body of an add-checkpoint request."""
    lines = [f"old {old}", *(b64encode(value).decode() for value in proof)]
    return "\n".join(lines).encode() + b"\n\n" + note


def read_request(body: bytes) -> WitnessRequest:
    """Read the body of an add-checkpoint request (check 1); signature lines in another form fail check 3 instead.

    Raises:
        WitnessRequestInvalid: when it is not well-formed, or its old size is beyond its checkpoint.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise WitnessRequestInvalid(f"expected a body of at most {MAX_REQUEST_BYTES} bytes, found {len(body)}")
    head, _, note = body.partition(b"\n\n")
    first, *lines = head.decode(errors="replace").split("\n")
    old = _OLD.fullmatch(first)
    if old is None:
        raise WitnessRequestInvalid("expected a first line with the old size")
    if len(lines) > MAX_PROOF:
        raise WitnessRequestInvalid(f"expected at most {MAX_PROOF} hashes, found {len(lines)}")
    try:
        proof = tuple(decode_base64(line) for line in lines)
        checkpoint = parse_checkpoint(note.rpartition(b"\n\n")[0] + b"\n")
    except NoteInvalid as error:
        raise WitnessRequestInvalid(str(error)) from error
    if any(len(value) != HASH_SIZE for value in proof):
        raise WitnessRequestInvalid(f"expected hashes of {HASH_SIZE} bytes")
    if int(old[1]) > checkpoint.size:
        raise WitnessRequestInvalid(f"expected an old size up to {checkpoint.size}, found {old[1]}")
    return WitnessRequest(int(old[1]), proof, note, checkpoint)


def decide(
    request: WitnessRequest,
    verifiers: Sequence[NoteVerifier],
    stored: LastCosigned | None,
    cosigners: Sequence[Cosigner],
) -> Decision:
    """Decide about a request.

    Args:
        request: as `read_request` gave it.
        verifiers: the trusted keys of the log of that origin; none where the origin is not known.
        stored: what we have cosigned last for the origin; None where we never did.
        cosigners: our keys, at least one.

    Raises:
        ValueError: when there is no cosigner.
    """
    if not cosigners:
        raise ValueError("expected at least one key to cosign with, found none")
    if not verifiers:  # 2
        return _refuse(HTTPStatus.NOT_FOUND, "the log is not known here")
    try:
        opened = open_note(request.note, verifiers)
    except NoteInvalid as error:  # 3
        return _refuse(HTTPStatus.FORBIDDEN, f"invalid signature: {error}")
    seen = request.checkpoint
    known = stored or LastCosigned(0, EMPTY_ROOT, b"")
    fork = None
    if stored is not None and stored.size == seen.size and stored.root != seen.root:
        fork = Fork(seen.origin, seen.size, stored.note, request.note)
    if request.old != known.size:  # 4
        return Decision(HTTPStatus.CONFLICT, b"%d\n" % known.size, SIZE_TYPE, fork=fork)
    try:
        _check_growth(known, seen, request.proof)
    except ProofInvalid as error:  # 5
        return _refuse(HTTPStatus.UNPROCESSABLE_ENTITY, f"consistency proof: {error}", fork)
    lines = tuple(cosigner.line(opened.text) for cosigner in cosigners)
    witnessed = LastCosigned(seen.size, seen.root, write_note(opened.text, (*opened.good, *lines)))
    return Decision(HTTPStatus.OK, b"".join(line.octets for line in lines), witnessed=witnessed)


def refuse_malformed(error: WitnessRequestInvalid) -> Decision:
    """Return the answer to a body that is no request."""
    return _refuse(HTTPStatus.BAD_REQUEST, str(error))


def _check_growth(known: LastCosigned, seen: Checkpoint, proof: Sequence[bytes]) -> None:
    if seen.size == 0 and seen.root != EMPTY_ROOT:
        raise ProofInvalid("expected the root of the empty tree for size 0")
    if known.size:
        verify_consistency(known.size, seen.size, proof, known.root, seen.root)
    elif proof:
        raise ProofInvalid(f"expected no hashes from size 0, found {len(proof)}")


def _refuse(status: HTTPStatus, why: str, fork: Fork | None = None) -> Decision:
    return Decision(status, f"{why}\n".encode(), fork=fork)
