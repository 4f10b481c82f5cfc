"""The running node: the rooms in force, both roads with their accounts, and what a link asks of its host.

Rules: every exchange is counted and logged once, with its outcome; nothing of its content is. While the node drains,
or while its audit log does not serve, new questions are refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

import structlog

from gateway.audit.journal import Acknowledgement, Journal
from gateway.border.messages import delivery_response, release_response
from gateway.consumer import ConsumerRooms, ask_province
from gateway.ground.evidence import Arrival, Release, RequestId, Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.found import LeakFound
from gateway.link.frame import FrameVerifier
from gateway.road import Refused, Rooms, travel
from gateway.serving.outcomes import Heard, Outcomes
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tracing import Span, arrive_trace
from gateway.wire.v1 import exchange_pb2, peer_pb2
from gateway.witness.standing import Standing
from keys.identity import Role

MAX_DEFERRED: Final = 1000
"""Most acts that wait for a witness; beyond it they are refused."""
Answered = tuple[exchange_pb2.QueryResponse, int, bool]
"""A page's response, its number, and whether it is the last."""


@dataclass(slots=True)
class InForce:
    """What a reload replaces, at one stroke."""

    rooms: Rooms
    consumer_rooms: ConsumerRooms


class Node:
    """One gateway node. `in_force` is replaced by a reload; a question keeps what it met."""

    def __init__(
        self,
        *,
        province: str,
        own_node: str,
        in_force: InForce,
        journal: Journal,
        verifiers: Mapping[str, FrameVerifier],
        request_hash: Callable[[bytes, bytes], bytes],
        clock_us: Callable[[], int],
        max_deadline_seconds: float,
        max_in_flight: int,
        metrics: Metrics,
        random: Callable[[int], bytes],
        span: Span,
        standing: Standing,
    ) -> None:
        self.province = province
        self.own_node = own_node
        self.in_force = in_force
        self.clock_us = clock_us
        self.request_hash = request_hash
        self.max_deadline_seconds = max_deadline_seconds
        self.draining = False
        self.in_flight = 0
        self._journal = journal
        self._verifiers = dict(verifiers)
        self._max_in_flight = max_in_flight
        self.metrics = metrics
        self.random = random
        self.span = span
        self.standing = standing
        self._deferred: list[tuple[str, str, str]] = []
        self._log = structlog.get_logger("exchange")
        self.outcomes = Outcomes(journal, self._acknowledged_last)
        self._idle = asyncio.Event()
        self._idle.set()

    async def ask(self, arrival: Arrival) -> AsyncGenerator[Answered, None]:
        """Answer an application's question: by the road within the province, by the consumer path across the border."""
        if arrival.ask.provider_province == self.province:
            async with aclosing(self.travel(arrival)) as releases:
                async for release in releases:
                    yield release_response(release), release.cleared.number, release.cleared.last
            return
        with self._account("asker", arrival) as account:
            async for delivery in ask_province(self.in_force.consumer_rooms, arrival):
                answer = delivery.proven.answer
                account.page(answer.page.rows, delivery.receipt.index)
                yield delivery_response(delivery), answer.number, answer.last

    async def travel(self, arrival: Arrival) -> AsyncGenerator[Release, None]:
        """Walk the road with a question, from an application or over a link."""
        with self._account("provider", arrival) as account:
            try:
                async for release in travel(self.in_force.rooms, arrival):
                    account.page(release.cleared.page.rows, release.receipt.index)
                    self.in_force.rooms.gatehouse.replays.answered(arrival.ask.request_id, release.receipt.index)
                    yield release
            except Refused as refused:
                await self._quarantined(arrival.ask.item_code, refused.refusal)
                raise

    async def _quarantined(self, item: str, refusal: Refusal) -> None:
        """Record that a hit of the leak guard took an item out of service, where it did."""
        if isinstance(refusal, LeakFound) and refusal.quarantined:
            self.metrics.quarantined(item, True)
            with suppress(Refusal):  # the leak's own entry stands, and the item is out of service whatever happens here
                await self.act("quarantine", item, self.own_node)

    def admit(self, sender: Sender, now_us: int) -> str:
        """Return the URI of the peer node behind a connection; raise Refusal if it is none."""
        return self.in_force.rooms.gatehouse.admit(sender, Role.NODE, now_us).identity.uri

    def verifier(self, node: str) -> FrameVerifier:
        """Return the frame-signing key of a peer node.

        Raises:
            Refusal: PARTY_UNKNOWN when its trust bundle names no key.
        """
        verifier = self._verifiers.get(node)
        if verifier is None:
            raise Refusal(Reason.PARTY_UNKNOWN, f"no frame-signing key of {node} is known")
        return verifier

    def acknowledged(self, node: str, message: peer_pb2.Acknowledgement) -> Heard:
        """Take the asking gateway's acknowledgement: the outcome entry of our log."""
        acknowledgement = Acknowledgement(
            node=node,
            request_id=message.request_id,
            number=message.number,
            origin=message.origin,
            index=message.index,
            leaf_hash=message.leaf_hash,
            reason=message.reason,
            last=message.last,
        )
        return self.outcomes.take(acknowledgement)

    def _acknowledged_last(self, request_id: RequestId) -> None:
        self.in_force.rooms.gatehouse.replays.close(request_id)

    async def act(self, action: str, subject: str, actor: str) -> None:
        """Record an act of a reviewer or an administrator; raise Refusal if that cannot be made durable.

        Until a witness has confirmed that the log was not rolled back nothing is added to it: the act is told in the
        log lines at once, and recorded by `catch_up`.
        """
        if self.standing.confirmed:
            await self._journal.admin(action=action, subject=subject, actor=actor)
            return
        if len(self._deferred) >= MAX_DEFERRED:
            raise Refusal(Reason.WITNESS_AWAITED, "too many acts wait for a witness", retry_after=1.0)
        self._log.warning("act before a witness answered", action=action, subject=subject, actor=actor)
        self._deferred.append((action, subject, actor))

    async def catch_up(self) -> None:
        """Record the acts that waited for a witness, once one has confirmed the log."""
        while self._deferred and self.standing.confirmed:
            action, subject, actor = self._deferred[0]
            await self._journal.admin(action=action, subject=subject, actor=actor)
            self._deferred.pop(0)

    def frame(self, node: str, exchanges: int, clock_offset_us: int) -> None:
        """Take note of a frame that was read."""
        self.metrics.frame(node, exchanges, clock_offset_us)

    def turned_away(self, method: str, sender: Sender, refusal: Refusal) -> None:
        """Take note of a call that never became an arrival."""
        self.metrics.turned_away(str(refusal.reason))
        self._log.warning(
            "call turned away", method=method, peer=sender.address, reason=str(refusal.reason), detail=refusal.detail
        )

    def trace(self, context: Any) -> str:
        """Return the trace context of a call, or a new one."""
        return arrive_trace(context.invocation_metadata(), self.random)

    async def drain(self, seconds: float) -> None:
        """Take no new question, and wait until those in flight are done, at most so long."""
        self.draining = True
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            self._log.warning("drain ended with exchanges in flight", in_flight=self.in_flight)

    def _account(self, role: str, arrival: Arrival) -> Account:
        if self.draining:
            raise Refused(Refusal(Reason.DRAINING, retry_after=1.0), ())
        if self.in_flight >= self._max_in_flight:
            raise Refused(Refusal(Reason.OVERLOADED, retry_after=0.1), ())
        try:
            self.standing.require_confirmed()
        except Refusal as refusal:
            raise Refused(refusal, ()) from refusal
        return Account(self, role, arrival, self._log)

    def entered(self) -> None:
        """Count an exchange in."""
        self.in_flight += 1
        self.metrics.in_flight(self.in_flight)
        self._idle.clear()

    def left(self) -> None:
        """Count an exchange out."""
        self.in_flight -= 1
        self.metrics.in_flight(self.in_flight)
        if not self.in_flight:
            self._idle.set()


class Account:
    """One exchange's account: counted in, counted out, logged once."""

    __slots__ = ("_arrival", "_index", "_log", "_node", "_role", "_rows", "_span", "_start")

    def __init__(self, node: Node, role: str, arrival: Arrival, log: Any) -> None:
        self._node = node
        self._role = role
        self._arrival = arrival
        self._log = log
        self._rows = 0
        self._index = -1
        self._start = asyncio.get_running_loop().time()
        self._span = node.span(role, arrival.traceparent)

    def page(self, rows: int, index: int) -> None:
        """Take note of one page that left, or was handed over."""
        self._rows += rows
        self._index = index

    def __enter__(self) -> Account:
        self._node.entered()
        self._span.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._span.__exit__(None, None, None)
        self._node.left()
        outcome, reason, detail = "released", "", ""
        if isinstance(error, Refused):
            outcome, reason, detail = "refused", str(error.refusal.reason), error.refusal.detail
            self._count(error.refusal)
            if error.receipts:
                self._index = error.receipts[0].index
        elif error is not None:
            outcome, reason = "refused", str(Reason.CANCELLED)
        seconds = asyncio.get_running_loop().time() - self._start
        ask = self._arrival.ask
        self._node.metrics.exchange(self._role, ask.item_code, outcome, reason, seconds)
        self._log.info(
            "exchange",
            request_id=ask.request_id,
            role=self._role,
            item=ask.item_code,
            department=ask.consumer_department,
            outcome=outcome,
            reason=reason,
            detail=detail,
            rows=self._rows,
            entry=self._index,
            ms=round(seconds * 1000, 3),
            trace_id=self._arrival.traceparent[3:35],
        )
        if reason == Reason.INTERNAL and error is not None:
            self._log.error("defect", request_id=ask.request_id, exc_info=error.__cause__)

    def _count(self, refusal: Refusal) -> None:
        metrics, ask = self._node.metrics, self._arrival.ask
        if isinstance(refusal, LeakFound):
            metrics.leak_blocked(ask.item_code, refusal.column, str(refusal.detector))
            self._log.error("leak blocked", item=ask.item_code, column=refusal.column, detector=str(refusal.detector))
        elif refusal.reason is Reason.RATE_LIMITED:
            metrics.rate_limited(ask.consumer_department)
