"""The twin of a log: the same entries under SM3 (GB/T 32905), with a root, checkpoints and an origin of its own.

It follows the log, off the way of every exchange: each entry's bytes are read back from the log and hashed again. So it
holds nothing of its own but hashes and signatures, and lies in a database of its own that may be deleted and is made
anew, as long as no entry has left for an archive. Its origin is the log's with `/sm3`, and so no proof of the one
passes for a proof of the other. Its signature is Ed25519; a national one (SM2) takes its place with a suite that has
it, see `keys/suite.py`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.audit.storage.reader import MAX_INDEX, LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.note import Checkpoint, NoteSigner, NoteVerifier, checkpoint_text, sign_note
from gateway.audit.tlog.proofs import consistency_path, inclusion_path
from gateway.audit.tlog.tiles import TILE_WIDTH, Tail, TileNodes, split_hashes
from gateway.audit.tlog.tree import Tree, leaf_hash, root_of, sm3
from gateway.audit.verification.blocks import Blocks
from gateway.audit.verification.fault import VerificationFailed, VerificationFault
from gateway.audit.verification.integrity import Progress, check_checkpoint

SUFFIX: Final = "/sm3"
"""The end of the twin's origin, after that of the log."""
FILE: Final = "twin.db"
"""The twin's database, in the directory of the audit log."""
APPLICATION_ID: Final = 0x43594154
"""`application_id` of the database: the letters CYAT."""

_DDL: Final = """
BEGIN IMMEDIATE;
PRAGMA application_id = 1129922900;
CREATE TABLE tile (level INTEGER NOT NULL, number INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, number))
  STRICT;
CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, note BLOB NOT NULL) STRICT;
COMMIT;
"""


class Sm3Mirror:
    """The twin of one log, open for following it and for proofs. A context manager; belongs to one thread at a time."""

    def __init__(self, path: Path, reader: LogReader) -> None:
        """Open the twin of a log, or begin one where there is none.

        Raises:
            StoreInvalid: when the file is not such a database.
        """
        self._reader = reader
        self._nodes = TileNodes(self._hashes, sm3)
        self.origin = reader.origin + SUFFIX
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            (found,) = self._connection.execute("PRAGMA application_id").fetchone()
            if not found and not self._connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
                self._connection.executescript(_DDL)
            elif found != APPLICATION_ID:
                raise StoreInvalid(f"expected the twin of an audit log, found another database at {path}. Move it away")
            self._tail, self._tree = self._taken_up()
        except sqlite3.Error as error:
            self._connection.close()
            raise StoreInvalid(f"the twin of the audit log cannot be read: {error}. Delete it: {path}") from error
        except StoreInvalid:
            self._connection.close()
            raise

    def __enter__(self) -> Sm3Mirror:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; the log's reader stays open."""
        self._connection.close()

    def follow(self, signer: NoteSigner, time_us: int, most: int = MAX_INDEX) -> tuple[int, bytes]:
        """Take in what the log has gained, and keep a signed checkpoint of it; return its size and note.

        It is one transaction; `most` bounds the entries that it takes in, at least as many as a tile has.

        Raises:
            ValueError: when the signer is not the twin's.
            StoreInvalid: when the log has fewer entries than the twin has signed, entries are missing, or the twin
                cannot be written.
        """
        if signer.name != self.origin:
            raise ValueError(f"expected the key of {self.origin}, found that of {signer.name}")
        count, kept = self._reader.count(), self.newest_checkpoint()
        if kept is not None and kept[0] > count:
            raise StoreInvalid(f"the twin has signed {kept[0]} entries, the log has {count}. It was rolled back")
        size = min(count, self._tree.size + most)
        if kept is not None and kept[0] == size:
            return kept[0], kept[2]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._take(size)
            note = sign_note(checkpoint_text(Checkpoint(self.origin, size, self._tree.root())), [signer])
            self._connection.execute("INSERT INTO checkpoint VALUES (?,?,?)", (size, time_us, note))
            # Tiles and checkpoint stand or fall together, so what was signed is what is stored.
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._tail, self._tree = self._taken_up()
            if isinstance(error, sqlite3.Error):
                raise StoreInvalid(f"the twin of the audit log cannot be written: {error}. Check the disk") from error
            raise
        return size, note

    def _take(self, size: int) -> None:
        """Hash the log's entries up to `size` and write the tiles that they fill."""
        for rows in self._reader.leaves(self._tree.size, size):
            if not all(octets for _, octets, _ in rows):
                raise StoreInvalid("entries that the twin has not hashed have left for an archive. Restore the twin")
            leaves = [leaf_hash(octets, sm3) for _, octets, _ in rows]
            self._tree.extend(leaves)
            for tile in self._tail.extend(leaves):
                values = (tile.level, tile.number, tile.hashes)
                self._connection.execute("INSERT INTO tile VALUES (?,?,?)", values)
            self._tree.forget(self._tree.size)
        if self._tree.size != size:
            raise StoreInvalid(f"expected {size} entries of the log, found {self._tree.size}. Run chuanyu audit verify")

    def checkpoints(self) -> list[tuple[int, int, bytes]]:
        """Return the kept checkpoints: size, time in microseconds and note, the smallest size first."""
        return self._connection.execute("SELECT size, time_us, note FROM checkpoint ORDER BY size").fetchall()

    def newest_checkpoint(self) -> tuple[int, int, bytes] | None:
        """Return size, time in microseconds and note of the newest kept checkpoint."""
        sql = "SELECT size, time_us, note FROM checkpoint ORDER BY size DESC LIMIT 1"
        row: tuple[int, int, bytes] | None = self._connection.execute(sql).fetchone()
        return row

    def path(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the inclusion path of an entry under SM3; raises IndexError when there is none."""
        return inclusion_path(index, size, self.node, sm3)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the consistency proof between two sizes under SM3; raises IndexError when there is none."""
        return consistency_path(old, new, self.node, sm3)

    def node(self, level: int, number: int) -> bytes:
        """Return the hash of a whole node, from the twin's tiles and the log's entries."""
        return self._nodes.node(level, number)

    def tile(self, level: int, number: int) -> bytes | None:
        """Return the hashes of a full tile as stored, or None where there is no such tile."""
        sql = "SELECT hashes FROM tile WHERE level = ? AND number = ?"
        row = self._connection.execute(sql, (level, number)).fetchone()
        return None if row is None else bytes(row[0])

    def tiles(self) -> int:
        """Return how many full tiles are stored."""
        (found,) = self._connection.execute("SELECT count(*) FROM tile").fetchone()
        return int(found)

    def _hashes(self, level: int, number: int) -> list[bytes]:
        full = self.tile(level, number)
        if full is not None:
            return split_hashes(full)
        start = number * TILE_WIDTH
        if level:
            below = (self.tile(level - 1, at) for at in range(start, start + TILE_WIDTH))
            return [root_of(split_hashes(tile), sm3) for tile in below if tile is not None]
        return [leaf_hash(row[1], sm3) for rows in self._reader.leaves(start, start + TILE_WIDTH) for row in rows]

    def _taken_up(self) -> tuple[Tail, Tree]:
        """The tail and the tree over the full tiles that are stored; what follows them is read from the log again."""
        (full,) = self._connection.execute("SELECT count(*) FROM tile WHERE level = 0").fetchone()
        size = full * TILE_WIDTH
        levels = []
        for level in range(-(-size.bit_length() // 8)):
            width = (size >> 8 * level) % TILE_WIDTH
            number = (size >> 8 * level) // TILE_WIDTH
            levels.append(self._hashes(level, number)[:width] if width else [])
        try:
            tail = Tail(size, levels, sm3)
        except ValueError as error:
            raise StoreInvalid(f"the twin's tiles do not agree with each other: {error}. Delete the twin") from error
        return tail, Tree(size, tail.frontier(), sm3)


def verify_sm3_mirror(
    twin: Sm3Mirror, reader: LogReader, verifiers: Sequence[NoteVerifier], progress: Progress = lambda done, total: None
) -> tuple[int, bytes, tuple[VerificationFault, ...]]:
    """Make the twin's tree anew from the log's entries, and compare its tiles and checkpoints.

    Returns:
        How many entries, the root over them, and the first fault or none.
    """
    blocks, size = Blocks(twin.tile, sm3), reader.count()
    kept = iter(twin.checkpoints())
    following = next(kept, None)
    root, pruned = blocks.root(0), reader.pruned()
    try:
        for rows in reader.leaves(0, size):
            made = [sm3(b"\x00" + octets).digest() for _, octets, _ in rows]
            for at in range(min(len(rows), pruned - blocks.size)):
                if not rows[at][1]:  # archived: its hash is that of the twin's own tile, which the roots prove
                    made[at] = twin.node(0, blocks.size + at)
            blocks.take(made)
            while following is not None and following[0] <= blocks.size:
                signed = check_checkpoint(twin.origin, *following, verifiers)
                if signed != blocks.root(following[0]):
                    raise VerificationFailed(f"checkpoint {following[0]}", "the signed root is not that of the tree")
                following = next(kept, None)
            root = blocks.root(blocks.size)
            progress(blocks.size, size)
        blocks.end()
        if following is not None:
            raise VerificationFailed(
                f"checkpoint {following[0]}", f"a checkpoint beyond the {size} entries of the log is kept"
            )
        if twin.tiles() != blocks.tiles:
            raise VerificationFailed("tiles", f"expected {blocks.tiles} full tiles, found {twin.tiles()}")
    except VerificationFailed as amiss:
        return blocks.size, root, (amiss.fault,)
    return blocks.size, root, ()
