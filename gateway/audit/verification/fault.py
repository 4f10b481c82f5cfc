"""The fault of a log that does not hold: the first place, and what was found there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VerificationFault:
    """A place at which a log is not what it must be. `index` is that of an entry, or -1.

    `unsigned`: nothing there contradicts what was signed, since nothing was, or by other `keys` than those given.
    """

    place: str
    index: int
    detail: str
    unsigned: bool = False
    keys: tuple[str, ...] = ()


class VerificationFailed(Exception):
    """A verification found a fault and went no further."""

    def __init__(self, place: str, detail: str, index: int = -1, *, unsigned: bool = False) -> None:
        super().__init__(detail)
        self.fault = VerificationFault(place, index, detail, unsigned)
