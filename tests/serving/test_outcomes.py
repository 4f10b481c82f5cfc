"""Acknowledgements of asking gateways: taken once each, looked up where nothing is remembered, settled when durable."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.audit.journal import Acknowledgement, Journal
from gateway.audit.pending import Pending
from gateway.ground.evidence import NO_ENTRY
from gateway.ground.refusals import Reason, Refusal
from gateway.serving import outcomes as module
from gateway.serving.outcomes import Outcomes, PendingOutcome


def acknowledgement(*, last: bool = True) -> Acknowledgement:
    """A page of ours that a peer acknowledges."""
    return Acknowledgement("node", "id", 2, "log", 3, b"l" * 32, "", last=last)


def queued(index: int = NO_ENTRY) -> Pending:
    """An outcome entry in the queue, or durable at an index."""
    return cast(Pending, SimpleNamespace(lost=False, index=index))


class Remembering:
    """A journal that remembers no release, or `at_once`; late look-ups give the `late` results in order."""

    def __init__(self, at_once: Pending | None = None, late: list[Pending | Refusal | None] | None = None) -> None:
        self.at_once = at_once
        self.late = late or []
        self.founded = True
        self.unfounded: list[Acknowledgement] = []
        self.looked_up = 0
        self.exhausted = asyncio.Event()

    def record_outcome(self, one: Acknowledgement) -> Pending | None:
        """Give what is remembered."""
        return self.at_once

    async def is_founded(self, one: Acknowledgement) -> bool:
        """Say whether the log holds it."""
        return self.founded

    async def record_late_outcome(self, one: Acknowledgement) -> Pending | None:
        """Give the next result."""
        self.looked_up += 1
        found = self.late.pop(0)
        if not self.late:
            self.exhausted.set()
        if isinstance(found, Refusal):
            raise found
        return found


def outcomes_of(journal: Remembering) -> tuple[Outcomes, list[str]]:
    """Outcomes over a journal, and the exchanges that they close."""
    closed: list[str] = []
    return Outcomes(cast(Journal, journal), closed.append, journal.unfounded.append), closed


async def look_up(outcomes: Outcomes, journal: Remembering) -> None:
    """Look acknowledgements up until the journal has given its last result."""
    task = asyncio.create_task(outcomes.run())
    async with asyncio.timeout(10):
        await journal.exhausted.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_an_entry_that_is_not_durable_yet_settles_nothing() -> None:
    """A commit that fails would lose it: the asking gateway must send it again."""
    pending = queued()
    outcomes, _ = outcomes_of(Remembering(pending))
    outcome = outcomes.take(acknowledgement())
    assert not outcome.settle()
    pending.index = 9
    assert outcome.settle()


async def test_an_acknowledgement_that_was_not_looked_up_yet_is_not_settled_and_closes_nothing() -> None:
    """Nobody knows yet whether the log holds its release."""
    journal = Remembering()
    outcomes, closed = outcomes_of(journal)
    outcome = outcomes.take(acknowledgement())
    assert (False, [], 0) == (outcome.settle(), closed, journal.looked_up)


async def test_a_log_that_cannot_be_read_loses_no_acknowledgement(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked up again until the log can be read."""
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    refusal = Refusal(Reason.AUDIT_NOT_DURABLE)
    journal = Remembering(late=[refusal, refusal, queued(9)])
    outcomes, closed = outcomes_of(journal)
    outcome = outcomes.take(acknowledgement())
    await look_up(outcomes, journal)
    assert (True, 3, ["id"]) == (outcome.settle(), journal.looked_up, closed)


async def test_an_acknowledgement_of_nothing_is_over_without_an_entry() -> None:
    """Its release is unknown, another node's, or has its outcome; no exchange is closed by it."""
    journal = Remembering(late=[None])
    outcomes, closed = outcomes_of(journal)
    outcome = outcomes.take(acknowledgement())
    await look_up(outcomes, journal)
    assert (True, None, []) == (outcome.settle(), outcome.pending, closed)


async def test_an_entry_that_was_lost_is_looked_up_once_more() -> None:
    """A stop of the log refuses what is queued; the acknowledgement stays to be recorded."""
    lost = queued()
    journal = Remembering(lost, late=[queued(12)])
    outcomes, _ = outcomes_of(journal)
    outcome = outcomes.take(acknowledgement())
    lost.lost = True
    assert (False, False) == (outcome.settle(), outcome.settle())
    await look_up(outcomes, journal)
    assert (True, 1) == (outcome.settle(), journal.looked_up)


async def test_what_finds_no_room_to_wait_is_never_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue is bounded; the asking gateway sends it again over its next link."""
    monkeypatch.setattr(module, "LATE", 1)
    journal = Remembering(late=[None])
    outcomes, _ = outcomes_of(journal)
    first, second = outcomes.take(acknowledgement()), outcomes.take(acknowledgement())
    await look_up(outcomes, journal)
    assert (True, False, 1) == (first.settle(), second.settle(), journal.looked_up)


@pytest.mark.parametrize(("last", "closes"), [(False, []), (True, ["id"])])
@pytest.mark.parametrize("is_remembered", [True, False])
async def test_only_the_last_page_closes_its_exchange(last: bool, closes: list[str], is_remembered: bool) -> None:
    """Whether its release is remembered or was found in the log."""
    journal = Remembering(queued(1)) if is_remembered else Remembering(late=[queued(1)])
    outcomes, closed = outcomes_of(journal)
    outcome = outcomes.take(acknowledgement(last=last))
    if not is_remembered:
        await look_up(outcomes, journal)
    assert (True, closes) == (outcome.settle(), closed)


def test_a_lost_entry_is_handed_back_once() -> None:
    """Each look at it would queue it anew otherwise."""
    again: list[Any] = []
    lost = queued()
    lost.lost = True
    outcome = PendingOutcome(acknowledgement(), lost, again.append)
    assert (False, False, [outcome]) == (outcome.settle(), outcome.settle(), again)
