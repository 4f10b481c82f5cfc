"""`chuanyu audit twin`: the log's twin under SM3, made anew from the entries and compared with what is stored."""

from __future__ import annotations

import typer

from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.cosignature import note_verifier
from gateway.audit.tlog.note import ED25519, NoteVerifier, make_vkey, parse_vkey
from gateway.audit.verification.fault import VerificationFault
from gateway.audit.verification.sm3_mirror import FILE, SUFFIX, Sm3Mirror, verify_sm3_mirror
from gateway.cli.audit.log import (
    REMEDY,
    Directory,
    Key,
    audit_directory,
    describe_unreadable_log,
    open_reader,
    read_verifiers,
    show_progress,
)
from gateway.cli.audit.verdict import show_faults_found
from gateway.cli.language import word
from gateway.cli.screen import AsJson, Problem, describe_label, make_console, print_under, write_json
from gateway.ground.item import Label


def twin(directory: Directory, vkey: Key = None, as_json: AsJson = False) -> None:
    """核验日志的 SM3 并行树：同样条目的根、分块与检查点。
    Verify the log's twin under SM3: its root over the same entries, its tiles and checkpoints.
    """
    keys = _read_twin_keys(directory, vkey)
    path = audit_directory(directory) / FILE
    if not path.is_file():
        raise Problem(
            Label(f"没有文件 {path}", f"no file {path}"),
            Label("运行中的节点约每分钟写入的 SM3 并行树", "the twin, which a running node writes about every minute"),
            Label("节点运行一分钟后重试", "try again after the node has run for a minute"),
            exit_code=2,
        )
    with (
        open_reader(directory) as reader,
        show_progress(word("核验 SM3", "verifying SM3"), shown=not as_json) as progress,
    ):
        try:
            with Sm3Mirror(path, reader) as opened:
                size, root, faults = verify_sm3_mirror(opened, reader, keys, progress)
                origin, kept = opened.origin, len(opened.checkpoints())
        except StoreInvalid as error:
            raise describe_unreadable_log(error) from error
    if as_json:
        shown = [{"place": fault.place, "detail": fault.detail, "next": describe_label(REMEDY)} for fault in faults]
        write_json(
            {
                "holds": not faults,
                "origin": origin,
                "size": size,
                "root": root.hex(),
                "checkpoints": kept,
                "faults": shown,
            }
        )
    else:
        _show(origin, size, root, kept, faults)
    if faults:
        raise typer.Exit(1)


def _read_twin_keys(directory: Directory, vkey: Key) -> tuple[NoteVerifier, ...]:
    """Return the log's Ed25519 keys under the twin's name: the same key signs both, each for its own origin."""
    path = vkey or audit_directory(directory) / "log.vkey"
    read_verifiers(directory, vkey)
    lines = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    own = [parse_vkey(line) for line in lines if not line.startswith("#")]
    named = [make_vkey(key.name + SUFFIX, key.public) for key in own if key.algorithm == ED25519]
    return tuple(note_verifier(str(key)) for key in named)


def _show(origin: str, size: int, root: bytes, kept: int, faults: tuple[VerificationFault, ...]) -> None:
    screen = make_console()
    screen.print(f"[bold]{word('SM3 并行树（国密杂凑）', 'twin under SM3')}[/]")
    print_under(word("并行树名称", "origin"), [origin])
    print_under(word("已核验条目", "entries verified"), [f"{size:,}"])
    print_under(word("SM3 根", "root"), [root.hex()])
    print_under(word("检查点", "checkpoints"), [f"{kept:,}"])
    show_faults_found(faults)
    if faults:
        screen.print("[red]✗[/] " + word("SM3 并行树核验不通过", "the twin does not hold"))
    else:
        screen.print("[green]✓[/] " + word("SM3 并行树与日志一致", "the twin agrees with the log"))
