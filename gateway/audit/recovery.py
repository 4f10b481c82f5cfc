"""How a log on disk is taken up, at start and after an error alike: what durability rests on, then the state."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from typing import Final

import aiosqlite

from gateway.audit.schema import APPLICATION_ID, MIN_SQLITE, SCHEMA_VERSION
from gateway.audit.tiles import TILE_BITS, TILE_WIDTH, Tail, split_hashes, tail_widths
from gateway.audit.tree import EMPTY_ROOT, HASH_SIZE, Tree, leaf_hash, root_of

CARRY_ATTEMPTS: Final = 50
"""Attempts to carry over the write-ahead log, 20 ms apart: readers hold it up for the time of one short read."""


class StoreInvalid(Exception):
    """The log on disk is absent, taken, or not what it must be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class State:
    """The log as it was found: its size and root, and what is needed to append to it."""

    size: int
    root: bytes
    tree: Tree
    tail: Tail


async def _scalar(connection: aiosqlite.Connection, sql: str) -> object:
    for row in await connection.execute_fetchall(sql):
        return row[0]
    return None


async def check(connection: aiosqlite.Connection) -> str:
    """Set and assert what durability rests on; return the origin.

    The write-ahead log is carried over at once: after a failed sync the system may hold pages for clean that never
    reached the disk, so what was found is written once more before anything is built on it.
    """
    if sqlite3.sqlite_version_info < MIN_SQLITE:
        raise StoreInvalid(f"expected SQLite {MIN_SQLITE} or later, found {sqlite3.sqlite_version}. Upgrade it")
    for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        await connection.execute(f"PRAGMA {pragma} = {wanted}")
        found = await _scalar(connection, f"PRAGMA {pragma}")
        if found != wanted:
            raise StoreInvalid(f"expected the pragma {pragma} to be {wanted}, found {found}. Check the file system")
    for pragma, wanted in (("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)):
        found = await _scalar(connection, f"PRAGMA {pragma}")
        if found != wanted:
            raise StoreInvalid(f"expected the pragma {pragma} to be {wanted}, found {found}. {_remedy(pragma, found)}")
    await _carry_over(connection)
    return str(await _scalar(connection, "SELECT origin FROM log"))


def _remedy(pragma: str, found: object) -> str:
    if pragma == "user_version" and isinstance(found, int):
        if 0 < found < SCHEMA_VERSION:
            return "Stop the node and run chuanyu audit migrate DIR: nothing is lost"
        if found > SCHEMA_VERSION:
            return "A newer release wrote this log: run that release"
    return "This is no such audit log"


async def _carry_over(connection: aiosqlite.Connection) -> None:
    found = ""
    for _ in range(CARRY_ATTEMPTS):
        for busy, frames, carried in await connection.execute_fetchall("PRAGMA wal_checkpoint(FULL)"):
            if not busy and frames == carried:
                return
            found = f"{carried} of {frames} frames"
        await asyncio.sleep(0.02)
    raise StoreInvalid(f"expected the write-ahead log to be carried over, found {found}. A reader holds it up")


async def load(connection: aiosqlite.Connection) -> State:
    """Return the state of the log, recomputed from its last entries and tiles.

    Raises:
        StoreInvalid: what is stored does not agree with itself.
    """
    size, root = 0, EMPTY_ROOT
    for index, value in await connection.execute_fetchall("SELECT idx, root FROM entry ORDER BY idx DESC LIMIT 1"):
        if value is None:
            raise StoreInvalid(f"entry {index} is the last one but has no root. Run chuanyu audit verify")
        size, root = index + 1, value
    kept = await _scalar(connection, "SELECT coalesce(max(size), 0) FROM checkpoint")
    if not isinstance(kept, int) or kept > size:
        raise StoreInvalid(f"a checkpoint of {kept} entries is kept, found {size} entries. The newest are missing")
    levels: list[list[bytes]] = []
    for level, width in enumerate(tail_widths(size)):
        end = size >> TILE_BITS * level
        read = _tail_tiles(connection, level, end - width, end) if level else _tail_leaves(connection, end - width, end)
        levels.append(await read)
    tail = Tail(size, levels)
    tree = Tree(size, tail.frontier())
    if tree.root() != root:
        raise StoreInvalid(f"the stored root of size {size} does not follow from the entries. Run chuanyu audit verify")
    return State(size, root, tree, tail)


async def _tail_leaves(connection: aiosqlite.Connection, start: int, end: int) -> list[bytes]:
    sql = "SELECT idx, leaf_hash, octets FROM entry WHERE idx >= ? ORDER BY idx"
    leaves = []
    for expected, (index, leaf, octets) in enumerate(await connection.execute_fetchall(sql, (start,)), start):
        if index != expected or leaf_hash(octets) != leaf:
            raise StoreInvalid(f"entry {expected} is missing or altered. Run chuanyu audit verify")
        leaves.append(leaf)
    if len(leaves) != end - start:
        raise StoreInvalid(
            f"expected {end - start} entries from {start}, found {len(leaves)}. Run chuanyu audit verify"
        )
    return leaves


async def _tail_tiles(connection: aiosqlite.Connection, level: int, start: int, end: int) -> list[bytes]:
    """The roots of the full tiles of the level below."""
    sql = "SELECT number, hashes FROM tile WHERE level = ? AND number >= ? ORDER BY number"
    roots = []
    for expected, (number, octets) in enumerate(await connection.execute_fetchall(sql, (level - 1, start)), start):
        if number != expected or len(octets) != TILE_WIDTH * HASH_SIZE:
            raise StoreInvalid(f"tile {level - 1}/{expected} is missing or altered. Run chuanyu audit verify")
        roots.append(root_of(split_hashes(octets)))
    if len(roots) != end - start:
        raise StoreInvalid(f"expected {end - start} tiles of level {level - 1} from {start}, found {len(roots)}")
    return roots
