"""The items that a hit of the guard took out of service on this node, until an administrator lifts them.

An item is in quarantine by its code, whatever its version: a new version of the same mask proves nothing. A code that
cannot be kept on disk stays in memory, so that a failing disk never puts an item back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from gateway.ground.refusals import Reason, Refusal


class Quarantine:
    """A set of item codes that outlives the process; `keep` makes the whole set durable and may raise OSError."""

    __slots__ = ("_codes", "_keep")

    def __init__(self, codes: Iterable[str], keep: Callable[[tuple[str, ...]], None]) -> None:
        self._codes = set(codes)
        self._keep = keep

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that are out of service, sorted."""
        return tuple(sorted(self._codes))

    def admit(self, code: str) -> None:
        """Return where the item is in service.

        Raises:
            Refusal: ITEM_QUARANTINED.
        """
        if code in self._codes:
            raise Refusal(Reason.ITEM_QUARANTINED, code)

    def take(self, code: str) -> bool:
        """Take an item out of service; return whether it was in service. A disk that fails changes nothing of that."""
        if code in self._codes:
            return False
        self._codes.add(code)
        with suppress(OSError):
            self._keep(self.codes)
        return True

    def lift(self, code: str) -> bool:
        """Put an item back into service; return whether it was out of it.

        Raises:
            OSError: that could not be made durable; the item stays out of service.
        """
        if code not in self._codes:
            return False
        self._keep(tuple(sorted(self._codes - {code})))
        self._codes.discard(code)
        return True
