"""The `Peer` service: a link that another province's gateway dials, checkpoints to cosign, and consents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from gateway.audit.tlog.witness import Decision
from gateway.link.answer import AnsweredLink, LinkBounds
from gateway.link.frame import FrameSigner
from gateway.services.door import Context, sender_of
from gateway.serving.node import Node
from gateway.wire.v1 import peer_pb2, peer_pb2_grpc
from keys.identity import Identity, Role


class PeerService(peer_pb2_grpc.PeerServicer):
    """Links of the gateways of other provinces."""

    def __init__(
        self,
        node: Node,
        signer: FrameSigner,
        bounds: LinkBounds,
        cosign: Callable[[Identity, bytes], Awaitable[Decision]],
        take_consent: Callable[[Identity, bytes, bytes, bool], Awaitable[None]],
    ) -> None:
        """`cosign` answers an add-checkpoint request of a peer's node; it raises Refusal when asked too often.

        `take_consent` holds what a peer tells of a consent: the record, its nonce, and whether it is withdrawn.
        """
        self._node = node
        self._cosign = cosign
        self._take_consent = take_consent
        self._signer = signer
        self._bounds = bounds
        self._open: set[asyncio.Task[None]] = set()
        self._closing = False

    async def close(self) -> None:
        """End all links; their peers dial again, or another node."""
        self._closing = True
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def Cosign(self, request: peer_pb2.CosignRequest, context: Context) -> peer_pb2.CosignResponse:
        """Answer, as a witness, a request to cosign a checkpoint of the caller's log; always served."""
        caller = self._node.in_force.rooms.gatehouse.admit(sender_of(context), Role.NODE, self._node.clock_us())
        decision = await self._cosign(caller.identity, request.body)
        return peer_pb2.CosignResponse(status=decision.status, body=decision.body)

    async def TakeConsent(self, request: peer_pb2.TakeConsentRequest, context: Context) -> peer_pb2.TakeConsentResponse:
        """Hold what the caller's gateway tells of a consent of its province."""
        caller = self._node.in_force.rooms.gatehouse.admit(sender_of(context), Role.NODE, self._node.clock_us())
        await self._take_consent(caller.identity, request.consent, request.nonce, request.withdrawn)
        return peer_pb2.TakeConsentResponse()

    async def Link(self, request_iterator: AsyncIterator[peer_pb2.LinkFrame], context: Context) -> None:
        """Serve one link until either side ends it."""
        write: Any = context.write
        link = AnsweredLink(self._node, sender_of(context), self._signer, self._bounds, write)
        task = asyncio.create_task(link.serve(context.read))
        self._open.add(task)
        task.add_done_callback(self._open.discard)
        try:
            await task
        except asyncio.CancelledError:
            if not self._closing:
                raise
