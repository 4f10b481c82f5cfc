"""The node: its verifiers, its peers, its quarantine and its acknowledgements, with stand-ins around it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock

import pytest
import structlog

from gateway.audit.journal import Acknowledgement, Journal
from gateway.audit.storage.waiting import WaitingActs
from gateway.ground.evidence import Arrival, Release, Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.found import Detector, LeakFound
from gateway.permission import Permission
from gateway.road import Refused
from gateway.serving import node as module
from gateway.serving.account import Accounts
from gateway.serving.node import InForce, Node, Sources
from gateway.telemetry.metrics import Metrics
from gateway.wire.v1 import peer_pb2
from keys.identity import Identity, Role
from tests.link.fake_wire import FakeHost, opened_link, release
from tests.samples import NOW_US, ask
from tests.samples import arrival as arrive
from tests.serving.test_account import World, standing
from tests.serving.test_acts import Recorder

PEER = Identity("500000", Role.NODE, "gateway-1").uri


class Replays:
    """A replay memory that notes what it is called with."""

    def __init__(self) -> None:
        self.found: list[tuple[object, ...]] = []

    def answered(self, request_id: str, index: int) -> None:
        """Note an answer."""
        self.found.append(("answered", request_id, index))

    def close(self, request_id: str) -> None:
        """Note a close."""
        self.found.append(("close", request_id))


class Gate:
    """A gate that admits nobody."""

    def __init__(self) -> None:
        self.replays = Replays()
        self.roles: list[Role] = []

    def admit(self, sender: Sender, role: Role, now_us: int) -> object:
        """Refuse, and note for which role it was asked."""
        self.roles.append(role)
        raise Refusal(Reason.PARTY_UNKNOWN)


class Taker(Recorder):
    """A journal that takes acknowledgements, too."""

    def __init__(self) -> None:
        super().__init__()
        self.acknowledged: list[Acknowledgement] = []

    def record_outcome(self, acknowledgement: Acknowledgement) -> object:
        """Queue an outcome that is durable at once."""
        self.acknowledged.append(acknowledgement)
        return SimpleNamespace(lost=False, index=9)


class Parts:
    """A node and the stand-ins that it was made with."""

    def __init__(self, accounts: Accounts | None = None) -> None:
        self.gate, self.journal, self.metrics = Gate(), Taker(), Metrics()
        self.accounts = accounts or World().accounts
        rooms = cast(Any, SimpleNamespace(gatehouse=self.gate))
        self.node = Node(
            identity=Identity("510000", Role.NODE, "gateway-1"),
            in_force=InForce(rooms, cast(Any, "consumer")),
            accounts=self.accounts,
            journal=cast(Journal, self.journal),
            verifiers={PEER: cast(Any, "key")},
            sources=Sources(lambda: NOW_US, lambda count: b"r" * count, lambda salt, octets: salt + octets),
            waiting=WaitingActs(Path("waiting.jsonl"), [], 0),
            max_deadline_seconds=60,
        )


async def test_only_the_frames_of_a_known_peer_can_be_verified() -> None:
    """A node without a key in its bundle is nobody, and so is our own."""
    node = Parts().node
    assert "key" == cast(object, node.verifier(PEER))
    for stranger in ("", "spiffe://500000.chuanyu/node/gateway-2", node.own_node):
        with pytest.raises(Refusal) as caught:
            node.verifier(stranger)
        assert Reason.PARTY_UNKNOWN == caught.value.reason


async def test_a_link_is_admitted_as_a_node_and_as_nothing_else() -> None:
    """The gate's refusal goes through."""
    parts = Parts()
    with pytest.raises(Refusal):
        parts.node.admit(Sender("pem", "TLSv1.3", ""), NOW_US)
    assert [Role.NODE] == parts.gate.roles


@pytest.mark.parametrize("last", [True, False])
async def test_an_acknowledged_exchange_is_closed_to_replays_with_its_last_page_alone(last: bool) -> None:
    """Before that it may be asked again over another link."""
    parts = Parts()
    message = peer_pb2.Acknowledgement(request_id="id", number=2, origin="log", index=3, leaf_hash=b"l", last=last)
    parts.node.take_acknowledgement(PEER, message)
    assert [Acknowledgement(PEER, "id", 2, "log", 3, b"l", "", last=last)] == parts.journal.acknowledged
    assert ([("close", "id")] if last else []) == parts.gate.replays.found


def walk_into(monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[object]:
    """Let both roads end in an error; return the rooms that they were walked with."""
    walked: list[object] = []

    async def travel(rooms: object, arrival: Arrival, permission: Permission) -> AsyncIterator[object]:
        walked.append(rooms)
        raise error
        yield

    monkeypatch.setattr(module, "travel", travel)
    monkeypatch.setattr(module, "ask_province", travel)
    return walked


async def drained(answers: AsyncIterator[object]) -> None:
    """Take every answer."""
    async for _ in answers:
        pass


@pytest.mark.parametrize("quarantined", [True, False])
@pytest.mark.parametrize("recorded", [True, False])
async def test_a_leak_that_takes_an_item_out_of_service_is_recorded_as_an_act(
    monkeypatch: pytest.MonkeyPatch, quarantined: bool, recorded: bool
) -> None:
    """By the node itself; an entry that fails hides the leak from nobody."""
    parts, leak = Parts(), LeakFound("name", Detector.RAW_VALUE)
    leak.quarantined = quarantined
    if not recorded:
        parts.journal.refuses = {"quarantine"}
    walk_into(monkeypatch, Refused(leak, ()))
    with pytest.raises(Refused) as caught:
        await drained(parts.node.travel(arrive()))
    assert leak is caught.value.refusal
    wanted = [f"quarantine CY-ID-02 {parts.node.own_node}"] if quarantined and recorded else []
    assert wanted == parts.journal.found


@pytest.mark.parametrize(
    ("province", "rooms"), [("510000", "provider"), ("500000", "consumer"), ("520000", "consumer"), ("", "consumer")]
)
async def test_a_question_within_the_province_walks_the_road_and_any_other_the_consumer_path(
    monkeypatch: pytest.MonkeyPatch, province: str, rooms: str
) -> None:
    """What names no province of ours never meets our platform."""
    parts = Parts()
    walked = walk_into(monkeypatch, Refused(Refusal(Reason.ITEM_UNKNOWN), ()))
    with pytest.raises(Refused):
        await drained(parts.node.ask(arrive(ask(provider_province=province))))
    assert [parts.node.in_force.rooms if rooms == "provider" else "consumer"] == walked


@pytest.mark.parametrize("province", ["510000", "500000"])
async def test_a_question_that_may_not_begin_walks_neither_way(monkeypatch: pytest.MonkeyPatch, province: str) -> None:
    """The account is opened first."""
    parts = Parts(World(confirmed=False).accounts)
    walked = walk_into(monkeypatch, AssertionError("walked"))
    with pytest.raises(Refused) as caught:
        await drained(parts.node.ask(arrive(ask(provider_province=province))))
    assert Reason.WITNESS_AWAITED == caught.value.refusal.reason
    assert [] == walked


async def test_a_call_that_is_turned_away_is_counted_and_logged() -> None:
    """With the address of the machine, since nobody knows who it is."""
    parts = Parts()
    with structlog.testing.capture_logs() as lines:
        parts.node.report_turned_away("Peer/Link", Sender("", "", "ipv4:1"), Refusal(Reason.NO_CERTIFICATE, "none"))
    (line,) = lines
    assert ("call turned away", "ipv4:1", "NO_CERTIFICATE") == (line["event"], line["peer"], line["reason"])
    found = parts.node.metrics.registry.get_sample_value(
        "chuanyu_turned_away_total", {"reason": "NO_CERTIFICATE", "listener": "link"}
    )
    assert 1.0 == found


def told_of(parts: Parts, lines: list[Any]) -> list[tuple[str, str, float | None]]:
    """What was told of the link: reason and identity of each line, and the count of that reason."""
    return [
        (
            line["reason"],
            line["identity"],
            parts.node.metrics.registry.get_sample_value(
                "chuanyu_turned_away_total", {"reason": line["reason"], "listener": "link"}
            ),
        )
        for line in lines
        if line["event"] == "call turned away" and line["listener"] == "link"
    ]


@pytest.mark.parametrize(
    ("asked", "reason"), [((1, 2), Reason.OVERLOADED), ((1, 1), Reason.REQUEST_REPLAYED)], ids=["too many", "twice"]
)
async def test_a_question_that_a_link_refuses_leaves_a_line_and_a_metric(
    asked: tuple[int, ...], reason: Reason
) -> None:
    """F9: in flight it never opens an account, so the link tells the node, and the node everybody."""
    parts = Parts()

    async def forever(arrival: Arrival) -> AsyncGenerator[Release]:
        await asyncio.Event().wait()
        yield release()

    host = FakeHost(walk=forever)
    host.report_turned_away = parts.node.report_turned_away  # type: ignore[method-assign]
    with structlog.testing.capture_logs() as lines:
        async with opened_link(host, max_in_flight=1) as (end, _):
            end.ask(*asked)
            await end.answer()
    assert [(reason, "unknown", 1.0)] == told_of(parts, lines)


@pytest.mark.parametrize("founded", [True, False])
async def test_an_acknowledgement_of_what_the_log_does_not_hold_leaves_a_line_and_a_metric(founded: bool) -> None:
    """F9: with the node that sent it; one that only comes again is nobody's fault."""
    parts, looked = Parts(), asyncio.Event()

    async def is_founded(one: Acknowledgement) -> bool:
        looked.set()
        return founded

    journal: Any = parts.journal
    journal.record_outcome = lambda one: None
    journal.record_late_outcome = AsyncMock(return_value=None)
    journal.is_founded = is_founded
    message = peer_pb2.Acknowledgement(request_id="id", number=2, origin="log", index=2**62, leaf_hash=b"l", last=True)
    with structlog.testing.capture_logs() as lines:
        running = asyncio.create_task(parts.node.outcomes.run())
        taken = parts.node.take_acknowledgement(PEER, message)
        await looked.wait()
        assert taken.settle()
        running.cancel()
    assert ([] if founded else [(Reason.PEER_ANSWER_INVALID, PEER, 1.0)]) == told_of(parts, lines)
    assert [] == parts.gate.replays.found


async def test_the_start_of_a_stranger_is_no_trace() -> None:
    """A malformed trace context begins a new trace, never a refusal."""
    context = SimpleNamespace(invocation_metadata=lambda: (("traceparent", "00-x"),))
    assert Parts().node.trace(context).startswith("00-" + "72" * 16)


async def test_standing_is_that_of_the_log() -> None:
    """The stand-ins of these tests say what they seem to."""
    assert standing().confirmed
    assert not standing(confirmed=False).confirmed
