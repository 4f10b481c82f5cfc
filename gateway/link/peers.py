"""The other provinces' gateways, as this one asks them: each has two links, one for counters and one for batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from gateway.border.messages import read_answer, read_receipt, write_link_ask
from gateway.border.status import from_status
from gateway.border.validation import violations
from gateway.ground.evidence import Arrival, Caller, PeerAnswer, Receipt
from gateway.ground.refusals import PeerRefusal, Reason, Refusal
from gateway.link.dial import DialledLink
from gateway.link.question import PendingQuestion
from gateway.wire.v1 import peer_pb2


@dataclass(frozen=True, slots=True)
class PeerLinks:
    """The two links to one province."""

    interactive: DialledLink
    bulk: DialledLink


class Peers:
    """Asks the gateway of a province."""

    def __init__(self, links: Mapping[str, PeerLinks]) -> None:
        self._links = dict(links)

    async def run(self) -> None:
        """Keep all links open until cancelled."""
        async with asyncio.TaskGroup() as group:
            for pair in self._links.values():
                group.create_task(pair.interactive.run())
                group.create_task(pair.bulk.run())

    def up(self) -> dict[str, bool]:
        """Return, for each province, whether its interactive link is open."""
        return {province: pair.interactive.up for province, pair in self._links.items()}

    def renew(self) -> None:
        """Dial all links anew with the certificate in force."""
        for pair in self._links.values():
            pair.interactive.renew()
            pair.bulk.renew()

    async def ask(self, arrival: Arrival, caller: Caller) -> AsyncGenerator[PeerAnswer]:
        """Ask the province that the question names; yield its pages, unverified.

        Raises:
            Refusal: PEER_UNKNOWN, PEER_UNAVAILABLE, DEADLINE_EXCEEDED, OVERLOADED, PEER_ANSWER_INVALID, or the peer's.
        """
        link = self._link(arrival)
        envelope = write_link_ask(arrival, caller)
        question = PendingQuestion(arrival.ask.request_id, arrival.octets, envelope, arrival.deadline)
        async with aclosing(link.ask(question)) as answers:
            async for received in answers:
                answer = received.answer
                if wrong := violations(answer):
                    raise Refusal(
                        Reason.PEER_ANSWER_INVALID, "expected an answer as the contract has it", violations=wrong
                    )
                match answer.WhichOneof("outcome"):
                    case "page":
                        if not arrival.page_rows and not answer.last:
                            raise Refusal(Reason.PEER_ANSWER_INVALID, "expected one page, found more")
                        yield read_answer(answer, received.checkpoint)
                    case "refusal":
                        raise self._refusal(answer, received.checkpoint)
                    case _:
                        raise Refusal(Reason.PEER_ANSWER_INVALID, "expected a page or a refusal, found neither")

    def acknowledge(self, arrival: Arrival, answer: PeerAnswer, receipt: Receipt) -> None:
        """Tell the peer that we have recorded its answer."""
        self._link(arrival).acknowledge(
            peer_pb2.Acknowledgement(
                request_id=arrival.ask.request_id,
                number=answer.number,
                last=answer.last,
                origin=receipt.origin,
                index=receipt.index,
                leaf_hash=receipt.leaf_hash,
            )
        )

    def resend_acknowledgement(self, province: str, message: peer_pb2.Acknowledgement) -> None:
        """Send an acknowledgement over the next link to a province, which may have taken it before."""
        self._links[province].interactive.acknowledge(message)

    def _refusal(self, answer: peer_pb2.LinkAnswer, checkpoint: bytes) -> PeerRefusal:
        receipts = (read_receipt(answer.receipt, checkpoint),) if answer.HasField("receipt") else ()
        return PeerRefusal(from_status(answer.refusal), receipts)

    def _link(self, arrival: Arrival) -> DialledLink:
        province = arrival.ask.provider_province
        pair = self._links.get(province)
        if pair is None:
            raise Refusal(Reason.PEER_UNKNOWN, f"no gateway of {province} is connected")
        return pair.bulk if arrival.page_rows else pair.interactive
