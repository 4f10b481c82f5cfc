"""`chuanyu backup DIR OUT`: a consistent copy of a node's directory, taken while the node runs.

1 record      that a backup is taken
2 copy        twin, then log, each in one read transaction; then settings, catalogue, trust, archives
3 verify      the copied log, whole
4 describe    a manifest with the digest of every file, written last
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.audit.retention.backup import LOG, TWIN, BackupInvalid, copied_files, copy_log, write_manifest
from gateway.audit.verification.verify import verify_log
from gateway.cli.audit.log import find_log, read_key_file, read_witness_file, show_progress
from gateway.cli.details import put_detail
from gateway.cli.files import create_directory
from gateway.cli.language import word
from gateway.cli.own_log import load_node_settings, record_act
from gateway.cli.screen import AsJson, Problem, show_result
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings

Directory = Annotated[
    Path, typer.Argument(metavar="DIR", help="节点文件夹，可在运行中。A node's directory; it may run.")
]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="备份文件夹，须不存在或为空。The backup, new or empty.")]
WithKeys = Annotated[
    bool,
    typer.Option("--with-keys", help="含加密的密钥，不含口令。With the encrypted keys, never the passphrase."),
]


def backup(directory: Directory, out: Out, with_keys: WithKeys = False, as_json: AsJson = False) -> None:
    """备份节点文件夹，内容一致并经核验；节点可在运行。
    Back up a node's directory, consistent and verified; the node may be running.
    """
    from gateway.assembly.build import clock_us

    place = find_log(directory)
    if not isinstance(place, Path):
        raise Problem(
            Label("审计日志在 PostgreSQL 中", "an audit log in PostgreSQL"),
            Label("SQLite 中的审计日志", "an audit log in SQLite"),
            Label("用 pg_dump 备份该模式，其余文件复制即可", "back up its schema with pg_dump; copy the other files"),
            exit_code=2,
        )
    settings = load_node_settings(directory)
    entry = record_act(settings, "backup", "log and keys" if with_keys else "log")
    places = list_places(settings)
    with create_directory(out) as beside:
        try:
            for name in (TWIN, LOG):
                if (log := places["audit"] / Path(name).name).is_file():
                    (beside / name).parent.mkdir(mode=0o700, exist_ok=True)
                    copy_log(log, beside / name)
            for relative, path in copied_files(places, with_keys=with_keys):
                target = beside / relative
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
                target.chmod(0o600)
            keys = read_key_file(beside / "audit" / "log.vkey")
            witnesses = read_witness_file(beside / "audit" / "witnesses.vkey")
            with show_progress(word("核验", "verifying"), shown=not as_json) as progress:
                verdict = verify_log(beside / LOG, keys, witnesses=witnesses, progress=progress)
            for fault in verdict.faults:
                raise BackupInvalid(f"the log does not hold: {fault.place}: {fault.detail}")
            made = write_manifest(beside, created_us=clock_us(), with_keys=with_keys)
        except (BackupInvalid, OSError) as error:
            raise Problem(
                Label(f"备份未完成：{put_detail(error).zh}", f"the backup was not made: {error}"),
                Label("完好的节点文件夹和足够的空间", "a node's directory that is whole, and enough room"),
                Label("修正后重试；未留下半份备份", "mend it and try again; no half of a backup was left"),
            ) from error
    result = {
        "backup": str(out),
        "entry": entry,
        "log": made.origin,
        "size": made.size,
        "root": made.root,
        "files": len(made.files),
        "with_keys": with_keys,
    }
    show_result(
        result, _list_steps(out, with_keys=with_keys), title=Label("备份完成", "the backup is made"), as_json=as_json
    )


def list_places(settings: Settings) -> dict[str, Path]:
    """Return where each part of a node lies, by its path in a backup: what is inside another part is told first."""
    state = settings.state.directory
    places = {
        "keys/epochs": settings.epochs_directory,
        "audit": settings.audit.directory,
        "catalogue": settings.catalogue.directory,
        "former": state / "former",
        "keys": settings.keys.directory,
        "node.toml": settings.directory / "node.toml",
        "quarantine.json": state / "quarantine.json",
        "trust": settings.trust.directory,
    }
    if settings.epochs_directory.is_relative_to(settings.keys.directory):
        del places["keys/epochs"]
    return places


def _list_steps(out: Path, *, with_keys: bool) -> list[Label]:
    if with_keys:
        return [
            Label(
                "口令另存他处；某月密钥销毁后，含该月的备份须一并销毁",
                "keep the passphrase elsewhere; destroy this backup when a month of its keys is destroyed",
            )
        ]
    return [
        Label(
            f"密钥未包含：另行备份 {out.name} 对应的 keys 文件夹，与日志分开保存",
            "the keys are not in it: back up the directory keys apart from the log",
        )
    ]
