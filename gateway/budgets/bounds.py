"""How many persons a day and a month each kind of scope may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.budgets.counting import Kind
from gateway.budgets.periods import Period


@dataclass(frozen=True, slots=True)
class Bounds:
    """The persons of a day by kind of scope; a month has `month_days` times as many."""

    per_day: Mapping[Kind, int]
    month_days: int

    def limit(self, kind: Kind, period: Period) -> int:
        """Return the most persons of a scope of this kind in a period."""
        return self.per_day[kind] * (1 if period is Period.DAY else self.month_days)
