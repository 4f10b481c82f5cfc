"""What an answer says of each row and of each empty cell: the rules that both gateways hold a page to. Pure.

1 a row of an item about cardholders has one outcome, out of those that its item shows; other items have none
2 a row whose outcome is not `found` has only nulls, and each says that the row is not answered
3 every null has exactly one reason, and a cell with a value has none
4 a field's cells are withheld of minors, or by a gate, only where the item says so
5 a time stands on the page exactly where a row can be asked later
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from gateway.ground.evidence import CellReason, Column, Page
from gateway.ground.item import Item, Level, Outcome

MERGED: Final[Mapping[Outcome, Outcome]] = MappingProxyType(
    {Outcome.NOT_HELD: Outcome.NO_MATCH, Outcome.NOT_APPLICABLE: Outcome.NOT_HELD}
)
"""As what an outcome is shown that its item does not show: each step says less about the person."""


def shown_as(item: Item, outcome: Outcome) -> Outcome | None:
    """Return the outcome as the item shows it; None where it can show it as nothing, so that it must refuse."""
    at: Outcome | None = outcome
    while at is not None and at not in item.outcomes:
        at = MERGED.get(at)
    return at


def count_outcomes(page: Page) -> tuple[str, ...]:
    """Return how many rows have each outcome, as `<outcome>:<number>`, in the order of the outcomes; none left at 0."""
    counted = Counter(page.outcomes)
    return tuple(f"{outcome}:{counted[outcome]}" for outcome in Outcome if outcome in counted)


def faults_of(item: Item, page: Page) -> Iterator[str]:
    """Yield where a page says another thing of its rows and cells than its item allows; names columns, never values."""
    if item.subjects and page.rows and not page.outcomes:
        yield "expected an outcome for each row, found none, as of an older release"
        return
    if len(page.outcomes) != (page.rows if item.subjects else 0):
        yield f"expected {page.rows if item.subjects else 0} outcomes, found {len(page.outcomes)}"
        return
    if not set(item.outcomes).issuperset(page.outcomes):
        yield f"expected outcomes that {item.code} shows, found another"
    if (Outcome.LATER in page.outcomes) != (page.later_at_s > 0):
        yield "expected a time exactly where a row can be asked later"
    for column in page.columns:
        yield from _faults_of_column(item, page, column)


def _faults_of_column(item: Item, page: Page, column: Column) -> Iterator[str]:
    answered = [outcome is Outcome.FOUND for outcome in page.outcomes] or [True] * page.rows
    if not column.reasons:
        if None in column.values or False in answered:
            yield f"column {column.name}: expected a reason for each null, found none"
        return
    if len(column.reasons) != page.rows or len(column.values) != page.rows:
        yield f"column {column.name}: expected {page.rows} reasons, found {len(column.reasons)}"
        return
    allowed = _reasons_of(item, column.name)
    for value, reason, found in zip(column.values, column.reasons, answered, strict=True):
        if (value is None) == (reason is CellReason.NONE):
            yield f"column {column.name}: expected a reason for each null and for nothing else"
            return
        if found == (reason is CellReason.NOT_ANSWERED):
            yield f"column {column.name}: expected not_answered in rows that are not found, and there alone"
            return
        if found and reason not in allowed:
            yield f"column {column.name}: expected reasons that the item gives, found another"
            return


def _reasons_of(item: Item, name: str) -> frozenset[CellReason]:
    field = next((field for field in item.fields if field.name == name), None)
    found = {CellReason.NONE, CellReason.AS_DECLARED}
    if field is not None and field.minor_level is Level.DROP:
        found.add(CellReason.WITHHELD_MINOR)
    if any(name in gate.guarded for gate in item.gates):
        found.add(CellReason.WITHHELD_GATE)
    return frozenset(found)
