"""The statements of histories in a bundle (`history/NAME.json`), each under a checkpoint of the bundle's own log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from gateway.audit.review.offline_verifier.half import Half
from gateway.audit.review.offline_verifier.histories import StatementFails, check_statement_lines
from gateway.audit.review.offline_verifier.members import Bundle
from gateway.audit.review.offline_verifier.notes import check_note
from gateway.audit.review.offline_verifier.sayings import Fails

MOST_LINE = 1 << 26
"""Bytes of the longest line of a statement."""


def check_history(bundle: Bundle, half: Half) -> list[dict[str, Any]]:
    """Return what each statement proves; raise Fails for one that does not hold.

    Its checkpoint satisfies the policy by itself, and is that of the bundle or an older one that is proven here: so
    statement and entries are of one log.
    """
    found = []
    for name in sorted(name for name in bundle.names if name.startswith("history/") and name.endswith(".json")):

        def check(octets: bytes, name: str = name) -> tuple[str, int, bytes]:
            note = check_note(octets, half.policy, quorum=True)
            known = half.note if note.size == half.note.size else half.older.get(note.size)
            if known is None or (known.origin, known.root) != (note.origin, note.root):
                zh, en = f"{name} 的检查点不在包中", f"{name}: expected a statement under a checkpoint that is here"
                raise Fails(zh, en)
            return note.origin, note.size, note.root

        try:
            with bundle.open(name) as file:
                proven = check_statement_lines(split_lines(file), check)
            if proven["kind"] == "subject" and not proven["asked"]:
                zh, en = (
                    f"{name} 没有查阅操作的条目",
                    f"{name}: expected the act by which it was asked for",
                )
                raise Fails(zh, en)
            found.append({"file": name, **proven})
        except StatementFails as error:
            raise Fails(f"{name}：{error.zh}", f"{name}: {error}") from error
    return found


def split_lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of a statement, without their newlines."""
    while True:
        line = file.readline(MOST_LINE)
        if not line:
            return
        if not line.endswith(b"\n"):
            raise StatementFails("说明不完整或行过长", "expected whole lines: the statement was cut short")
        yield line[:-1]
