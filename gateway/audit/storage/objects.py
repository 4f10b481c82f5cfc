"""What stands in the database of a log: the tables and indexes of its schema version, nothing other, less or more.

A trigger, a view or an index over a part of a table changes what is stored or found, and no entry tells of it. So the
definitions are compared whole, on SQLite with those that SQLite itself makes of the schema. The statistics that SQLite
keeps for its planner change no answer and are let be.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import TABLES, in_postgres

VERSION_TABLE: Final = "CREATE TABLE version (number BIGINT NOT NULL)"
"""On PostgreSQL a table says of which version the schema is."""
IN_SQLITE: Final = "SELECT type, name, tbl_name || ': ' || coalesce(sql, '') FROM sqlite_schema"
"""Kind, name and definition of all that stands in a file."""
IN_POSTGRES: Final = """WITH ours AS (SELECT c.* FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ?)
SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'i' THEN 'index' WHEN 'v' THEN 'view' ELSE 'relation' END,
  relname::text, CASE relkind WHEN 'i' THEN pg_get_indexdef(ours.oid, 0, true) || (
    SELECT CASE WHEN indisvalid AND indisready AND indislive THEN '' ELSE ' not in use' END
    FROM pg_index WHERE indexrelid = ours.oid) WHEN 'r' THEN (
    SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null'
      ELSE '' END || CASE WHEN atthasdef THEN ' default' ELSE '' END
      || CASE WHEN attcollation <> typcollation THEN ' collation' ELSE '' END, ', ' ORDER BY attnum)
    FROM pg_attribute JOIN pg_type t ON t.oid = atttypid WHERE attrelid = ours.oid AND attnum > 0 AND NOT attisdropped)
    || CASE WHEN relpersistence <> 'p' THEN ' unlogged' ELSE '' END
    || CASE WHEN relrowsecurity THEN ' row security' ELSE '' END ELSE '' END FROM ours
UNION ALL SELECT 'trigger', tgname::text, relname::text FROM pg_trigger JOIN ours ON ours.oid = tgrelid
  WHERE NOT tgisinternal
UNION ALL SELECT 'rule', rulename::text, relname::text FROM pg_rewrite JOIN ours ON ours.oid = ev_class
  WHERE rulename <> '_RETURN'
UNION ALL SELECT 'policy', polname::text, relname::text FROM pg_policy JOIN ours ON ours.oid = polrelid
UNION ALL SELECT 'constraint', conname::text, pg_get_constraintdef(k.oid, true) FROM pg_constraint k
  JOIN ours ON ours.oid = conrelid WHERE contype NOT IN ('n', 'p', 'u')
UNION ALL SELECT 'heir', inhrelid::regclass::text, relname::text FROM pg_inherits JOIN ours ON ours.oid = inhparent
UNION ALL SELECT 'function', proname::text, '' FROM pg_proc
  WHERE pronamespace IN (SELECT relnamespace FROM ours)
UNION ALL SELECT 'object', named.type || ' ' || named.identity, '' FROM pg_depend,
  pg_identify_object(classid, objid, 0) named
  WHERE refclassid = 'pg_namespace'::regclass AND refobjid IN (SELECT relnamespace FROM ours)
  AND classid <> ALL (ARRAY['pg_class', 'pg_proc']::regclass[])"""
"""Kind, name and definition of all that stands in a schema, and of what adds rows to its tables from elsewhere."""
_STATISTICS: Final = {
    "table sqlite_stat1": "sqlite_stat1: CREATE TABLE sqlite_stat1(tbl,idx,stat)",
    "table sqlite_stat4": "sqlite_stat4: CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
}
_TYPES: Final = {"BIGINT": "bigint", "TEXT": "text", "BYTEA": "bytea"}


@dataclass(frozen=True, slots=True)
class Strange:
    """A thing in the database that is not as it must be: kind and name, what is wrong, and at which entry, or -1."""

    name: str
    detail: str
    entry: int = -1


def find_strange(version: int, stored: Iterable[tuple[Any, ...]], *, in_file: bool) -> Strange | None:
    """Return the first thing that is missing, other or too much, in the order of the names; None where all is right.

    Args:
        version: the version of the schema.
        stored: the rows of `IN_SQLITE` or `IN_POSTGRES`.
        in_file: whether they are those of SQLite.
    """
    expected, found = _of_sqlite(version) if in_file else _of_postgres(version), dict[str, str]()
    for kind, name, definition in stored:
        key = f"{kind} {name}"
        if key in found:
            return Strange(key, "stands there twice")
        found[key] = str(definition)
    for key in sorted({*expected, *found}):
        if key not in found:
            return Strange(key, "is missing")
        if key not in expected and _STATISTICS.get(key) != found[key]:
            return Strange(key, f"is none of version {version} of the schema")
        if key in expected and expected[key] != found[key]:
            return Strange(key, f"is another than that of version {version} of the schema")
    return None


def describe_damage(found: str, entry_at: Callable[[int], int]) -> Strange:
    """Return what SQLite's own check of a file found; `entry_at` gives the index of the entry in a row, from 1."""
    text = " ".join(found.split())
    index = re.search(r"\bindex (entry_\w+|sqlite_autoindex_\w+)", text)
    if index is None:
        return Strange("database", f"the file is damaged: {text}. Restore the log from a backup")
    row = re.match(r"row ([0-9]+) missing from index entry_", text)
    detail = f"the index {index[1]} disagrees with its table, and look-ups by it are not to be believed: {text}"
    return Strange(f"index {index[1]}", detail, entry_at(int(row[1])) if row else -1)


def require_nothing_strange(version: int, stored: Iterable[tuple[Any, ...]], *, in_file: bool) -> None:
    """Return if a log may be written in this database; the arguments are those of `find_strange`.

    Raises:
        StoreInvalid: something is missing, other or too much.
    """
    strange = find_strange(version, stored, in_file=in_file)
    if strange is not None:
        raise StoreInvalid(
            f"expected exactly the tables and indexes of version {version}, found: {strange.name} {strange.detail}. "
            "Keep a copy of the database, find out who made the change, have the administrator of the database undo "
            "it, and run chuanyu audit verify before the node is started"
        )


@cache
def _of_sqlite(version: int) -> Mapping[str, str]:
    """What SQLite makes of the schema, with the indexes that it makes by itself."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in TABLES[version]:
            connection.execute(statement)
        return {f"{kind} {name}": str(definition) for kind, name, definition in connection.execute(IN_SQLITE)}


@cache
def _of_postgres(version: int) -> Mapping[str, str]:
    """What PostgreSQL says of the schema, in its own words."""
    made: dict[str, str] = {}
    for statement in (*TABLES[version], VERSION_TABLE):
        index = re.fullmatch(r"CREATE INDEX (\w+) ON (\w+) (.*)", statement)
        if index is not None:
            made[f"index {index[1]}"] = f"CREATE INDEX {index[1]} ON {index[2]} USING btree {index[3]}"
        else:
            made |= _table_in_postgres(in_postgres(statement))
    return made


def _table_in_postgres(statement: str) -> dict[str, str]:
    """A table with its primary key and its constraints."""
    (name, body), *_ = re.findall(r"CREATE TABLE (\w+) \((.*)\)", statement, re.DOTALL)
    made, columns = {}, []
    for line in re.split(r",\s*(?![^(]*\))", body.strip()):
        column, kind, rest = re.findall(r"(\w+) (\w+)(.*)", line)[0]
        if kind == "KEY":
            made[f"index {name}_pkey"] = f"CREATE UNIQUE INDEX {name}_pkey ON {name} USING btree {rest.strip()}"
            continue
        never_null = "NOT NULL" in rest or "PRIMARY KEY" in rest
        columns.append(f"{column} {_TYPES[kind]}" + (" not null" if never_null else ""))
        if "PRIMARY KEY" in rest:
            made[f"index {name}_pkey"] = f"CREATE UNIQUE INDEX {name}_pkey ON {name} USING btree ({column})"
        for condition in re.findall(r"CHECK \(.*\)", rest):
            made[f"constraint {name}_{column}_check"] = condition
    return made | {f"table {name}": ", ".join(columns)}
