"""Asks a platform for the suite: gathers its pages, times it, and listens for personal values in its errors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adapters.conformance.expectations import ExpectedItem, KeyRow
from adapters.contract import FOUND, AnswerPage, Cell, Platform, PlatformError, Question

SECONDS: Final = 10.0
"""The deadline of a question of the suite."""
LEAST_TELLING: Final = 2
"""A value of one character is not looked for in errors: it would be found in any sentence."""


class PageRagged(Exception):
    """A page has columns or outcomes of several lengths, so it has no rows."""


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """The outcome of a question: pages, or the error; and whether the error's texts show a value of the keys."""

    pages: tuple[AnswerPage, ...]
    error: Exception | None
    telling: bool

    @property
    def fault(self) -> str:
        """Return the kind of the error, or an empty text."""
        return "" if self.error is None else type(self.error).__name__

    def rows(self) -> list[dict[str, Cell]]:
        """Return all rows of all pages."""
        return [
            dict(zip(page.columns, cells, strict=True))
            for page in self.pages
            for cells in zip(*page.columns.values(), strict=True)
        ]

    def outcomes(self) -> list[str]:
        """Return the outcomes of all rows of all pages."""
        return [outcome for page in self.pages for outcome in page.outcomes]

    def filled(self) -> list[str]:
        """Return the fields that hold a value in a row that is not found."""
        rows = zip(self.rows(), self.outcomes(), strict=False)
        return sorted({n for row, said in rows if said != FOUND for n, value in row.items() if value is not None})

    def sizes(self) -> list[int]:
        """Return the number of rows of each page."""
        return [max(map(len, page.columns.values()), default=0) for page in self.pages]


def question(
    item: ExpectedItem,
    rows: Sequence[KeyRow],
    *,
    fields: Sequence[str] | None = None,
    page_rows: int = 500,
    seconds: float = SECONDS,
    version: int | None = None,
) -> Question:
    """Return a question about these key rows, for all fields unless said otherwise."""
    names = [name for name, _ in item.keys if any(name in row for row in rows)]
    return Question(
        item_code=item.code,
        item_version=item.version if version is None else version,
        keys={name: [row.get(name) for row in rows] for name in names},
        fields=tuple(fields if fields is not None else (one.name for one in item.fields)),
        page_rows=page_rows,
        deadline_seconds=seconds,
    )


async def ask(platform: Platform, asked: Question) -> Outcome:
    """Ask and gather the pages; an error is returned, not raised. Gives up after twice the deadline."""
    pages: tuple[AnswerPage, ...] = ()
    answer = platform.fetch(asked)
    try:
        async with asyncio.timeout(asked.deadline_seconds * 2 + 1):
            async for page in answer:
                lengths = {len(values) for values in page.columns.values()}
                if len(lengths) > 1 or len(page.outcomes) not in {0, *lengths}:
                    raise PageRagged("expected columns and outcomes of one length, found several")
                pages += (page,)
    except Exception as error:
        return Outcome(pages, error, shows_key(error, asked))
    finally:
        close = getattr(answer, "aclose", None)
        if close is not None:
            await close()
    return Outcome(pages, None, False)


def is_refused(outcome: Outcome) -> bool:
    """Return whether the question ended in an error of the contract."""
    return isinstance(outcome.error, PlatformError)


def shows_key(error: BaseException, asked: Question) -> bool:
    """Return whether an error, or one that it was raised from, shows a value of the question's keys."""
    values = {
        value
        for column in asked.keys.values()
        for value in column
        if isinstance(value, str) and len(value) >= LEAST_TELLING
    }
    seen: BaseException | None = error
    while seen is not None:
        texts = f"{seen} {seen!r} {' '.join(getattr(seen, '__notes__', ()))}"
        if any(value in texts for value in values):
            return True
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return False
