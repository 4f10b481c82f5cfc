"""A platform made of a mapping and a source: the question is checked, asked in pages, answered in shared names.

 1 check the question against the mapping: a known item, its version, its keys, declared fields, bounds
 2 turn each page of subjects into queries for the source: both forms of the number, local codes
 3 ask the source once a page, under the question's deadline
   and hold each record to the number or region that was asked: one of another person or region ends the question
 4 make the page (`adapters.answers`)
A parameter that the code table does not know makes the subject no match: the platform can hold nothing about it.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from adapters.answers import KeyRow, listing_page, subject_page
from adapters.contract import (
    AnswerInvalid,
    AnswerPage,
    Description,
    Health,
    PlatformError,
    PlatformUnavailable,
    Question,
)
from adapters.identity_number import forms, is_same
from adapters.mapping import SUBJECT_KEY, ListingItem, PlatformMapping, Row, SubjectItem

T = TypeVar("T")
MAX_PAGE_ROWS: Final = 10_000
"""Rows of a page at most, as in the wire contract."""
RECORDS_A_SUBJECT: Final = 32
"""Records of one subject at most; a person with more cards than that is a fault of the platform's data."""
HEALTH_SECONDS: Final = 1.5


@dataclass(frozen=True, slots=True, repr=False)
class SubjectQuery:
    """One line of a query to a source: the subject's place in the page, the number, then a value for each pick."""

    place: int
    values: tuple[str, ...]


class Source(Protocol):
    """The origin of raw records: a database or a service. Methods are called concurrently."""

    async def find(
        self, item: SubjectItem, sources: Sequence[str], asked: Sequence[SubjectQuery]
    ) -> list[tuple[int, Row]]:
        """Return the records for all lines, each with its `place`, in one exchange where the platform can."""
        ...

    async def directory(
        self, item: ListingItem, sources: Sequence[str], prefix: str, after: str, limit: int
    ) -> Sequence[Row]:
        """Return at most `limit` records of regions that begin with `prefix`, after the order value `after`."""
        ...

    async def ping(self) -> None:
        """Return if the platform answers; raise PlatformError if not."""
        ...

    async def close(self) -> None:
        """Release connections; idempotent."""
        ...


class MappedPlatform:
    """Implements `contract.Platform` for one mapping and one source."""

    def __init__(self, mapping: PlatformMapping, source: Source) -> None:
        self._mapping = mapping
        self._source = source

    async def describe(self) -> Description:
        """Return what the mapping serves."""
        return self._mapping.description()

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        """Yield the pages of the answer, as the contract says.

        Raises:
            PlatformUnavailable: not reachable, or no answer before the deadline.
            CodeUnmapped, AnswerInvalid: see the contract.
            PlatformError: a question that the platform does not serve.
        """
        deadline = asyncio.get_running_loop().time() + question.deadline_seconds
        item = self._require_known(question)
        rows = _key_rows(question)
        if isinstance(item, ListingItem):
            async for page in self._listing(item, question, rows, deadline):
                yield page
            return
        for start in range(0, len(rows), question.page_rows):
            subjects = rows[start : start + question.page_rows]
            asked = [line for place, row in enumerate(subjects) for line in _build_queries(item, place, row)]
            found: dict[int, list[Row]] = defaultdict(list)
            if asked:
                answer = self._source.find(item, item.sources(question.fields), asked)
                for place, record in await _before(deadline, answer):
                    _require_same_person(item, subjects, place, record)
                    found[place].append(record)
            yield subject_page(item, question.fields, subjects, found)

    async def _listing(
        self, item: ListingItem, question: Question, rows: Sequence[KeyRow], deadline: float
    ) -> AsyncIterator[AnswerPage]:
        if len(rows) != 1:
            raise PlatformError(f"{item.code}: expected one row of parameters, found {len(rows)}")
        prefix = _prefix(rows[0].get(item.key))
        after, limit = "", question.page_rows
        while prefix is not None:
            answer = self._source.directory(item, item.sources(question.fields), prefix, after, limit)
            records = await _before(deadline, answer)
            if len(records) > limit:
                raise AnswerInvalid(f"{item.code}: expected at most {limit} records, found {len(records)}")
            _require_same_region(item, prefix, records)
            if records:
                yield listing_page(item, question.fields, records)
            if len(records) < limit:
                return
            last = records[-1][item.order]
            if not isinstance(last, str) or last <= after:
                raise AnswerInvalid(f"{item.code}: expected records in the order of their numbers, found another")
            after = last

    def _require_known(self, question: Question) -> SubjectItem | ListingItem:
        item = self._mapping.items.get(question.item_code)
        if item is None or item.version != question.item_version:
            raise PlatformError("expected an item and version that the platform serves, found another")
        optional = item.optional if isinstance(item, SubjectItem) else frozenset()
        given = set(question.keys)
        if not set(item.keys) - optional <= given <= set(item.keys):
            raise PlatformError(f"{item.code}: expected the key columns {', '.join(item.keys)}, found others")
        undeclared = len([name for name in question.fields if name not in item.rules])
        if undeclared or len(set(question.fields)) != len(question.fields) or not question.fields:
            raise PlatformError(f"{item.code}: expected declared fields, each once, found {undeclared} undeclared")
        if not 1 <= question.page_rows <= MAX_PAGE_ROWS:
            raise PlatformError(f"expected 1 to {MAX_PAGE_ROWS} rows a page, found {question.page_rows}")
        return item

    async def health(self) -> Health:
        """Return within two seconds whether the source answers."""
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                await self._source.ping()
        except PlatformError as error:
            return Health(False, str(error))
        except TimeoutError:
            return Health(False, f"no answer within {HEALTH_SECONDS} seconds")
        return Health(True, "")

    async def close(self) -> None:
        """Release the source's connections; idempotent."""
        await self._source.close()


def _require_same_person(item: SubjectItem, subjects: Sequence[KeyRow], place: int, record: Row) -> None:
    """Require that a record is of the person who was asked about in that place, whatever the source made of it.

    Raises:
        AnswerInvalid: a place that was not asked, or a record with another number or none.
    """
    asked = subjects[place].get(SUBJECT_KEY) if 0 <= place < len(subjects) else None
    held = record.get(item.returned)
    if not (isinstance(asked, str) and isinstance(held, str) and is_same(asked, held)):
        raise AnswerInvalid(f"{item.code}: expected records of the number that was asked, found one of another or none")


def _require_same_region(item: ListingItem, prefix: str, records: Sequence[Row]) -> None:
    """Require that all records of a directory lie in the region that was asked about, whatever the source made of it.

    Raises:
        AnswerInvalid: a record of another region or of none.
    """
    for record in records:
        held = record.get(item.returned)
        if not (isinstance(held, str) and held.startswith(prefix)):
            raise AnswerInvalid(f"{item.code}: expected records of the region that was asked, found one of another")


async def _before(deadline: float, answer: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout_at(deadline):
            return await answer
    except TimeoutError:
        raise PlatformUnavailable("expected an answer before the deadline, found none") from None


def _key_rows(question: Question) -> list[KeyRow]:
    lengths = {len(values) for values in question.keys.values()}
    if len(lengths) != 1:
        raise PlatformError("expected key columns of one length, found several lengths")
    rows = lengths.pop()
    if not 1 <= rows <= MAX_PAGE_ROWS:
        raise PlatformError(f"expected 1 to {MAX_PAGE_ROWS} rows of keys, found {rows}")
    names = tuple(question.keys)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*question.keys.values(), strict=True)]


def _build_queries(item: SubjectItem, place: int, row: KeyRow) -> list[SubjectQuery]:
    """Return the lines for one subject: two for a number with two forms, none where no record can have such keys."""
    number = row.get(SUBJECT_KEY)
    if not isinstance(number, str) or not number.strip() or not number.isprintable():
        return []
    picked = []
    for pick in item.picks:
        shared = row.get(pick.key)
        local = pick.codes.get(shared) if pick.codes is not None and isinstance(shared, str) else shared
        if not isinstance(local, str) or not local or not local.isprintable():
            return []
        picked.append(local)
    return [SubjectQuery(place, (form, *picked)) for form in forms(number)]


def _prefix(region: object) -> str | None:
    """Return by which digits a region's records begin: two for a province, four for a city, six for a county."""
    if not isinstance(region, str) or not re.fullmatch(r"[0-9]{6}", region, re.ASCII):
        return None
    return region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region
