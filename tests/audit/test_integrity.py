"""Every byte of a log leads to the signed roots, or the first place that does not is named."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.cosignature import Cosigner, note_verifier
from gateway.audit.tlog.note import (
    COSIGNATURE,
    Checkpoint,
    Ed25519Verifier,
    NoteSigner,
    checkpoint_text,
    make_vkey,
    parse_vkey,
    sign_note,
)
from gateway.audit.verification.fault import VerificationFailed
from gateway.audit.verification.integrity import MICROSECONDS, Integrity, check_checkpoint
from gateway.audit.verification.verify import verify_reader
from tests.audit.logs import ASKER, PROVIDER, create, database, five_entries
from tests.audit.signing import LogKey
from tests.samples import NOW_US

OWN = [Ed25519Verifier(PROVIDER.vkey)]
ROOT = b"r" * 32
HERE = Checkpoint(PROVIDER.name, 5, ROOT)


def _fault(note: bytes, *, time_us: int = NOW_US, witnesses: tuple[str, ...] = ()) -> str:
    """Check a checkpoint of 5 entries; return what is at fault."""
    with pytest.raises(VerificationFailed) as caught:
        check_checkpoint(PROVIDER.name, 5, time_us, note, OWN, [note_verifier(key) for key in witnesses])
    assert ("checkpoint 5", 4) == (caught.value.fault.place, caught.value.fault.index)
    return caught.value.fault.detail


def _note(*signers: NoteSigner, of: Checkpoint = HERE) -> bytes:
    return sign_note(checkpoint_text(of), signers)


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (b"", "expected"),
        (_note(ASKER), "expected a signature of a known key"),
        (_note(LogKey(PROVIDER.name, seed=3)), "expected a signature of a known key"),
        (_note(PROVIDER).replace(b"\n5\n", b"\n6\n"), "does not hold"),
        (_note(PROVIDER, of=Checkpoint(PROVIDER.name, 6, ROOT)), "of another log or size"),
        (_note(PROVIDER, of=Checkpoint(ASKER.name, 5, ROOT)), "of another log or size"),
        (_note(PROVIDER, ASKER), f"of a key that was not given: {ASKER.name}"),
        (sign_note(b"nonsense\n", [PROVIDER]), "expected an origin"),
    ],
    ids=["empty", "foreign", "namesake", "altered", "size", "origin", "unknown line", "no checkpoint"],
)
def test_a_checkpoint_that_is_not_wholly_the_logs_own_is_refused(note: bytes, said: str) -> None:
    """A signature of nobody known, of other bytes, of another log, or a further one of an unknown key is a fault."""
    assert said in _fault(note)


def test_a_checkpoint_that_only_a_witness_signed_is_refused() -> None:
    """Whoever cosigns does not speak for the log."""
    assert "no key of the log has signed it" in _fault(_note(ASKER), witnesses=(ASKER.vkey,))


def test_a_checkpoint_that_is_kept_under_another_time_than_it_bears_is_refused() -> None:
    """The log's own timed signature says when; the column is not believed."""
    key = LogKey(PROVIDER.name)
    made = make_vkey(key.name, parse_vkey(key.vkey).public, COSIGNATURE)
    key.key_id = made.key_id
    own = [note_verifier(str(made))]
    note = _note(Cosigner(key, COSIGNATURE, lambda: NOW_US // MICROSECONDS))
    assert ROOT == check_checkpoint(PROVIDER.name, 5, NOW_US, note, own)
    for time_us in (NOW_US + 1, NOW_US + MICROSECONDS, 0):
        with pytest.raises(VerificationFailed, match="kept under another time than its own"):
            check_checkpoint(PROVIDER.name, 5, time_us, note, own)


def test_a_checkpoint_of_the_log_and_known_witnesses_gives_its_root() -> None:
    """A plain signature bears no time, so that none is compared."""
    note = _note(PROVIDER, ASKER)
    assert ROOT == check_checkpoint(PROVIDER.name, 5, 0, note, OWN, [Ed25519Verifier(ASKER.vkey)])


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the log once: five entries and a checkpoint of them."""
    directory = tmp_path_factory.mktemp("log")
    asyncio.run(five_entries(directory))
    return database(directory)


@pytest.fixture
def log(pristine: Path, tmp_path: Path) -> Path:
    """Give a copy that a test may change."""
    return Path(shutil.copy(pristine, tmp_path / "log.db"))


def _walk(log: Path, *statements: str, verifiers: list[Ed25519Verifier] = OWN) -> str:
    """Change the log behind its back and walk over it; return the place at fault, empty for none."""
    connection = sqlite3.connect(log)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    with LogReader(log) as reader:
        walk = Integrity(reader, verifiers)
        try:
            walk.run(5, lambda done, total: None)
        except VerificationFailed as failed:
            return failed.fault.place
        assert (5, 1) == (walk.size, walk.checkpoints)
    return ""


@pytest.mark.parametrize(
    ("place", "statement"),
    [
        ("entry 1", "UPDATE entry SET octets = CAST(octets || ' ' AS BLOB) WHERE idx = 1"),
        ("entry 1", "UPDATE entry SET leaf_hash = zeroblob(32) WHERE idx = 1"),
        ("entry 3", "UPDATE entry SET octets = x'' WHERE idx = 3"),
        ("entry 4", "UPDATE entry SET root = zeroblob(32) WHERE idx = 4"),
        ("entry 4", "UPDATE entry SET root = NULL WHERE idx = 4"),
        ("entry 0", "DELETE FROM entry WHERE idx = 0"),
        ("entry 3", "DELETE FROM entry WHERE idx = 3"),
        ("entry 4", "DELETE FROM entry WHERE idx = 4"),
        ("entry -1", "INSERT INTO entry SELECT -1, leaf_hash, octets, '', '', 0, 0, NULL FROM entry WHERE idx = 1"),
        ("tiles", "INSERT INTO tile VALUES (0, 0, zeroblob(8192))"),
        ("checkpoint 5", "UPDATE checkpoint SET note = x''"),
        ("checkpoint 4", "UPDATE checkpoint SET size = 4"),
        ("checkpoint 9", "UPDATE checkpoint SET size = 9"),
    ],
)
def test_the_place_that_was_changed_is_named(log: Path, place: str, statement: str) -> None:
    """Bytes, hashes, roots, missing and surplus rows, tiles and checkpoints are each found where they lie."""
    assert place == _walk(log, statement)


def test_a_signed_root_that_is_not_that_of_the_tree_is_named(log: Path) -> None:
    """A true signature over another tree does not make it this one."""
    statement = "UPDATE checkpoint SET note = x'NOTE'".replace("NOTE", _note(PROVIDER).hex())
    assert "checkpoint 5" == _walk(log, statement)


def test_a_log_under_keys_of_somebody_else_does_not_hold(log: Path) -> None:
    """An empty list of keys is no key, and not every key; whose keys they are is named, and nothing is proven."""
    with LogReader(log) as reader:
        for verifiers in ([Ed25519Verifier(ASKER.vkey)], []):
            walk = Integrity(reader, verifiers)
            walk.run(5, lambda done, total: None)
            assert (f"{OWN[0].name}+{OWN[0].key_id.hex()}",) == walk.foreign
        found = verify_reader(reader, [Ed25519Verifier(ASKER.vkey)])
    assert not found.holds
    assert ["checkpoint"] == [fault.place for fault in found.faults]


def test_bytes_that_left_from_the_first_entry_on_leave_the_roots_provable(log: Path) -> None:
    """Whether a run of retention took them is the second stage's question; a changed hash shows all the same."""
    assert "body 0" == _walk(log, "UPDATE entry SET octets = x'' WHERE idx < 3")
    assert "" == _walk(log, "DELETE FROM body WHERE idx < 3")
    assert "entry 1" == _walk(log, "UPDATE entry SET leaf_hash = zeroblob(32) WHERE idx = 1")


def test_a_log_that_was_not_touched_holds(log: Path) -> None:
    """All five entries and the checkpoint of them were walked over."""
    assert "" == _walk(log)


async def test_a_checkpoint_of_a_log_without_an_entry_is_checked_too(tmp_path: Path) -> None:
    """Nothing follows it that would lead there."""
    path = await create(tmp_path)
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("INSERT OR REPLACE INTO checkpoint VALUES (0, 1, x'00')")
    connection.close()
    with LogReader(path) as reader, pytest.raises(VerificationFailed) as caught:
        Integrity(reader, OWN).run(0, lambda done, total: None)
    assert "checkpoint 0" == caught.value.fault.place
