"""A log on disk answers with a history that holds: from its sealed months and runs, and the entries after them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.entries.references import reference_department
from gateway.audit.entries.seals import SealKind
from gateway.audit.review import history
from gateway.audit.review.completeness import History, check_statement
from gateway.audit.review.history import (
    Asked,
    HistoryTooLong,
    ask_department,
    is_withheld,
    plan_history,
    write_statement,
)
from gateway.audit.review.whole import WholeLog
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import PairsAltered, list_segments, prove
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, sign_note
from gateway.audit.tlog.pairs import Kind
from gateway.audit.tlog.tree import root_of
from tests.audit.logs import PROVIDER, tamper
from tests.audit.sealing import DAY_US, NOVEMBER, Named, named_in, sealed_log, shrink, token
from tests.audit.stored import entry_of, read

MONTHS = ("2026-11", "2026-12", "2027-01", "2027-02")


def note_of(reader: LogReader) -> bytes:
    """The checkpoint of all entries."""
    size = reader.count()
    root = root_of([leaf for rows in reader.leaves(0, size) for leaf, _, _ in rows])
    return sign_note(checkpoint_text(Checkpoint(reader.origin, size, root)), [PROVIDER])


def state(place: LogPlace, asked: Asked) -> list[bytes]:
    """The statement that a log makes of itself."""
    with LogReader(place) as reader:
        log = WholeLog(reader)
        plan = plan_history(log, asked, note_of(reader), list_segments(reader), prove)
        return list(write_statement(log, plan))


def looked_up(place: LogPlace, asked: Asked) -> History:
    """The statement, checked."""
    return check_statement(state(place, asked))


def person(number: int, months: Sequence[str] = MONTHS) -> Asked:
    """A person, who has one token in these tests."""
    return Asked(Kind.SUBJECT, dict.fromkeys(months, token(number)))


async def fill(place: LogPlace, count: int = 90, tail: int = 5) -> None:
    """Write the entries of as many days, seal what can be sealed, and write a few more."""
    chance = random.Random(5)

    def some(day: int) -> Named:
        month = ("2026-11", "2026-12", "2027-01")[min(day // 30, 2)]
        whom = chance.sample(range(40), chance.randrange(6))
        return Named(NOVEMBER + day * DAY_US, whom, chance.randrange(4), chance.choice(("cq-hrss", "cq-health")), month)

    async with sealed_log(place) as log:
        await log.write([some(day) for day in range(count)])
        await log.seal()
        await log.write([some(count) for _ in range(tail)])


async def test_everybody_s_history_is_complete_and_what_a_reading_of_all_entries_gives(
    place: LogPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Persons, officials and departments, and one whom no entry names; months, runs and tail of both databases."""
    shrink(monkeypatch)
    await fill(place)
    expected = named_in(place)
    with LogReader(place) as reader:
        kinds = {segment.kind for segment in list_segments(reader)}
    assert set(SealKind) == kinds
    for number in (*range(0, 40, 7), 99):
        found = looked_up(place, person(number))
        assert expected.get((Kind.SUBJECT, token(number)), []) == [one.index for one in found.found]
        assert found.complete
        assert found.sealed < found.checkpoint.size
    for number in range(4):
        official = Asked(Kind.OPERATOR, dict.fromkeys(MONTHS, token(number)))
        assert expected[Kind.OPERATOR, token(number)] == [one.index for one in looked_up(place, official).found]
    for code in ("cq-hrss", "cq-health"):
        department = looked_up(place, ask_department(code, MONTHS))
        assert expected[Kind.DEPARTMENT, reference_department(code)] == [one.index for one in department.found]


async def test_a_month_that_is_not_asked_for_is_not_answered(place: LogPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its segments are shown by their seals alone."""
    shrink(monkeypatch)
    await fill(place, tail=0)
    expected = named_in(place)[Kind.SUBJECT, token(7)]
    found = looked_up(place, person(7, ["2026-12"]))
    assert 0 < len(found.found) < len(expected)
    assert ("2026-12",) == found.months


async def test_stored_pairs_that_were_changed_prove_nothing(place: LogPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Struck or changed, the node has no answer; that who asks finds it out too, a lying node shows."""
    shrink(monkeypatch)
    await fill(place)
    with LogReader(place) as reader:
        segment = list_segments(reader)[0]
        pairs = reader.pair_page(segment.kind.code, segment.first, 0)
    assert pairs is not None
    at = next(at for at in range(0, len(pairs), 25) if pairs[at : at + 17] == b"S" + token(7))
    changed = pairs[: at + 24] + bytes([pairs[at + 24] ^ 1]) + pairs[at + 25 :]
    where = f"kind = {segment.kind.code} AND start = {segment.first} AND number = 0"
    await tamper(place, f"UPDATE pair_page SET octets = ? WHERE {where}", changed)  # noqa: S608 - numbers of ours
    with pytest.raises(PairsAltered, match="page 0 does not have its hash"):
        looked_up(place, person(7))
    await tamper(place, f"DELETE FROM pair_page WHERE {where}")  # noqa: S608 - numbers of ours
    with pytest.raises(PairsAltered, match="cannot be read"):
        looked_up(place, person(7))


async def test_more_than_a_statement_may_show_is_refused(place: LogPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """And more entries after the last seal than anybody would read."""
    shrink(monkeypatch)
    await fill(place)
    monkeypatch.setattr(history, "MAX_FOUND", 3)
    with pytest.raises(HistoryTooLong, match="at most 3 entries"):
        state(place, ask_department("cq-hrss", MONTHS))
    monkeypatch.setattr(history, "MAX_TAIL", 4)
    with pytest.raises(HistoryTooLong, match="after the last seal"):
        state(place, person(99))


def test_only_the_scenes_that_the_province_named_are_withheld() -> None:
    """A reviewer sees the others; none is withheld where none is named."""
    entry = read(entry_of(Phase.INTENT, 1, scene="criminal-investigation"))
    assert is_withheld(entry, frozenset({"criminal-investigation"}))
    assert not is_withheld(entry, frozenset({"criminal"}))
    assert not is_withheld(entry, frozenset())
