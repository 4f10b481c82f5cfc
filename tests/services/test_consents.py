"""The service of the consents: who calls is judged by the certificate, and no answer tells of the person."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.ground.refusals import Reason, Refusal
from gateway.services import consents as module
from gateway.services.consents import ConsentsService
from gateway.wire.v1 import consent_pb2
from keys.identity import Role
from tests.lawful.consents import NONCE, held

URI = "spiffe://500000.chuanyu/application/portal"


class Desk:
    """A desk that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def register(self, *asked: Any) -> Any:
        """Note a registration."""
        self.asked.append(asked)
        return held()

    async def withdraw(self, *asked: Any) -> Any:
        """Note a withdrawal."""
        self.asked.append(asked)
        return held(withdrawn=True)

    def list_of(self, *asked: Any) -> Any:
        """Note what is listed."""
        self.asked.append(asked)
        return (held(),)


def serve(desk: Desk, unknown: Refusal | None = None) -> ConsentsService:
    """The service behind a gate that knows an application, or nobody."""

    def admit(sender: object, role: Role, now_us: int) -> Any:
        assert Role.APPLICATION is role
        if unknown is not None:
            raise unknown
        return SimpleNamespace(identity=SimpleNamespace(uri=URI))

    rooms = SimpleNamespace(gatehouse=SimpleNamespace(admit=admit))
    node: Any = SimpleNamespace(in_force=SimpleNamespace(rooms=rooms), clock_us=lambda: 0, province="500000")
    given: Any = desk
    return ConsentsService(node, given)


@pytest.fixture(autouse=True)
def _sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "sender_of", lambda context: None)


async def test_each_call_is_that_of_the_certificate_s_application() -> None:
    """Whatever the request says; the province is the node's own."""
    desk, context = Desk(), Any
    service, no_context = serve(desk), context
    await service.Register(consent_pb2.RegisterRequest(consent=b"c", nonce=NONCE), no_context)  # type: ignore[arg-type]
    await service.Withdraw(consent_pb2.WithdrawRequest(department="cq-hrss", number="TY-1"), no_context)  # type: ignore[arg-type]
    found = [one async for one in service.List(consent_pb2.ListRequest(number="TY-1"), no_context)]  # type: ignore[arg-type]
    assert [(b"c", NONCE, URI), (("500000", "cq-hrss", "TY-1"), URI), (URI, "TY-1")] == desk.asked
    assert ["TY-1"] == [one.consent.number for one in found]


async def test_an_answer_tells_everything_but_the_person() -> None:
    """Neither the reference nor its key."""
    answer = await serve(Desk()).Withdraw(consent_pb2.WithdrawRequest(), Any)  # type: ignore[arg-type]
    octets, record = answer.SerializeToString(), held().signed.record
    assert answer.consent.withdrawn
    assert (record.department, record.until.isoformat()) == (answer.consent.department, answer.consent.until)
    assert record.person.encode() not in octets
    assert NONCE not in octets


async def test_who_is_not_known_is_not_served() -> None:
    """Nothing reaches the desk."""
    desk = Desk()
    service = serve(desk, Refusal(Reason.CERTIFICATE_REVOKED))
    with pytest.raises(Refusal):
        await service.Register(consent_pb2.RegisterRequest(), Any)  # type: ignore[arg-type]
    with pytest.raises(Refusal):
        [one async for one in service.List(consent_pb2.ListRequest(), Any)]  # type: ignore[arg-type]
    assert [] == desk.asked
