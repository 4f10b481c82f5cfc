"""A field made of bytes that are at hand is what protobuf itself would have written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.border.encoding import encode_field
from gateway.wire.v1 import ask_pb2, peer_pb2


@given(st.text(max_size=400), st.integers(0, 600_000))
def test_a_question_in_its_bytes_is_the_question_as_a_message(purpose: str, deadline_ms: int) -> None:
    """The embedded message and the one that is spliced in have the same bytes, whatever their length."""
    ask = ask_pb2.Ask(request_id="a", purpose=purpose)
    whole = peer_pb2.LinkAsk(ask=ask, deadline_ms=deadline_ms)
    envelope = peer_pb2.LinkAsk(deadline_ms=deadline_ms)
    spliced = encode_field(peer_pb2.LinkAsk.ASK_FIELD_NUMBER, ask.SerializeToString()) + envelope.SerializeToString()
    assert whole.SerializeToString() == spliced


@pytest.mark.parametrize("length", [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
def test_every_length_of_the_length_is_right(length: int) -> None:
    """The varint grows at each power of 128."""
    octets = encode_field(peer_pb2.FrameBody.CHECKPOINT_FIELD_NUMBER, bytes(length))
    assert bytes(length) == peer_pb2.FrameBody.FromString(octets).checkpoint


def test_fields_that_are_appended_stand_behind_those_of_the_body() -> None:
    """A parser takes them in any order, and repeated ones in the order in which they come."""
    body = peer_pb2.FrameBody(number=7, asks=[peer_pb2.LinkAsk(application="a")], acknowledged=3)
    more = [
        encode_field(peer_pb2.FrameBody.ASKS_FIELD_NUMBER, peer_pb2.LinkAsk(application=b).SerializeToString())
        for b in "bc"
    ]
    parsed = peer_pb2.FrameBody.FromString(body.SerializeToString() + b"".join(more))
    assert (7, ["a", "b", "c"], 3) == (parsed.number, [ask.application for ask in parsed.asks], parsed.acknowledged)


def test_a_field_beyond_fifteen_has_a_tag_of_two_bytes() -> None:
    """Protobuf, Encoding: the tag is a varint too."""
    assert bytes((0xFA, 0x7F, 2)) + b"xy" == encode_field(2047, b"xy")
