"""Seals the log of a running node, off the road: run after run, and each month when it has ended.

In this order, each step durable before the next: 1 the pages of a segment's pairs, a few in a transaction; 2 their
directory; 3 the act that seals it. A month is merged from the pages of its runs, which go a while after its act, when
no reader uses them any more. Where a segment begins and ends follows from the entries, so a node that was killed
between two steps does the same again, and the acts in the log say which were the last.

What has not been sealed is found by reading it, so nothing depends on how soon that is done: when it fails, somebody is
told, and it is tried again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from heapq import merge
from itertools import islice
from time import thread_time
from typing import Final, TypeVar

import orjson

from gateway.audit.entries.entry import Entry, EntryInvalid, Phase
from gateway.audit.entries.seals import OpenRun, SealKind, Segment, fits_month, month_at
from gateway.audit.log import AuditLog
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader, StoredRow
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.sealed import PAGE_PAIRS, PageLayout, Pages, list_segments
from gateway.audit.storage.store import PairPage, Store
from gateway.audit.tlog.pairs import PAIR_SIZE
from gateway.audit.tlog.tree import leaf_hash

LOOK_SECONDS: Final = 1.0
"""How often new entries are looked for."""
RETRY_SECONDS: Final = 30.0
"""From a failure to the next attempt."""
LINGER_SECONDS: Final = 60.0
"""How long the pages of a month's runs stay after its act."""
ENTRIES: Final = 256
"""Entries that are read in one step."""
PAGES: Final = 32
"""Pages that are made in one step, and written in one transaction."""

Record = Callable[[Segment], Awaitable[int]]
"""Records the act that seals a segment; returns its index once it is durable."""
T = TypeVar("T")
Steps = Generator[list[PairPage], None, None]


class Sealing:
    """Seals one log until cancelled; all state belongs to the loop, and one thread of its own does what is slow."""

    def __init__(
        self,
        log: AuditLog,
        store: Store,
        place: LogPlace,
        record: Record,
        notify: Callable[[str], None],
        *,
        look_seconds: float = LOOK_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        linger_seconds: float = LINGER_SECONDS,
    ) -> None:
        """`notify` takes, after each step, why the log cannot be sealed; an empty text when it can."""
        self._log = log
        self._store = store
        self._place = place
        self._record = record
        self._notify = notify
        self._look_seconds = look_seconds
        self._retry_seconds = retry_seconds
        self._linger_seconds = linger_seconds
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sealing")
        # None until read from the log, and after each failure: only the acts in the log say what is sealed.
        self._open: OpenRun | None = None
        self._runs: list[Segment] = []
        self._month = ""
        self._covered = 0
        self._sweep_at: float | None = None
        self._worked = 0.0

    async def run(self) -> None:
        """Seal what can be sealed, look again, for ever."""
        try:
            while True:
                try:
                    pause = 0.0 if await self.advance() else self._look_seconds
                    self._notify("")
                except Exception as error:  # whatever it is, somebody must be told, and the road goes on
                    self._open, pause = None, self._retry_seconds
                    self._notify(f"{type(error).__name__}: {error}")
                await asyncio.sleep(pause)
        finally:
            self._thread.shutdown(wait=False)

    async def advance(self) -> bool:
        """Take one step; return whether there is more to do now.

        Raises:
            StoreInvalid: what is stored cannot be sealed as it is.
            Refusal: the log takes no act now.
            Exception: as the database.
        """
        if self._open is None:
            if not self._log.serving:  # what the log recovers from may have left an act behind
                raise StoreInvalid("the audit log does not serve")
            async with self._step():
                await self._in_thread(self._resume)
            return True
        if self._sweep_at is not None and self._now() >= self._sweep_at:
            async with self._step():
                if not await self._store.drop_pages(SealKind.RUN.code, self._covered):
                    self._sweep_at = None
            return True
        run = self._open
        async with self._step():
            ends = await self._in_thread(self._read, run, self._log.size)
        if ends is SealKind.RUN:
            await self._seal_run(run)
        elif ends is SealKind.MONTH:
            await self._seal_month()
        return ends is not None or run.end < self._log.size

    def _resume(self) -> None:
        """Read what is sealed; what left for an archive before it was sealed is passed over."""
        with LogReader(self._place) as reader:
            segments, pruned = list_segments(reader), reader.pruned()
            months = [segment for segment in segments if segment.kind is SealKind.MONTH]
            runs = [segment for segment in segments if segment.kind is SealKind.RUN and segment.end > pruned]
            self._runs = runs if runs and runs[-1].end == segments[-1].end else []
            self._month = month_at(reader.entry(runs[0].first).time_us) if self._runs else ""
        self._covered = months[-1].end if months else 0
        self._sweep_at = 0.0
        self._open = OpenRun(max(segments[-1].end if segments else 0, pruned))

    def _read(self, run: OpenRun, size: int) -> SealKind | None:
        """Take further entries into a run; return what ends before the next entry."""
        with LogReader(self._place) as reader:
            rows = [row for chunk in reader.rows(run.end, min(run.end + ENTRIES, size)) for row in chunk]
        for row in rows:
            entry = _read_entry(row, run.end)
            month = month_at(entry.number("time_utc_us"))
            if run.end == run.first and self._runs and not fits_month(self._runs, self._month, month):
                return SealKind.MONTH
            if not run.take(entry):
                return SealKind.RUN
        return SealKind.RUN if run.is_full else None

    async def _seal_run(self, run: OpenRun) -> None:
        layout, pairs = PageLayout(), run.pairs
        segment = Segment(SealKind.RUN, run.first, run.end, len(pairs), b"", run.months)
        sealed = await self._seal(segment, layout, _lay_run(layout, pairs))
        self._month = self._month if self._runs else run.month
        self._runs.append(sealed)
        self._open = OpenRun(sealed.end)

    async def _seal_month(self) -> None:
        runs, layout = self._runs, PageLayout()
        names = tuple(sorted({name for run in runs for name in run.months}))
        pairs = sum(run.pairs for run in runs)
        segment = Segment(SealKind.MONTH, runs[0].first, runs[-1].end, pairs, b"", names)
        await self._seal(segment, layout, _merge_month(self._place, layout, runs))
        self._runs, self._month = [], ""
        self._covered, self._sweep_at = segment.end, self._now() + self._linger_seconds

    async def _seal(self, segment: Segment, layout: PageLayout, steps: Steps) -> Segment:
        """Write the pages of a segment and its directory, then record its seal; return it as it stands in the log."""
        try:
            while True:
                async with self._step():
                    pages = await self._in_thread(next, steps, None)
                if pages is None:
                    break
                await self._store.put_pages(segment.kind.code, segment.first, pages)
        finally:
            self._thread.submit(steps.close)  # where it was run: its reader belongs to that thread
        await self._store.put_directory(segment.kind.code, segment.first, layout.directory)
        sealed = replace(segment, root=layout.root())
        # The point of no return: once the act is durable the root stands for ever. A crash before it leaves pages that
        # are written again, the same; one after it finds the act, and goes on behind it.
        return replace(sealed, act=await self._record(sealed))

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        def measured() -> tuple[T, float]:
            begun = thread_time()
            return work(*given), thread_time() - begun

        done, worked = await asyncio.get_running_loop().run_in_executor(self._thread, measured)
        self._worked += worked
        return done

    @asynccontextmanager
    async def _step(self) -> AsyncIterator[None]:
        """Rest as long as a step has worked, so that exchanges have their turn; what it waited for them is no work."""
        begun, self._worked = self._now(), 0.0
        yield
        await asyncio.sleep(self._worked or self._now() - begun)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _read_entry(row: StoredRow, expected: int) -> Entry:
    """Read an entry that this node wrote: it has its leaf hash, so it is one of the schema."""
    index, leaf, octets = row[:3]
    if index != expected or leaf_hash(octets) != leaf:
        raise StoreInvalid(f"the entry {expected} is missing or altered. Run chuanyu audit verify")
    try:
        fields = orjson.loads(octets)
        return Entry(Phase(fields["phase"]), fields["exchange_id"], fields)
    except (ValueError, KeyError, TypeError) as error:
        raise EntryInvalid(f"the entry {index} is none of the schema") from error


def _lay_run(layout: PageLayout, pairs: list[bytes]) -> Steps:
    pairs.sort()
    for start in range(0, len(pairs), PAGES * PAGE_PAIRS):
        made = []
        for at in range(start, min(start + PAGES * PAGE_PAIRS, len(pairs)), PAGE_PAIRS):
            page = pairs[at : at + PAGE_PAIRS]
            made.append(layout.add(page, [leaf_hash(pair) for pair in page]))
        yield made


def _merge_month(place: LogPlace, layout: PageLayout, runs: list[Segment]) -> Steps:
    with LogReader(place) as reader:
        merged = merge(*(Pages(reader, run).items() for run in runs))
        made = []
        while items := list(islice(merged, PAGE_PAIRS)):
            pairs = [item[:PAIR_SIZE] for item in items]
            made.append(layout.add(pairs, [item[PAIR_SIZE:] for item in items]))
            if len(made) == PAGES:
                yield made
                made = []
        if made:
            yield made
