"""`chuanyu node witnessed`: writes the newest checkpoint of another log that this node has cosigned, for a restore."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.files import create_file
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.cli.settings_file import load_settings
from gateway.cli.times import spell_time
from gateway.ground.item import Label
from keys.files import require_file

if TYPE_CHECKING:
    from gateway.settings import Settings

Node = Annotated[
    Path, typer.Argument(metavar="DIR", help="节点文件夹，可在运行。The node's directory; it may be running.")
]
Log = Annotated[
    str,
    typer.Option(
        "--log",
        help="日志名称，如 500000.chuanyu/node/gateway-1。The log's name, such as 500000.chuanyu/node/gateway-1.",
    ),
]
Out = Annotated[Path, typer.Option(help="检查点文件。The checkpoint's file.")]


def witnessed(node: Node, log: Log, out: Out, as_json: AsJson = False) -> None:
    """取出本节点见证的对方日志最新检查点。Write the newest checkpoint of another log that this node has cosigned."""
    from datetime import UTC, datetime

    settings = load_settings(node / "node.toml")
    known = _read_witnessed(settings)
    if log not in known:
        names = ", ".join(sorted(known)) or "-"
        raise Problem(
            Label(f"没有见证过 {log}", f"nothing cosigned of {log}"),
            Label(f"本节点见证过的日志：{names}", f"a log that this node has cosigned: {names}"),
            Label("核对日志名称，即其 log.vkey 的首段", "check the name: the first part of its log.vkey"),
        )
    size, note, time_us = known[log]
    with create_file(out) as file:
        file.write(note)
    at = spell_time(datetime.fromtimestamp(time_us / 1e6, UTC))
    step = Label(
        f"送交该日志的管理员（{at.zh} 的检查点）：chuanyu restore BACKUP DIR --newest {out.name}",
        f"hand it to that log's administrator (it is of {at.en}): chuanyu restore BACKUP DIR --newest {out.name}",
    )
    result = {"log": log, "size": size, "file": str(out)}
    show_result(result, [step], title=Label("已写出检查点", "the checkpoint is written"), as_json=as_json)


def _read_witnessed(settings: Settings) -> dict[str, tuple[int, bytes, int]]:
    """Return size, note and time of the newest checkpoint of each log, beside a node that may be running."""
    path = settings.witness_path
    try:
        require_file(path)
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            rows = connection.execute("SELECT origin, size, note, time_us FROM witnessed").fetchall()
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise Problem(
            Label(f"见证状态 {path} 不可读，详情：{error}", f"the state of the witness, {path}: {error}"),
            Label("完好的见证状态", "the state of this node as a witness, whole"),
            Label("查看原因：chuanyu node check", "see what is wrong: chuanyu node check"),
        ) from error
    return {origin: (size, bytes(note), time_us) for origin, size, note, time_us in rows}
