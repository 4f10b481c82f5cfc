"""A history is answered under a checkpoint over its act and every seal: cosigned where that comes in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import pytest

from gateway.audit.entries.seals import SealKind, Segment
from gateway.audit.review.completeness import check_statement
from gateway.audit.review.history import Asked
from gateway.audit.review.statement import split_lines
from gateway.audit.tlog.pairs import Kind
from gateway.ground.refusals import Reason, Refusal
from gateway.services import histories as module
from gateway.services.histories import Histories
from tests.audit.sealedlog import SealedLog, named

T = TypeVar("T")
A = b"a" * 16
ASKED = Asked(Kind.SUBJECT, {"2026-11": A})


class World:
    """A log in memory, whose checkpoints of some sizes are kept, and a quorum that has cosigned so far."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.log = SealedLog(named(A), named(b"b" * 16), named(A))
        self.kept = [3]
        self.cosigned = 0
        self.looks = 0
        self.segments: list[Segment] = []
        monkeypatch.setattr(module, "list_segments", lambda reader: self.segments)
        monkeypatch.setattr(module, "prove", self.log.prove)
        monkeypatch.setattr(module, "WITNESS_SECONDS", 0.2)
        monkeypatch.setattr(module, "POLL_SECONDS", 0.001)
        vars(self.log)["checkpoints_over"] = self.checkpoints_over
        newest = SimpleNamespace(checkpoint=self.log.note(), size=100)
        self.histories = Histories(cast(Any, newest), self.read, self.look, Path("absent"))

    def look(self) -> int:
        """Tell how far the quorum is; it goes on with each look."""
        self.looks += 1
        return self.cosigned

    def checkpoints_over(self, entries: int) -> list[tuple[int, bytes]]:
        """The kept checkpoints, the newest first."""
        return [(size, self.log.note(size)) for size in sorted(self.kept, reverse=True) if size >= entries]

    def read(self, read: Callable[[Any], T]) -> Awaitable[T]:
        """Read at once."""

        async def now() -> T:
            return read(self.log.reader())

        return now()

    async def size_of_answer(self, act: int = -1) -> int:
        """How many entries the checkpoint of an answer covers."""
        lines = split_lines([piece async for piece in self.histories.answer(ASKED, act)])
        return check_statement(lines).checkpoint.size


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A log that no witness has cosigned."""
    return World(monkeypatch)


async def test_the_newest_checkpoint_that_the_quorum_has_cosigned_is_taken(world: World) -> None:
    """Not one that it has not."""
    world.kept, world.cosigned = [1, 2, 3], 2
    assert 2 == await world.size_of_answer()


async def test_without_cosignatures_the_log_s_own_signature_has_to_do_in_the_end(world: World) -> None:
    """Who asks sees it; the node has looked more than once."""
    assert 3 == await world.size_of_answer()
    assert world.looks > 1


async def test_a_checkpoint_that_does_not_cover_the_act_is_not_taken(world: World) -> None:
    """It might be an old one."""
    world.kept, world.cosigned = [2], 2
    act = world.log.ask(ASKED)
    cast(Any, world.histories._log).checkpoint = world.log.note()
    assert act + 1 == await world.size_of_answer(act)


async def test_a_checkpoint_that_does_not_cover_a_seal_is_not_taken(world: World) -> None:
    """A segment that was sealed meanwhile needs a newer one."""
    world.kept, world.cosigned = [3], 3
    world.log.seal(3)
    world.segments = world.log.segments
    cast(Any, world.histories._log).checkpoint = world.log.note()
    assert 4 == await world.size_of_answer()
    assert SealKind.RUN is world.segments[0].kind


async def test_a_seal_beyond_the_log_is_a_fault_and_not_waited_for(world: World) -> None:
    """No checkpoint will ever cover it."""
    world.log.seal(3)
    world.segments = [replace(world.log.segments[0], act=100)]
    with pytest.raises(Refusal, match="beyond the log's 100 entries"):
        await world.size_of_answer()


async def test_too_long_a_history_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader learns why."""
    monkeypatch.setattr("gateway.audit.review.history.MAX_TAIL", 2)
    with pytest.raises(Refusal, match="at most 2 entries") as caught:
        await world.size_of_answer()
    assert Reason.REQUEST_INVALID is caught.value.reason


async def test_a_statement_comes_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long its lines are."""
    monkeypatch.setattr(module, "PIECE_BYTES", 7)
    pieces = [piece async for piece in world.histories.answer(ASKED, -1)]
    assert max(len(piece) for piece in pieces if b"\n" not in piece) <= 7
    assert [0, 2] == [one.index for one in check_statement(split_lines(pieces)).found]
