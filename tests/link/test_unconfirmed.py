"""Acknowledgements that a peer has not confirmed: in order, counted from the first on, bounded."""

from __future__ import annotations

from gateway.link.acknowledgements import MAX_UNCONFIRMED, UnconfirmedAcknowledgements
from gateway.wire.v1 import peer_pb2


def filled(count: int, given_up: list[None]) -> UnconfirmedAcknowledgements:
    """So many acknowledgements, numbered from 0."""
    made = UnconfirmedAcknowledgements(lambda: given_up.append(None))
    for number in range(count):
        made.add(peer_pb2.Acknowledgement(number=number))
    return made


def numbers(messages: UnconfirmedAcknowledgements) -> list[int]:
    """What is left, in order."""
    return [message.number for message in messages.drain()]


def test_the_first_ones_are_confirmed_by_their_count() -> None:
    """A count says how many of all that were added, so that it may come twice or late."""
    messages = filled(5, [])
    for count in (2, 2, 1, 3):
        messages.confirm(count)
    assert 2 == len(messages)
    assert [3, 4] == numbers(messages)
    assert 0 == len(messages)


def test_a_count_beyond_all_confirms_all() -> None:
    """A peer that counts too far gains nothing."""
    messages = filled(2, [])
    messages.confirm(99)
    assert [] == numbers(messages)


def test_the_oldest_gives_way_and_counts_as_gone() -> None:
    """Each is reported, and the peer's count still names the same ones."""
    given_up: list[None] = []
    messages = filled(MAX_UNCONFIRMED + 3, given_up)
    assert (MAX_UNCONFIRMED, 3) == (len(messages), len(given_up))
    messages.confirm(4)
    assert list(range(4, MAX_UNCONFIRMED + 3)) == numbers(messages)
