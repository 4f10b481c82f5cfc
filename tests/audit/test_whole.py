"""A log and its archives are read as one; bytes of an archive are held to the leaf hashes that the log still has."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from gateway.audit.entries.references import tokens_of
from gateway.audit.retention.archive import ArchiveInvalid, digest_file, parquet, write_archive
from gateway.audit.retention.archived import Archives
from gateway.audit.retention.pruning import prune
from gateway.audit.retention.rules import RETAIN, RetentionRun, list_archived_runs
from gateway.audit.review.search import Criteria, search_whole
from gateway.audit.review.shown import EntryUnreadable
from gateway.audit.review.whole import WholeLog
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.tlog.tree import leaf_hash
from tests.audit.logs import ASKER, PROVIDER, answer, create, journal, opened, question, tamper

KEYS = [Ed25519Verifier(PROVIDER.vkey)]
EXCHANGES = 300
RANGES = ((0, 256), (256, 512))
SIZE = 2 * EXCHANGES + 1


async def make(directory: Path) -> Path:
    """A log of 601 entries whose first 512 have left for two archives; the first entry is an act of retention."""
    place = await create(directory)
    async with opened(place) as log:
        desk = journal(log)
        await desk.record_act(action=RETAIN, subject=RetentionRun(0, 256, "a" * 64, 3).subject)
        await asyncio.gather(*(answer(desk, number) for number in range(EXCHANGES)))
    with LogReader(place) as reader:
        for start, end in RANGES:
            write_archive(directory / f"{start}-{end}.parquet", reader, start, end, KEYS)
    store = await Store.open(place)
    await prune(store, 0, RANGES[-1][1])
    await store.close()
    return place


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the log, for copies alone."""
    directory = tmp_path_factory.mktemp("whole")
    asyncio.run(make(directory))
    return directory


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may break."""
    return Path(shutil.copytree(made, tmp_path / "log"))


def place_of(directory: Path) -> Path:
    """The database."""
    return directory / "audit" / "log.db"


def test_every_entry_of_an_archive_is_read_and_has_its_leaf_hash(directory: Path) -> None:
    """From 0 to the end, in order, over the borders of archives and of the live part."""
    with LogReader(place_of(directory)) as reader, Archives(directory, reader.origin) as archives:
        log = WholeLog(reader, archives)
        rows = [row for chunk in log.rows(0, log.size) for row in chunk]
        assert (list(range(SIZE)), ()) == ([row[0] for row in rows], log.missing)
        assert all(leaf == leaf_hash(octets) == reader.entry(index).leaf_hash for index, leaf, octets in rows)
        assert [*range(200, 520)] == [row[0] for chunk in log.rows(200, 520) for row in chunk]
        assert [] == log.gaps(0, SIZE)


@pytest.mark.parametrize(
    ("gone", "missing"),
    [((0,), ((0, 255),)), ((1,), ((256, 511),)), ((0, 1), ((0, 511),))],
    ids=["the first", "the second", "both"],
)
def test_a_missing_archive_is_named_by_its_range(
    directory: Path, gone: tuple[int, ...], missing: tuple[tuple[int, int], ...]
) -> None:
    """What is at hand is found, and who asks for none of the missing part is told of none."""
    for at in gone:
        start, end = RANGES[at]
        (directory / f"{start}-{end}.parquet").unlink()
    with LogReader(place_of(directory)) as reader, Archives(directory, reader.origin) as archives:
        log = WholeLog(reader, archives)
        found = [row[0] for chunk in log.rows(0, log.size) for row in chunk]
        assert missing == log.missing == tuple(log.gaps(0, SIZE))
        assert SIZE - sum(last - first + 1 for first, last in missing) == len(found)
        later = WholeLog(reader, archives)
        assert [*range(512, SIZE)] == [row[0] for chunk in later.rows(512, SIZE) for row in chunk]
        assert ((), []) == (later.missing, later.gaps(512, SIZE))


def test_a_search_finds_archived_entries_by_every_way(directory: Path) -> None:
    """By exchange, by window, and by a cardholder's reference, of which the index has no row any more."""
    with LogReader(place_of(directory)) as reader, Archives(directory, reader.origin) as archives:
        log = WholeLog(reader, archives)
        exchange = Criteria(exchange_id=question(3).ask.request_id)
        (intent, release) = list(search_whole(log, exchange, limit=9))
        assert release.index < 512
        assert EXCHANGES == len(list(search_whole(log, Criteria(phase="release"), limit=1000)))
        token = next(iter(tokens_of(intent.entry)))
        assert 2 * EXCHANGES == len(list(search_whole(log, Criteria(subjects=frozenset({token})), limit=1000)))
        bare = WholeLog(reader)
        assert [] == list(search_whole(bare, exchange, limit=9))
        assert bare.missing


def test_an_act_of_retention_is_found_in_an_archive(directory: Path) -> None:
    """After years the act that names a digest has left the log itself."""
    with LogReader(place_of(directory)) as reader, Archives(directory, reader.origin) as archives:
        assert [RetentionRun(0, 256, "a" * 64, 3)] == [
            one.run for one in list_archived_runs(WholeLog(reader, archives))
        ]


def rewrite(path: Path, old: bytes, new: bytes) -> None:
    """Write an archive anew with other bytes in its entries: well-formed, with a digest of its own."""
    import pyarrow as arrow

    table = parquet().read_table(path)
    entries = [entry.replace(old, new) for entry in table["entry"].to_pylist()]
    at = table.schema.get_field_index("entry")
    changed = table.set_column(at, table.schema.field("entry"), arrow.array(entries, arrow.binary()))
    parquet().write_table(changed, path)
    digest_file(path).unlink()


def test_an_entry_that_was_changed_in_its_archive_is_refused(directory: Path) -> None:
    """The log's own leaf hash tells, whatever the archive says of itself."""
    rewrite(directory / "256-512.parquet", b'"record_count":1', b'"record_count":2')
    with LogReader(place_of(directory)) as reader, Archives(directory, reader.origin) as archives:
        log = WholeLog(reader, archives)
        with pytest.raises(EntryUnreadable, match="does not have the leaf hash of the log in its archive"):
            list(search_whole(log, Criteria(phase="release"), limit=1000))


def test_an_archive_that_lacks_an_entry_of_its_range_is_refused(directory: Path) -> None:
    """It does not read as if the entry had never been written."""
    path = directory / "256-512.parquet"
    table = parquet().read_table(path)
    parquet().write_table(table.slice(0, 255), path)
    with LogReader(place_of(directory)) as reader, Archives(directory, reader.origin) as archives:
        log = WholeLog(reader, archives)
        with pytest.raises(ArchiveInvalid, match="expected the entry 511, found none"):
            list(log.rows(0, SIZE))


@pytest.mark.parametrize("damage", ["cut short", "no parquet", "empty"])
def test_a_damaged_archive_is_named_and_not_passed_over(directory: Path, damage: str) -> None:
    """Its entries would else read as missing by mistake, or as never written."""
    path = directory / "0-256.parquet"
    octets = path.read_bytes()
    path.write_bytes({"cut short": octets[:-100], "no parquet": b"x" * 1000, "empty": b""}[damage])
    with pytest.raises(ArchiveInvalid, match=r"0-256\.parquet cannot be read: .* damaged or cut short"):
        Archives(directory, PROVIDER.name)


def test_a_damaged_page_of_an_archive_is_named(directory: Path) -> None:
    """The compression finds it, and it is said in words."""
    path = directory / "0-256.parquet"
    octets = bytearray(path.read_bytes())
    metadata = parquet().ParquetFile(path).metadata.row_group(0).column(4)
    begin = (metadata.dictionary_page_offset or metadata.data_page_offset) + 60
    octets[begin : begin + 40] = bytes(40)
    path.write_bytes(octets)
    with LogReader(place_of(directory)) as reader, Archives(directory, reader.origin) as archives:
        rows = WholeLog(reader, archives).rows(0, 256)
        with pytest.raises(ArchiveInvalid, match=r"0-256\.parquet cannot be read"):
            list(rows)


def test_archives_of_other_logs_are_passed_over(directory: Path) -> None:
    """A folder may hold those of several logs; another log's entries are never taken for this one's."""
    with Archives(directory, ASKER.name) as archives:
        assert ((), {}) == (archives.files, archives.read(0, 512))


async def test_blanked_entries_of_the_live_part_are_not_searched_in_archives(directory: Path) -> None:
    """An entry after the first that has bytes must have its own."""
    await tamper(place_of(directory), "UPDATE entry SET octets = ? WHERE idx = 550", b"")
    with LogReader(place_of(directory)) as reader, Archives(directory, reader.origin) as archives:
        rows = WholeLog(reader, archives).rows(0, SIZE)
        with pytest.raises(EntryUnreadable, match="the entry 550"):
            list(rows)
