"""`chuanyu audit`: verify a node's audit log, show an entry, prove one to anybody.

Reads the log on disk and never writes to it; the node may be running. The database is `DIR/audit/log.db`, the log's
public key is `DIR/audit/log.vkey`, a C2SP vkey. Whoever does not trust this disk gives the key from elsewhere with
`--vkey`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.audit.entry import Entry, EntryInvalid, decode
from gateway.audit.migration import migrate
from gateway.audit.note import Ed25519Verifier, NoteInvalid
from gateway.audit.proofs import ProofInvalid
from gateway.audit.reader import LogReader, StoredEntry
from gateway.audit.recovery import StoreInvalid
from gateway.audit.schema import SCHEMA_VERSION
from gateway.audit.tlogproof import TlogProof, verify_proof, write_proof
from gateway.audit.tree import leaf_hash
from gateway.audit.verify import Verdict, verify_log
from gateway.cli.screen import AsJson, Problem, console, words, write_json
from gateway.item import Label

app = typer.Typer(
    no_args_is_help=True,
    help="审计日志：核验、查看、证明。The audit log: verify it, show an entry, prove one.",
)

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="节点的数据目录。The node's data directory.")]
Index = Annotated[int, typer.Argument(metavar="INDEX", min=0, help="条目序号，从 0 起。The entry's index, from 0.")]
Key = Annotated[
    Path | None,
    typer.Option("--vkey", help="日志公钥文件；缺省为数据目录中的。The log's public key; else that of the directory."),
]
Size = Annotated[
    int,
    typer.Option("--at-least", min=0, help="已知的条目数，更少即为缺失。A size known from elsewhere; fewer is a loss."),
]

_REMEDY: Final = Label(
    "停止对外服务，保留磁盘原样，与对方持有的回执和检查点核对",
    "stop serving, keep the disk as it is, and compare with the receipts and checkpoints that others hold",
)
_NAMES: Final = {
    "phase": "阶段",
    "exchange_id": "请求号",
    "time_utc_us": "时间",
    "result": "结果",
    "reason_code": "原因",
    "action": "动作",
    "item_code": "事项",
    "province_pair": "省份",
    "consumer": "需求方",
    "provider": "提供方",
    "scene": "场景",
    "use_basis": "使用依据",
    "record_count": "记录数",
    "fields": "数据项",
    "page": "页",
    "prev": "前一条目",
    "repeat_of": "重复自",
    "peer_leaf": "对方条目",
    "grant_id": "授权",
    "application": "应用系统",
    "node": "节点",
    "column": "列",
    "detector": "检测器",
    "subject_tokens": "持卡人标识",
}


@app.command("verify")
def verify(directory: Directory, vkey: Key = None, at_least: Size = 0, as_json: AsJson = False) -> None:
    """核验整个日志。Verify the whole log: every hash made anew, every signature and link checked."""
    path, key = _log(directory), _verifier(directory, vkey)
    with _progress(shown=not as_json) as progress:
        try:
            verdict = verify_log(path, (key,), expected_size=at_least, progress=progress)
        except StoreInvalid as error:
            raise _unreadable(error) from error
    if as_json:
        write_json(_verdict_json(verdict))
    else:
        _show_verdict(verdict)
    if not verdict.holds:
        raise typer.Exit(1)


@app.command("migrate")
def migrate_log(directory: Directory, vkey: Key = None, as_json: AsJson = False) -> None:
    """升级日志格式，须先停止节点。Bring the log to this release's schema, while the node is stopped."""
    path, key = _log(directory), _verifier(directory, vkey)
    with _progress(shown=not as_json) as progress:
        try:
            found, verdict = migrate(path, (key,), progress=progress)
        except StoreInvalid as error:
            raise Problem(
                Label(f"日志未能升级：{error}", f"the log was not migrated: {error}"),
                Label("完整的日志，节点已停止", "a log that holds, and a stopped node"),
                Label(
                    "停止节点，运行 chuanyu audit verify 后重试", "stop the node, run chuanyu audit verify, try again"
                ),
            ) from error
    if as_json:
        write_json({"from": found, "to": SCHEMA_VERSION, **_verdict_json(verdict)})
        return
    _show_verdict(verdict)
    if found == SCHEMA_VERSION:
        console().print(f"已是版本 {SCHEMA_VERSION}，未作改动 it has version {SCHEMA_VERSION}: nothing was changed")
    else:
        console().print(f"[green]✓[/] 版本 {found} → {SCHEMA_VERSION}，条目无增减 migrated, no entry lost or changed")


@app.command("show")
def show(directory: Directory, index: Index, as_json: AsJson = False) -> None:
    """查看一个条目。Show one entry, with its leaf hash made anew."""
    with _reader(directory) as reader:
        row = _row(reader, index)
        entry = _decoded(row)
        if as_json:
            write_json({"index": index, "origin": reader.origin, "leaf_hash": row.leaf_hash.hex(), **entry.fields})
            return
        _show_entry(reader.origin, row, entry)


@app.command("prove")
def prove(
    directory: Directory,
    index: Index,
    out: Annotated[Path | None, typer.Option("--out", help="写入文件。Write to a file.")] = None,
    vkey: Key = None,
    as_json: AsJson = False,
) -> None:
    """证明一个条目。Write a proof of one entry (C2SP tlog-proof), verified before it is written."""
    key = _verifier(directory, vkey)
    with _reader(directory) as reader:
        row = _row(reader, index)
        kept = reader.checkpoint_after(index)
        if kept is None:
            raise Problem(
                Label(f"条目 {index} 之后尚无检查点", f"no checkpoint covers the entry {index} yet"),
                Label("已保存的签名检查点", "a signed checkpoint that is kept"),
                Label("节点运行约一秒后重试", "try again after the node has run for about a second"),
            )
        size, note = kept
        try:
            proof = TlogProof(index, reader.path(index, size), note)
            verify_proof(proof, leaf_hash(row.octets), reader.origin, (key,))
        except (NoteInvalid, ProofInvalid, IndexError) as error:
            raise _broken(f"条目 {index} 无法证明", f"the entry {index} cannot be proven: {error}") from error
        origin = reader.origin
    octets = write_proof(proof)
    if out is not None:
        out.write_bytes(octets)
    if as_json:
        shown = {"index": index, "origin": origin, "size": size, "leaf_hash": leaf_hash(row.octets).hex()}
        write_json({**shown, "proof": octets.decode(), "out": str(out or "")})
    elif out is None:
        sys.stdout.write(octets.decode())
    else:
        console().print(f"[green]✓[/] 已证明并写入 proven and written: {out}")


def _log(directory: Path) -> Path:
    path = directory / "audit" / "log.db"
    if not path.is_file():
        raise Problem(
            Label(f"没有文件 {path}", f"no file {path}"),
            Label("节点的数据目录", "the data directory of a node"),
            Label("检查路径，或先运行 chuanyu node init", "check the path, or run chuanyu node init first"),
            exit_code=2,
        )
    return path


def _verifier(directory: Path, vkey: Path | None) -> Ed25519Verifier:
    path = vkey or directory / "audit" / "log.vkey"
    _log(directory)
    try:
        return Ed25519Verifier(path.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError, NoteInvalid) as error:
        raise Problem(
            Label(f"日志公钥不可用：{path}", f"the log's public key is not usable: {path}, {error}"),
            Label("一行 C2SP vkey", "one line with a C2SP vkey"),
            Label(
                "从节点管理员处取得公钥，用 --vkey 指定", "get the key from the node's administrator, give it as --vkey"
            ),
            exit_code=2,
        ) from error


@contextmanager
def _reader(directory: Path) -> Iterator[LogReader]:
    try:
        reader = LogReader(_log(directory))
    except StoreInvalid as error:
        raise _unreadable(error) from error
    with reader:
        yield reader


def _row(reader: LogReader, index: int) -> StoredEntry:
    try:
        return reader.entry(index)
    except IndexError as error:
        raise Problem(
            Label(f"没有条目 {index}", f"no entry {index}"),
            Label(f"0 至 {reader.count() - 1}", f"an index from 0 to {reader.count() - 1}"),
            Label("核对序号", "check the index"),
            exit_code=2,
        ) from error


def _decoded(row: StoredEntry) -> Entry:
    if leaf_hash(row.octets) != row.leaf_hash:
        raise _broken(f"条目 {row.index} 已被改动", f"the entry {row.index} does not have its stored leaf hash")
    try:
        return decode(row.octets)
    except EntryInvalid as error:
        raise _broken(f"条目 {row.index} 不可读", f"the entry {row.index} cannot be read: {error}") from error


def _unreadable(error: StoreInvalid) -> Problem:
    return Problem(
        Label(f"日志无法读取：{error}", str(error)),
        Label("可读的审计日志", "an audit log that can be read"),
        Label("以节点的用户身份运行，并检查磁盘", "run as the user of the node, and check the disk"),
        exit_code=2,
    )


def _broken(zh: str, en: str) -> Problem:
    return Problem(Label(zh, en), Label("未改动的日志", "an unaltered log"), _REMEDY)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[int, int], None]]:
    if not shown:
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("核验 verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(error=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    return {
        "holds": verdict.holds,
        "origin": verdict.origin,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "checkpoints": verdict.checkpoints,
        "phases": dict(verdict.phases),
        "faults": [
            {"place": fault.place, "index": fault.index, "detail": fault.detail, "next": words(_REMEDY)}
            for fault in verdict.faults
        ],
    }


def _show_verdict(verdict: Verdict) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="审计日志核验 audit log", title_justify="left", show_header=False)
    table.add_row("日志 origin", escape(verdict.origin))
    table.add_row("已核验条目 entries verified", f"{verdict.size:,}")
    table.add_row("根 root", verdict.root.hex())
    table.add_row("检查点 checkpoints", f"{verdict.checkpoints:,}")
    for phase, count in verdict.phases:
        table.add_row(f"阶段 phase {phase}", f"{count:,}")
    for fault in verdict.faults:
        table.add_row("[red]位置 place[/]", f"[red]{escape(fault.place)}[/]")
        table.add_row("[red]问题 found[/]", escape(fault.detail))
        table.add_row("下一步 next", f"{_REMEDY.zh}\n{_REMEDY.en}")
    screen = console()
    screen.print(table)
    if verdict.holds:
        screen.print("[green]✓[/] 日志完整，未经改动 the log holds: nothing is missing or altered")
    else:
        screen.print("[red]✗[/] 日志不成立 the log does not hold")


def _show_entry(origin: str, row: StoredEntry, entry: Entry) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"条目 entry {row.index}", title_justify="left", show_header=False)
    table.add_row("日志 origin", escape(origin))
    table.add_row("叶 leaf_hash", row.leaf_hash.hex())
    for name in (*_NAMES, *sorted(entry.fields.keys() - _NAMES.keys())):
        if name not in entry.fields:
            continue
        value = entry.fields[name]
        text = ", ".join(value) if isinstance(value, list) else str(value)
        if name == "time_utc_us":
            text = f"{datetime.fromtimestamp(entry.number(name) / 1e6, UTC).isoformat()} ({text})"
        table.add_row(f"{_NAMES.get(name, '')} {name}".strip(), escape(text))
    console().print(table)
