"""The acknowledgements that a peer has not confirmed: in order, bounded, the oldest gives way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from gateway.wire.v1 import peer_pb2

MAX_UNCONFIRMED: Final = 4_096
"""Acknowledgements that are kept until the peer has confirmed them; the oldest gives way."""


class UnconfirmedAcknowledgements:
    """Acknowledgements that were not confirmed, in the order in which they were added; the newest `MAX_UNCONFIRMED`.

    Each belongs to one stream, or to the link while it has none: a stream that ends hands over what is left.
    """

    __slots__ = ("_confirmed", "_given_up", "_messages")

    def __init__(self, given_up: Callable[[], None]) -> None:
        """`given_up` is called for each acknowledgement that gives way without having been confirmed."""
        self._given_up = given_up
        self._messages: deque[peer_pb2.Acknowledgement] = deque()
        self._confirmed = 0

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, message: peer_pb2.Acknowledgement) -> None:
        """Keep an acknowledgement; beyond the bound the oldest gives way."""
        self._messages.append(message)
        if len(self._messages) > MAX_UNCONFIRMED:
            self._messages.popleft()
            self._confirmed += 1
            self._given_up()

    def confirm(self, count: int) -> None:
        """Forget the first `count` that were ever added; those that gave way count too."""
        while self._confirmed < count and self._messages:
            self._messages.popleft()
            self._confirmed += 1

    def drain(self) -> Iterator[peer_pb2.Acknowledgement]:
        """Yield all, oldest first, and forget each as it is yielded."""
        while self._messages:
            yield self._messages.popleft()
