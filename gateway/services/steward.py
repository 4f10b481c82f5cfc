"""The `Steward` service: what administrators ask of a running node. Each call is an audit entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.services.door import Context
from gateway.services.ledger import identify_caller, record_act
from gateway.serving.acts import Requester
from gateway.serving.node import Node
from gateway.wire.v1 import steward_pb2, steward_pb2_grpc


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part of the node and whether it serves; `detail` says in both languages what is wrong."""

    name: str
    serving: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ReloadResult:
    """The items, and the numbers of grants and agreements, in force after a reload."""

    active_items: tuple[str, ...]
    grants: int
    agreements: int


class StewardService(steward_pb2_grpc.StewardServicer):
    """Status, reload and quarantine of one node."""

    def __init__(
        self,
        node: Node,
        *,
        version: str,
        status: Callable[[], Awaitable[tuple[int, tuple[PartStatus, ...]]]],
        reload: Callable[[Requester], Awaitable[ReloadResult]],
        lift: Callable[[str], bool],
    ) -> None:
        """`status` gives the size of the log and the parts, and `reload` takes who asks, and records it.

        `reload` and `lift` raise Refusal when nothing was done.
        """
        self._node = node
        self._version = version
        self._status = status
        self._reload = reload
        self._lift = lift

    async def GetStatus(self, request: steward_pb2.GetStatusRequest, context: Context) -> steward_pb2.GetStatusResponse:
        """Return how the node is."""
        await record_act(self._node, context, "read_status", "")
        size, parts = await self._status()
        return steward_pb2.GetStatusResponse(
            node=self._node.own_node,
            version=self._version,
            audit_size=size,
            parts=[steward_pb2.Part(name=p.name, serving=p.serving, detail=p.detail) for p in parts],
        )

    async def Reload(self, request: steward_pb2.ReloadRequest, context: Context) -> steward_pb2.ReloadResponse:
        """Read items, lists, grants, agreements and revocations again; all or nothing."""
        caller = identify_caller(self._node, context)
        reloaded = await self._reload(Requester(caller.identity.uri, caller.fingerprint))
        return steward_pb2.ReloadResponse(
            active_items=reloaded.active_items, grants=reloaded.grants, agreements=reloaded.agreements
        )

    async def Lift(self, request: steward_pb2.LiftRequest, context: Context) -> steward_pb2.LiftResponse:
        """Put an item back into service which the leak guard took out of it."""
        await record_act(self._node, context, "lift_quarantine", request.item_code)
        return steward_pb2.LiftResponse(lifted=self._lift(request.item_code))
