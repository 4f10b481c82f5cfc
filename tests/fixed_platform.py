"""A platform that answers from memory at once, the same to everybody: the stand-in of tests and of benchmarks.

It lies here and not in the wheel, since no node may ever run before it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import date
from typing import Final

from adapters.contract import FOUND, AnswerPage, Cell, Description, Health, Question
from gateway.ground.item import Field, Item, Key, Kind

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
    "card_no": "T00000019",
    "bank_code": "99801",
    "transit_card_no": "0000000000019",
    "social_security_no": "51999919600101003X",
}


_KEYS: Final = {"card_no": "T00000001", "bank_account": "9999980000000000000", "region_code": "510100"}


def plausible_cell(field: Field) -> Cell:
    """Return a value that the field may have."""
    if field.codes:
        return field.codes[0]
    if field.kind is Kind.STRING:
        return _BY_NAME.get(field.name, _BY_KIND[field.kind.value])
    return _BY_KIND[field.kind.value]


def plausible_key(key: Key) -> str:
    """Return a text that the key may have."""
    return key.codes[0][0] if key.codes else _KEYS.get(key.name, "TT-20260001")


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

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        """Answer at once, page by page."""
        known = self._fields[question.item_code]
        total = len(next(iter(question.keys.values()))) if self._subjects[question.item_code] else self._rows
        for start in range(0, total, question.page_rows):
            rows = min(question.page_rows, total - start)
            columns = {name: [known[name]] * rows for name in question.fields}
            yield AnswerPage(columns, (FOUND,) * rows if self._subjects[question.item_code] else ())

    async def health(self) -> Health:
        """Say that it answers, always."""
        return Health(serving=True, detail="")

    async def close(self) -> None:
        """Close nothing."""
