"""New entries are read in bounded pieces, and believed only where they lead to what was signed."""

from __future__ import annotations

from functools import cache

import pytest

from gateway.audit.entries.entry import MAX_ENTRY_BYTES
from gateway.audit.tlog.note import Checkpoint
from gateway.audit.tlog.proofs import inclusion_path
from gateway.audit.tlog.tree import Tree, frontier_names, leaf_hash, root_of
from gateway.monitor import reading as module
from gateway.monitor.reading import Unproven, frontier_of, prove_entry, read_piece
from tests.audit.logs import PROVIDER
from tests.monitor.sources import MemoryLog, act

LEAVES = [leaf_hash(b"%d" % one) for one in range(130)]


@cache
def node(level: int, number: int) -> bytes:
    """A node of the tree over all leaves."""
    return root_of(LEAVES[number << level : (number + 1) << level])


@pytest.mark.parametrize("size", range(1, 68))
def test_the_left_siblings_of_a_leaf_are_the_frontier_before_it(size: int) -> None:
    """Of every leaf in a tree of any size."""
    for index in range(size):
        expected = tuple(node(level, number) for level, number in frontier_names(index))
        assert expected == frontier_of(index, size, inclusion_path(index, size, node))


def signed(log: MemoryLog) -> Checkpoint:
    """What the log's newest checkpoint says."""
    count = len(log.entries_held)
    return Checkpoint(PROVIDER.name, count, root_of(log.leaves(count)))


def grown(count: int) -> MemoryLog:
    """A log."""
    log = MemoryLog()
    log.grow(count)
    return log


def frontier(log: MemoryLog, size: int) -> list[bytes]:
    """The frontier of its beginning."""
    tree = Tree()
    tree.extend(log.leaves(size))
    return tree.frontier()


@pytest.mark.parametrize(("start", "end", "calls"), [(0, 10, 2), (9, 19, 2), (25, 30, 1), (30, 30, 1)])
async def test_a_piece_ends_at_the_bound_or_at_the_checkpoint(
    monkeypatch: pytest.MonkeyPatch, start: int, end: int, calls: int
) -> None:
    """At the bound a proof leads on to what was signed."""
    monkeypatch.setattr(module, "CHUNK", 10)
    log = grown(30)
    piece = await read_piece(log, start, frontier(log, start), signed(log), {})
    assert (end, tuple(frontier(log, end))) == (piece.size, piece.frontier)
    assert calls == len(log.asked)


async def test_acts_that_take_away_are_found_with_their_index() -> None:
    """Of those that a node records, these two alone."""
    log = grown(3)
    log.entries_held += [act("reload", "x"), act("retain", "y"), b"admin", act("shred", "2020-01")]
    piece = await read_piece(log, 1, frontier(log, 1), signed(log), {})
    assert ((4, "retain", "y"), (6, "shred", "2020-01")) == piece.acts


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: [*entries, b"one more"],
        lambda entries: entries[1:],
        lambda entries: list(reversed(entries)),
        lambda entries: [b"x" * (MAX_ENTRY_BYTES + 1), *entries[1:]],
        lambda entries: [b"", *entries[1:]],
        lambda entries: [*entries[:-1], b'"admin"'],
    ],
)
@pytest.mark.parametrize("chunk", [5, 100])
async def test_another_entry_is_never_believed(monkeypatch: pytest.MonkeyPatch, chunk: int, change: object) -> None:
    """More, fewer, in another order, too long, without bytes, changed."""
    assert callable(change)
    monkeypatch.setattr(module, "CHUNK", chunk)
    log = grown(20)
    log.change = change
    with pytest.raises(Unproven):
        await read_piece(log, 3, frontier(log, 3), signed(log), {})


async def test_a_root_that_somebody_signed_on_the_way_is_compared() -> None:
    """And named by its size; one beyond the piece, or before it, is not looked at here."""
    log = grown(20)
    good = {size: root_of(log.leaves(size)) for size in (5, 9, 20)}
    await read_piece(log, 3, frontier(log, 3), signed(log), {**good, 3: b"", 21: b""})
    with pytest.raises(Unproven, match="up to 9") as caught:
        await read_piece(log, 3, frontier(log, 3), signed(log), {**good, 9: b"x" * 32})
    assert 9 == caught.value.size


def test_an_entry_is_proven_under_its_checkpoint() -> None:
    """Its bytes, its index and its path; without bytes nothing is proven."""
    log = grown(20)
    path = inclusion_path(7, 20, log._node)
    prove_entry(7, b"entry 7", path, signed(log))
    for index, octets, given_path in ((7, b"entry 8", path), (8, b"entry 8", path), (7, b"entry 7", path[1:]),
                                      (7, b"", path), (20, b"entry 7", path)):  # fmt: skip
        with pytest.raises(Unproven):
            prove_entry(index, octets, given_path, signed(log))
