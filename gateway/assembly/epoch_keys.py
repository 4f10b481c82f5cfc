"""The keys of a running node's epochs, which are months: each is at hand before its month begins.

A key wraps those of audit bodies of its month; its secret is a file of `keys/epochs`.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.entries.references import epoch_of
from gateway.audit.storage.recovery import StoreInvalid, StoreUnreachable
from gateway.audit.storage.store import Store
from gateway.ground.alarms import Alarm, Alarms
from keys.epochs import EpochSecrets
from keys.keystore import KeystoreError

AHEAD_US: Final = 7 * 24 * 3600 * 1_000_000
"""A month's secret is made this long before the month begins."""


async def open_epoch_keys(secrets: EpochSecrets, store: Store, now_us: int) -> Epochs:
    """Return the keys of this month and, near its end, of the next; a secret that never was is made.

    Raises:
        KeystoreError: a secret cannot be read, or was destroyed.
        StoreInvalid: the log has bodies of a month whose secret is missing: a new one would leave them closed for good;
            or a new one cannot be written.
    """
    epochs = Epochs({})
    for name in epochs_in_use(now_us):
        if name not in secrets.names() and await store.has_epoch(name):
            raise StoreInvalid(
                f"expected the secret of the month {name}, found none, but entries need it. Restore keys/epochs"
            )
        try:
            take_epoch_key(secrets, epochs, name)
        except OSError as error:
            raise StoreUnreachable(
                f"expected that the secret of the month {name} can be written, found: {error}. "
                "Give keys/epochs to the user who runs the node, on a mount that is writable"
            ) from error
    return epochs


def epochs_in_use(now_us: int) -> tuple[str, ...]:
    """Return the months that a node needs at a time, the present one first."""
    return tuple(dict.fromkeys((epoch_of(now_us), epoch_of(now_us + AHEAD_US))))


def take_epoch_key(secrets: EpochSecrets, epochs: Epochs, name: str) -> None:
    """Take up the secret of a month, and make it if there never was one; blocks for about 50 ms.

    Raises:
        KeystoreError: the secret cannot be read, or was destroyed.
        OSError: a new one cannot be written.
    """
    secret = secrets.load(name) if name in secrets.names() + secrets.destroyed_names() else secrets.make(name)
    epochs.add(name, EpochKey.of(secret))


async def keep_epoch_keys(secrets: EpochSecrets, epochs: Epochs, alarms: Alarms, seconds: float) -> None:
    """Take up each month's key before it is needed, until cancelled; one that fails is tried again every so often.

    MONTH_KEY_MISSING rings for a month that fails, and for one that is in use and whose file has gone.
    The event loop owns `epochs`: the thread that makes a secret hands the key over by adding one name to a dictionary.
    """
    rung: set[str] = set()
    while True:
        names = epochs_in_use(time.time_ns() // 1000)
        for name in names:
            why = await asyncio.to_thread(_look_at_month, secrets, epochs, name)
            alarms.set(Alarm.MONTH_KEY_MISSING, name, bool(why), why)
        for name in rung.difference(names):
            alarms.clear(Alarm.MONTH_KEY_MISSING, name)
        rung = set(names)
        await asyncio.sleep(seconds)


def _look_at_month(secrets: EpochSecrets, epochs: Epochs, name: str) -> str:
    """Take up the key of a month that has none yet; return what is wrong with its secret, or nothing."""
    try:
        if name not in epochs:
            take_epoch_key(secrets, epochs, name)
        elif name not in secrets.names():
            return f"{secrets.directory / name}.secret 不在 / is gone"
    except (KeystoreError, OSError) as error:
        return str(error)
    return ""
