"""What the monitor remembers of one log, durably: the newest proven checkpoint, how far entries were read, what rang.

Rules: a file is replaced whole and is on disk (`fsync`) before the monitor goes on. It names its log, whose keys must
have signed every note in it, and its number rises with each writing: a record of another log, or one that is older than
the mark beside it, was put there by somebody, and is refused. Everything in it is bounded.

What it holds is public (signed notes, hashes, indexes of acts); whoever can change it can blind this monitor, so it
lies where the followed nodes' administrators cannot reach it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.audit.tlog.cosigned import open_signed
from gateway.audit.tlog.note import Checkpoint, NoteInvalid, NoteVerifier, parse_checkpoint, parse_note
from gateway.audit.tlog.tree import Tree
from gateway.monitor.alarms import RaisedAlarm, WatchAlarm
from keys.durable import sync
from keys.files import read_file

VERSION: Final = 1
MAX_BYTES: Final = 8 << 20
MAX_ACTS: Final = 256
"""Acts that wait to be held to a witness's time; what comes beyond is told, and waits no longer."""
MAX_MARKS: Final = 8_000
"""Times at which the size of the log is remembered: one a day for twenty years."""
MARK_SECONDS: Final = 86_400
MAX_NOTES: Final = 16
"""Notes of witnesses that are not proven to belong to the log yet; one more takes the place of the newest."""


class RecordRefused(Exception):
    """A record cannot be used; the message says what was expected and found, and the next step."""


@dataclass(frozen=True, slots=True)
class SeenAct:
    """An act of retention or destruction: its index, action and subject, and when the monitor first saw it."""

    index: int
    action: str
    subject: str
    seen_s: int


@dataclass(slots=True)
class Waiting:
    """Entries that wait for a witness: since when, and up to which size."""

    since_s: int
    size: int


@dataclass(slots=True)
class LogRecord:
    """All that is remembered of one log. The tree over the entries read is its size and its frontier.

    `note` is the newest checkpoint of the node that was proven to hold all before it; `witnessed` the newest note of
    each witness; `unproven` are notes of witnesses that are still to be found in the log; `answered` says when node
    and witnesses last answered; `grown_s` when the log last grew; `written_s` when this was written; `marks` are times
    with the size seen then.
    """

    origin: str
    note: bytes = b""
    read_size: int = 0
    frontier: tuple[bytes, ...] = ()
    witnessed: dict[str, bytes] = field(default_factory=dict)
    unproven: list[bytes] = field(default_factory=list)
    acts: list[SeenAct] = field(default_factory=list)
    marks: list[tuple[int, int]] = field(default_factory=list)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    grown_s: int = 0
    written_s: int = 0
    raised: tuple[RaisedAlarm, ...] = ()

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What the newest proven note says; None before there is one."""
        return parse_checkpoint(parse_note(self.note).text) if self.note else None

    def move(self, seconds: int) -> None:
        """Move the times from which durations are counted, so that what was counted stays: the clock was stepped."""
        if seconds:
            self.answered = {name: max(time_s + seconds, 0) for name, time_s in self.answered.items()}
            self.grown_s = max(self.grown_s + seconds, 1) if self.grown_s else 0
            for waits in self.waiting.values():
                waits.since_s = max(waits.since_s + seconds, 0)

    def drop_acts(self) -> list[SeenAct]:
        """Let go of the newest acts beyond the bound, and return them: no witness's time will be held against them."""
        beyond = self.acts[MAX_ACTS:]
        del self.acts[MAX_ACTS:]
        return beyond

    def add_unproven(self, note: bytes) -> None:
        """Remember a witness's note until the log was shown to hold it."""
        if note not in self.unproven:
            del self.unproven[MAX_NOTES - 1 :]
            self.unproven.append(note)

    def add_mark(self, now_s: int, size: int) -> None:
        """Remember once a day how many entries there were."""
        if not self.marks or now_s - self.marks[-1][0] >= MARK_SECONDS:
            self.marks.append((now_s, size))
            del self.marks[:-MAX_MARKS]

    def appended_after_s(self, index: int) -> int:
        """Return the latest second after which the entry at an index was appended, as far as marks say; else 0."""
        return max((time_s for time_s, size in self.marks if size <= index), default=0)


class RecordFile:
    """The file of one record of a log with these keys; the number of the last writing is its own."""

    def __init__(self, directory: Path, origin: str, keys: Sequence[NoteVerifier]) -> None:
        name = hashlib.sha256(origin.encode()).hexdigest()[:16]
        self.path = directory / f"{name}.json"
        self._mark = directory / f"{name}.number"
        self._origin = origin
        self._keys = tuple(keys)
        self._number = 0

    def load(self) -> LogRecord:
        """Return what is remembered; a new record where there was none.

        Raises:
            RecordRefused: the file is another log's, holds what its keys never signed, is damaged or too old.
        """
        try:
            marked = int(read_file(self._mark, 64).decode("ascii"))
        except FileNotFoundError:
            marked = 0
        except (OSError, ValueError) as error:
            raise self._refuse("a number", f"{self._mark.name} is unreadable") from error
        try:
            raw = json.loads(read_file(self.path, MAX_BYTES))
        except FileNotFoundError:
            if marked:
                raise self._refuse(f"the record of writing {marked}", "none") from None
            return LogRecord(self._origin)
        except (OSError, ValueError, RecursionError) as error:
            raise self._refuse("a record in JSON", str(error)) from error
        try:
            return self._read(raw, marked)
        except (KeyError, TypeError, ValueError, AttributeError, NoteInvalid) as error:
            raise self._refuse("a record of this release", f"{type(error).__name__}: {error}") from error

    def _read(self, raw: dict[str, Any], marked: int) -> LogRecord:
        if raw["version"] != VERSION:
            raise self._refuse(f"a record of version {VERSION}", f"version {raw['version']!r:.20}")
        if raw["origin"] != self._origin:
            raise self._refuse(f"a record of {self._origin}", "that of another log")
        if raw["number"] < marked:
            raise self._refuse(f"the record of writing {marked} or later", f"that of writing {raw['number']}")
        record = _parse(raw)
        for note in filter(None, (record.note, *record.witnessed.values(), *record.unproven)):
            open_signed(note, self._origin, self._keys)
        self._number = raw["number"]
        return record

    def render(self, record: LogRecord) -> bytes:
        """Return the next writing of a record; `write` it before another is rendered."""
        body = {"version": VERSION, "origin": self._origin, "number": self._number + 1, **_render(record)}
        return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"

    def write(self, octets: bytes) -> None:
        """Make a record durable; raises OSError where that cannot be, and the older one stays."""
        _replace(self.path, octets)
        # The record is there. Its number follows: a crash between the two leaves a record that is newer than its mark.
        self._number += 1
        _replace(self._mark, b"%d" % self._number)

    def _refuse(self, expected: str, found: str) -> RecordRefused:
        return RecordRefused(
            f"{self.path}: expected {expected}, found {found}. "
            "Keep the file, find out who put it there, and begin with a new directory"
        )


@contextmanager
def hold_directory(directory: Path) -> Iterator[None]:
    """Make the directory of the records where it is not there, and keep other monitors out of it.

    Raises:
        RecordRefused: it cannot be written, or another monitor uses it.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(directory / "monitor.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RecordRefused(
            f"{directory}: expected a directory that can be written, found: {error.strerror}"
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RecordRefused(
                f"{directory}: expected a directory of this monitor's own, found another at work"
            ) from None
        yield
    finally:
        os.close(lock)


def _replace(path: Path, octets: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync(path.parent)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def _render(record: LogRecord) -> dict[str, object]:
    return {
        "note": record.note.decode(),
        "read": {"size": record.read_size, "frontier": [b64encode(one).decode() for one in record.frontier]},
        "witnessed": {name: note.decode() for name, note in record.witnessed.items()},
        "unproven": [note.decode() for note in record.unproven],
        "acts": [[act.index, act.action, act.subject, act.seen_s] for act in record.acts],
        "marks": [list(mark) for mark in record.marks],
        "waiting": {name: [one.since_s, one.size] for name, one in record.waiting.items()},
        "answered": record.answered,
        "grown_s": record.grown_s,
        "written_s": record.written_s,
        "raised": [[str(one.alarm), one.subject, one.detail, one.since_s, one.evidence] for one in record.raised],
    }


def _parse(raw: Mapping[str, Any]) -> LogRecord:
    record = LogRecord(
        origin=_text(raw["origin"]),
        note=_text(raw["note"]).encode(),
        read_size=_count(raw["read"]["size"]),
        frontier=tuple(b64decode(_text(one), validate=True) for one in raw["read"]["frontier"]),
        witnessed={_text(name): _text(note).encode() for name, note in raw["witnessed"].items()},
        unproven=[_text(note).encode() for note in raw["unproven"][:MAX_NOTES]],
        acts=[
            SeenAct(_count(index), _text(action), _text(subject), _count(seen_s))
            for index, action, subject, seen_s in raw["acts"][:MAX_ACTS]
        ],
        marks=[(_count(time_s), _count(size)) for time_s, size in raw["marks"][-MAX_MARKS:]],
        waiting={_text(name): Waiting(_count(one[0]), _count(one[1])) for name, one in raw["waiting"].items()},
        answered={_text(name): _count(time_s) for name, time_s in raw["answered"].items()},
        grown_s=_count(raw["grown_s"]),
        written_s=_count(raw["written_s"]),
        raised=tuple(
            RaisedAlarm(WatchAlarm(alarm), _text(subject), _text(detail), _count(since_s), _text(evidence))
            for alarm, subject, detail, since_s, evidence in raw["raised"]
        ),
    )
    if len(record.frontier) != record.read_size.bit_count() or any(len(one) != 32 for one in record.frontier):
        raise ValueError("a frontier that is none of its size")
    last = record.checkpoint
    if last is not None and last.size == record.read_size and Tree(last.size, record.frontier).root() != last.root:
        raise ValueError("a frontier that does not lead to the newest note")
    return record


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise TypeError("expected a number")
    return value
