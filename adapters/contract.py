"""The contract of a platform with its gateway: describe, fetch, health. Standard library only.

Rules for authors: answer in the shared field names and code values of the application item; a local code without a
mapping is an error (`CodeUnmapped`), never passed through; never put a personal value into an error; hold
each record that the platform gives to the number that was asked, for an answer may be doubled or late. The gateway
masks, guards and records everything that an adapter returns, and turns every exception of an adapter into a refusal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

Cell = str | int | bool | date | None
"""One value: decimals are `str` (for example "-12.50"), null is `None`."""

Columns = Mapping[str, Sequence[Cell]]
"""The columns of a page: field name to values, all of one length."""

FOUND = "found"
NO_MATCH = "no_match"
NOT_HELD = "not_held"
NOT_APPLICABLE = "not_applicable"
LATER = "later"
OUTCOMES = (FOUND, NO_MATCH, NOT_HELD, NOT_APPLICABLE, LATER)
"""What a platform says of a person: the record is there; number and keys do not agree, or nobody has the number (one
answer for both, equal to the byte); the person is known and the keys agree, but no such record is held; the item does
not apply to the person; not now, but later. All cells of a row are null unless it is `found`."""

KINDS = ("string", "integer", "boolean", "date", "decimal")
"""The names of the types."""


class PlatformError(Exception):
    """The platform did not answer as it should; the message says what, without any personal value."""


class PlatformUnavailable(PlatformError):
    """The platform cannot be reached, or refuses to work."""


class CodeUnmapped(PlatformError):
    """The platform holds a local code that the mapping does not know. Names the field, never the value."""

    def __init__(self, field: str) -> None:
        super().__init__(f"field {field}: local code without a mapping")
        self.field = field


class AnswerInvalid(PlatformError):
    """The platform answered with something that the mapping cannot read: a missing column, a wrong type, a bad date."""


@dataclass(frozen=True, slots=True)
class ServedField:
    """A field that the platform knows; `kind` is one of KINDS."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class ServedItem:
    """An item that the platform serves, with the key columns that it takes and the fields that it can answer."""

    code: str
    version: int
    keys: tuple[ServedField, ...]
    fields: tuple[ServedField, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """The items that a platform serves."""

    name: str
    items: tuple[ServedItem, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """One question of the gateway to its platform.

    `keys` has one row a subject, or one row of parameters for items without subjects. `deadline_seconds` is what is
    left; the gateway cancels when it has passed. Its `repr` hides the keys.
    """

    item_code: str
    item_version: int
    keys: Columns
    fields: tuple[str, ...]
    page_rows: int
    deadline_seconds: float

    def __repr__(self) -> str:
        return f"<question {self.item_code} v{self.item_version} fields={len(self.fields)}>"


@dataclass(frozen=True, slots=True, repr=False)
class AnswerPage:
    """One page of an answer.

    `outcomes` has one of OUTCOMES a row for an item about cardholders, and nothing for another. `later_at_s` is the
    time from which the rows of the outcome LATER can be asked again, in seconds since 1970-01-01T00:00:00Z; 0 where
    there is none. Its `repr` hides the cells.
    """

    columns: Columns
    outcomes: Sequence[str] = ()
    later_at_s: int = 0

    def __repr__(self) -> str:
        return f"<answer page columns={len(self.columns)} outcomes={len(self.outcomes)}>"


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the platform answers; `detail` says what is wrong, without personal data."""

    serving: bool
    detail: str


class Platform(Protocol):
    """A province's platform, as its gateway sees it. Methods are called concurrently."""

    async def describe(self) -> Description:
        """Return what the platform serves; called at start-up and whenever the catalogue is read again."""
        ...

    def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        """Yield pages of at most `question.page_rows` rows, each with exactly the fields asked for.

        For an item with subjects: one row a subject, in the order of the keys, each with its outcome; all fields null
        unless that is `found`. For an item without: any number of rows, in a stable order; no page when none.

        Raises:
            PlatformError: see its kinds; anything else is treated as a defect of the adapter.
        """
        ...

    async def health(self) -> Health:
        """Return within two seconds whether the platform answers."""
        ...

    async def close(self) -> None:
        """Release connections; idempotent."""
        ...
