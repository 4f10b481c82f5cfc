"""A platform that answers from memory at once, the same to everybody: the stand-in of tests and of benchmarks.

It lies here and not in the wheel, since no node may ever run before it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import date

from adapters.contract import Cell, Columns, Description, Health, Question
from gateway.ground.item import Field, Item, Kind

_BY_KIND: dict[str, Cell] = {
    "string": "T00000019",
    "integer": 120,
    "boolean": True,
    "date": date(1960, 1, 1),
    "decimal": "1234.50",
}
_BY_NAME: dict[str, Cell] = {
    "region_code": "510100",
    "bank_account": "9999980000000000001",
    "name": "王一",
    "social_security_no": "51999919600101003X",
}


def plausible_cell(field: Field) -> Cell:
    """Return a value that the field may have."""
    if field.codes:
        return field.codes[0]
    if field.kind is Kind.STRING:
        return _BY_NAME.get(field.name, _BY_KIND[field.kind.value])
    return _BY_KIND[field.kind.value]


class FixedPlatform:
    """Serves every item with the same row for everybody; `rows` for items without subjects."""

    def __init__(self, items: Iterable[Item], rows: int = 500) -> None:
        known = tuple(items)
        self._fields = {item.code: {field.name: plausible_cell(field) for field in item.fields} for item in known}
        self._subjects = {item.code: item.subjects for item in known}
        self._rows = rows

    async def describe(self) -> Description:
        """Say nothing of itself: nobody asks."""
        return Description("fixed", ())

    async def fetch(self, question: Question) -> AsyncIterator[Columns]:
        """Answer at once, page by page."""
        known = self._fields[question.item_code]
        total = len(next(iter(question.keys.values()))) if self._subjects[question.item_code] else self._rows
        for start in range(0, total, question.page_rows):
            rows = min(question.page_rows, total - start)
            yield {name: [known[name]] * rows for name in question.fields}

    async def health(self) -> Health:
        """Say that it answers, always."""
        return Health(serving=True, detail="")

    async def close(self) -> None:
        """Close nothing."""
