"""The budgets of persons of a running node: their bounds are those of the settings, their counts those of its log."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Final

import structlog

from gateway.assembly.build import clock_us
from gateway.assembly.log import OpenLog
from gateway.audit.entries.entry import EntryInvalid
from gateway.audit.entries.looks import LookReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store
from gateway.budgets.bounds import Bounds
from gateway.budgets.budgets import Budgets
from gateway.budgets.counting import Counting, ScopeKind
from gateway.budgets.enumeration import Enumeration
from gateway.budgets.periods import Span
from gateway.catalogue.authorise import Catalogue
from gateway.ground.alarms import Alarms
from gateway.ground.item import SharingMode
from gateway.settings import Settings

STEP: Final = 16_384
"""Entries that are looked at in one reading."""
PROGRESS_SECONDS: Final = 2.0
"""A line of the log tells how far a long count has come, about so often."""


def single_bounds(settings: Settings) -> Bounds:
    """Return the bounds of questions of one page."""
    budgets = settings.budgets
    return Bounds.of(
        {
            ScopeKind.OPERATOR: budgets.operator,
            ScopeKind.DEPARTMENT: budgets.department,
            ScopeKind.ITEM: budgets.item,
            ScopeKind.APPLICATION: budgets.application,
            ScopeKind.PEER: budgets.peer,
        },
        budgets.month_days,
    )


def batch_bounds(settings: Settings) -> Bounds:
    """Return the bounds of questions that are answered in pages."""
    batch_budgets = settings.batch_budgets
    return Bounds.of(
        {
            ScopeKind.OPERATOR: batch_budgets.operator,
            ScopeKind.DEPARTMENT: batch_budgets.department,
            ScopeKind.ITEM: batch_budgets.item,
            ScopeKind.APPLICATION: batch_budgets.application,
            ScopeKind.PEER: batch_budgets.peer,
        },
        batch_budgets.month_days,
    )


def narrowed_in(catalogue: Catalogue) -> frozenset[tuple[str, bool]]:
    """Return the items for which they, or grants of them, have numbers of persons, each with whether in batches."""
    declared = [(item.code, item.modes) for item in catalogue.items.values()]
    granted = [(grant.item_code, grant.modes) for grant in catalogue.grants]
    return frozenset(
        (code, mode.mode is SharingMode.BATCH)
        for code, modes in (*declared, *granted)
        for mode in modes
        if mode.mode in (SharingMode.API, SharingMode.BATCH) and (mode.operator_day or mode.department_day)
    )


async def open_budgets(settings: Settings, opened: OpenLog, catalogue: Catalogue, alarms: Alarms) -> Budgets:
    """Return the budgets as the log has them: the persons of this month, and of this day, are counted from its intents.

    Raises:
        StoreInvalid: an intent of this month cannot be read.
    """
    counting = await count_log(opened.store, opened.log.size, clock_us(), narrowed_in(catalogue))
    return Budgets(
        counting,
        single=single_bounds(settings),
        batch=batch_bounds(settings),
        enumeration=Enumeration(alarms, clock_us),
    )


async def count_log(store: Store, size: int, now_us: int, narrowed: Collection[tuple[str, bool]] = ()) -> Counting:
    """Count the persons of the month and the day of a moment, in the first `size` entries of a log.

    Raises:
        StoreInvalid: an intent of this month cannot be read.
    """
    lines, counting, reader = structlog.get_logger("node"), Counting(narrowed), LookReader()
    first = await store.first_since(Span.of(now_us).begins_us)
    told = time.monotonic()
    for start in range(first, size, STEP):
        rows = await store.intents(start, min(start + STEP, size))
        try:
            for look in reader.read(rows):
                counting.take(look)
        except EntryInvalid as error:
            raise StoreInvalid(f"{error}. Run chuanyu audit verify") from error
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            lines.info("counting persons", entries=start - first, of=size - first)
    counting.turn(now_us)
    return counting
