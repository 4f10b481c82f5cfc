"""The months' secrets of a running node: this month's and the next one's are at hand before they are needed."""

from __future__ import annotations

from typing import Final

from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.entries.references import epoch_of
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store
from keys.epochs import EpochSecrets

AHEAD_US: Final = 7 * 24 * 3600 * 1_000_000
"""A month's secret is made this long before the month begins."""


async def open_months(secrets: EpochSecrets, store: Store, now_us: int) -> Epochs:
    """Return the keys of this month and, near its end, of the next; those that never were are made.

    Raises:
        KeystoreError: a secret cannot be read, or was destroyed.
        StoreInvalid: the log has bodies of a month whose secret is missing: a new one would leave them closed for good.
    """
    epochs = Epochs({})
    for name in wanted(now_us):
        if name not in secrets.names() and await store.has_epoch(name):
            raise StoreInvalid(
                f"expected the secret of the month {name}, found none, but entries need it. Restore keys/epochs"
            )
        prepare(secrets, epochs, name)
    return epochs


def wanted(now_us: int) -> tuple[str, ...]:
    """The months that a node needs at a time, the present one first."""
    return tuple(dict.fromkeys((epoch_of(now_us), epoch_of(now_us + AHEAD_US))))


def prepare(secrets: EpochSecrets, epochs: Epochs, name: str) -> None:
    """Take up the secret of a month, and make it if there never was one; blocks for about 50 ms."""
    secret = secrets.load(name) if name in secrets.names() + secrets.destroyed_names() else secrets.make(name)
    epochs.add(name, EpochKey.of(secret))
