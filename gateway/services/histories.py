"""Answers with histories: whom which entries name, with all that proves that these are all.

The statement is made under a checkpoint that covers the act by which it was asked for, and that the quorum of witnesses
has cosigned where that comes in time. Off the event loop, by readers of its own: a long reading delays no exchange.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

from gateway.audit.log import AuditLog
from gateway.audit.retention.archive import ArchiveInvalid
from gateway.audit.retention.archived import Archives
from gateway.audit.review.history import Asked, HistoryTooLong, Plan, plan_history, read_entries
from gateway.audit.review.whole import NO_ARCHIVES, WholeLog
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import PairsAltered, list_segments, prove
from gateway.audit.tlog.note import parse_checkpoint, parse_note
from gateway.ground.refusals import Reason, Refusal

T = TypeVar("T")
PIECE_BYTES: Final = 64 * 1024
"""Octets of a statement that one message has, about; an entry or a longer line may be half as much again."""
CHUNK: Final = 500
"""Entries read at a time."""
WITNESS_SECONDS: Final = 10.0
"""For so long a history waits for cosignatures; then the log's own signature has to do, and the answer shows it."""
POLL_SECONDS: Final = 0.05


class Read(Protocol):
    """Reads the log in a thread, and turns what is wrong with it into how the call ends."""

    def __call__(self, read: Callable[[LogReader], T]) -> Awaitable[T]:
        """Return what a function returns that reads."""
        ...


class Histories:
    """Makes the histories of one log."""

    def __init__(
        self,
        log: AuditLog,
        read: Read,
        cosigned: Callable[[], int],
        archives: Path,
    ) -> None:
        """`cosigned` tells how many entries the quorum of witnesses has cosigned; `archives` is a directory."""
        self._log = log
        self._read = read
        self._cosigned = cosigned
        self._archives = archives

    async def answer(self, asked: Asked, act: int) -> AsyncIterator[bytes]:
        """Yield a statement in pieces.

        Raises:
            Refusal: REQUEST_INVALID where it would be too long.
        """
        plan = await self._plan(asked, act)
        for line in plan.lines:
            for at in range(0, len(line), PIECE_BYTES):
                yield line[at : at + PIECE_BYTES]
            yield b"\n"
        for start, end in plan.ranges:
            for low in range(start, end, CHUNK):
                for piece in await self._read(partial(self._read_range, low, min(low + CHUNK, end))):
                    yield piece

    async def _plan(self, asked: Asked, act: int) -> Plan:
        entries, deadline = act + 1, asyncio.get_running_loop().time() + WITNESS_SECONDS
        while True:
            note = await self._find_checkpoint(entries, deadline)
            plan = await self._read(partial(self._plan_under, note, asked, act))
            if isinstance(plan, Plan):
                return plan
            if plan > self._log.size:
                size = self._log.size
                raise Refusal(Reason.INTERNAL, f"a seal stands at {plan - 1}, beyond the log's {size} entries")
            entries = plan  # a segment was sealed meanwhile: its seal needs a newer checkpoint

    def _plan_under(self, note: bytes, asked: Asked, act: int, reader: LogReader) -> Plan | int:
        """Return the plan, or how many entries the checkpoint must cover for it."""
        segments = list_segments(reader)
        needed = segments[-1].act + 1 if segments else 0
        if needed > parse_checkpoint(parse_note(note).text).size:
            return needed
        with self._open(reader) as whole:
            try:
                return plan_history(whole, asked, note, segments, prove, act=act)
            except PairsAltered:
                now = list_segments(reader)
                if list(now) == list(segments):
                    raise
                return now[-1].act + 1  # a month was sealed meanwhile, and the pages of its runs went
            except HistoryTooLong as error:
                raise Refusal(Reason.REQUEST_INVALID, str(error)) from error

    async def _find_checkpoint(self, entries: int, deadline: float) -> bytes:
        """Return the newest kept checkpoint over so many entries that is cosigned, or in the end one that is signed."""
        while asyncio.get_running_loop().time() < deadline:
            cosigned = self._cosigned()
            if cosigned >= entries:
                note = await self._read(partial(_newest_within, entries, cosigned))
                if note:
                    return note
            await asyncio.sleep(POLL_SECONDS)
        return self._log.checkpoint

    def _read_range(self, start: int, end: int, reader: LogReader) -> list[bytes]:
        with self._open(reader) as whole:
            return list(_join_lines(read_entries(whole, [(start, end)])))

    @contextmanager
    def _open(self, reader: LogReader) -> Iterator[WholeLog]:
        """Open the log with the archives at hand; where they cannot be read, without them: the statement says so."""
        if not reader.pruned():
            yield WholeLog(reader)
            return
        try:
            archives = Archives(self._archives, reader.origin)
        except (ArchiveInvalid, OSError):
            yield WholeLog(reader, NO_ARCHIVES)
            return
        with archives:
            yield WholeLog(reader, archives)


def _newest_within(entries: int, cosigned: int, reader: LogReader) -> bytes:
    return next((note for size, note in reader.checkpoints_over(entries) if size <= cosigned), b"")


def _join_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    piece: list[bytes] = []
    length = 0
    for line in lines:
        piece.append(line + b"\n")
        length += len(line) + 1
        if length >= PIECE_BYTES:
            yield b"".join(piece)
            piece, length = [], 0
    if piece:
        yield b"".join(piece)
