"""The `Consents` service: the departments' applications register, withdraw and list the consents of cardholders."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gateway.lawful.consents import HeldConsent
from gateway.services.door import Context, sender_of
from gateway.serving.consents import ConsentDesk
from gateway.serving.node import Node
from gateway.wire.v1 import consent_pb2, consent_pb2_grpc
from keys.identity import Role


class ConsentsService(consent_pb2_grpc.ConsentsServicer):
    """The register of one node."""

    def __init__(self, node: Node, desk: ConsentDesk) -> None:
        self._node = node
        self._desk = desk

    async def Register(self, request: consent_pb2.RegisterRequest, context: Context) -> consent_pb2.RegisterResponse:
        """Register a consent."""
        held = await self._desk.register(request.consent, request.nonce, self._application(context))
        return consent_pb2.RegisterResponse(consent=_write(held))

    async def Withdraw(self, request: consent_pb2.WithdrawRequest, context: Context) -> consent_pb2.WithdrawResponse:
        """Withdraw a consent."""
        key = self._node.province, request.department, request.number
        held = await self._desk.withdraw(key, self._application(context))
        return consent_pb2.WithdrawResponse(consent=_write(held))

    async def List(self, request: consent_pb2.ListRequest, context: Context) -> AsyncIterator[consent_pb2.ListResponse]:
        """Yield the consents of the application's departments."""
        for held in self._desk.list_of(self._application(context), request.number):
            yield consent_pb2.ListResponse(consent=_write(held))

    def _application(self, context: Context) -> str:
        gatehouse = self._node.in_force.rooms.gatehouse
        return gatehouse.admit(sender_of(context), Role.APPLICATION, self._node.clock_us()).identity.uri


def _write(held: HeldConsent) -> consent_pb2.HeldConsent:
    record = held.signed.record
    return consent_pb2.HeldConsent(
        number=record.number,
        department=record.department,
        end_user_org=record.end_user_org,
        provider_province=record.provider_province,
        items=[consent_pb2.ConsentItem(code=code, fields=fields) for code, fields in record.items],
        given_on=record.given_on.isoformat(),
        until=record.until.isoformat(),
        separate=record.separate,
        guardian=record.guardian,
        withdrawn=held.withdrawn,
        told=held.told,
        digest=held.digest,
    )
