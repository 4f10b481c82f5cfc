"""The keys of the months: one wraps the data keys of entry bodies, one salts the references of persons.

Pure. Both come from one stored secret a month, made at random and derived from nothing: once that
secret is destroyed, that month's bodies cannot be opened nor its references linked, and no root that stays can help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.ground.refusals import Reason, Refusal

SECRET_BYTES: Final = 64
"""Bytes of a month's secret: 32 that wrap, 32 that salt."""


@dataclass(frozen=True, slots=True)
class EpochKey:
    """The two keys that a month's secret is made of. Its `repr` shows neither."""

    wrapping: bytes = field(repr=False)
    salt: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: bytes) -> EpochKey:
        """Take a month's secret apart.

        Raises:
            ValueError: when it does not have 64 bytes.
        """
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"expected a secret of {SECRET_BYTES} bytes, found {len(secret)}")
        return cls(secret[:32], secret[32:])


class Epochs:
    """The months whose keys are at hand, by name (`YYYY-MM`); the node adds the next one before it begins."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Mapping[str, EpochKey]) -> None:
        self._keys = dict(keys)

    def __contains__(self, epoch: str) -> bool:
        return epoch in self._keys

    def names(self) -> tuple[str, ...]:
        """Return the months whose keys are at hand, the oldest first."""
        return tuple(sorted(self._keys))

    def add(self, epoch: str, key: EpochKey) -> None:
        """Take up the key of a month; one that is there stays, since entries were written under it."""
        self._keys.setdefault(epoch, key)

    def drop(self, epoch: str) -> None:
        """Forget the key of a month that was destroyed."""
        self._keys.pop(epoch, None)

    def key(self, epoch: str) -> EpochKey:
        """Return the key of a month.

        Raises:
            Refusal: AUDIT_NOT_DURABLE when it is not at hand: nothing could be recorded that a reviewer could open.
        """
        key = self._keys.get(epoch)
        if key is None:
            raise Refusal(Reason.AUDIT_NOT_DURABLE, f"no key of the month {epoch} is at hand", retry_after=1.0)
        return key

    def salt(self, epoch: str) -> bytes:
        """Return what salts the references of a month; raises as `key`."""
        return self.key(epoch).salt
