"""A repeatable sequence of draws: the same seed gives the same people, on every machine. Never for secrets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, TypeVar

T = TypeVar("T")
AS_OF: Final = date(2026, 11, 1)
"""The day on which the invented provinces stand still, so that a run does not depend on the calendar."""


class Draw(random.Random):
    """Draws for one province. With `favour` every chance comes true and every usual value is taken."""

    favour = False

    def chance(self, share: float) -> bool:
        """Return true in `share` of the draws."""
        return self.random() < share or self.favour

    def one(self, options: Sequence[T]) -> T:
        """Return one of the options, all alike."""
        return options[int(self.random() * len(options))]

    def mostly(self, usual: T, others: Sequence[T], share: float = 0.9) -> T:
        """Return the usual value in `share` of the draws, else one of the others."""
        return usual if self.chance(share) else self.one(others)

    def digits(self, count: int) -> str:
        """Return that many digits."""
        return f"{int(self.random() * 10**count):0{count}d}"

    def day(self, first: date, last: date) -> date:
        """Return a day from first to last, both included."""
        return first + timedelta(days=int(self.random() * ((last - first).days + 1)))
