"""Brings a log on disk to the schema of this release, while no node runs.

1 take the writer's lock; 2 verify the whole log as it is; 3 change it in one transaction, which touches no entry,
tile or checkpoint and fills the index of subjects from the entries; 4 verify the whole log again, and compare
size and root.
A crash before the commit of step 3 leaves the old log, one after it the new log: either is whole.
"""

from __future__ import annotations

import os
import sqlite3
from base64 import b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import orjson

from gateway.audit.entries.references import split
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import ADDED_IN_2, APPLICATION_ID, SCHEMA_VERSION
from gateway.audit.storage.sqlite import take_lock
from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.verification.verify import Verdict, verify_log


def migrate(
    path: Path,
    verifiers: Sequence[NoteVerifier],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[int, Verdict]:
    """Bring a log to the newest schema; return the version that it had, and the verdict on what it is now.

    `progress` is as of `verify_log`, which runs twice. A log that has it already is verified and left as it is.

    Raises:
        StoreInvalid: when there is no log, a node writes it, or it does not hold before or after; before the change
            nothing was touched.
    """
    lock = take_lock(path)
    try:
        found = _version(path)
        before = _held(path, verifiers, progress)
        if found == SCHEMA_VERSION:
            return found, before
        try:
            _change(path)
        except sqlite3.Error as error:
            raise StoreInvalid(f"the change was not made, and the log is as it was: {error}") from error
        after = _held(path, verifiers, progress)
        if (after.size, after.root) != (before.size, before.root):
            raise StoreInvalid(f"expected {before.size} entries as before, found {after.size} or another root")
        return found, after
    finally:
        os.close(lock)


def _held(path: Path, verifiers: Sequence[NoteVerifier], progress: Callable[[int, int], None]) -> Verdict:
    verdict = verify_log(path, verifiers, progress=progress)
    for fault in verdict.faults:
        raise StoreInvalid(f"the log does not hold: {fault.place}: {fault.detail}. Run chuanyu audit verify")
    return verdict


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(os.fspath(path))}?mode=rw", uri=True, isolation_level=None, timeout=0.0)


def _version(path: Path) -> int:
    try:
        with closing(_connect(path)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise StoreInvalid(f"the audit log cannot be opened: {error}. Check the disk and {path}") from error
    if application != APPLICATION_ID or not 0 < version <= SCHEMA_VERSION:
        raise StoreInvalid(f"expected a log of version 1 to {SCHEMA_VERSION}, found {version} of {application}")
    return int(version)


def _change(path: Path) -> None:
    with closing(_connect(path)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in ADDED_IN_2:
            connection.execute(statement)
        connection.executemany("INSERT INTO subject VALUES (?,?)", _subjects(connection))
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")


def _subjects(connection: sqlite3.Connection) -> Iterator[tuple[bytes, int]]:
    """The tokens of all entries; the log was verified, so each entry is one of the schema."""
    for index, octets in connection.execute("SELECT idx, octets FROM entry ORDER BY idx"):
        tokens = b64decode(orjson.loads(octets).get("subject_tokens", ""))
        for token in set(split(tokens)):
            yield token, index
