"""Keeps signed checkpoints: signs with the log's second key too, stores, and takes cosignatures in when they come.

A stored note only gains lines. One kept before for the same size is taken up with the cosignatures that it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from gateway.audit.storage.store import Store
from gateway.audit.tlog.cosignature import Cosigner, cosigned_at
from gateway.audit.tlog.note import SignatureLine, add_signatures, parse_note

Kept = Callable[[int, bytes, float], None]
"""Told of each checkpoint that is stored: size, note, and when the tree was taken, on the loop's clock in seconds."""


class Keeping:
    """The stored checkpoints of one log. `second` are the keys that sign these beside the one that signs receipts.

    One change at a time: each reads the stored note and writes it back with its lines.
    """

    def __init__(self, store: Store, second: Sequence[Cosigner], clock_us: Callable[[], int], kept: Kept) -> None:
        self._store = store
        self._second = tuple(second)
        self._clock_us = clock_us
        self._kept = kept
        self._size = 0
        self._turn = asyncio.Lock()

    async def keep(self, size: int, note: bytes, taken_at: float) -> None:
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
            self._size = size
        self._kept(size, note, taken_at)

    async def cosigned(self, size: int, lines: Sequence[SignatureLine]) -> bytes:
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
        """The second that the log's second signature bears: what is stored beside the note is then signed too."""
        own = {(key.name, key.key_id) for key in self._second}
        for line in signatures:
            if (line.name, line.key_id) in own:
                return cosigned_at(line) * 1_000_000
        return self._clock_us()
