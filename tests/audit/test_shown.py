"""An entry whose bytes do not have its stored leaf hash is refused by its index and never shown, by any way."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.audit.entries.references import tokens_of
from gateway.audit.review.history import read_entries
from gateway.audit.review.reconcile import compare
from gateway.audit.review.review_keys import ReviewKeys
from gateway.audit.review.search import Criteria, search
from gateway.audit.review.shown import EntryUnreadable, decode_shown, read_shown, require_leaf, shown_rows
from gateway.audit.review.sources import LogSource
from gateway.audit.review.whole import WholeLog
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.tree import leaf_hash
from gateway.cli.audit.app import app
from gateway.cli.screen import Problem
from tests.audit.logs import BOOK, EPOCHS, PROVIDER, database, five_entries
from tests.audit.stored import StoredLog
from tests.commands import CliRunner
from tests.samples import NOW_US

ALTERED = 2
WORDS = f"the entry {ALTERED} does not have its stored leaf hash"
EXCHANGE = "01980000-0000-7000-8000-000000000002"


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """The directory of a node that has stopped, in whose log one department was overwritten by another."""
    directory = tmp_path / "data"
    asyncio.run(five_entries(directory))
    with closing(sqlite3.connect(database(directory))) as connection, connection:
        (octets,) = connection.execute("SELECT octets FROM entry WHERE idx = ?", (ALTERED,)).fetchone()
        assert b"cq-hrss" in octets
        changed = octets.replace(b"cq-hrss", b"cq-mpsb")
        connection.execute("UPDATE entry SET octets = ? WHERE idx = ?", (changed, ALTERED))
    return directory


def person(reader: LogReader) -> frozenset[bytes]:
    """The reference of a person whom the altered entry names."""
    return frozenset(tokens_of(decode_shown(ALTERED, reader.entry(ALTERED).octets)))


def other_log() -> LogSource:
    """A log of another origin, without an entry."""
    stored = StoredLog()
    stored.origin = "log.other.example/1"
    return LogSource(stored.reader())


WAYS: dict[str, Callable[[LogReader], object]] = {
    "search everything": lambda reader: list(search(reader, Criteria(), limit=9)),
    "search a window": lambda reader: list(search(reader, Criteria(since_us=NOW_US), limit=9)),
    "search what it was": lambda reader: list(search(reader, Criteria(department="cq-hrss"), limit=9)),
    "search what it became": lambda reader: list(search(reader, Criteria(department="cq-mpsb"), limit=9)),
    "search an exchange": lambda reader: list(search(reader, Criteria(exchange_id=EXCHANGE), limit=9)),
    "search a person": lambda reader: list(search(reader, Criteria(subjects=person(reader)), limit=9)),
    "a history": lambda reader: list(read_entries(WholeLog(reader), [(0, 4)])),
    "reconcile": lambda reader: compare(LogSource(reader), other_log()),
    "open": lambda reader: ReviewKeys(BOOK.references, EPOCHS).open_body(reader, ALTERED),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_no_way_shows_it(node: Path, way: Callable[[LogReader], object]) -> None:
    """Nor does one pass over it because it no longer, or only now, meets the criteria."""
    with LogReader(database(node)) as reader, pytest.raises(EntryUnreadable, match=WORDS) as caught:
        way(reader)
    assert caught.value.index == ALTERED


@pytest.mark.parametrize(
    "line",
    [
        ("search", "DIR"),
        ("search", "DIR", "--request-id", EXCHANGE),
        ("export", "DIR", "--as", "ocsf", "--out", "OUT"),
        ("show", "DIR", ALTERED),
        ("reconcile", "DIR", "OTHER"),
    ],
    ids=lambda line: " ".join(map(str, line)),
)
def test_every_command_refuses_it_with_the_same_words_and_one(
    node: Path, tmp_path: Path, line: tuple[object, ...]
) -> None:
    """The exit code is that of something wrong, in either order of the logs."""
    asyncio.run(five_entries(tmp_path / "other"))
    with closing(sqlite3.connect(database(tmp_path / "other"))) as connection, connection:
        connection.execute("UPDATE log SET origin = 'log.other.example/1'")
    places = {"DIR": node, "OUT": tmp_path / "out", "OTHER": tmp_path / "other"}
    found = CliRunner().invoke(app, [str(places.get(str(word), word)) for word in line])
    assert isinstance(found.exception, Problem)
    assert (1, WORDS) == (found.exception.exit_code, found.exception.found.en)
    assert "cq-mpsb" not in found.stdout
    assert not (tmp_path / "out").exists() or b"cq-mpsb" not in (tmp_path / "out").read_bytes()


def test_a_row_with_its_leaf_hash_is_shown(tmp_path: Path) -> None:
    """All of them, as they were written."""
    asyncio.run(five_entries(tmp_path))
    with LogReader(database(tmp_path)) as reader:
        rows = [row for rows in shown_rows(reader, 0, 5, reader.pruned()) for row in rows]
        entries = [read_shown(*row[:3]) for row in rows]
    assert [0, 1, 2, 3, 4] == [row[0] for row in rows]
    assert {PROVIDER.name} == {entry.text("origin") for entry in entries}


@pytest.mark.parametrize("leaf", [b"", b"0" * 32, leaf_hash(b"{}x")])
def test_a_hash_of_other_bytes_is_refused(leaf: bytes) -> None:
    """Whatever stands there."""
    with pytest.raises(EntryUnreadable, match="the entry 7 does not have its stored leaf hash"):
        require_leaf(7, leaf, b"{}")


def test_bytes_that_are_no_entry_are_refused_by_index() -> None:
    """Though they have their leaf hash."""
    with pytest.raises(EntryUnreadable, match="the entry 7 cannot be read"):
        read_shown(7, leaf_hash(b"{}"), b"{}")


def test_what_left_for_an_archive_is_passed_over_and_what_is_blank_elsewhere_is_not(tmp_path: Path) -> None:
    """Its hash stands, and proves nothing about what is shown."""
    asyncio.run(five_entries(tmp_path))
    with closing(sqlite3.connect(database(tmp_path))) as connection, connection:
        connection.execute("UPDATE entry SET octets = x'' WHERE idx < 2")
    with LogReader(database(tmp_path)) as reader:
        assert [2, 3, 4] == [row[0] for rows in shown_rows(reader, 0, 5, reader.pruned()) for row in rows]
    with closing(sqlite3.connect(database(tmp_path))) as connection, connection:
        connection.execute("UPDATE entry SET octets = x'' WHERE idx = 3")
    with LogReader(database(tmp_path)) as reader, pytest.raises(EntryUnreadable, match="the entry 3 does not have"):
        list(shown_rows(reader, 0, 5, reader.pruned()))


def test_a_search_as_json_still_bears_the_leaf_hash(tmp_path: Path) -> None:
    """By which anybody proves what it shows."""
    asyncio.run(five_entries(tmp_path))
    found = CliRunner().invoke(app, ["search", str(tmp_path), "--json"])
    with LogReader(database(tmp_path)) as reader:
        leaves = [reader.entry(index).leaf_hash.hex() for index in range(5)]
    assert leaves == [one["leaf_hash"] for one in json.loads(found.stdout)["entries"]]


@pytest.mark.parametrize("command", ["search", "export", "reconcile"])
def test_blanked_entries_are_passed_over_by_no_command(tmp_path: Path, command: str) -> None:
    """No run of retention is recorded by which they would have left."""
    asyncio.run(five_entries(tmp_path))
    with closing(sqlite3.connect(database(tmp_path))) as connection, connection:
        connection.execute("UPDATE entry SET octets = x'' WHERE idx < 2")
    more = {"export": ["--as", "ocsf", "--out", str(tmp_path / "out")], "reconcile": [str(tmp_path)]}
    found = CliRunner().invoke(app, [command, str(tmp_path), *more.get(command, [])])
    assert isinstance(found.exception, Problem)
    expected = (1, "the entry 0 has no bytes, and no recorded run of retention covers it")
    assert expected == (found.exception.exit_code, found.exception.found.en)
