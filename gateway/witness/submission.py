"""One witness of our log, as we reach it: gives it each checkpoint, proven from where it stands, and takes its lines.

The witness may be behind (we restarted, or it cosigned and its answer was lost): it says its size, and we prove again
from there. It may be ahead of us: then our log was rolled back. It may have forgotten what it cosigned: then it is not
believed any more until its keys are new, since what it forgot it could cosign a second time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from gateway.audit.tlog.cosignature import cosigned_at
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, SignatureLine, open_note, parse_checkpoint, parse_note
from gateway.audit.tlog.submission import WitnessBehind, WitnessRefused, read_answer

Send = Callable[[bytes], Awaitable[tuple[int, bytes]]]
"""Sends the body of an add-checkpoint request; returns the status and the body of the answer. Raises Unreachable."""
Prove = Callable[[int, bytes], bytes]
"""Returns the request that proves a note's checkpoint from an older size; reads the tree, so it runs in a thread."""
ATTEMPTS: Final = 3
"""Requests for one checkpoint: as we believe, as the witness says, and once more where it moved meanwhile."""


class Unreachable(Exception):
    """A witness did not answer; the message says why."""


class WitnessForgot(Exception):
    """A witness stands behind what it has cosigned: its state was lost or rolled back."""


@dataclass(frozen=True, slots=True)
class Address:
    """A witness: the name under which it counts, its keys, the way to it, and the identifiers of its ended keys.

    A witness that lost its state begins anew under new keys. What the ended ones cosigned still verifies, and tells
    nothing of what the new ones have seen.
    """

    name: str
    verifiers: tuple[NoteVerifier, ...]
    send: Send
    ended: frozenset[bytes] = frozenset()


class Submission:
    """Gives one witness our checkpoints, one at a time."""

    def __init__(self, address: Address, prove: Prove) -> None:
        self.address = address
        self._prove = prove
        self._known = 0

    @property
    def known(self) -> int:
        """How many entries this witness is known to have cosigned."""
        return self._known

    def begin(self, notes: Sequence[bytes]) -> None:
        """Take up what it cosigned under its present keys, from the notes that we have kept, the newest first."""
        for note in notes:
            if any(line.key_id not in self.address.ended for line in self.lines_in(note)):
                self._known = parse_checkpoint(parse_note(note).text).size
                return

    def lines_in(self, note: bytes) -> tuple[SignatureLine, ...]:
        """Return the cosignatures of this witness in a note; none where there is none, or one does not hold."""
        try:
            return tuple(line for line in open_note(note, self.address.verifiers).good if cosigned_at(line))
        except NoteInvalid:
            return ()

    async def submit(self, note: bytes) -> tuple[SignatureLine, ...]:
        """Have a checkpoint cosigned; return the lines, verified.

        Raises:
            Unreachable: no answer.
            WitnessAhead: it has seen more entries than the checkpoint has.
            WitnessForgot: it has forgotten what it cosigned.
            WitnessRefused: another answer; 422 where it has seen another log than ours.
        """
        size, old = parse_checkpoint(parse_note(note).text).size, self._known
        for _ in range(ATTEMPTS):
            body = await asyncio.to_thread(self._prove, old, note)
            status, answer = await self.address.send(body)
            found = read_answer(status, answer, note, self.address.verifiers)
            if not isinstance(found, WitnessBehind):
                self._known = size
                return found.lines
            if found.size < self._known:
                raise WitnessForgot(f"it has cosigned {self._known} entries and says {found.size}")
            old = found.size
        raise WitnessRefused(HTTPStatus.CONFLICT, f"it moves faster than it can be proven to, now at {old}")
