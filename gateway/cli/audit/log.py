"""A node's audit log as its commands open it: its place, its keys, and the problems of a log that cannot be read.

The log and what lies with it are where `DIR/node.toml` has them. Where there are no settings, or none that this release
can read, and in a backup, they are in `DIR/audit`. The log's public key is `log.vkey` there, a C2SP vkey. A reviewer
who does not trust this disk gives the key from elsewhere with `--vkey`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.audit.entries.entry import Entry
from gateway.audit.retention.backup import MANIFEST
from gateway.audit.review.shown import EntryUnreadable, read_shown
from gateway.audit.storage.database import LogPlace, place_of
from gateway.audit.storage.reader import LogReader, StoredEntry
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.sealed import PairsAltered
from gateway.audit.tlog.cosignature import read_vkeys
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier
from gateway.audit.tlog.validity import read_log_keys
from gateway.cli.details import put_detail
from gateway.cli.language import word
from gateway.cli.screen import Problem, make_console, quote
from gateway.ground.item import Label
from keys.files import read_text

if TYPE_CHECKING:
    from gateway.settings import Settings

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="节点文件夹。The node's data directory.")]
Index = Annotated[int, typer.Argument(metavar="INDEX", min=0, help="条目序号，从 0 起。The entry's index, from 0.")]
Key = Annotated[
    Path | None,
    typer.Option(
        "--vkey", help="日志公钥文件；默认为数据文件夹中的。The log's public key; else that of the directory."
    ),
]

REMEDY: Final = Label(
    "停止对外服务，保留磁盘原样，与对方持有的回执和检查点核对",
    "stop serving, keep the disk as it is, and compare with the receipts and checkpoints that others hold",
)
"""The next step where a log does not hold."""


def find_log(directory: Path) -> LogPlace:
    """Return where the log of a node's directory lies: what its settings name, else its file; raises Problem else."""
    place = _read_place(directory)
    if not isinstance(place, Path) or place.is_file():
        return place
    zh, en = f"没有文件 {place}", f"no file {place}"
    if (left := _beside(directory)).is_file():
        zh, en = f"{zh}；{left} 不是 node.toml 所指的日志", f"{en}; {left} is not the log that node.toml names"
    raise Problem(
        Label(zh, en),
        Label("节点文件夹", "the data directory of a node"),
        Label("检查路径，或先运行 chuanyu node init", "check the path, or run chuanyu node init first"),
        exit_code=2,
    )


def find_leftover(directory: Path, place: LogPlace) -> Path | None:
    """Return the log file of a directory that is not the log of its node: that log was moved, or the file put there."""
    left = _beside(directory)
    if not left.is_file() or (isinstance(place, Path) and left.samefile(place)):
        return None
    return left


def show_leftover(left: Path) -> None:
    """Say on standard error which log file was not read."""
    zh = f"未读取 {quote(left)}：node.toml 所指的日志在别处"
    en = f"{quote(left)} was not read: node.toml names another log"
    make_console(error=True).print("[yellow]![/] " + word(zh, en), soft_wrap=True)


def _beside(directory: Path) -> Path:
    return directory / "audit" / "log.db"


def _read_place(directory: Path) -> LogPlace:
    settings = _read_settings(directory)
    if settings is None:
        return _beside(directory)
    from gateway.cli.log_driver import require_driver

    require_driver(settings)
    return place_of(settings)


def _read_settings(directory: Path) -> Settings | None:
    """Return the settings that say where the log lies; a directory without them, and a backup, has it as it lies."""
    settings_file = directory / "node.toml"
    if not settings_file.is_file() or is_backup(directory):
        return None
    from gateway.cli.settings_file import load_settings

    try:
        return load_settings(settings_file)
    except Problem:  # of another release or machine: they name no log to this one
        if not _beside(directory).is_file():
            raise
        return None


def is_backup(directory: Path) -> bool:
    """Tell whether a directory is a backup: it is read as it lies, and nothing in it may change."""
    return (directory / MANIFEST).is_file()


def audit_directory(directory: Path) -> Path:
    """Return what lies with the log of a node's directory, its keys and archives among it, where `node.toml` has it."""
    settings = _read_settings(directory)
    return directory / "audit" if settings is None else settings.audit.directory


def read_verifiers(directory: Path, vkey: Path | None) -> tuple[NoteVerifier, ...]:
    """Return the log's keys, present and former, each for the sizes that it signed; raises Problem for none."""
    find_log(directory)
    return read_key_file(vkey or audit_directory(directory) / "log.vkey")


def read_key_file(path: Path) -> tuple[NoteVerifier, ...]:
    """Return the keys of a log in a file, where the log itself may not be at hand; raises Problem for no such file."""
    try:
        return read_log_keys(read_text(path))
    except (OSError, ValueError, NoteInvalid) as error:
        raise Problem(
            Label(
                f"日志公钥不可用：{path}，{put_detail(error).zh}",
                f"the log's public key is not usable: {path}, {error}",
            ),
            Label("C2SP vkey，一行一个", "C2SP vkeys, one a line"),
            Label(
                "从节点管理员处取得公钥，用 --vkey 指定", "get the key from the node's administrator, give it as --vkey"
            ),
            exit_code=2,
        ) from error


def read_witness_verifiers(directory: Path) -> tuple[NoteVerifier, ...]:
    """Return the keys of those who cosign the log, as the node wrote them; none where it has not run yet."""
    return read_witness_file(audit_directory(directory) / "witnesses.vkey")


def read_witness_file(path: Path) -> tuple[NoteVerifier, ...]:
    """Return the keys of witnesses in a file that a node wrote; none where there is none."""
    try:
        return read_vkeys(read_text(path)) if path.is_file() else ()
    except (OSError, ValueError, NoteInvalid) as error:
        raise Problem(
            Label(
                f"见证方公钥不可用：{path}，{put_detail(error).zh}",
                f"the keys of the witnesses are not usable: {path}, {error}",
            ),
            Label("C2SP vkey，一行一个", "C2SP vkeys, one a line"),
            Label("启动一次节点，由其重新写出", "start the node once, and it writes them again"),
            exit_code=2,
        ) from error


@contextmanager
def open_reader(directory: Path) -> Iterator[LogReader]:
    """Open the log for reading, and name a log file that is left over beside it; raises Problem where it cannot be."""
    place = find_log(directory)
    if (left := find_leftover(directory, place)) is not None:
        show_leftover(left)
    try:
        reader = LogReader(place)
    except StoreInvalid as error:
        raise describe_unreadable_log(error) from error
    with reader:
        try:
            yield reader
        except StoreInvalid as error:
            raise describe_unreadable_log(error) from error


def read_row(reader: LogReader, index: int) -> StoredEntry:
    """Return one row; raises Problem where there is none."""
    try:
        return reader.entry(index)
    except (IndexError, OverflowError) as error:
        raise Problem(
            Label(f"没有条目 {index}", f"no entry {index}"),
            Label(f"0 至 {reader.count() - 1}", f"an index from 0 to {reader.count() - 1}"),
            Label("核对序号", "check the index"),
            exit_code=2,
        ) from error


def decode_row(row: StoredEntry) -> Entry:
    """Return a row's entry, its leaf hash made anew; raises Problem where it was altered, or left for an archive."""
    if not row.octets:
        raise Problem(
            Label(f"条目 {row.index} 已归档", f"the entry {row.index}, which has left for an archive"),
            Label("仍在日志中的条目", "an entry whose bytes are in the log"),
            Label("在归档文件中查看；其证明仍然有效", "read it from the archive; its proof still holds: audit prove"),
            exit_code=2,
        )
    try:
        return read_shown(row.index, row.leaf_hash, row.octets)
    except EntryUnreadable as error:
        raise describe_unreadable_log(error) from error


def describe_unreadable_log(error: StoreInvalid) -> Problem:
    """Return the problem of a log that does not open, or of an entry in it that is not as it was written."""
    if isinstance(error, EntryUnreadable):
        return describe_altered_entry(str(error))
    if isinstance(error, PairsAltered):
        return describe_altered_log(f"日志已被改动：{put_detail(error).zh}", f"the log was altered: {error}")
    return Problem(
        Label(f"日志无法读取：{put_detail(error).zh}", str(error)),
        Label("可读的审计日志", "an audit log that can be read"),
        Label(
            "以节点的用户身份运行，并检查磁盘；旧版日志先升级：chuanyu audit migrate",
            "run as the user of the node, and check the disk; migrate an older log first: chuanyu audit migrate",
        ),
        exit_code=2,
    )


def describe_altered_log(zh: str, en: str) -> Problem:
    """Return the problem of a log that was altered."""
    return Problem(Label(zh, en), Label("未改动的日志", "an unaltered log"), REMEDY)


def describe_not_yet(found: Label, expected: Label) -> Problem:
    """Return the problem of a log that has not come so far: nothing is wrong, and the same command will succeed."""
    return Problem(
        found,
        expected,
        Label("确认节点正在运行，稍后重试", "see that the node runs, and try again shortly"),
        exit_code=5,
    )


def describe_altered_entry(detail: str) -> Problem:
    """Return the problem of an entry that is not as it was written; the same words wherever one would be shown."""
    return describe_altered_log(f"条目已被改动或不可读：{put_detail(detail).zh}", detail)


@contextmanager
def show_progress(what: str, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Show the progress of a long work on standard error; the function that is yielded takes done and total."""
    if not shown:
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=make_console(error=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
