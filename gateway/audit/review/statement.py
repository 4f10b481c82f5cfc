"""The form of a history statement: who is named by which entries of a log, with all that proves that these are all.

Pure. A statement is lines: one JSON object that says what is claimed (`Claim`), one for each segment of the log
(`SegmentPart`), then the entries, byte for byte, in the order of the claim's ranges. The same bytes come from a node,
are kept in a file and stand in a bundle. JSON is canonical: sorted keys, no spaces. Nothing is verified here; see
`completeness`, and docs/reference/audit-formats.md for the fields.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from gateway.audit.tlog.pairs import PAIR_SIZE, TOKEN_SIZE, Kind, PairProof
from gateway.audit.tlog.tree import HASH_SIZE

FORMAT: Final = "chuanyu-history@1"
"""The format that the claim names."""
MAX_LINE: Final = 1 << 26
"""Longest line, in bytes."""
MAX_FOUND: Final = 100_000
"""Most entries of sealed segments that one statement shows."""
MAX_SEGMENTS: Final = 1 << 16
"""Most segments of one statement."""
MAX_TAIL: Final = 1 << 20
"""Most entries after the last seal: the client reads each of them."""
NONCE_SIZE: Final = 32
"""Bytes of the number under which an act commits to its question."""
NONE: Final = -1
"""Stands for an entry that a statement does not have."""
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_CLAIM: Final = frozenset(
    {
        "act",
        "archived",
        "checkpoint",
        "format",
        "hashes",
        "kind",
        "lost",
        "name",
        "nonce",
        "origin",
        "ranges",
        "retained",
        "segments",
        "tail",
        "tokens",
        "withheld_scenes",
    }
)


class StatementInvalid(Exception):
    """A history statement does not prove what it says, or is none. What it shows must not be relied on."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The first line.

    Attributes:
        origin: the log.
        kind: whom the tokens name.
        name: the department's code; empty for a person and an official, whom nobody can read from a statement.
        tokens: the token of each month that is answered.
        lost: months that cannot be answered any more, their keys being gone.
        checkpoint: the note under which all is proven.
        ranges: the entries that follow, as [start, end), in order and apart.
        hashes: those that prove the entries under the checkpoint, see `rangeproof`.
        segments: how many lines of segments follow.
        tail: the first entry that no seal covers.
        act: the index of the act by which this was asked for; `NONE` where a log on disk was read.
        archived: how many entries, from the first on, have left for an archive.
        retained: the index of an act of retention that covers them; `NONE` where there are none.
        withheld_scenes: the scenes of which the province tells the person only how many consultations there were.
        nonce: the random number under which the act commits to the question.
    """

    origin: str
    kind: Kind
    name: str
    tokens: Mapping[str, bytes]
    lost: tuple[str, ...]
    checkpoint: bytes
    ranges: tuple[tuple[int, int], ...]
    hashes: tuple[bytes, ...]
    segments: int
    tail: int
    act: int = NONE
    archived: int = 0
    retained: int = NONE
    withheld_scenes: tuple[str, ...] = ()
    nonce: bytes = bytes(NONCE_SIZE)


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """A segment: the index of the act that seals it, and the proof for the token of each month that it names.

    An archived segment has no proofs: its pairs have left with its entries.
    """

    seal: int
    proofs: Mapping[str, PairProof]
    archived: bool = False


def commit_question(
    nonce: bytes,
    kind: Kind,
    name: str,
    tokens: Mapping[str, bytes],
    lost: Iterable[str],
    withheld_scenes: Iterable[str],
) -> str:
    """Return what the act of a history commits to, in hex.

    Whose tokens, of which months, those without a key, and the scenes that the person is not told of.

    SHA-256 over the number, which hides what tokens of several months belong together, and the rest as in the claim.
    """
    asked = {
        "kind": kind.name.lower(),
        "lost": list(lost),
        "name": name,
        "tokens": {month: b64encode(token).decode() for month, token in tokens.items()},
        "withheld_scenes": list(withheld_scenes),
    }
    return sha256(b"chuanyu history question\0" + nonce + _encode(asked)).hexdigest()


def encode_claim(claim: Claim) -> bytes:
    """Return the first line, without its newline."""
    return _encode(
        {
            "act": claim.act,
            "archived": claim.archived,
            "checkpoint": claim.checkpoint.decode(),
            "format": FORMAT,
            "hashes": b64encode(b"".join(claim.hashes)).decode(),
            "kind": claim.kind.name.lower(),
            "lost": list(claim.lost),
            "name": claim.name,
            "nonce": b64encode(claim.nonce).decode(),
            "origin": claim.origin,
            "ranges": [list(one) for one in claim.ranges],
            "retained": claim.retained,
            "segments": claim.segments,
            "tail": claim.tail,
            "tokens": {month: b64encode(token).decode() for month, token in claim.tokens.items()},
            "withheld_scenes": list(claim.withheld_scenes),
        }
    )


def encode_segment(part: SegmentPart) -> bytes:
    """Return the line of a segment, without its newline."""
    return _encode(
        {
            "archived": part.archived,
            "proofs": {
                month: [
                    proof.start,
                    b64encode(b"".join(proof.pairs)).decode(),
                    b64encode(b"".join(proof.path)).decode(),
                ]
                for month, proof in part.proofs.items()
            },
            "seal": part.seal,
        }
    )


def decode_claim(line: bytes) -> Claim:
    """Read the first line.

    Raises:
        StatementInvalid: it is of another form.
    """
    fields = _decode(line)
    if fields.keys() != _CLAIM or fields["format"] != FORMAT:
        raise StatementInvalid(f"expected a history statement of the format {FORMAT}")
    try:
        ranges = tuple((_count(start), _count(end)) for start, end in fields["ranges"])
        return Claim(
            origin=_text(fields["origin"]),
            kind=Kind[_text(fields["kind"]).upper()],
            name=_text(fields["name"]),
            tokens={_month(month): _token(text) for month, text in fields["tokens"].items()},
            lost=tuple(map(_month, fields["lost"])),
            checkpoint=_text(fields["checkpoint"]).encode(),
            ranges=ranges,
            hashes=_octets(fields["hashes"], HASH_SIZE),
            segments=_count(fields["segments"]),
            tail=_count(fields["tail"]),
            act=_index(fields["act"]),
            archived=_count(fields["archived"]),
            retained=_index(fields["retained"]),
            withheld_scenes=tuple(map(_text, fields["withheld_scenes"])),
            nonce=_nonce(fields["nonce"]),
        )
    except (AttributeError, LookupError, TypeError, ValueError):
        raise StatementInvalid("expected what is claimed on the first line, found another form") from None


def decode_segment(line: bytes) -> SegmentPart:
    """Read the line of a segment.

    Raises:
        StatementInvalid: it is of another form.
    """
    fields = _decode(line)
    try:
        if fields.keys() != {"archived", "proofs", "seal"} or not isinstance(fields["archived"], bool):
            raise ValueError
        proofs = {
            _month(month): PairProof(_count(start), _octets(pairs, PAIR_SIZE), _octets(path, HASH_SIZE))
            for month, (start, pairs, path) in fields["proofs"].items()
        }
        return SegmentPart(_count(fields["seal"]), proofs, fields["archived"])
    except (AttributeError, LookupError, TypeError, ValueError):
        raise StatementInvalid("expected a segment with its seal and its proofs, found another form") from None


def split_lines(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines, without their newlines, of octets that come in parts.

    Raises:
        StatementInvalid: a line is too long, or the last one has no end.
    """
    rest: list[bytes] = []
    length = 0
    for part in parts:
        *whole, last = part.split(b"\n")
        for line in whole:
            _bound(length + len(line))
            yield b"".join((*rest, line))
            rest, length = [], 0
        rest.append(last)
        length += len(last)
        _bound(length)
    if length:
        raise StatementInvalid("expected whole lines: the statement was cut short")


def _bound(length: int) -> None:
    if length > MAX_LINE:
        raise StatementInvalid(f"expected lines of at most {MAX_LINE} bytes")


def _encode(fields: Mapping[str, object]) -> bytes:
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def _decode(line: bytes) -> dict[str, Any]:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict) or _encode(fields) != line:
        raise StatementInvalid("expected a JSON object in its canonical form")
    return fields


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ValueError
    return value


def _index(value: object) -> int:
    return NONE if value == NONE and type(value) is int else _count(value)


def _month(value: object) -> str:
    if _MONTH.fullmatch(_text(value)) is None:
        raise ValueError
    return str(value)


def _token(value: object) -> bytes:
    (token,) = _octets(value, TOKEN_SIZE)
    return token


def _nonce(value: object) -> bytes:
    (nonce,) = _octets(value, NONCE_SIZE)
    return nonce


def _octets(value: object, size: int) -> tuple[bytes, ...]:
    """Return the parts of one size whose bytes stand end to end in canonical base64."""
    text = _text(value)
    try:
        octets = b64decode(text, validate=True)
    except Base64Error:
        raise ValueError from None
    if b64encode(octets).decode() != text or len(octets) % size:
        raise ValueError
    return tuple(octets[at : at + size] for at in range(0, len(octets), size))
