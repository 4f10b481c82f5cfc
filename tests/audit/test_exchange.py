"""One exchange in the log: nothing leaves without its intent, without witnesses, or with too many cardholders named."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.audit.entries.bodies import open_body
from gateway.audit.entries.entry import decode
from gateway.audit.exchange import MAX_SUBJECTS, make_event_id
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.storage.reader import LogReader
from gateway.ground.evidence import Page
from gateway.ground.refusals import Reason, Refusal
from tests.audit.logs import BOOK, CALLER, CLEARED, EPOCHS, PAGE, create, database, journal, opened, question
from tests.samples import NOW_US, arrival, ask, grant


class Witnesses:
    """Witnesses that stand by for so many questions, and then fall behind."""

    def __init__(self, patience: int) -> None:
        self.left = patience

    def __call__(self, provinces: frozenset[str]) -> None:
        self.left -= 1
        if self.left < 0:
            raise Refusal(Reason.LOG_UNWITNESSED)


def witnessed(log: AuditLog, witnesses: Witnesses) -> Journal:
    """The provider's journal under these witnesses."""
    return Journal(log, BOOK, peers={}, clock_us=lambda: NOW_US, random=os.urandom, require_witnessed=witnesses)


async def test_a_page_does_not_leave_when_the_witnesses_fell_behind_since_the_intent(tmp_path: Path) -> None:
    """They are asked before the intent and before each page; the log then has the intent and the refusal alone."""
    async with opened(await create(tmp_path)) as log:
        exchange = witnessed(log, Witnesses(1)).begin_provider(question(1))
        exchange.intend(CALLER, grant())
        with pytest.raises(Refusal) as refused:
            await exchange.release(CLEARED)
        assert Reason.LOG_UNWITNESSED is refused.value.reason
        await exchange.refuse(refused.value)
        assert 2 == log.size


async def test_an_exchange_does_not_begin_when_the_witnesses_are_behind(tmp_path: Path) -> None:
    """Neither platform nor peer is asked for what could not be handed over, and nothing is recorded yet."""
    async with opened(await create(tmp_path)) as log:
        exchange = witnessed(log, Witnesses(0)).begin_provider(question(1))
        with pytest.raises(Refusal) as refused:
            exchange.intend(CALLER, grant())
        assert (Reason.LOG_UNWITNESSED, 0) == (refused.value.reason, log.queued)


async def test_nothing_is_released_without_an_intent(tmp_path: Path) -> None:
    """One that was never recorded, and one that was lost."""
    async with opened(await create(tmp_path)) as log:
        exchange = journal(log).begin_provider(question(1))
        with pytest.raises(Refusal, match="the intent was not recorded"):
            await exchange.release(CLEARED)
        exchange.intend(CALLER, grant())
        exchange._intents[0].lost = True
        with pytest.raises(Refusal, match="the intent was not recorded"):
            await exchange.release(CLEARED)


async def test_a_refusal_after_a_lost_intent_has_the_body_and_names_no_intent(tmp_path: Path) -> None:
    """Else the log had an entry that follows nothing, and no inputs of the decision."""
    async with opened(await create(tmp_path)) as log:
        exchange = journal(log).begin_provider(question(1))
        exchange.intend(CALLER, grant())
        exchange._intents[0].lost = True
        _, (receipt,) = await exchange.refuse(Refusal(Reason.INTERNAL))
        entry = decode(receipt.entry)
    with LogReader(database(tmp_path)) as reader:
        kept = reader.wrap(receipt.index)
    assert "" == entry.text("prev_event")
    assert kept is not None
    assert question(1).ask.channel.value == open_body(entry, kept[1], EPOCHS.key(kept[0])).inputs["channel"]


async def test_a_page_names_as_many_cardholders_as_an_entry_holds_and_no_more(tmp_path: Path) -> None:
    """One more is refused before anything is recorded of the page."""
    async with opened(await create(tmp_path)) as log:
        exchange = journal(log).begin_provider(arrival(ask(subjects=MAX_SUBJECTS + 1), page_rows=MAX_SUBJECTS + 1))
        exchange.intend(CALLER, grant())
        rows = MAX_SUBJECTS + 1
        columns = tuple(replace(column, values=column.values * rows) for column in PAGE.columns)
        with pytest.raises(Refusal) as refused:
            await exchange.release(replace(CLEARED, page=Page(rows, columns)))
        assert Reason.ANSWER_TOO_LARGE is refused.value.reason
        fewer = tuple(replace(column, values=column.values * MAX_SUBJECTS) for column in PAGE.columns)
        await exchange.release(replace(CLEARED, page=Page(MAX_SUBJECTS, fewer)))
        assert 3 == log.size


def test_an_event_id_is_of_its_time_and_of_version_7() -> None:
    """RFC 9562 section 5.7: 48 bits of milliseconds, version and variant, 74 random bits."""
    assert "00000000-0001-7000-8000-000000000000" == make_event_id(1_999, bytes(10))
    assert "ffffffff-ffff-7fff-bfff-ffffffffffff" == make_event_id(((1 << 48) - 1) * 1000, b"\xff" * 10)
