-- What version 2 of an audit log added to version 1: an index with one order of all tokens, wrapped keys, time stamps.
PRAGMA user_version = 2;
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
