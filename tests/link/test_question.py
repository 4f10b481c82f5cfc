"""A question on its way: its deadline shrinks, a second sending is marked, its bytes stay those that were hashed."""

from __future__ import annotations

import pytest

from gateway.link.question import MAX_DEADLINE_MS, PendingQuestion
from gateway.wire.v1 import peer_pb2
from tests.border.test_validation import ask

OCTETS = ask().SerializeToString(deterministic=True)


def pending(deadline: float = 10.0) -> PendingQuestion:
    """A question that is to be answered by a reading of the loop's clock."""
    envelope = peer_pb2.LinkAsk(application="a" * 256, traceparent="t" * 55, salt=b"s" * 16, page_rows=2000)
    return PendingQuestion(ask().request_id, OCTETS, envelope, deadline)


def encoded(question: PendingQuestion, now: float) -> peer_pb2.LinkAsk:
    """The message that is sent at a time."""
    octets = question.encode(now)
    assert octets is not None
    return peer_pb2.LinkAsk.FromString(octets)


def test_the_message_holds_the_question_as_it_was_hashed() -> None:
    """Its canonical bytes, and the envelope around them."""
    question = pending()
    sent = encoded(question, 4.0)
    assert OCTETS == sent.ask.SerializeToString(deterministic=True)
    assert ("a" * 256, b"s" * 16, 2000, 6_000) == (sent.application, sent.salt, sent.page_rows, sent.deadline_ms)
    octets = question.encode(4.0)
    assert octets is not None
    assert OCTETS in octets


def test_a_question_is_marked_as_repeated_from_its_second_sending_on() -> None:
    """The first one may have reached the peer."""
    question = pending()
    assert [False, True, True] == [encoded(question, float(now)).repeated_ask for now in range(3)]


@pytest.mark.parametrize("now", [10.0, 11.0, 9.9995])
def test_a_question_without_a_millisecond_left_is_not_sent(now: float) -> None:
    """Nor is it marked: it never left."""
    question = pending()
    assert question.encode(now) is None
    assert not encoded(question, 9.0).repeated_ask


def test_a_far_deadline_is_cut_to_the_contracts_longest() -> None:
    """600 seconds."""
    assert MAX_DEADLINE_MS == encoded(pending(1e9), 0.0).deadline_ms


def test_the_size_is_never_less_than_what_is_sent() -> None:
    """A frame that gathers by it stays within its bound."""
    question = pending(1e9)
    question.encode(0.0)
    octets = question.encode(0.0)
    assert octets is not None
    assert question.size >= len(octets)
