"""No bit of a stored log can change without verification naming the place: all of a small log, samples of a large one.

Two things are not of the log: `probe`, which trial writes fill with random bytes, and the second at which the log was
made. A time stamp's token is found by checking the stamp.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.cosignature import note_verifier
from gateway.audit.tlog.note import SUBTREE, Checkpoint, checkpoint_text, sign_note
from gateway.audit.verification.verify import LogVerdict, verify_log, verify_reader
from tests.audit.cosigning import TIME_S, WitnessKey
from tests.audit.logs import PROVIDER, answer, create, journal, opened

LOG_SECOND = WitnessKey(PROVIDER.name, SUBTREE, 5)
WITNESS = WitnessKey("witness.example", SUBTREE, 6)
OWN = [note_verifier(PROVIDER.vkey), LOG_SECOND.verifier]
COLUMNS = {
    "log": ("id", ["origin"]),
    "entry": ("idx", ["idx", "leaf_hash", "octets", "phase", "exchange_id", "page", "time_us", "root"]),
    "tile": ("rowid", ["level", "number", "hashes"]),
    "checkpoint": ("size", ["size", "time_us", "note"]),
    "body": ("idx", ["idx", "octets"]),
    "wrap": ("idx", ["idx", "epoch", "key"]),
}
"""Each table with its key, and the columns of which every bit counts."""
NOT_COVERED = {
    ("log", "id"),
    ("log", "created_us"),
    ("probe", "id"),
    ("probe", "filler"),
    ("stamp", "size"),
    ("stamp", "time_us"),
    ("stamp", "token"),
}


@dataclass(frozen=True)
class Cell:
    """One value of the log: where it stands, and what it is."""

    table: str
    key: str
    row: int
    column: str
    value: bytes | int | str

    @property
    def bits(self) -> int:
        """How many bits can be changed."""
        return 64 if isinstance(self.value, int) else 8 * len(self.octets)

    @property
    def octets(self) -> bytes:
        """The value's bytes."""
        if isinstance(self.value, int):
            return self.value.to_bytes(8, signed=True)
        return self.value.encode() if isinstance(self.value, str) else self.value

    def flipped(self, bit: int) -> bytes | int:
        """The value with one bit changed; a text as its bytes."""
        octets = bytearray(self.octets)
        octets[bit // 8] ^= 1 << bit % 8
        return int.from_bytes(octets, signed=True) if isinstance(self.value, int) else bytes(octets)


async def written(directory: Path, exchanges: int) -> Path:
    """A log of so many exchanges, whose last checkpoint is signed twice and cosigned."""
    path = await create(directory)
    async with opened(path) as log:
        desk = journal(log)
        for start in range(0, exchanges, 45):
            await asyncio.gather(*(answer(desk, number) for number in range(start, min(start + 45, exchanges))))
    with LogReader(path) as reader:
        size, root = reader.count(), reader.entry(reader.count() - 1).root
    assert root is not None
    note = sign_note(checkpoint_text(Checkpoint(PROVIDER.name, size, root)), [PROVIDER, LOG_SECOND.at(), WITNESS.at()])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE checkpoint SET note = ?, time_us = ?", (note, TIME_S * 1_000_000))
    return path


def verified(path: Path) -> LogVerdict:
    """The verdict with every key at hand."""
    return verify_log(path, OWN, witnesses=[WITNESS.verifier])


def cells(path: Path) -> list[Cell]:
    """Every value of the tables."""
    found = []
    with closing(sqlite3.connect(path)) as connection:
        for table, (key, columns) in COLUMNS.items():
            for row in connection.execute(f"SELECT {key}, {', '.join(columns)} FROM {table}"):  # noqa: S608 - names of this file
                found += [
                    Cell(table, key, row[0], column, value)
                    for column, value in zip(columns, row[1:], strict=True)
                    if value is not None
                ]
    return found


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table, in whatever order the file holds them."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: sorted(connection.execute(f"SELECT {', '.join(columns)} FROM {table}"), key=repr)  # noqa: S608 - names of this file
            for table, (_, columns) in COLUMNS.items()
        }


class Disk:
    """Whoever owns the disk: changes one value, asks for the verdict, and puts it back."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA journal_mode = MEMORY")
        self._path = path
        self._reader = LogReader(path)

    def close(self) -> None:
        """Close both connections."""
        self._reader.close()
        self._connection.close()

    def _set(self, cell: Cell, value: bytes | int | str, row: int) -> None:
        as_text = "CAST(? AS TEXT)" if isinstance(cell.value, str) else "?"
        sql = f"UPDATE {cell.table} SET {cell.column} = {as_text} WHERE {cell.key} = ?"  # noqa: S608 - names of this file
        self._connection.execute(sql, (value, row))

    def verdict(self, cell: Cell, bit: int) -> str:
        """The place that is named when that bit is changed; empty when nothing is found."""
        value = cell.flipped(bit)
        moved = value if cell.column == cell.key and isinstance(value, int) else cell.row
        try:
            self._set(cell, value, cell.row)
        except sqlite3.IntegrityError:
            return "refused by the database"
        try:
            if cell.table == "log":
                return place(verified(self._path))
            return place(verify_reader(self._reader, OWN, witnesses=[WITNESS.verifier]))
        except StoreInvalid as error:
            return str(error)
        finally:
            self._set(cell, cell.octets if isinstance(cell.value, str) else cell.value, moved)


def place(verdict: LogVerdict) -> str:
    """The first place at fault; empty when there is none."""
    return verdict.faults[0].place if verdict.faults else ""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two exchanges, four entries."""
    return asyncio.run(written(tmp_path, 2))


@pytest.fixture
def disk(small: Path) -> Iterator[Disk]:
    """Whoever owns the disk of the small log."""
    made = Disk(small)
    yield made
    made.close()


def expected(cell: Cell) -> str:
    """How the place that must be named begins."""
    if cell.table == "entry":
        return "entry" if cell.column == "idx" else f"entry {cell.row}"
    return {"log": "", "tile": "tile", "checkpoint": "checkpoint", "body": "body", "wrap": "wrap"}[cell.table]


def check(disk: Disk, cell: Cell, bit: int) -> None:
    """The change is found, and its place is named."""
    found = disk.verdict(cell, bit)
    assert found, f"bit {bit} of {cell.table}.{cell.column} in row {cell.row} can be changed"
    assert found.startswith((expected(cell), "refused by the database", "entry")), (found, cell, bit)
    if cell.table == "entry" and cell.column not in {"idx", "root"}:
        assert f"entry {cell.row}" == found


def test_every_column_of_the_schema_is_covered_or_said_not_to_be(small: Path) -> None:
    """A new column must be verified, or listed with its reason; those of sealed pairs are in test_sealed."""
    with closing(sqlite3.connect(small)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        columns = {(table, row[1]) for table in tables for row in connection.execute(f"PRAGMA table_info({table})")}
    covered = {(table, column) for table, (_, names) in COLUMNS.items() for column in names}
    covered |= {(table, name) for table in ("pair_directory", "pair_page") for name in ("kind", "start", "octets")}
    covered.add(("pair_page", "number"))
    assert columns == covered | NOT_COVERED


def test_one_bit_of_every_byte_of_a_small_log_is_found(small: Path, disk: Disk) -> None:
    """Another bit of each byte in each run; the log holds before and after."""
    assert "" == place(verified(small))
    chance = random.Random()
    for cell in cells(small):
        for octet in range(0, cell.bits, 8):
            check(disk, cell, octet + chance.randrange(8))
    assert "" == place(verified(small))


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_every_bit_of_a_small_log_is_found(small: Path, disk: Disk) -> None:
    """Exhaustive."""
    for cell in cells(small):
        for bit in range(cell.bits):
            check(disk, cell, bit)
    assert "" == place(verified(small))


@pytest.mark.parametrize("changes", [40, pytest.param(4000, marks=[pytest.mark.torture, pytest.mark.timeout(3600)])])
def test_sampled_bits_of_a_large_log_are_found(tmp_path: Path, changes: int) -> None:
    """Of 700 entries with tiles; bits weighted by how many a value has."""
    path = asyncio.run(written(tmp_path, 350))
    all_cells = cells(path)
    chance = random.Random()
    made = Disk(path)
    try:
        for cell in chance.choices(all_cells, weights=[cell.bits for cell in all_cells], k=changes):
            check(made, cell, chance.randrange(cell.bits))
    finally:
        made.close()
    assert "" == place(verified(path))


def test_any_byte_of_the_database_file_may_change_without_the_verdict_lying(small: Path, tmp_path: Path) -> None:
    """What the file holds beyond the values may change freely; a changed value is never passed."""
    with closing(sqlite3.connect(small)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    before = contents(small)
    octets = small.read_bytes()
    chance = random.Random()
    path = tmp_path / "changed.db"
    for at in chance.sample(range(len(octets)), 300):
        changed = bytearray(octets)
        changed[at] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        try:
            verdict = verified(path)
        except StoreInvalid:
            continue
        if verdict.holds:
            assert before == contents(path), at


def test_cosignatures_of_a_witness_that_was_not_named_are_a_fault(small: Path) -> None:
    """Else a changed name or key id would hide a changed line."""
    verdict = verify_log(small, OWN)
    assert "checkpoint 4" == place(verdict)
    assert "witness.example" in verdict.faults[0].detail


def test_a_checkpoint_that_only_a_witness_signed_is_a_fault(small: Path, tmp_path: Path) -> None:
    """The log itself must have signed."""
    path = tmp_path / "copy.db"
    shutil.copy(small, path)
    with LogReader(small) as reader:
        (_, _, note) = next(reader.checkpoints())
    text, lines = note.split(b"\n\n")
    kept = b"\n".join(line for line in lines.split(b"\n") if WITNESS.name.encode() in line)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE checkpoint SET note = ?", (text + b"\n\n" + kept + b"\n",))
    assert "checkpoint 4" == place(verified(path))
