"""The steward's service: nothing is done for an administrator that is not recorded before, and a refusal is said."""

from __future__ import annotations

from typing import Any, cast

import pytest

from gateway.audit.entries.acts import ActDetails
from gateway.ground.refusals import Reason, Refusal
from gateway.services.steward import PartStatus, ReloadResult, StewardService
from gateway.serving.acts import Requester
from gateway.wire.v1 import steward_pb2
from tests.services.test_door import turned_away
from tests.services.test_ledger import REVIEWER, World

CALLS: list[tuple[str, Any, str]] = [
    ("GetStatus", steward_pb2.GetStatusRequest(), "read_status "),
    ("Reload", steward_pb2.ReloadRequest(), "reload catalogue"),
    ("Lift", steward_pb2.LiftRequest(item_code="CY-ID-02"), "lift_quarantine CY-ID-02"),
]


class Operations:
    """A steward over a node whose acts are recorded; what it does is noted in the same order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = World(monkeypatch)
        self.fault: Refusal | None = None
        self.world.node.own_node = "node"
        self.service = StewardService(
            self.world.node, version="1.0", status=self.status, reload=self.reload, lift=self.lift
        )

    def _do(self, what: str) -> None:
        self.world.steps.append(what)
        if self.fault is not None:
            raise self.fault

    async def status(self) -> tuple[int, tuple[PartStatus, ...]]:
        """How the node is."""
        self._do("done")
        return 7, (PartStatus("audit", False, "no room"),)

    async def reload(self, caller: Requester) -> ReloadResult:
        """Read the catalogue anew for the administrator, and record it, as the node does."""
        details = ActDetails(caller_fp=caller.fingerprint)
        await self.world.record("reload", "catalogue", caller.actor, (), details)
        self._do("done")
        return ReloadResult(("CY-ID-02",), 3, 2)

    def lift(self, item: str) -> bool:
        """Lift a quarantine."""
        self._do("done")
        return item == "CY-ID-02"

    async def call(self, method: str, asked: Any) -> Any:
        """Call a method as the administrator."""
        return await getattr(self.service, method)(asked, cast(Any, self.world.context))


@pytest.fixture
def operations(monkeypatch: pytest.MonkeyPatch) -> Operations:
    """A steward."""
    return Operations(monkeypatch)


@pytest.mark.parametrize(("method", "asked", "act"), CALLS, ids=[one[0] for one in CALLS])
async def test_what_cannot_be_recorded_is_not_done(operations: Operations, method: str, asked: Any, act: str) -> None:
    """Nothing is reloaded, lifted or shown."""
    operations.world.refusal = Refusal(Reason.AUDIT_NOT_DURABLE)
    async with turned_away(operations.world.context):
        await operations.call(method, asked)
    assert (Reason.AUDIT_NOT_DURABLE, []) == (operations.world.context.reason, operations.world.steps)


@pytest.mark.parametrize(("method", "asked", "act"), CALLS[1:], ids=[one[0] for one in CALLS[1:]])
async def test_an_operation_that_is_refused_says_why(operations: Operations, method: str, asked: Any, act: str) -> None:
    """Its act stays recorded: it was tried."""
    operations.fault = Refusal(Reason.REQUEST_INVALID)
    async with turned_away(operations.world.context):
        await operations.call(method, asked)
    assert Reason.REQUEST_INVALID == operations.world.context.reason
    assert [f"{act} {REVIEWER.uri}", "done"] == operations.world.steps


@pytest.mark.parametrize(("method", "asked", "act"), CALLS, ids=[one[0] for one in CALLS])
async def test_each_call_is_recorded_before_it_is_done(
    operations: Operations, method: str, asked: Any, act: str
) -> None:
    """With the person who asks."""
    await operations.call(method, asked)
    assert [f"{act} {REVIEWER.uri}", "done"] == operations.world.steps


async def test_the_answers_say_how_the_node_is_and_what_is_in_force(operations: Operations) -> None:
    """An item that was in no quarantine is answered so."""
    part = steward_pb2.Part(name="audit", serving=False, detail="no room")
    status = steward_pb2.GetStatusResponse(node="node", version="1.0", audit_size=7, parts=[part])
    assert status == await operations.call("GetStatus", steward_pb2.GetStatusRequest())
    reloaded = steward_pb2.ReloadResponse(active_items=["CY-ID-02"], grants=3, agreements=2)
    assert reloaded == await operations.call("Reload", steward_pb2.ReloadRequest())
    for item, is_lifted in (("CY-ID-02", True), ("CY-ID-03", False)):
        response = await operations.call("Lift", steward_pb2.LiftRequest(item_code=item))
        assert is_lifted == response.lifted
