"""What a log tells of its own time: entries years apart from their neighbours, and acts that took something away.

Pure. One walk takes each entry; only the first and the last of what is odd are remembered, and the few acts that count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.audit.entries.acts import TAKE_UP, DualControlAct
from gateway.audit.entries.entry import VERSION, Entry, Phase
from gateway.audit.retention.rules import RETAIN, SHRED

APART_US: Final = 366 * 86_400 * 1_000_000
"""Neighbours further apart than this are named."""
RESTORE: Final = "restore"
"""The action of an act by which a node's directory came back from a backup."""
_KEPT: Final = frozenset({RETAIN, SHRED, RESTORE, TAKE_UP})
_APPROVED: Final = frozenset(act.value for act in DualControlAct)


@dataclass(frozen=True, slots=True)
class PastAct:
    """An act that took something away, back or up: its index, its action and what it was about."""

    index: int
    action: str
    subject: str


@dataclass(frozen=True, slots=True)
class Oddities:
    """What is odd, as its first and its last entry, or -1; and the acts, in order.

    `apart` is an entry that stands years from the one before it, `unapproved` an act that needs two persons and names
    no approval of theirs.
    """

    first_apart: int = -1
    last_apart: int = -1
    acts: tuple[PastAct, ...] = ()
    first_unapproved: int = -1
    last_unapproved: int = -1


class Chronicle:
    """Notes what is odd while entries are taken in order."""

    def __init__(self) -> None:
        self._before_us: int | None = None
        self._first = self._last = -1
        self._first_unapproved = self._last_unapproved = -1
        self._dual = False
        self._acts: list[PastAct] = []

    def take(self, index: int, entry: Entry) -> None:
        """Take the next entry that has its bytes."""
        time_us = entry.number("time_utc_us")
        if self._before_us is not None and abs(time_us - self._before_us) > APART_US:
            self._first, self._last = (index if self._first < 0 else self._first), index
        self._before_us = time_us
        if not self._dual:  # no act of an older release names an approval
            self._dual = entry.number("v") >= VERSION
        if entry.phase is not Phase.ADMIN:
            return
        action = entry.text("action")
        if self._dual and action in _APPROVED and not (entry.text("approval") and entry.names("signers")):
            self._first_unapproved = index if self._first_unapproved < 0 else self._first_unapproved
            self._last_unapproved = index
        if action in _KEPT:
            self._acts.append(PastAct(index, action, entry.text("subject")))

    def oddities(self) -> Oddities:
        """Return what was noted."""
        return Oddities(self._first, self._last, tuple(self._acts), self._first_unapproved, self._last_unapproved)
