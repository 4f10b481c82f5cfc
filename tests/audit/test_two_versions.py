"""A log that was begun by the former release and goes on with this one is one log, whatever is asked of it."""

from __future__ import annotations

import asyncio
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.audit.entries import entry
from gateway.audit.entries.bodies import BodyInvalid
from gateway.audit.entries.entry import Entry, decode
from gateway.audit.entries.references import tokens_of
from gateway.audit.migration import migrate
from gateway.audit.retention.archive import verify_archive, write_archive
from gateway.audit.retention.backup import copy_log
from gateway.audit.review.bundle import Evidence, write_evidence
from gateway.audit.review.reconcile import compare
from gateway.audit.review.review_keys import ReviewKeys
from gateway.audit.review.search import Criteria, search
from gateway.audit.review.sources import BundleSource, LogSource
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.schema import TABLES
from gateway.audit.storage.sealed import find_named
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.tlog.pairs import Kind
from gateway.audit.tlog.policy import read_policy
from gateway.audit.verification.sm3_mirror import Sm3Mirror, verify_sm3_mirror
from gateway.audit.verification.verify import verify_log, verify_range
from gateway.ground.evidence import PeerAnswer
from gateway.ground.refusals import Reason, Refusal
from tests.audit.archives import archived_entries
from tests.audit.logs import ASKER, BOOK, CLEARED, EPOCHS, PAGE, PROVIDER, question, tamper
from tests.audit.older import writing_version_2
from tests.audit.provinces import world
from tests.audit.signing import LogKey

KEYS = [Ed25519Verifier(PROVIDER.vkey)]
OLD, NEW = 100, 100
"""Exchanges by the former release and by this one."""
SIZE = 3 * (OLD + NEW)
"""Of each an intent, a release and an outcome."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The logs of two provinces, each with so many exchanges by either release, and migrated in between."""
    directory = tmp_path_factory.mktemp("logs")

    async def write() -> tuple[Path, Path]:
        async with world(directory) as provinces:
            with writing_version_2():
                for number in range(OLD):
                    await provinces.whole(number)
        for path, key in zip(provinces.paths, (PROVIDER, ASKER), strict=True):
            with closing(sqlite3.connect(path)) as connection:
                for table in ("body", "pair_directory", "pair_page"):
                    connection.execute(f"DROP TABLE {table}")
                connection.execute(next(one for one in TABLES[3] if one.startswith("CREATE TABLE subject")))
                connection.execute("PRAGMA user_version = 3")
            assert 3 == (await migrate(path, [Ed25519Verifier(key.vkey)]))[0]
        async with world(directory, new=False) as provinces:
            for number in range(OLD, OLD + NEW):
                await provinces.whole(number)
        return provinces.paths

    return asyncio.run(write())


@pytest.fixture
def reader(both: tuple[Path, Path]) -> Iterator[LogReader]:
    """The log of the providing province."""
    with LogReader(both[0]) as opened_log:
        yield opened_log


def entries(reader: LogReader) -> list[Entry]:
    """All of them."""
    return [decode(row[2]) for rows in reader.rows(0, reader.count()) for row in rows]


def intents(reader: LogReader) -> tuple[int, int]:
    """The last intent with a body in it, and the first with its body beside."""
    bodies = [(index, one.number("v")) for index, one in enumerate(entries(reader)) if one.has_body]
    return max(index for index, version in bodies if version == 2), min(i for i, version in bodies if version == 3)


def test_it_verifies_whole_and_across_the_border(both: tuple[Path, Path], reader: LogReader) -> None:
    """Each key that no entry has the digest of is counted; every body beside is there."""
    verdict = verify_log(both[0], KEYS)
    assert ((), SIZE, OLD) == (verdict.faults, verdict.size, verdict.unbound)
    assert NEW == len(reader.bodies(0, SIZE))
    old, new = intents(reader)
    assert verify_range(reader, old - 1, new + 2, KEYS).holds


def test_every_body_opens_from_where_it_stands(reader: LogReader) -> None:
    """By the same command, with the same inputs but for what is of the question itself."""
    desk = ReviewKeys(BOOK.references, EPOCHS)
    old, new = (desk.open_body(reader, index) for index in intents(reader))
    assert old.inputs == new.inputs
    with pytest.raises(BodyInvalid, match="intent"):
        desk.open_body(reader, intents(reader)[1] + 1)


def test_a_search_and_a_person_go_across(reader: LogReader) -> None:
    """Everything of both releases is found."""
    found = list(search(reader, Criteria(), limit=SIZE + 1))
    assert SIZE == len(found)
    (token,) = tokens_of(entries(reader)[0])
    assert 2 * (OLD + NEW) == len(find_named(reader, Kind.SUBJECT, {"": [token]}))


def test_the_two_provinces_agree(both: tuple[Path, Path]) -> None:
    """Exchange by exchange, on both sides of the border."""
    with LogReader(both[0]) as one, LogReader(both[1]) as other:
        found = compare(LogSource(one), LogSource(other), grace_us=0)
    assert (OLD + NEW, ()) == (found.exchanges, found.one_sided)


@pytest.mark.parametrize("start", [0, 256])
def test_archives_hold_entries_of_both(reader: LogReader, tmp_path: Path, start: int) -> None:
    """The first has those of the former release alone, the second some of either."""
    path = tmp_path / "one.parquet"
    write_archive(path, reader, start, start + 256, KEYS)
    assert start + 256 == verify_archive(path, KEYS).end
    assert [row[2] for rows in reader.rows(start, start + 256) for row in rows] == [
        octets for _, octets in archived_entries(path)
    ]


def test_the_twin_under_sm3_follows_it(reader: LogReader, tmp_path: Path) -> None:
    """It hashes the entries, which have the digests of what stands beside them."""
    key = LogKey(f"{PROVIDER.name}/sm3")
    with Sm3Mirror(tmp_path / "twin.db", reader) as twin:
        twin.follow(key, 1)
        assert not verify_sm3_mirror(twin, reader, [Ed25519Verifier(key.vkey)])[2]


def test_a_bundle_holds_entries_of_both(reader: LogReader, tmp_path: Path) -> None:
    """And is verified without us; those of this release bring no ciphertext."""
    newest = reader.newest_checkpoint()
    assert newest is not None
    policy = f"log {PROVIDER.vkey}\nquorum none\n"
    path = tmp_path / "evidence.zip"
    old, new = intents(reader)
    with path.open("wb") as out:
        write_evidence(
            out,
            reader,
            Evidence([(old, new + 1)], newest[2], policy, history={}, opened={}, stamps={}),
            read_policy(policy),
        )
    (tmp_path / "policy.txt").write_text(policy, encoding="utf-8")
    assert new + 1 - old == len(list(BundleSource(path, tmp_path / "policy.txt").entries()))
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("entries.jsonl").splitlines()
    assert (True, False) == (b'"body":' in lines[0], b'"body":' in lines[-1])
    assert b'"body_digest":' in lines[-1]


def test_a_backup_has_the_bodies(both: tuple[Path, Path], tmp_path: Path) -> None:
    """The copy verifies, and opens as the log does."""
    copy_log(both[0], tmp_path / "log.db")
    assert verify_log(tmp_path / "log.db", KEYS).holds
    with LogReader(both[0]) as here, LogReader(tmp_path / "log.db") as there:
        assert here.bodies(0, SIZE) == there.bodies(0, SIZE)


async def test_the_former_release_refuses_the_releases_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would read a null as it always did, and not what is said of it; so nothing of this release proves to it."""
    async with world(tmp_path) as provinces:
        arrival, asking = provinces.ask(1)
        giving = provinces.give(arrival)
        theirs = await giving.release(CLEARED)
        early = await provinces.provider.begin_provider(question(2)).refuse(Refusal(Reason.GRANT_MISSING))
        with monkeypatch.context() as former:
            former.setattr(entry, "FIELDS", {version: entry.FIELDS[version] for version in (1, 2)})
            with pytest.raises(Refusal, match="entry of version 1 or 2"):
                asking.prove(PeerAnswer(PAGE, 0, True, theirs, giving.salt))
            with pytest.raises(entry.EntryInvalid):
                decode(early[1][0].entry)


async def test_a_body_that_is_swapped_across_the_border_is_found(both: tuple[Path, Path], tmp_path: Path) -> None:
    """A body of this release beside an entry of the former one, and none where it belongs."""
    copy_log(both[0], tmp_path / "log.db")
    with LogReader(tmp_path / "log.db") as reader:
        old, new = intents(reader)
    await tamper(tmp_path / "log.db", f"UPDATE body SET idx = {old:d} WHERE idx = ?", new)  # noqa: S608 - a number
    assert [f"body {old}"] == [fault.place for fault in verify_log(tmp_path / "log.db", KEYS).faults]
