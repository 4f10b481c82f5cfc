"""The log says which documents were ever in force (issue 12, 15; trial 0.7), on SQLite as on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from gateway.audit.entries.documents import DOCUMENTS, DOCUMENTS_ID, MAX_DOCUMENTS
from gateway.audit.entries.entry import decode
from gateway.audit.retention.pruning import prune
from gateway.audit.review.standing import list_only_before, read_standing
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.verification.verify import verify_log
from gateway.ground.documents import DocumentKind, NumberedDocument
from tests.audit.logs import PROVIDER, answer, journal, opened, tamper

GRANTS = [
    NumberedDocument(DocumentKind.GRANT, f"G-{number}", 1, f"{number:064x}", date(2027, 6, 30))
    for number in range(2 * MAX_DOCUMENTS + 1)
]
KEYS = [Ed25519Verifier(PROVIDER.vkey)]


async def record(place: LogPlace, *documents: NumberedDocument, act: str = "start") -> None:
    """Record that documents come into force."""
    async with opened(place) as log:
        await journal(log).record_act(action=act, subject="0.1.0", actor="local:x", documents=documents)


async def fill(place: LogPlace, exchanges: int) -> None:
    """Record exchanges, two entries each."""
    async with opened(place) as log:
        desk = journal(log)
        await asyncio.gather(*(answer(desk, number) for number in range(exchanges)))


async def test_0_7_an_act_is_followed_by_the_entries_that_name_its_documents(place: LogPlace) -> None:
    """Each within its bound, with who did it and by what act; the log holds."""
    await record(place, *GRANTS)
    with LogReader(place) as reader:
        rows = [decode(row[2]) for chunk in reader.rows(0, reader.count()) for row in chunk]
        assert GRANTS == list(read_standing(reader))
    assert ["start", DOCUMENTS, DOCUMENTS, DOCUMENTS] == [row.text("action") for row in rows]
    assert ["", *[DOCUMENTS_ID] * 3] == [row.exchange_id for row in rows]
    assert {("start", "local:x")} == {(row.text("subject"), row.text("actor")) for row in rows[1:]}
    assert [0, 96, 96, 1] == [len(row.names("documents")) for row in rows]
    assert () == verify_log(place, KEYS).faults


async def test_0_7_an_act_that_only_names_documents_has_no_entry_beside(place: LogPlace) -> None:
    """As a reload does, whose own entry stands before it was judged."""
    async with opened(place) as log:
        await journal(log).record_act(action=DOCUMENTS, subject="reload", actor="uri", documents=GRANTS[:1])
    with LogReader(place) as reader:
        (row,) = [decode(row[2]) for chunk in reader.rows(0, reader.count()) for row in chunk]
    assert (DOCUMENTS, "reload", "uri", (str(GRANTS[0]),)) == (
        row.text("action"), row.text("subject"), row.text("actor"), row.names("documents"),
    )  # fmt: skip


async def test_0_7_the_standing_is_read_without_reading_the_exchanges(place: LogPlace) -> None:
    """By the index, so that a start does not walk over a million entries; the latest record of a number counts."""
    await record(place, *GRANTS[:2])
    await fill(place, 200)
    withdrawn = replace(GRANTS[0], withdrawn=True, until=None)
    await record(place, withdrawn, replace(GRANTS[1], number=2))
    with LogReader(place) as reader:
        assert {withdrawn, GRANTS[1], replace(GRANTS[1], number=2)} == set(read_standing(reader))
        if reader.lies_in_file:
            sql = "EXPLAIN QUERY PLAN SELECT * FROM entry WHERE exchange_id = ? AND ? IN ('', phase) ORDER BY idx"
            plan = " ".join(str(row) for row in reader._connection.execute(sql, (DOCUMENTS_ID, "")))
            assert "entry_by_exchange" in plan


async def test_0_7_a_question_never_finds_them_among_the_exchanges(place: LogPlace) -> None:
    """The replay memory that a start restores has exchanges alone."""
    await record(place, *GRANTS)
    await fill(place, 1)
    store = await Store.open(place)
    try:
        assert 1 == len(await store.exchanges_since(0))
    finally:
        await store.close()


async def test_0_7_what_only_older_entries_name_is_recorded_again_before_they_leave(place: LogPlace) -> None:
    """Afterwards the log still says all, though the first entries have no bytes any more."""
    await record(place, *GRANTS[:3])
    await fill(place, 150)
    await record(place, replace(GRANTS[0], number=2), act="reload")
    with LogReader(place) as reader:
        before = set(read_standing(reader))
        carried = list_only_before(reader, 256)
    assert set(GRANTS[:3]) == set(carried)
    await record(place, *carried, act="retain")
    store = await Store.open(place)
    try:
        await prune(store, 0, 256)
    finally:
        await store.close()
    with LogReader(place) as reader:
        assert b"" == reader.entry(1).octets
        assert before == set(read_standing(reader))
        assert () == list_only_before(reader, 256)


@pytest.mark.parametrize("altered", [b'{"v":2}', b"{}", b"x"])
async def test_0_7_an_altered_entry_stops_the_reading(place: LogPlace, altered: bytes) -> None:
    """Nothing is believed of a log that does not agree with itself."""
    await record(place, *GRANTS[:1])
    await tamper(place, "UPDATE entry SET octets = ? WHERE idx = 1", altered)
    with LogReader(place) as reader, pytest.raises(StoreInvalid, match="entry 1 names documents"):
        read_standing(reader)
