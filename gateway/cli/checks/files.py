"""Checks that the files of a node are there, and that others can neither read nor change them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.screen import CheckFinding, report_doubt, report_error, report_right, report_wrong
from gateway.ground.item import Label
from gateway.ground.os_errors import describe_os_error

if TYPE_CHECKING:
    from gateway.settings import Settings

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_NAMES: Final = {
    "keys": Label("密钥文件夹", "the directory of keys"),
    "trust": Label("信任文件夹", "the directory of trust"),
    "catalogue": Label("事项目录与授权", "the catalogue"),
    "audit": Label("审计文件夹", "the directory of the audit log"),
}


def judge_place(subject: Label, path: Path, *, private: bool, directory: bool) -> CheckFinding:
    """Judge a directory or a file: there, of this kind, of this user or root, and closed to others.

    `private` is for what nobody else may read; elsewhere it is enough that nobody else may write.
    """
    try:
        state = path.stat()
    except OSError as error:
        why = describe_os_error(error)
        return report_wrong(
            subject,
            Label(f"{path}：{why.zh}", f"{path}: {why.en}"),
            Label("用 chuanyu node init 建立，或改正设置", "make it with chuanyu node init, or correct the settings"),
        )
    if stat.S_ISDIR(state.st_mode) != directory:
        kind = Label("文件夹", "a directory") if directory else Label("文件", "a file")
        return report_wrong(
            subject,
            Label(f"{path} 不是{kind.zh}", f"{path}, which is not {kind.en}"),
            Label(f"换成{kind.zh}", f"put {kind.en} there"),
        )
    if state.st_uid not in (os.geteuid(), 0):
        return report_wrong(
            subject,
            Label(f"{path} 属于用户 {state.st_uid}", f"{path}, which belongs to the user {state.st_uid}"),
            Label("改为运行节点的用户所有", "give it to the user who runs the node"),
        )
    mode = stat.S_IMODE(state.st_mode)
    if mode & (_OTHERS if private else _OTHERS_WRITE):
        strip = "go-rwx" if private else "go-w"
        return report_wrong(
            subject,
            Label(f"{path} 权限 {mode:04o}", f"{path} with mode {mode:04o}"),
            Label(f"chmod {strip} {path}", f"chmod {strip} {path}"),
        )
    return report_right(subject, f"{path} {mode:04o}", f"{path} {mode:04o}")


def can_write(path: Path) -> bool:
    """Tell whether this user may make files in a directory, as the disk is mounted now."""
    return os.access(path, os.W_OK | os.X_OK, effective_ids=True)


def judge_writable(subject: Label, path: Path, *, needed: bool) -> CheckFinding:
    """Judge a directory in which the node makes files; without one that is not `needed` it serves less."""
    if can_write(path):
        return report_right(subject, f"{path} 可写", f"{path} can be written")
    found = Label(f"{path} 不可写（权限或只读挂载）", f"{path} cannot be written: its mode, or a read-only mount")
    if needed:
        return report_wrong(
            subject,
            found,
            Label(
                f"归运行节点的用户所有，并以可写方式挂载（systemd：ReadWritePaths={path}）",
                f"give it to the user who runs the node, on a mount that is writable (systemd: ReadWritePaths={path})",
            ),
        )
    return report_doubt(
        subject,
        found,
        Label(
            "暂停的事项重启后不再保持，需聚合门限的事项被拒绝；使其可写",
            "items out of service are not kept so over a restart, and items with a gate are refused: make it writable",
        ),
    )


def check_files(config: Path, settings: Settings) -> Iterator[CheckFinding]:
    """Yield one finding for the settings file and for each directory; the keystore judges each key itself."""
    yield judge_place(Label("配置文件", "the settings file"), config, private=False, directory=False)
    for name, private in (("keys", True), ("trust", False), ("catalogue", False), ("audit", True)):
        yield judge_place(_NAMES[name], getattr(settings, name).directory, private=private, directory=True)
    for subject, path, needed in (
        (Label("审计文件夹的写入", "writing into the audit directory"), settings.audit.directory, True),
        (Label("状态文件夹的写入", "writing into the state directory"), settings.state.directory, False),
    ):
        if path.is_dir():  # one that is absent is told above
            yield judge_writable(subject, path, needed=needed)
    yield from _check_quarantine(settings)


def _check_quarantine(settings: Settings) -> Iterator[CheckFinding]:
    """Yield what is wrong with the file that says which items are out of service."""
    from gateway.assembly.quarantine import QuarantineInvalid, open_quarantine

    try:
        open_quarantine(settings.state.directory)
    except QuarantineInvalid as error:
        yield report_error(
            Label("暂停的事项", "the items out of service"),
            error,
            Label(
                "从备份恢复；没有备份的，按审计日志中操作 quarantine、lift 重写为事项编码的 JSON 列表",
                "restore it from the backup; without one, write the JSON list of item codes that the acts quarantine "
                "and lift of the audit log leave out of service",
            ),
        )
