"""Acts that wait for a witness, in one file beside the log: one act a line, each durable before it counts as taken.

Until a witness has confirmed that a log was not rolled back, nothing is added to it. What is done meanwhile, by
reviewers, administrators and the node itself, stands here, also over a stop, and is recorded in order afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.audit.entries.requests import RecordRequestInvalid, parse_documents
from gateway.audit.storage.recovery import StoreInvalid
from gateway.ground.documents import NumberedDocument
from keys.durable import sync
from keys.files import read_file

MAX_BYTES: Final = 64 << 20
"""Longest file that is read."""


_FIRST: Final = frozenset({"action", "subject", "actor"})
_TEXTS: Final = _FIRST | {"caller_fp", "reason_code", "approval"}
_LISTS: Final = frozenset({"documents", "changes"})
_ALL: Final = _TEXTS | _LISTS


@dataclass(frozen=True, slots=True)
class WaitingAct:
    """An act that waits: its code, what it is done to, and by whom, with the certificate's fingerprint over gRPC.

    `documents` are those that come into force by it, each as the log names it; `changes` what a start or a reload
    changes, `reason_code` why an attempt was refused, `approval` the one that it named. An act that needs an approval
    never waits.
    """

    action: str
    subject: str
    actor: str
    documents: tuple[str, ...] = ()
    caller_fp: str = ""
    changes: tuple[str, ...] = ()
    reason_code: str = ""
    approval: str = ""

    def encode(self) -> bytes:
        """Return it as JSON on one line."""
        return orjson.dumps(asdict(self))

    @classmethod
    def decode(cls, octets: bytes) -> WaitingAct:
        """Read it from JSON, also as an earlier release wrote it; raises RecordRequestInvalid when it is none."""
        try:
            fields: Any = orjson.loads(octets)
        except orjson.JSONDecodeError:
            raise RecordRequestInvalid("expected a JSON object, found another form") from None
        if not isinstance(fields, dict) or not _FIRST <= fields.keys() <= _ALL:
            raise RecordRequestInvalid("expected action, subject and actor, found another form")
        texts = {name: fields.get(name, "") for name in _TEXTS}
        lists = {name: fields.get(name, []) for name in _LISTS}
        if not all(isinstance(one, str) for one in texts.values()) or not all(map(_is_list, lists.values())):
            raise RecordRequestInvalid("expected action, subject and actor, found another form")
        act = cls(
            texts["action"],
            texts["subject"],
            texts["actor"],
            tuple(lists["documents"]),
            texts["caller_fp"],
            tuple(lists["changes"]),
            texts["reason_code"],
            texts["approval"],
        )
        act.parse_documents()
        if act.approval and not act.reason_code:
            raise RecordRequestInvalid("expected an approval of a refused attempt alone, found another")
        return act

    def parse_documents(self) -> tuple[NumberedDocument, ...]:
        """Return its documents; raises RecordRequestInvalid."""
        return parse_documents(self.documents)


class WaitingActs:
    """The acts of one node that wait. One process writes them: the one that holds the log's lock."""

    def __init__(self, path: Path, acts: list[WaitingAct], length: int) -> None:
        self._path = path
        self._acts = acts
        self._length = length

    @classmethod
    def open(cls, path: Path) -> WaitingActs:
        """Read what waits; nothing where there is no file. A last line that was cut short was never taken.

        Raises:
            StoreInvalid: the file cannot be read, or a line is no act.
        """
        try:
            octets = read_file(path, MAX_BYTES)
        except FileNotFoundError:
            return cls(path, [], 0)
        except OSError as error:
            raise _describe(path, f"found: {error.strerror}") from error
        length = octets.rfind(b"\n") + 1
        acts = []
        for number, line in enumerate(octets[:length].splitlines(), 1):
            try:
                acts.append(WaitingAct.decode(line))
            except RecordRequestInvalid as error:
                raise _describe(path, f"line {number}: {error}") from error
        return cls(path, acts, length)

    def __len__(self) -> int:
        return len(self._acts)

    def __getitem__(self, place: int) -> WaitingAct:
        return self._acts[place]

    def __iter__(self) -> Iterator[WaitingAct]:
        return iter(self._acts)

    def list_documents(self) -> tuple[NumberedDocument, ...]:
        """Return the documents that come into force by these acts, in order."""
        return tuple(chain.from_iterable(act.parse_documents() for act in self._acts))

    def add(self, act: WaitingAct) -> None:
        """Add an act at the end; it is on disk when this returns. Blocks for as long as the disk takes.

        Raises:
            OSError: it may be there or not, and must not be done.
        """
        line = act.encode() + b"\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            try:
                file.truncate(self._length)  # what a write that failed has left
                file.seek(self._length)
                if file.write(line) != len(line):
                    raise OSError("the disk took a part of the line")
                os.fsync(descriptor)
            except OSError:
                with suppress(OSError):
                    file.truncate(self._length)
                raise
        if not self._length:
            sync(self._path.parent)
        # The point of no return: the act is durable, and will be recorded whether or not it is then done.
        self._length += len(line)
        self._acts.append(act)

    def clear(self) -> None:
        """Remove all acts, once the log has them: a crash before this records them again, and loses none.

        Raises:
            OSError: they are still there.
        """
        self._path.unlink(missing_ok=True)
        sync(self._path.parent)
        self._acts.clear()
        self._length = 0


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _describe(path: Path, found: str) -> StoreInvalid:
    return StoreInvalid(
        f"expected the acts that wait for a witness in {path}, {found}. Put the file back from the newest backup; "
        "where there is none, keep it for the reviewers, move it away, and start"
    )
