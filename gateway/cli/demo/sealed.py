"""The fields that leave encrypted to the asking department, and the places where a value stood in the clear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gateway.cli.ask.open import AnswerOpener
from gateway.cli.screen import Problem
from gateway.ground.evidence import Page
from gateway.ground.item import Item, Kind, Level

ANSWER = "answer"
"""The place of a value that the answer itself shows."""


@dataclass(frozen=True, slots=True)
class SealedField:
    """One encrypted field in the first row of an answer.

    `octets` is the length of the cell as it left; `held` is what the platform holds, `read` what the department read
    with its private key. `clear` names the places where the value stood in the clear: the answer as the asker's
    gateway handed it over, or a file that a node keeps.
    """

    field: str
    octets: int
    held: object
    read: object
    clear: tuple[str, ...]

    @property
    def opened(self) -> bool:
        """Whether the department read what the platform holds."""
        return self.held is not None and self.read == self.held

    @property
    def holds(self) -> bool:
        """Whether the department opened it, and nobody on the way could."""
        return self.opened and not self.clear

    def json(self) -> dict[str, object]:
        """The field as `chuanyu demo --json` prints it; values are left out."""
        return {"field": self.field, "octets": self.octets, "opened": self.opened, "clear": list(self.clear)}


def find_sealed(
    item: Item, page: Page, octets: bytes, opener: AnswerOpener, held: Mapping[str, object]
) -> tuple[SealedField, ...]:
    """Return the fields that the item encrypts; `page` is the answer's first, `octets` are the answer as it arrived."""
    left = {column.name: column for column in page.columns if column.kind is Kind.SEALED and page.rows}
    read = _open_first_row(opener, Page(page.rows, tuple(left.values())))
    found = []
    for field in item.fields:
        if field.level is not Level.ENCRYPT:
            continue
        cell = left[field.name].values[0] if field.name in left else None
        value = held.get(field.name)
        clear = (ANSWER,) if not isinstance(cell, bytes) or str(value).encode() in octets else ()
        found.append(
            SealedField(field.name, len(cell) if isinstance(cell, bytes) else 0, value, read.get(field.name), clear)
        )
    return tuple(found)


def _open_first_row(opener: AnswerOpener, page: Page) -> Mapping[str, object]:
    """Return the first row as the department reads it; nothing where a cell does not open."""
    try:
        return {column.name: column.values[0] for column in opener.open_page(page, 0).columns}
    except Problem:
        return {}


def search_files(fields: tuple[SealedField, ...], files: Iterable[tuple[str, bytes]]) -> tuple[SealedField, ...]:
    """Return the fields with the files that show a value of them; a file is its name and its content."""
    kept = list(files)
    return tuple(
        replace(one, clear=one.clear + tuple(name for name, content in kept if str(one.held).encode() in content))
        for one in fields
    )
