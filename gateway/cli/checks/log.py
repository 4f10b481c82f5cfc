"""Checks that the audit log opens, belongs to this node, and that its key signed its newest kept checkpoint.

Nothing is written, so that it may be checked while the node writes. The whole log is left to `chuanyu audit verify`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from gateway.cli.details import put_detail
from gateway.cli.log_driver import check_driver
from gateway.cli.screen import CheckFinding, CheckStatus, report_error, report_right, report_wrong
from gateway.ground.item import Label
from keys.files import read_text, require_file

if TYPE_CHECKING:
    from gateway.audit.tlog.note import NoteVerifier
    from gateway.settings import Settings

_RESTORE: Final = Label(
    "从备份恢复审计日志，并用 chuanyu audit verify 核验",
    "restore the log from its backup, and verify it with chuanyu audit verify",
)
_PUT_BACK: Final = Label(
    "从最近的备份放回该文件；没有备份的，留存原件并报审计管理员后移走，再启动节点",
    "put the file back from the newest backup; where there is none, keep it for the reviewers and move it away",
)
_REACH: Final = Label(
    "日志本身未必有损：按提示使磁盘、文件夹权限或 PostgreSQL 可用后重试",
    "the log itself need not be harmed: make the disk, the directory or the server usable as it says, and try again",
)
_MIGRATE: Final = Label(
    "停止节点后运行 chuanyu audit migrate DIR，不丢失任何记录",
    "stop the node and run chuanyu audit migrate DIR: nothing is lost",
)
_UNDO: Final = Label(
    "保留数据库副本，查明改动者，由数据库管理员撤销该改动，再运行 chuanyu audit verify",
    "keep a copy of the database, find out who made the change, have its administrator undo it, and run chuanyu audit "
    "verify",
)
_RENEW: Final = Label("重新开始见证：chuanyu node renew-witness", "begin the witness anew: chuanyu node renew-witness")
_MEND: Final = Label(
    "见证状态并未丢失：腾出磁盘空间，文件夹归运行节点的用户所有且可写",
    "the state is not lost: make room on the disk, and give the directory to the node's user, writable",
)
_LOOK: Final = Label(
    "见 docs/how-to/witnesses-and-time-stamps.md 和告警表",
    "see docs/how-to/witnesses-and-time-stamps.md and the alarms",
)


def check_waiting_acts(settings: Settings) -> Iterator[CheckFinding]:
    """Yield whether the acts that wait for a witness can be read, where there are any."""
    from gateway.audit.storage.recovery import StoreInvalid
    from gateway.audit.storage.waiting import WaitingActs

    subject = Label("等待见证方确认的操作", "the acts that wait for a witness")
    try:
        waiting = WaitingActs.open(settings.waiting_acts_path)
    except StoreInvalid as error:
        yield report_error(subject, error, _PUT_BACK)
        return
    if len(waiting):
        yield report_right(
            subject, f"{len(waiting)} 项，见证方确认后记入日志", f"{len(waiting)}: recorded once one confirms the log"
        )


def check_log(settings: Settings) -> Iterator[CheckFinding]:
    """Yield whether the log can be read, is this node's, and its checkpoint holds."""
    from gateway.audit.storage.database import place_of
    from gateway.audit.storage.reader import LogReader
    from gateway.audit.storage.recovery import StoreInvalid, StoreUnreachable
    from gateway.audit.storage.schema import SCHEMA_VERSION
    from gateway.audit.tlog.note import NoteInvalid
    from gateway.audit.tlog.validity import read_log_keys

    for finding in check_driver(settings):
        yield finding
        if finding.status is CheckStatus.WRONG:
            return
    subject = Label("审计日志", "the audit log")
    try:
        verifiers = read_log_keys(read_text(settings.log_vkey_path))
    except (OSError, ValueError, NoteInvalid) as error:
        yield report_error(Label("审计日志公钥", "the public key of the audit log"), error, _RESTORE)
        return
    try:
        with LogReader(place_of(settings)) as reader:
            if reader.origin != verifiers[0].name:
                yield report_wrong(
                    subject,
                    Label(
                        f"日志是 {reader.origin}，公钥是 {verifiers[0].name}",
                        f"{reader.origin}, with the key of {verifiers[0].name}",
                    ),
                    _RESTORE,
                )
                return
            if reader.version < SCHEMA_VERSION:
                found = Label(
                    f"版本 {reader.version}，本版程序写版本 {SCHEMA_VERSION}",
                    f"of version {reader.version}; this release writes version {SCHEMA_VERSION}",
                )
                yield report_wrong(subject, found, _MIGRATE)
                return
            if strange := reader.strange():
                found = put_detail(f"the {strange.name} {strange.detail}")
                yield report_wrong(Label("审计日志的表结构", "the schema of the audit log"), found, _UNDO)
            size = reader.count()
            yield report_right(subject, f"{reader.origin}，{size} 条", f"{reader.origin}, {size} entries")
            yield _check_checkpoint(size, reader.checkpoint_after(-1), verifiers)
            if writer := reader.name_writer():
                yield _check_writer(settings, writer)
    except (StoreUnreachable, OSError) as error:
        yield report_error(subject, error, _REACH)
    except StoreInvalid as error:
        yield report_error(subject, error, _RESTORE)


def _check_checkpoint(size: int, kept: tuple[int, bytes] | None, verifiers: Sequence[NoteVerifier]) -> CheckFinding:
    from gateway.audit.tlog.note import NoteInvalid, parse_checkpoint, verify_note

    subject = Label("最近的检查点", "the newest kept checkpoint")
    if kept is None:
        return report_right(subject, "尚无", "none yet")
    try:
        found = parse_checkpoint(verify_note(kept[1], verifiers))
    except NoteInvalid as error:
        return report_error(subject, error, _RESTORE)
    if found.size > size:
        return report_wrong(
            subject,
            Label(f"检查点有 {found.size} 条，日志只有 {size} 条", f"{found.size} entries signed, {size} in the log"),
            _RESTORE,
        )
    return report_right(subject, f"第 {found.size} 条，签名验证通过", f"at {found.size} entries, well signed")


def _check_writer(settings: Settings, writer: str) -> CheckFinding:
    """Judge who writes the log: the node that runs here, or another process, which no second one may join."""
    from gateway.audit.storage.held_files import find_holders

    subject = Label("日志的写入进程", "the process that writes the log")
    witness = settings.witness_path
    if find_holders(witness.with_name(witness.name + ".lock")):
        return report_right(subject, f"本文件夹的节点正在运行：进程 {writer}", f"the node of this directory: {writer}")
    remedy = Label("先停止该进程：一份日志只有一个写入者", "stop that process first: a log has one writer")
    return report_wrong(subject, Label(f"另一进程 {writer}", f"another process: {writer}"), remedy)


def check_witness(settings: Settings) -> Iterator[CheckFinding]:
    """Yield whether the state of this node as a witness is there and for its keys, and what evidence lies beside it."""
    import sqlite3

    from gateway.audit.tlog.policy import PolicyInvalid, read_policy
    from keys.validity import KeyFileInvalid, read_key_file

    subject, path = Label("见证状态", "the state of the witness"), settings.witness_path
    try:
        declared = {term.vkey for term in read_key_file(read_text(settings.witness_vkey_path))}
        require_file(path)
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            bound = {vkey for (vkey,) in connection.execute("SELECT vkey FROM witness")}
        finally:
            connection.close()
    except (OSError, ValueError, KeyFileInvalid, sqlite3.Error) as error:
        reachable = isinstance(error, sqlite3.OperationalError) and path.is_file()
        yield report_error(subject, error, _MEND if reachable else _RENEW)
    else:
        if bound and bound <= declared:
            yield report_right(subject, "与本节点见证密钥相符", "that of our keys")
        else:
            yield report_wrong(subject, Label("属于其他密钥", "that of other keys"), _RENEW)
    evidence = sorted(settings.evidence_directory.glob("*.json"))
    if evidence:
        found = ", ".join(one.name for one in evidence[:3])
        yield report_wrong(Label("矛盾证据", "evidence of a contradiction"), Label(found, found), _LOOK)
    file = settings.named(settings.witness.policy_file)
    if file is not None:
        try:
            policy = read_policy(read_text(file))
            yield report_right(Label("见证策略", "the policy of witnesses"), policy.quorum, policy.quorum)
        except (OSError, UnicodeDecodeError, PolicyInvalid) as error:
            yield report_error(Label("见证策略", "the policy of witnesses"), error, _LOOK)
