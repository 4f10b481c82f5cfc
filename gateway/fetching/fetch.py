"""Asks the platform and issues `RawPage`.

Rules: the adapter is called only for a `Grant`; its exceptions become one family of refusals here; every page is held
to the item's fields, types and codes and to the question's bounds before anything else sees it. An undeclared field,
a missing one, a wrong type, a code outside the item's set, a cell that has not its field's shape, a value in a row that
is not found, a null of a found person for which the field declares no reason: the whole page is refused, never mended.
What the platform says of a person becomes here what the item shows of it (`ground.outcomes`). Field and row of a bad
cell are told in this node's log line alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import date
from itertools import compress
from typing import Final

from adapters.contract import (
    OUTCOMES,
    AnswerPage,
    Cell,
    CodeUnmapped,
    Columns,
    Platform,
    PlatformError,
    PlatformUnavailable,
    Question,
)
from gateway.fetching.breaker import Attempt, Breaker
from gateway.fetching.territory import hold_to_territory
from gateway.fetching.turn import Overdue, Strayed, let_go, take_turn
from gateway.ground.evidence import Arrival, Column, Grant, Page, RawPage, Value
from gateway.ground.item import NO_LABEL, Field, Item, Kind, Outcome
from gateway.ground.outcomes import shown_as
from gateway.ground.refusals import Reason, Refusal
from gateway.ground.shapes import CellShape
from gateway.ground.visible import CONTROL

_TYPES: Final[Mapping[Kind, type]] = {
    Kind.STRING: str,
    Kind.INTEGER: int,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.DECIMAL: str,
}
Shapes = tuple[tuple[Field, CellShape], ...]
"""The fields of an answer with what each holds its cells to."""
FIELD_SETS: Final = 4096
"""Sets of granted fields that are remembered."""
LATEST_S: Final = 253_402_300_799
"""The last second of the year 9999, as in the contract's `Page`."""
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
        self._known: dict[tuple[str, tuple[str, ...]], Shapes] = {}

    @property
    def serving(self) -> bool:
        """Whether the platform answered lately."""
        return self._breaker.closed

    async def fetch(self, arrival: Arrival, grant: Grant) -> AsyncGenerator[RawPage]:
        """Yield the platform's pages, checked; at least one, the last one marked. One without a row is left out.

        Raises:
            Refusal: PLATFORM_UNAVAILABLE, PLATFORM_CODE_UNMAPPED, PLATFORM_ANSWER_INVALID, ANSWER_TOO_LARGE,
                DEADLINE_EXCEEDED, AGREEMENT_NOT_COVERED.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        attempt = self._breaker.enter(now)
        item, keys = grant.item, arrival.ask.keys
        question = Question(
            item_code=item.code,
            item_version=item.version,
            keys={column.name: _cells(column) for column in keys.columns},
            fields=grant.fetched,
            page_rows=min(arrival.page_rows or self._page_rows, self._max_page_rows),
            deadline_seconds=max(0.001, arrival.deadline - now),
        )
        fields = self._fields(grant)
        most = keys.rows if item.subjects else grant.max_rows
        total = number = first = 0
        held = hold_to_territory(_empty(fields), grant)
        try:
            if not arrival.page_rows:
                held = hold_to_territory(await self._one_page(question, arrival.deadline, item, fields), grant)
                total = held.rows
                _within(total, most)
            else:
                async with aclosing(self._pages(question, arrival.deadline, item, fields)) as pages:
                    async for page in pages:
                        total += page.rows
                        _within(total, most)
                        if held.rows:
                            yield RawPage(held, number, first, last=False)
                            number, first = number + 1, first + held.rows
                        held = hold_to_territory(page, grant)
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

    def _fields(self, grant: Grant) -> Shapes:
        fetched = grant.fetched
        key = (grant.item_digest, fetched)
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= FIELD_SETS:
                self._known.clear()
            known = self._known[key] = tuple((field, CellShape(field)) for field in map(grant.item.field, fetched))
        return known

    async def _one_page(self, question: Question, deadline: float, item: Item, fields: Shapes) -> Page:
        """The whole answer, which must be one page, under one timer."""
        pages: AsyncIterator[AnswerPage] | None = None
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
        return _checked(first, item, fields, question.page_rows) if first is not None else _empty(fields)

    async def _pages(self, question: Question, deadline: float, item: Item, fields: Shapes) -> AsyncGenerator[Page]:
        """The pages with rows, each within the deadline; the adapter is let go when nobody takes more."""
        async with take_turn(deadline):
            pages = self._platform.fetch(question)
        empty = 0
        try:
            while True:
                async with take_turn(deadline):
                    answer = await anext(pages, None)
                if answer is None:
                    return
                page = _checked(answer, item, fields, question.page_rows)
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


def _checked(answer: AnswerPage, item: Item, fields: Shapes, page_rows: int) -> Page:
    if type(answer) is not AnswerPage:
        raise _misfit("expected an answer page, found another type")
    columns: Columns = answer.columns
    if len(columns) != len(fields):
        raise _misfit(f"expected {len(fields)} fields, found {len(columns)}")
    rows = -1
    made = []
    for field, shape in fields:
        values = columns.get(field.name)
        if values is None:
            raise _misfit(f"expected the field {field.name}, found none of that name")
        if rows < 0:
            rows = len(values)
        if len(values) != rows:
            raise _misfit(f"field {field.name}: expected {rows} values, found {len(values)}")
        made.append(Column(field.name, field.kind, _shaped(field, shape, values)))
    if rows > page_rows:
        raise Refusal(Reason.ANSWER_TOO_LARGE, f"expected at most {page_rows} rows a page, found {rows}")
    outcomes, later_at_s = _shown(answer, item, rows)
    _require_reasons([field for field, _ in fields], made, outcomes)
    if outcomes.count(Outcome.FOUND) != len(outcomes):
        _require_nulls(made, outcomes)
    return Page(rows, tuple(made), outcomes, later_at_s)


def _shown(answer: AnswerPage, item: Item, rows: int) -> tuple[tuple[Outcome, ...], int]:
    """The outcomes as the item shows them, and from when on those that are `later` can be asked again."""
    said, later_at_s = tuple(answer.outcomes), answer.later_at_s
    if len(said) != (rows if item.subjects else 0):
        raise _misfit(f"expected {rows if item.subjects else 0} outcomes, found {len(said)}")
    known: dict[str, Outcome] = {}
    for name in set(said):
        if name not in OUTCOMES:
            raise _misfit("expected outcomes that a platform may say, found another")
        shown = shown_as(item, Outcome(name))
        if shown is None:  # that a platform cannot say now must not read as anything else
            raise Refusal(Reason.PLATFORM_UNAVAILABLE, f"{item.code}: the platform cannot say now", retry_after=1.0)
        known[name] = shown
    later = Outcome.LATER in known.values()
    if type(later_at_s) is not int or not (0 < later_at_s <= LATEST_S if later else later_at_s == 0):
        raise _misfit("expected a time exactly where a row can be asked later")
    return tuple([known[name] for name in said]), later_at_s


def _require_nulls(columns: list[Column], outcomes: tuple[Outcome, ...]) -> None:
    empty = [outcome is not Outcome.FOUND for outcome in outcomes]
    for column in columns:
        if any(value is not None for value in compress(column.values, empty)):
            raise _misfit(f"field {column.name}: expected null in a row that is not found, found a value")


def _shaped(field: Field, shape: CellShape, values: Sequence[Cell]) -> tuple[Value, ...]:
    cells = tuple(values)
    expected = _TYPES[field.kind]
    if not {expected, type(None)}.issuperset(map(type, cells)):
        raise _misfit(f"field {field.name}: expected {field.kind} values, found another type")
    if expected is str:
        text = "".join(cell for cell in cells if isinstance(cell, str))
        if not text.isprintable() and CONTROL.search(text):
            raise _misfit(f"field {field.name}: expected text without control signs, found one")
    if (row := shape.fault(cells)) is not None:
        reason = Reason.PLATFORM_CODE_UNMAPPED if field.codes else Reason.PLATFORM_ANSWER_INVALID
        raise Refusal(reason, "a cell that has not the shape of its field", cell=_name_cell(field, row))
    return cells


def _require_reasons(fields: Sequence[Field], columns: Sequence[Column], outcomes: tuple[Outcome, ...]) -> None:
    """Return where each null of a row that is found, or of a directory's, has the reason that its field declares.

    Raises:
        Refusal: PLATFORM_ANSWER_INVALID.
    """
    for field, column in zip(fields, columns, strict=True):
        if field.null_when != NO_LABEL or None not in column.values:
            continue
        for row, cell in enumerate(column.values):
            if cell is None and (not outcomes or outcomes[row] is Outcome.FOUND):
                raise Refusal(
                    Reason.PLATFORM_ANSWER_INVALID,
                    "a null for which its field declares no reason",
                    cell=_name_cell(field, row),
                )


def _name_cell(field: Field, row: int) -> str:
    return f"field {field.name}, row {row}"


def _within(rows: int, most: int) -> None:
    if rows > most:
        raise Refusal(Reason.ANSWER_TOO_LARGE, f"expected at most {most} rows")


def _misfit(detail: str) -> Refusal:
    return Refusal(Reason.PLATFORM_ANSWER_INVALID, detail)


def _empty(fields: Shapes) -> Page:
    return Page(0, tuple(Column(field.name, field.kind, ()) for field, _ in fields))
