"""Frames: signed in their context, numbered without gaps, opened once."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.refusals import Reason, Refusal
from gateway.link.frame import ANSWERER, DIALLER, FrameReader, FrameWriter, parse_body
from gateway.wire.v1 import peer_pb2

LINK = b"l" * 16
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)


class Verifier:
    """Checks with the public key of one private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self.key = key.public_key()

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise unless the signature is good."""
        self.key.verify(signature, message)


def opening() -> peer_pb2.FrameBody:
    """A first body."""
    return peer_pb2.FrameBody(opening=peer_pb2.Opening(link_id=LINK))


def reader(*, key: Ed25519PrivateKey = KEY, direction: bytes = DIALLER, link: bytes = LINK) -> FrameReader:
    """A reader of what `KEY` writes."""
    return FrameReader(direction, link, Verifier(key), max_bytes=1000)


def reason(of: FrameReader, frame: peer_pb2.LinkFrame) -> Reason:
    """The reason for which a frame is refused."""
    with pytest.raises(Refusal) as caught:
        of.open(frame, 0)
    return caught.value.reason


def test_what_is_sealed_opens_in_order() -> None:
    """Number by number, with the clock offset of each."""
    writer, read = FrameWriter(DIALLER, LINK, KEY), reader()
    assert 500 == read.open(writer.seal(opening(), 1500), 1000).clock_offset_us
    assert ["a"] == list(read.open(writer.seal(peer_pb2.FrameBody(cancels=["a"]), 0), 0).body.cancels)


@pytest.mark.parametrize(
    "stranger",
    [reader(key=OTHER), reader(direction=ANSWERER), reader(link=b"m" * 16)],
    ids=["another key", "the other direction", "another link"],
)
def test_a_frame_is_worthless_outside_its_context(stranger: FrameReader) -> None:
    """Key, direction and link are all part of what is signed."""
    frame = FrameWriter(DIALLER, LINK, KEY).seal(opening(), 0)
    assert Reason.SIGNATURE_INVALID == reason(stranger, frame)


def test_a_dropped_frame_is_noticed() -> None:
    """Numbers leave no gap."""
    writer, read = FrameWriter(DIALLER, LINK, KEY), reader()
    read.open(writer.seal(opening(), 0), 0)
    writer.seal(peer_pb2.FrameBody(), 0)
    assert Reason.PEER_ANSWER_INVALID == reason(read, writer.seal(peer_pb2.FrameBody(), 0))


def test_a_repeated_frame_is_noticed() -> None:
    """A frame opens once."""
    frame, read = FrameWriter(DIALLER, LINK, KEY).seal(opening(), 0), reader()
    read.open(frame, 0)
    assert Reason.PEER_ANSWER_INVALID == reason(read, frame)


def test_a_link_opens_with_its_opening_and_with_no_second_one() -> None:
    """The first frame has the opening, the others have none."""
    assert Reason.PEER_ANSWER_INVALID == reason(reader(), FrameWriter(DIALLER, LINK, KEY).seal(peer_pb2.FrameBody(), 0))
    writer, read = FrameWriter(DIALLER, LINK, KEY), reader()
    read.open(writer.seal(opening(), 0), 0)
    assert Reason.PEER_ANSWER_INVALID == reason(read, writer.seal(opening(), 0))


@pytest.mark.parametrize("over", [0, 1])
def test_the_bound_is_the_largest_frame_that_opens(over: int) -> None:
    """A frame of exactly so many bytes opens; one byte more is refused for its size."""
    frame = FrameWriter(DIALLER, LINK, KEY).seal(opening(), 7)
    read = FrameReader(DIALLER, LINK, Verifier(KEY), max_bytes=len(frame.body) - over)
    if not over:
        assert 0 == read.open(frame, 7).clock_offset_us
        return
    with pytest.raises(Refusal, match="expected at most") as caught:
        read.open(frame, 7)
    assert Reason.PEER_ANSWER_INVALID == caught.value.reason


def test_messages_that_are_serialised_already_are_part_of_the_frame() -> None:
    """They are signed with it, and stand behind those of the body."""
    writer, read = FrameWriter(DIALLER, LINK, KEY), reader()
    read.open(writer.seal(opening(), 0), 0)
    body = peer_pb2.FrameBody(asks=[peer_pb2.LinkAsk(application="a")])
    asks = [peer_pb2.LinkAsk(application=name).SerializeToString() for name in "bc"]
    answers = [peer_pb2.LinkAnswer(request_id="d").SerializeToString()]
    found = read.open(writer.seal(body, 0, asks=asks, answers=answers), 0).body
    assert (["a", "b", "c"], ["d"]) == (
        [ask.application for ask in found.asks], [answer.request_id for answer in found.answers],
    )  # fmt: skip


def test_an_oversized_frame_is_not_even_verified() -> None:
    """The bound comes first."""
    frame = FrameWriter(DIALLER, LINK, KEY).seal(peer_pb2.FrameBody(checkpoint=b"x" * 2000), 0)
    assert Reason.PEER_ANSWER_INVALID == reason(reader(), frame)


@given(st.data())
def test_any_changed_bit_is_found(data: st.DataObject) -> None:
    """In the body or in the signature."""
    frame = FrameWriter(DIALLER, LINK, KEY).seal(opening(), 7)
    octets = bytearray(frame.body + frame.signature)
    at = data.draw(st.integers(0, len(octets) * 8 - 1))
    octets[at // 8] ^= 1 << at % 8
    changed = peer_pb2.LinkFrame(body=bytes(octets[:-64]), signature=bytes(octets[-64:]))
    assert Reason.SIGNATURE_INVALID == reason(reader(), changed)


def test_the_signature_is_plain_ed25519_over_context_and_body() -> None:
    """An implementation in another language needs to know no more than this."""
    frame = FrameWriter(DIALLER, LINK, KEY).seal(opening(), 7)
    message = b"chuanyu link frame v1\x00" + b"d" + LINK + frame.body
    KEY.public_key().verify(frame.signature, message)
    with pytest.raises(InvalidSignature):
        KEY.public_key().verify(frame.signature, message + b"x")


@pytest.mark.parametrize("octets", [b"\xff", b"\x08", b"\x12\x05a", b"{}", b"\0" * 9])
def test_bytes_that_are_no_frame_body_are_refused(octets: bytes) -> None:
    """Also where their signature is good: a peer may sign anything."""
    with pytest.raises(Refusal, match="expected a frame body") as caught:
        parse_body(octets)
    assert Reason.PEER_ANSWER_INVALID is caught.value.reason
