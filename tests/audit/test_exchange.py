"""One exchange in the log: nothing leaves without its intent, without witnesses, or with too many cardholders named."""

from __future__ import annotations

import os
from base64 import b64decode
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.audit.entries.bodies import open_body
from gateway.audit.entries.entry import decode
from gateway.audit.entries.event_ids import make_event_id
from gateway.audit.entries.references import split
from gateway.audit.exchange import MAX_SUBJECTS
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import find_named
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.tlog.pairs import Kind as PairKind
from gateway.audit.verification.verify import verify_log
from gateway.border.messages import write_page
from gateway.ground.evidence import Column, Page, PeerAnswer, RawIdentifier
from gateway.ground.item import Kind
from gateway.ground.refusals import PeerRefusal, Reason, Refusal
from gateway.wire.v1 import page_pb2
from tests.audit.logs import BOOK, CALLER, CLEARED, EPOCHS, PAGE, PROVIDER, create, database, journal, opened, question
from tests.audit.provinces import world
from tests.samples import NOW_US, arrival, ask, grant
from tests.wide import budgets


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
    return Journal(
        log, BOOK, peers={}, clock_us=lambda: NOW_US, random=os.urandom, require_witnessed=witnesses, persons=budgets()
    )


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
        kept, body = reader.wrap(receipt.index), reader.body(receipt.index)
    assert "" == entry.text("prev_event")
    assert kept is not None
    assert question(1).ask.channel.value == open_body(entry, body, kept[1], EPOCHS.key(kept[0])).inputs["channel"]


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


async def test_a_page_that_no_message_can_carry_is_refused_before_its_release(tmp_path: Path) -> None:
    """F2: the log must not say that it left; one that just fits does, and the refusal is the end."""
    most = PAGE.most_bytes
    async with opened(await create(tmp_path)) as log:
        for limit, size in ((most - 1, 2), (most, 4)):
            made = Journal(
                log,
                BOOK,
                peers={},
                clock_us=lambda: NOW_US,
                random=os.urandom,
                require_witnessed=lambda _: None,
                max_page_bytes=limit,
                persons=budgets(),
            )
            exchange = made.begin_provider(question(limit))
            exchange.intend(CALLER, grant())
            try:
                await exchange.release(CLEARED)
            except Refusal as refusal:
                assert (Reason.ANSWER_TOO_LARGE, most - 1) == (refusal.reason, limit)
                await exchange.refuse(refusal)
            assert (size, True) == (log.size, exchange.over)


async def test_the_bytes_of_a_page_are_never_taken_for_less_than_they_are() -> None:
    """F2: every kind of column, with nulls and with signs that take four bytes."""
    days = (date(2030, 1, 31), None, date.max)
    columns = (
        Column("a", Kind.STRING, ("\U00020bb7" * 300, None, "样例")),
        Column("b" * 64, Kind.DECIMAL, ("12.50", None, "0")),
        Column("c", Kind.INTEGER, (-1, None, 1 << 62)),
        Column("d", Kind.BOOLEAN, (True, None, False)),
        Column("e", Kind.DATE, days),
        Column("f", Kind.SEALED, (bytes(300), None, b"x")),
    )
    for page in (Page(3, columns), *(Page(3, (column,)) for column in columns), Page(0, ())):
        message = page_pb2.Page()
        write_page(page, message)
        assert message.ByteSize() <= page.most_bytes <= 2 * message.ByteSize() + 200


@pytest.mark.parametrize("last", [True, False])
async def test_an_exchange_has_one_end(tmp_path: Path, last: bool) -> None:
    """A2: after its last page, or after a refusal, nothing is recorded of it any more."""
    async with opened(await create(tmp_path)) as log:
        exchange = journal(log).begin_provider(question(1))
        assert not exchange.begun
        exchange.intend(CALLER, grant())
        assert (True, False) == (exchange.begun, exchange.over)
        await exchange.release(replace(CLEARED, last=last))
        if not last:
            _, receipts = await exchange.refuse(Refusal(Reason.CANCELLED))
            assert 1 == len(receipts)
        assert exchange.over
        exchange.abandon(Refusal(Reason.CANCELLED))
        assert () == (await exchange.refuse(Refusal(Reason.INTERNAL)))[1]
        assert (2 if last else 3, 0) == (log.size, log.queued)


def test_an_event_id_is_of_its_time_and_of_version_7() -> None:
    """RFC 9562 section 5.7: 48 bits of milliseconds, version and variant, 74 random bits."""
    assert "00000000-0001-7000-8000-000000000000" == make_event_id(1_999, bytes(10))
    assert "ffffffff-ffff-7fff-bfff-ffffffffffff" == make_event_id(((1 << 48) - 1) * 1000, b"\xff" * 10)


@pytest.mark.parametrize("begun", [False, True])
async def test_an_end_is_owed_by_what_has_begun_alone(tmp_path: Path, begun: bool) -> None:
    """A refusal before the intent is one entry, and is not recorded again after a stop of the log."""
    owed: list[object] = []
    async with opened(await create(tmp_path)) as log:
        exchange = journal(log).begin_provider(question(1))
        exchange._context = replace(exchange._context, owe=owed.append)
        if begun:
            exchange.intend(CALLER, grant())
        await exchange.refuse(Refusal(Reason.CANCELLED))
    assert int(begun) == len(owed)


async def test_a_refusal_of_a_peer_whose_log_is_not_known_is_ours(tmp_path: Path) -> None:
    """What cannot be proven is not handed on as the peer's word; without a receipt of it, nothing is to be proven."""
    async with opened(await create(tmp_path)) as log:
        _, receipts = await journal(log).begin_provider(question(1)).refuse(Refusal(Reason.GRANT_MISSING))
        for number, (theirs, expected) in enumerate(
            ((receipts, Reason.PEER_RECEIPT_INVALID), ((), Reason.LEAK_BLOCKED)), start=2
        ):
            exchange = witnessed(log, Witnesses(9)).begin_asker(question(number))
            exchange.intend(CALLER, grant())
            refusal, ours = await exchange.refuse(PeerRefusal(Refusal(Reason.LEAK_BLOCKED), theirs))
            assert (expected, 1) == (refusal.reason, len(ours))


async def test_pages_of_an_answer_come_in_their_order_and_none_twice(tmp_path: Path) -> None:
    """The number of a page that was received is not taken again."""
    async with world(tmp_path) as both:
        arrival_, asking = both.ask(1)
        giving = both.give(arrival_)
        first = await giving.release(replace(CLEARED, last=False))
        page = PeerAnswer(PAGE, 0, False, first, giving.salt)
        await asking.receive(asking.prove(page))
        with pytest.raises(Refusal) as refused:
            asking.prove(page)
        assert Reason.PEER_RECEIPT_INVALID is refused.value.reason


def people(first: int, count: int) -> Page:
    """The keys of so many synthetic people, each of another number."""
    numbers = tuple(f"5199991960{number:08d}" for number in range(first, first + count))
    return Page(
        count, (Column("social_security_no", Kind.STRING, numbers), Column("name", Kind.STRING, ("王一",) * count))
    )


def named(place: Path, index: int) -> list[bytes]:
    """The references of an entry, in its order."""
    with LogReader(place) as reader:
        return list(split(b64decode(decode(reader.entry(index).octets).text("subject_tokens"))))


def references(keys: Page) -> list[bytes]:
    """The references of the people whom keys name, as the log makes them this month."""
    return [bytes(BOOK.references.subject(RawIdentifier(str(value)), NOW_US)) for value in keys.columns[0].values]


@pytest.mark.parametrize("side", ["begin_provider", "begin_asker"])
async def test_a_refusal_before_the_intent_names_the_person_asked_about(tmp_path: Path, side: str) -> None:
    """On either side: an attempt that was refused stands in the person's history too, and is in the index."""
    place, keys = await create(tmp_path), people(1, 3)
    async with opened(place) as log:
        exchange = getattr(journal(log), side)(arrival(ask(keys=keys)))
        await exchange.refuse(Refusal(Reason.GRANT_MISSING))
    assert references(keys) == named(place, 0)
    assert verify_log(place, [Ed25519Verifier(PROVIDER.vkey)]).holds
    with LogReader(place) as reader:
        assert [0] == find_named(reader, PairKind.SUBJECT, {"": frozenset(references(keys)[1:2])})


async def test_a_refusal_after_some_pages_names_those_of_whom_nothing_left(tmp_path: Path) -> None:
    """The page that left has its own entry, with the person that it is about."""
    place, keys = await create(tmp_path), people(1, 3)
    async with opened(place) as log:
        exchange = journal(log).begin_provider(arrival(ask(keys=keys)))
        exchange.intend(CALLER, grant())
        await exchange.release(replace(CLEARED, last=False))
        await exchange.refuse(Refusal(Reason.LEAK_BLOCKED))
    assert [references(keys), references(keys)[:1], references(keys)[1:]] == [named(place, index) for index in range(3)]


async def test_a_refusal_names_no_more_people_than_an_entry_can(tmp_path: Path) -> None:
    """With its body it still fits; the others are in no entry, and the page says so."""
    place, keys = await create(tmp_path), people(1, MAX_SUBJECTS + 1)
    async with opened(place) as log:
        await journal(log).begin_asker(arrival(ask(keys=keys))).refuse(Refusal(Reason.GRANT_MISSING))
    assert references(keys)[:-1] == named(place, 0)


@pytest.mark.parametrize(
    "keys",
    [Page(0, ()), Page(1, (Column("card_no", Kind.STRING, ("1",)),)), Page(1, (Column("x", Kind.INTEGER, (1,)),))],
)
async def test_a_refusal_of_a_question_that_names_nobody_names_nobody(tmp_path: Path, keys: Page) -> None:
    """Only the one key that identifies a cardholder is read; no field stands for none."""
    place = await create(tmp_path)
    async with opened(place) as log:
        await journal(log).begin_provider(arrival(ask(keys=keys))).refuse(Refusal(Reason.ITEM_UNKNOWN))
    with LogReader(place) as reader:
        assert "subject_tokens" not in decode(reader.entry(0).octets).fields
