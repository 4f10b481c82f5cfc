"""Has our own checkpoints cosigned: about every second, when the log has grown, one is submitted and published.

 1 store     the log signs a checkpoint with both keys and stores it (`gateway.audit.log`)
 2 submit    it is given to every witness at once; a slow one delays no other and no exchange
 3 add       the cosignatures are added to the stored note
 4 publish   the newest note with a quorum is what others may read

No exchange waits for it: releases wait for the disk alone. The witnesses' answers go to `Cosignatures`, and what a
person must know becomes an alarm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from gateway.audit.tlog.note import SignatureLine
from gateway.audit.tlog.submission import WitnessAhead, WitnessRefused
from gateway.witness.cosignatures import Cosignatures
from gateway.witness.submission import Submission

PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts to reach a witness; the last one repeats."""


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint that the log has stored: its size, the note, and when the tree was taken, on the monotonic clock."""

    size: int
    note: bytes
    taken_at: float


@dataclass(frozen=True, slots=True)
class CosigningEvents:
    """Callbacks for a size that a witness cosigned, for why one did not, and for another log that one has seen."""

    cosigned: Callable[[str, int], None]
    failed: Callable[[str, str], None]
    contradicted: Callable[[str, str, StoredCheckpoint], None]


class Cosigning:
    """Has the log's checkpoints cosigned. `add` adds lines to the stored checkpoint of a size and returns the note."""

    def __init__(
        self,
        submissions: Sequence[Submission],
        cosignatures: Cosignatures,
        add: Callable[[int, Sequence[SignatureLine]], Awaitable[bytes]],
        events: CosigningEvents,
    ) -> None:
        self._cosignatures = cosignatures
        self._add = add
        self._events = events
        self._newest = StoredCheckpoint(0, b"", 0.0)
        self._changed = {submission: asyncio.Event() for submission in submissions}
        self._failures = dict.fromkeys(self._changed, 0)
        self._outcome = asyncio.Event()
        self._adding = asyncio.Lock()
        self._published = b""
        self._published_size = 0

    @property
    def published(self) -> bytes:
        """The newest note that a quorum has cosigned since the start; empty before there is one."""
        return self._published

    def take_checkpoint(self, size: int, note: bytes, taken_at: float) -> None:
        """Take a checkpoint that the log has stored; the newest one is what every witness gets next."""
        self._newest = StoredCheckpoint(size, note, taken_at)
        for changed in self._changed.values():
            changed.set()

    async def run(self) -> None:
        """Serve every witness until cancelled."""
        async with asyncio.TaskGroup() as group:
            for submission in self._changed:
                group.create_task(self._serve(submission))

    async def settle(self) -> None:
        """Wait until what every witness has cosigned of the newest checkpoint is stored, or it has failed once more."""
        before = dict(self._failures)
        while any(self._awaits(one) and before[one] == self._failures[one] for one in before):
            self._outcome.clear()
            await self._outcome.wait()

    def _awaits(self, submission: Submission) -> bool:
        return self._cosignatures.size_of(submission.address.name) < self._newest.size

    async def _serve(self, submission: Submission) -> None:
        changed, attempt = self._changed[submission], 0
        while True:
            await changed.wait()
            changed.clear()
            cosigned = await self._submit(submission, self._newest)
            self._failures[submission] += not cosigned
            self._outcome.set()
            if cosigned:
                attempt = 0
                continue
            changed.set()
            await asyncio.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
            attempt += 1

    async def _submit(self, submission: Submission, kept: StoredCheckpoint) -> bool:
        """Give one checkpoint to one witness; return whether it cosigned."""
        name = submission.address.name
        try:
            lines = await submission.submit(kept.note)
            async with self._adding:
                note = await self._add(kept.size, lines)
        except WitnessAhead as error:
            self._contradicted(name, str(error), kept)
            return False
        except WitnessRefused as error:
            if error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                self._contradicted(name, f"the witness has seen another log: {error}", kept)
            else:
                self._events.failed(name, f"{error.status}: {error}")
            return False
        except Exception as error:
            self._events.failed(name, f"{type(error).__name__}: {error}")
            return False
        self._cosignatures.record(name, kept.size, kept.taken_at)
        if self._cosignatures.size_of() >= kept.size >= self._published_size:
            self._published, self._published_size = note, kept.size
        self._events.cosigned(name, kept.size)
        return True

    def _contradicted(self, name: str, what: str, kept: StoredCheckpoint) -> None:
        self._cosignatures.contradict(f"{name}: {what}")
        self._events.contradicted(name, what, kept)
