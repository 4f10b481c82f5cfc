"""Asks the platform and issues `RawPage`.

Rules: the adapter is called only for a `Grant`; its exceptions become one family of refusals here; every page is held
to the item's fields, types and codes and to the question's bounds before anything else sees it. An undeclared field,
a missing one, a wrong type, a code outside the item's set: the whole page is refused, never mended.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from typing import Final

from adapters.contract import (
    Cell,
    CodeUnmapped,
    Columns,
    Platform,
    PlatformError,
    PlatformUnavailable,
    Question,
)
from gateway.fetching.breaker import Attempt, Breaker
from gateway.fetching.turn import Overdue, Strayed, let_go, take_turn
from gateway.ground.evidence import Arrival, Column, Grant, Page, RawPage, Value
from gateway.ground.item import Field, Item, Kind
from gateway.ground.refusals import Reason, Refusal
from gateway.ground.visible import CONTROL

_TYPES: Final[Mapping[Kind, type]] = {
    Kind.STRING: str,
    Kind.INTEGER: int,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.DECIMAL: str,
}
FIELD_SETS: Final = 4096
"""Sets of granted fields that are remembered."""
MAX_TEXT: Final = 4096
"""Characters of a text value at most, as in the contract's `Strings`."""
MAX_EMPTY_PAGES: Final = 16
"""Pages without a row that an answer may have: an adapter may end with one, but not go on with them for ever."""
FAIR_SECONDS: Final = 5.0
"""Time in which a platform gives a page. A deadline that allows it less is the asker's affair and no failure of it."""


class Fetching:
    """Calls one platform. `page_rows` bounds a page when the asker does not page, `max_page_rows` every page."""

    def __init__(
        self, platform: Platform, *, page_rows: int, max_page_rows: int, fair_seconds: float = FAIR_SECONDS
    ) -> None:
        self._platform = platform
        self._page_rows = page_rows
        self._max_page_rows = max_page_rows
        self._fair_seconds = fair_seconds
        self._breaker = Breaker()
        self._known: dict[tuple[str, tuple[str, ...]], tuple[Field, ...]] = {}

    @property
    def serving(self) -> bool:
        """Whether the platform answered lately."""
        return self._breaker.closed

    async def fetch(self, arrival: Arrival, grant: Grant) -> AsyncGenerator[RawPage]:
        """Yield the platform's pages, checked; at least one, the last one marked. One without a row is left out.

        Raises:
            Refusal: PLATFORM_UNAVAILABLE, PLATFORM_CODE_UNMAPPED, PLATFORM_ANSWER_INVALID, ANSWER_TOO_LARGE,
                DEADLINE_EXCEEDED.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        attempt = self._breaker.enter(now)
        item, keys = grant.item, arrival.ask.keys
        question = Question(
            item_code=item.code,
            item_version=item.version,
            keys={column.name: _cells(column) for column in keys.columns},
            fields=grant.needed,
            page_rows=min(arrival.page_rows or self._page_rows, self._max_page_rows),
            deadline_seconds=max(0.001, arrival.deadline - now),
        )
        fields = self._fields(grant)
        most = keys.rows if item.subjects else item.max_rows
        total = number = first = 0
        held = _empty(fields)
        try:
            if not arrival.page_rows:
                held = await self._one_page(question, arrival.deadline, fields)
                total = held.rows
                _within(total, most)
            else:
                async with aclosing(self._pages(question, arrival.deadline, fields)) as pages:
                    async for page in pages:
                        total += page.rows
                        _within(total, most)
                        if held.rows:
                            yield RawPage(held, number, first, last=False)
                            number, first = number + 1, first + held.rows
                        held = page
        except Refusal:
            raise
        except Exception as error:
            raise self._refusal(error, item, attempt, loop.time()) from error
        else:
            attempt.succeed()
        finally:
            attempt.end(loop.time())
        if item.subjects and total != keys.rows:
            raise Refusal(Reason.PLATFORM_ANSWER_INVALID, f"{item.code}: expected {keys.rows} rows, found {total}")
        yield RawPage(held, number, first, last=True)

    def _fields(self, grant: Grant) -> tuple[Field, ...]:
        needed = grant.needed
        key = (grant.item_digest, needed)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= FIELD_SETS:
                self._known.clear()
            known = self._known[key] = tuple(grant.item.field(name) for name in needed)
        return known

    async def _one_page(self, question: Question, deadline: float, fields: tuple[Field, ...]) -> Page:
        """The whole answer, which must be one page, under one timer."""
        pages: AsyncIterator[Columns] | None = None
        over = False
        try:
            async with take_turn(deadline):
                pages = self._platform.fetch(question)
                first = await anext(pages, None)
                over = first is None or await anext(pages, None) is None
        finally:
            if pages is not None and not over:
                await let_go(pages)
        if not over:
            raise Refusal(Reason.ANSWER_TOO_LARGE, "expected one page; ask for pages")
        return _checked(first, fields, question.page_rows) if first is not None else _empty(fields)

    async def _pages(self, question: Question, deadline: float, fields: tuple[Field, ...]) -> AsyncGenerator[Page]:
        """The pages with rows, each within the deadline; the adapter is let go when nobody takes more."""
        async with take_turn(deadline):
            pages = self._platform.fetch(question)
        empty = 0
        try:
            while True:
                async with take_turn(deadline):
                    columns = await anext(pages, None)
                if columns is None:
                    return
                page = _checked(columns, fields, question.page_rows)
                if page.rows:
                    yield page
                    continue
                empty += 1
                if empty > MAX_EMPTY_PAGES:
                    raise _misfit(f"expected at most {MAX_EMPTY_PAGES} pages without a row, found more")
        finally:
            await let_go(pages)

    def _refusal(self, error: Exception, item: Item, attempt: Attempt, now: float) -> Refusal:
        match error:
            case CodeUnmapped():
                return Refusal(Reason.PLATFORM_CODE_UNMAPPED, f"{item.code}: field {error.field}")
            case Overdue():
                if error.seconds >= self._fair_seconds:
                    attempt.fail(now)
                return Refusal(Reason.DEADLINE_EXCEEDED, f"{item.code}: the platform took longer than the deadline")
            case PlatformUnavailable() | TimeoutError():
                attempt.fail(now)
                return Refusal(Reason.PLATFORM_UNAVAILABLE, item.code, retry_after=1.0)
            case PlatformError():
                return Refusal(Reason.PLATFORM_ANSWER_INVALID, f"{item.code}: {type(error).__name__}")
            case Strayed():
                attempt.fail(now)
                return Refusal(Reason.PLATFORM_ANSWER_INVALID, f"{item.code}: adapter raised {error}")
            case _:
                attempt.fail(now)
                return Refusal(Reason.PLATFORM_ANSWER_INVALID, f"{item.code}: adapter raised {type(error).__name__}")


def _cells(column: Column) -> Sequence[Cell]:
    return column.values  # type: ignore[return-value]  # keys are never sealed: the catalogue refuses that kind


def _checked(columns: Columns, fields: tuple[Field, ...], page_rows: int) -> Page:
    if len(columns) != len(fields):
        raise _misfit(f"expected {len(fields)} fields, found {len(columns)}")
    rows = -1
    made = []
    for field in fields:
        values = columns.get(field.name)
        if values is None:
            raise _misfit(f"expected the field {field.name}, found none of that name")
        if rows < 0:
            rows = len(values)
        if len(values) != rows:
            raise _misfit(f"field {field.name}: expected {rows} values, found {len(values)}")
        made.append(Column(field.name, field.kind, _typed(field, values)))
    if rows > page_rows:
        raise Refusal(Reason.ANSWER_TOO_LARGE, f"expected at most {page_rows} rows a page, found {rows}")
    return Page(rows, tuple(made))


def _typed(field: Field, values: Sequence[Cell]) -> tuple[Value, ...]:
    cells = tuple(values)
    expected = _TYPES[field.kind]
    if not {expected, type(None)}.issuperset(map(type, cells)):
        raise _misfit(f"field {field.name}: expected {field.kind} values, found another type")
    if expected is str:
        texts = [cell for cell in cells if isinstance(cell, str)]
        if max(map(len, texts), default=0) > MAX_TEXT:
            raise _misfit(f"field {field.name}: expected at most {MAX_TEXT} characters")
        text = "".join(texts)
        if not text.isprintable() and CONTROL.search(text):
            raise _misfit(f"field {field.name}: expected text without control signs, found one")
        if field.codes and not {None, *field.codes}.issuperset(cells):
            raise Refusal(Reason.PLATFORM_CODE_UNMAPPED, f"field {field.name}: value outside the item's codes")
    return cells


def _within(rows: int, most: int) -> None:
    if rows > most:
        raise Refusal(Reason.ANSWER_TOO_LARGE, f"expected at most {most} rows")


def _misfit(detail: str) -> Refusal:
    return Refusal(Reason.PLATFORM_ANSWER_INVALID, detail)


def _empty(fields: tuple[Field, ...]) -> Page:
    return Page(0, tuple(Column(field.name, field.kind, ()) for field in fields))
