"""The witness's pages of a running node, served over mutual TLS until left."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from gateway.assembly.build import clock_us
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import parse_checkpoint, parse_note
from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.serving.https import serve_https
from gateway.telemetry.refusals import Listener
from gateway.witness.http import READERS, PagesContext, witness_pages
from keys.identity import Identity, Role

if TYPE_CHECKING:
    from gateway.assembly.run import RunningNode


@asynccontextmanager
async def serve_pages(running: RunningNode, at: socket.socket) -> AsyncIterator[int]:
    """Serve the pages of a node that was started, on a socket; yields the port."""
    context = PagesContext(
        admit=_admitting(running),
        admit_reader=_admitting_readers(running),
        add_checkpoint=running.witnessing.add_checkpoint,
        witnessed=running.witnessing.witness.checkpoint,
        published=lambda: _published(running.witnessing.cosigning.published),
        log=lambda: LogReader(place_of(running.settings)),
        act=running.node.acts.record,
    )
    refusals = running.node.refusals
    pages = witness_pages(context, partial(refusals.turn_away, Listener.WITNESS))
    async with serve_https(pages, at, pair=running.pair, roots=running.roots, refusals=refusals) as port:
        yield port


def _admitting(running: RunningNode) -> Callable[[Sender, frozenset[Role]], Identity]:
    def admit(sender: Sender, roles: frozenset[Role]) -> Identity:
        gatehouse = running.node.in_force.rooms.gatehouse
        role = gatehouse.identify(sender, clock_us()).identity.role
        if role not in roles:
            raise Refusal(Reason.ROLE_NOT_ALLOWED, f"expected one of {', '.join(sorted(roles))}, found {role}")
        return gatehouse.admit(sender, role, clock_us()).identity

    return admit


def _admitting_readers(running: RunningNode) -> Callable[[Sender], frozenset[str]]:
    admit = _admitting(running)

    def admit_reader(sender: Sender) -> frozenset[str]:
        gatehouse = running.node.in_force.rooms.gatehouse
        if gatehouse.identify(sender, clock_us()).identity.role is Role.REVIEWER:
            return running.witnessing.count_reading(gatehouse.admit_reviewer(sender, clock_us()).identity)
        admit(sender, READERS)
        return running.witnessing.origins()

    return admit_reader


def _published(note: bytes) -> tuple[int, bytes]:
    return (parse_checkpoint(parse_note(note).text).size if note else 0), note
