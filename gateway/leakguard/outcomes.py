"""Which rows are answered, and why each cell is empty: worked out here from the raw page, not asked of masking.

A row that the platform did not find has nothing but nulls, and so has one of a minor of whom the item says nothing. A
null that says another reason than its own could tell what is held, so each is looked at.
"""

from __future__ import annotations

from typing import Final

from gateway.ground.evidence import CellReason, Column, Page
from gateway.ground.item import OF_MINORS, Item, Outcome
from gateway.leakguard.found import Detector, LeakFound

PAGE: Final = "*"
"""Stands for the name of a column where the whole page is meant."""
Rows = tuple[bool, ...]
"""One truth value a row; empty where it is the same of all: answered, and no minor's."""


def answered_rows(item: Item, raw: Page, masked: Page, minors: Rows, *, withholds_all: bool) -> Rows:
    """Return which rows are answered; `withholds_all` says that no column of the page is shown of a minor.

    Raises:
        LeakFound: the masked page says another outcome of a row, or of none of a directory's; or another time.
    """
    expected = raw.outcomes
    if len(expected) != (raw.rows if item.subjects else 0):
        raise LeakFound(PAGE, Detector.OUTCOME)
    whole = OF_MINORS[item.minors]
    if whole is Outcome.FOUND and withholds_all:
        whole = Outcome.WITHHELD_MINOR
    if whole is not Outcome.FOUND and minors and expected:
        asked = any(key.name == item.age_from and key.subject for key in item.keys)
        hidden = [minor and (asked or said is Outcome.FOUND) for minor, said in zip(minors, expected, strict=True)]
        expected = tuple([whole if hide else said for hide, said in zip(hidden, expected, strict=True)])
    later = raw.later_at_s if Outcome.LATER in expected else 0
    if masked.outcomes != expected or masked.later_at_s != later:
        raise LeakFound(PAGE, Detector.OUTCOME)
    if all(outcome is Outcome.FOUND for outcome in expected):
        return ()
    return tuple([outcome is Outcome.FOUND for outcome in expected])


def require_reasons(column: Column, answered: Rows, hidden: Rows) -> None:
    """Return if each null says its own reason and no value has one; `hidden` are the rows of whom it is withheld.

    Raises:
        LeakFound: a value in a row that is not answered, or another reason.
    """
    if not answered and None not in column.values:
        if column.reasons:
            raise LeakFound(column.name, Detector.OUTCOME)
        return
    rows = len(column.values)
    expected = []
    for value, found, minor in zip(column.values, answered or (True,) * rows, hidden or (False,) * rows, strict=True):
        if value is not None:
            expected.append(CellReason.NONE if found else None)
        elif not found:
            expected.append(CellReason.NOT_ANSWERED)
        else:
            expected.append(CellReason.WITHHELD_MINOR if minor else CellReason.AS_DECLARED)
    if column.reasons != tuple(expected):
        raise LeakFound(column.name, Detector.OUTCOME)
