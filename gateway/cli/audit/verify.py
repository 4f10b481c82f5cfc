"""`chuanyu audit verify` and `chuanyu audit migrate`: the whole log, before anything else is believed of it.

A verification ends with 0 where the log is proven, with 1 where it was altered, 2 where it cannot be read, and 3 where
nothing contradicts it but it is not proven.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer

from gateway.audit.migration import migrate
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.schema import SCHEMA_VERSION
from gateway.audit.verification.conclusion import Verdict, conclude
from gateway.audit.verification.verified import note_verified
from gateway.audit.verification.verify import LogVerdict, verify_range, verify_reader
from gateway.audit.verification.witnessed import last_witnessed
from gateway.cli.audit.log import (
    Directory,
    Key,
    audit_directory,
    find_log,
    is_backup,
    open_reader,
    read_verifiers,
    show_progress,
)
from gateway.cli.audit.trusted import Keys, PolicyFile, WitnessKeys, read_keys
from gateway.cli.audit.verdict import describe_conclusion, describe_faults, show_conclusion, show_faults
from gateway.cli.details import put_detail
from gateway.cli.language import word
from gateway.cli.screen import AsJson, Problem, make_console, write_json
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
    witness_key: WitnessKeys = None,
    policy: PolicyFile = None,
    at_least: Size = 0,
    first: First = None,
    last: Last = None,
    as_json: AsJson = False,
) -> None:
    """核验日志全部或一段，说明已证明什么、凭谁的密钥、到哪一条。
    Verify the log, or a range, and say what is proven, by whose keys, up to which entry.
    """
    with open_reader(directory) as reader:
        keys = read_keys(directory, reader.origin, vkey, witness_key or [], policy)
        now_us = time.time_ns() // 1_000
        whole = first is None and last is None
        end = reader.count() if last is None else last + 1
        with show_progress(word("核验", "verifying"), shown=not as_json) as progress:
            if whole:
                verdict = verify_reader(
                    reader, keys.log, witnesses=keys.known, accept=keys.trusted.accept, expected_size=at_least,
                    progress=progress,
                )  # fmt: skip
                end = verdict.size
            else:
                verdict = _verify_range(reader, keys, first or 0, end, at_least, progress)
        conclusion = conclude(reader, verdict, end, keys.trusted, now_us=now_us)
        seen = last_witnessed(reader, keys.trusted.witnesses) if conclusion.verdict is not Verdict.ALTERED else None
    if as_json:
        witnessed = {"witnessed": asdict(seen) if seen is not None else None}
        write_json(describe_conclusion(verdict, conclusion, keys) | witnessed)
    else:
        show_faults(verdict)
        show_conclusion(verdict, conclusion, keys)
    if conclusion.holds and whole and not is_backup(directory):
        note_verified(audit_directory(directory) / "verified.json", verdict.size)
    if not conclusion.holds:
        raise typer.Exit(1 if conclusion.verdict is Verdict.ALTERED else 3)


def _verify_range(
    reader: LogReader, keys: Keys, first: int, end: int, at_least: int, progress: Callable[[int, int], None]
) -> LogVerdict:
    size = reader.count()
    if not first < end <= size:
        raise Problem(
            Label(f"区间 {first} 至 {end - 1}", f"the range {first} to {end - 1}"),
            Label(f"0 至 {size - 1} 之内", f"a range within 0 to {size - 1}"),
            Label("核对序号", "check the indexes"),
            exit_code=2,
        )
    return verify_range(
        reader, first, end, keys.log, witnesses=keys.known, accept=keys.trusted.accept, expected_size=at_least,
        progress=progress,
    )  # fmt: skip


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
        write_json({"from": found, "to": SCHEMA_VERSION, **describe_faults(verdict)})
        return
    show_faults(verdict)
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
