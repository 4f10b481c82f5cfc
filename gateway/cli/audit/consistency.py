"""`chuanyu audit consistency`: whether the log has kept all that it once showed to this reviewer.

The reviewer keeps a file with the last checkpoint that was seen. It is the old end of the proof, which never comes from
the log, and it is replaced only when the log still holds everything.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.audit.tlog.note import MAX_NOTE_BYTES, parse_checkpoint, parse_note
from gateway.audit.verification.continuity import Continuity, ContinuityFinding, NothingToCompare, compare, newest
from gateway.cli.audit.log import REMEDY, Directory, Key, open_reader
from gateway.cli.audit.trusted import Keys, PolicyFile, WitnessKeys, describe_source, read_keys, say_source
from gateway.cli.details import put_detail
from gateway.cli.files import keep_evidence, write_file
from gateway.cli.language import lines_of, say, word
from gateway.cli.screen import NEXT, AsJson, Problem, describe_label, make_console, quote, write_json
from gateway.cli.times import show_time
from gateway.ground.item import Label

Stored = Annotated[
    Path,
    typer.Option(
        "--stored", help="审计管理员自己保存的检查点文件，首次运行时写入。The reviewer's own checkpoint file."
    ),
]
_FINDINGS: Final = {
    ContinuityFinding.GROWN: Label("原有条目俱在，并有新增", "all that was shown is still there, and more"),
    ContinuityFinding.SAME: Label("原有条目俱在，无新增", "all that was shown is still there, and nothing was added"),
    ContinuityFinding.ROLLED_BACK: Label("条目少于曾经出示的数目", "the log has fewer entries than it once showed"),
    ContinuityFinding.FORK: Label("同一数目签署了两个不同的根", "the log signed two different trees of one size"),
    ContinuityFinding.REWRITTEN: Label(
        "现有内容不以曾出示者为开头", "what it holds does not begin with what it once showed"
    ),
    ContinuityFinding.UNSIGNED: Label(
        "最新检查点未经有效签名", "its newest checkpoint is not validly signed as it stands"
    ),
}


def consistency(
    directory: Directory,
    stored: Stored,
    vkey: Key = None,
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """与审计管理员保存的检查点比对。Compare the log with the checkpoint that the reviewer has stored."""
    with open_reader(directory) as reader:
        keys = read_keys(directory, reader.origin, vkey, witness_key or [], policy)
        try:
            if not stored.exists():
                note = newest(reader, keys.log, keys.known)
                write_file(stored, note)
                _show_first(stored, note, keys, as_json=as_json)
                return
            found = compare(reader, read_stored(stored), keys.log, keys.known)
        except NothingToCompare as error:
            raise Problem(
                Label(f"无法比对：{put_detail(error).zh}", str(error)),
                Label("经日志公钥签名的检查点", "checkpoints that the log's key signed"),
                Label(
                    "核对公钥与文件；切勿以日志自身的检查点代替",
                    "check the key and the file; never put the log's own checkpoint in its place",
                ),
                exit_code=2,
            ) from error
    if found.holds:
        write_file(stored, found.note)
    contradicts = found.note and not found.holds
    evidence = keep_evidence(stored, found.note, _FINDINGS[found.finding]) if contradicts else None
    _show(found, stored, keys, evidence, as_json=as_json)
    if not found.holds:
        raise typer.Exit(1)


def read_stored(stored: Path) -> bytes:
    """Return a reviewer's stored note, or as much of it as shows that it is too long; raises NothingToCompare."""
    try:
        with stored.open("rb") as file:
            return file.read(MAX_NOTE_BYTES + 1)
    except OSError as error:
        raise NothingToCompare(f"the stored checkpoint cannot be read: {error.strerror}") from error


def _show_first(stored: Path, note: bytes, keys: Keys, *, as_json: bool) -> None:
    found = parse_checkpoint(parse_note(note).text)
    if as_json:
        shown = {"finding": "first", "holds": True, "size": found.size, "root": found.root.hex()}
        write_json({**shown, "stored": str(stored), "keys_from": describe_source(keys)})
        return
    make_console().print(
        "[green]✓[/] "
        + word(
            f"首次保存，尚无可比：{found.size:,} 条",
            f"stored for the first time, nothing to compare yet: {found.size:,}",
        )
        + f"\n  {found.root.hex()}\n  "
        + word("请将此文件存于节点管理员无权访问之处", "keep this file where the node's administrators cannot reach it")
        + f"\n  {say_source(keys)}"
    )


def _show(found: Continuity, stored: Path, keys: Keys, evidence: Path | None, *, as_json: bool) -> None:
    if as_json:
        shown = {
            "finding": found.finding.value,
            "holds": found.holds,
            "origin": found.old.origin,
            "stored": str(stored),
        }
        ends = {"old_size": found.old.size, "new_size": found.new.size}
        roots = {"old_root": found.old.root.hex(), "new_root": found.new.root.hex()}
        kept = {} if found.holds else {"evidence": str(evidence or ""), "next": describe_label(REMEDY)}
        source = {"stored_cosigned": dict(found.cosigned), "keys_from": describe_source(keys)}
        write_json({**shown, **ends, **roots, "detail": found.detail, **kept, **source})
        return
    from rich.table import Table

    table = Table(title=word("一致性", "consistency"), title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(word("日志", "origin"), quote(found.old.origin))
    table.add_row(word("所存", "stored"), f"{found.old.size:,}  {found.old.root.hex()}")
    for name, time_s in sorted(found.cosigned.items()):
        table.add_row(
            word("所存的见证", "its witness"), f"{quote(name)}, {show_time(datetime.fromtimestamp(time_s, UTC))}"
        )
    table.add_row(word("现有", "now"), f"{found.new.size:,}  {found.new.root.hex()}")
    table.add_row(word("比对时间", "compared"), show_time(datetime.now(UTC)))
    sentence = _FINDINGS[found.finding]
    if not found.holds:
        lines = [*lines_of(sentence), *(lines_of(put_detail(found.detail)) if found.detail else ())]
        table.add_row("[red]" + word("问题", "found") + "[/]", "\n".join(map(quote, filter(None, lines))))
        table.add_row(word("证据", "evidence"), " + ".join(quote(one) for one in (stored, evidence) if one))
        table.add_row(say(NEXT), "\n".join(lines_of(REMEDY)))
    make_console().print(table)
    make_console().print(f"{'[green]✓[/]' if found.holds else '[red]✗[/]'} {say(sentence)}")
    make_console().print(say_source(keys), soft_wrap=True)
