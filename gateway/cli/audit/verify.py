"""`chuanyu audit verify` and `chuanyu audit migrate`: the whole log, before anything else is believed of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway.audit.entries.entry import Phase
from gateway.audit.migration import migrate
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import SCHEMA_VERSION
from gateway.audit.tlog.note import NoteVerifier
from gateway.audit.verification.verified import note_verified
from gateway.audit.verification.verify import LogVerdict, verify_log, verify_range
from gateway.audit.verification.witnessed import LastWitnessed, last_witnessed
from gateway.cli.audit.log import (
    REMEDY,
    Directory,
    Key,
    describe_unreadable_log,
    find_log,
    open_reader,
    read_verifiers,
    read_witness_verifiers,
    show_progress,
)
from gateway.cli.details import put_detail
from gateway.cli.language import lines_of, say, word
from gateway.cli.names import name_of
from gateway.cli.screen import NEXT, AsJson, Problem, describe_label, halve, make_console, quote, write_json
from gateway.cli.times import show_time
from gateway.ground.item import Label

Size = Annotated[
    int,
    typer.Option("--at-least", min=0, help="已知的条目数，更少即为缺失。A size known from elsewhere; fewer is a loss."),
]


First = Annotated[
    int | None, typer.Option("--from", min=0, help="只核验从此序号起的条目。Verify a range only: its first index.")
]
Last = Annotated[int | None, typer.Option("--to", min=0, help="区间的最后序号，含。The last index of the range.")]


def verify(
    directory: Directory,
    vkey: Key = None,
    at_least: Size = 0,
    first: First = None,
    last: Last = None,
    as_json: AsJson = False,
) -> None:
    """核验日志全部或一段。Verify the log, or a range: every hash made anew, every signature and link checked."""
    place, keys, witnesses = find_log(directory), read_verifiers(directory, vkey), read_witness_verifiers(directory)
    whole = first is None and last is None
    with show_progress(word("核验", "verifying"), shown=not as_json) as progress:
        try:
            if whole:
                verdict = verify_log(place, keys, witnesses=witnesses, expected_size=at_least, progress=progress)
            else:
                verdict = _verify_range(place, keys, witnesses, first or 0, last, at_least, progress)
        except StoreInvalid as error:
            raise describe_unreadable_log(error) from error
    if not verdict.holds:
        if as_json:
            write_json(_describe_verdict(verdict))
        else:
            _show_verdict(verdict)
        raise typer.Exit(1)
    with open_reader(directory) as reader:
        seen = last_witnessed(reader, witnesses)
    if as_json:
        write_json(_describe_verdict(verdict) | {"witnessed": asdict(seen) if seen is not None else None})
    else:
        _show_verdict(verdict)
        _show_witnessed(seen)
    if whole:
        note_verified(directory / "audit" / "verified.json", verdict.size)


def _verify_range(
    place: LogPlace,
    keys: Sequence[NoteVerifier],
    witnesses: Sequence[NoteVerifier],
    first: int,
    last: int | None,
    at_least: int,
    progress: Callable[[int, int], None],
) -> LogVerdict:
    with LogReader(place) as reader:
        size = reader.count()
        end = size if last is None else last + 1
        if not first < end <= size:
            raise Problem(
                Label(f"区间 {first} 至 {end - 1}", f"the range {first} to {end - 1}"),
                Label(f"0 至 {size - 1} 之内", f"a range within 0 to {size - 1}"),
                Label("核对序号", "check the indexes"),
                exit_code=2,
            )
        return verify_range(reader, first, end, keys, witnesses=witnesses, expected_size=at_least, progress=progress)


def migrate_log(directory: Directory, vkey: Key = None, as_json: AsJson = False) -> None:
    """升级日志格式，须先停止节点。Bring the log to this release's schema, while the node is stopped."""
    place, keys = find_log(directory), read_verifiers(directory, vkey)
    with show_progress(word("核验", "verifying"), shown=not as_json) as progress:
        try:
            found, verdict = asyncio.run(migrate(place, keys, progress=progress))
        except StoreInvalid as error:
            raise Problem(
                Label(f"日志未能升级：{put_detail(error).zh}", f"the log was not migrated: {error}"),
                Label("完整的日志，节点已停止", "a log that holds, and a stopped node"),
                Label(
                    "停止节点，运行 chuanyu audit verify 后重试", "stop the node, run chuanyu audit verify, try again"
                ),
            ) from error
    if as_json:
        write_json({"from": found, "to": SCHEMA_VERSION, **_describe_verdict(verdict)})
        return
    _show_verdict(verdict)
    if found == SCHEMA_VERSION:
        make_console().print(
            word(f"已是版本 {SCHEMA_VERSION}，未作改动", f"it has version {SCHEMA_VERSION}: nothing was changed")
        )
    else:
        make_console().print(
            "[green]✓[/] "
            + word(
                f"版本 {found} → {SCHEMA_VERSION}，条目无增减",
                f"version {found} → {SCHEMA_VERSION}: migrated, no entry lost or changed",
            )
        )


def _describe_verdict(verdict: LogVerdict) -> dict[str, object]:
    return {
        "holds": verdict.holds,
        "origin": verdict.origin,
        "size": verdict.size,
        "root": verdict.root.hex(),
        "checkpoints": verdict.checkpoints,
        "pruned": verdict.pruned,
        "phases": dict(verdict.phases),
        "faults": [
            {"place": fault.place, "index": fault.index, "detail": fault.detail, "next": describe_label(REMEDY)}
            for fault in verdict.faults
        ],
    }


def _show_verdict(verdict: LogVerdict) -> None:
    from rich.table import Table

    table = Table(title=word("审计日志核验", "audit log"), title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(word("日志", "origin"), quote(verdict.origin))
    table.add_row(word("已核验条目", "entries verified"), f"{verdict.size:,}")
    table.add_row(word("根", "root"), halve(verdict.root.hex()))
    table.add_row(word("检查点", "checkpoints"), f"{verdict.checkpoints:,}")
    if verdict.pruned:
        table.add_row(word("已归档，仅核验散列", "archived, hashes verified"), f"{verdict.pruned:,}")
    for phase, count in verdict.phases:
        table.add_row(word(f"阶段：{name_of(Phase, phase)}", f"phase {phase}"), f"{count:,}")
    for fault in verdict.faults:
        table.add_row("[red]" + word("位置", "place") + "[/]", f"[red]{quote(fault.place)}[/]")
        table.add_row("[red]" + word("问题", "found") + "[/]", quote(say(put_detail(fault.detail))))
        table.add_row(say(NEXT), "\n".join(lines_of(REMEDY)))
    screen = make_console()
    screen.print(table)
    if verdict.holds:
        screen.print("[green]✓[/] " + word("日志完整，未经改动", "the log holds: nothing is missing or altered"))
    else:
        screen.print("[red]✗[/] " + word("日志核验不通过", "the log does not hold"))


def _show_witnessed(seen: LastWitnessed | None) -> None:
    if seen is None:
        make_console().print("[yellow]![/] " + word("尚无见证", "no witness has cosigned it yet"))
        return
    at, by = show_time(datetime.fromtimestamp(seen.time_s, UTC)), quote(", ".join(seen.witnesses))
    zh = f"已获见证 {seen.size:,} 条，{at}，{by}；滞后 {seen.behind:,} 条、{seen.behind_seconds} 秒"
    en = f"witnessed: {seen.size:,} entries, {at}, {by}; lag {seen.behind:,} entries, {seen.behind_seconds} s"
    make_console().print("[green]✓[/] " + word(zh, en), soft_wrap=True)
