"""The door: identifies the machine, requires the service's role, validates the request, and lets nobody else in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha import reflection, reflection_pb2

from gateway.gatehouse.gate import Gatehouse
from gateway.gatehouse.rates import RateLimits
from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.road import Refused
from gateway.services.door import AUDIENCE, INVALID_COST, SENDER, Door, sender_of, turn_away
from gateway.wire.v1 import ledger_pb2
from keys.identity import Role
from tests.samples import NOW_US

LEDGER = "/gateway.wire.v1.Ledger/GetEntry"
HEALTH = "/grpc.health.v1.Health/Watch"
VALID = ledger_pb2.ListEntriesRequest(start=0, limit=1)


class Ended(Exception):
    """The call was ended with a status."""


class FakeContext:
    """A call of a machine, which notes the status that ends it."""

    def __init__(self, facts: dict[str, Any] | None = None) -> None:
        self.facts = {"x509_pem_cert": [b"pem"], "ssl_tls_version": [b"TLSv1.3"]} if facts is None else facts
        self.octets: Any = grpc.aio.EOF
        self.written: list[Any] = []
        self.ended: Any = None

    def auth_context(self) -> dict[str, Any]:
        """What the handshake showed."""
        return self.facts

    def peer(self) -> str:
        """The address."""
        return "ipv4:192.0.2.1:1"

    async def abort_with_status(self, status: Any) -> None:
        """Note the status and end the call."""
        self.ended = status
        raise Ended

    async def read(self) -> Any:
        """The next message, or the end of the client's side."""
        return self.octets

    async def write(self, response: Any) -> None:
        """Note a part of the answer."""
        self.written.append(response)

    @property
    def reason(self) -> str:
        """The reason in the status that ended the call."""
        octets = dict(self.ended.trailing_metadata)["grpc-status-details-bin"]
        info = error_details_pb2.ErrorInfo()
        for detail in status_pb2.Status.FromString(octets).details:
            if detail.Unpack(info):
                return str(info.reason)
        return ""


@asynccontextmanager
async def turned_away(context: FakeContext) -> AsyncIterator[None]:
    """A service refuses, and must: the call ends as at the door."""
    with pytest.raises((Refused, Refusal)) as caught:
        yield
    refused = caught.value if isinstance(caught.value, Refused) else Refused(cast(Refusal, caught.value), ())
    with suppress(Ended):
        await turn_away(cast(Any, context), refused)


class FakeGate:
    """A gatehouse that notes what it is asked, and refuses where it is given a refusal."""

    def __init__(self, refusal: Refusal | None = None) -> None:
        self.refusal = refusal
        self.asked: list[tuple[Sender, Role | None, int]] = []

    def identify(self, sender: Sender, now_us: int) -> Any:
        """Identify without a role."""
        return self._ask(sender, None, now_us)

    def admit(self, sender: Sender, role: Role, now_us: int) -> Any:
        """Require a role."""
        return self._ask(sender, role, now_us)

    def _ask(self, sender: Sender, role: Role | None, now_us: int) -> Any:
        self.asked.append((sender, role, now_us))
        if self.refusal is not None:
            raise self.refusal
        return SimpleNamespace(identity=SimpleNamespace(uri="spiffe://510000.chuanyu/application/one"))


class World:
    """A door, its gate, and the calls that it turned away."""

    def __init__(self, refusal: Refusal | None = None, *, rates: RateLimits | None = None) -> None:
        self.gate = FakeGate(refusal)
        self.refused: list[tuple[str, Reason]] = []
        self.causes: list[BaseException | None] = []
        self.recorded: list[tuple[str, Sender, Reason]] = []
        self.reached: list[Any] = []
        self.wrapped = 0
        self.door = Door(
            lambda: cast(Gatehouse, self.gate),
            lambda: NOW_US,
            self.report,
            rates or RateLimits(1000, 1000),
            self.record,
        )

    async def record(self, method: str, sender: Sender, refusal: Refusal) -> None:
        """Note what the log must tell of; it was reported before."""
        assert (method, refusal.reason) == self.refused[-1]
        self.recorded.append((method, sender, refusal.reason))

    def report(self, method: str, sender: Sender, refusal: Refusal) -> None:
        """Note a call that is turned away."""
        self.refused.append((method, refusal.reason))
        self.causes.append(refusal.__cause__)

    async def handler(self, method: str, inner: Any) -> Any:
        """The handler that the door gives for a method."""

        async def continuation(details: grpc.HandlerCallDetails) -> Any:
            self.wrapped += 1
            return inner

        details = cast(grpc.HandlerCallDetails, SimpleNamespace(method=method))
        return await self.door.intercept_service(continuation, details)

    async def unary(self, request: Any, context: Any) -> str:
        """A method behind the door."""
        self.reached.append((request, SENDER.get()))
        return "answer"

    async def call(
        self,
        method: str,
        request: Any,
        context: FakeContext | None = None,
        inner: Any = None,
        kind: Any = None,
    ) -> Any:
        """Call a unary method through the door, with a message or with octets that may be none."""
        kind = kind or type(request)
        inner = grpc.unary_unary_rpc_method_handler(
            cast(Any, inner or self.unary), request_deserializer=kind.FromString, response_serializer=None
        )
        handler = await self.handler(method, inner)
        context = context or FakeContext()
        context.octets = request if isinstance(request, bytes) else request.SerializeToString()
        return await handler.stream_unary(None, context)


async def test_a_service_that_is_not_in_the_table_is_for_nobody() -> None:
    """The gate is not even asked: no certificate opens it."""
    world, context = World(), FakeContext()
    with pytest.raises(Ended):
        await world.call("/gateway.wire.v1.Other/Do", VALID, context)
    assert Reason.ROLE_NOT_ALLOWED == context.reason
    assert ([], []) == (world.gate.asked, world.reached)
    assert [("/gateway.wire.v1.Other/Do", Reason.ROLE_NOT_ALLOWED)] == world.refused


@pytest.mark.parametrize("method", ["Ledger/GetEntry", "/Ledger/GetEntry", "//", ""])
async def test_a_name_that_only_looks_like_a_service_is_for_nobody(method: str) -> None:
    """The whole name of the service is compared."""
    world = World()
    with pytest.raises(Ended):
        await world.call(method, VALID)
    assert [] == world.reached


async def test_a_machine_that_the_gate_refuses_reaches_no_service_and_is_reported() -> None:
    """The caller gets the gate's own reason."""
    world, context = World(Refusal(Reason.CERTIFICATE_REVOKED)), FakeContext()
    with pytest.raises(Ended):
        await world.call(LEDGER, VALID, context)
    assert (Reason.CERTIFICATE_REVOKED, []) == (context.reason, world.reached)
    assert [(LEDGER, Reason.CERTIFICATE_REVOKED)] == world.refused


async def test_a_request_against_the_rules_is_refused_with_every_violation() -> None:
    """The gate comes first; the service is not reached."""
    world, context = World(), FakeContext()
    with pytest.raises(Ended):
        await world.call(LEDGER, ledger_pb2.OpenBodyRequest(), context)
    assert (Reason.REQUEST_INVALID, []) == (context.reason, world.reached)
    assert 1 == len(world.gate.asked)


async def test_a_machine_is_identified_anew_for_each_call() -> None:
    """A certificate that was revoked meanwhile is refused on an open connection; the wrapping is made once."""
    world = World()
    assert "answer" == await world.call(LEDGER, VALID)
    world.gate.refusal = Refusal(Reason.CERTIFICATE_REVOKED)
    with pytest.raises(Ended):
        await world.call(LEDGER, VALID)
    assert (2, 1, 1) == (len(world.gate.asked), len(world.reached), world.wrapped)


@pytest.mark.parametrize(("service", "role"), AUDIENCE.items())
async def test_each_service_is_for_one_role(service: str, role: Role | None) -> None:
    """And health is for every machine that the gate can identify."""
    world = World()
    assert "answer" == await world.call(f"/{service}/Do", VALID)
    sender = Sender("pem", "TLSv1.3", "ipv4:192.0.2.1:1")
    assert [(sender, role, NOW_US)] == world.gate.asked
    assert [(VALID, sender)] == world.reached


def test_the_roles_of_the_services_are_these() -> None:
    """A change of who may call what is a change of this test."""
    assert {
        "gateway.wire.v1.Exchange": Role.APPLICATION,
        "gateway.wire.v1.Consents": Role.APPLICATION,
        "gateway.wire.v1.Peer": Role.NODE,
        "gateway.wire.v1.Ledger": Role.REVIEWER,
        "gateway.wire.v1.Steward": Role.ADMINISTRATOR,
        "grpc.reflection.v1alpha.ServerReflection": Role.ADMINISTRATOR,
        "grpc.reflection.v1.ServerReflection": Role.ADMINISTRATOR,
        "grpc.health.v1.Health": None,
    } == AUDIENCE


@pytest.mark.parametrize("refusal", [None, Refusal(Reason.CERTIFICATE_REVOKED)], ids=["known", "revoked"])
async def test_a_method_that_nobody_serves_is_refused_and_told(refusal: Refusal | None) -> None:
    """F9: by UNIMPLEMENTED, which tools understand, to a caller that is known; others learn nothing of it."""
    world, context = World(refusal), FakeContext()
    handler = await world.handler(LEDGER, None)
    with pytest.raises(Ended):
        await handler.stream_stream(None, context)
    reason = Reason.ROLE_NOT_ALLOWED if refusal is None else refusal.reason
    assert (reason, [(LEDGER, reason)]) == (context.reason, world.refused)
    assert (refusal is None) == (context.ended.code is grpc.StatusCode.UNIMPLEMENTED)


@pytest.mark.parametrize("is_refused", [True, False])
async def test_streams_stand_behind_the_same_check(is_refused: bool) -> None:
    """Answers in many parts, a stream that writes by itself, and a link."""
    world = World(Refusal(Reason.PARTY_UNKNOWN) if is_refused else None)

    async def many(request: Any, context: Any) -> AsyncIterator[int]:
        world.reached.append("many")
        yield 1
        yield 2

    async def writes(request: Any, context: Any) -> None:
        world.reached.append("writes")

    async def link(requests: Any, context: Any) -> None:
        world.reached.append("link")

    kind: dict[str, Any] = {"request_deserializer": type(VALID).FromString}
    stream = await world.handler(LEDGER, grpc.unary_stream_rpc_method_handler(many, **kind))
    watch = await world.handler(HEALTH, grpc.unary_stream_rpc_method_handler(cast(Any, writes), **kind))
    connect = await world.handler(
        "/gateway.wire.v1.Peer/Connect", grpc.stream_stream_rpc_method_handler(cast(Any, link), **kind)
    )
    context = FakeContext()
    context.octets = VALID.SerializeToString()
    if is_refused:
        for one in (stream, watch, connect):
            with pytest.raises(Ended):
                await one.stream_stream(None, context)
        assert [] == world.reached
        return
    for one in (stream, watch, connect):
        await one.stream_stream(None, context)
    assert [1, 2] == context.written
    assert ["many", "writes", "link"] == world.reached
    assert [Role.REVIEWER, None, Role.NODE] == [role for _, role, _ in world.gate.asked]


def test_a_call_without_a_certificate_is_from_nobody() -> None:
    """Its certificate and version are empty, which the gate refuses."""
    assert Sender("", "", "ipv4:192.0.2.1:1") == sender_of(cast(Any, FakeContext({})))


async def test_a_call_is_turned_away_with_its_reason() -> None:
    """Also where no entry records it."""
    context = FakeContext()
    with pytest.raises(Ended):
        await turn_away(cast(Any, context), Refused(Refusal(Reason.DEADLINE_MISSING), ()))
    assert Reason.DEADLINE_MISSING == context.reason


SECRET = "51010419900307231X"


async def test_octets_that_are_no_message_are_refused_with_a_reason() -> None:
    """F8: after the caller is identified; a caller who is not known never has its message parsed."""
    world, context = World(), FakeContext()
    with pytest.raises(Ended):
        await world.call(LEDGER, b"\xff\xff\xff", context, kind=type(VALID))
    assert (Reason.REQUEST_INVALID, [(LEDGER, Reason.REQUEST_INVALID)]) == (context.reason, world.refused)
    stranger, context = World(Refusal(Reason.CERTIFICATE_REVOKED)), FakeContext()
    with pytest.raises(Ended):
        await stranger.call(LEDGER, b"\xff\xff\xff", context, kind=type(VALID))
    assert Reason.CERTIFICATE_REVOKED == context.reason


async def test_a_call_without_a_message_is_refused() -> None:
    """F9: so is one whose message is beyond what gRPC receives."""
    world, context = World(), FakeContext()
    inner: Any = grpc.unary_unary_rpc_method_handler(
        cast(Any, world.unary), request_deserializer=type(VALID).FromString
    )
    handler = await world.handler(LEDGER, inner)
    with pytest.raises(Ended):
        await handler.stream_unary(None, context)
    assert (Reason.REQUEST_INVALID, []) == (context.reason, world.reached)


@pytest.mark.parametrize(
    "error", [RuntimeError(SECRET), ExceptionGroup(SECRET, [KeyError(SECRET)]), MemoryError(SECRET)]
)
async def test_a_defect_is_internal_without_its_text(error: Exception) -> None:
    """F8: the caller learns that it is ours; the report has the exception for its type and place."""
    world, context = World(), FakeContext()

    async def fail(request: Any, context: Any) -> Any:
        raise error

    with pytest.raises(Ended):
        await world.call(LEDGER, VALID, context, inner=fail)
    assert (Reason.INTERNAL, [(LEDGER, Reason.INTERNAL)]) == (context.reason, world.refused)
    assert SECRET not in f"{context.ended.details}{context.ended.trailing_metadata}"
    assert [error] == world.causes


@pytest.mark.parametrize("reason", list(Reason))
async def test_every_reason_is_reported_and_told(reason: Reason) -> None:
    """F9: whichever it is, from the gate as from a service."""
    for world, inner in ((World(Refusal(reason)), None), (World(), Refusal(reason))):
        context = FakeContext()

        async def refuse(request: Any, context: Any, inner: Any = inner) -> Any:
            raise inner

        with pytest.raises(Ended):
            await world.call(LEDGER, VALID, context, inner=refuse if inner is not None else None)
        assert (reason, [(LEDGER, reason)]) == (context.reason, world.refused)


async def test_what_an_exchange_has_told_is_not_told_again() -> None:
    """Its account counts and logs it; the caller gets the reason."""
    world, context = World(), FakeContext()

    async def refuse(request: Any, context: Any) -> Any:
        raise Refused(Refusal(Reason.GRANT_MISSING), ())

    with pytest.raises(Ended):
        await world.call(LEDGER, VALID, context, inner=refuse)
    assert (Reason.GRANT_MISSING, []) == (context.reason, world.refused)


async def test_a_party_beyond_its_rate_is_refused_before_its_message_is_read() -> None:
    """F11: one that is not valid counts as many; the time stands still, so nothing is made good."""
    world = World(rates=RateLimits(1, INVALID_COST + 2))
    with pytest.raises(Ended):
        await world.call(LEDGER, b"\xff", kind=type(VALID))
    assert "answer" == await world.call(LEDGER, VALID)
    context = FakeContext()

    async def read() -> Any:
        raise AssertionError("the message was read")

    context.read = read  # type: ignore[method-assign]
    with pytest.raises(Ended):
        await world.call(LEDGER, VALID, context)
    assert Reason.RATE_LIMITED == context.reason


@pytest.mark.parametrize("refusal", [None, Refusal(Reason.ROLE_NOT_ALLOWED)], ids=["administrator", "another"])
async def test_reflection_answers_administrators_alone(refusal: Refusal | None) -> None:
    """F8: its method yields answers, and takes a stream of questions."""
    world, context = World(refusal), FakeContext()
    servicer = reflection.aio.ReflectionServicer(["gateway.wire.v1.Steward"])
    handler = await world.handler(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        grpc.stream_stream_rpc_method_handler(servicer.ServerReflectionInfo),
    )

    async def questions() -> AsyncIterator[Any]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")

    if refusal is not None:
        with pytest.raises(Ended):
            await handler.stream_stream(questions(), context)
        assert [] == context.written
        return
    await handler.stream_stream(questions(), context)
    (answer,) = context.written
    assert ["gateway.wire.v1.Steward"] == [one.name for one in answer.list_services_response.service]
    assert [Role.ADMINISTRATOR] == [role for _, role, _ in world.gate.asked]
