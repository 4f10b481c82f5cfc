"""Power cuts of a recorded writer: what a disk may hold when the current fails between any two of its system calls.

A real process is recorded by strace: every write, truncation, removal and sync of the database's files, and every
acknowledgement, in their order. `Disk` replays them. What was written and not synced since may be there or not when the
power fails, in any order and in pieces of 512 bytes; so may the entry of a new file in its directory. The shared-memory
file is left out, since SQLite makes it anew.

Not modelled: damage to what was synced, and faults of the file system itself.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.audit.tlog.tree import Tree, leaf_hash

ROOT: Final = Path(__file__).parents[2]
WRITER: Final = Path(__file__).with_name("powercut_writer.py")
SECTOR: Final = 512
"""A disk writes this much whole or not at all."""
TRACED: Final = "openat,pwrite64,write,ftruncate,fdatasync,fsync,unlink,unlinkat,close"
FILES: Final = ("log.db", "log.db-wal")


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes written at an offset of a file."""

    file: str
    offset: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    """A file is cut, or grows by zeros, to a length."""

    file: str
    length: int


@dataclass(frozen=True, slots=True)
class Exists:
    """A file is made (`there`) or removed."""

    file: str
    there: bool


@dataclass(frozen=True, slots=True)
class Sync:
    """A file, or the directory (an empty name), was synced: the call has returned."""

    file: str


@dataclass(frozen=True, slots=True)
class Ack:
    """Somebody was told of an entry: its index and leaf hash."""

    index: int
    leaf: str


Event = Write | Truncate | Exists | Sync | Ack

_CALL = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$")
_QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def record(path: Path, *arguments: str, under: Sequence[str] = ()) -> list[Event]:
    """Run the writer on a log under strace until it ends; return what it did."""
    trace = path.with_name("trace")
    command = [
        "strace",
        "-f",
        "-xx",
        "-s",
        "70000",
        "-e",
        f"trace={TRACED}",
        "-o",
        str(trace),
        *under,
        sys.executable,
        str(WRITER),
    ]
    done = subprocess.run(
        [*command, str(path), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode())
    with trace.open(encoding="ascii") as lines:
        return list(_Parser(path.parent).read(lines))


class _Parser:
    """Reads a trace. A write counts from its beginning, a sync from its end, whatever ran meanwhile."""

    def __init__(self, directory: Path) -> None:
        self._directory = str(directory)
        self._open: dict[int, str] = {}
        self._begun: dict[str, str] = {}

    def read(self, lines: Iterator[str]) -> Iterator[Event]:
        for line in lines:
            found = _CALL.match(line.rstrip("\n"))
            if found is None:
                continue
            thread, resumed, name, rest = found.groups()
            if resumed:
                yield from self._end(resumed, self._begun.pop(thread), rest)
            elif rest.endswith("<unfinished ...>"):
                self._begun[thread] = rest = rest.removesuffix("<unfinished ...>")
                yield from self._begin(name, rest)
            else:
                yield from self._begin(name, rest)
                yield from self._end(name, rest, rest)

    def _begin(self, name: str, rest: str) -> Iterator[Event]:
        if name == "pwrite64":
            file = self._file(rest)
            if file:
                octets = _octets(rest)
                offset = int(rest[rest.index('"', rest.index('"') + 1) :].split(",")[2].split(")", maxsplit=1)[0])
                yield Write(file, offset, octets)
        elif name == "ftruncate":
            file = self._file(rest)
            if file:
                yield Truncate(file, int(rest.split(",")[1].split(")", maxsplit=1)[0]))
        elif name == "write" and rest.startswith("1,"):
            index, leaf = _octets(rest).decode().split()
            yield Ack(int(index), leaf)
        elif name in ("unlink", "unlinkat"):
            file = self._name(_octets(rest).decode())
            if file:
                yield Exists(file, False)

    def _end(self, name: str, begun: str, rest: str) -> Iterator[Event]:
        result = rest.rsplit("= ", 1)[1].split(maxsplit=1)[0]
        if name == "openat" and result.isdigit():
            path = _octets(begun).decode()
            file = self._name(path)
            if path == self._directory:
                self._open[int(result)] = ""
            elif file:
                self._open[int(result)] = file
                if "O_CREAT" in begun:
                    yield Exists(file, True)
        elif name in ("fdatasync", "fsync"):
            number = int(begun.split(")", maxsplit=1)[0].split("<", maxsplit=1)[0].split(maxsplit=1)[0])
            if number in self._open and result == "0":
                yield Sync(self._open[number])
        elif name == "close":
            self._open.pop(int(begun.split(")", maxsplit=1)[0].split("<", maxsplit=1)[0].split(maxsplit=1)[0]), None)

    def _file(self, rest: str) -> str:
        return self._open.get(int(rest.split(",", maxsplit=1)[0]), "")

    def _name(self, path: str) -> str:
        directory, _, name = path.rpartition("/")
        return name if name in FILES and directory == self._directory else ""


def _octets(rest: str) -> bytes:
    found = _QUOTED.search(rest)
    return bytes.fromhex(found.group(1).replace("\\x", "")) if found else b""


@dataclass(eq=False)
class _File:
    content: bytes = b""
    pending: list[Write | Truncate] = field(default_factory=list)


class Disk:
    """The files of a database, and what of them is sure. `lying` is a disk whose syncs do nothing.

    A removed file and a new one of its name are two files; which of them the directory names is sure once it is synced.
    """

    def __init__(self, start: Mapping[str, bytes], *, lying: bool = False) -> None:
        self._sure = {name: _File(content) for name, content in start.items()}
        self._now = dict(self._sure)
        self._entries: list[tuple[str, _File | None]] = []
        self._lying = lying
        self.acknowledged: list[Ack] = []

    def do(self, event: Event) -> None:
        """Let one event happen."""
        if isinstance(event, Ack):
            self.acknowledged.append(event)
        elif isinstance(event, Exists):
            self._name(event)
        elif not isinstance(event, Sync):
            self._now[event.file].pending.append(event)
        elif not self._lying:
            self._settle(event.file)

    def _name(self, event: Exists) -> None:
        if not event.there:
            del self._now[event.file]
            self._entries.append((event.file, None))
        elif event.file not in self._now:
            self._now[event.file] = made = _File()
            self._entries.append((event.file, made))

    def _settle(self, name: str) -> None:
        if name:
            file = self._now[name]
            file.content = _applied(file.content, file.pending)
            file.pending = []
        else:
            self._sure = dict(self._now)
            self._entries = []

    def cut(self, chance: random.Random) -> dict[str, bytes]:
        """Return the files as they may be found after a power cut now."""
        named = {**self._sure, **dict(self._entries[: chance.randint(0, len(self._entries))])}
        there = {name: file for name, file in named.items() if file is not None}
        return {name: _applied(file.content, _survivors(file.pending, chance)) for name, file in there.items()}


def _survivors(pending: Sequence[Write | Truncate], chance: random.Random) -> list[Write | Truncate]:
    """What of the un-synced writes reached the disk: all, none, a beginning, or pieces, in any order."""
    mode = chance.randrange(5)
    if mode == 0:
        return list(pending)
    if mode == 1:
        return []
    if mode == 2:
        return _torn(pending[: chance.randint(0, len(pending))], chance, last_only=True)
    kept = _torn(pending, chance, last_only=False)
    if mode == 4:
        chance.shuffle(kept)
    return kept


def _torn(writes: Sequence[Write | Truncate], chance: random.Random, *, last_only: bool) -> list[Write | Truncate]:
    share = chance.random()
    kept: list[Write | Truncate] = []
    for at, write in enumerate(writes):
        if last_only and at < len(writes) - 1:
            kept.append(write)
        elif isinstance(write, Truncate):
            if chance.random() < share:
                kept.append(write)
        else:
            kept += [piece for piece in _sectors(write) if chance.random() < share]
    return kept


def _sectors(write: Write) -> Iterator[Write]:
    start, end = write.offset, write.offset + len(write.octets)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield Write(write.file, start, write.octets[start - write.offset : stop - write.offset])
        start = stop


def _applied(content: bytes, changes: Sequence[Write | Truncate]) -> bytes:
    if not changes:
        return content
    made = bytearray(content)
    for change in changes:
        end = change.length if isinstance(change, Truncate) else change.offset + len(change.octets)
        if len(made) < end:
            made.extend(bytes(end - len(made)))
        if isinstance(change, Truncate):
            del made[end:]
        else:
            made[change.offset : end] = change.octets
    return bytes(made)


class Found(StrEnum):
    """What a log is after a power cut."""

    WHOLE = "whole"
    LOST = "lost"
    CORRUPT = "corrupt"


def judge(image: Mapping[str, bytes], acknowledged: Sequence[Ack], directory: Path) -> Found:
    """Open the database as it was found; is every acknowledged entry in it, and does it agree with itself?"""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for name, content in image.items():
        (directory / name).write_bytes(content)
    try:
        with closing(sqlite3.connect(f"file:{directory / FILES[0]}?mode=rw", uri=True)) as connection:
            rows = connection.execute("SELECT idx, leaf_hash, octets, root FROM entry ORDER BY idx").fetchall()
            sound = connection.execute("PRAGMA quick_check").fetchall()
    except sqlite3.Error:
        return Found.CORRUPT
    tree = Tree()
    for at, (index, leaf, octets, root) in enumerate(rows):
        if not isinstance(leaf, bytes) or not isinstance(octets, bytes):
            return Found.CORRUPT
        tree.extend([leaf])
        if index != at or leaf_hash(octets) != leaf or (root is not None and root != tree.root()):
            return Found.CORRUPT
    if sound != [("ok",)] or (rows and rows[-1][3] is None):
        return Found.CORRUPT
    there = {(index, leaf.hex()) for index, leaf, _, _ in rows}
    return Found.WHOLE if all((ack.index, ack.leaf) in there for ack in acknowledged) else Found.LOST


@dataclass
class Tally:
    """How many images there were, and what was found in them."""

    images: int = 0
    lost: int = 0
    corrupt: int = 0
    worst: int = 0


def survey(
    start: Mapping[str, bytes], events: Sequence[Event], directory: Path, *, images: int, seed: int, lying: bool = False
) -> Tally:
    """Cut the power so many times, spread over the whole run; judge what is found."""
    chance = random.Random(seed)
    tally = Tally()
    disk = Disk(start, lying=lying)
    for at, event in enumerate(events):
        disk.do(event)
        due = images * (at + 1) // len(events)
        while tally.images < due:
            tally.images += 1
            found = judge(disk.cut(chance), disk.acknowledged, directory)
            tally.lost += found is Found.LOST
            tally.corrupt += found is Found.CORRUPT
    return tally
