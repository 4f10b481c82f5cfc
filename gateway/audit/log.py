"""The audit log of a running node: entries in order, durable before anyone learns of them, one checkpoint a commit.

Rules:
- `record` queues and never waits; `wait_durable` waits for the COMMIT. The index of an entry is known only after it.
- A waiter who is cancelled cancels nothing but the wait.
- On any error of a commit the log stops: every waiter and every later entry is refused, until the database was opened
  anew, the tree was rebuilt from what is there, and a trial write has succeeded. A refused entry may be there all the
  same ("failed but persisted"): then it stands, logged and not released, and no index is used twice.
- The point of no return is the return of `Store.append`: before it nothing is signed. A checkpoint is signed after it,
  for a tree that is on disk, so that no two checkpoints of one log can disagree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from gateway.audit.checkpoints import CheckpointStore, NotifyStored
from gateway.audit.entries.bodies import MAX_BODY_BYTES
from gateway.audit.entries.entry import MAX_ENTRY_BYTES, EntryInvalid, Phase
from gateway.audit.pending import Pending, make_batch, queued_bytes
from gateway.audit.storage.recheck import Recheck
from gateway.audit.storage.recovery import LogState, StoreInvalid
from gateway.audit.storage.store import MAX_BATCH, Batch, ExchangeUse, Store
from gateway.audit.tlog.cosignature import Cosigner
from gateway.audit.tlog.note import Checkpoint, NoteSigner, SignatureLine, checkpoint_text, sign_note
from gateway.audit.tlog.tree import leaf_hash
from gateway.ground.evidence import Receipt
from gateway.ground.gathering import WAIT_SECONDS, Gathering
from gateway.ground.refusals import Reason, Refusal

NEWEST_LEAVES: Final = 4096
"""Newest leaves whose nodes stay in memory between commits."""
PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts to come back after an error; the last one repeats."""


@dataclass(frozen=True, slots=True)
class LogBounds:
    """The bounds of the log: the wait for others in seconds, a commit and the queue in entries and bytes.

    A checkpoint is kept in the database about every `checkpoint_seconds`, when there is a new one.
    """

    gather_seconds: float = WAIT_SECONDS
    max_batch: int = MAX_BATCH
    max_queued: int = 8192
    max_queued_bytes: int = 32 * 1024 * 1024
    max_commit_bytes: int = 4 * 1024 * 1024
    checkpoint_seconds: float = 1.0


class AuditLog:
    """The log of one writer, made by `open`. `taken_up` are the entries at the opening that no checkpoint covered."""

    def __init__(
        self,
        store: Store,
        state: LogState,
        signer: NoteSigner,
        checkpoints: CheckpointStore,
        *,
        crowd: Callable[[], int],
        bounds: LogBounds,
        notify_serving: Callable[[bool, str], None],
        notify_committed: Callable[[int, float], None],
    ) -> None:
        self._store = store
        self._signer = signer
        self._bounds = bounds
        self._notify_serving = notify_serving
        self._notify_committed = notify_committed
        self._gathering: Gathering[Pending] = Gathering(
            self._flush,
            crowd=crowd,
            wait_seconds=bounds.gather_seconds,
            max_items=bounds.max_batch,
            max_bytes=bounds.max_commit_bytes,
            size_of=queued_bytes,
        )
        self._serving = True
        # Counts the stops, so that no entry outlives the stop that refused it. All state here belongs to the loop.
        self._generation = 0
        self._why = ""
        self._closed = False
        self._recovery: asyncio.Task[None] | None = None
        self._adopt(state)
        self.taken_up = range(state.signed, state.size)
        self._recheck = Recheck(store, state)
        self._checkpoints = checkpoints
        # Lock order: this one, that of the checkpoint store, that of the store. `_flush` takes the last one alone.
        self._store_turn = asyncio.Lock()
        self._ending = asyncio.Event()
        self._storing = asyncio.create_task(self._store_checkpoints())

    @classmethod
    async def open(
        cls,
        store: Store,
        signer: NoteSigner,
        *,
        clock_us: Callable[[], int],
        crowd: Callable[[], int] = lambda: 1,
        bounds: LogBounds = LogBounds(),
        notify_serving: Callable[[bool, str], None] = lambda serving, why: None,
        notify_committed: Callable[[int, float], None] = lambda entries, seconds: None,
        second: Sequence[Cosigner] = (),
        notify_stored: NotifyStored = lambda size, note, taken_at: None,
    ) -> AuditLog:
        """Take up the log of an open store; its state is recomputed first.

        `crowd` returns how many exchanges are in flight; without it no commit waits for others. `notify_serving` is
        called at once when the log stops or serves again, with the reason; `notify_committed` after each commit, with
        its entries and seconds; `notify_stored` for each stored checkpoint, which the keys of `second` sign too.

        Raises:
            StoreInvalid: when what is stored does not agree with itself, or the signer is not this log's.
        """
        if signer.name != store.origin:
            raise StoreInvalid(f"expected the log key of {store.origin}, found that of {signer.name}")
        state = await store.load()
        await store.probe()
        checkpoints = CheckpointStore(store, second, clock_us, notify_stored)
        return cls(
            store,
            state,
            signer,
            checkpoints,
            crowd=crowd,
            bounds=bounds,
            notify_serving=notify_serving,
            notify_committed=notify_committed,
        )

    @property
    def origin(self) -> str:
        """The name of the log, as in its checkpoints."""
        return self._store.origin

    @property
    def size(self) -> int:
        """The number of durable entries."""
        return self._size

    @property
    def checkpoint(self) -> bytes:
        """The newest signed checkpoint, a C2SP note."""
        return self._checkpoint

    @property
    def serving(self) -> bool:
        """Whether entries can be recorded."""
        return self._serving

    @property
    def queued(self) -> int:
        """Entries that wait for a commit."""
        return len(self._gathering)

    def record(
        self,
        entry: bytes,
        *,
        exchange_id: str,
        phase: Phase,
        time_us: int,
        page: int = 0,
        waits: bool = True,
        body: bytes = b"",
        wrapped: bytes = b"",
        epoch: str = "",
    ) -> Pending:
        """Queue an entry, in order, without waiting. With `waits=False` nobody will call `durable`: it rides along.

        `body` is its sealed body, `wrapped` the wrapped key, and `epoch` names the key that wraps; empty where there
        is none. All become durable in its transaction.

        Raises:
            Refusal: AUDIT_NOT_DURABLE while the log does not serve; OVERLOADED when the queue is full.
            EntryInvalid: the entry or its body is longer than it may be, or body, wrapped key, epoch are not together.
        """
        if not self._serving or self._closed:
            raise self._refusal()
        if not 0 < len(entry) <= MAX_ENTRY_BYTES:
            raise EntryInvalid(f"expected an entry of 1 to {MAX_ENTRY_BYTES} bytes, found {len(entry)}")
        if not bool(body) == bool(wrapped) == bool(epoch):
            raise EntryInvalid("expected a body together with its wrapped key and epoch, found one without the others")
        if len(body) > MAX_BODY_BYTES:
            raise EntryInvalid(f"expected a body of at most {MAX_BODY_BYTES} bytes, found {len(body)}")
        gathering, bounds = self._gathering, self._bounds
        columns = (phase, exchange_id, page, time_us)
        done = asyncio.get_running_loop().create_future() if waits else None
        pending = Pending(entry, columns, body, wrapped, epoch, done, self._generation)
        if (
            len(gathering) >= bounds.max_queued
            or gathering.gathered_bytes + queued_bytes(pending) > bounds.max_queued_bytes
        ):
            raise Refusal(Reason.OVERLOADED, "the audit queue is full", retry_after=0.1)
        gathering.put(pending, rides=not waits)
        return pending

    async def wait_durable(self, pending: Pending) -> Receipt:
        """Wait until an entry is on disk; return its receipt under a checkpoint signed after the commit.

        A waiter that is cancelled takes nothing back: the entry becomes durable, and `pending.done` has its receipt.

        Raises:
            Refusal: AUDIT_NOT_DURABLE when that could not be made sure.
        """
        if pending.done is None:
            raise RuntimeError("the entry was recorded as one that nobody waits for")
        return await asyncio.shield(pending.done)

    async def exchanges_since(self, time_us: int) -> list[ExchangeUse]:
        """Return the exchanges with an entry at or after a time, the oldest first: what a replay memory starts from."""
        return await self._store.exchanges_since(time_us)

    async def page_of(self, exchange_id: str, page: int) -> list[tuple[int, bytes]]:
        """Return index and bytes of the entries of one page of an exchange, and of its first intent.

        Raises:
            Refusal: AUDIT_NOT_DURABLE when the log cannot be read now.
        """
        with _reading():
            return await self._store.page_of(exchange_id, page)

    async def newest(self, phase: Phase, limit: int) -> list[tuple[int, bytes, bytes]]:
        """Return index, leaf hash and bytes of the newest entries of a phase, the oldest of them first.

        Raises:
            Refusal: AUDIT_NOT_DURABLE when the log cannot be read now.
        """
        with _reading():
            return await self._store.newest(phase, limit)

    async def close(self) -> None:
        """Commit what is queued, keep the last checkpoint and close the store."""
        self._closed = True
        await self._gathering.close()
        self._ending.set()
        await self._storing
        if self._recovery is not None:
            await self._recovery
        await self._store.close()

    async def _flush(self, batch: list[Pending]) -> None:
        """Make one commit: grow the tree, write, sign, then answer the waiters."""
        if batch[0].generation != self._generation:
            self._refuse([pending for pending in batch if pending.generation != self._generation])
            batch = [pending for pending in batch if pending.generation == self._generation]
            if not batch:
                return
        try:
            # The commit has begun: until `append` returns, the tree in memory is ahead of the disk; nothing is signed.
            grown = self._grow(batch)
            start = asyncio.get_running_loop().time()
            await self._store.append(grown)
            # The commit is durable. This is the point of no return: the entries stand, whatever happens below.
            self._notify_committed(len(grown.rows), asyncio.get_running_loop().time() - start)
            self._size = self._tree.size
            self._sign()
            # The checkpoint is signed: from here on others may hold it, and a log that is shorter contradicts it.
        except asyncio.CancelledError:
            # The commit may be there or not. Nobody recovers: the next start reads what is there.
            self._serving, self._why = False, "the node is stopping"
            self._generation += 1
            self._refuse(batch)
            raise
        except Exception as error:
            self._stop(batch, f"{type(error).__name__}: {error}")
            return
        self._settle(batch)

    def _grow(self, batch: list[Pending]) -> Batch:
        start = self._tree.size
        leaves = [leaf_hash(pending.entry) for pending in batch]
        self._tree.extend(leaves)
        return make_batch(batch, start, leaves, self._tail.extend(leaves), self._tree.root())

    def _sign(self) -> None:
        self._root = self._tree.root()
        text = checkpoint_text(Checkpoint(self.origin, self._tree.size, self._root))
        self._checkpoint = sign_note(text, (self._signer,))

    def _settle(self, batch: list[Pending]) -> None:
        tree, origin, checkpoint = self._tree, self.origin, self._checkpoint
        start = tree.size - len(batch)
        for index, (pending, path) in enumerate(zip(batch, tree.paths(start), strict=True), start):
            pending.index = index
            if pending.done is not None and not pending.done.cancelled():  # a waiter may have gone; the entry stands
                pending.done.set_result(Receipt(origin, index, pending.entry, path, checkpoint))
        if tree.size - tree.kept_from > 2 * NEWEST_LEAVES:
            tree.forget(tree.size - NEWEST_LEAVES)

    def _refusal(self) -> Refusal:
        return Refusal(Reason.AUDIT_NOT_DURABLE, self._why or "the audit log is closed", retry_after=1.0)

    def _refuse(self, batch: list[Pending]) -> None:
        for pending in batch:
            pending.lost = True
            if pending.done is not None and not pending.done.cancelled():
                pending.done.set_exception(self._refusal())
                pending.done.exception()

    def _stop(self, batch: list[Pending], why: str) -> None:
        was_serving, self._serving = self._serving, False
        self._why = why
        self._generation += 1
        self._refuse(batch)
        if was_serving:
            self._recovery = asyncio.create_task(self._recover())
            self._notify_serving(False, why)

    async def _recover(self) -> None:
        """Come back with the reading of the start and a trial write; try again until both succeed."""
        attempt = 0
        while not await self._ends_within(PAUSES[min(attempt, len(PAUSES) - 1)]):
            attempt += 1
            try:
                await self._store.reopen()
                state = await self._store.load()
                if state.size < self._size:  # acknowledged entries are gone: what was signed must not be signed anew
                    raise RuntimeError(f"expected at least {self._size} entries, found {state.size}")
                await self._store.probe()
                self._adopt(state)
            except Exception as error:
                self._why = f"{type(error).__name__}: {error}"
                continue
            self._serving = True
            self._why = ""
            self._notify_serving(True, "")
            return

    def _adopt(self, state: LogState) -> None:
        self._tree = state.tree
        self._tail = state.tail
        self._size = state.size
        self._sign()

    async def _store_checkpoints(self) -> None:
        while not await self._ends_within(self._bounds.checkpoint_seconds):
            await self.store_checkpoint()
        await self.store_checkpoint()

    async def _ends_within(self, seconds: float) -> bool:
        """Wait so long, or until the log is to close; no write is cancelled midway."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), seconds)
        return self._ending.is_set()

    async def store_checkpoint(self) -> None:
        """Store the newest checkpoint now, signed with every key of the log; the log stops where that fails.

        Its root is compared first with that of the entries as read back from the disk.
        """
        if not self._size or not self._serving:
            return
        try:
            async with self._store_turn:
                size, root, note, taken_at = self._size, self._root, self._checkpoint, asyncio.get_running_loop().time()
                await self._recheck.confirm(size, root)
                # The disk gives the root that memory signed: only now may a witness or a peer get this checkpoint.
                await self._checkpoints.store(size, note, taken_at)
        except Exception as error:
            self._stop_unstored(error)

    async def add_cosignatures(self, size: int, lines: Sequence[SignatureLine]) -> bytes:
        """Add a witness's cosignatures to the stored checkpoint of that size; return the note.

        Raises:
            Refusal: AUDIT_NOT_DURABLE when it could not be stored; then the log has stopped.
        """
        try:
            return await self._checkpoints.add_cosignatures(size, lines)
        except Exception as error:
            self._stop_unstored(error)
            raise self._refusal() from error

    async def store_stamp(self, size: int, time_us: int, token: bytes) -> None:
        """Store a time stamp of the checkpoint of that size; where it fails the log stops."""
        try:
            await self._store.save_stamp(size, time_us, token)
        except Exception as error:
            self._stop_unstored(error)

    def _stop_unstored(self, error: Exception) -> None:
        if self._serving:
            self._stop([], f"{type(error).__name__}: {error}")


@contextmanager
def _reading() -> Iterator[None]:
    """Raise Refusal, AUDIT_NOT_DURABLE, where the store cannot be read now."""
    try:
        yield
    except Exception as error:
        raise Refusal(Reason.AUDIT_NOT_DURABLE, f"{type(error).__name__}: {error}", retry_after=1.0) from error
