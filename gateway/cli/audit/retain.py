"""`chuanyu audit retain` and `audit shred`: what leaves the log when its time is over.

Nothing leaves without `--apply`; without it the command lists what would leave, and how to ask for it: it needs the
approval of two persons. What is old enough, the log's witnesses say and never this machine's clock. Hashes, tiles and
checkpoints stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.audit.retention.archive import ArchiveContent, ArchiveInvalid, verify_archive, write_archive
from gateway.audit.retention.rules import (
    RETAIN,
    SHRED,
    RetentionRefused,
    RetentionRun,
    RetentionTarget,
    check_month,
    cutoff_us,
    plan,
)
from gateway.audit.storage.reader import MAX_INDEX, LogReader
from gateway.cli.audit.log import Directory, Key, find_log, open_reader, read_verifiers, show_progress
from gateway.cli.connection import read_file
from gateway.cli.details import put_detail
from gateway.cli.language import word
from gateway.cli.own_log import LONG_SECONDS, load_node_settings, record_act
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.cli.times import CHINA, spell_month
from gateway.ground.item import Label
from gateway.ground.refusals import Refusal
from keys.approval import ApprovalInvalid
from keys.approval import read as read_approval
from keys.durable import sync

if TYPE_CHECKING:
    from gateway.audit.tlog.note import NoteVerifier
    from gateway.settings import Settings

Apply = Annotated[
    bool, typer.Option("--apply", help="确认执行；默认只作说明。Do it; else only say what would be done.")
]
ApprovalOption = Annotated[
    Path | None,
    typer.Option("--approval", help="双人审批文件，执行时必需。The approval signed by two persons, to do it."),
]
Month = Annotated[
    str,
    typer.Option(
        "--month",
        help="月份 YYYY-MM，或如请求中的日志名称:YYYY-MM。The month YYYY-MM, or ORIGIN:YYYY-MM as requested.",
    ),
]


def retain(
    directory: Directory,
    apply: Apply = False,
    approval: ApprovalOption = None,
    vkey: Key = None,
    as_json: AsJson = False,
) -> None:
    """把超过保存期限的条目移入归档，证明全部保留。Move entries beyond the retention to archives; every proof stays."""
    settings, keys = load_node_settings(directory), read_verifiers(directory, vkey)
    years = settings.audit.retention_years
    given = read_approval_text(approval) if apply else ""
    target = _read_target(given) if apply else None
    now_us = _read_witnessed_us(settings)
    with open_reader(directory) as reader:
        try:
            ranges = plan(reader, now_us, years, MAX_INDEX if target is None else target.last + 1)
        except RetentionRefused as error:
            raise _describe_refusal(error) from error
        pruned, size, origin = reader.pruned(), reader.count(), reader.origin
    before = datetime.fromtimestamp(cutoff_us(now_us, years) / 1e6, CHINA).isoformat(timespec="seconds")
    result: dict[str, Any] = {"years": years, "before": before, "entries": size, "archived": pruned}
    if not apply:
        result["would_archive"] = [list(one) for one in ranges]
        steps = []
        if ranges:
            wanted = RetentionTarget(origin, ranges[0][0], ranges[-1][1] - 1, years)
            steps = advise_request(RETAIN, "--entries", str(wanted))
        show_result(result, steps, title=Label("试运行，未作改动", "a dry run: nothing was changed"), as_json=as_json)
        return
    total = sum(end - start for start, end in ranges)
    done: list[ArchiveContent] = []
    with show_progress(word("归档", "archiving"), shown=not as_json) as progress:
        for start, end in ranges:
            at = sum(one.end - one.start for one in done)
            done.append(
                _archive_range(settings, directory, start, end, keys, given, lambda n, at=at: progress(at + n, total))
            )
    result["archives"] = [f"{one.start}-{one.end} sha256:{one.digest}" for one in done]
    steps = (
        [
            Label(
                f"另行备份归档文件夹 {settings.archive_directory}",
                f"back up the archives: {settings.archive_directory}",
            )
        ]
        if done
        else []
    )
    show_result(result, steps, title=Label("归档完成", "archived"), as_json=as_json)


def read_approval_text(file: Path | None) -> str:
    """Return the approval that is given for an act; raises Problem where there is none, or it cannot be read."""
    if file is None:
        raise Problem(
            Label("没有 --approval", "no --approval"),
            Label(
                "审计管理员和安全管理员签名的批准文件",
                "the approval that a reviewer and a security administrator signed",
            ),
            Label("不加 --apply 运行，按所示提出请求", "run it without --apply, and make the request that it shows"),
            exit_code=2,
        )
    return read_file(file, Label("批准文件", "the approval")).decode("utf-8", "replace")


def advise_request(act: str, option: str, target: str) -> list[Label]:
    """Return the steps from a dry run to the act: who asks for it, who approves, and then `--apply`."""
    command = f"chuanyu audit request {act} {option} '{target}'"
    return [
        Label(f"审计管理员提出请求：{command}", f"have a reviewer ask for it: {command}"),
        Label(
            "安全管理员写明对象并签名：chuanyu audit approve",
            "have a security administrator state the target and sign: chuanyu audit approve",
        ),
        Label("加 --apply --approval FILE 执行", "add --apply --approval FILE to do it"),
    ]


def _read_target(approval: str) -> RetentionTarget:
    """Return the range that an approval is for; whether it allows it, the log's writer says."""
    try:
        named = read_approval(approval.encode()).target
        return RetentionTarget.parse("" if named is None else named.value)
    except (ApprovalInvalid, RetentionRefused) as error:
        raise Problem(
            Label(f"批准文件不可用：{put_detail(error).zh}", f"the approval cannot be used: {error}"),
            Label("对 retain 的批准", "an approval of retain"),
            Label("核对 --approval", "check --approval"),
            exit_code=2,
        ) from error


def _read_witnessed_us(settings: Settings) -> int:
    """Return the log's witnessed time, by which what is old enough is judged; raises Problem where there is none."""
    from gateway.assembly.approvals import read_witnessed_us

    try:
        return read_witnessed_us(settings)
    except Refusal as refusal:
        raise Problem(
            Label(f"见证时间不可用：{put_detail(refusal).zh}", f"the witnessed time is not known: {refusal}"),
            Label("见证方近期签署的检查点", "a checkpoint that the witnesses cosigned lately"),
            Label("启动节点，待见证方签署后重试", "start the node, let its witnesses cosign, and try again"),
        ) from refusal


def _archive_range(
    settings: Settings,
    directory: Path,
    start: int,
    end: int,
    keys: Sequence[NoteVerifier],
    approval: str,
    progress: Any,
) -> ArchiveContent:
    """Write and verify one archive, record it, then take the bytes out of the log. Each step can be done again."""
    from gateway.assembly.acts import archive_path

    path = archive_path(settings, start, end)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    sync(path.parent.parent)  # the name of the directory outlasts a power cut before the entries leave the log
    try:
        if path.is_file():  # an earlier run was interrupted: what it archived may have left the log already
            archived = verify_archive(path, keys, progress)
        else:
            with LogReader(find_log(directory)) as reader:
                archived = write_archive(path, reader, start, end, keys, progress)
    except (ArchiveInvalid, OSError) as error:
        raise Problem(
            Label(f"归档未完成：{put_detail(error).zh}", f"the archive was not made: {error}"),
            Label("可写的归档文件夹和完整的日志", "a place for archives that can be written, and a log that holds"),
            Label("未删除任何内容，修正后重试", "nothing was taken out of the log; mend it and try again"),
        ) from error
    run = RetentionRun(start, end, archived.digest, settings.audit.retention_years)
    record_act(settings, RETAIN, run.subject, approval=approval, wait_seconds=LONG_SECONDS)
    return archived


def shred(
    directory: Directory, month: Month, apply: Apply = False, approval: ApprovalOption = None, as_json: AsJson = False
) -> None:
    """销毁一个月份的密钥：条目正文不能再打开，代称不能再关联，证明仍可核验。
    Destroy the keys of a month: bodies stay closed, references unlinked; proofs stay.
    """
    settings = load_node_settings(directory)
    years = settings.audit.retention_years
    with open_reader(directory) as reader:
        origin = reader.origin
    month = _read_month(month, origin)
    result: dict[str, Any] = {"month": month, "years": years}
    if not apply:
        try:
            check_month(month, _read_witnessed_us(settings), years)
        except RetentionRefused as error:
            raise _describe_refusal(error) from error
        _require_secret(settings, month)
        steps = advise_request(SHRED, "--month", f"{origin}:{month}")
        steps.append(Label("销毁后不可恢复", "what is destroyed cannot be brought back"))
        show_result(result, steps, title=Label("试运行，未作改动", "a dry run: nothing was changed"), as_json=as_json)
        return
    # Who writes the log judges: so an attempt that is refused stands in it.
    given = read_approval_text(approval)
    result["entry"] = record_act(settings, SHRED, month, approval=given, wait_seconds=LONG_SECONDS)
    steps = [
        Label("销毁含 keys/epochs 的备份中的同一文件", "destroy the same file in every backup of keys/epochs"),
    ]
    show_result(result, steps, title=Label("密钥已销毁", "the keys are destroyed"), as_json=as_json)


def _read_month(text: str, origin: str) -> str:
    """Return the month that is named alone, or with its log as requests and approvals name it; raises Problem."""
    named, colon, month = text.rpartition(":")
    if colon and named != origin:
        raise Problem(
            Label(f"{text[:80]} 是另一日志的月份", f"{text[:80]} is a month of another log"),
            Label(f"{origin}:YYYY-MM 或 YYYY-MM", f"{origin}:YYYY-MM, or YYYY-MM"),
            Label("核对 --month 与节点文件夹", "check --month and the node's directory"),
            exit_code=2,
        )
    return month


def _require_secret(settings: Settings, month: str) -> None:
    """Refuse a month of which there never was a secret; one whose destruction was killed is ended by another run."""
    directory = settings.epochs_directory
    names = {path.stem for path in directory.glob("*.secret")} | {path.stem for path in directory.glob("*.destroyed")}
    if month not in names:
        raise Problem(
            Label(f"{directory} 中没有 {spell_month(month)}的密钥", f"no secret of {month} in {directory}"),
            Label(f"有密钥的月份：{'、'.join(sorted(names))}", f"a month that has one: {', '.join(sorted(names))}"),
            Label("核对 --month；没有密钥即无可销毁", "check --month; without a secret there is nothing to destroy"),
        )


def _describe_refusal(error: RetentionRefused) -> Problem:
    return Problem(
        Label(f"不符合保存规则：{put_detail(error).zh}", f"against the rules of retention: {error}"),
        Label("已过保存期限的范围", "what is beyond the retention"),
        Label("三年为下限，只可延长", "three years are the floor, and it can only be raised"),
    )
