"""The tables of the audit log, version 4; the same on SQLite and PostgreSQL but for the names of the types.

`entry.root` is the root of the tree up to that entry; only the last entry of each transaction has one. `entry.octets`
is the entry as it was hashed; what else the row holds is drawn from it, for look-ups, and `verify` compares. `body`
and `wrap` have what no entry holds but of which it has the digests: its sealed body, and the wrapped key of that, which
may be deleted. `stamp` has time stamps of checkpoints (RFC 3161). `pair_directory` and `pair_page` have the sorted
pairs of sealed segments (see `sealed`), `kind` 0 for a run and 1 for a month, `start` its first entry: all follows from
the entries.
"""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 4
"""The version that is written: `user_version` in SQLite, a row of `version` in PostgreSQL."""
READABLE_VERSIONS: Final = (1, 2, 3, SCHEMA_VERSION)
"""Versions that can be read and verified."""
APPLICATION_ID: Final = 0x43594158
"""`application_id` of the database: the letters CYAX."""
MIN_SQLITE: Final = (3, 37, 0)
"""The first SQLite with strict tables."""
MIN_POSTGRES: Final = 130_000
"""`server_version_num` of the oldest PostgreSQL with which this is tested or kin to what is."""

_SUBJECT_OF_3: Final = """CREATE TABLE subject (
  run INTEGER NOT NULL,
  token BLOB NOT NULL,
  idx INTEGER NOT NULL,
  PRIMARY KEY (run, token, idx)
) STRICT, WITHOUT ROWID"""
"""The index of subjects of version 3 was in runs; it is not read any more."""
_SUBJECT_OF_2: Final = """CREATE TABLE subject (
  token BLOB NOT NULL,
  idx INTEGER NOT NULL,
  PRIMARY KEY (token, idx)
) STRICT, WITHOUT ROWID"""
"""Version 2 had all tokens in one order."""
_SINCE_2: Final = (
    """CREATE TABLE wrap (
  idx INTEGER PRIMARY KEY,
  epoch TEXT NOT NULL,
  key BLOB NOT NULL
) STRICT""",
    """CREATE TABLE stamp (
  size INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  token BLOB NOT NULL
) STRICT""",
)
"""The tables that version 1 lacked, beside any index of subjects."""
_SINCE_4: Final = (
    """CREATE TABLE body (
  idx INTEGER PRIMARY KEY,
  octets BLOB NOT NULL
) STRICT""",
    """CREATE TABLE pair_directory (
  kind INTEGER NOT NULL,
  start INTEGER NOT NULL,
  octets BLOB NOT NULL,
  PRIMARY KEY (kind, start)
) STRICT""",
    """CREATE TABLE pair_page (
  kind INTEGER NOT NULL,
  start INTEGER NOT NULL,
  number INTEGER NOT NULL,
  octets BLOB NOT NULL,
  PRIMARY KEY (kind, start, number)
) STRICT""",
)
"""The tables that version 3 lacked."""

_SINCE_1: Final = (
    """CREATE TABLE log (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  origin TEXT NOT NULL,
  created_us INTEGER NOT NULL
) STRICT""",
    """CREATE TABLE entry (
  idx INTEGER PRIMARY KEY,
  leaf_hash BLOB NOT NULL,
  octets BLOB NOT NULL,
  phase TEXT NOT NULL,
  exchange_id TEXT NOT NULL,
  page INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  root BLOB
) STRICT""",
    "CREATE INDEX entry_by_exchange ON entry (exchange_id)",
    "CREATE INDEX entry_by_time ON entry (time_us)",
    """CREATE TABLE tile (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, number)
) STRICT""",
    """CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  note BLOB NOT NULL
) STRICT""",
    "CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), filler BLOB NOT NULL) STRICT",
)
TABLES: Final = {
    1: _SINCE_1,
    2: (*_SINCE_1, _SUBJECT_OF_2, *_SINCE_2),
    3: (*_SINCE_1, _SUBJECT_OF_3, *_SINCE_2),
    SCHEMA_VERSION: (*_SINCE_1, *_SINCE_2, *_SINCE_4),
}
"""The tables of each version, in the words of SQLite; the rows of `log` and `probe` are the creator's."""


def upgrade(version: int) -> tuple[str, ...]:
    """Return what makes an older version's tables those of the newest; its pairs are sealed by the running node."""
    return ("DROP TABLE subject", *_SINCE_4) if version > 1 else (*_SINCE_2, *_SINCE_4)


def next_step(version: int) -> str:
    """Return what to do with a log of a version that cannot be used as it is."""
    if 0 < version < SCHEMA_VERSION:
        return "Stop the node and run chuanyu audit migrate DIR: nothing is lost"
    return (
        "A newer release wrote this log: run that release" if version > SCHEMA_VERSION else "This is no such audit log"
    )


def in_postgres(statement: str) -> str:
    """Return a statement that makes a table in the words of PostgreSQL."""
    plain = statement.replace(" STRICT, WITHOUT ROWID", "").replace(" STRICT", "")
    return plain.replace("BLOB", "BYTEA").replace("INTEGER", "BIGINT")
