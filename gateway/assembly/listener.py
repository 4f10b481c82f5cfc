"""The listener of a running node and the links that peers have opened to it, as parts of the node."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Final

from gateway.assembly.build import Foundation, clock_us
from gateway.assembly.foundation import key_references
from gateway.assembly.log import OpenLog
from gateway.assembly.quarantine import lift
from gateway.assembly.witnessing import Witnessing
from gateway.audit.review.review_keys import ReviewKeys
from gateway.audit.storage.database import place_of
from gateway.gatehouse.rates import RateLimits
from gateway.link.answer import LinkBounds
from gateway.masking.keys import MaskKeys
from gateway.services.consents import ConsentsService
from gateway.services.door import Door
from gateway.services.exchange import ExchangeService
from gateway.services.ledger import LedgerService
from gateway.services.peer import PeerService
from gateway.services.steward import PartStatus, ReloadResult, StewardService
from gateway.serving.acts import Requester
from gateway.serving.approvals import Approvals
from gateway.serving.consents import ConsentDesk
from gateway.serving.node import Node
from gateway.serving.server import Server, ServerBounds, Services
from keys.identity import Identity
from keys.rotation import CertifiedKey

GRACE_SECONDS: Final = 1.0
"""For how long calls that are still open at the end may go on."""
FRAME_MARGIN_BYTES: Final = 64 * 1024
"""Bytes by which a message may be longer than a frame."""


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of the whole node that the listener calls.

    `status` returns the log's size and the parts; `reload` reads trust and catalogue anew for who asks, or raises
    Refusal; `pair` and `roots` return the certificate and the authorities in force, in any thread.
    """

    status: Callable[[], Awaitable[tuple[int, tuple[PartStatus, ...]]]]
    reload: Callable[[Requester], Awaitable[ReloadResult]]
    pair: Callable[[], CertifiedKey]
    roots: Callable[[], bytes]


def build_peer_service(node: Node, foundation: Foundation, witnessing: Witnessing, desk: ConsentDesk) -> PeerService:
    """Return the service of the peers' links."""
    settings, limits = foundation.settings, foundation.settings.limits
    bounds = LinkBounds(limits.max_in_flight, limits.max_frame_bytes, settings.gather_seconds)

    async def take_consent(peer: Identity, consent: bytes, nonce: bytes, withdrawn: bool) -> None:
        await desk.take(consent, nonce, withdrawn, peer.uri, peer.province)

    return PeerService(node, foundation.keys.frames, bounds, witnessing.add_checkpoint, take_consent)


def build_server(
    node: Node,
    foundation: Foundation,
    opened: OpenLog,
    peer_service: PeerService,
    operations: Operations,
    approvals: Approvals,
    desk: ConsentDesk,
) -> Server:
    """Return the server with all its services; it does not listen yet."""
    settings, keys, limits = foundation.settings, foundation.keys, foundation.settings.limits
    review = ReviewKeys(key_references(settings, keys, opened), opened.epochs)
    services = Services(
        exchange=ExchangeService(node),
        consents=ConsentsService(node, desk),
        peer=peer_service,
        ledger=LedgerService(
            node,
            opened.log,
            place_of(settings),
            review,
            MaskKeys(keys.masking),
            settings.review.withheld_scenes,
            settings.archive_directory,
            approvals,
            foundation.lawful.emergencies,
        ),
        steward=StewardService(
            node,
            version=version("chuanyu-gateway"),
            status=operations.status,
            reload=operations.reload,
            lift=partial(lift, foundation.quarantine, node.metrics),
        ),
    )
    # A question counts here as a call and in the gatehouse as a question: a party meets the limit of its questions
    # first, whose refusal names the question, and this one only where its calls are no questions.
    calls = RateLimits(2 * limits.per_party_per_second, 2 * limits.per_party_burst)
    door = Door(lambda: node.in_force.rooms.gatehouse, clock_us, node.report_turned_away, calls, node.record_attempt)
    return Server(
        services,
        door,
        pair=operations.pair,
        roots=operations.roots,
        bounds=ServerBounds(limits.max_frame_bytes + FRAME_MARGIN_BYTES, 4 * limits.max_in_flight),
    )


@asynccontextmanager
async def listen(server: Server, host: str, port: int) -> AsyncIterator[int]:
    """Listen until left; gives the port. Calls that are still open at the end have a grace, and are then cancelled.

    Raises:
        CannotListen: the address cannot be listened on.
    """
    try:
        # From the return of this call on strangers reach the node. All that answers them is built before.
        yield await server.start(host, port)
    finally:
        await server.stop(GRACE_SECONDS)


@asynccontextmanager
async def answer_links(peer_service: PeerService) -> AsyncIterator[None]:
    """Answer the peers' links until left; they end before the listener, so that peers dial another node at once."""
    try:
        yield
    finally:
        await peer_service.close()
