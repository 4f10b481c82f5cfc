"""The witness over plain HTTP: each page is for some roles, an unknown page for nobody, and a reading is recorded."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, cast

import pytest

from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.layout import read_bundle
from gateway.audit.tlog.witness import MAX_REQUEST_BYTES, SIZE_TYPE, Decision
from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.witness import http as module
from gateway.witness.http import READERS, PagesContext, witness_pages
from keys.identity import Identity, Role

ORIGIN = "log.chongqing.example/1"
OF_ORIGIN = f"/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint"
SIZE = 300
Answer = tuple[int, bytes]
ENDS: dict[str, list[dict[str, Any]]] = {
    "whole": [{"type": "http.request", "body": b""}],
    "leaves": [{"type": "http.disconnect"}],
    "stalls": [],
}
"""The last messages of a request's body."""


class FakeReader:
    """A log of 300 entries whose hashes name themselves."""

    def node(self, level: int, number: int) -> bytes:
        """A hash of 32 bytes."""
        return b"%15d/%16d" % (level, number)

    def rows(self, start: int, end: int) -> Iterator[list[tuple[int, bytes, bytes]]]:
        """Rows with entries that name themselves."""
        yield [(index, b"leaf", b"entry %d" % index) for index in range(start, end)]


class World:
    """The pages for a machine of one role; None is a machine that the gate refuses."""

    def __init__(self, role: Role | None = Role.REVIEWER) -> None:
        self.role = role
        self.size, self.note = SIZE, b"our note\n"
        self.added: list[bytes] = []
        self.acts: list[tuple[str, ...]] = []
        self.reads = 0
        self.left: list[dict[str, Any]] = []
        self.turned_away: list[tuple[str, Reason]] = []
        self.fault: Exception | None = None
        self.application = witness_pages(
            PagesContext(
                admit=self.admit,
                add_checkpoint=self.add_checkpoint,
                admit_reader=self.admit_reader,
                witnessed=self.witnessed,
                published=lambda: (self.size, self.note),
                log=cast(Any, self.read),
                act=self.act,
            ),
            lambda path, sender, refusal: self.turned_away.append((path, refusal.reason)),
        )

    def admit(self, sender: Sender, roles: frozenset[Role]) -> Identity:
        """Admit the machine where its role is one of these."""
        if self.role is None:
            raise Refusal(Reason.CERTIFICATE_REVOKED)
        if self.role not in roles:
            raise Refusal(Reason.ROLE_NOT_ALLOWED)
        return Identity("500000", self.role, "one")

    def admit_reader(self, sender: Sender) -> frozenset[str]:
        """Admit who may read checkpoints; all of them know one log."""
        self.admit(sender, READERS)
        return frozenset({ORIGIN})

    async def add_checkpoint(self, identity: Identity, body: bytes) -> Decision:
        """Answer that we stand at size 7."""
        self.added.append(body)
        return Decision(409, b"7\n", SIZE_TYPE)

    async def witnessed(self, origin: str) -> bytes:
        """The note that we cosigned last."""
        return f"note of {origin}\n".encode()

    async def act(self, action: str, subject: str, actor: str) -> None:
        """Record a reading, or refuse where the log does not write."""
        if self.fault is not None:
            raise self.fault
        self.acts.append((action, subject, actor))

    @contextmanager
    def read(self) -> Iterator[LogReader]:
        """Open the log."""
        self.reads += 1
        if isinstance(self.fault, StoreInvalid):
            raise self.fault
        yield cast(LogReader, FakeReader())

    async def call(self, method: str, path: str, *chunks: bytes, end: str = "whole") -> Answer:
        """Ask for a page; return status and body. The body ends whole, or the client leaves before, or stalls."""
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
        ]
        messages += ENDS[end]
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            if not messages:
                await asyncio.Event().wait()
            return messages.pop(0)

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [],
            "scheme": "https",
            "server": ("localhost", 443),
            "sender": Sender("pem", "TLSv1.3", ""),
        }
        await self.application(scope, receive, send)
        self.left = messages
        return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


PAGES = [("POST", "/add-checkpoint"), *(("GET", one) for one in ("/checkpoint", "/tile/0/000", "/tile/entries/000"))]
PAGES += [("GET", OF_ORIGIN)]


@pytest.mark.parametrize(("method", "path"), PAGES)
async def test_a_machine_that_the_gate_refuses_reads_and_submits_nothing(method: str, path: str) -> None:
    """The answer is the reason, and not its detail."""
    world = World(None)
    assert (401, b"CERTIFICATE_REVOKED\n") == await world.call(method, path)
    assert ([], [], 0) == (world.added, world.acts, world.reads)


ALLOWED = {
    "/add-checkpoint": frozenset({Role.NODE}),
    "/checkpoint": READERS,
    "/tile/0/000": READERS,
    "/tile/entries/000": frozenset({Role.REVIEWER}),
    OF_ORIGIN: READERS,
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(("method", "path"), PAGES)
async def test_each_page_is_for_its_roles_alone(method: str, path: str, role: Role) -> None:
    """Entries are for reviewers, checkpoints to be cosigned come from nodes, hashes hold no content."""
    status, _ = await World(role).call(method, path)
    assert (role not in ALLOWED[path]) == (status == 403)


def test_an_application_reads_nothing() -> None:
    """The readers of what holds no content are these."""
    assert frozenset({Role.NODE, Role.REVIEWER, Role.ADMINISTRATOR}) == READERS


ABSENT = ["/", "/x", "/tile/", "/tile/0/0", "/tile/0/000.p/0", "/tile/64/000", "/tile/00/000", "/tile/entries/x000"]
ABSENT += [f"/{'0' * 64}/checkpoint", "/../checkpoint", "/tile/0/000/", "/tile/0/../0/000"]


@pytest.mark.parametrize("path", ABSENT)
async def test_what_is_no_page_is_not_found(path: str) -> None:
    """Paths have one form each; an origin that no trust bundle names has no page."""
    world = World()
    assert 404 == (await world.call("GET", path))[0]
    assert ([], 0) == (world.acts, world.reads)


@pytest.mark.parametrize("path", ["/tile/0/001", "/tile/0/001.p/45", "/tile/entries/001.p/45", "/tile/1/000"])
async def test_a_tile_beyond_the_published_tree_is_not_found(path: str) -> None:
    """What no quorum has cosigned is not shown, and no reading is recorded."""
    world = World()
    assert (404, [], 0) == ((await world.call("GET", path))[0], world.acts, world.reads)


async def test_before_anything_is_published_there_is_nothing_to_read() -> None:
    """No checkpoint, no tile, no entry."""
    world = World()
    world.size, world.note = 0, b""
    for path in ("/checkpoint", "/tile/0/000.p/1", "/tile/entries/000.p/1"):
        assert 404 == (await world.call("GET", path))[0]
    assert [] == world.acts


async def test_entries_whose_reading_cannot_be_recorded_are_not_read() -> None:
    """The record comes first."""
    world = World()
    world.fault = Refusal(Reason.AUDIT_NOT_DURABLE, "no room on /dev/sda")
    assert (503, b"AUDIT_NOT_DURABLE\n") == await world.call("GET", "/tile/entries/000")
    assert 0 == world.reads


async def test_a_log_that_cannot_be_opened_is_not_available() -> None:
    """The answer does not say why."""
    world = World()
    world.fault = StoreInvalid("/srv/audit/log.db: no such file")
    assert (503, b"not available\n") == await world.call("GET", "/tile/0/000")


async def test_a_body_that_is_too_long_is_not_read_to_its_end() -> None:
    """As much is handed on as shows that it is too long."""
    world = World(Role.NODE)
    await world.call("POST", "/add-checkpoint", b"x" * MAX_REQUEST_BYTES, b"y", b"z")
    assert [MAX_REQUEST_BYTES + 1] == [len(one) for one in world.added]
    assert 2 == len(world.left)


async def test_a_client_that_leaves_submits_an_empty_body() -> None:
    """Half a request is none."""
    world = World(Role.NODE)
    await world.call("POST", "/add-checkpoint", b"old 0\n", end="leaves")
    assert [b""] == world.added


async def test_a_body_that_does_not_come_in_time_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is not held for it."""
    monkeypatch.setattr(module, "BODY_SECONDS", 0.0)
    world = World(Role.NODE)
    assert (503, b"not available\n") == await world.call("POST", "/add-checkpoint", b"old 0\n", end="stalls")
    assert [] == world.added


async def test_a_request_of_a_node_is_answered_as_the_witness_decides() -> None:
    """Status, body and what was sent, in parts or whole."""
    world = World(Role.NODE)
    assert (409, b"7\n") == await world.call("POST", "/add-checkpoint", b"old 0\n", b"\nnote")
    assert [b"old 0\n\nnote"] == world.added


async def test_checkpoints_are_given_as_they_were_cosigned() -> None:
    """Our own, and the one of each origin that we witness."""
    world = World(Role.ADMINISTRATOR)
    assert (200, b"our note\n") == await world.call("GET", "/checkpoint")
    assert (200, f"note of {ORIGIN}\n".encode()) == await world.call("GET", OF_ORIGIN)


async def test_tiles_hold_the_hashes_of_their_level() -> None:
    """A whole tile of level 0, and a partial one of level 1; hashes hold no content, so no act is recorded."""
    world = World(Role.NODE)
    reader = FakeReader()
    assert (200, b"".join(reader.node(0, one) for one in range(256))) == await world.call("GET", "/tile/0/000")
    assert (200, reader.node(8, 0)) == await world.call("GET", "/tile/1/000.p/1")
    assert [] == world.acts


async def test_entries_are_given_in_a_bundle_and_each_reading_is_recorded() -> None:
    """With the bundle's name and the person."""
    world = World()
    status, body = await world.call("GET", "/tile/entries/001.p/44")
    assert (200, [b"entry %d" % one for one in range(256, 300)]) == (status, read_bundle(body))
    actor = Identity("500000", Role.REVIEWER, "one").uri
    assert [("read_bundle", "tile/entries/001.p/44", actor)] == world.acts
