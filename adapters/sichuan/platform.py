"""Builds the stand-in for Sichuan's platform: a database full of synthetic people. For trials, never for service.

    python -m adapters.sichuan.platform --out FILE --seed N --persons 10000         a SQLite file
    python -m adapters.sichuan.platform --dsn postgresql://… --seed N --persons …    an empty PostgreSQL database

One JSON line tells what was made.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.people.population import population
from adapters.sichuan.tables import WIDTHS, TableRow, rows

SCHEMA: Final = Path(__file__).with_name("schema.sql")
NAME: Final = "sichuan"


def build_sqlite(out: Path, *, seed: int, persons: int) -> int:
    """Build the platform as a SQLite file and return the number of rows.

    Raises:
        FileExistsError: there is something at `out`; nothing is overwritten.
        ValueError: as `population` raises it.
    """
    made = _tables(seed, persons)
    out.touch(mode=0o600, exist_ok=False)
    with contextlib.closing(sqlite3.connect(out)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(SCHEMA.read_text(encoding="utf-8"))
        for table, width in WIDTHS.items():
            marks = ", ".join("?" * width)
            connection.executemany(" ".join(("INSERT INTO", f'"{table}"', "VALUES", f"({marks})")), made[table])
        connection.commit()
        connection.execute("PRAGMA optimize")
    return sum(map(len, made.values()))


async def build_postgres(dsn: str, *, seed: int, persons: int) -> int:
    """Build the same tables in an empty PostgreSQL database and return the number of rows. Needs the extra `postgres`.

    Raises:
        asyncpg.PostgresError: the tables exist, or the database refuses.
        ValueError: as `population` raises it.
    """
    import asyncpg

    made = _tables(seed, persons)
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(SCHEMA.read_text(encoding="utf-8"))
            for table, records in made.items():
                await connection.copy_records_to_table(table, records=records)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return sum(map(len, made.values()))


def _tables(seed: int, persons: int) -> dict[str, list[tuple[str | int | None, ...]]]:
    made: dict[str, list[tuple[str | int | None, ...]]] = defaultdict(list)
    row: TableRow
    for row in rows(population(NAME, seed, persons)):
        made[row[0]].append(row[1])
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m adapters.sichuan.platform", description="Build the stand-in.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--out", type=Path, help="the SQLite file to make")
    where.add_argument("--dsn", help="the PostgreSQL database to fill")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--persons", type=int, default=10_000)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.out is not None:
            made = build_sqlite(chosen.out, seed=chosen.seed, persons=chosen.persons)
        else:
            made = asyncio.run(build_postgres(chosen.dsn, seed=chosen.seed, persons=chosen.persons))
    except (ValueError, FileExistsError) as error:
        parser.error(str(error))
    print(json.dumps({"platform": NAME, "persons": chosen.persons, "rows": made, "synthetic": True}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
