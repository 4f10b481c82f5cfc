"""Reads a log's new entries from its node and proves each piece under a signed root before anything in it is believed.

Pure but for the calls of the source. The monitor keeps the frontier of the tree over all that it has read: a piece is
proven where the tree that it makes is that of the signed checkpoint, or of a beginning of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit.entries.entry import MAX_ENTRY_BYTES, EntryInvalid, Phase, decode
from gateway.audit.retention.rules import RETAIN, SHRED
from gateway.audit.tlog.note import Checkpoint
from gateway.audit.tlog.proofs import ProofInvalid, verify_consistency, verify_inclusion
from gateway.audit.tlog.tree import Tree, leaf_hash
from gateway.monitor.sources import NodeSource

CHUNK: Final = 2_000
"""Entries of one piece; each has at most `MAX_ENTRY_BYTES`."""
_ADMIN: Final = b'"admin"'


class Unproven(Exception):
    """What a node gave does not lead to what it signed; `size` is that of the checkpoint which it contradicts, or 0."""

    def __init__(self, why: str, size: int = 0) -> None:
        super().__init__(why)
        self.size = size


@dataclass(frozen=True, slots=True)
class Piece:
    """Entries that were proven: the tree up to their end, its size, and the acts that took something away."""

    size: int
    frontier: tuple[bytes, ...]
    acts: tuple[tuple[int, str, str], ...]


def frontier_of(index: int, size: int, path: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the frontier of the tree of `index` leaves: the left siblings on the path of the leaf that follows them.

    The path must have been verified.
    """
    left = []
    node, last = index, size - 1
    for sibling in path:
        if node & 1 or node == last:
            left.append(sibling)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    return tuple(left)


async def read_piece(
    source: NodeSource,
    size: int,
    frontier: Sequence[bytes],
    new: Checkpoint,
    known: Mapping[int, bytes],
) -> Piece:
    """Read the entries after `size`, a chunk at most, and prove them under a signed checkpoint.

    Args:
        source: the node.
        size: entries read before.
        frontier: of the tree over them.
        new: the checkpoint, of at least so many.
        known: roots that others have signed for sizes on the way; each is compared in passing.

    Raises:
        Unproven: they do not lead there, or fewer came than there must be.
    """
    end = min(size + CHUNK, new.size)
    octets = await source.entries(size, end)
    if len(octets) != end - size:
        raise Unproven(f"expected the entries {size} to {end - 1}, found {len(octets)} of them")
    for index, entry in enumerate(octets, size):
        if not 0 < len(entry) <= MAX_ENTRY_BYTES:
            raise Unproven(f"expected the bytes of the entry {index}, found {len(entry)} bytes")
    leaves = [leaf_hash(entry) for entry in octets]
    tree = Tree(size, frontier)
    stops = sorted({stop for stop in known if size < stop <= end} | {end})
    at = size
    for stop in stops:
        tree.extend(leaves[at - size : stop - size])
        tree.forget(stop)
        at = stop
        if stop in known and tree.root() != known[stop]:
            raise Unproven(f"the entries up to {stop} do not lead to the root that was signed for them", stop)
    if end == new.size:
        if tree.root() != new.root:
            raise Unproven(f"the entries up to {end} do not lead to the root that was signed for them", end)
    else:
        path = await source.prove(end, new.size)
        try:
            verify_consistency(end, new.size, path, tree.root(), new.root)
        except ProofInvalid as error:
            raise Unproven(f"the entries up to {end} are not a beginning of what was signed: {error}") from error
    return Piece(end, tuple(tree.frontier()), tuple(_find_acts(octets, size)))


def _find_acts(octets: Sequence[bytes], start: int) -> list[tuple[int, str, str]]:
    found = []
    for index, entry in enumerate(octets, start):
        if _ADMIN not in entry:
            continue
        try:
            read = decode(entry)
        except EntryInvalid as error:
            raise Unproven(f"the entry {index} cannot be read: {error}") from error
        if read.phase is Phase.ADMIN and read.text("action") in (RETAIN, SHRED):
            found.append((index, read.text("action"), read.text("subject")))
    return found


def prove_entry(index: int, octets: bytes, path: Sequence[bytes], under: Checkpoint) -> None:
    """Return if an entry stands at its index under a signed checkpoint; raises Unproven otherwise."""
    if not octets or index >= under.size:
        raise Unproven(f"expected the bytes of the entry {index} under {under.size}, found none")
    try:
        verify_inclusion(index, under.size, leaf_hash(octets), path, under.root)
    except ProofInvalid as error:
        raise Unproven(f"the entry {index} is not under the checkpoint of {under.size}: {error}") from error
