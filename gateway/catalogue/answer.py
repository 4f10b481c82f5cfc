"""Holds the region codes of an answer to GB/T 2260, on both sides of the border.

A code that was abolished stays in the records, and is one; a code that never was, or is not yet, is none. Of a province
of which this node knows no regions, the form alone is known.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from gateway.catalogue.regions import Regions, Unresolved
from gateway.ground.evidence import Page
from gateway.ground.item import Item, Level
from gateway.ground.refusals import Reason, Refusal

_UNKNOWN: Final = Unresolved.UNKNOWN


def unknown_region(
    item: Item, page: Page, regions: Regions, on: date, altered: frozenset[str] = frozenset()
) -> tuple[str, int] | None:
    """Return field and row of the first cell that is no region on a day; None where all are.

    The cells are the platform's own values, but for those of the fields that are `altered`, which are passed over.
    """
    declared = {field.name for field in item.fields if field.region} - altered
    for column in page.columns:
        if column.name not in declared:
            continue
        for code in dict.fromkeys(column.values):
            if isinstance(code, str) and regions.knows(f"{code[:2]}0000") and regions.resolve(code, on) is _UNKNOWN:
                return column.name, column.values.index(code)
    return None


def hold_fetched(item: Item, page: Page, regions: Regions, on: date) -> None:
    """Return where every region code of a platform's page is one.

    Raises:
        Refusal: PLATFORM_ANSWER_INVALID; field and row are for the node's own log line alone.
    """
    if (found := unknown_region(item, page, regions, on)) is not None:
        raise Refusal(Reason.PLATFORM_ANSWER_INVALID, _no_region(item), cell=f"field {found[0]}, row {found[1]}")


def hold_delivered(item: Item, page: Page, regions: Regions, on: date) -> None:
    """Return where every region code that a peer's page has unaltered is one.

    Raises:
        Refusal: PEER_ANSWER_INVALID, which names the item alone.
    """
    altered = frozenset(field.name for field in item.fields if field.level is not Level.CLEAR)
    if unknown_region(item, page, regions, on, altered) is not None:
        raise Refusal(Reason.PEER_ANSWER_INVALID, _no_region(item))


def _no_region(item: Item) -> str:
    return f"{item.code}: expected codes of GB/T 2260, found another"
