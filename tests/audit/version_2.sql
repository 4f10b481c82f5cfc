-- The tables of an audit log of version 2, with one order of all tokens.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
BEGIN IMMEDIATE;
PRAGMA application_id = 1129922904;
PRAGMA user_version = 2;
CREATE TABLE log (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  origin TEXT NOT NULL,
  created_us INTEGER NOT NULL
) STRICT;
CREATE TABLE entry (
  idx INTEGER PRIMARY KEY,
  leaf_hash BLOB NOT NULL,
  octets BLOB NOT NULL,
  phase TEXT NOT NULL,
  exchange_id TEXT NOT NULL,
  page INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  root BLOB
) STRICT;
CREATE INDEX entry_by_exchange ON entry (exchange_id);
CREATE INDEX entry_by_time ON entry (time_us);
CREATE TABLE tile (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, number)
) STRICT;
CREATE TABLE checkpoint (
  size INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  note BLOB NOT NULL
) STRICT;
CREATE TABLE probe (id INTEGER PRIMARY KEY CHECK (id = 1), filler BLOB NOT NULL) STRICT;
CREATE TABLE subject (
  token BLOB NOT NULL,
  idx INTEGER NOT NULL,
  PRIMARY KEY (token, idx)
) STRICT, WITHOUT ROWID;
CREATE TABLE wrap (
  idx INTEGER PRIMARY KEY,
  epoch TEXT NOT NULL,
  key BLOB NOT NULL
) STRICT;
CREATE TABLE stamp (
  size INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  token BLOB NOT NULL
) STRICT;
INSERT INTO probe VALUES (1, x'');
COMMIT;
