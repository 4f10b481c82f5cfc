"""One frame: what is signed, what is checked, and in which order.

A frame's signature covers its context (protocol, direction, link), so that a frame of one link or one direction is
worthless on another, and its body, whose number leaves no gap, so that none can be dropped, repeated or reordered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from google.protobuf.message import DecodeError

from gateway.border.encoding import encode_field
from gateway.ground.refusals import Reason, Refusal
from gateway.wire.v1 import peer_pb2

DIALLER: Final = b"d"
ANSWERER: Final = b"a"
AROUND_BYTES: Final = 36 << 10
"""Bytes of a frame beside the one page or question in it, at most: an entry of 32 KiB, its path, checkpoint, names."""
_CONTEXT: Final = b"chuanyu link frame v1\x00"


class FrameSigner(Protocol):
    """The node's frame-signing key."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        ...


class FrameVerifier(Protocol):
    """The other node's frame-signing key."""

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if the signature is good; raise otherwise."""
        ...


class FrameWriter:
    """Numbers and signs the frames of one direction of one link."""

    def __init__(self, direction: bytes, link_id: bytes, signer: FrameSigner) -> None:
        self._context = _CONTEXT + direction + link_id
        self._signer = signer
        self._next = 0

    def seal(
        self, body: peer_pb2.FrameBody, now_us: int, *, asks: Sequence[bytes] = (), answers: Sequence[bytes] = ()
    ) -> peer_pb2.LinkFrame:
        """Number, time and sign a body; the frame must be sent before the next one is sealed.

        `asks` are messages LinkAsk and `answers` messages LinkAnswer that are serialised already: they go into the
        frame as they are, behind those that `body` holds.
        """
        body.number = self._next
        body.sent_at_us = now_us
        self._next += 1
        octets = b"".join(
            (
                body.SerializeToString(),
                *(encode_field(peer_pb2.FrameBody.ASKS_FIELD_NUMBER, ask) for ask in asks),
                *(encode_field(peer_pb2.FrameBody.ANSWERS_FIELD_NUMBER, answer) for answer in answers),
            )
        )
        return peer_pb2.LinkFrame(body=octets, signature=self._signer.sign(self._context + octets))


@dataclass(frozen=True, slots=True)
class ReadFrame:
    """A frame that was checked: its body, and by how much the sender's clock ran ahead of ours, in microseconds."""

    body: peer_pb2.FrameBody
    clock_offset_us: int


class FrameReader:
    """Checks the frames of one direction of one link."""

    def __init__(self, direction: bytes, link_id: bytes, verifier: FrameVerifier, *, max_bytes: int) -> None:
        self._context = _CONTEXT + direction + link_id
        self._verifier = verifier
        self._max_bytes = max_bytes
        self._next = 0

    def open(self, frame: peer_pb2.LinkFrame, now_us: int) -> ReadFrame:
        """Check size, signature and number, and parse the body.

        Raises:
            Refusal: SIGNATURE_INVALID; PEER_ANSWER_INVALID for a frame that breaks the contract.
        """
        if len(frame.body) > self._max_bytes:
            raise refuse_frame(f"expected at most {self._max_bytes} bytes, found {len(frame.body)}")
        try:
            self._verifier.verify(self._context + frame.body, frame.signature)
        except Exception as error:
            raise Refusal(Reason.SIGNATURE_INVALID, "a frame's signature does not verify") from error
        body = parse_body(frame.body)
        if body.number != self._next:
            raise refuse_frame(f"expected frame {self._next}, found {body.number}")
        if (self._next == 0) != body.HasField("opening"):
            raise refuse_frame("expected the opening in the first frame and in no other")
        self._next += 1
        return ReadFrame(body, body.sent_at_us - now_us)


def parse_body(octets: bytes) -> peer_pb2.FrameBody:
    """Parse a frame's body.

    Raises:
        Refusal: PEER_ANSWER_INVALID when the bytes are no frame body.
    """
    try:
        return peer_pb2.FrameBody.FromString(octets)
    except DecodeError as error:
        raise refuse_frame("expected a frame body, found other bytes") from error


def refuse_frame(detail: str) -> Refusal:
    """Return the refusal of a frame that breaks the contract."""
    return Refusal(Reason.PEER_ANSWER_INVALID, detail)
