"""The room's door: holds the cleared pages of a request until its gates pass, then lets them on one by one.

The only place where `GatedPage` is issued. Pages of a question that no gate guards go straight through; of others the
columns that were not asked for, by which a gate decides, end here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Final

from gateway.gating.groups import Tally
from gateway.gating.spool import DiskBudget, Spool
from gateway.ground.evidence import Arrival, CellReason, ClearedPage, Column, GatedPage, Grant, Page, Value
from gateway.ground.identity_numbers import person_of
from gateway.ground.item import Gate, Item, OnFailure, Outcome
from gateway.ground.refusals import Reason, Refusal

MAX_ROWS: Final = 100_000
"""Rows of a request that may wait, as many as an item's answer may have."""


@dataclass(frozen=True, slots=True)
class _Withheld:
    """The cells that one gate takes away: its columns, in rows by their place over all pages."""

    columns: frozenset[str]
    rows: frozenset[int]


class Gates:
    """Holds pages in one node. `directory` is where they wait; `random` gives keys."""

    __slots__ = ("_budget", "_random")

    def __init__(self, directory: Path, random: Callable[[int], bytes]) -> None:
        self._budget = DiskBudget(directory)
        self._random = random

    async def hold(
        self, arrival: Arrival, grant: Grant, cleared: AsyncIterator[ClearedPage]
    ) -> AsyncGenerator[GatedPage]:
        """Yield the pages of a request; those that a gate guards after all have come and the gates have passed.

        Raises:
            Refusal: GATE_NOT_PASSED; ANSWER_TOO_LARGE, OVERLOADED or DEADLINE_EXCEEDED beyond a bound.
        """
        if not grant.gates:
            async for page in cleared:
                yield GatedPage(page.page, page.number, page.last, page.profile)
            return
        with Spool(self._budget, self._random) as spool:
            waiting = await self._gather(arrival, grant, cleared, spool)
            withheld = _judge(grant, waiting.tallies)
            await asyncio.to_thread(spool.rewind)
            firsts = accumulate(waiting.rows, initial=0)
            for number, (rows, first) in enumerate(zip(waiting.rows, firsts, strict=False)):
                held = await asyncio.to_thread(spool.take)
                if held.rows != rows:
                    raise Refusal(Reason.INTERNAL, f"expected a waiting page of {rows} rows, found {held.rows}")
                last = number == len(waiting.rows) - 1
                yield GatedPage(
                    _withhold(grant.item, held, first, withheld, grant.fields), number, last, waiting.profile
                )

    async def _gather(
        self, arrival: Arrival, grant: Grant, cleared: AsyncIterator[ClearedPage], spool: Spool
    ) -> _Waiting:
        loop = asyncio.get_running_loop()
        waiting = _Waiting([(gate, Tally(gate)) for gate in grant.gates], [], "")
        named = _named_persons(arrival, grant)
        async for page in cleared:
            if page.number != len(waiting.rows):
                raise Refusal(Reason.INTERNAL, f"expected page {len(waiting.rows)}, found {page.number}")
            first, rows = sum(waiting.rows), page.page.rows
            waiting.rows.append(rows)
            waiting.profile = page.profile
            if sum(waiting.rows) > MAX_ROWS:
                raise Refusal(Reason.ANSWER_TOO_LARGE, f"expected at most {MAX_ROWS} rows to wait for the gate")
            for gate, tally in waiting.tallies:
                told = page.page.column(gate.persons).values if gate.persons else named[first : first + rows]
                tally.add(page.page, told)
            await asyncio.to_thread(spool.add, page.page)
            if loop.time() > arrival.deadline:
                raise Refusal(Reason.DEADLINE_EXCEEDED, "the pages came too late to pass the gate")
        return waiting


@dataclass(slots=True)
class _Waiting:
    """The state of the pages that wait: how their rows group, how many each has, by which masks they were made."""

    tallies: list[tuple[Gate, Tally]]
    rows: list[int]
    profile: str


def _named_persons(arrival: Arrival, grant: Grant) -> Sequence[Value]:
    """What tells the persons whom the question names, row by row, in whatever writing it names them."""
    if not grant.item.subjects:
        return ()
    name = next(key.name for key in grant.item.keys if key.subject)
    return [person_of(value) if isinstance(value, str) else None for value in arrival.ask.keys.column(name).values]


def _judge(grant: Grant, tallies: list[tuple[Gate, Tally]]) -> list[_Withheld]:
    """Return what is withheld.

    Raises:
        Refusal: GATE_NOT_PASSED, naming the gate, never a value nor a count.
    """
    withheld = []
    for gate, tally in tallies:
        failing = tally.failing()
        if failing and gate.on_failure is OnFailure.REFUSE:
            raise Refusal(Reason.GATE_NOT_PASSED, f"{grant.item.code}: {_describe_gate(gate)}")
        if failing:
            withheld.append(_Withheld(frozenset(gate.guarded), failing))
    return withheld


def _describe_gate(gate: Gate) -> str:
    described = f"expected at least {gate.k} persons for each combination of {', '.join(gate.fields)}"
    if gate.sensitive:
        described += f", with at least {gate.l} values of {gate.sensitive}"
    return f"{described}, found fewer"


def _withhold(item: Item, page: Page, first: int, withheld: list[_Withheld], fields: tuple[str, ...]) -> Page:
    """The columns asked for, with the withheld cells null; `first` is the place of the page's first row.

    A person's row of which nothing is left has the outcome WITHHELD_GATE.
    """
    columns = tuple(column for column in page.columns if column.name in fields)
    touched = [False] * page.rows
    for gone in withheld:
        rows = [place + first in gone.rows for place in range(page.rows)]
        if True in rows:
            touched = [before or now for before, now in zip(touched, rows, strict=True)]
            columns = tuple(_null_cells(column, rows) if column.name in gone.columns else column for column in columns)
    if True not in touched or not item.subjects:
        return replace(page, columns=columns)
    emptied = [
        gone and outcome is Outcome.FOUND and all(column.values[row] is None for column in columns)
        for row, (gone, outcome) in enumerate(zip(touched, page.outcomes, strict=True))
    ]
    outcomes = [
        Outcome.WITHHELD_GATE if gone else outcome for gone, outcome in zip(emptied, page.outcomes, strict=True)
    ]
    return replace(page, columns=tuple(_not_answered(column, emptied) for column in columns), outcomes=tuple(outcomes))


def _null_cells(column: Column, rows: list[bool]) -> Column:
    """The column without the cells of these rows; a null that was one before keeps its own reason no more.

    Whether a withheld cell held a value is what the gate protects, so all of a row's cells say the same; only a row
    that is not answered stays as it is.
    """
    before = column.reasons or (CellReason.NONE,) * len(rows)
    taken = [gone and reason is not CellReason.NOT_ANSWERED for gone, reason in zip(rows, before, strict=True)]
    return replace(
        column,
        values=tuple([None if gone else cell for cell, gone in zip(column.values, taken, strict=True)]),
        reasons=tuple(
            [CellReason.WITHHELD_GATE if gone else reason for reason, gone in zip(before, taken, strict=True)]
        ),
    )


def _not_answered(column: Column, rows: list[bool]) -> Column:
    if True not in rows:
        return column
    return replace(
        column,
        reasons=tuple(
            [CellReason.NOT_ANSWERED if gone else reason for reason, gone in zip(column.reasons, rows, strict=True)]
        ),
    )
