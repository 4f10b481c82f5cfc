"""What is beyond the retention leaves for an archive, or is destroyed; every hash and every old proof stays."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from gateway.audit.entries.bodies import BodyInvalid, open_body
from gateway.audit.entries.entry import decode
from gateway.audit.journal import Acknowledgement
from gateway.audit.receipts import PeerLog
from gateway.audit.retention.archive import (
    ArchiveInvalid,
    digest_file,
    digest_of,
    parquet,
    read_digest_beside,
    verify_archive,
    write_archive,
)
from gateway.audit.retention.pruning import prune, shred
from gateway.audit.retention.rules import (
    RETAIN,
    SHRED,
    RetentionRefused,
    RetentionRun,
    admit,
    check_month,
    count_covered,
    cutoff_us,
    list_runs,
    plan,
    require_covered,
)
from gateway.audit.review.search import Criteria, search
from gateway.audit.review.shown import EntryUnreadable
from gateway.audit.storage.database import LogPlace, PostgresPlace, Value
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.tlog.proofs import verify_inclusion
from gateway.audit.verification.verify import Stage, verify_log
from gateway.ground.evidence import Receipt
from tests.audit.archives import archived_entries
from tests.audit.logs import (
    ASKER,
    MONTH,
    NODE,
    PROVIDER,
    Verifying,
    answer,
    copied,
    create,
    journal,
    opened,
    question,
    server,
    tamper,
)
from tests.audit.older import writing_version_2
from tests.samples import NOW_US

KEYS = [Ed25519Verifier(PROVIDER.vkey)]
YEARS_4 = 4 * 366 * 24 * 3600 * 1_000_000
LATER_US = NOW_US + YEARS_4
EXCHANGES = 300
OLD = 512
"""Entries of the first two whole tiles; there are 600 and an act."""


def us(text: str) -> int:
    """A day in microseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def listed(directory: Path) -> list[Path]:
    """What stands in a directory."""
    return list(directory.iterdir())


def octets_of(path: Path) -> bytes:
    """A file's bytes."""
    return path.read_bytes()


Before = tuple[LogPlace, list[Receipt]]
"""A log, and the receipts that somebody holds of it."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def before(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Before:
    """A log of 600 entries in each of the databases, and the receipts that somebody holds."""

    async def write() -> Before:
        place: LogPlace
        if request.param == "sqlite":
            place = await create(tmp_path_factory.mktemp("before"))
        else:
            place = request.getfixturevalue("new_schema")()
            await Store.create(place, PROVIDER.name, created_us=NOW_US)
        async with opened(place) as log:
            desk = journal(log)
            return place, [receipt for _, receipt in await asyncio.gather(*(answer(desk, n) for n in range(EXCHANGES)))]

    return asyncio.run(write())


@pytest.fixture
def log(request: pytest.FixtureRequest, before: Before, tmp_path: Path) -> LogPlace:
    """A copy of it."""
    place, _ = before
    if isinstance(place, Path):
        return Path(shutil.copytree(place.parent, tmp_path / "audit")) / place.name
    return asyncio.run(copied(place, request.getfixturevalue("new_schema")(), PROVIDER.name))


in_a_file = pytest.mark.parametrize("before", ["sqlite"], indirect=True)
in_a_server = pytest.mark.parametrize("before", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)


async def retained(place: LogPlace, archive: Path, *, until: int = OLD) -> RetentionRun:
    """A whole run: archive, act, pruning, each as a command does it."""
    with LogReader(place) as reader:
        archived = write_archive(archive, reader, 0, OLD, KEYS)
    run = RetentionRun(0, OLD, archived.digest, 3)
    async with opened(place) as live:
        await journal(live).record_act(action=RETAIN, subject=run.subject, actor="local:test")
    store = await Store.open(place)
    await prune(store, 0, until)
    await store.close()
    return run


async def test_a_body_leaves_with_its_entry_and_opens_from_the_archive(log: LogPlace, tmp_path: Path) -> None:
    """By the wrapped key, which stays in the log until its month is destroyed."""
    await retained(log, tmp_path / "archive.parquet")
    rows = parquet().read_table(tmp_path / "archive.parquet").to_pylist()
    with LogReader(log) as reader:
        assert [] == reader.bodies(0, OLD)
        assert EXCHANGES - OLD // 2 == len(reader.bodies(OLD, 600))
        kept = reader.wrap(rows[8]["index"])
    assert kept is not None
    opened_body = open_body(decode(rows[8]["entry"]), rows[8]["body"], kept[1], MONTH)
    assert ["card_status", "valid_to"] == opened_body.inputs["fields"]
    await tamper(log, "INSERT INTO body VALUES (8, ?)", rows[8]["body"])
    assert ["body 8"] == [fault.place for fault in verify_log(log, KEYS).faults]


async def written_on(place: LogPlace) -> None:
    """Record half as many exchanges again."""
    async with opened(place) as log:
        desk = journal(log)
        await asyncio.gather(*(answer(desk, 1000 + n) for n in range(EXCHANGES // 2)))


async def test_after_pruning_the_log_holds_and_every_old_receipt_still_proves(
    before: Before, log: LogPlace, tmp_path: Path
) -> None:
    """New paths are made from the stored hashes; the receipts that others hold verify as before."""
    await retained(log, tmp_path / "archive.parquet")
    verdict = verify_log(log, KEYS)
    assert ((), OLD, 601) == (verdict.faults, verdict.pruned, verdict.size)
    theirs = PeerLog(PROVIDER.name, [Verifying(PROVIDER)])
    with LogReader(log) as reader:
        root = verdict.root
        for receipt in before[1]:
            assert theirs.verify_entry(receipt).exchange_id
            verify_inclusion(receipt.index, 601, receipt.leaf_hash, reader.path(receipt.index, 601), root)
        assert b"" == reader.entry(OLD - 1).octets
        assert reader.entry(OLD).octets


async def test_a_pruned_log_is_taken_up_and_written_on(log: LogPlace, tmp_path: Path) -> None:
    """Its tail has what appending needs; an outcome of a pruned release is not recorded."""
    await retained(log, tmp_path / "archive.parquet")
    async with opened(log) as live:
        desk = journal(live)
        await answer(desk, 900)
        first = Acknowledgement(NODE, question(0).ask.request_id, 0, ASKER.name, 5, b"l" * 32, "")
        assert not await desk.record_late_outcome(first)
    assert verify_log(log, KEYS).holds


@in_a_file
async def test_pruning_makes_room(log: Path, tmp_path: Path) -> None:
    """The bytes are gone from the file, overwritten, and what was theirs is used again."""
    await retained(log, tmp_path / "archive.parquet")
    trace = question(3).ask.request_id.encode()
    assert trace + b'","item_code' not in octets_of(log)
    size = len(octets_of(log))
    await written_on(log)
    assert len(octets_of(log)) <= size + 64 * 1024


@in_a_server
async def test_pruning_makes_room_on_a_server_that_vacuums(log: PostgresPlace, tmp_path: Path) -> None:
    """No row has the bytes; once the server has vacuumed, as it does by itself, what was theirs is used again."""
    await retained(log, tmp_path / "archive.parquet")
    assert 0 == await server(log, "SELECT sum(length(octets)) FROM entry WHERE idx < $1", OLD)
    await server(log, "VACUUM entry")
    size = await server(log, "SELECT pg_table_size('entry')")
    await written_on(log)
    assert await server(log, "SELECT pg_table_size('entry')") <= size + 64 * 1024


async def test_an_interrupted_run_is_taken_up_where_it_stopped(log: LogPlace, tmp_path: Path) -> None:
    """The plan names its range again, and pruning twice is pruning once."""
    run = await retained(log, tmp_path / "archive.parquet", until=256)
    with LogReader(log) as reader:
        assert 256 == reader.pruned()
        assert ((run.start, run.end),) == plan(reader, LATER_US, 3)
        admit(reader, run, LATER_US, 3)
    assert verify_log(log, KEYS).holds
    store = await Store.open(log)
    for _ in range(2):
        await prune(store, 0, OLD)
    await store.close()
    with LogReader(log) as reader:
        assert OLD == reader.pruned()
        assert () == plan(reader, LATER_US, 3)
        with pytest.raises(RetentionRefused):
            admit(reader, run, LATER_US, 3)


async def test_a_run_that_was_interrupted_twice_is_planned_once(log: LogPlace, tmp_path: Path) -> None:
    """Its act stands twice in the log; its range is there once to be pruned."""
    run = await retained(log, tmp_path / "archive.parquet", until=0)
    async with opened(log) as live:
        await journal(live).record_act(action=RETAIN, subject=run.subject, actor="local:test")
    with LogReader(log) as reader:
        assert [run, run] == list(list_runs(reader))
        assert ((run.start, run.end),) == plan(reader, LATER_US, 3)


async def test_a_recorded_run_covers_entries_without_bytes(log: LogPlace, tmp_path: Path) -> None:
    """Where no entry lacks its bytes nobody looks; an act that was altered is none to rely on."""
    run = await retained(log, tmp_path / "archive.parquet", until=0)
    with LogReader(log) as reader:
        assert 0 == count_covered(reader)
    await tamper(log, "UPDATE entry SET octets = ? WHERE idx < 256", b"")
    with LogReader(log) as reader:
        assert run.end == count_covered(reader)
        require_covered(reader)
    await tamper(log, "UPDATE entry SET leaf_hash = ? WHERE phase = 'admin'", bytes(32))
    with LogReader(log) as reader, pytest.raises(EntryUnreadable, match="does not have its stored leaf hash"):
        count_covered(reader)


@pytest.mark.parametrize("subject", ["", "of another form"])
async def test_no_run_and_one_of_another_form_cover_nothing(log: LogPlace, subject: str) -> None:
    """Entries without bytes are then refused."""
    if subject:
        async with opened(log) as live:
            await journal(live).record_act(action=RETAIN, subject=subject, actor="local:test")
    await tamper(log, "UPDATE entry SET octets = ? WHERE idx < 256", b"")
    with LogReader(log) as reader:
        if subject:
            with pytest.raises(EntryUnreadable, match="an act of retention cannot be read"):
                count_covered(reader)
        else:
            assert 0 == count_covered(reader)
            with pytest.raises(EntryUnreadable, match="the entry 0 has no bytes, and no recorded run"):
                require_covered(reader)


async def test_bytes_that_are_gone_without_a_run_are_a_fault(log: LogPlace) -> None:
    """The hashes agree, and nobody recorded that they left."""
    await tamper(log, "UPDATE entry SET octets = ? WHERE idx < 256", b"")
    await tamper(log, "DELETE FROM body WHERE idx < ?", 256)
    assert verify_log(log, KEYS, stages=[Stage.INTEGRITY]).holds
    (fault,) = verify_log(log, KEYS).faults
    assert ("entry 0", True) == (fault.place, "no run of retention" in fault.detail)


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("UPDATE entry SET octets = ? WHERE idx = 550", b""),
        ("UPDATE entry SET leaf_hash = ? WHERE idx = 7", bytes(32)),
        ("UPDATE entry SET octets = ? WHERE idx = 7", b"1"),
        ("DELETE FROM entry WHERE idx = ?", 7),
        ("DELETE FROM tile WHERE level = 0 AND number = ?", 0),
        ("UPDATE entry SET octets = ? WHERE idx = 513", b""),
    ],
)
async def test_whatever_is_changed_beside_the_run_is_found(
    log: LogPlace, statement: str, value: Value, tmp_path: Path
) -> None:
    """In the pruned part by its hashes, beyond it by its bytes."""
    await retained(log, tmp_path / "archive.parquet")
    assert verify_log(log, KEYS).holds
    await tamper(log, statement, value)
    assert not verify_log(log, KEYS).holds


def test_an_archive_proves_by_itself(log: LogPlace, tmp_path: Path) -> None:
    """With the log's key alone; its entries are the bytes that the log had."""
    with LogReader(log) as reader:
        archived = write_archive(tmp_path / "one.parquet", reader, 256, OLD, KEYS)
        expected = [(row[0], row[2]) for rows in reader.rows(256, OLD) for row in rows]
    assert (PROVIDER.name, 256, OLD, 600) == (archived.origin, archived.start, archived.end, archived.size)
    assert archived == verify_archive(tmp_path / "one.parquet", KEYS)
    assert expected == archived_entries(tmp_path / "one.parquet")


def altered(path: Path, change: Callable[[int, bytes], tuple[int, bytes] | None]) -> Path:
    """An archive of the same proof with other entries."""
    import pyarrow as arrow
    from pyarrow import parquet

    table = parquet.read_table(path)
    rows = [change(row["index"], row["entry"]) for row in table.to_pylist()]
    kept = [(row, new) for row, new in zip(table.to_pylist(), rows, strict=True) if new is not None]
    columns = {name: [row[name] for row, _ in kept] for name in table.schema.names}
    columns["index"] = [index for _, (index, _) in kept]
    columns["entry"] = [entry for _, (_, entry) in kept]
    out = path.with_name("altered.parquet")
    parquet.write_table(arrow.table(columns, schema=table.schema), out)
    return out


@pytest.mark.parametrize(
    "change",
    [
        lambda index, entry: (index, entry.replace(b"query", b"quiry")),
        lambda index, entry: None if index == 300 else (index, entry),
        lambda index, entry: None if index == OLD - 1 else (index, entry),
        lambda index, entry: (index + 1, entry),
        lambda index, entry: (index, entry[:-1] if index == 300 else entry),
        lambda index, entry: (index, entry.replace(b'"v":3', b'"v":2') if index == 300 else entry),
    ],
    ids=["bytes", "left out", "cut off", "moved", "spoilt", "one digit"],
)
def test_an_archive_that_was_changed_does_not_hold(
    log: LogPlace, tmp_path: Path, change: Callable[[int, bytes], tuple[int, bytes] | None]
) -> None:
    """Whatever was done to its entries; written anew without a change, it holds."""
    with LogReader(log) as reader:
        write_archive(tmp_path / "one.parquet", reader, 256, OLD, KEYS)
    same = altered(tmp_path / "one.parquet", lambda index, entry: (index, entry))
    assert (256, OLD) == (verify_archive(same, KEYS).start, verify_archive(same, KEYS).end)
    with pytest.raises(ArchiveInvalid):
        verify_archive(altered(tmp_path / "one.parquet", change), KEYS)


@pytest.fixture(scope="module")
def archived(before: Before, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with its digest file."""
    path = tmp_path_factory.mktemp("archived") / "one.parquet"
    with LogReader(before[0]) as reader:
        write_archive(path, reader, 256, OLD, KEYS)
    return path


@in_a_file
@pytest.mark.parametrize("known", ["beside", "act"])
def test_every_bit_of_an_archive_counts(archived: Path, tmp_path: Path, known: str) -> None:
    """150 bits all over the file, those that no entry needs among them: each one is found, by either digest."""
    path, octets = tmp_path / "one.parquet", archived.read_bytes()
    digest = read_digest_beside(archived)
    assert digest == digest_of(archived)
    if known == "beside":
        digest_file(path).write_bytes(digest_file(archived).read_bytes())
    act = digest if known == "act" else ""
    path.write_bytes(octets)
    assert digest == verify_archive(path, KEYS, digest=act).digest
    random = Random(14)
    for place in random.sample(range(len(octets) * 8), 150):
        changed = bytearray(octets)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        with pytest.raises(ArchiveInvalid, match="it was altered or cut short"):
            verify_archive(path, KEYS, digest=act)


@in_a_file
def test_without_a_digest_no_bit_changes_what_an_archive_tells(archived: Path, tmp_path: Path) -> None:
    """What is accepted has the same rows in every column; damage is told in words, never as a library's error."""
    path, octets = tmp_path / "one.parquet", archived.read_bytes()
    rows = parquet().read_table(archived).to_pylist()
    random, refused = Random(15), 0
    for place in random.sample(range(len(octets) * 8), 150):
        changed = bytearray(octets)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            verify_archive(path, KEYS)
        except ArchiveInvalid:
            refused += 1
        else:
            assert rows == parquet().read_table(path).to_pylist()
    assert refused > 75


@in_a_file
@pytest.mark.parametrize(
    ("column", "value"), [("time_us", 1), ("phase", "refusal"), ("exchange_id", "another"), ("index", 999)]
)
def test_a_look_up_column_that_is_not_the_entrys_is_refused(
    archived: Path, tmp_path: Path, column: str, value: object
) -> None:
    """Any reader of Parquet shows these columns; they must not lie."""
    import pyarrow as arrow

    table = parquet().read_table(archived)
    cells = table[column].to_pylist()
    cells[100] = value
    at = table.schema.get_field_index(column)
    changed = table.set_column(at, table.schema.field(column), arrow.array(cells, table.schema.field(column).type))
    parquet().write_table(changed, tmp_path / "one.parquet")
    with pytest.raises(ArchiveInvalid, match="999" if column == "index" else f"entry 356: the column {column} is not"):
        verify_archive(tmp_path / "one.parquet", KEYS)


@in_a_file
def test_an_archive_says_nothing_beside_its_columns_and_its_metadata(archived: Path, tmp_path: Path) -> None:
    """A column, a name of the metadata or a field of what it says of itself that no release wrote is refused."""
    import json

    import pyarrow as arrow

    table, path = parquet().read_table(archived), tmp_path / "one.parquet"
    said = table.schema.metadata
    about = json.dumps({**json.loads(said[b"chuanyu"]), "remark": "all is well"}).encode()
    remarked = table.append_column("remark", arrow.array(["x"] * table.num_rows)).replace_schema_metadata(said)
    for changed, why in (
        (remarked, "found 'remark'"),
        (table.drop_columns(["body"]), "expected the columns"),
        (table.replace_schema_metadata({**said, b"remark": b"x"}), "something was added"),
        (table.replace_schema_metadata({b"chuanyu": about}), "something was added"),
    ):
        parquet().write_table(changed, path)
        with pytest.raises(ArchiveInvalid, match=why):
            verify_archive(path, KEYS)
    parquet().write_table(table, path)
    assert 256 == verify_archive(path, KEYS).start


@in_a_file
@pytest.mark.parametrize("text", ["", "not a digest  one.parquet\n", "a" * 64, "A" * 64 + "  one.parquet\n"])
def test_a_digest_file_of_another_form_is_refused(archived: Path, tmp_path: Path, text: str) -> None:
    """An emptied one must not read as one that is not there."""
    path = tmp_path / "one.parquet"
    path.write_bytes(archived.read_bytes())
    assert "" == read_digest_beside(path)
    digest_file(path).write_text(text, encoding="utf-8")
    with pytest.raises(ArchiveInvalid, match="expected one line of sha256sum"):
        verify_archive(path, KEYS)


def rewritten(path: Path, change: Callable[[list[dict[str, Any]]], object], **about: object) -> Path:
    """An archive of the same proof whose rows were changed, and what it says of itself."""
    import pyarrow as arrow
    from pyarrow import parquet

    table = parquet.read_table(path)
    rows = table.to_pylist()
    change(rows)
    metadata = {b"chuanyu": json.dumps(json.loads(table.schema.metadata[b"chuanyu"]) | about).encode()}
    out = path.with_name("rewritten.parquet")
    parquet.write_table(arrow.Table.from_pylist(rows, schema=table.schema.with_metadata(metadata)), out)
    return out


BODIES: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "a byte": lambda rows: rows[4].update(body=b"x" + rows[4]["body"][1:]),
    "none": lambda rows: rows[4].update(body=None),
    "an empty one": lambda rows: rows[4].update(body=b""),
    "that of another": lambda rows: rows[4].update(body=rows[6]["body"]),
    "one too much": lambda rows: rows[5].update(body=rows[4]["body"]),
    "an empty one too much": lambda rows: rows[5].update(body=b""),
}


@pytest.mark.parametrize("change", BODIES.values(), ids=BODIES)
def test_an_archive_holds_each_entry_with_its_own_body(
    log: LogPlace, tmp_path: Path, change: Callable[[list[dict[str, Any]]], object]
) -> None:
    """A body that is changed, missing, misplaced or too much is found, with its entry."""
    with LogReader(log) as reader:
        write_archive(tmp_path / "one.parquet", reader, 256, 512, KEYS)
        bodies = dict(reader.bodies(256, 512))
    table = parquet().read_table(tmp_path / "one.parquet", columns=["index", "body"]).to_pylist()
    assert bodies == {row["index"]: row["body"] for row in table if row["body"] is not None}
    assert 128 == len(bodies)
    assert 512 == verify_archive(rewritten(tmp_path / "one.parquet", lambda rows: None), KEYS).end
    with pytest.raises(ArchiveInvalid, match=r"entry 26[01]: the body beside it"):
        verify_archive(rewritten(tmp_path / "one.parquet", change), KEYS)


async def test_archives_of_the_former_release_hold(tmp_path: Path) -> None:
    """They have no bodies: their entries hold them. Entries of this release have theirs nowhere else."""
    path = await create(tmp_path / "log")
    with writing_version_2():
        async with opened(path) as live:
            await asyncio.gather(*(answer(journal(live), number) for number in range(128)))
            await live.store_checkpoint()
    with LogReader(path) as reader:
        write_archive(tmp_path / "one.parquet", reader, 0, 256, KEYS)
    old = {"format": "chuanyu audit archive v1"}
    former = rewritten(tmp_path / "one.parquet", lambda rows: None, **old)
    with pytest.raises(ArchiveInvalid, match="no others, found 'body'"):  # a column that nothing in it is held to
        verify_archive(former, KEYS)
    assert 256 == verify_archive(without_bodies(former), KEYS).end


def without_bodies(path: Path) -> Path:
    """The archive without the column that the former release did not have."""
    from pyarrow import parquet

    table = parquet.read_table(path)
    parquet.write_table(table.drop_columns(["body"]), path)
    return path


async def test_an_archive_of_the_former_kind_cannot_hold_entries_of_this_release(log: LogPlace, tmp_path: Path) -> None:
    """Nor does one of this kind without its column."""
    with LogReader(log) as reader:
        write_archive(tmp_path / "one.parquet", reader, 256, 512, KEYS)
    old = rewritten(tmp_path / "one.parquet", lambda rows: None, format="chuanyu audit archive v1")
    with pytest.raises(ArchiveInvalid, match="body"):
        verify_archive(old, KEYS)
    with pytest.raises(ArchiveInvalid):
        verify_archive(without_bodies(tmp_path / "one.parquet"), KEYS)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all, but long enough" * 10])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """With a sentence, not an error of the library."""
    path = tmp_path / "one.parquet"
    path.write_bytes(content)
    with pytest.raises(ArchiveInvalid):
        verify_archive(path, KEYS)


def test_an_archive_of_another_log_is_refused(log: LogPlace, tmp_path: Path) -> None:
    """Its checkpoint is signed by a key that was not given."""
    with LogReader(log) as reader:
        write_archive(tmp_path / "one.parquet", reader, 0, 256, KEYS)
    with pytest.raises(ArchiveInvalid):
        verify_archive(tmp_path / "one.parquet", [Ed25519Verifier(ASKER.vkey)])


async def test_nothing_is_archived_that_was_pruned_or_is_not_covered(log: LogPlace, tmp_path: Path) -> None:
    """And no half of a file stays."""
    await retained(log, tmp_path / "archive.parquet")
    with LogReader(log) as reader:
        for start, end in ((0, OLD), (OLD, 1024)):
            with pytest.raises(ArchiveInvalid):
                write_archive(tmp_path / "one.parquet", reader, start, end, KEYS)
    assert not any(path.name.startswith((".one", "one")) for path in listed(tmp_path))


def test_without_the_library_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ArchiveInvalid, match=r"chuanyu-gateway\[archive\]"):
        parquet()


def test_three_years_are_the_floor(log: LogPlace) -> None:
    """By the calendar, a leap day included; never fewer."""
    assert us("2023-11-24") == cutoff_us(us("2026-11-24"), 3)
    assert us("2025-02-28") == cutoff_us(us("2028-02-29"), 3)
    with LogReader(log) as reader:
        for years in (2, 0, -1):
            with pytest.raises(RetentionRefused):
                plan(reader, LATER_US, years)
        assert () == plan(reader, NOW_US + YEARS_4 * 2 // 3, 3)
        assert ((0, OLD),) == plan(reader, LATER_US, 3)
        assert () == plan(reader, LATER_US, 5)


async def test_a_longer_retention_binds_every_later_run(log: LogPlace) -> None:
    """It can only be raised."""
    async with opened(log) as live:
        await journal(live).record_act(action=RETAIN, subject=RetentionRun(0, 256, "0" * 64, 5).subject)
    with LogReader(log) as reader:
        with pytest.raises(RetentionRefused, match="5 years"):
            plan(reader, LATER_US + YEARS_4, 3)
        with pytest.raises(RetentionRefused, match="5 years"):
            admit(reader, RetentionRun(0, 256, "0" * 64, 3), LATER_US + YEARS_4, 3)
        admit(reader, RetentionRun(0, 256, "0" * 64, 5), LATER_US + YEARS_4, 3)


@pytest.mark.parametrize(
    ("run", "now_us"),
    [
        (RetentionRun(256, 512, "0" * 64, 3), LATER_US),
        (RetentionRun(0, 500, "0" * 64, 3), LATER_US),
        (RetentionRun(0, 768, "0" * 64, 3), LATER_US),
        (RetentionRun(0, 512, "0" * 64, 3), NOW_US),
        (RetentionRun(0, 512, "0" * 64, 2), LATER_US),
        (RetentionRun(0, 0, "0" * 64, 3), LATER_US),
    ],
)
def test_the_writer_admits_no_run_against_the_rules(log: LogPlace, run: RetentionRun, now_us: int) -> None:
    """Not from the middle, not half a tile, not the tail, not too young, not under fewer years, not nothing."""
    with LogReader(log) as reader, pytest.raises(RetentionRefused):
        admit(reader, run, now_us, 3)


@pytest.mark.parametrize(
    "subject", ["", "0-256", "0-256 sha256:00 years:3", RetentionRun(0, 1, "0" * 64, 3).subject + " "]
)
def test_the_subject_of_a_run_has_one_form(subject: str) -> None:
    """It is read as it was written."""
    assert RetentionRun(0, 256, "a" * 64, 3) == RetentionRun.parse(RetentionRun(0, 256, "a" * 64, 3).subject)
    with pytest.raises(RetentionRefused):
        RetentionRun.parse(subject)


@pytest.mark.parametrize("month", ["2023-11", "2023-12", "2026-11", "2023-13", "", "2023", "9999-12", "9999-11"])
def test_a_month_within_the_retention_is_not_destroyed(month: str) -> None:
    """Nor what is no month; the last day of it must be beyond the years."""
    now_us = us("2026-11-30")
    check_month("2023-10", now_us, 3)
    check_month("0000-01", now_us, 3)
    with pytest.raises(RetentionRefused):
        check_month(month, now_us, 3)


async def test_after_shredding_no_body_opens_and_every_proof_stays(
    before: Before, log: LogPlace, tmp_path: Path
) -> None:
    """The wrapped keys are gone; the log holds, since the destruction is recorded."""
    with LogReader(log) as reader:
        kept, body = reader.wrap(0), reader.body(0)
        entry = decode(reader.entry(0).octets)
    assert kept is not None
    assert open_body(entry, body, kept[1], MONTH).inputs
    async with opened(log) as live:
        await journal(live).record_act(action=SHRED, subject="2026-11", actor="local:test")
    store = await Store.open(log)
    assert EXCHANGES == await shred(store, "2026-11")
    assert 0 == await shred(store, "2026-11")
    await store.close()
    assert verify_log(log, KEYS).holds
    theirs = PeerLog(PROVIDER.name, [Verifying(PROVIDER)])
    assert all(theirs.verify_entry(receipt) for receipt in before[1])
    with LogReader(log) as reader:
        assert reader.wrap(0) is None
    with pytest.raises(BodyInvalid):
        open_body(entry, body, b"", MONTH)


@in_a_file
async def test_a_wrapped_key_that_was_deleted_is_overwritten_in_the_file(log: Path) -> None:
    """What was shredded is not read from free pages."""
    with LogReader(log) as reader:
        kept = reader.wrap(0)
    assert kept is not None
    store = await Store.open(log)
    await shred(store, "2026-11")
    await store.close()
    assert kept[1] not in octets_of(log)


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("DELETE FROM wrap WHERE idx = (SELECT min(idx) FROM wrap WHERE idx > ?)", 100),
        ("DELETE FROM wrap WHERE idx > ?", -1),
        ("UPDATE wrap SET epoch = ? WHERE idx = (SELECT max(idx) FROM wrap)", "2026-10"),
        ("INSERT INTO wrap SELECT idx, '2026-11', ? FROM entry WHERE phase = 'release' LIMIT 1", bytes(40)),
    ],
)
async def test_a_wrapped_key_that_is_missing_or_misplaced_is_a_fault(
    log: LogPlace, statement: str, value: Value
) -> None:
    """One entry cannot be made unreadable in silence."""
    await tamper(log, statement, value)
    (fault,) = verify_log(log, KEYS).faults
    assert fault.place.startswith("wrap ")


async def test_a_month_that_was_shredded_does_not_cover_another(log: LogPlace) -> None:
    """The act names the month."""
    async with opened(log) as live:
        await journal(live).record_act(action=SHRED, subject="2026-10")
    await tamper(log, "DELETE FROM wrap WHERE idx = (SELECT max(idx) FROM wrap WHERE idx > ?)", -1)
    assert not verify_log(log, KEYS).holds


async def test_search_passes_over_what_was_archived(log: LogPlace, tmp_path: Path) -> None:
    """By exchange and by window; what is still there is found."""
    await retained(log, tmp_path / "archive.parquet")
    with LogReader(log) as reader:
        assert [] == list(search(reader, Criteria(exchange_id=question(0).ask.request_id), limit=9))
        found = [one.index for one in search(reader, Criteria(phase="release"), limit=1000)]
        assert found
        assert min(found) >= OLD
        assert 601 - OLD == len(list(search(reader, Criteria(), limit=1000)))
