"""Serves any `contract.Platform` as the gRPC `Platform` service, with mutual TLS and for named clients only.

1 the client's certificate: signed by the given authorities, and a subject alternative name out of `clients`
2 the question: a deadline, bounds and pages as the wire contract says
3 the platform answers; every page is written afresh; an error becomes a status (`adapters.platform_status`)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import grpc

from adapters.contract import AnswerInvalid, AnswerPage, Platform, PlatformError, Question
from adapters.pages import MAX_ROWS, PageInvalid, read_page, write_answer
from adapters.platform_status import to_status
from gateway.wire.v1 import platform_pb2, platform_pb2_grpc

MAX_MESSAGE: Final = 16 << 20
"""Bytes of a message at most: 10,000 rows of a wide item."""
MAX_CALLS: Final = 64
_NAMES: Final = "x509_subject_alternative_name"
Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True)
class ServerCertificates:
    """PEM texts: our chain, leaf first, with its key, and the authorities of the clients."""

    chain: bytes
    key: bytes = field(repr=False)
    authorities: bytes


@dataclass(frozen=True, slots=True)
class Served:
    """A running server and the port that it listens on."""

    server: grpc.aio.Server
    port: int

    async def stop(self, grace: float | None = None) -> None:
        """Stop; calls under way have `grace` seconds to end."""
        await self.server.stop(grace)


async def serve(platform: Platform, address: str, certificates: ServerCertificates, clients: Collection[str]) -> Served:
    """Start to serve on `host:port`; port 0 takes a free one. The platform stays the caller's to close.

    Args:
        platform: what answers.
        address: where to listen.
        certificates: the server's PEM texts.
        clients: subject alternative names, for example the gateway's SPIFFE URI, of which a client must bear one.

    Raises:
        ValueError: no client is named: nobody could ask, and everybody never may.
    """
    if not clients:
        raise ValueError("clients: expected at least one subject alternative name, found none")
    credentials = grpc.ssl_server_credentials(
        [(certificates.key, certificates.chain)], certificates.authorities, require_client_auth=True
    )
    server = grpc.aio.server(
        maximum_concurrent_rpcs=MAX_CALLS,
        options=[
            ("grpc.max_receive_message_length", MAX_MESSAGE),
            ("grpc.max_send_message_length", MAX_MESSAGE),
            ("grpc.so_reuseport", 0),
        ],
    )
    servicer = PlatformServicer(platform, frozenset(clients))
    register: Any = platform_pb2_grpc.add_PlatformServicer_to_server
    register(servicer, server)
    port = server.add_secure_port(address, credentials)
    await server.start()
    return Served(server, port)


class PlatformServicer(platform_pb2_grpc.PlatformServicer):
    """The service over a platform; use `serve`, which gives it its TLS."""

    def __init__(self, platform: Platform, clients: frozenset[str]) -> None:
        self._platform = platform
        self._clients = clients

    async def Describe(self, request: platform_pb2.DescribeRequest, context: Context) -> platform_pb2.DescribeResponse:
        """Answer with what the platform serves."""
        await self._admit(context)
        try:
            description = await self._platform.describe()
        except Exception as error:
            await _abort(context, error)
        response = platform_pb2.DescribeResponse(name=description.name)
        for item in description.items:
            served = response.items.add(code=item.code, version=item.version)
            for key in item.keys:
                served.keys.add(name=key.name, kind=key.kind)
            for one in item.fields:
                served.fields.add(name=one.name, kind=one.kind)
        return response

    async def Fetch(
        self, request: platform_pb2.FetchRequest, context: Context
    ) -> AsyncIterator[platform_pb2.FetchResponse]:
        """Answer page by page."""
        await self._admit(context)
        try:
            question = _question(request, context.time_remaining())
            kinds = await self._kinds(question)
            pages = self._platform.fetch(question)
            try:
                async for answer in pages:
                    yield _response(answer, kinds)
            finally:
                close = getattr(pages, "aclose", None)
                if close is not None:
                    await close()
        except Exception as error:
            await _abort(context, error)

    async def Health(self, request: platform_pb2.HealthRequest, context: Context) -> platform_pb2.HealthResponse:
        """Answer whether the platform does."""
        await self._admit(context)
        health = await self._platform.health()
        return platform_pb2.HealthResponse(serving=health.serving, detail=health.detail[:200])

    async def _kinds(self, question: Question) -> dict[str, str]:
        for item in (await self._platform.describe()).items:
            if (item.code, item.version) == (question.item_code, question.item_version):
                return {one.name: one.kind for one in item.fields}
        raise PlatformError("expected an item and version that the platform serves, found another")

    async def _admit(self, context: Context) -> None:
        names = {name.decode("utf-8", "replace") for name in context.auth_context().get(_NAMES, ())}
        if not names & self._clients:
            await context.abort(
                grpc.StatusCode.PERMISSION_DENIED, "expected a client that is named here, found another"
            )


def _question(request: platform_pb2.FetchRequest, remaining: float | None) -> Question:
    if remaining is None:
        raise PlatformError("expected a deadline, found none")
    if not 1 <= request.page_rows <= MAX_ROWS or not 1 <= request.keys.rows <= MAX_ROWS:
        raise PlatformError(f"expected 1 to {MAX_ROWS} rows of keys and rows a page, found others")
    try:
        keys = read_page(request.keys)
    except PageInvalid as error:
        raise PlatformError(f"keys: {error}") from None
    return Question(
        item_code=request.item_code,
        item_version=request.item_version,
        keys=keys,
        fields=tuple(request.fields),
        page_rows=request.page_rows,
        deadline_seconds=max(0.001, remaining),
    )


def _response(answer: AnswerPage, kinds: Mapping[str, str]) -> platform_pb2.FetchResponse:
    response = platform_pb2.FetchResponse()
    try:
        write_answer(answer, kinds, response.page)
    except PageInvalid as error:
        raise AnswerInvalid(str(error)) from None
    return response


async def _abort(context: Context, error: Exception) -> None:
    if isinstance(error, grpc.aio.AbortError):
        raise error
    code, sentence, trailing = to_status(error)
    await context.abort(code, sentence, trailing)
