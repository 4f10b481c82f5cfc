"""`chuanyu audit named` and `audit check-history`: histories without a node, from a log on disk or from a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.audit.review.history import (
    Asked,
    HistoryTooLong,
    ask_department,
    find_retention,
    plan_history,
    write_statement,
)
from gateway.audit.review.review_keys import months_between
from gateway.audit.review.whole import WholeLog
from gateway.audit.storage.sealed import list_segments, prove
from gateway.audit.tlog.note import NoteInvalid
from gateway.audit.tlog.pairs import Kind
from gateway.audit.verification.witnessed import choose_covering
from gateway.cli.audit import window
from gateway.cli.audit.histories import Known, Out, check_answer, prepare_keys
from gateway.cli.audit.history_shown import finish
from gateway.cli.audit.log import Directory, Key, describe_altered_log, describe_not_yet
from gateway.cli.audit.nobody import describe_nobody, list_departments
from gateway.cli.audit.person import FirstMonth, LastMonth
from gateway.cli.audit.trusted import Keys, PolicyFile, WitnessKeys, require_own_keys
from gateway.cli.audit.whole import ArchivesDirectory, open_whole
from gateway.cli.details import put_detail
from gateway.cli.files import describe_error
from gateway.cli.screen import AsJson, Problem
from gateway.ground.item import Label
from gateway.ground.os_errors import describe_os_error

PIECE: Final = 1 << 20
"""Bytes of a kept statement that are read at a time."""
_REFERENCE: Final = re.compile(r"[0-9a-f]{32}")


def named(
    directory: Directory,
    since: FirstMonth,
    until: LastMonth,
    department: Annotated[str, typer.Option(help="需求部门编码。The asking department's code.")] = "",
    operator_ref: Annotated[
        str,
        typer.Option(
            "--operator-reference",
            help="经办人在该月的代称（32 位十六进制），见其条目。The official's reference of the month, from an entry.",
        ),
    ] = "",
    archives: ArchivesDirectory = None,
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    known: Known = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """列出磁盘上的日志中某部门或某经办人的全部条目，并证明即为全部。
    All entries of a log on disk that name a department or an official, with the proof that this is all.
    """
    window.require_months(since, until)
    asked = _read_asked(months_between(since, until), department, operator_ref)
    read = prepare_keys(vkey, witness_key, policy, directory)
    with open_whole(directory, archives) as log:
        lines = _state(log, asked, read(log.origin))
        answer = check_answer((part for line in lines for part in (line, b"\n")), read, out=out, known=known)
        beyond = log.size - answer.history.checkpoint.size
        nobody = describe_nobody(answer.history)
        if nobody is not None and department:
            nobody = describe_nobody(answer.history, list_departments(log))
    finish(answer, beyond=beyond, nobody=nobody, own_reference=True, as_json=as_json)


def check_history(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="存下的查阅说明。A statement that was kept: --out.")],
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    known: Known = None,
    as_json: AsJson = False,
) -> None:
    """用他处取得的公钥核验存下的查阅说明：其中即为全部。
    Check a history that was kept: that it is all there is, by keys from elsewhere.
    """
    keys = prepare_keys(vkey, witness_key, policy)
    answer = check_answer(_read_pieces(path), keys, known=known)
    finish(answer, nobody=describe_nobody(answer.history), as_json=as_json)


def _read_asked(months: list[str], department: str, reference: str) -> Asked:
    if bool(department) == bool(reference) or (reference and not _REFERENCE.fullmatch(reference)):
        raise Problem(
            Label("部门与经办人代称未给出、都给出，或代称形式不对", "neither, both, or a reference of another form"),
            Label(
                "--department，或 32 位十六进制的 --operator-reference",
                "--department, or --operator-reference with 32 hex digits",
            ),
            Label("给出其中之一", "give one of them"),
            exit_code=2,
        )
    if department:
        return ask_department(department, months)
    return Asked(Kind.OPERATOR, dict.fromkeys(months, bytes.fromhex(reference)))


def _state(log: WholeLog, asked: Asked, keys: Keys) -> Iterator[bytes]:
    """Return the lines of a statement, under the newest kept checkpoint over its acts that is cosigned if one is."""
    segments = list_segments(log.reader)
    retained = find_retention(log.reader, log.pruned) if log.pruned else 0
    last = max(segments[-1].act if segments else log.pruned, retained)
    try:
        chosen = choose_covering(log.reader, last, keys.log, keys.known, keys.trusted.accept)
    except NoteInvalid as error:
        require_own_keys(log.reader, keys.log)
        detail = put_detail(error)
        raise describe_altered_log(f"检查点核验不通过：{detail.zh}", f"a checkpoint does not hold: {error}") from error
    if chosen is None:
        raise describe_not_yet(
            Label("没有覆盖全部封存段与归档记录的检查点", "no checkpoint over all seals and acts of retention"),
            Label("至少一个检查点", "at least one checkpoint"),
        )
    try:
        plan = plan_history(log, asked, chosen.note, segments, prove)
    except HistoryTooLong as error:
        raise describe_error(
            error, Label("较少的条目", "fewer entries"), Label("缩短月份范围", "ask for fewer months"), exit_code=2
        ) from error
    return write_statement(log, plan)


def _read_pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        why = describe_os_error(error)
        raise Problem(
            Label(f"{path}：{why.zh}", f"{path}: {why.en}"),
            Label("可读的查阅说明文件", "a readable file with a history statement"),
            Label("核对路径", "check the path"),
            exit_code=2,
        ) from error
