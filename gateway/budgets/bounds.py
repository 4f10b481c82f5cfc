"""How many persons a day and a month each kind of scope may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.budgets.counting import ScopeKind


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most persons of a scope in a day and in a month, by its kind."""

    limits: Mapping[ScopeKind, tuple[int, int]]

    @classmethod
    def of(cls, per_day: Mapping[ScopeKind, int], month_days: int) -> Bounds:
        """Return the bounds of so many persons a day, and in a month `month_days` times as many."""
        return cls({kind: (persons, persons * month_days) for kind, persons in per_day.items()})
