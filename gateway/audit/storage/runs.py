"""The place of a row in the index of subjects: in a short run at first, and in a long one later.

Tokens are as good as random. In one order of all of them each commit would touch as many pages as it has tokens, and
write each page whole. So the index is many runs, each in the order of its tokens: `SHORT` entries in a row share a
short run, of whose few pages a commit touches some; the short runs of `LONG` entries become one long run, so that few
runs are searched. They do so in `SLICES` steps, while the log grows by a quarter of `LONG`: in the commit in which it
passes a multiple of `STEP`, one slice of the tokens moves, in their order. Where a row lies follows from its token, its
entry and the size of the log.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

SHORT: Final = 4_096
"""Entries of a short run; its number is index // SHORT."""
LONG: Final = 65_536
"""Entries of a long run; its number is ~(index // LONG), which is negative."""
SLICES: Final = 64
"""A slice has about a thousand rows, where each entry has one."""
STEP: Final = LONG // SLICES // 4
"""Entries between two moves."""
_BEYOND: Final = b"\xff" * 17
"""Greater than any token."""

Move = tuple[int, int, bytes, bytes]
"""The long run, the short run, and the tokens that move: from the third to before the fourth."""


def short_run(index: int) -> int:
    """Return the short run of an entry."""
    return index // SHORT


def long_run(index: int) -> int:
    """Return the long run of an entry."""
    return ~(index // LONG)


def run_of(token: bytes, index: int, size: int) -> int:
    """Return the run in which a row lies when the log has that many entries."""
    moved = (size - (index // LONG + 1) * LONG) // STEP
    return long_run(index) if moved > 0 and token < _edge(moved) else short_run(index)


def moves(start: int, end: int) -> Iterator[Move]:
    """Yield what moves in the commit by which a log of `start` entries comes to have `end`."""
    for step in range(start // STEP + 1, end // STEP + 1):
        filling, grown = divmod(step * STEP - 1, LONG)
        part, first = grown // STEP, (filling - 1) * LONG
        if filling and part < SLICES:
            for run in range(short_run(first), short_run(first + LONG)):
                yield long_run(first), run, _edge(part), _edge(part + 1)


def runs_to_search(start: int, end: int, size: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the short and the long runs, first and last, in which the rows of some entries lie, now or later.

    Rows only move from short to long runs: who reads in this order, and knows no newer size, misses none.

    Args:
        start, end: the first entry, and one more than the last; at least one.
        size: of the log, or an earlier one.
    """
    unmoved = max((size - SLICES * STEP) // LONG, 0) * LONG
    return (short_run(max(start, unmoved)), short_run(end - 1)), (long_run(end - 1), long_run(start))


def _edge(part: int) -> bytes:
    """The token before which the first so many slices lie."""
    return bytes([part * 256 // SLICES]) if part < SLICES else _BEYOND
