"""Random bytes of the operating system, drawn in blocks.

A draw of its own would give up Python's lock for a call of a microsecond, and on a busy node take many times that to
get it back. Bytes are given out once and in order; a process that forks must not share one (nothing here forks).
"""

from __future__ import annotations

import os
from typing import Final

BLOCK: Final = 8192
"""Bytes drawn at a time."""


class Randomness:
    """Gives out random bytes. Not shared between threads."""

    __slots__ = ("_at", "_block")

    def __init__(self) -> None:
        self._block = b""
        self._at = 0

    def __call__(self, size: int) -> bytes:
        """Return `size` bytes, at most a block."""
        if self._at + size > len(self._block):
            self._block = os.urandom(BLOCK)
            self._at = 0
        taken = self._block[self._at : self._at + size]
        self._at += size
        return taken
