"""This node as a witness: judges checkpoints of other provinces' logs, and cosigns what has only grown.

For one origin reading, deciding, writing and answering follow one another; what is answered is durable before. The
decision itself is `gateway.audit.tlog.witness`, without clock and disk. A log that signs two roots for one size is at
fault whatever else it says: both notes are kept, written out as evidence, and nothing of that log is believed any more.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from gateway.audit.storage.held_files import FileMoved
from gateway.audit.tlog.cosignature import Cosigner
from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.tlog.witness import (
    Decision,
    Fork,
    WitnessRequest,
    WitnessRequestInvalid,
    decide,
    read_request,
    refuse_malformed,
)
from gateway.witness.state import WitnessLost, WitnessState


@dataclass(frozen=True, slots=True)
class WitnessEvents:
    """Callbacks for each cosigned size, for a fork, and for a log that knows more of our cosignatures than we do."""

    cosigned: Callable[[str, int], None]
    forked: Callable[[Fork], None]
    forgotten: Callable[[str, int, int], None]


class Witness:
    """Answers add-checkpoint requests. `logs` gives the trusted keys of each origin, as they are in force."""

    def __init__(
        self,
        state: WitnessState,
        cosigners: Sequence[Cosigner],
        logs: Callable[[], Mapping[str, Sequence[NoteVerifier]]],
        clock_us: Callable[[], int],
        events: WitnessEvents,
    ) -> None:
        self._state = state
        self._cosigners = tuple(cosigners)
        self._logs = logs
        self._clock_us = clock_us
        self._events = events
        self._forked: frozenset[str] | None = None
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def add_checkpoint(self, body: bytes, *, origins: frozenset[str]) -> Decision:
        """Answer one request; `origins` are the logs for which the machine that asks may speak.

        A state that cannot be written is answered 503: nothing is cosigned that is not durable.
        """
        try:
            request = read_request(body)
        except WitnessRequestInvalid as error:
            return refuse_malformed(error)
        origin = request.checkpoint.origin
        verifiers = self._logs().get(origin, ()) if origin in origins else ()
        if not verifiers:
            return decide(request, (), None, self._cosigners)
        async with self._turns[origin]:
            try:
                if origin in await self.forked():
                    return Decision(HTTPStatus.FORBIDDEN, b"the log has signed two roots for one size\n")
                return await self._decide(request, verifiers)
            except (sqlite3.Error, OSError, FileMoved, WitnessLost) as error:
                why = error if isinstance(error, sqlite3.Error) else type(error).__name__  # others name paths of ours
                return Decision(HTTPStatus.SERVICE_UNAVAILABLE, f"the witness cannot write: {why}\n".encode())

    async def _decide(self, request: WitnessRequest, verifiers: Sequence[NoteVerifier]) -> Decision:
        origin = request.checkpoint.origin
        stored = await self._state.read_witnessed(origin)
        decision = decide(request, verifiers, stored, self._cosigners)
        if decision.witnessed is not None or decision.fork is not None:
            await self._state.remember(origin, decision.witnessed, decision.fork, self._clock_us())
        if decision.fork is not None:
            self._forked = None
            self._events.forked(decision.fork)
        elif decision.witnessed is not None:
            self._events.cosigned(origin, decision.witnessed.size)
        elif decision.status == HTTPStatus.CONFLICT and request.old > (stored.size if stored else 0):
            self._events.forgotten(origin, request.old, stored.size if stored else 0)
        return decision

    async def checkpoint(self, origin: str) -> bytes:
        """Return the note that was cosigned last for an origin; empty where there is none."""
        stored = await self._state.read_witnessed(origin)
        return stored.note if stored is not None else b""

    async def forked(self) -> frozenset[str]:
        """Return the origins of logs that have signed two roots for one size."""
        if self._forked is None:
            self._forked = frozenset(fork.origin for fork in await self._state.forks())
        return self._forked

    async def forks(self) -> tuple[Fork, ...]:
        """Return the forks that were found, the oldest first."""
        return await self._state.forks()
