"""Holds the page of another gateway to the item by which it was asked for, before it is handed over.

 1 columns   exactly those that were asked for and that leave, in that order, of the kind that the level gives
 2 cells     in the form that the level gives, or for a minor the stricter level; a clear one in its field's own shape
 3 text      no control signs

What was masked has its form from the rules by which our own pages are inspected: a peer that masks otherwise, or not
at all, is found out. Rules: nothing of the page is told, not even where; it is the other side's to find.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.ground.evidence import Column, Grant, Page
from gateway.ground.item import Field, Item, Level
from gateway.ground.refusals import Reason, Refusal
from gateway.ground.shapes import CellShape
from gateway.ground.visible import CONTROL
from gateway.leakguard.columns import Rule, rule_of


class Delivered:
    """The form in which the pages of one item are delivered. Compiled once, never changed afterwards.

    Raises:
        ValueError: the item has a level or a form that is not known.
    """

    __slots__ = ("_code", "_columns")

    def __init__(self, item: Item) -> None:
        self._code = item.code
        self._columns = {field.name: column for field in item.fields if (column := _column(field)) is not None}

    def inspect(self, grant: Grant, page: Page) -> None:
        """Return where the page has the columns and cells that the item lets out.

        Raises:
            Refusal: PEER_ANSWER_INVALID, which names the item alone.
        """
        leaving = [name for name in grant.fields if name in self._columns]
        if [column.name for column in page.columns] != leaving:
            raise self._misfit("expected the columns that were asked for, found others")
        for column in page.columns:
            if len(column.values) != page.rows or not self._columns[column.name].holds(column):
                raise self._misfit("expected cells as the item lets them out, found another")

    def _misfit(self, found: str) -> Refusal:
        return Refusal(Reason.PEER_ANSWER_INVALID, f"{self._code}: {found}")


class _Left:
    """One column as it may leave: by its level, by the level for minors, and in the shape of a clear value."""

    __slots__ = ("_minor", "_rule", "_shape")

    def __init__(self, rule: Rule, minor: Rule | None, shape: CellShape | None) -> None:
        self._rule = rule
        self._minor = minor
        self._shape = shape

    def holds(self, column: Column) -> bool:
        """Tell whether every cell may have left so."""
        if column.kind is not self._rule.kind:
            return False
        text = "".join(cell for cell in column.values if isinstance(cell, str))
        if not text.isprintable() and CONTROL.search(text):
            return False
        if self._by(self._rule, column):
            return True
        if self._minor is None or self._minor.kind is not column.kind:
            return False
        return all(self._by(self._rule, one) or self._minor.may_give(one.values) for one in _singly(column))

    def _by(self, rule: Rule, column: Column) -> bool:
        return rule.may_give(column.values) and (self._shape is None or self._shape.fault(column.values) is None)


def _column(field: Field) -> _Left | None:
    rule = rule_of(field)
    if rule is None:
        return None
    stricter = (field.minor_level, field.minor_params)
    minor = rule_of(replace(field, level=field.minor_level, params=field.minor_params))
    shape = CellShape(field) if field.level is Level.CLEAR else None
    return _Left(rule, minor if stricter != (field.level, field.params) else None, shape)


def _singly(column: Column) -> list[Column]:
    return [replace(column, values=(cell,)) for cell in dict.fromkeys(column.values)]
