"""The two errors of masking: a plan that cannot be made, and a value that an operator does not take.

Rule: neither ever holds a value of a record; an operator says what it expected, and in general terms what it found.
"""

from __future__ import annotations


class MaskingError(ValueError):
    """An operator met a value that it cannot make safe. The page is refused; the text holds no personal value."""


class PlanError(ValueError):
    """An item cannot be masked as it stands. `item` and `field` name the place; `field` is empty for the whole item."""

    def __init__(self, item: str, field: str, expected: str, found: str) -> None:
        place = f"{item}.{field}" if field else item
        super().__init__(f"{place}: expected {expected}, found {found}")
        self.item = item
        self.field = field
        self.expected = expected
        self.found = found
