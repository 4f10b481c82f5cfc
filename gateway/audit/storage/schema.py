"""The tables of the audit log, version 2; the same on SQLite and PostgreSQL but for the names of the types.

`entry.root` is the root of the tree up to that entry; only the last entry of each transaction has one. `entry.octets`
is the entry as it was hashed; what else the row holds is drawn from it, for look-ups, and `verify` compares. `subject`
is an index of the tokens in the entries. `wrap` has what no entry holds and what may be deleted: the wrapped keys of
the entries' bodies. `stamp` has time stamps of checkpoints (RFC 3161).
"""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = 2
"""The version that is written: `user_version` in SQLite, a row of `version` in PostgreSQL."""
READABLE_VERSIONS: Final = (1, 2)
"""Versions that can be read and verified."""
APPLICATION_ID: Final = 0x43594158
"""`application_id` of the database: the letters CYAX."""
MIN_SQLITE: Final = (3, 37, 0)
"""The first SQLite with strict tables."""
MIN_POSTGRES: Final = 130_000
"""`server_version_num` of the oldest PostgreSQL with which this is tested or kin to what is."""

ADDED_IN_2: Final = (
    """CREATE TABLE subject (
  token BLOB NOT NULL,
  idx INTEGER NOT NULL,
  PRIMARY KEY (token, idx)
) STRICT, WITHOUT ROWID""",
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
"""What version 2 has beyond version 1."""

TABLES: Final = (
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
    *ADDED_IN_2,
)
"""The tables of an empty log; the rows of `log` and `probe` are the creator's."""

DDL: Final = (
    *TABLES,
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {SCHEMA_VERSION}",
)
"""Makes an empty log in SQLite."""


def postgres_tables() -> tuple[str, ...]:
    """Return the statements that make an empty log in PostgreSQL."""
    named = []
    for statement in TABLES:
        plain = statement.replace(" STRICT, WITHOUT ROWID", "").replace(" STRICT", "")
        named.append(plain.replace("BLOB", "BYTEA").replace("INTEGER", "BIGINT"))
    return (*named, "CREATE TABLE version (number BIGINT NOT NULL)")
