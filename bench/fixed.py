"""A platform that answers from memory at once, so that a benchmark measures the gateway and not a database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

from adapters.contract import Cell, Columns, Description, Health, Question
from gateway.catalogue.loader import load_items
from gateway.ground.item import Field, Kind

_CELLS: dict[str, Cell] = {
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
    "social_security_no": "51999919600101001X",
}
ITEMS = Path(__file__).parent / "items"
"""The directory of the benchmark's own item."""


def cell(field: Field) -> Cell:
    """A value that the field may have."""
    if field.codes:
        return field.codes[0]
    return _BY_NAME.get(field.name, _CELLS[field.kind.value]) if field.kind is Kind.STRING else _CELLS[field.kind.value]


class FixedPlatform:
    """Serves every packaged item with the same row for everybody; `rows` for items without subjects."""

    def __init__(self, rows: int = 500) -> None:
        items = [*load_items(), *load_items(ITEMS)]
        self._fields = {item.code: {field.name: cell(field) for field in item.fields} for item in items}
        self._subjects = {item.code: item.subjects for item in items}
        self._rows = rows

    async def describe(self) -> Description:
        """Say nothing of itself: benchmarks do not ask."""
        return Description("fixed", ())

    async def fetch(self, question: Question) -> AsyncIterator[Columns]:
        """Answer at once, page by page."""
        known = self._fields[question.item_code]
        total = len(next(iter(question.keys.values()))) if self._subjects[question.item_code] else self._rows
        for start in range(0, total, question.page_rows):
            rows = min(question.page_rows, total - start)
            yield {name: [known[name]] * rows for name in question.fields}

    async def health(self) -> Health:
        """Always well."""
        return Health(serving=True, detail="")

    async def close(self) -> None:
        """Nothing to close."""
