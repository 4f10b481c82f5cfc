"""Verification names the first place at which a log is not what it must be, and finds nothing in one that is."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.entries.entry import Phase
from gateway.audit.journal import Acknowledgement
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.note import Checkpoint, Ed25519Verifier, checkpoint_text, sign_note
from gateway.audit.tlog.proofs import verify_inclusion
from gateway.audit.tlog.tree import leaf_hash, root_of
from gateway.audit.verification.verify import LogVerdict, verify_log, verify_range
from gateway.ground.refusals import Reason, Refusal
from tests.audit.logs import ASKER, CALLER, NODE, PROVIDER, answer, create, journal, opened, question
from tests.samples import grant

VERIFIERS = [Ed25519Verifier(PROVIDER.vkey)]
EXCHANGES = 135


async def written(directory: Path) -> Path:
    """A log of 274 entries: 135 exchanges, an outcome, two refusals and an act; more than one tile."""
    path = await create(directory)
    async with opened(path) as log:
        desk = journal(log)
        for start in range(0, EXCHANGES, 45):
            await asyncio.gather(*(answer(desk, number) for number in range(start, start + 45)))
        acknowledged = Acknowledgement(NODE, question(7).ask.request_id, 0, ASKER.name, 5, b"l" * 32, "")
        assert desk.record_outcome(acknowledged)
        await desk.begin_provider(question(900)).refuse(Refusal(Reason.GRANT_MISSING))
        late = desk.begin_provider(question(901))
        late.intend(CALLER, grant())
        await late.refuse(Refusal(Reason.LEAK_BLOCKED))
        await desk.record_act(action="node_start", subject="0.1.0")
    return path


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log, written once."""
    return asyncio.run(written(tmp_path_factory.mktemp("log")))


@pytest.fixture
def log(pristine: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy that a test may change."""
    path = tmp_path / "log.db"
    shutil.copy(pristine, path)
    yield path


def change(path: Path, *statements: str, given: tuple[bytes | int, ...] = ()) -> None:
    """Do what whoever owns the disk can do; `given` are the parameters of the last statement."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        connection.execute(statements[-1], given)
    connection.close()


def place(verdict: LogVerdict) -> str:
    """The first place at fault."""
    assert not verdict.holds
    assert 1 == len(verdict.faults)
    return verdict.faults[0].place


def test_a_log_that_was_not_touched_holds(log: Path) -> None:
    """All entries are counted by phase, and the kept checkpoint is checked."""
    verdict = verify_log(log, VERIFIERS)
    assert verdict.holds
    assert () == verdict.faults
    phases = {"admin": 1, "intent": 136, "outcome": 1, "refusal": 2, "release": 135}
    assert (PROVIDER.name, 275, 1, phases) == (verdict.origin, verdict.size, verdict.checkpoints, dict(verdict.phases))


def test_verification_tells_how_far_it_is(log: Path) -> None:
    """The last word is that all is done."""
    told: list[tuple[int, int]] = []
    verify_log(log, VERIFIERS, progress=lambda done, total: told.append((done, total)))
    assert (275, 275) == told[-1]


def test_an_empty_log_holds(tmp_path: Path) -> None:
    """A node that has just been set up."""
    assert verify_log(asyncio.run(create(tmp_path)), VERIFIERS).holds


async def test_a_log_that_is_being_written_holds(tmp_path: Path) -> None:
    """The reader sees what was committed when it began; it holds up nobody and writes nothing."""
    path = await create(tmp_path)
    async with opened(path) as live:
        desk = journal(live)
        await answer(desk, 1)
        wal = path.with_name("log.db-wal").read_bytes()
        assert 2 == verify_log(path, VERIFIERS).size
        assert wal == path.with_name("log.db-wal").read_bytes()
        await answer(desk, 2)
        assert 4 == verify_log(path, VERIFIERS).size


def test_reading_a_closed_log_leaves_its_bytes_alone(log: Path) -> None:
    """Opening, reading and closing write nothing into the database."""
    before = log.read_bytes()
    assert verify_log(log, VERIFIERS).holds
    assert before == log.read_bytes()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 274), st.data())
def test_one_changed_bit_of_an_entry_is_named(pristine: Path, index: int, data: st.DataObject) -> None:
    """In the bytes, or in the stored leaf hash."""
    path = pristine.with_name("changed.db")
    shutil.copy(pristine, path)
    column = data.draw(st.sampled_from(["octets", "leaf_hash"]))
    with LogReader(path) as reader:
        row = reader.entry(index)
    value = bytearray(row.octets if column == "octets" else row.leaf_hash)
    value[data.draw(st.integers(0, len(value) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    statements = {
        "octets": "UPDATE entry SET octets = ? WHERE idx = ?",
        "leaf_hash": "UPDATE entry SET leaf_hash = ? WHERE idx = ?",
    }
    change(path, statements[column], given=(bytes(value), index))
    assert f"entry {index}" == place(verify_log(path, VERIFIERS))


@pytest.mark.parametrize("index", [0, 1, 100, 255, 256, 273])
def test_a_deleted_entry_is_named(log: Path, index: int) -> None:
    """The gap is found, wherever it is."""
    change(log, "DELETE FROM entry WHERE idx = ?", given=(index,))
    assert f"entry {index}" == place(verify_log(log, VERIFIERS))


def test_an_entry_put_in_the_place_of_another_is_named(log: Path) -> None:
    """Also when its leaf hash is made to fit: the tree does not follow."""
    with LogReader(log) as reader:
        octets = reader.entry(3).octets.replace(b'"result":"permit"', b'"result":"denied"')
    change(log, "UPDATE entry SET octets = ?, leaf_hash = ? WHERE idx = 3", given=(octets, leaf_hash(octets)))
    assert "entry 3" == place(verify_log(log, VERIFIERS))


def test_entries_in_another_order_are_named(log: Path) -> None:
    """Two neighbours that changed places."""
    change(
        log,
        "UPDATE entry SET idx = -1 WHERE idx = 10",
        "UPDATE entry SET idx = 10 WHERE idx = 11",
        "UPDATE entry SET idx = 11 WHERE idx = -1",
    )
    assert "entry 1" == place(verify_log(log, VERIFIERS))[:7]


@pytest.mark.parametrize("keep", [0, 1, 100, 256, 274])
def test_a_log_that_was_cut_is_named(log: Path, keep: int) -> None:
    """The kept checkpoint, or the tiles, tell of more entries than there are."""
    change(log, "DELETE FROM entry WHERE idx >= ?", given=(keep,))
    assert place(verify_log(log, VERIFIERS)).startswith(("checkpoint 275", "tiles", "entry"))


def test_a_log_cut_together_with_all_that_tells_of_it_needs_somebody_elses_word(log: Path) -> None:
    """Its own disk cannot show it; a size that is known from a receipt does."""
    with LogReader(log) as reader:
        root = root_of([reader.entry(index).leaf_hash for index in range(100)])
    change(
        log,
        "DELETE FROM entry WHERE idx >= 100",
        "DELETE FROM checkpoint",
        "DELETE FROM tile",
        "DELETE FROM body WHERE idx >= 100",
        "DELETE FROM wrap WHERE idx >= 100",
        "UPDATE entry SET root = ? WHERE idx = 99",
        given=(root,),
    )
    assert verify_log(log, VERIFIERS).holds
    assert "end" == place(verify_log(log, VERIFIERS, expected_size=101))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DELETE FROM tile", "tile 0/0"),
        ("UPDATE tile SET hashes = zeroblob(8192)", "tile 0/0"),
        ("INSERT INTO tile VALUES (0, 1, zeroblob(8192))", "tiles"),
        ("UPDATE entry SET root = zeroblob(32) WHERE idx = 274", "entry 274"),
        ("UPDATE entry SET root = NULL WHERE idx = 274", "entry 274"),
        ("UPDATE entry SET root = zeroblob(32) WHERE idx = 5", "entry 5"),
        ("UPDATE entry SET phase = 'admin' WHERE idx = 9", "entry 9"),
        ("UPDATE entry SET exchange_id = 'x' WHERE idx = 9", "entry 9"),
        ("UPDATE entry SET page = 4 WHERE idx = 9", "entry 9"),
        ("UPDATE entry SET time_us = 4 WHERE idx = 9", "entry 9"),
        ("UPDATE checkpoint SET note = x'00'", "checkpoint 275"),
        ("UPDATE checkpoint SET size = 274", "checkpoint 274"),
        ("UPDATE checkpoint SET size = 276", "checkpoint 276"),
        ("UPDATE checkpoint SET size = 0", "checkpoint 0"),
    ],
)
def test_each_other_change_is_named(log: Path, statement: str, expected: str) -> None:
    """Tiles, roots, the columns drawn from an entry, checkpoints."""
    change(log, statement)
    assert expected == place(verify_log(log, VERIFIERS))


@pytest.mark.parametrize("signed", [("another.log", 275), (PROVIDER.name, 274), (PROVIDER.name, 275)])
def test_a_checkpoint_that_the_key_signed_for_another_tree_is_named(log: Path, signed: tuple[str, int]) -> None:
    """A fork: the log's own key, but another origin, size or root."""
    note = sign_note(checkpoint_text(Checkpoint(*signed, b"r" * 32)), (PROVIDER,))
    change(log, "UPDATE checkpoint SET note = ?", given=(note,))
    assert "checkpoint 275" == place(verify_log(log, VERIFIERS))


def test_a_log_under_another_key_is_named(log: Path) -> None:
    """Nothing is signed by the key that was given, and nothing contradicts it; without a key nothing is verified."""
    other = [Ed25519Verifier(ASKER.vkey)]
    found = verify_log(log, other)
    (fault,) = found.faults
    signed = (f"{PROVIDER.name}+{Ed25519Verifier(PROVIDER.vkey).key_id.hex()}",)
    assert (True, signed, 0, 275) == (fault.unsigned, fault.keys, found.signatures.signed_to, found.size)
    with LogReader(log) as reader:
        (fault,) = verify_range(reader, 3, 9, other).faults
    assert (True, signed) == (fault.unsigned, fault.keys)
    change(log, "UPDATE entry SET octets = CAST(octets || ' ' AS BLOB) WHERE idx = 9")
    (fault,) = verify_log(log, other).faults
    assert ("entry 9", False) == (fault.place, fault.unsigned)
    with pytest.raises(ValueError, match="at least one key"):
        verify_log(log, [])


@pytest.mark.parametrize("content", [None, b"", b"no database, but long enough to look at it" * 9])
def test_what_is_no_log_is_not_verified(tmp_path: Path, content: bytes | None) -> None:
    """It is refused; nothing is made."""
    path = tmp_path / "log.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StoreInvalid):
        verify_log(path, VERIFIERS)
    assert (content is not None) == path.exists()


@pytest.mark.parametrize("phase", [Phase.RELEASE, Phase.OUTCOME, Phase.REFUSAL])
async def test_an_entry_that_does_not_follow_what_it_must_is_named(tmp_path: Path, phase: Phase) -> None:
    """A release without its intent, an outcome without its release, written and signed as any other entry."""
    path = await create(tmp_path / "source")
    async with opened(path) as log:
        desk = journal(log)
        await answer(desk, 1)
        assert desk.record_outcome(Acknowledgement(NODE, question(1).ask.request_id, 0, ASKER.name, 5, b"l" * 32, ""))
        exchange = desk.begin_provider(question(2))
        exchange.intend(CALLER, grant())
        await exchange.refuse(Refusal(Reason.LEAK_BLOCKED))
    with LogReader(path) as reader:
        rows = [row for row in map(reader.entry, range(5)) if row.phase == phase]
    other = await create(tmp_path / "other")
    async with opened(other) as log:
        row = rows[0]
        recorded = log.record(row.octets, exchange_id=row.exchange_id, phase=phase, time_us=row.time_us)
        await log.wait_durable(recorded)
    verdict = verify_log(other, VERIFIERS)
    assert "entry 0" == place(verdict)
    assert "does not follow" in verdict.faults[0].detail


def test_every_entry_of_a_log_is_proven_from_its_tiles(log: Path) -> None:
    """The paths that the reader makes lead to the root, for each size of the tree."""
    with LogReader(log) as reader:
        leaves = [reader.entry(index).leaf_hash for index in range(275)]
        for size in (1, 2, 255, 256, 257, 275):
            for index in range(size):
                verify_inclusion(index, size, leaves[index], reader.path(index, size), root_of(leaves[:size]))
        with pytest.raises(IndexError):
            reader.path(275, 275)
