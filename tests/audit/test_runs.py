"""The index of subjects in runs: a row lies where it is looked for, whatever the size of the log, and none is lost."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.entries.entry import Phase
from gateway.audit.storage import runs
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.runs import LONG, SHORT, SLICES, STEP, moves, run_of, runs_to_search, short_run
from gateway.audit.storage.store import MAX_BATCH
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.verification.verify import verify_log
from tests.audit.logs import PROVIDER, answer, journal, opened, tamper
from tests.samples import NOW_US

TOKENS = st.binary(min_size=16, max_size=16)
SIZES = st.integers(1, 4 * LONG)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(TOKENS, st.integers(0, 3 * LONG)), min_size=1, max_size=40), st.integers(0, 1 << 32))
def test_the_moves_of_the_commits_bring_each_row_where_it_is_looked_for(
    rows: list[tuple[bytes, int]], seed: int
) -> None:
    """Commits of any size, from the first to beyond the last move of each row."""
    chance = random.Random(seed)
    lies: dict[tuple[bytes, int], int] = {}
    size = 0
    while size < 5 * LONG:
        end = size + chance.randint(1, MAX_BATCH)
        lies |= {row: short_run(row[1]) for row in rows if size <= row[1] < end}
        for long, short, low, high in moves(size, end):
            for row, run in lies.items():
                if run == short and low <= row[0] < high:
                    lies[row] = long
        size = end
        if not size % 7:
            assert {row: run_of(*row, size) for row in lies} == lies
    assert all(run < 0 for run in lies.values())


@given(TOKENS, st.integers(0, 4 * LONG), SIZES, SIZES)
def test_a_row_lies_in_a_run_that_is_searched_though_the_log_has_grown(
    token: bytes, index: int, known: int, grown: int
) -> None:
    """Who knows an earlier size searches no run in vain that has the row later."""
    (first, last), (lowest, highest) = runs_to_search(index, index + 1, known)
    run = run_of(token, index, max(known, grown, index + 1))
    assert first <= run <= last or lowest <= run <= highest


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, STEP, 0),
        (LONG - 1, LONG, 0),
        (LONG, LONG + STEP - 1, 0),
        (LONG + STEP - 1, LONG + STEP, 1),
        (LONG + 1, LONG + 3 * STEP, 3),
        (LONG + SLICES * STEP - 1, LONG + SLICES * STEP, 1),
        (LONG + SLICES * STEP, 2 * LONG + STEP - 1, 0),
        (LONG, 2 * LONG, SLICES),
    ],
)
def test_only_a_commit_that_passes_a_step_moves_anything(start: int, end: int, expected: int) -> None:
    """And then one slice of each short run of a group that is whole."""
    assert expected * LONG // SHORT == len(list(moves(start, end)))


def test_a_commit_searches_few_runs_at_a_million_entries() -> None:
    """Short runs of two groups at most, and one long run for each group."""
    (first, last), (lowest, highest) = runs_to_search(0, 1_000_000, 1_000_000)
    assert 2 * LONG // SHORT >= last - first + 1
    assert 16 == highest - lowest + 1


@pytest.fixture
def short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same geometry at a small scale."""
    for name, entries in (("SHORT", 16), ("LONG", 256), ("STEP", 1)):
        monkeypatch.setattr(runs, name, entries)


async def test_every_person_is_found_at_every_size(place: LogPlace, short_runs: None) -> None:
    """On both databases: while rows move, and after; from any entry on, to any other."""
    chance = random.Random(5)
    people = [chance.randbytes(16) for _ in range(60)]
    expected: dict[bytes, list[int]] = defaultdict(list)
    async with opened(place) as log:
        while log.size < 900:
            batch = []
            for index in range(log.size, log.size + chance.randint(1, 8)):
                named = chance.sample(people, 2)
                for token in named:
                    expected[token].append(index)
                octets, identity = b"%d" % index, f"{index}"
                batch.append(
                    log.record(octets, exchange_id=identity, phase=Phase.RELEASE, time_us=NOW_US, tokens=named)
                )
            await asyncio.gather(*map(log.wait_durable, batch))
            if not log.size % 5:
                with LogReader(place) as reader:
                    assert all(placed for _, _, placed in reader.subjects())
                    for token in chance.sample(people, 3):
                        start, end = sorted(chance.choices(range(log.size + 2), k=2))
                        assert expected[token] == reader.indexes_of([token])
                        within = [index for index in expected[token] if start <= index < end]
                        assert within == reader.indexes_of([token], start, end)
                    assert sorted({at for token in people for at in expected[token]}) == reader.indexes_of(people)
                    assert [] == reader.indexes_of([])
    with LogReader(place) as reader:
        found = sorted((token, index) for token, index, _ in reader.subjects())
    assert sorted((token, index) for token, indexes in expected.items() for index in indexes) == found


async def test_a_row_that_was_put_into_another_run_is_named(place: LogPlace, short_runs: None) -> None:
    """Nobody would find it there, though nothing is missing; in its own run the log holds."""
    async with opened(place) as log:
        for number in range(350):
            await answer(journal(log), number)
    keys = [Ed25519Verifier(PROVIDER.vkey)]
    assert verify_log(place, keys).holds
    with LogReader(place) as reader:
        token, index, _ = next(row for row in reader.subjects() if row[1] < 256)
    await tamper(place, "UPDATE subject SET run = run + 1 WHERE token = ? AND idx = ?", token, index)
    (fault,) = verify_log(place, keys).faults
    assert f"subject {token.hex()}/{index}" == fault.place
