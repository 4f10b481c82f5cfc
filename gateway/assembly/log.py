"""The audit log of a running node as one of its parts: the store, the epochs' keys and the log, opened and closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.assembly.build import clock_us
from gateway.assembly.epoch_keys import open_epoch_keys
from gateway.assembly.health import Health
from gateway.assembly.node_keys import NodeKeys
from gateway.assembly.witnessing import Witnessing, clock_s
from gateway.audit.entries.epochs import Epochs
from gateway.audit.log import AuditLog, LogBounds
from gateway.audit.storage.database import place_of
from gateway.audit.storage.store import Store
from gateway.audit.tlog.cosignature import Cosigner
from gateway.audit.tlog.note import SUBTREE
from gateway.serving.account import Accounts
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class OpenLog:
    """An open log with its store and the keys of its epochs. The log owns the store, and closes it."""

    store: Store
    log: AuditLog
    epochs: Epochs


@asynccontextmanager
async def open_log(
    settings: Settings, keys: NodeKeys, witnessing: Witnessing, accounts: Accounts, health: Health
) -> AsyncIterator[OpenLog]:
    """Open the log and have witnessing begin with it; leaving commits what is queued and closes it.

    Raises:
        KeystoreError: an epoch's secret cannot be used.
        StoreInvalid: what is stored does not agree with itself or with the keys.
    """

    def count_commit(entries: int, seconds: float) -> None:
        witnessing.cosignatures.count_entries(entries)
        health.metrics.count_commit(entries, seconds)

    store, audit = await Store.open(place_of(settings)), settings.audit
    try:
        epochs = await open_epoch_keys(keys.epochs, store, clock_us())
        log = await AuditLog.open(
            store,
            keys.log[0],
            clock_us=clock_us,
            crowd=lambda: accounts.in_flight,
            bounds=LogBounds(
                gather_seconds=settings.gather_seconds,
                max_batch=audit.max_batch,
                max_commit_bytes=audit.max_commit_bytes,
                checkpoint_seconds=audit.checkpoint_seconds,
            ),
            notify_serving=health.report_log,
            notify_committed=count_commit,
            second=(Cosigner(keys.log[1], SUBTREE, clock_s),),
            notify_stored=witnessing.cosigning.take_checkpoint,
        )
    except BaseException:
        await store.close()
        raise
    try:
        witnessing.begin(log)
        yield OpenLog(store, log, epochs)
    finally:
        await log.close()
