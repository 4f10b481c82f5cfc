"""A node's directory whose log is witnessed, and what the owner of its disk can do to it, with or without its keys."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.audit.entries.acts import DualControlAct
from gateway.audit.entries.entry import Cell
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.storage.database import LogPlace
from gateway.audit.tlog.note import COSIGNATURE, Checkpoint, NoteSigner, checkpoint_text, parse_note, sign_note
from gateway.audit.tlog.tiles import TILE_WIDTH
from gateway.audit.tlog.tree import leaf_hash, root_of
from tests.audit.cosigning import WitnessKey
from tests.audit.logs import BOOK, PROVIDER, answer, create, database, journal, opened
from tests.audit.signing import LogKey
from tests.samples import NOW_US
from tests.wide import budgets

WITNESS = WitnessKey("witness.chongqing.example", COSIGNATURE, 5)
INVENTED = WitnessKey("witness.chongqing.example", COSIGNATURE, 6)
THIEF = LogKey(PROVIDER.name, seed=9)
NOW_S = NOW_US // 1_000_000
EXCHANGES = (3, 127, 20)
"""Exchanges before each kept checkpoint: two entries each, so more than fill a tile."""
SIZE = 2 * sum(EXCHANGES)
KEPT = (6, 260, SIZE)
APPROVED: dict[str, Cell] = {"approval": "ab" * 32, "signers": ["cd" * 32, "ef" * 32]}
YEAR_US = 366 * 86_400 * 1_000_000


async def cosign(log: AuditLog, time_s: int = NOW_S) -> None:
    """Keep a checkpoint of the log as it is, cosigned."""
    await log.store_checkpoint()
    line = WITNESS.at(time_s).line(parse_note(log.checkpoint).text)
    await log.add_cosignatures(log.size, [line])


async def write(
    directory: Path, *, acts: Sequence[tuple[str, str]] = (), at_us: int = NOW_US, approved: bool = True
) -> None:
    """Write the log of a node, its keys beside it, and the witness's key outside; then these acts at a time.

    Those that need two persons name an approval, unless not `approved`.
    """
    await fill(await create(directory), acts=acts, at_us=at_us, approved=approved)
    (directory / "audit" / "witnesses.vkey").write_text(f"{WITNESS.vkey}\n", encoding="utf-8")
    (directory / "outside.vkey").write_text(f"{WITNESS.vkey}\n", encoding="utf-8")


async def fill(
    place: LogPlace, *, acts: Sequence[tuple[str, str]] = (), at_us: int = NOW_US, approved: bool = True
) -> None:
    """Write the entries of `write` into a log that is empty."""
    async with opened(place) as log:
        desk, number = journal(log), 0
        for exchanges in EXCHANGES:
            await asyncio.gather(*(answer(desk, number + one) for one in range(exchanges)))
            number += exchanges
            await cosign(log)
        for action, subject in acts:
            details = APPROVED if approved and action in set(DualControlAct) else {}
            await at(log, at_us).record_act(action=action, subject=subject, details=details)
        if acts:
            await cosign(log)


def at(log: AuditLog, time_us: int) -> Journal:
    """The journal of a node whose clock stands there."""
    return Journal(
        log,
        BOOK,
        peers={},
        clock_us=lambda: time_us,
        random=os.urandom,
        require_witnessed=lambda _: None,
        persons=budgets(),
    )


@contextmanager
def disk(directory: Path) -> Iterator[sqlite3.Connection]:
    """The database, as its owner can change it."""
    with closing(sqlite3.connect(database(directory))) as connection, connection:
        yield connection


def run(*statements: str) -> Callable[[Path], None]:
    """An attack of these statements."""

    def attack(directory: Path) -> None:
        with disk(directory) as connection:
            for statement in statements:
                connection.execute(statement)

    return attack


def script(*statements: str) -> Callable[[Path], None]:
    """An attack of these statements, each seen by a connection of its own."""

    def attack(directory: Path) -> None:
        for statement in statements:
            with disk(directory) as connection:
                connection.executescript(statement)

    return attack


def edit(index: int) -> Callable[[Path], None]:
    """Put another department into an entry."""

    def attack(directory: Path) -> None:
        with disk(directory) as connection:
            (octets,) = connection.execute("SELECT octets FROM entry WHERE idx = ?", (index,)).fetchone()
            changed = octets.replace(b"cq-hrss", b"cq-mpsb")
            assert changed != octets
            connection.execute("UPDATE entry SET octets = ? WHERE idx = ?", (changed, index))

    return attack


def fit_leaves(directory: Path) -> None:
    """Make every leaf hash that of its bytes."""
    with disk(directory) as connection:
        for index, octets in connection.execute("SELECT idx, octets FROM entry").fetchall():
            connection.execute("UPDATE entry SET leaf_hash = ? WHERE idx = ?", (leaf_hash(octets), index))


def fit_tree(directory: Path) -> None:
    """Make leaves, roots and tiles those of the bytes: all that needs no key."""
    fit_leaves(directory)
    with disk(directory) as connection:
        leaves = [row[0] for row in connection.execute("SELECT leaf_hash FROM entry ORDER BY idx")]
        connection.execute("DELETE FROM tile")
        for number in range(len(leaves) // TILE_WIDTH):
            tile = b"".join(leaves[number * TILE_WIDTH : (number + 1) * TILE_WIDTH])
            connection.execute("INSERT INTO tile VALUES (0, ?, ?)", (number, tile))
        for (index,) in connection.execute("SELECT idx FROM entry WHERE root IS NOT NULL").fetchall():
            connection.execute("UPDATE entry SET root = ? WHERE idx = ?", (root_of(leaves[: index + 1]), index))
        connection.execute("UPDATE entry SET root = ? WHERE idx = ?", (root_of(leaves), len(leaves) - 1))


def sign(*keys: NoteSigner, after: int = 0) -> Callable[[Path], None]:
    """Sign every kept checkpoint of more entries anew, over the tree as it stands."""

    def attack(directory: Path) -> None:
        with disk(directory) as connection:
            leaves = [row[0] for row in connection.execute("SELECT leaf_hash FROM entry ORDER BY idx")]
            kept = connection.execute("SELECT size FROM checkpoint WHERE size > ?", (after,)).fetchall()
            connection.execute("DELETE FROM checkpoint WHERE size > ?", (after,))
            for size in {min(one, len(leaves)) for (one,) in kept}:
                text = checkpoint_text(Checkpoint(PROVIDER.name, size, root_of(leaves[:size])))
                values = (size, NOW_US, sign_note(text, list(keys)))
                connection.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", values)

    return attack


def change_notes(change: Callable[[bytes], bytes], where: str = "1") -> Callable[[Path], None]:
    """Change kept notes."""

    def attack(directory: Path) -> None:
        with disk(directory) as connection:
            rows = connection.execute(f"SELECT size, note FROM checkpoint WHERE {where}").fetchall()  # noqa: S608 - of a test
            for size, note in rows:
                connection.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (change(note), size))

    return attack


def without_cosignatures(note: bytes) -> bytes:
    """The lines of the log alone."""
    cosigned = f"\u2014 {WITNESS.name} ".encode()
    return b"".join(line for line in note.splitlines(keepends=True) if not line.startswith(cosigned))


def renamed(note: bytes) -> bytes:
    """The cosignature under another name."""
    return note.replace(WITNESS.name.encode(), b"witness.somebody.example")


def remove_last_exchange(directory: Path) -> None:
    """Take the last question with its answer out, as if it had never been."""
    with disk(directory) as connection:
        connection.execute("DELETE FROM entry WHERE idx >= ?", (SIZE - 2,))
        connection.execute("DELETE FROM body WHERE idx >= ?", (SIZE - 2,))
        connection.execute("DELETE FROM wrap WHERE idx >= ?", (SIZE - 2,))
    fit_tree(directory)


def put(name: str, text: str) -> Callable[[Path], None]:
    """Write a file beside the log; nothing takes it away."""

    def attack(directory: Path) -> None:
        path = directory / "audit" / name
        path.unlink() if not text else path.write_text(text, encoding="utf-8")

    return attack


def both(*attacks: Callable[[Path], None]) -> Callable[[Path], None]:
    """One after the other."""

    def attack(directory: Path) -> None:
        for one in attacks:
            one(directory)

    return attack


def forget(size: int) -> Callable[[Path], None]:
    """Delete the kept checkpoint of that size."""
    return run(f"DELETE FROM checkpoint WHERE size = {size:d}")  # noqa: S608 - a number


def cut(end: int) -> Callable[[Path], None]:
    """Cut everything off from an entry on."""
    tables = ("entry WHERE idx", "body WHERE idx", "wrap WHERE idx", "checkpoint WHERE size - 1")
    return run(*(f"DELETE FROM {table} >= {end:d}" for table in tables))  # noqa: S608 - of a test


def copy_row(index: int, of: int = 0) -> Callable[[Path], None]:
    """Store an entry's row once more, under another index."""
    columns = "leaf_hash, octets, phase, exchange_id, page, time_us, root"
    return run(f"INSERT INTO entry SELECT {index:d}, {columns} FROM entry WHERE idx = {of:d}")  # noqa: S608 - numbers
