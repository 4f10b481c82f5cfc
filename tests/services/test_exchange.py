"""The exchange's service: a question without a deadline goes nowhere, and a refusal ends the call with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from gateway.ground.evidence import Arrival, Receipt, Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.road import Refused
from gateway.services.door import SENDER
from gateway.services.exchange import ExchangeService
from gateway.serving.node import Node
from gateway.wire.v1 import ask_pb2, exchange_pb2, page_pb2
from tests.samples import NOW_US
from tests.services.test_door import FakeContext, turned_away

MAXIMUM = 60.0


class TimedContext(FakeContext):
    """A call that has some seconds left, or no deadline."""

    def __init__(self, left: float | None) -> None:
        super().__init__()
        self.left = left
        self.written: list[Any] = []
        self.gone = False

    async def write(self, response: Any) -> None:
        """Send a page, unless the application has left."""
        self.written.append(response)
        if self.gone:
            raise asyncio.CancelledError

    def time_remaining(self) -> float | None:
        """The seconds left."""
        return self.left


class FakeNode:
    """A node that notes each arrival, and answers with two pages or refuses after the first."""

    max_deadline_seconds = MAXIMUM

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.refused: Refused | None = None
        self.closed = False

    def random(self, count: int) -> bytes:
        """Bytes."""
        return b"r" * count

    def clock_us(self) -> int:
        """The time."""
        return NOW_US

    def request_hash(self, salt: bytes, octets: bytes) -> bytes:
        """The hash of a question."""
        return salt + octets

    def trace(self, context: Any) -> str:
        """The trace of a call."""
        return "trace"

    async def ask(self, arrival: Arrival) -> AsyncIterator[Any]:
        """Answer with two pages."""
        self.arrivals.append(arrival)
        try:
            yield exchange_pb2.QueryResponse(), 0, False
            if self.refused is not None:
                raise self.refused
            yield exchange_pb2.QueryResponse(), 1, True
        finally:
            self.closed = True


async def call(node: FakeNode, asked: Any, context: TimedContext) -> list[Any]:
    """Ask one page or a stream of pages."""
    SENDER.set(Sender("pem", "TLSv1.3", "address"))
    service = ExchangeService(cast(Node, node))
    if isinstance(asked, exchange_pb2.QueryRequest):
        return [await service.Query(asked, cast(Any, context))]
    await service.Stream(asked, cast(Any, context))
    return context.written


ASK = ask_pb2.Ask(
    request_id="01980000-0000-7000-8000-000000000001",
    item_code="CY-ID-02",
    channel=ask_pb2.CHANNEL_ONLINE,
    lawful_basis=ask_pb2.LAWFUL_BASIS_STATUTORY_DUTY,
)
BOTH = pytest.mark.parametrize(
    "asked",
    [exchange_pb2.QueryRequest(ask=ASK), exchange_pb2.StreamRequest(ask=ASK, page_rows=5)],
    ids=["query", "stream"],
)


@BOTH
async def test_a_question_without_a_deadline_goes_nowhere(asked: Any) -> None:
    """The node is not asked."""
    node, context = FakeNode(), TimedContext(None)
    async with turned_away(context):
        await call(node, asked, context)
    assert (Reason.DEADLINE_MISSING, []) == (context.reason, node.arrivals)


async def test_keys_that_are_no_dates_go_nowhere() -> None:
    """The refusal names the reason, and the node is not asked."""
    column = page_pb2.Column(name="born", dates=page_pb2.Dates(values=[2**31 - 1]))
    message = ask_pb2.Ask(keys=page_pb2.Page(rows=1, columns=[column]))
    node, context = FakeNode(), TimedContext(5)
    async with turned_away(context):
        await call(node, exchange_pb2.QueryRequest(ask=message), context)
    assert (Reason.KEY_INVALID, []) == (context.reason, node.arrivals)


@BOTH
async def test_a_refusal_in_the_middle_ends_the_call_with_its_reason(asked: Any) -> None:
    """With the entry that records it; the exchange is closed."""
    node, context = FakeNode(), TimedContext(5)
    node.refused = Refused(Refusal(Reason.RATE_LIMITED), (Receipt("log", 7, b"", (), b""),))
    async with turned_away(context):
        await call(node, asked, context)
    assert (Reason.RATE_LIMITED, True) == (context.reason, node.closed)


async def test_an_application_that_leaves_ends_its_exchange_here_and_now() -> None:
    """A2: not when memory is collected: the end of the exchange is recorded as the node's walk is closed."""
    node, context = FakeNode(), TimedContext(5)
    context.gone = True
    with pytest.raises(asyncio.CancelledError):
        await call(node, exchange_pb2.StreamRequest(ask=ASK, page_rows=5), context)
    assert (1, True) == (len(context.written), node.closed)


@BOTH
@pytest.mark.parametrize(("left", "expected"), [(5.0, 5.0), (600.0, MAXIMUM)])
async def test_an_arrival_says_what_was_asked_by_whom_and_until_when(asked: Any, left: float, expected: float) -> None:
    """No deadline is longer than the node allows; the application is not the caller's to name."""
    node = FakeNode()
    before = asyncio.get_running_loop().time()
    await call(node, asked, TimedContext(left))
    (arrival,) = node.arrivals
    assert before + expected <= arrival.deadline <= asyncio.get_running_loop().time() + expected
    octets = ASK.SerializeToString(deterministic=True)
    assert (NOW_US, octets, b"r" * 16 + octets) == (arrival.now_us, arrival.octets, arrival.request_hash)
    assert (Sender("pem", "TLSv1.3", "address"), "", False) == (arrival.sender, arrival.application, arrival.repeated)
    assert (5 if isinstance(asked, exchange_pb2.StreamRequest) else 0, "trace") == (
        arrival.page_rows,
        arrival.traceparent,
    )
