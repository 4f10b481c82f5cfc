"""The proof of one entry as a file (C2SP tlog-proof): index, inclusion path and checkpoint, for anybody's verifier.

Pure. The file does not hold the entry itself, which is shown beside it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, decode_base64, parse_checkpoint, verify_note
from gateway.audit.tlog.proofs import ProofInvalid, verify_inclusion
from gateway.audit.tlog.tree import HASH_SIZE

HEADER: Final = "c2sp.org/tlog-proof@v1"
"""The first line."""
MAX_HASHES: Final = 63
"""Longest path: a tree has fewer than 2^63 leaves."""
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof file, read or to be written; nothing is verified. `extra` is not authenticated; empty for none."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""


def write_proof(proof: TlogProof) -> bytes:
    """Return the file of a proof."""
    lines = [HEADER]
    if proof.extra:
        lines.append(f"extra {b64encode(proof.extra).decode()}")
    lines.append(f"index {proof.index}")
    lines += [b64encode(value).decode() for value in proof.path]
    return "\n".join(lines).encode() + b"\n\n" + proof.checkpoint


def read_proof(octets: bytes) -> TlogProof:
    """Read a proof file; nothing is verified.

    Raises:
        NoteInvalid: when it is not well-formed.
    """
    head, blank, checkpoint = octets.partition(b"\n\n")
    lines = head.decode(errors="replace").split("\n")
    if not blank or lines.pop(0) != HEADER:
        raise NoteInvalid(f"expected a proof file that begins with {HEADER}")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = decode_base64(lines.pop(0).removeprefix("extra "))
    number = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if number is None or int(number[1]) >= 1 << 63:
        raise NoteInvalid("expected a line with the index in decimal")
    if len(lines) > MAX_HASHES:
        raise NoteInvalid(f"expected at most {MAX_HASHES} hashes, found {len(lines)}")
    path = tuple(decode_base64(line) for line in lines)
    if any(len(value) != HASH_SIZE for value in path):
        raise NoteInvalid(f"expected hashes of {HASH_SIZE} bytes")
    return TlogProof(int(number[1]), path, checkpoint, extra)


def verify_proof(proof: TlogProof, leaf: bytes, origin: str, verifiers: Sequence[NoteVerifier]) -> int:
    """Return the size of the tree in which a leaf is proven to stand.

    Raises:
        NoteInvalid: when no key of the verifiers signed the checkpoint, or it is of another log.
        ProofInvalid: when the path does not lead to its root.
    """
    found = parse_checkpoint(verify_note(proof.checkpoint, verifiers))
    if found.origin != origin:
        raise NoteInvalid(f"expected a checkpoint of {origin}, found one of another log")
    if proof.index >= found.size:
        raise ProofInvalid(f"expected an index below the size {found.size}, found {proof.index}")
    verify_inclusion(proof.index, found.size, leaf, proof.path, found.root)
    return found.size
