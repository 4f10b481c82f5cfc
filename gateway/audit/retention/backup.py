"""A backup of a node's directory, taken while the node runs, and what a restore holds it to.

The log is copied in one read transaction by a connection that cannot write, so that no second connection ever carries
the write-ahead log over (ADR 4). The copy is verified before the manifest is written, and the manifest is written last:
a backup without one is none. The witness's own state is left out on purpose: a witness that is set back could cosign
two histories; it begins anew instead.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path, PurePosixPath
from typing import Any, Final

import orjson

from gateway.audit.entries.entry import Phase, decode
from gateway.audit.storage.reader import LogReader
from keys.durable import sync
from keys.files import read_file

FORMAT: Final = "chuanyu backup v1"
MANIFEST: Final = "manifest.json"
LOG: Final = "audit/log.db"
"""The path of the log in a backup, as in a node's directory."""
TOP: Final = frozenset({"node.toml", "quarantine.json", "catalogue", "trust", "audit", "keys", "former"})
"""The parts of a node's directory that may stand in a backup."""
LEFT_OUT: Final = frozenset({"passphrase", "dsn"})
"""Secrets in the clear; a backup has none."""
TWIN: Final = "audit/twin.db"
"""The path of the twin of the log, copied before the log so that it is never ahead of it."""
_STATE: Final = {"audit": ("witness.db", "requests", "log.db", "twin.db"), "keys": ("witness",)}
_MAX_MANIFEST: Final = 16 << 20


class BackupInvalid(Exception):
    """A backup cannot be taken or does not hold; the message says what was expected and found."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A manifest, read. `ended` tells whether the log's last act was the stop of its node, or one after it."""

    origin: str
    created_us: int
    size: int
    root: str
    ended: bool
    with_keys: bool
    files: Mapping[str, tuple[int, str]]


def copy_log(source: Path, target: Path) -> None:
    """Copy a log that a node may be writing, in one read transaction; `target` is durable when this returns.

    Raises:
        BackupInvalid: when it cannot be read.
    """
    address = f"{source.resolve().as_uri()}?mode=ro"
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        with (
            closing(sqlite3.connect(address, uri=True, timeout=10.0)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.execute("PRAGMA query_only = 1")
            reading.backup(writing)
    except sqlite3.Error as error:
        raise BackupInvalid(f"the log cannot be copied: {error}") from error
    sync(target)


def copied_files(places: Mapping[str, Path], *, with_keys: bool) -> Iterator[tuple[PurePosixPath, Path]]:
    """Yield what of a node stands in its backup beside the log: its path in the backup, and the file; in order.

    Args:
        places: where each part lies, by its path in a backup, which is one of `TOP` or within it.
        with_keys: whether the keys stand in it.

    Raises:
        BackupInvalid: a link, or another kind of file, lies among them.
    """
    for top, place in sorted(places.items()):
        if not place.exists() or (PurePosixPath(top).parts[0] == "keys" and not with_keys):
            continue
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                raise BackupInvalid(f"expected files, found a link or another kind: {path}")
            relative = PurePosixPath(top, path.relative_to(place).as_posix())
            if path.is_file() and _belongs(relative):
                yield relative, path


def _belongs(relative: PurePosixPath) -> bool:
    if relative.name in LEFT_OUT or relative.name.startswith("."):
        return False
    inner = relative.parts[1] if len(relative.parts) > 1 else ""
    return not inner.startswith(_STATE.get(relative.parts[0], (".",)))


def write_manifest(place: Path, *, created_us: int, with_keys: bool) -> Backup:
    """Describe a backup whose files are all there; the log in it was verified."""
    with LogReader(place / LOG) as reader:
        size, origin = reader.count(), reader.origin
        root = (reader.entry(size - 1).root or b"").hex() if size else ""
        ended = _is_ended(reader)
    files = {
        path.relative_to(place).as_posix(): (path.stat().st_size, _digest(path))
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }
    made = Backup(origin, created_us, size, root, ended, with_keys, files)
    fields = {
        "created_us": created_us,
        "ended": ended,
        "files": {name: {"bytes": octets, "sha256": digest} for name, (octets, digest) in files.items()},
        "format": FORMAT,
        "origin": origin,
        "root": root,
        "size": size,
        "with_keys": with_keys,
    }
    path = place / MANIFEST
    # The manifest comes last: a backup that was cut short has none and is no backup.
    path.write_bytes(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))
    sync(path)
    sync(place)
    return made


def read_backup(place: Path) -> Backup:
    """Read a backup and hold every file to the manifest; the log itself is verified elsewhere.

    Raises:
        BackupInvalid: it is none, a file is missing, another one is there, or one was changed.
    """
    path = place / MANIFEST
    try:
        octets = read_file(path) if path.stat().st_size <= _MAX_MANIFEST else b""
        fields = orjson.loads(octets)
        made = _parse_manifest(fields)
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise BackupInvalid(f"expected a backup with {MANIFEST}, found none at {place}") from None
    there = {one.relative_to(place).as_posix() for one in place.rglob("*") if not one.is_dir()} - {MANIFEST}
    if strange := there ^ made.files.keys():
        raise BackupInvalid(f"expected the files of the manifest, found another: {sorted(strange)[0]}")
    for name, (size, digest) in made.files.items():
        file = place / name
        if file.is_symlink() or not file.is_file() or file.stat().st_size != size or _digest(file) != digest:
            raise BackupInvalid(f"expected the file {name} as it was, found it changed")
    return made


def _parse_manifest(fields: Any) -> Backup:
    files = {str(name): (int(one["bytes"]), str(one["sha256"])) for name, one in fields["files"].items()}
    for name in files:
        parts = PurePosixPath(name).parts
        if not parts or parts[0] not in TOP or ".." in parts or name != PurePosixPath(name).as_posix():
            raise ValueError(name)
    if fields["format"] != FORMAT or LOG not in files:
        raise ValueError(FORMAT)
    return Backup(
        origin=str(fields["origin"]),
        created_us=int(fields["created_us"]),
        size=int(fields["size"]),
        root=str(fields["root"]),
        ended=bool(fields["ended"]),
        with_keys=bool(fields["with_keys"]),
        files=files,
    )


def place_files(backup: Path, made: Backup, target: Path) -> None:
    """Copy the files of a backup into a new directory, with modes for the node's user alone."""
    for name in made.files:
        path = target / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(backup / name, path)
        path.chmod(0o600)
        sync(path)


def _is_ended(reader: LogReader) -> bool:
    """Whether nothing but acts on the machine was recorded after the last stop of the node."""
    for index in range(reader.count() - 1, -1, -1):
        row = reader.entry(index)
        if row.phase != Phase.ADMIN or not row.octets:
            return False
        action = decode(row.octets).text("action")
        if action == "stop":
            return True
        if action == "start":
            return False
        if action == "node_init":
            return True
    return True


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
