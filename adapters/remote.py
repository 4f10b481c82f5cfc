"""A platform whose adapter runs elsewhere, reached over the gRPC `Platform` service with mutual TLS.

Rules: nothing that comes back is trusted to fit: pages are held to the fields and bounds of the question; the other
side's sentences are never repeated, for they might hold a value.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

import grpc

from adapters.contract import (
    KINDS,
    AnswerInvalid,
    AnswerPage,
    Description,
    Health,
    PlatformError,
    PlatformUnavailable,
    Question,
    ServedField,
    ServedItem,
)
from adapters.pages import PageInvalid, kind_of, read_answer, write_page
from adapters.platform_status import from_status
from gateway.wire.v1 import platform_pb2, platform_pb2_grpc

MAX_MESSAGE: Final = 16 << 20
DESCRIBE_SECONDS: Final = 5.0
HEALTH_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True)
class ClientCertificates:
    """PEM texts: our chain, leaf first, with its key, and the authorities of the server."""

    chain: bytes
    key: bytes = field(repr=False)
    authorities: bytes


class RemotePlatform:
    """Implements `contract.Platform`; connects when it is first asked."""

    def __init__(self, target: str, certificates: ClientCertificates, *, server_name: str | None = None) -> None:
        """Take `host:port` and the PEM texts; `server_name` is what the server's certificate says, if not the host."""
        self._target = target
        self._credentials = grpc.ssl_channel_credentials(certificates.authorities, certificates.key, certificates.chain)
        self._options: list[tuple[str, Any]] = [
            ("grpc.max_receive_message_length", MAX_MESSAGE),
            ("grpc.max_send_message_length", MAX_MESSAGE),
            ("grpc.enable_retries", 0),
            *([("grpc.ssl_target_name_override", server_name)] if server_name is not None else []),
        ]
        self._channel: grpc.aio.Channel | None = None
        self._closed = False

    def _stub(self) -> Any:
        if self._closed:
            raise PlatformUnavailable("remote platform: closed")
        if self._channel is None:
            self._channel = grpc.aio.secure_channel(self._target, self._credentials, options=self._options)
        stub: Any = platform_pb2_grpc.PlatformStub
        return stub(self._channel)

    async def describe(self) -> Description:
        """Return what the remote adapter serves.

        Raises:
            PlatformUnavailable: not reached.
            AnswerInvalid: a description that the contract does not allow.
        """
        try:
            response = await self._stub().Describe(platform_pb2.DescribeRequest(), timeout=DESCRIBE_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise from_status(error) from None
        items = tuple(
            ServedItem(item.code, item.version, _fields(item.keys), _fields(item.fields)) for item in response.items
        )
        return Description(response.name, items)

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        """Yield the pages, each checked against the question. Raises as the contract says."""
        request = platform_pb2.FetchRequest(
            item_code=question.item_code,
            item_version=question.item_version,
            fields=question.fields,
            page_rows=question.page_rows,
        )
        kinds = {name: kind_of(values) for name, values in question.keys.items()}
        try:
            write_page(question.keys, kinds, request.keys)
        except PageInvalid as error:
            raise PlatformError(f"keys: {error}") from None
        call = self._stub().Fetch(request, timeout=question.deadline_seconds)
        try:
            async for response in call:
                yield _page(response.page, question)
        except grpc.aio.AioRpcError as error:
            raise from_status(error) from None
        finally:
            call.cancel()

    async def health(self) -> Health:
        """Return within two seconds whether the remote adapter answers, and its platform."""
        try:
            response = await self._stub().Health(platform_pb2.HealthRequest(), timeout=HEALTH_SECONDS)
        except grpc.aio.AioRpcError as error:
            return Health(False, f"remote platform: {error.code().name}")
        except PlatformUnavailable as error:
            return Health(False, str(error))
        return Health(response.serving, "" if response.serving else "remote platform: not serving")

    async def close(self) -> None:
        """Close the channel; idempotent."""
        self._closed = True
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()


def _fields(served: Any) -> tuple[ServedField, ...]:
    fields = tuple(ServedField(one.name, one.kind) for one in served)
    if {one.kind for one in fields} - set(KINDS):
        raise AnswerInvalid(f"remote platform: expected kinds out of {', '.join(KINDS)}, found another")
    return fields


def _page(page: Any, question: Question) -> AnswerPage:
    try:
        answer = read_answer(page)
    except PageInvalid as error:
        raise AnswerInvalid(f"remote platform: {error}") from None
    columns = answer.columns
    if set(columns) != set(question.fields):
        raise AnswerInvalid(f"remote platform: expected the {len(question.fields)} fields asked for, found others")
    if page.rows > question.page_rows:
        raise AnswerInvalid(f"remote platform: expected at most {question.page_rows} rows, found {page.rows}")
    return AnswerPage({name: columns[name] for name in question.fields}, answer.outcomes, answer.later_at_s)
