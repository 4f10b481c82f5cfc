"""The port behind which a log lies: what `store` writes through and `reader` reads through, on SQLite and PostgreSQL.

Statements have `?` for parameters and use only what both understand. One connection writes, under a lock that no other
process can have at the same time; readers have their own, which cannot write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from gateway.settings import Settings

Value = int | str | bytes | None
"""A parameter of a statement, or a cell."""

Change = tuple[str, Sequence[Sequence[Value]]]
"""A statement, and the parameters of each run of it."""


@dataclass(frozen=True, slots=True)
class PostgresPlace:
    """A schema in a PostgreSQL database. The file holds one connection URI, and is private: it may hold a password."""

    dsn_file: Path
    schema: str


LogPlace = Path | PostgresPlace
"""The place of a log: an SQLite file, or a schema of PostgreSQL."""


def place_of(settings: Settings) -> LogPlace:
    """Return where a node's log lies."""
    audit = settings.audit
    if audit.store == "postgresql":
        return PostgresPlace(audit.dsn_file, audit.database_schema)
    return settings.log_path


class Database(Protocol):
    """An open log for its only writer. After an error of `transact` nothing but `reopen` and `close` may be called."""

    @property
    def origin(self) -> str:
        """The name of the log."""

    async def fetch(self, sql: str, *parameters: Value) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""

    async def transact(self, changes: Iterable[Change]) -> None:
        """Run changes in one transaction, which is durable when this returns.

        When it raises, all of them may be there, or none.
        """

    def has_version(self, version: int) -> Change:
        """Return the change that says of which version of the schema the log is."""

    async def reopen(self) -> None:
        """Drop the connection, which may be in any state, and open a new one.

        Raises:
            StoreInvalid: what durability rests on does not hold, or it is another log.
        """

    async def close(self) -> None:
        """Close the connection and give up the lock."""


class Cursor(Protocol):
    """The rows of a query."""

    def fetchone(self) -> Any:
        """Return the next row; None when there is none."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Readable(Protocol):
    """A connection that cannot write; belongs to one thread."""

    def execute(self, sql: str, parameters: Sequence[Value] = (), /) -> Cursor:
        """Run a query."""

    def close(self) -> None:
        """Close it."""
