"""Stores signed checkpoints: signs them with the log's second key too, and adds cosignatures when they come.

A stored note only gains lines. A note that is stored for the same size already keeps the cosignatures that it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from gateway.audit.storage.store import Store
from gateway.audit.tlog.cosignature import Cosigner, cosigned_at
from gateway.audit.tlog.note import SignatureLine, add_signatures, parse_note

NotifyStored = Callable[[int, bytes, float], None]
"""Takes each stored checkpoint: its size, its note, and when the tree was taken, in seconds of the loop's clock."""


class CheckpointStore:
    """The stored checkpoints of one log. `second` are the keys that sign these beside the one that signs receipts.

    One change at a time: each reads the stored note and writes it back with its lines.
    """

    def __init__(
        self, store: Store, second: Sequence[Cosigner], clock_us: Callable[[], int], notify_stored: NotifyStored
    ) -> None:
        self._store = store
        self._second = tuple(second)
        self._clock_us = clock_us
        self._notify_stored = notify_stored
        self._size = 0
        # Held over reading and writing a note. The lock of the store is taken within it, never the other way round.
        self._turn = asyncio.Lock()

    async def store(self, size: int, note: bytes, taken_at: float) -> None:
        """Store a checkpoint that the log has signed, unless it is kept already.

        Raises:
            Exception: as the store.
        """
        async with self._turn:
            if size == self._size:
                return
            text = parse_note(note).text
            lines = tuple(key.line(text) for key in self._second)
            former_size, former = await self._store.last_checkpoint()
            if former_size == size and parse_note(former).text == text:
                known = {(line.name, line.key_id) for line in parse_note(former).signatures}
                lines = tuple(line for line in lines if (line.name, line.key_id) not in known)
                note = former
            note = add_signatures(note, lines) if lines else note
            await self._store.save_checkpoint(size, self._signed_us(parse_note(note).signatures), note)
            # The checkpoint is stored. It is told only now, so that no witness cosigns what a restart would not find.
            self._size = size
        self._notify_stored(size, note, taken_at)

    async def add_cosignatures(self, size: int, lines: Sequence[SignatureLine]) -> bytes:
        """Add cosignatures to the kept checkpoint of that size and store it; return the note.

        Raises:
            LookupError, NoteInvalid: nothing was added. Any other as the store.
        """
        async with self._turn:
            time_us, former = await self._store.kept_checkpoint(size)
            note = add_signatures(former, lines)
            await self._store.save_checkpoint(size, time_us, note)
        return note

    def _signed_us(self, signatures: Sequence[SignatureLine]) -> int:
        """Return the time of the log's second signature: what is stored beside the note is then signed too."""
        own = {(key.name, key.key_id) for key in self._second}
        for line in signatures:
            if (line.name, line.key_id) in own:
                return cosigned_at(line) * 1_000_000
        return self._clock_us()
