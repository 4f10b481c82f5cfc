"""This node as a witness: it cosigns what only grew, durably first, and believes nothing of a log that has forked."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.audit.tlog.cosignature import note_verifier
from gateway.audit.tlog.note import COSIGNATURE, Checkpoint, checkpoint_text, open_note, sign_note
from gateway.audit.tlog.submission import request_from
from gateway.audit.tlog.tree import leaf_hash, root_of
from gateway.audit.tlog.witness import LastCosigned, write_request
from gateway.witness.state import WitnessState
from gateway.witness.witness import Witness, WitnessEvents
from tests.audit.cosigning import WitnessKey
from tests.audit.signing import LogKey

ORIGIN = "log.sichuan.example/1"
LOG = LogKey(ORIGIN)
KEY = WitnessKey("witness.example", COSIGNATURE)
OWN = frozenset({ORIGIN})
LEAVES = [leaf_hash(b"%d" % number) for number in range(20)]


def note(size: int, root: bytes | None = None) -> bytes:
    """The log's checkpoint of a size."""
    return sign_note(checkpoint_text(Checkpoint(ORIGIN, size, root or root_of(LEAVES[:size]))), [LOG])


def request(old: int, size: int) -> bytes:
    """A request that proves a size from an older one."""
    return request_from(old, note(size), lambda level, number: root_of(LEAVES[number << level : (number + 1) << level]))


class World:
    """A witness over a real state, the keys that it trusts, and what it reports."""

    def __init__(self, state: WitnessState) -> None:
        self.state = state
        self.logs = {ORIGIN: [note_verifier(LOG.vkey)]}
        self.events: list[tuple[object, ...]] = []
        self.witness = self.make()

    def make(self) -> Witness:
        """A witness as after a restart."""
        return Witness(
            self.state,
            [KEY.at()],
            lambda: self.logs,
            lambda: 1,
            WitnessEvents(
                lambda origin, size: self.events.append(("cosigned", origin, size)),
                lambda fork: self.events.append(("forked", fork.origin, fork.size)),
                lambda origin, old, size: self.events.append(("forgotten", origin, old, size)),
            ),
        )

    async def add(self, body: bytes, origins: frozenset[str] = OWN) -> tuple[int, bytes]:
        """The answer to a request."""
        decision = await self.witness.add_checkpoint(body, origins=origins)
        return int(decision.status), decision.body


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A witness that has seen nothing."""
    path = tmp_path / "witness.db"
    await WitnessState.create(path, [KEY.vkey], created_us=1)
    state = await WitnessState.open(path, [KEY.vkey])
    yield World(state)
    await state.close()


async def test_a_body_that_is_no_request_is_answered_so(world: World) -> None:
    """And remembered nowhere."""
    status, _ = await world.add(b"not a request")
    assert (400, []) == (status, world.events)


@pytest.mark.parametrize("origins", [frozenset[str](), frozenset({"log.chongqing.example/1"})])
async def test_a_machine_may_speak_for_its_own_log_alone(world: World, origins: frozenset[str]) -> None:
    """A known log in the mouth of another node is not known; an empty list refuses."""
    status, _ = await world.add(request(0, 5), origins)
    assert (404, b"") == (status, await world.witness.checkpoint(ORIGIN))


async def test_a_log_whose_keys_are_not_in_force_any_more_is_not_known(world: World) -> None:
    """The keys are read for each request."""
    assert 200 == (await world.add(request(0, 5)))[0]
    world.logs = {}
    assert 404 == (await world.add(request(5, 9)))[0]


async def test_a_log_that_signs_two_roots_for_one_size_is_never_believed_again(world: World) -> None:
    """The evidence is kept, and holds over a restart: also what would have been right is refused."""
    await world.add(request(0, 5))
    assert 422 == (await world.add(write_request(5, (), note(5, b"x" * 32))))[0]
    assert [("cosigned", ORIGIN, 5), ("forked", ORIGIN, 5)] == world.events
    assert (OWN, 1) == (await world.witness.forked(), len(await world.witness.forks()))
    refused = (403, b"the log has signed two roots for one size\n")
    assert refused == await world.add(request(5, 9))
    world.witness = world.make()
    assert refused == await world.add(request(5, 9))
    (fork,) = await world.witness.forks()
    assert (note(5, b"x" * 32), 5) == (fork.theirs, fork.size)


@pytest.mark.parametrize("method", ["remember", "read_witnessed", "forks"])
async def test_nothing_is_cosigned_while_the_state_cannot_be_read_or_written(
    world: World, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """The answer bears no signature, and the log may ask again."""

    async def fail(*given: object) -> None:
        raise sqlite3.OperationalError("disk full")

    with monkeypatch.context() as fault:
        fault.setattr(WitnessState, method, fail)
        assert (503, b"the witness cannot write: disk full\n") == await world.add(request(0, 5))
    assert [] == world.events
    assert 200 == (await world.add(request(0, 5)))[0]


async def test_a_log_that_knows_more_of_our_cosignatures_than_we_do_is_reported(world: World) -> None:
    """Then our own state was lost or rolled back; the answer is the size that we know."""
    assert (409, b"0\n") == await world.add(request(5, 9))
    assert [("forgotten", ORIGIN, 5, 0)] == world.events


async def test_a_log_that_is_behind_our_cosignature_is_no_loss_of_ours(world: World) -> None:
    """It restarted and learns where we stand."""
    await world.add(request(0, 5))
    assert (409, b"5\n") == await world.add(request(0, 9))
    assert [("cosigned", ORIGIN, 5)] == world.events


async def test_what_only_grew_is_cosigned_and_durable_before_the_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stored note bears the line of the answer, and the event comes after the write."""
    order: list[str] = []
    remember = WitnessState.remember

    async def note_write(self: WitnessState, origin: str, witnessed: LastCosigned | None, *rest: object) -> None:
        await remember(self, origin, witnessed, None, 1)
        order.append(f"written, {len(world.events)} events before")

    monkeypatch.setattr(WitnessState, "remember", note_write)
    assert b"" == await world.witness.checkpoint(ORIGIN)
    status, line = await world.add(request(0, 5))
    assert (200, ["written, 0 events before"]) == (status, order)
    kept = await world.witness.checkpoint(ORIGIN)
    assert kept.endswith(line)
    assert 1 == len(open_note(kept, (KEY.verifier,)).good)


async def test_requests_of_one_log_are_decided_one_after_another(world: World) -> None:
    """Of two that both prove from size 0, the second is answered with the new size."""
    answers = await asyncio.gather(world.add(request(0, 5)), world.add(request(0, 9)))
    assert [200, 409] == [status for status, _ in answers]
    assert b"5\n" == answers[1][1]
