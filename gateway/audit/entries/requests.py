"""Acts that a command on the node's machine asks the running node to record: a log has one writer.

A request is a file that only the node's user can write, so that whoever can make one could as well stop the node and
write the log. It says what is to be recorded, never who asks: the node writes `local:` and the number of the file's
owner. It admits the acts that commands ask for and no others, so that no act of a file looks like one of a certificate.
The node answers beside it, with the entry's index or with why not. The command does its act only after the answer: what
is not recorded is not done.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from gateway.ground.documents import NumberedDocument
from keys.files import read_file

MAX_BYTES: Final = 65_536
"""Longest request: an approval with two certificates fits."""
MAX_TURN: Final = 100
"""Requests that are read at a time."""
MAX_APPROVAL: Final = 32_768
"""Characters of an approval."""
_NAME: Final = re.compile(r"[0-9a-f]{32}\.request")
_SHA256: Final = "sha256:[0-9a-f]{64}"

OF_RUNNING: Final[Mapping[str, re.Pattern[str]]] = {
    "accept_bundle": re.compile(rf"[0-9]{{6}} {_SHA256}"),
    "accept_revocations": re.compile(rf"[0-9]{{6}} number:[0-9]{{1,49}} {_SHA256}"),
    "backup": re.compile(r"log|log and keys"),
    "retain": re.compile(rf"[0-9]{{1,19}}-[0-9]{{1,19}} {_SHA256} years:[0-9]{{1,3}}"),
    "shred": re.compile(r"[0-9]{4}-[0-9]{2}"),
    "widen": re.compile(r"years:[0-9]{1,3} withheld:[a-z0-9,-]{0,4200}"),
}
"""The acts that a command may ask of a running node, and what each is done to."""
OF_STOPPED: Final[Mapping[str, re.Pattern[str]]] = {
    **OF_RUNNING,
    "announce_log_keys": re.compile(""),
    "renew_witness": re.compile(r"[0-9]{6}\.chuanyu/witness/[a-z0-9.-]{1,63}"),
    "restore": re.compile(r"size:[0-9]{1,19} root:[0-9a-f]{64}"),
    "rotate_log_keys": re.compile(""),
}
"""Those, and the acts for which a command is the writer of a stopped node's log."""
_WITH_DOCUMENTS: Final = frozenset({"accept_bundle", "accept_revocations"})


class RecordRequestInvalid(Exception):
    """A file is no request, or not of this node's user."""


@dataclass(frozen=True, slots=True)
class RecordRequest:
    """An act to be recorded: its code and what it is done to.

    `documents` are those that come into force by it, each as the log names it. `approval` is the file of two persons'
    approval, for acts that need one; empty for others.
    """

    action: str
    subject: str
    documents: tuple[str, ...] = ()
    approval: str = ""

    def check(self, admitted: Mapping[str, re.Pattern[str]] = OF_STOPPED) -> None:
        """Hold it to the acts that are admitted and to their form; raises RecordRequestInvalid."""
        self.parse_documents()
        form = admitted.get(self.action)
        if form is None:
            raise RecordRequestInvalid(f"expected an act that a command asks for, found {self.action[:32]!r}")
        if form.fullmatch(self.subject) is None:
            raise RecordRequestInvalid(f"expected what {self.action} is done to, found another form")
        if self.documents and self.action not in _WITH_DOCUMENTS:
            raise RecordRequestInvalid(f"expected no documents with {self.action}, found {len(self.documents)}")
        if len(self.approval) > MAX_APPROVAL:
            raise RecordRequestInvalid(f"expected an approval of at most {MAX_APPROVAL} characters, found more")

    def parse_documents(self) -> tuple[NumberedDocument, ...]:
        """Return its documents; raises RecordRequestInvalid."""
        return parse_documents(self.documents)


def parse_documents(texts: tuple[str, ...]) -> tuple[NumberedDocument, ...]:
    """Return documents from their texts; raises RecordRequestInvalid."""
    try:
        return tuple(NumberedDocument.parse(text) for text in texts)
    except ValueError as error:
        raise RecordRequestInvalid(str(error)) from error


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as it was found: what it asks, and the number of the user whose file it is."""

    request: RecordRequest
    owner: int


@dataclass(frozen=True, slots=True)
class RecordAnswer:
    """The answer of the node: the index of the entry, or -1 and why nothing was recorded."""

    index: int
    why: str


def encode_request(request: RecordRequest) -> bytes:
    """Return a request as JSON on one line."""
    return orjson.dumps(asdict(request))


def decode_request(octets: bytes) -> RecordRequest:
    """Read a request from JSON; raises RecordRequestInvalid when it is none."""
    try:
        fields = orjson.loads(octets)
    except orjson.JSONDecodeError:
        raise RecordRequestInvalid("expected a JSON object, found another form") from None
    if isinstance(fields, dict) and "actor" in fields:
        raise RecordRequestInvalid("expected a request of this release, found one of an earlier: it names its actor")
    if (
        not isinstance(fields, dict)
        or set(fields) != {"action", "subject", "documents", "approval"}
        or not all(isinstance(fields[name], str) for name in ("action", "subject", "approval"))
        or not (isinstance(fields["documents"], list) and all(isinstance(one, str) for one in fields["documents"]))
    ):
        raise RecordRequestInvalid("expected action, subject, documents and approval, found another form")
    return RecordRequest(fields["action"], fields["subject"], tuple(fields["documents"]), fields["approval"])


def put(directory: Path, request: RecordRequest) -> Path:
    """Put a request, whole or not at all; return where its answer will be.

    Raises:
        RecordRequestInvalid: when it has another form.
    """
    request.check(OF_RUNNING)
    directory.mkdir(mode=0o700, exist_ok=True)
    name = os.urandom(16).hex()
    _write(directory / f"{name}.request", encode_request(request))
    return directory / f"{name}.answer"


def list_waiting(directory: Path) -> Iterator[Path]:
    """Yield the requests that wait, at most `MAX_TURN`; none where there is no such directory."""
    if directory.is_dir():
        names = sorted(path for path in directory.iterdir() if _NAME.fullmatch(path.name))
        yield from names[:MAX_TURN]


def read(path: Path) -> ReceivedRequest:
    """Read a request.

    Raises:
        RecordRequestInvalid: when it is none that a running node admits, or not of this user alone.
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
    request.check(OF_RUNNING)
    return ReceivedRequest(request, state.st_uid)


def find_owner(path: Path) -> int | None:
    """Return the number of the user whose file lies there, a link or not; None where there is none any more."""
    try:
        return path.lstat().st_uid
    except OSError:
        return None


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
