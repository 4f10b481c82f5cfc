"""The `Exchange` service: an application's question becomes an arrival, and walks the road or the consumer path."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from gateway.border.messages import encode_ask, read_ask, read_trace
from gateway.ground.evidence import Arrival
from gateway.ground.refusals import Reason, Refusal
from gateway.services.door import SENDER, Context
from gateway.serving.node import Node
from gateway.wire.v1 import ask_pb2, exchange_pb2, exchange_pb2_grpc


class ExchangeService(exchange_pb2_grpc.ExchangeServicer):
    """Questions of the applications of our own province."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def Query(self, request: exchange_pb2.QueryRequest, context: Context) -> exchange_pb2.QueryResponse:
        """Answer with one page."""
        response = exchange_pb2.QueryResponse()
        arrival = self._arrive(request.ask, context, page_rows=0)
        async with aclosing(self._node.ask(arrival)) as answers:
            async for answer, _, _ in answers:
                response = answer
        return response

    async def Stream(self, request: exchange_pb2.StreamRequest, context: Context) -> None:
        """Answer page by page.

        It writes by itself: a generator that gRPC reads would be closed, when the application leaves, no sooner than
        memory is collected.
        """
        arrival = self._arrive(request.ask, context, page_rows=request.page_rows)
        async with aclosing(self._node.ask(arrival)) as answers:
            async for answer, number, last in answers:
                await context.write(exchange_pb2.StreamResponse(number=number, last=last, answer=answer))

    def _arrive(self, message: ask_pb2.Ask, context: Context, *, page_rows: int) -> Arrival:
        """Step 1 of both roads: the one clock reading of the exchange is taken here."""
        node = self._node
        left = context.time_remaining()
        if left is None:
            raise Refusal(Reason.DEADLINE_MISSING)
        octets = encode_ask(message)
        salt = node.random(16)
        ask = read_ask(message)
        return Arrival(
            ask=ask,
            octets=octets,
            sender=SENDER.get(),
            application="",
            now_us=node.clock_us(),
            deadline=asyncio.get_running_loop().time() + min(left, node.max_deadline_seconds),
            salt=salt,
            request_hash=node.request_hash(salt, octets),
            page_rows=page_rows,
            repeated=False,
            traceparent=read_trace(node.trace(context), ask.keys),
            clock_offset_us=0,
        )
