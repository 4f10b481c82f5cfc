"""Acts that a command on the node's machine asks the running node to record: a log has one writer.

A request is a file that only the node's user can write, so that whoever can make one could as well stop the node and
write the log; it names what is to be recorded and who asks. The node answers beside it, with the entry's index or with
why not. The command does its act only after the answer: what is not recorded is not done.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from gateway.ground.documents import NumberedDocument
from keys.files import read_file

MAX_BYTES: Final = 4_096
"""Longest request."""
MAX_TURN: Final = 100
"""Requests that are read at a time."""
_NAME: Final = re.compile(r"[0-9a-f]{32}\.request")
_ACTION: Final = re.compile(r"[a-z][a-z_]{1,31}")


class RecordRequestInvalid(Exception):
    """A file is no request, or not of this node's user."""


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """An act to be recorded: its code, what it is done to, and who does it; all texts of at most 512 characters.

    `documents` are those that come into force by it, each as the log names it.
    """

    action: str
    subject: str
    actor: str
    documents: tuple[str, ...] = ()

    def check(self) -> None:
        """Hold it to its form; raises RecordRequestInvalid."""
        self.parse_documents()
        if _ACTION.fullmatch(self.action) is None or not self.actor:
            raise RecordRequestInvalid("expected the code of an act and who does it, found another form")
        if max(len(self.subject), len(self.actor)) > 512:
            raise RecordRequestInvalid("expected at most 512 characters")

    def parse_documents(self) -> tuple[NumberedDocument, ...]:
        """Return its documents; raises RecordRequestInvalid."""
        try:
            return tuple(NumberedDocument.parse(text) for text in self.documents)
        except ValueError as error:
            raise RecordRequestInvalid(str(error)) from error


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """The answer of the node: the index of the entry, or -1 and why nothing was recorded."""

    index: int
    why: str


def encode_request(request: RecordRequest) -> bytes:
    """Return a request as JSON on one line."""
    fields = asdict(request)
    if not request.documents:  # a running node of an earlier release does not know them
        del fields["documents"]
    return orjson.dumps(fields)


def decode_request(octets: bytes) -> RecordRequest:
    """Read a request from JSON; raises RecordRequestInvalid when it is none."""
    try:
        fields = orjson.loads(octets)
    except orjson.JSONDecodeError:
        raise RecordRequestInvalid("expected a JSON object, found another form") from None
    names = ("action", "subject", "actor")
    documents = fields.pop("documents", []) if isinstance(fields, dict) else []
    if (
        not isinstance(fields, dict)
        or set(fields) != set(names)
        or not all(isinstance(fields[name], str) for name in names)
        or not (isinstance(documents, list) and all(isinstance(one, str) for one in documents))
    ):
        raise RecordRequestInvalid("expected action, subject and actor, found another form")
    request = RecordRequest(fields["action"], fields["subject"], fields["actor"], tuple(documents))
    request.parse_documents()
    return request


def put(directory: Path, request: RecordRequest) -> Path:
    """Put a request, whole or not at all; return where its answer will be.

    Raises:
        RecordRequestInvalid: when it has another form.
    """
    request.check()
    directory.mkdir(mode=0o700, exist_ok=True)
    name = os.urandom(16).hex()
    _write(directory / f"{name}.request", encode_request(request))
    return directory / f"{name}.answer"


def list_waiting(directory: Path) -> Iterator[Path]:
    """Yield the requests that wait, at most `MAX_TURN`; none where there is no such directory."""
    if directory.is_dir():
        names = sorted(path for path in directory.iterdir() if _NAME.fullmatch(path.name))
        yield from names[:MAX_TURN]


def read(path: Path) -> RecordRequest:
    """Read a request.

    Raises:
        RecordRequestInvalid: when it is none, or not of this user alone.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o177:
            raise RecordRequestInvalid("expected a file of the node's user with mode 0600, found another")
        octets = file.read(MAX_BYTES + 1)
    if len(octets) > MAX_BYTES:
        raise RecordRequestInvalid(f"expected at most {MAX_BYTES} bytes, found more")
    request = decode_request(octets)
    request.check()
    return request


def answer(path: Path, given: RecordAnswer) -> None:
    """Answer a request, then remove it; in this order, a request that is cut short is read again."""
    _write(path.with_suffix(".answer"), orjson.dumps(asdict(given)))
    # The answer is durable before the request goes: a crash between the two repeats an act, and never loses one.
    path.unlink(missing_ok=True)


def take(path: Path) -> RecordAnswer | None:
    """Take an answer away, if it is there.

    Raises:
        RecordRequestInvalid: the file there is no answer.
    """
    try:
        octets = read_file(path)
    except FileNotFoundError:
        return None
    path.unlink(missing_ok=True)
    try:
        fields = orjson.loads(octets)
        return RecordAnswer(int(fields["index"]), str(fields["why"]))
    except (ValueError, TypeError, KeyError):
        raise RecordRequestInvalid("expected an answer with index and why, found another form") from None


def _write(path: Path, octets: bytes) -> None:
    beside = path.with_suffix(f".{os.urandom(8).hex()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(descriptor)
    beside.replace(path)
