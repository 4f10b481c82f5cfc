"""The kind of platform that is a relational database: SQLite (`adapters.sqlite`) or PostgreSQL (`adapters.postgres`).

Rules: SQL is built from the mapping file alone, whose identifiers were checked when it was read; every value travels as
a parameter; one query answers a whole page of subjects; the connection can only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from adapters.contract import AnswerInvalid
from adapters.mapped import RECORDS_A_SUBJECT, SubjectQuery
from adapters.mapping import ListingItem, Row, SubjectItem

POOL: Final = 4
"""Connections to one database at most; the platform serves others too."""
STATEMENT_SECONDS: Final = 10.0
"""How long one statement may run, whatever the deadline."""


class Driver(Protocol):
    """A database's own ways: how parameters are marked, how the asked lines become a table, how a query runs."""

    def mark(self, number: int) -> str:
        """Return the mark of the parameter of that number, counted from 1."""
        ...

    def asked_table(self, columns: int) -> str:
        """Return the SELECT that turns the packed lines into a place and `columns` texts."""
        ...

    def pack(self, asked: Sequence[SubjectQuery]) -> tuple[object, ...]:
        """Return the parameters of `asked_table`, in order."""
        ...

    async def rows(self, sql: str, parameters: Sequence[object]) -> Sequence[Sequence[object]]:
        """Run a query; raise PlatformUnavailable, without the database's own words, when it fails."""
        ...

    async def close(self) -> None:
        """Close all connections; idempotent."""
        ...


class SqlSource:
    """A `mapped.Source` over a driver."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def find(
        self, item: SubjectItem, sources: Sequence[str], asked: Sequence[SubjectQuery]
    ) -> list[tuple[int, Row]]:
        """Return the records of all lines, by one query.

        Raises:
            PlatformUnavailable: the database does not answer.
            AnswerInvalid: more than 32 records a line.
        """
        packed = self._driver.pack(asked)
        limit = RECORDS_A_SUBJECT * len(asked)
        sql = subject_query(self._driver, item, sources, len(packed) + 1)
        found = await self._driver.rows(sql, (*packed, limit + 1))
        if len(found) > limit:
            raise AnswerInvalid(f"{item.code}: expected at most {RECORDS_A_SUBJECT} records a subject, found more")
        return [(_place(row[0]), dict(zip(sources, row[1:], strict=True))) for row in found]

    async def directory(
        self, item: ListingItem, sources: Sequence[str], prefix: str, after: str, limit: int
    ) -> Sequence[Row]:
        """Return the next records of a directory, by one query. Raises PlatformUnavailable."""
        sql = listing_query(self._driver, item, sources)
        found = await self._driver.rows(sql, (f"{prefix}%", after, limit))
        return [dict(zip(sources, row, strict=True)) for row in found]

    async def ping(self) -> None:
        """Return if the database answers; raises PlatformUnavailable if not."""
        await self._driver.rows("SELECT 1", ())

    async def close(self) -> None:
        """Close all connections; idempotent."""
        await self._driver.close()


def subject_query(driver: Driver, item: SubjectItem, sources: Sequence[str], limit_mark: int) -> str:
    """Return the query for a page of subjects: what is asked, joined with the records by equality alone."""
    names = ['"i"', *(f'"k{number}"' for number in range(len(item.picks) + 1))]
    matched: dict[str, list[str]] = {item.place: [f'{_quote(item.subject)} = "asked"."k0"']}
    for table, column in item.joins:
        matched[table] = [f"{_quote(f'{table}.{column}')} = {_quote(f'{item.place}.{column}')}"]
    for number, pick in enumerate(item.picks, 1):
        matched[pick.ask.partition(".")[0]].append(f'{_quote(pick.ask)} = "asked"."k{number}"')
    tables = [
        f"{'JOIN' if table == item.place else 'LEFT JOIN'} {_quote(table)} ON {' AND '.join(equals)}"
        for table, equals in matched.items()
    ]
    parts = (
        f'WITH "asked"({", ".join(names)}) AS ({driver.asked_table(len(item.picks) + 1)})',
        "SELECT",
        ", ".join(('"asked"."i"', *map(_quote, sources))),
        'FROM "asked"',
        *tables,
        "LIMIT",
        driver.mark(limit_mark),
    )
    return " ".join(parts)


def listing_query(driver: Driver, item: ListingItem, sources: Sequence[str]) -> str:
    """Return the query for the next records of a directory; parameters: pattern of the region, last order, limit."""
    order = _quote(item.order)
    parts = (
        "SELECT",
        ", ".join(map(_quote, sources)),
        "FROM",
        _quote(item.place),
        "WHERE",
        f"{_quote(item.region)} LIKE {driver.mark(1)} AND {order} > {driver.mark(2)}",
        f"ORDER BY {order} LIMIT {driver.mark(3)}",
    )
    return " ".join(parts)


def _quote(source: str) -> str:
    """Quote `TABLE` or `TABLE.COLUMN`; the mapping holds letters, digits and underscores only."""
    return ".".join(f'"{part}"' for part in source.split("."))


def _place(raw: object) -> int:
    if type(raw) is not int:
        raise AnswerInvalid("expected the place of the subject, found another column")
    return raw
