-- What version 3 of an audit log changed in version 2: the index of all tokens is in runs.
PRAGMA user_version = 3;
DROP TABLE subject;
CREATE TABLE subject (
  run INTEGER NOT NULL,
  token BLOB NOT NULL,
  idx INTEGER NOT NULL,
  PRIMARY KEY (run, token, idx)
) STRICT, WITHOUT ROWID;
