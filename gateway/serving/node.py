"""The running node: the rooms in force, both roads with their accounts, and what a link asks of its host.

Every question is walked within an account (`gateway.serving.account`); acts are recorded (`gateway.serving.acts`).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, Final

from gateway.audit.journal import Acknowledgement, Journal
from gateway.audit.storage.waiting import WaitingActs
from gateway.border.messages import write_delivery_response, write_release_response
from gateway.consumer import ConsumerRooms, ask_province
from gateway.ground.evidence import Arrival, Release, RequestId, Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.found import LeakFound
from gateway.link.frame import FrameVerifier
from gateway.permission import Permission
from gateway.road import Refused, Rooms, travel
from gateway.serving.account import Accounts
from gateway.serving.acts import Acts
from gateway.serving.attempts import Attempts
from gateway.serving.outcomes import Outcomes, PendingOutcome
from gateway.telemetry.refusals import Listener, Refusals
from gateway.telemetry.tracing import arrive_trace
from gateway.wire.v1 import exchange_pb2, peer_pb2
from keys.certificate import CertificateError, read_claims
from keys.identity import Identity, Role

PEER_SERVICE: Final = "Peer/"
"""Stands in the names of the methods that links and cosignatures come by."""
PRIVILEGED: Final = ("gateway.wire.v1.Ledger/", "gateway.wire.v1.Steward/")
"""The services of reviewers and administrators: what is refused there stands in the log."""
LINK_METHOD: Final = "/gateway.wire.v1.Peer/Link"
AnswerPage = tuple[exchange_pb2.QueryResponse, int, bool]
"""A page's response, its number, and whether it is the last."""


@dataclass(slots=True)
class InForce:
    """The rooms that a reload replaces at one stroke."""

    rooms: Rooms
    consumer_rooms: ConsumerRooms


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a node's time, of its random bytes and of its hashes of questions.

    `clock_us` gives microseconds since 1970-01-01T00:00:00Z; `random` so many bytes; `request_hash` the blinded hash of
    a question under a salt.
    """

    clock_us: Callable[[], int]
    random: Callable[[int], bytes]
    request_hash: Callable[[bytes, bytes], bytes]


class Node:
    """One gateway node. `in_force` is replaced by a reload, which a question under way meets before its next page."""

    def __init__(
        self,
        *,
        identity: Identity,
        in_force: InForce,
        accounts: Accounts,
        journal: Journal,
        verifiers: Mapping[str, FrameVerifier],
        sources: Sources,
        waiting: WaitingActs,
        max_deadline_seconds: float,
    ) -> None:
        """`verifiers` maps the URI of each peer node to the key that signs its frames; `waiting` are acts of before."""
        self.province = identity.province
        self.own_node = identity.uri
        # The event loop owns this reference. A reload replaces it whole between two steps of the loop, so no question
        # ever meets rooms of two catalogues.
        self.in_force = in_force
        self.accounts = accounts
        self.metrics = accounts.metrics
        self.acts = Acts(journal, accounts.cosignatures, waiting)
        self.attempts = Attempts(self.acts.record, sources.clock_us)
        self.outcomes = Outcomes(journal, self._close_exchange, self._report_unfounded)
        self.clock_us = sources.clock_us
        self.random = sources.random
        self.request_hash = sources.request_hash
        self.max_deadline_seconds = max_deadline_seconds
        self._verifiers = dict(verifiers)
        self.refusals = Refusals(self.metrics)

    async def ask(self, arrival: Arrival) -> AsyncGenerator[AnswerPage, None]:
        """Answer an application's question: by the road within the province, by the consumer path across the border."""
        if arrival.ask.provider_province == self.province:
            async with aclosing(self.travel(arrival)) as releases:
                async for release in releases:
                    yield write_release_response(release), release.page.number, release.page.last
            return
        with self.accounts.open("asker", arrival) as account:
            permission = Permission(lambda: self.in_force.consumer_rooms, self.clock_us)
            async with aclosing(ask_province(self.in_force.consumer_rooms, arrival, permission)) as deliveries:
                async for delivery in deliveries:
                    answer = delivery.proven.answer
                    account.count_page(answer.page.rows, delivery.receipt.index, last=answer.last)
                    yield write_delivery_response(delivery), answer.number, answer.last

    async def travel(self, arrival: Arrival) -> AsyncGenerator[Release, None]:
        """Walk the road with a question, from an application or over a link."""
        with self.accounts.open("provider", arrival) as account:
            permission = Permission(lambda: self.in_force.rooms, self.clock_us)
            try:
                async with aclosing(travel(self.in_force.rooms, arrival, permission)) as releases:
                    async for release in releases:
                        page, index = release.page, release.receipt.index
                        account.count_page(page.page.rows, index, last=page.last)
                        self.in_force.rooms.gatehouse.replays.answered(arrival.ask.request_id, index)
                        yield release
            except Refused as refused:
                await self._record_quarantine(arrival.ask.item_code, refused.refusal)
                raise

    async def _record_quarantine(self, item: str, refusal: Refusal) -> None:
        """Record that a hit of the leak guard took an item out of service, where it did."""
        if isinstance(refusal, LeakFound) and refusal.quarantined:
            self.metrics.report_quarantine(item, True)
            with suppress(Refusal):  # the leak's own entry stands, and the item is out of service whatever happens here
                await self.acts.record("quarantine", item, self.own_node)

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

    def take_acknowledgement(self, node: str, message: peer_pb2.Acknowledgement) -> PendingOutcome:
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

    def _close_exchange(self, request_id: RequestId) -> None:
        self.in_force.rooms.gatehouse.replays.close(request_id)

    def _report_unfounded(self, acknowledgement: Acknowledgement) -> None:
        refusal = Refusal(Reason.PEER_ANSWER_INVALID, "an acknowledgement of what our log does not hold")
        sender = Sender("", "", "link")
        self.refusals.turn_away(Listener.LINK, LINK_METHOD, sender, refusal, identity=acknowledgement.node)

    def count_frame(self, node: str, exchanges: int, clock_offset_us: int) -> None:
        """Count a frame that was read."""
        self.metrics.count_frame(node, exchanges, clock_offset_us)

    def report_turned_away(self, method: str, sender: Sender, refusal: Refusal) -> None:
        """Count and log a call, or a question over a link, that never became an exchange."""
        listener = Listener.LINK if PEER_SERVICE in method else Listener.GRPC
        self.refusals.turn_away(listener, method, sender, refusal)

    async def record_attempt(self, method: str, sender: Sender, refusal: Refusal) -> None:
        """Record a call of the doors of reviewers and administrators that was refused, with the certificate shown."""
        if not method.lstrip("/").startswith(PRIVILEGED):
            return
        try:
            shown = read_claims(sender.certificate_pem)
        except CertificateError:  # without a certificate of a known form nobody has tried anything
            return
        act = method.rpartition(".")[2]
        await self.attempts.record(act, refusal, actor=shown.identity.uri, caller_fp=shown.fingerprint)

    def trace(self, context: Any) -> str:
        """Return the trace context of a call, or a new one."""
        return arrive_trace(context.invocation_metadata(), self.random)
