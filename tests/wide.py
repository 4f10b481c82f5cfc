"""Budgets of persons that no test of another room exhausts: the real ones, with the widest bounds."""

from __future__ import annotations

from gateway.budgets.bounds import Bounds
from gateway.budgets.budgets import Budgets
from gateway.budgets.counting import BY_ITEM, Counting, ScopeKind
from gateway.budgets.enumeration import Enumeration
from gateway.ground.alarms import Alarms

MOST = 1_000_000


def bounds(day: int = MOST, month_days: int = 31, **kinds: int) -> Bounds:
    """Bounds of so many persons a day, but for the kinds that are named."""
    return Bounds.of({kind: kinds.get(kind, day) for kind in ScopeKind if kind not in BY_ITEM.values()}, month_days)


def budgets(day: int = MOST, month_days: int = 31, **kinds: int) -> Budgets:
    """Budgets with nothing counted, the same for single questions and for batches."""
    bounded = bounds(day, month_days, **kinds)
    watched = Enumeration(Alarms(lambda alarm, begins: None), lambda: 0)
    return Budgets(Counting(), single=bounded, batch=bounded, enumeration=watched)
