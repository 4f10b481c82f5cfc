"""Holds values to the shapes that an item declares: a key's value, and the cells of a field as the platform gives them.

Rules: what is found is told by row, never by value. A null is no matter of a cell's shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from gateway.ground.item import Field, Key, Kind, Label, Range

MAX_TEXT: Final = 4096
"""Characters of a text at most, whatever the item says."""
_ANOTHER: Final = Label("其他形式", "another form")
_GB2260: Final = "[1-9][0-9]{5}"
"""The form of a code of GB/T 2260."""

Cells = Sequence[Any]
Judge = Callable[[Any], bool]


def key_fault(key: Key, value: str | int | date) -> tuple[Label, Label] | None:
    """Return what was expected and what was found where a value has not the key's length, form or range.

    Codes are no part of it, nor is a number's check character.
    """
    if isinstance(value, str) and key.kind is Kind.STRING:
        low, high = key.min_len, key.max_len
        if not low <= len(value) <= high:
            zh, en = (f"{low} 至 {high}", f"{low} to {high}") if low < high else (f"{high}", f"{high}")
            return Label(f"{zh} 个字符", f"{en} characters"), Label(f"{len(value)} 个", f"{len(value)}")
        if key.pattern and not re.fullmatch(key.pattern, value):
            return Label(f"形式为 {key.pattern}", f"the form {key.pattern}"), _ANOTHER
    elif key.range is not None and not in_range(key.range)(value):
        return _spell_range(key.range), Label("范围以外的数", "a number beyond it")
    return None


class CellShape:
    """The shape of one field's cells; compiled once, never changed afterwards."""

    __slots__ = ("_codes", "_fits", "_form", "_longest", "name")

    def __init__(self, field: Field) -> None:
        self.name = field.name
        self._longest = field.max_len or MAX_TEXT
        form = _GB2260 if field.region else field.pattern
        self._form = re.compile(f"(?:{form}\n)*") if form else None
        self._codes = frozenset(field.codes)
        self._fits = in_range(field.range) if field.range is not None else None

    def fault(self, cells: Cells) -> int | None:
        """Return the row of the first cell that has not the shape; None where all have it.

        The cells are of the field's kind.
        """
        if self._codes:
            return None if self._codes.issuperset(set(cells) - {None}) else _first(cells, self._codes.__contains__)
        if self._fits is not None:
            return _first(cells, self._fits)
        texts = [cell for cell in cells if isinstance(cell, str)]
        if max(map(len, texts), default=0) > self._longest:
            return _first(cells, lambda cell: len(cell) <= self._longest)
        if self._form is None or not texts or self._form.fullmatch("\n".join(texts) + "\n"):
            return None
        return _first(cells, lambda cell: self._form is None or self._form.fullmatch(cell + "\n") is not None)


@lru_cache(maxsize=1024)
def in_range(bounds: Range) -> Judge:
    """Return whether a number, or the decimal text of one, lies in the range and has no more decimal places."""
    least = Decimal(bounds.least) if bounds.least else None
    most = Decimal(bounds.most) if bounds.most else None
    places = rf"(\.[0-9]{{1,{bounds.scale}}})?" if bounds.scale else ""
    form = re.compile(rf"-?[0-9]{{1,30}}{places}")

    def fits(cell: Any) -> bool:
        text = str(cell)
        if form.fullmatch(text) is None:
            return False
        number = Decimal(text)
        return (least is None or number >= least) and (most is None or number <= most)

    return fits


def _first(cells: Cells, fits: Judge) -> int | None:
    return next((row for row, cell in enumerate(cells) if cell is not None and not fits(cell)), None)


def _spell_range(bounds: Range) -> Label:
    low, high = bounds.least or "…", bounds.most or "…"
    return Label(f"{low} 至 {high} 的数", f"a number from {low} to {high}")
