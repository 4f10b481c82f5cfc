"""Recovers a log from disk, at start and after an error alike: the state is recomputed from the stored bytes."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.audit.storage.database import Database
from gateway.audit.tlog.tiles import TILE_BITS, TILE_WIDTH, Tail, split_hashes, tail_widths
from gateway.audit.tlog.tree import EMPTY_ROOT, HASH_SIZE, Tree, leaf_hash, root_of


class StoreInvalid(Exception):
    """The log on disk is absent, taken, or not what it must be; the message says what to do."""


class StoreUnreachable(StoreInvalid):
    """The machine, the server or our rights keep us from the log; nothing says that the log itself is not whole."""


class LogTaken(StoreUnreachable):
    """Another process writes the log: a node runs."""


@dataclass(frozen=True, slots=True)
class LogState:
    """The log as it was found: size, root, what is needed to append, and how many entries a kept checkpoint covers."""

    size: int
    root: bytes
    tree: Tree
    tail: Tail
    signed: int = 0


async def load(database: Database) -> LogState:
    """Return the state of the log, recomputed from its last entries and tiles.

    Raises:
        StoreInvalid: what is stored does not agree with itself.
    """
    size, root = 0, EMPTY_ROOT
    for index, value in await database.fetch("SELECT idx, root FROM entry ORDER BY idx DESC LIMIT 1"):
        if value is None:
            raise StoreInvalid(f"entry {index} is the last one but has no root. Run chuanyu audit verify")
        size, root = index + 1, value
    ((kept,),) = await database.fetch("SELECT coalesce(max(size), 0) FROM checkpoint")
    if kept > size:
        raise StoreInvalid(f"a checkpoint of {kept} entries is kept, found {size} entries. The newest are missing")
    levels: list[list[bytes]] = []
    for level, width in enumerate(tail_widths(size)):
        end = size >> TILE_BITS * level
        read = _tail_tiles(database, level, end - width, end) if level else _tail_leaves(database, end - width, end)
        levels.append(await read)
    tail = Tail(size, levels)
    tree = Tree(size, tail.frontier())
    if tree.root() != root:
        raise StoreInvalid(f"the stored root of size {size} does not follow from the entries. Run chuanyu audit verify")
    return LogState(size, root, tree, tail, kept)


async def _tail_leaves(database: Database, start: int, end: int) -> list[bytes]:
    sql = "SELECT idx, leaf_hash, octets FROM entry WHERE idx >= ? ORDER BY idx"
    leaves = []
    for expected, (index, leaf, octets) in enumerate(await database.fetch(sql, start), start):
        if index != expected or leaf_hash(octets) != leaf:
            raise StoreInvalid(f"entry {expected} is missing or altered. Run chuanyu audit verify")
        leaves.append(leaf)
    if len(leaves) != end - start:
        raise StoreInvalid(
            f"expected {end - start} entries from {start}, found {len(leaves)}. Run chuanyu audit verify"
        )
    return leaves


async def _tail_tiles(database: Database, level: int, start: int, end: int) -> list[bytes]:
    """The roots of the full tiles of the level below."""
    sql = "SELECT number, hashes FROM tile WHERE level = ? AND number >= ? ORDER BY number"
    roots = []
    for expected, (number, octets) in enumerate(await database.fetch(sql, level - 1, start), start):
        if number != expected or len(octets) != TILE_WIDTH * HASH_SIZE:
            raise StoreInvalid(f"tile {level - 1}/{expected} is missing or altered. Run chuanyu audit verify")
        roots.append(root_of(split_hashes(octets)))
    if len(roots) != end - start:
        raise StoreInvalid(f"expected {end - start} tiles of level {level - 1} from {start}, found {len(roots)}")
    return roots
