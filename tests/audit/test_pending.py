"""What one transaction writes for queued entries, and what they take of the bounds."""

from __future__ import annotations

from gateway.audit.entries.entry import Phase
from gateway.audit.pending import Pending, make_batch, queued_bytes
from gateway.audit.tlog.tiles import Tile
from gateway.ground.evidence import NO_ENTRY


def pending(entry: bytes, *, body: bytes = b"", wrapped: bytes = b"") -> Pending:
    """A queued entry that nobody waits for."""
    return Pending(entry, (Phase.INTENT, "x", 0, 7), body, wrapped, "2026-11" if wrapped else "", None, 3)


def test_a_queued_entry_has_no_place_yet() -> None:
    """It is neither durable nor lost."""
    one = pending(b"entry")
    assert (NO_ENTRY, False, 3) == (one.index, one.lost, one.generation)


def test_an_entry_takes_room_for_its_body_and_its_key_too() -> None:
    """All become durable with it."""
    queued = pending(b"entry", body=b"b" * 300, wrapped=b"w" * 40)
    assert 5 + 300 + 40 == queued_bytes(queued)


def test_the_last_row_of_a_batch_alone_bears_the_root() -> None:
    """Indexes follow each other; each body and key goes to its own entry."""
    tile = Tile(0, 0, b"h")
    batch = make_batch(
        [
            pending(b"one"),
            pending(b"two", body=b"body", wrapped=b"w"),
            pending(b"three"),
        ],
        41,
        [b"1", b"2", b"3"],
        [tile],
        b"root",
    )
    assert [
        (41, b"1", b"one", Phase.INTENT, "x", 0, 7, None),
        (42, b"2", b"two", Phase.INTENT, "x", 0, 7, None),
        (43, b"3", b"three", Phase.INTENT, "x", 0, 7, b"root"),
    ] == batch.rows
    assert [(42, b"body")] == batch.bodies
    assert [(42, "2026-11", b"w")] == batch.wraps
    assert [tile] == batch.tiles
