"""What a log says of who was looked at is what the node counted, in either database, after a restart."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gateway.assembly.budgets import count_log
from gateway.audit.entries.entry import EntryInvalid
from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.entries.looks import LookReader, look_of
from gateway.audit.entries.named import count_missed, subject_keys
from gateway.audit.exchange import MAX_SUBJECTS
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store
from gateway.budgets.budgets import Budgets
from gateway.budgets.counting import BY_ITEM, Counting, ScopeKind
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind as CellKind
from gateway.ground.item import Outcome
from gateway.ground.refusals import Reason, Refusal
from tests.audit.logs import CLEARED, create, opened, tamper
from tests.budgets.asking import begin, book, journal, question
from tests.budgets.looks import at
from tests.samples import NOW_US, grant
from tests.wide import budgets


async def counted(place: LogPlace, now_us: int = NOW_US) -> Counting:
    """What a start counts from the log."""
    store = await Store.open(place)
    try:
        return await count_log(store, (await store.load()).size, now_us)
    finally:
        await store.close()


def ask_at_random(of: object, persons: Budgets, questions: int) -> None:
    """Ask about persons of chance for officials, applications and items of chance, single and in pages."""
    chance = random.Random(11)
    for _ in range(questions):
        asked = question(
            *(chance.randrange(40) for _ in range(chance.randrange(1, 6))),
            official=chance.choice(["", "u-1", "u-2"]),
            item=chance.choice(["CY-ID-01", "CY-ID-02"]),
            time_us=NOW_US - chance.randrange(0, 3) * 86_400_000_000,
            paged=chance.choice([0, 500]),
        )
        begin(of, asked, chance.choice(["spiffe://chongqing.example/app/1", "spiffe://chongqing.example/app/2"]))  # type: ignore[arg-type]  # Journal


async def test_a_start_counts_what_the_node_had_counted(place: LogPlace) -> None:
    persons = budgets()
    async with opened(place) as log:
        ask_at_random(journal(log, persons), persons, 60)
    live = [*persons.counting]
    assert live == [*await counted(place)]
    assert {*ScopeKind} - {*BY_ITEM.values()} == {one.scope.kind for one in live}
    assert {True, False} == {one.scope.batch for one in live}


async def test_persons_beyond_one_entry_are_counted_all(tmp_path: Path) -> None:
    """A question of more persons than an entry names goes on in further entries, which name no application."""
    path, persons = await create(tmp_path), budgets()
    async with opened(path) as log:
        begin(journal(log, persons), question(*range(MAX_SUBJECTS + 7), official="u-1"))
    found = await counted(path)
    assert [*persons.counting] == [*found]
    assert {MAX_SUBJECTS + 7} == {one.day for one in found}


async def test_refused_questions_count_nothing_and_persons_looked_at_in_vain_count(tmp_path: Path) -> None:
    path, persons = await create(tmp_path), budgets(department=2)
    async with opened(path) as log:
        of = journal(log, persons)
        await of.begin_provider(question(1)).refuse(Refusal(Reason.GRANT_MISSING))
        exchange = begin(of, question(1))
        await exchange.refuse(Refusal(Reason.PLATFORM_UNAVAILABLE))
        begin(of, question(2))
        with pytest.raises(Refusal) as caught:
            begin(of, question(3))
    assert Reason.PERSON_BUDGET_SPENT is caught.value.reason
    assert {2} == {one.day for one in await counted(path)}


async def test_a_question_that_a_budget_refuses_leaves_a_refusal_and_no_intent(tmp_path: Path) -> None:
    path = await create(tmp_path)
    async with opened(path) as log:
        exchange = journal(log, budgets(day=1)).begin_provider(question(1, 2))
        refusal = Refusal(Reason.INTERNAL)
        try:
            begin_with(exchange)
        except Refusal as error:
            refusal = error
        assert not exchange.begun
        _, receipts = await exchange.refuse(refusal)
    assert b'"reason_code":"PERSON_BUDGET_SPENT"' in receipts[0].entry
    assert [] == [*await counted(path)]


def begin_with(exchange: object) -> None:
    """Begin an exchange that was made before."""
    from tests.audit.logs import CALLER

    exchange.intend(CALLER, grant())  # type: ignore[attr-defined]  # ProviderExchange


async def test_on_the_first_day_of_a_month_an_official_has_one_budget(tmp_path: Path) -> None:
    """Its references change at 08:00 in China, before and after a restart."""
    epochs = Epochs({name: EpochKey.of(name.encode() * 9 + b"z") for name in ("2026-11", "2026-12")})
    identity, path = book(epochs), await create(tmp_path)
    async with opened(path) as log:
        of = journal(log, budgets(operator=3), identity)
        begin(of, question(1, 2, official="u-1", time_us=at(1, 7)))
        begin(of, question(3, official="u-1", time_us=at(1, 9)))
        with pytest.raises(Refusal):
            begin(of, question(4, official="u-1", time_us=at(1, 9)))
        begin(of, question(4, official="u-2", time_us=at(1, 9)))
    again = Budgets(
        await counted(path, at(1, 9)), single=budgets(operator=3)._single, batch=budgets()._batch,
        enumeration=budgets()._enumeration,
    )  # fmt: skip
    async with opened(path) as log:
        of = journal(log, again, identity)
        with pytest.raises(Refusal):
            begin(of, question(4, official="u-1", time_us=at(1, 10)))
        begin(of, question(*range(10, 13), official="u-1", time_us=at(2, 10)))


async def test_the_first_month_of_a_log_has_no_month_before(tmp_path: Path) -> None:
    epochs = Epochs({"2026-12": EpochKey.of(bytes(64))})
    async with opened(await create(tmp_path)) as log:
        begin(journal(log, budgets(), book(epochs)), question(1, official="u-1", time_us=at(1, 9)))


async def test_what_is_older_than_month_and_day_is_not_read(tmp_path: Path) -> None:
    path = await create(tmp_path)
    async with opened(path) as log:
        begin(journal(log, budgets()), question(1))
    assert [] == [*await counted(path, at(2))]


async def test_an_intent_that_is_gone_or_altered_keeps_a_node_from_starting(tmp_path: Path) -> None:
    path = await create(tmp_path)
    async with opened(path) as log:
        await begin(journal(log, budgets()), question(1)).release(CLEARED)
    store = await Store.open(path)
    size = (await store.load()).size
    await store.close()
    await tamper(path, "UPDATE entry SET octets = ? WHERE phase = 'intent'", b"")
    store = await Store.open(path)
    with pytest.raises(StoreInvalid, match="entry 0 is not stored"):
        await count_log(store, size, NOW_US)
    await store.close()


@pytest.mark.parametrize("octets", [b"{}", b"[]", b"no json", b'{"page":0,"operator_ref":"","subject_tokens":"!"}'])
def test_what_is_no_intent_is_not_counted(octets: bytes) -> None:
    with pytest.raises(EntryInvalid, match="the entry 7 is none of the schema"):
        [*LookReader().read([(7, octets)])]


def test_a_look_knows_both_provinces_and_a_batch() -> None:
    fields = {"province_pair": "500000-510000", "action": "stream", "consumer_department": "d", "item_code": "i"}
    look = look_of(fields, b"", 5, (), ())
    assert ("500000", "510000", True, 5) == (look.asking, look.provider, look.batch, look.time_us)


def test_a_miss_is_what_the_row_says_of_itself_and_not_that_its_cells_are_empty() -> None:
    empty = (Column("a", CellKind.STRING, (None,)),)
    missed = {outcome for outcome in Outcome if count_missed(Page(1, empty, (outcome,)))}
    assert {Outcome.NO_MATCH, Outcome.NOT_HELD} == missed
    assert 2 == count_missed(Page(3, (), (Outcome.NO_MATCH, Outcome.FOUND, Outcome.NO_MATCH)))
    assert 0 == count_missed(Page(1, empty))
    assert {"social_security_no"} == subject_keys(grant())
