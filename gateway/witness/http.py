"""The witness over plain C2SP HTTP, and our own log as tiles, for certificates with the right to it.

| method and path | who | what |
|---|---|---|
| POST /add-checkpoint | a peer's node | C2SP tlog-witness: cosigns that node's own log |
| GET /<hex SHA-256(origin)>/checkpoint | peers' nodes, our reviewers and administrators | the newest note we cosigned |
| the same, of a log of their own province | reviewers of the peers' provinces, within a rate | the same |
| GET /checkpoint, /tile/<L>/<N>[.p/<W>] | as in the second line | our own newest cosigned note, hashes (tlog-tiles) |
| GET /tile/entries/<N>[.p/<W>] | our reviewers | the entries themselves; each reading is an entry |

Everything else is refused. Bodies are bounded. Wraps Starlette; `gateway.serving.https` serves it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.layout import ENTRIES, LayoutInvalid, TileName, parse_path, width_in, write_bundle
from gateway.audit.tlog.tiles import TILE_BITS, TILE_WIDTH
from gateway.audit.tlog.witness import MAX_REQUEST_BYTES, Decision
from gateway.ground.evidence import Sender
from gateway.ground.refusals import TABLE, Reason, Refusal
from keys.identity import Identity, Role

READERS: Final = frozenset({Role.NODE, Role.REVIEWER, Role.ADMINISTRATOR})
"""The roles that may read checkpoints and hashes, which hold no content."""
BODY_SECONDS: Final = 10.0
"""Longest time for the body of a request."""

_STATUS: Final[Mapping[str, HTTPStatus]] = {
    "UNAUTHENTICATED": HTTPStatus.UNAUTHORIZED,
    "PERMISSION_DENIED": HTTPStatus.FORBIDDEN,
    "RESOURCE_EXHAUSTED": HTTPStatus.TOO_MANY_REQUESTS,
}


@dataclass(frozen=True, slots=True)
class PagesContext:
    """The parts of the node that the pages use.

    `admit` returns who asks, held to one of these roles, or raises Refusal; `admit_reader` returns the origins of the
    logs whose cosigned note the sender may read, or raises Refusal; `add_checkpoint` answers a node's request;
    `witnessed` returns the note that was cosigned last for an origin; `published` our own newest note with its size;
    `read` runs a function over a reader of our log in a thread; `act` records a reading.
    """

    admit: Callable[[Sender, frozenset[Role]], Identity]
    admit_reader: Callable[[Sender], frozenset[str]]
    add_checkpoint: Callable[[Identity, bytes], Awaitable[Decision]]
    witnessed: Callable[[str], Awaitable[bytes]]
    published: Callable[[], tuple[int, bytes]]
    log: Callable[[], LogReader]
    act: Callable[[str, str, str], Awaitable[object]]


def witness_pages(context: PagesContext, turned_away: Callable[[str, Sender, Refusal], None]) -> Starlette:
    """Return the application; `turned_away` gets each request that is refused, with its path and its sender."""

    async def add(request: Request) -> Response:
        identity = context.admit(request.scope["sender"], frozenset({Role.NODE}))
        decision = await context.add_checkpoint(identity, await _body(request))
        return Response(decision.body, decision.status, media_type=decision.content_type)

    async def monitor(request: Request) -> Response:
        wanted = request.path_params["origin"]
        for origin in context.admit_reader(request.scope["sender"]):
            if hashlib.sha256(origin.encode()).hexdigest() == wanted:
                return _note(await context.witnessed(origin))
        return _note(b"")

    async def checkpoint(request: Request) -> Response:
        context.admit(request.scope["sender"], READERS)
        return _note(context.published()[1])

    async def tile(request: Request) -> Response:
        name = parse_path(request.url.path.removeprefix("/"))
        entries = name.level == ENTRIES
        roles = frozenset({Role.REVIEWER}) if entries else READERS
        identity = context.admit(request.scope["sender"], roles)
        if width_in(name.level, name.number, context.published()[0]) < name.width:
            return _note(b"")
        if entries:
            await context.act("read_bundle", name.path, identity.uri)
        octets = await asyncio.to_thread(_tile, context.log, name)
        return Response(octets, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})

    return Starlette(
        routes=[
            Route("/add-checkpoint", add, methods=["POST"]),
            Route("/checkpoint", checkpoint, methods=["GET"]),
            Route("/tile/{rest:path}", tile, methods=["GET"]),
            Route("/{origin}/checkpoint", monitor, methods=["GET"]),
        ],
        exception_handlers=_handle_refusals(turned_away),
    )


Handler = Callable[[Request, Exception], Awaitable[Response]]


def _handle_refusals(turned_away: Callable[[str, Sender, Refusal], None]) -> dict[Any, Handler]:
    """Return what answers each kind of refusal and of fault, and tells of it."""

    def tell(request: Request, refusal: Refusal) -> None:
        turned_away(request.url.path, request.scope["sender"], refusal)

    async def refused(request: Request, error: Exception) -> Response:
        refusal = cast(Refusal, error)
        tell(request, refusal)
        status = _STATUS.get(TABLE[refusal.reason].code, HTTPStatus.SERVICE_UNAVAILABLE)
        return PlainTextResponse(f"{refusal.reason}\n", status)

    async def unavailable(request: Request, error: Exception) -> Response:
        tell(
            request, Refusal(Reason.DEADLINE_EXCEEDED if isinstance(error, TimeoutError) else Reason.AUDIT_NOT_DURABLE)
        )
        return PlainTextResponse("not available\n", HTTPStatus.SERVICE_UNAVAILABLE)

    async def fail(request: Request, error: Exception) -> Response:
        refusal = Refusal(Reason.INTERNAL)
        refusal.__cause__ = error
        tell(request, refusal)
        return PlainTextResponse(f"{refusal.reason}\n", HTTPStatus.INTERNAL_SERVER_ERROR)

    async def unserved(request: Request, error: Exception) -> Response:
        found = error if isinstance(error, HTTPException) else HTTPException(HTTPStatus.NOT_FOUND)
        tell(request, Refusal(Reason.REQUEST_INVALID, f"answered with {found.status_code}"))
        text = f"{HTTPStatus(found.status_code).phrase.lower()}\n"
        return PlainTextResponse(text, found.status_code, headers=found.headers)

    return {
        Refusal: refused,
        HTTPException: unserved,
        LayoutInvalid: unserved,
        IndexError: _absent,
        StoreInvalid: unavailable,
        TimeoutError: unavailable,
        Exception: fail,
    }


async def _body(request: Request) -> bytes:
    """Read the body, or as much of it as shows that it is too long."""
    octets = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                octets += chunk
                if len(octets) > MAX_REQUEST_BYTES:
                    break
    except ClientDisconnect:
        return b""
    return bytes(octets)


def _tile(log: Callable[[], LogReader], name: TileName) -> bytes:
    start = name.number * TILE_WIDTH
    with log() as reader:
        if name.level == ENTRIES:
            return write_bundle([row[2] for chunk in reader.rows(start, start + name.width) for row in chunk])
        level = name.level * TILE_BITS
        return b"".join(reader.node(level, number) for number in range(start, start + name.width))


def _note(note: bytes) -> Response:
    if not note:
        return PlainTextResponse("not found\n", HTTPStatus.NOT_FOUND)
    return Response(note, media_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


async def _absent(request: Request, error: Exception) -> Response:
    return PlainTextResponse("not found\n", HTTPStatus.NOT_FOUND)
