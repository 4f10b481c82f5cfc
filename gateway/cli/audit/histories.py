"""How a history is taken, checked and kept; the same for a person, an official and a department.

It is checked as it comes, whoever made it: what contradicts itself is refused, and kept where a file was named: it is
evidence. How it is shown, `history_shown` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer

from gateway.audit.review.completeness import History, Question, check_kept, check_reply
from gateway.audit.review.statement import StatementInvalid, split_lines
from gateway.audit.tlog.note import NoteInvalid
from gateway.audit.verification.backing import Backing, judge_checkpoint
from gateway.cli.audit.trusted import Keys, read_keys, read_policy_file
from gateway.cli.calling import Connection, call_node
from gateway.cli.details import put_detail
from gateway.cli.files import create_file
from gateway.cli.screen import Problem
from gateway.ground.item import Label

if TYPE_CHECKING:
    import grpc

CHALLENGE_BYTES: Final = 16
"""Random bytes that the act of a question bears, so that its answer is no older one."""
Out = Annotated[
    Path | None,
    typer.Option(help="查阅说明存入的文件，可随时离线核验。Keep the statement here: audit check-history verifies it."),
]
Known = Annotated[
    list[int] | None,
    typer.Option(
        "--known",
        min=0,
        help="已知属于该对象的条目序号，可重复，须在结果之中。An entry known to be theirs: it must be found.",
    ),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """A history that was checked, with who stands behind its checkpoint, and by which keys."""

    history: History
    backing: Backing
    keys: Keys


ReadKeys = Callable[[str], Keys]
"""Gives the keys by which a log of an origin is judged."""


def prepare_keys(
    vkey: Path | None, witness_key: Sequence[Path] | None, policy: Path | None, directory: Path | None = None
) -> ReadKeys:
    """Return what reads the keys that were given, or those of a directory; raises Problem at once for a wrong file."""
    witness_files = witness_key or []
    read_keys(None, "", vkey, witness_files, None)
    if policy is not None:
        read_policy_file(policy, "")
    return lambda origin: read_keys(directory, origin, vkey, witness_files, policy)


def check_answer(
    parts: Iterable[bytes],
    keys: ReadKeys,
    question: Question | None = None,
    *,
    out: Path | None = None,
    known: Sequence[int] | None = None,
) -> Answer:
    """Check a statement that comes in parts; keep it too, where a file is named.

    Args:
        parts: the octets of the statement; read after `out` was made, so that nothing is asked in vain.
        keys: gives the keys of its log.
        question: what was asked; None for a statement that was kept.
        out: where it is kept. What is refused is kept as well: it is evidence.
        known: entries that must be among the answer.

    Raises:
        Problem: it does not hold (1), or a file cannot be used (2).
    """
    if out is None:
        return _check(parts, keys, question, known, out)
    with create_file(out) as file:
        try:
            return _check(_copy(parts, file), keys, question, known, out)
        except Problem as problem:
            refused = problem
    raise refused


def _check(
    parts: Iterable[bytes],
    keys: ReadKeys,
    question: Question | None,
    known: Sequence[int] | None,
    out: Path | None,
) -> Answer:
    lines = split_lines(parts)
    try:
        history = check_kept(lines) if question is None else check_reply(lines, question)
        held = keys(history.claim.origin)
        backing = judge_checkpoint(history.claim.checkpoint, held.log, held.known, held.trusted)
        _require_known(history, known or ())
    except (StatementInvalid, NoteInvalid) as error:
        raise _describe_refused(error, out) from error
    return Answer(history, backing, held)


def ask_node(
    connection: Connection,
    call: Callable[[grpc.Channel], Iterable[Any]],
    question: Question,
    keys: ReadKeys,
    *,
    out: Path | None,
    known: Sequence[int] | None,
) -> Answer:
    """Ask a running node for a history, and check its answer; raises Problem as `check_answer` and `call_node`."""

    def take(channel: grpc.Channel) -> Answer:
        def parts() -> Iterator[bytes]:
            for one in call(channel):
                yield one.statement

        return check_answer(parts(), keys, question, out=out, known=known)

    return call_node(connection, take)


def _copy(parts: Iterable[bytes], file: BinaryIO) -> Iterator[bytes]:
    for part in parts:
        file.write(part)
        yield part


def _require_known(history: History, known: Sequence[int]) -> None:
    found = {one.index for one in history.found} | set(history.unseen)
    if missing := sorted(set(known) - found):
        raise StatementInvalid(f"the entry {missing[0]} is known to be of whom this is about, and is not among it")


def _describe_refused(error: Exception, out: Path | None) -> Problem:
    kept_zh, kept_en = (f"，已存 {out}", f", kept in {out}") if out is not None else ("", "")
    return Problem(
        Label(f"查阅说明核验不通过：{put_detail(error).zh}{kept_zh}", f"the history does not hold: {error}{kept_en}"),
        Label("与检查点相符的完整说明", "a statement that proves what it says under its checkpoint"),
        Label(
            "不采信其内容；在节点所在机器上运行 chuanyu audit verify，并与见证方核对",
            "rely on nothing in it; run chuanyu audit verify where the log lies, and compare with the witnesses",
        ),
    )
