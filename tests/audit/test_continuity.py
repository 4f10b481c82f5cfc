"""A reviewer who stored a checkpoint sees whether the log still holds all that it showed."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import Checkpoint, Ed25519Verifier, checkpoint_text, sign_note
from gateway.audit.tlog.tree import EMPTY_ROOT
from gateway.audit.verification.continuity import ContinuityFinding, NothingToCompare, compare, newest
from gateway.audit.verification.verify import verify_range
from gateway.cli.main import app
from tests.audit.logs import ASKER, PROVIDER, answer, create, journal, opened

KEYS = [Ed25519Verifier(PROVIDER.vkey)]


async def grow(path: Path, start: int, end: int) -> None:
    """Record some exchanges, two entries each; a checkpoint is kept at the end."""
    async with opened(path) as log:
        desk = journal(log)
        for number in range(start, end):
            await answer(desk, number)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node's directory with a log of 300 entries, and checkpoints at 10, 270 and 300."""
    directory = tmp_path_factory.mktemp("node")
    path = asyncio.run(create(directory))
    for start, end in ((0, 5), (5, 135), (135, 150)):
        asyncio.run(grow(path, start, end))
    return directory


@pytest.fixture
def node(pristine: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    shutil.copytree(pristine, tmp_path / "node")
    return tmp_path / "node"


def database(node: Path) -> Path:
    """Its log."""
    return node / "audit" / "log.db"


def change(node: Path, *statements: str) -> None:
    """Do what whoever owns the disk can do."""
    with closing(sqlite3.connect(database(node))) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def noted(node: Path, size: int) -> bytes:
    """The kept checkpoint of that size."""
    with LogReader(database(node)) as reader:
        return next(note for kept, _, note in reader.checkpoints() if kept == size)


def finding(node: Path, stored: bytes) -> ContinuityFinding:
    """What comes of comparing."""
    with LogReader(database(node)) as reader:
        found = compare(reader, stored, KEYS)
        assert found.holds == (found.finding in {ContinuityFinding.GROWN, ContinuityFinding.SAME})
        return found.finding


def test_a_log_that_only_grew_holds_what_it_showed(node: Path) -> None:
    """From each kept checkpoint, and from the empty tree."""
    empty = sign_note(checkpoint_text(Checkpoint(PROVIDER.name, 0, EMPTY_ROOT)), [PROVIDER])
    assert [ContinuityFinding.GROWN] * 3 == [
        finding(node, stored) for stored in (empty, noted(node, 10), noted(node, 270))
    ]
    assert ContinuityFinding.SAME is finding(node, noted(node, 300))


def test_a_log_that_was_rolled_back_is_seen(node: Path) -> None:
    """Together with all that tells of the newest entries."""
    stored = noted(node, 300)
    change(node, "DELETE FROM checkpoint WHERE size > 270", "DELETE FROM entry WHERE idx >= 270")
    assert ContinuityFinding.ROLLED_BACK is finding(node, stored)
    change(node, "DELETE FROM checkpoint")
    assert ContinuityFinding.ROLLED_BACK is finding(node, stored)


@pytest.mark.parametrize(
    ("size", "expected"),
    [(300, ContinuityFinding.FORK), (270, ContinuityFinding.REWRITTEN), (301, ContinuityFinding.ROLLED_BACK)],
)
def test_a_log_that_signed_another_tree_is_seen(node: Path, size: int, expected: ContinuityFinding) -> None:
    """The reviewer holds a checkpoint that the key signed over other entries."""
    other = sign_note(checkpoint_text(Checkpoint(PROVIDER.name, size, b"r" * 32)), [PROVIDER])
    assert expected is finding(node, other)


def test_entries_changed_below_the_old_size_are_seen(node: Path) -> None:
    """The tiles no longer lead to the roots."""
    stored = noted(node, 10)
    change(node, "UPDATE tile SET hashes = zeroblob(8192)")
    assert ContinuityFinding.REWRITTEN is finding(node, stored)
    change(node, "DELETE FROM tile", "DELETE FROM entry WHERE idx = 3")
    assert ContinuityFinding.REWRITTEN is finding(node, stored)


def test_a_newest_checkpoint_that_is_not_signed_is_seen(node: Path) -> None:
    """It is not taken for the new end."""
    stored = noted(node, 10)
    change(node, "UPDATE checkpoint SET note = zeroblob(9) WHERE size = 300")
    assert ContinuityFinding.UNSIGNED is finding(node, stored)
    with LogReader(database(node)) as reader, pytest.raises(NothingToCompare, match="does not verify"):
        newest(reader, KEYS)


def test_a_stored_note_that_is_not_the_logs_compares_with_nothing(node: Path) -> None:
    """Of another key, of another log, or none at all."""
    text = checkpoint_text(Checkpoint(PROVIDER.name, 10, b"r" * 32))
    other = checkpoint_text(Checkpoint("other.log", 10, b"r" * 32))
    for stored in (sign_note(text, [ASKER]), sign_note(other, [PROVIDER]), b"", b"\xff"):
        with pytest.raises(NothingToCompare):
            finding(node, stored)


def run(*arguments: str) -> tuple[int, dict[str, object]]:
    """The exit code of `chuanyu audit consistency`, and what it printed as JSON."""
    done = CliRunner().invoke(app, ["audit", "consistency", *arguments, "--json"])
    return done.exit_code, json.loads(done.stdout) if done.stdout.strip() else {}


def test_the_command_keeps_the_reviewers_checkpoint(node: Path, tmp_path: Path) -> None:
    """First stored, then compared, then replaced; a log that does not hold never replaces it."""
    stored = tmp_path / "sichuan.checkpoint"
    arguments = (str(node), "--stored", str(stored))
    assert (0, "first") == (run(*arguments)[0], parsed(stored, node, 300))
    stored.write_bytes(noted(node, 10))
    code, said = run(*arguments)
    assert (0, "grown", 10, 300) == (code, said["finding"], said["old_size"], said["new_size"])
    assert noted(node, 300) == stored.read_bytes()
    assert "same" == run(*arguments)[1]["finding"]
    before = stored.read_bytes()
    change(node, "DELETE FROM checkpoint WHERE size > 270", "DELETE FROM entry WHERE idx >= 270")
    code, said = run(*arguments)
    assert (1, "rolled_back") == (code, said["finding"])
    assert before == stored.read_bytes()
    assert noted(node, 270) == Path(str(said["evidence"])).read_bytes()


def parsed(stored: Path, node: Path, size: int) -> str:
    """Says first when the file holds the log's checkpoint of that size."""
    return "first" if stored.read_bytes() == noted(node, size) else "other"


def test_the_command_speaks_to_people_too(node: Path, tmp_path: Path) -> None:
    """A table in both languages, and the next step when it does not hold."""
    stored = tmp_path / "sichuan.checkpoint"
    arguments = ["audit", "consistency", str(node), "--stored", str(stored)]
    assert "首次保存" in CliRunner().invoke(app, arguments).stdout
    assert "✓" in CliRunner().invoke(app, arguments).stdout
    stored.write_bytes(sign_note(checkpoint_text(Checkpoint(PROVIDER.name, 300, b"r" * 32)), [PROVIDER]))
    done = CliRunner().invoke(app, arguments)
    assert 1 == done.exit_code
    assert "two different trees" in done.stdout


@pytest.mark.parametrize("span", [(0, 1), (0, 300), (5, 6), (250, 290), (256, 257), (299, 300)])
def test_a_range_is_verified_under_the_newest_checkpoint(node: Path, span: tuple[int, int]) -> None:
    """Entries in it, and what they mean."""
    with LogReader(database(node)) as reader:
        verdict = verify_range(reader, *span, KEYS)
    assert verdict.holds, verdict.faults
    assert span[1] - span[0] == verdict.size == sum(dict(verdict.phases).values())


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (
            "UPDATE entry SET octets = CAST(replace(CAST(octets AS TEXT), 'permit', 'denied') AS BLOB) WHERE idx = 7",
            "entry 7",
        ),
        ("UPDATE entry SET leaf_hash = zeroblob(32) WHERE idx = 7", "entry 7"),
        ("UPDATE entry SET phase = 'admin' WHERE idx = 7", "entry 7"),
        ("DELETE FROM entry WHERE idx = 7", "entry 7"),
        ("DELETE FROM checkpoint", "checkpoint"),
        ("UPDATE checkpoint SET note = x'00'", "checkpoint 300"),
    ],
)
def test_a_change_in_a_range_is_named(node: Path, statement: str, place: str) -> None:
    """And one elsewhere does not hide it."""
    change(node, statement)
    with LogReader(database(node)) as reader:
        assert place == verify_range(reader, 5, 20, KEYS).faults[0].place
        assert "end" == verify_range(reader, 5, 7, KEYS, expected_size=301).faults[0].place or "checkpoint" in place


def test_an_entry_with_its_leaf_hash_made_to_fit_is_named(node: Path) -> None:
    """The tile still has the old one, or the tree does not lead to the root."""
    with LogReader(database(node)) as reader:
        for index in (7, 290):
            octets = reader.entry(index).octets.replace(b"permit", b"denied")
            with closing(sqlite3.connect(database(node))) as connection, connection:
                from gateway.audit.tlog.tree import leaf_hash

                connection.execute(
                    "UPDATE entry SET octets = ?, leaf_hash = ? WHERE idx = ?", (octets, leaf_hash(octets), index)
                )
    with LogReader(database(node)) as reader:
        assert "entry 7" == verify_range(reader, 5, 20, KEYS).faults[0].place
        assert verify_range(reader, 285, 295, KEYS).faults[0].place.startswith("entry")


def test_the_verify_command_takes_a_range(node: Path) -> None:
    """Indexes as a person counts them, the last one included."""
    done = CliRunner().invoke(app, ["audit", "verify", str(node), "--from", "5", "--to", "9", "--json"])
    assert (0, 5) == (done.exit_code, json.loads(done.stdout)["size"])
    for first, last in (("9", "5"), ("0", "300")):
        assert 2 == CliRunner().invoke(app, ["audit", "verify", str(node), "--from", first, "--to", last]).exit_code
