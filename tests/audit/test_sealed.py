"""The stored pairs of a segment, and the seals: a change is found, and no look-up passes over what is missing."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from gateway.audit.entries import seals
from gateway.audit.entries.seals import SEALS_ID, SealKind, Segment
from gateway.audit.storage.database import Value
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.sealed import PAGE_PAIRS, Pages, PairsAltered, find_named, list_segments, prove
from gateway.audit.tlog.pairs import Kind, verify
from gateway.audit.tlog.proofs import ProofInvalid
from gateway.audit.tlog.tree import EMPTY_ROOT
from gateway.audit.verification.seals import Seals
from gateway.audit.verification.verify import Stage, verify_log, verify_range
from tests.audit.logs import create
from tests.audit.sealing import KEYS, NOVEMBER, Named, faults, named_in, sealed_log, shrink, token
from tests.audit.test_sealing import entries_of

RUN, MONTH = SealKind.RUN.code, SealKind.MONTH.code


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with one sealed month, the runs of another, and a rest."""

    async def write() -> Path:
        place = await create(tmp_path_factory.mktemp("log"))
        async with sealed_log(place) as one:
            await one.write(entries_of(50))
            await one.seal()
        return place

    with pytest.MonkeyPatch.context() as patch:
        shrink(patch)
        return asyncio.run(write())


@pytest.fixture
def place(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(pristine.parent, tmp_path / "audit")) / "log.db"


def change(path: Path, *statements: str, given: tuple[Value, ...] = ()) -> None:
    """Change what is stored; the parameters are those of the last statement."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        connection.execute(statements[-1], given)


def segments_of(path: Path) -> list[Segment]:
    """What is sealed in a log."""
    with LogReader(path) as reader:
        return list(list_segments(reader))


def test_the_log_of_these_tests_has_all_that_there_may_be(pristine: Path) -> None:
    """A month of more than one page, two runs at least, and entries behind them."""
    month, *runs = segments_of(pristine)
    assert (SealKind.MONTH, 0, 30) == (month.kind, month.first, month.end)
    assert {SealKind.RUN} == {run.kind for run in runs}
    assert len(runs) > 1
    assert month.pairs > 2 * 256
    assert () == faults(pristine)


FLIPPED = "SET octets = CAST(substr(octets, 1, 24) || x'ff' || substr(octets, 26) AS BLOB)"
CHANGED = {
    "a byte of a month's page": " ".join(("UPDATE pair_page", FLIPPED, "WHERE kind = 1 AND number = 1")),
    "a byte of a run's page": " ".join(("UPDATE pair_page", FLIPPED, "WHERE kind = 0 AND number = 0")),
    "a month's page gone": "DELETE FROM pair_page WHERE kind = 1 AND number = 1",
    "a run's page gone": "DELETE FROM pair_page WHERE kind = 0",
    "a pair gone": "UPDATE pair_page SET octets = substr(octets, 26) WHERE kind = 1 AND number = 2",
    "a month's directory gone": "DELETE FROM pair_directory WHERE kind = 1",
    "a run's directory gone": "DELETE FROM pair_directory WHERE kind = 0",
    "a byte of a directory": " ".join(("UPDATE pair_directory", FLIPPED, "WHERE kind = 1")),
    "a page of another segment": (
        "UPDATE pair_page SET octets = (SELECT octets FROM pair_page p WHERE p.kind = 1 AND p.number = 1) "
        "WHERE kind = 1 AND number = 0"
    ),
}
TOO_MUCH = {
    "a page too much of a month": ("INSERT INTO pair_page VALUES (1, 0, 99, x'00')", "pairs 1/0/99"),
    "a month of no seal": ("INSERT INTO pair_directory VALUES (1, 3, x'00')", "pairs 1/3/-1"),
    "a run of no seal": ("INSERT INTO pair_page VALUES (0, 3, 0, x'00')", "pairs 0/3/0"),
    "another kind": ("INSERT INTO pair_page VALUES (7, 99, 0, x'00')", "pairs 7/99/0"),
    "before the log": ("INSERT INTO pair_directory VALUES (0, -1, x'00')", "pairs 0/-1/-1"),
}


@pytest.mark.parametrize("sql", CHANGED.values(), ids=CHANGED)
def test_stored_pairs_that_are_not_those_of_the_entries_are_found(place: Path, sql: str) -> None:
    """Whoever hides a look at somebody's data there is named with the seal that tells of it."""
    change(place, sql)
    (fault,) = faults(place)
    assert fault.place in {f"seal {segment.act}" for segment in segments_of(place)}
    assert fault.index >= 0


@pytest.mark.parametrize(("sql", "expected"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_stored_pairs_of_no_segment_are_found(place: Path, sql: str, expected: str) -> None:
    """Nobody would read them; and yet nothing but what follows from the entries stands there."""
    change(place, sql)
    assert [expected] == [fault.place for fault in faults(place)]


def test_the_pages_of_a_segment_that_is_made_now_are_no_fault(place: Path) -> None:
    """A node that was killed, or runs, has written them before their seal."""
    segments = segments_of(place)
    change(place, "INSERT INTO pair_page VALUES (0, ?, 0, x'00')", given=(segments[-1].end,))
    change(place, "INSERT INTO pair_page VALUES (1, ?, 0, x'00')", given=(segments[1].first,))
    assert () == faults(place)


@pytest.mark.parametrize("sql", CHANGED.values(), ids=CHANGED)
def test_a_proof_of_changed_pairs_either_does_not_hold_or_says_the_truth(place: Path, sql: str) -> None:
    """Or it cannot be made: whoever asks is never told less than there is."""
    change(place, sql)
    named, told = named_in(place), 0
    with LogReader(place) as reader:
        for segment in list_segments(reader):
            for person in range(0, 300, 5):
                try:
                    proof = prove(reader, segment, Kind.SUBJECT, token(person))
                    proven = verify(proof, segment.root, segment.pairs, Kind.SUBJECT, token(person))
                except (StoreInvalid, ProofInvalid):
                    told += 1
                    continue
                indexes = named.get((Kind.SUBJECT, token(person)), [])
                assert [at for at in indexes if segment.first <= at < segment.end] == list(proven)
    assert told or sql == CHANGED["a byte of a directory"]


@pytest.mark.parametrize("sql", CHANGED.values(), ids=CHANGED)
def test_changed_pairs_are_never_read_as_if_they_were_the_sealed_ones(place: Path, sql: str) -> None:
    """Every entry that bears the token is found, or the log is told as altered: no search is short."""
    named, told = named_in(place), 0
    change(place, sql)
    with LogReader(place) as reader:
        for person in range(0, 300, 5):
            try:
                found = find_named(reader, Kind.SUBJECT, {"": [token(person)]})
            except PairsAltered:
                told += 1
                continue
            assert named.get((Kind.SUBJECT, token(person)), []) == found
    assert told


def test_a_page_that_is_not_needed_is_not_read(place: Path) -> None:
    """What is answered rests on the pages that it is read from, and on the root over all."""
    month = segments_of(place)[0]
    last = -(-month.pairs // PAGE_PAIRS) - 1
    change(place, f"UPDATE pair_page {FLIPPED} WHERE kind = 1 AND number = {last}")
    with LogReader(place) as reader:
        pages = Pages(reader, month)
        assert pages.page(0)
        with pytest.raises(PairsAltered, match=f"page {last} does not have its hash"):
            pages.page(last)


def edit_seal(path: Path, act: int, **fields: object) -> None:
    """Write a seal anew, as its node could have written it, with its leaf hash."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (octets,) = connection.execute("SELECT octets FROM entry WHERE idx = ?", (act,)).fetchone()
        made = orjson.dumps(orjson.loads(octets) | fields, option=orjson.OPT_SORT_KEYS)
        connection.execute("UPDATE entry SET octets = ?, exchange_id = ? WHERE idx = ?", (
            made, orjson.loads(made)["exchange_id"], act,
        ))  # fmt: skip


FALSE: dict[str, tuple[SealKind, Callable[[Segment], dict[str, object]]]] = {
    "a run's root": (SealKind.RUN, lambda one: {"seal_root": "0" * 64}),
    "a month's root": (SealKind.MONTH, lambda one: {"seal_root": "0" * 64}),
    "a run of no pairs": (SealKind.RUN, lambda one: {"seal_root": EMPTY_ROOT.hex(), "seal_pairs": 0}),
    "a month of fewer pairs": (SealKind.MONTH, lambda one: {"seal_pairs": one.pairs - 1}),
    "a run that begins later": (SealKind.RUN, lambda one: {"seal_first": one.first + 1}),
    "a run that begins earlier": (SealKind.RUN, lambda one: {"seal_first": one.first - 1}),
    "a run that ends earlier": (SealKind.RUN, lambda one: {"seal_end": one.end - 1}),
    "a month that begins later": (SealKind.MONTH, lambda one: {"seal_first": one.first + 1}),
    "a month that leaves out its first run": (SealKind.MONTH, lambda one: {"seal_first": one.first + 8}),
    "a month that ends earlier": (SealKind.MONTH, lambda one: {"seal_end": one.end - 8}),
    "a month that ends later": (SealKind.MONTH, lambda one: {"seal_end": one.act}),
    "a run of entries to come": (SealKind.RUN, lambda one: {"seal_end": one.act + 1}),
    "a run that names another month": (SealKind.RUN, lambda one: {"seal_months": ["2031-01"]}),
    "a run that names no month": (SealKind.RUN, lambda one: {"seal_months": []}),
    "a month that names no month": (SealKind.MONTH, lambda one: {"seal_months": []}),
    "a run as a month": (SealKind.RUN, lambda one: {"action": "seal_month", "exchange_id": SEALS_ID[SealKind.MONTH]}),
    "a month as a run": (SealKind.MONTH, lambda one: {"action": "seal_run", "exchange_id": SEALS_ID[SealKind.RUN]}),
    "a run where nobody looks": (SealKind.RUN, lambda one: {"exchange_id": ""}),
    "another act where seals are looked for": (SealKind.RUN, lambda one: {"action": "start"}),
}


@pytest.mark.parametrize(("kind", "fields"), FALSE.values(), ids=FALSE)
def test_a_seal_that_does_not_say_the_truth_is_found_by_whoever_verifies(
    place: Path, kind: SealKind, fields: Callable[[Segment], dict[str, object]]
) -> None:
    """The node itself could sign such a one: the entries tell."""
    segment = next(one for one in segments_of(place) if one.kind is kind)
    edit_seal(place, segment.act, **fields(segment))
    (fault,) = verify_log(place, KEYS, stages=[Stage.MEANING]).faults
    assert fault.place in (f"seal {segment.act}", f"entry {segment.act}")
    assert segment.act == fault.index


def test_a_run_of_more_than_may_be_is_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else who verifies would have to remember more than it says."""
    monkeypatch.setattr("gateway.audit.verification.seals.RUN_ENTRIES", 7)
    (fault,) = faults(place)
    assert fault.detail == "the run is longer than a run may be"


def test_a_month_of_more_than_may_be_is_found(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its runs are in memory until it is sealed."""
    monkeypatch.setattr("gateway.audit.verification.seals.MONTH_RUNS", 2)
    (fault,) = faults(place)
    assert fault.detail == "the month is longer than a month may be"


def test_entries_that_were_sealed_late_are_read_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a log that was migrated: what is remembered does not grow with it."""
    monkeypatch.setattr("gateway.audit.verification.seals.REMEMBERED", 40)
    assert () == faults(place)
    edit_seal(place, segments_of(place)[-1].act, seal_root="0" * 64)
    assert verify_log(place, KEYS, stages=[Stage.MEANING]).faults


def test_a_range_is_verified_without_the_seals(place: Path) -> None:
    """They are about what lies before it."""
    with LogReader(place) as reader:
        assert verify_range(reader, 20, reader.count(), KEYS).holds


async def test_an_entry_that_changes_while_it_is_read_is_not_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A root over altered entries could never be taken back."""
    shrink(monkeypatch)
    place = await create(tmp_path)
    async with sealed_log(place) as one:
        await one.write(entries_of(20))
        change(place, "UPDATE entry SET octets = CAST(replace(octets, 'looked', 'lookup') AS BLOB) WHERE idx = 3")
        with pytest.raises(StoreInvalid, match="entry 3 is missing or altered"):
            await one.seal()
    assert [] == segments_of(place)


async def test_a_month_is_not_sealed_from_pages_that_were_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The root of each run is in the log; what does not have it goes into no month."""
    shrink(monkeypatch)
    place = await create(tmp_path)
    async with sealed_log(place) as one:
        await one.write(entries_of(28))
        await one.seal()
        change(place, CHANGED["a byte of a run's page"])
        await one.write(entries_of(20, start_us=one.clock_us))
        with pytest.raises(StoreInvalid, match="does not have its hash"):
            await one.seal()
    assert {SealKind.RUN} == {segment.kind for segment in segments_of(place)}


async def test_a_segment_whose_entries_name_nobody_is_sealed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its root is that of no pairs, and proves that nobody was named."""
    shrink(monkeypatch)
    place = await create(tmp_path)
    async with sealed_log(place) as one:
        await one.write([Named(NOVEMBER)] * 20)
        await one.seal()
    run = segments_of(place)[0]
    assert (0, EMPTY_ROOT, ()) == (run.pairs, run.root, run.months)
    with LogReader(place) as reader:
        assert () == verify(prove(reader, run, Kind.SUBJECT, token(1)), run.root, 0, Kind.SUBJECT, token(1))
        assert [] == find_named(reader, Kind.SUBJECT, {"": [token(1)]})
    assert () == faults(place)


def test_a_segment_that_is_not_there_is_told(place: Path) -> None:
    """Whoever asks with a list of yesterday hears that it must be read again."""
    month = segments_of(place)[0]
    gone = Segment(SealKind.RUN, 0, 8, month.pairs, month.root, month.months, 9)
    with LogReader(place) as reader, pytest.raises(StoreInvalid, match="directory is missing"):
        Pages(reader, gone)


def test_only_segments_that_name_a_month_are_read_for_its_token(place: Path) -> None:
    """A person has another token in each month."""
    change(place, "DELETE FROM pair_page WHERE kind = 1")
    with LogReader(place) as reader:
        assert [] != find_named(reader, Kind.OPERATOR, {"2026-12": [token(1)]})
        with pytest.raises(StoreInvalid, match="page 0 is missing"):
            find_named(reader, Kind.OPERATOR, {"2026-11": [token(1)]})
        assert [] == find_named(reader, Kind.OPERATOR, {"2026-11": []})


def test_the_names_of_the_kinds_in_the_tables_never_change() -> None:
    """Logs that exist have them."""
    assert {SealKind.RUN: 0, SealKind.MONTH: 1} == {kind: kind.code for kind in SealKind}
    assert 4_096 == seals.RUN_ENTRIES
    assert Seals.__name__ == "Seals"
