"""The door: one interceptor before every service.

For each call the machine behind it is identified anew (TLS version, certificate, revocation), the role that the service
is for is required of it, and the request is checked against the rules of the contract, all violations at
once. A service that is not in the table is refused to everybody.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from contextvars import ContextVar
from inspect import iscoroutinefunction
from typing import Any, Final, NoReturn

import grpc
from grpc_status import rpc_status

from gateway.border.status import to_status
from gateway.border.validation import violations
from gateway.gatehouse.gate import Gatehouse
from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.road import Refused
from keys.identity import Role

AUDIENCE: Final[Mapping[str, Role | None]] = {
    "gateway.wire.v1.Exchange": Role.APPLICATION,
    "gateway.wire.v1.Peer": Role.NODE,
    "gateway.wire.v1.Ledger": Role.REVIEWER,
    "gateway.wire.v1.Steward": Role.ADMINISTRATOR,
    "grpc.reflection.v1alpha.ServerReflection": Role.ADMINISTRATOR,
    "grpc.health.v1.Health": None,
}
"""The role that each service is for; None is every machine that the gate can identify."""

Context = grpc.aio.ServicerContext[Any, Any]
SENDER: Final[ContextVar[Sender]] = ContextVar("sender")
"""The machine behind the call that is being served, as the door read it."""


def sender_of(context: Context) -> Sender:
    """Return what the handshake showed of the machine at the other end."""
    facts: Mapping[str, Any] = context.auth_context()
    certificate = facts.get("x509_pem_cert", (b"",))[0]
    version = facts.get("ssl_tls_version", (b"",))[0]
    return Sender(certificate.decode(), version.decode(), context.peer())


async def turn_away(context: Context, refused: Refused, request_id: str = "") -> NoReturn:
    """End a call with a refusal and its details."""
    origin, index = (refused.receipts[0].origin, refused.receipts[0].index) if refused.receipts else ("", -1)
    status = to_status(refused.refusal, origin=origin, index=index, request_id=request_id)
    await context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("unreachable: the call has been ended")


class Door(grpc.aio.ServerInterceptor):
    """Identifies the machine, requires its role, validates the request; then lets the call in.

    `gatehouse` returns the one in force; `report_refused` gets each call that is turned away.
    """

    def __init__(
        self,
        gatehouse: Callable[[], Gatehouse],
        clock_us: Callable[[], int],
        report_refused: Callable[[str, Sender, Refusal], None],
    ) -> None:
        self._gatehouse = gatehouse
        self._clock_us = clock_us
        self._report_refused = report_refused
        self._wrapped: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Wrap the method's handler, once for each method."""
        method = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            wrapped = self._wrapped[method] = self._wrap(method, handler)
        return wrapped

    def _wrap(self, method: str, handler: grpc.RpcMethodHandler[Any, Any]) -> grpc.RpcMethodHandler[Any, Any]:
        service = method.rsplit("/", 1)[0].lstrip("/")
        inner: Any = handler
        options = {
            "request_deserializer": handler.request_deserializer,
            "response_serializer": handler.response_serializer,
        }

        async def enter(request: Any, context: Context) -> None:
            sender = sender_of(context)
            SENDER.set(sender)
            try:
                self._admit(service, request, sender)
            except Refusal as refusal:
                self._report_refused(method, sender, refusal)
                await turn_away(context, Refused(refusal, ()))

        if inner.unary_unary is not None:

            async def unary(request: Any, context: Context) -> Any:
                await enter(request, context)
                return await inner.unary_unary(request, context)

            return grpc.unary_unary_rpc_method_handler(unary, **options)
        if inner.unary_stream is not None and iscoroutinefunction(inner.unary_stream):  # it writes by itself

            async def watch(request: Any, context: Context) -> Any:
                await enter(request, context)
                await inner.unary_stream(request, context)

            return grpc.unary_stream_rpc_method_handler(watch, **options)
        if inner.unary_stream is not None:

            async def stream(request: Any, context: Context) -> AsyncGenerator[Any]:
                await enter(request, context)
                async with aclosing(inner.unary_stream(request, context)) as responses:
                    async for response in responses:
                        yield response

            return grpc.unary_stream_rpc_method_handler(stream, **options)

        async def link(requests: Any, context: Context) -> Any:
            await enter(None, context)
            await inner.stream_stream(requests, context)

        return grpc.stream_stream_rpc_method_handler(link, **options)

    def _admit(self, service: str, request: Any, sender: Sender) -> None:
        if service not in AUDIENCE:
            raise Refusal(Reason.ROLE_NOT_ALLOWED, f"the service {service} is for nobody")
        role = AUDIENCE[service]
        gatehouse = self._gatehouse()
        now_us = self._clock_us()
        if role is None:
            gatehouse.identify(sender, now_us)
        else:
            gatehouse.admit(sender, role, now_us)
        if request is not None and service.startswith("gateway."):
            wrong = violations(request)
            if wrong:
                raise Refusal(Reason.REQUEST_INVALID, f"{len(wrong)} violations", violations=wrong)
