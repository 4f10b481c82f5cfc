"""Our checkpoints are cosigned and published: each witness by itself, and nothing before a quorum has cosigned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.audit.tlog.note import SignatureLine
from gateway.audit.tlog.submission import WitnessAhead, WitnessRefused
from gateway.ground.refusals import Reason, Refusal
from gateway.witness import cosigning as module
from gateway.witness.cosignatures import Cosignatures, Limit
from gateway.witness.cosigning import Cosigning, CosigningEvents
from gateway.witness.submission import Submission, Unreachable, WitnessForgot


class FakeWitness:
    """A witness that cosigns, or fails as it is set; `gate` holds its answers back."""

    def __init__(self, name: str) -> None:
        self.address = SimpleNamespace(name=name)
        self.fault: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.notes: list[bytes] = []

    async def submit(self, note: bytes) -> tuple[SignatureLine, ...]:
        """Note what is submitted, and cosign it."""
        self.notes.append(note)
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        return (SignatureLine(self.address.name, b"", b""),)


class World:
    """Witnesses `a` and `b`, of which `needed` are a quorum, and what happens."""

    def __init__(self, needed: int = 1) -> None:
        self.a, self.b = FakeWitness("a"), FakeWitness("b")
        self.events: list[tuple[object, ...]] = []
        self.happened = asyncio.Event()
        self.notes: dict[int, bytes] = {}
        self.published_at: dict[tuple[str, int], bytes] = {}
        self.add_fault: Exception | None = None
        limit = Limit(60, 100)
        self.cosignatures = Cosignatures(
            names=frozenset("ab"),
            provinces={},
            enough=lambda names: len(names) >= needed,
            cross_province=limit,
            in_province=limit,
            clock=lambda: 0.0,
        )
        self.cosignatures.begin(5, {})
        self.cosigning = Cosigning(
            cast(Sequence[Submission], (self.a, self.b)),
            self.cosignatures,
            self.add,
            CosigningEvents(
                self.note_cosigned,
                lambda name, why: self.note("failed", name, why),
                lambda name, what, kept: self.note("contradicted", name, what, kept.size),
            ),
        )

    def note(self, *event: object) -> None:
        """Note an event."""
        self.events.append(event)
        self.happened.set()

    def note_cosigned(self, name: str, size: int) -> None:
        """Note that a witness cosigned, and what was published at that moment."""
        self.published_at[name, size] = self.cosigning.published
        self.note("cosigned", name, size)

    async def add(self, size: int, lines: Sequence[SignatureLine]) -> bytes:
        """Add lines to the note of a size."""
        if self.add_fault is not None:
            raise self.add_fault
        self.notes[size] = self.notes.get(size, b"note %d" % size) + b"".join(b" " + one.name.encode() for one in lines)
        return self.notes[size]

    def take(self, size: int) -> None:
        """Let the log store a checkpoint."""
        self.cosignatures.report_size(size)
        self.cosigning.take_checkpoint(size, b"note %d" % size, 0.0)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve both witnesses."""
        task = asyncio.create_task(self.cosigning.run())
        try:
            async with asyncio.timeout(10):
                yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def _attempt_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits between attempts."""
    monkeypatch.setattr(module, "PAUSES", (0.0,))


async def until(world: World, event: tuple[object, ...]) -> None:
    """Wait for an event."""
    while event not in world.events:
        world.happened.clear()
        await world.happened.wait()


CONTRADICTIONS = [
    (WitnessAhead(9, 5), "the witness has seen 9 entries, but the checkpoint has 5"),
    (WitnessRefused(422, "proof"), "the witness has seen another log: proof"),
]


@pytest.mark.parametrize(("fault", "what"), CONTRADICTIONS, ids=["ahead", "another log"])
async def test_a_witness_that_has_seen_another_log_stops_exchanges_though_a_quorum_cosigned(
    fault: Exception, what: str
) -> None:
    """It is reported as a contradiction, with the checkpoint that it was given."""
    world = World()
    world.b.fault = fault
    async with world.running():
        world.take(5)
        await until(world, ("contradicted", "b", what, 5))
        await until(world, ("cosigned", "a", 5))
    with pytest.raises(Refusal) as caught:
        world.cosignatures.require_witnessed(frozenset())
    assert Reason.LOG_CONTRADICTED == caught.value.reason


FAULTS = [
    (WitnessRefused(403, "unknown key"), "403: unknown key"),
    (Unreachable("no route"), "Unreachable: no route"),
    (WitnessForgot("it says 3"), "WitnessForgot: it says 3"),
    (ValueError("a fault of ours"), "ValueError: a fault of ours"),
]


@pytest.mark.parametrize(("fault", "why"), FAULTS, ids=["refused", "unreachable", "forgot", "any"])
async def test_a_witness_that_fails_is_reported_and_tried_again_until_it_cosigns(fault: Exception, why: str) -> None:
    """Nothing that one witness answers ends the service of it or of another, or contradicts the log."""
    world = World(needed=2)
    world.b.fault = fault
    async with world.running():
        world.take(5)
        await until(world, ("failed", "b", why))
        await until(world, ("cosigned", "a", 5))
        assert (b"", False) == (world.cosigning.published, world.cosignatures.confirmed)
        world.b.fault = None
        await until(world, ("cosigned", "b", 5))
    assert {b"note 5 a b", b"note 5 b a"} >= {world.cosigning.published}
    world.cosignatures.require_witnessed(frozenset())


async def test_a_cosignature_that_cannot_be_stored_does_not_count() -> None:
    """Nothing is published that is not in the log's own note."""
    world = World()
    world.add_fault = OSError("disk full")
    async with world.running():
        world.take(5)
        await until(world, ("failed", "a", "OSError: disk full"))
    assert (b"", False) == (world.cosigning.published, world.cosignatures.confirmed)


async def test_nothing_is_published_before_a_quorum_has_cosigned_the_same_checkpoint() -> None:
    """One of two cosigned the first, and the other only the second."""
    world = World(needed=2)
    world.b.gate.clear()
    async with world.running():
        world.take(5)
        await until(world, ("cosigned", "a", 5))
        assert b"" == world.cosigning.published
        world.take(8)
        await until(world, ("cosigned", "a", 8))
        world.b.gate.set()
        await until(world, ("cosigned", "b", 8))
    assert b"note 8 a b" == world.cosigning.published


async def test_a_slow_witness_holds_no_other_back_and_never_turns_the_published_note_back() -> None:
    """It cosigned an older size while the other was two checkpoints on; then it gets the newest alone."""
    world = World()
    world.b.gate.clear()
    async with world.running():
        for size in (5, 6, 7):
            world.take(size)
            await until(world, ("cosigned", "a", size))
        world.b.gate.set()
        await until(world, ("cosigned", "b", 7))
    assert b"note 7 a" == world.published_at["b", 5]
    assert [b"note 5", b"note 7"] == world.b.notes
    assert b"note 7 a b" == world.cosigning.published


async def test_settling_waits_for_every_witness_and_not_for_one_that_fails_again() -> None:
    """A stop takes what there is to take, and no longer."""
    world = World()
    world.b.gate.clear()
    world.b.fault = Unreachable("no route")
    async with world.running():
        world.take(5)
        settled = asyncio.create_task(world.cosigning.settle())
        await until(world, ("cosigned", "a", 5))
        assert not settled.done()
        world.b.gate.set()
        await settled
    assert ("failed", "b", "Unreachable: no route") in world.events


async def test_settling_a_log_that_every_witness_has_cosigned_ends_at_once() -> None:
    """There is nothing to wait for."""
    world = World()
    async with world.running():
        world.take(5)
        await until(world, ("cosigned", "a", 5))
        await until(world, ("cosigned", "b", 5))
        await world.cosigning.settle()
    assert [b"note 5"] == world.a.notes == world.b.notes
