"""Where a log is not what it must be: the first place, and what was found there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """A place at which a log is not what it must be. `index` is that of an entry, or -1."""

    place: str
    index: int
    detail: str


class Amiss(Exception):
    """A verification found a fault and went no further."""

    def __init__(self, place: str, detail: str, index: int = -1) -> None:
        super().__init__(detail)
        self.fault = Fault(place, index, detail)
