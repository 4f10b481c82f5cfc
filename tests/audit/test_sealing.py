"""Runs, months and the rest of a log give exactly the entries that name somebody, wherever the sealing stopped."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.entries.seals import SealKind, Segment
from gateway.audit.retention.pruning import prune
from gateway.audit.retention.rules import RETAIN, RetentionRun
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import find_named, list_segments, prove, uncovered
from gateway.audit.tlog.pairs import Kind, verify
from tests.audit.faults import Fault, Faulty
from tests.audit.logs import create, tamper
from tests.audit.sealing import (
    DAY_US,
    DECEMBER,
    NOVEMBER,
    Named,
    SealedLog,
    faults,
    named_in,
    sealed_as,
    sealed_log,
    shrink,
    token,
)

NAMED = st.builds(
    Named,
    time_us=st.integers(0, 4).map(lambda month: NOVEMBER + month * 31 * DAY_US),
    persons=st.lists(st.integers(0, 9), max_size=4),
    operator=st.integers(-1, 3),
    department=st.sampled_from(["", "cq-hrss", 'cq-"quoted"', "市社保局"]),
    epoch=st.sampled_from(["", "2026-11", "2026-12"]),
)


def require_all_found(place: LogPlace, names: int = 12) -> None:
    """Hold the look-ups and the proofs of about so many names to a reading of every entry."""
    expected = named_in(place)
    absent = {(kind, token(99)) for kind in Kind}
    with LogReader(place) as reader:
        size, segments = reader.count(), list_segments(reader)
        covered = [*uncovered(segments, 0, size), *((one.first, one.end) for one in segments)]
        assert [(0, size)] == [(0, size)] * (not covered) or all(
            end == first for (_, end), (first, _) in pairwise(sorted(covered))
        )
        assert size == sum(end - first for first, end in covered)
        every = sorted({*expected, *absent}, key=str)
        for kind, name in every[:: max(len(every) // names, 1)]:
            indexes = expected.get((kind, name), [])
            assert indexes == find_named(reader, kind, {"": [name]})
            assert [at for at in indexes if at < size // 2] == find_named(reader, kind, {"": [name]}, size=size // 2)
            for segment in segments:
                proof = prove(reader, segment, kind, name)
                proven = verify(proof, segment.root, segment.pairs, kind, name)
                assert [at for at in indexes if segment.first <= at < segment.end] == list(proven)
    assert () == faults(place)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.lists(NAMED, max_size=12), st.booleans()), max_size=10), st.integers(4, 9))
def test_whatever_is_written_and_whenever_it_is_sealed_everybody_is_found_and_proven(
    tmp_path_factory: pytest.TempPathFactory, parts: Sequence[tuple[list[Named], bool]], entries: int
) -> None:
    """Times go back and forth over months; some parts are sealed at once, others only with the next."""

    async def check() -> None:
        place = await create(tmp_path_factory.mktemp("log"))
        async with sealed_log(place) as one:
            for written, seal in parts:
                await one.write(written)
                if seal:
                    await one.seal()
                    with LogReader(place) as reader:
                        rest = list(uncovered(list_segments(reader), 0, reader.count()))
                    assert sum(end - first for first, end in rest) < entries + 5
        require_all_found(place, names=100)

    with pytest.MonkeyPatch.context() as patch:
        shrink(patch, entries=entries, pairs=12, month_pairs=60)
        asyncio.run(check())


def entries_of(
    count: int, *, start_us: int = NOVEMBER, step_us: int = DAY_US, seed: int = 3, most: int = 60
) -> list[Named]:
    """Make so many entries, each of which names fewer than `most` of some people."""
    chance = random.Random(seed)
    return [
        Named(
            start_us + number * step_us,
            chance.sample(range(5 * most), chance.randrange(most)),
            chance.randrange(4),
            chance.choice(("cq-hrss", "cq-health")),
        )
        for number in range(count)
    ]


async def test_both_databases_seal_alike(place: LogPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ninety days in runs of eight entries, of more than one page: months are merged, and their runs' pages go."""
    shrink(monkeypatch)
    async with sealed_log(place) as one:
        await one.write(entries_of(90))
        await one.seal()
        with LogReader(place) as reader:
            segments = list_segments(reader)
            months = [segment for segment in segments if segment.kind is SealKind.MONTH]
            assert [30, 61] == [month.end for month in months][:2]
            assert months[0].pairs > 2 * 256
            assert [("2026-11",), ("2026-12",)] == [month.months for month in months][:2]
            assert reader.pair_directory(SealKind.RUN.code, 0) is None
            assert reader.pair_page(SealKind.RUN.code, 0, 0) is None
    require_all_found(place)


async def test_what_is_sealed_does_not_depend_on_when(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One look after all entries seals what many looks between them seal, but for the entries of the acts."""
    shrink(monkeypatch, entries=1_000)
    made: list[list[Segment]] = []
    for name, steps in (("often", 5), ("once", 29)):
        place = await create(tmp_path / name)
        async with sealed_log(place) as one:
            written = entries_of(29)
            for start in range(0, len(written), steps):
                await one.write(written[start : start + steps])
                await one.seal()
            await one.write([Named(DECEMBER)])
            await one.seal()
        with LogReader(place) as reader:
            made.append(sealed_as(list_segments(reader)))
    assert made[0] == made[1]
    assert [(0, 29)] == [(one.first, one.end) for one in made[0]]


WRITES = ("INSERT INTO pair_page", "INSERT INTO pair_directory", "INSERT INTO entry", "DELETE FROM pair_")


@pytest.mark.parametrize("how", Fault)
@pytest.mark.parametrize("statement", WRITES)
async def test_a_write_that_fails_is_an_alarm_and_is_made_again(
    place: LogPlace, statement: str, how: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sealed twice and nothing wrongly; and but for the act's own failure no exchange is refused."""
    shrink(monkeypatch)
    failing, stops, serving = Faulty(), list[bool](), asyncio.Event()

    def hear(serves: bool, why: str) -> None:
        stops.append(serves)
        (serving.set if serves else serving.clear)()

    async with sealed_log(place, through=failing.over, changed=hear) as one:
        await one.write(entries_of(40))
        for _ in range(3):
            failing.arm(statement, how)
            with pytest.raises(Exception, match=r"disk I/O error|nowhere"):
                await one.seal()
            one.sealing = one.new_sealing()
            if stops and not stops[-1]:
                await asyncio.wait_for(serving.wait(), 20)
            await one.write(entries_of(20, start_us=one.clock_us, seed=one.log.size))
        failing.times = 0
        await one.seal()
    assert stops == [False, True] * (3 * (statement == "INSERT INTO entry"))
    require_all_found(place)


async def test_the_road_goes_on_while_nothing_can_be_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alarm is set at each attempt, and cleared once a step succeeds, though entries never cease to come."""
    shrink(monkeypatch)
    place, failing = await create(tmp_path), Faulty()
    async with sealed_log(place, through=failing.over) as one:
        await one.write(entries_of(20))
        failing.arm("INSERT INTO pair_page", times=3)
        task = asyncio.create_task(one.sealing.run())
        while one.failures.count("OSError: disk I/O error") < 3 or one.failures[-1]:
            await one.write(entries_of(1, start_us=one.clock_us))
        task.cancel()
        await asyncio.wait([task])
        assert {"OSError: disk I/O error", ""} == set(one.failures)
        assert one.log.serving
    require_all_found(place)


async def archive(one: SealedLog, end: int) -> None:
    """Record that the entries before one have left, and take them out."""
    run = RetentionRun(0, end, "0" * 64, 3)
    await one.journal.record_act(action=RETAIN, subject=run.subject, actor="local:test")
    await prune(one.store, 0, end)


async def test_the_pairs_of_what_was_archived_go_with_it(place: LogPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A month that has partly left stays provable; what is left is found, and sealing goes on behind it."""
    shrink(monkeypatch, entries=100)
    written = entries_of(640, step_us=DAY_US // 10, most=4)
    async with sealed_log(place) as one:
        await one.write(written)
        await one.seal()
        with LogReader(place) as reader:
            first, second, *_ = list_segments(reader)
        assert first.end <= 512 < second.end
        await archive(one, 512)
        await one.write([Named(one.clock_us, [1])] * 120)
        await one.seal()
    with LogReader(place) as reader:
        assert 512 == reader.pruned()
        assert reader.pair_directory(SealKind.MONTH.code, first.first) is None
        assert reader.pair_page(SealKind.MONTH.code, first.first, 0) is None
        expected = named_in(place)[Kind.SUBJECT, token(1)]
        assert expected == find_named(reader, Kind.SUBJECT, {"": [token(1)]})
        proof = prove(reader, second, Kind.SUBJECT, token(1))
        proven = verify(proof, second.root, second.pairs, Kind.SUBJECT, token(1))
        assert [at for at in expected if second.first <= at < second.end] == [at for at in proven if at >= 512]
    assert () == faults(place)
    await tamper(place, "UPDATE pair_page SET octets = ? WHERE kind = 1 AND start = ?", bytes(25), second.first)
    assert [f"seal {second.act}"] == [fault.place for fault in faults(place)]


async def test_what_left_before_it_was_sealed_is_passed_over(place: LogPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a log that was migrated: the first run begins behind it, and only there may it."""
    shrink(monkeypatch, entries=100)
    async with sealed_log(place) as one:
        await one.write(entries_of(400, step_us=DAY_US // 10, most=4))
        await archive(one, 256)
        await one.seal()
    with LogReader(place) as reader:
        assert 256 == list_segments(reader)[0].first
        assert named_in(place)[Kind.SUBJECT, token(1)] == find_named(reader, Kind.SUBJECT, {"": [token(1)]})
    assert () == faults(place)


async def test_a_runs_pages_linger_for_those_who_read_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of segments from before the month was sealed is still good; a start takes away what was left."""
    shrink(monkeypatch)
    place = await create(tmp_path)
    async with sealed_log(place) as one:
        one.sealing = one.new_sealing(linger_seconds=3_600)
        await one.write(entries_of(28))
        await one.seal()
        with LogReader(place) as reader:
            run, *_ = list_segments(reader)
            await one.write(entries_of(20, start_us=one.clock_us))
            await one.seal()
            assert SealKind.MONTH is list_segments(reader)[0].kind
            assert prove(reader, run, Kind.SUBJECT, token(1)).pairs
        one.sealing = one.new_sealing()
        await one.seal()
        with LogReader(place) as reader:
            assert reader.pair_directory(run.kind.code, run.first) is None
    require_all_found(place)
