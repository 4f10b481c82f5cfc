"""The door: the one outermost handler of every gRPC method.

For each call, in this order: the machine behind it is identified anew (TLS version, certificate, revocation), the role
that the service is for is required of it, the call is counted against the party's limit; only then is its message read,
parsed with bounded work, and held to the rules of the contract, all violations at once. A service that is not in the
table is refused to everybody, and so is a method that there is not.

Whatever ends a call leaves through here: a refusal with its reason; a defect as INTERNAL, of which the log line tells
type and place and the caller nothing. Each is counted and logged, unless an exchange's account has done so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, Final, NoReturn, TypeAlias

import grpc
from google.protobuf.message import DecodeError
from grpc_status import rpc_status

from gateway.border.requests import REQUEST_BYTES, SMALL_BYTES, read_request
from gateway.border.status import to_status
from gateway.gatehouse.gate import Gatehouse
from gateway.gatehouse.rates import RateLimits
from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.road import Refused
from keys.identity import Role

AUDIENCE: Final[Mapping[str, Role | None]] = {
    "gateway.wire.v1.Exchange": Role.APPLICATION,
    "gateway.wire.v1.Consents": Role.APPLICATION,
    "gateway.wire.v1.Peer": Role.NODE,
    "gateway.wire.v1.Ledger": Role.REVIEWER,
    "gateway.wire.v1.Steward": Role.ADMINISTRATOR,
    "grpc.reflection.v1alpha.ServerReflection": Role.ADMINISTRATOR,
    "grpc.reflection.v1.ServerReflection": Role.ADMINISTRATOR,  # not served: tools that ask it first then ask v1alpha
    "grpc.health.v1.Health": None,
}
"""The role that each service is for; None is every machine that the gate can identify."""
INVALID_COST: Final = 10
"""Calls as which one counts whose message is not valid."""
NO_MESSAGE: Final = (
    f"expected one message of at most {REQUEST_BYTES} bytes, found none, or one beyond gRPC's receive limit, "
    "which is limits.max_frame_bytes and 64 KiB"
)
"""It stays within what a status has room for."""

Context = grpc.aio.ServicerContext[Any, Any]
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
SENDER: Final[ContextVar[Sender]] = ContextVar("sender")
"""The machine behind the call that is being served, as the door read it."""


class CallEnded(Refusal):
    """A call ends with a gRPC code of its own: one that tools know, such as UNIMPLEMENTED."""

    def __init__(self, code: grpc.StatusCode, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.code = code


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
    if isinstance(refused.refusal, CallEnded):
        status.code = refused.refusal.code.value[0]
    await context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("unreachable: the call has been ended")


@dataclass(slots=True)
class _Call:
    """A call that is being served; `party` is the URI of the machine behind it, `request_id` that of its question."""

    method: str
    sender: Sender
    party: str = ""
    request_id: str = ""


class Door(grpc.aio.ServerInterceptor):
    """Identifies the machine, requires its role, rates it, reads and validates the request; then lets the call in.

    `gatehouse` returns the one in force, `rates` are those of calls; `report_refused` gets each call that is turned
    away, with the exception where that is a defect, and `record_attempt` records those that the log must tell of.
    """

    def __init__(
        self,
        gatehouse: Callable[[], Gatehouse],
        clock_us: Callable[[], int],
        report_refused: Callable[[str, Sender, Refusal], None],
        rates: RateLimits,
        record_attempt: Callable[[str, Sender, Refusal], Awaitable[None]],
    ) -> None:
        self._gatehouse = gatehouse
        self._clock_us = clock_us
        self._report_refused = report_refused
        self._rates = rates
        self._record_attempt = record_attempt
        self._wrapped: dict[str, Handler] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Wrap the method's handler, once for each method."""
        method = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return self._refuse_unserved(method)
            wrapped = self._wrapped[method] = self._wrap(method, handler)
        return wrapped

    def _wrap(self, method: str, handler: Handler) -> Handler:
        """Every method takes its requests as a stream, so that it begins before a message is received."""
        inner: Any = handler
        if handler.request_streaming:
            return self._wrap_stream(method, inner)
        serialize = handler.response_serializer or _keep
        if not handler.response_streaming:

            async def unary(requests: Any, context: Context) -> Any:
                async with self._enter(method, context) as call:
                    request = await self._read(call, inner.request_deserializer, context)
                    return serialize(await inner.unary_unary(request, context))

            return grpc.stream_unary_rpc_method_handler(unary)

        async def stream(requests: Any, context: Context) -> None:
            async with self._enter(method, context) as call:
                request = await self._read(call, inner.request_deserializer, context)
                await _answer(inner.unary_stream, request, context)

        return _serve_streams(stream, None, handler.response_serializer)

    def _wrap_stream(self, method: str, inner: Any) -> Handler:
        async def stream(requests: Any, context: Context) -> None:
            async with self._enter(method, context):
                await _answer(inner.stream_stream, requests, context)

        return _serve_streams(stream, inner.request_deserializer and _parser(inner), inner.response_serializer)

    def _refuse_unserved(self, method: str) -> Handler:
        async def refuse(requests: Any, context: Context) -> None:
            async with self._enter(method, context):
                raise CallEnded(grpc.StatusCode.UNIMPLEMENTED, Reason.ROLE_NOT_ALLOWED, "there is no such method")

        return _serve_streams(refuse, None, None)

    @asynccontextmanager
    async def _enter(self, method: str, context: Context) -> AsyncIterator[_Call]:
        """Let a call in, and end it with a status of ours whatever ends it."""
        call = _Call(method, sender_of(context))
        SENDER.set(call.sender)
        try:
            self._admit(call)
            yield call
        except Refused as refused:
            await turn_away(context, refused, call.request_id)
        except Refusal as refusal:
            await self._refuse(call, refusal, context)
        except grpc.aio.BaseError:  # the call is over: its client is gone, or it was ended before
            raise
        except Exception as error:
            defect = Refusal(Reason.INTERNAL)
            defect.__cause__ = error
            await self._refuse(call, defect, context)

    async def _refuse(self, call: _Call, refusal: Refusal, context: Context) -> None:
        self._report_refused(call.method, call.sender, refusal)
        await self._record_attempt(call.method, call.sender, refusal)
        await turn_away(context, Refused(refusal, ()), call.request_id)

    def _admit(self, call: _Call) -> None:
        service = call.method.rsplit("/", 1)[0].lstrip("/")
        if service not in AUDIENCE:
            raise Refusal(Reason.ROLE_NOT_ALLOWED, f"the service {service} is for nobody")
        role = AUDIENCE[service]
        gatehouse, now_us = self._gatehouse(), self._clock_us()
        certificate = (
            gatehouse.identify(call.sender, now_us) if role is None else gatehouse.admit(call.sender, role, now_us)
        )
        call.party = certificate.identity.uri
        self._rates.take(call.party, now_us)

    async def _read(self, call: _Call, parse: Any, context: Context) -> Any:
        """Receive the one message of a call, and return the request; one that is not valid counts as many calls."""
        octets = await context.read()
        if octets is grpc.aio.EOF:
            # gRPC has answered a message beyond its own limit by itself, and shows us the end of the stream alone.
            raise Refusal(Reason.REQUEST_INVALID, NO_MESSAGE)
        cost = len(octets) // SMALL_BYTES
        try:
            request = octets if parse is None else read_request(parse.__self__, octets)
        except Refusal:
            cost += INVALID_COST
            raise
        finally:
            if cost:
                self._rates.charge(call.party, cost)
        if hasattr(request, "ask"):
            call.request_id = request.ask.request_id
        return request


def _keep(response: Any) -> Any:
    return response


def _serve_streams(serve: Any, parse: Any, serialize: Any) -> Handler:
    return grpc.stream_stream_rpc_method_handler(serve, request_deserializer=parse, response_serializer=serialize)


def _parser(inner: Any) -> Callable[[bytes], Any]:
    """Return what parses a message of a stream; octets that are none end the call with a reason."""
    kind = inner.request_deserializer.__self__

    def parse(octets: bytes) -> Any:
        try:
            return kind.FromString(octets)
        except DecodeError:
            detail = f"expected a {kind.DESCRIPTOR.name}, found octets that are none"
            raise Refusal(Reason.REQUEST_INVALID, detail) from None

    return parse


async def _answer(method: Any, request: Any, context: Context) -> None:
    """Call a method that answers with a stream: one that writes by itself, or one that yields."""
    if iscoroutinefunction(method):
        await method(request, context)
        return
    async with aclosing(method(request, context)) as responses:
        async for response in responses:
            await context.write(response)
