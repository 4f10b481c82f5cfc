"""`chuanyu audit replay`: the same record masked again gives what an entry committed to.

It runs where the node's keys are, for masks need them. It reads the log, the catalogue and the masking secret, and
writes nothing. The masks are compiled anew from the catalogue, and their profile shows that they are those of the
entry.

A reviewer must have the record beside them, see `replay_record`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.audit.entries.commitments import ROWS_SINCE, rows_root
from gateway.audit.entries.entry import Entry, Phase, decode
from gateway.cli.audit.log import Directory, Index, decode_row, open_reader, read_row
from gateway.cli.audit.replay_record import ReplayRecord, read_record
from gateway.cli.connection import describe_keystore_error
from gateway.cli.details import put_detail
from gateway.cli.language import say, word
from gateway.cli.screen import AsJson, Problem, make_console, quote, write_json
from gateway.ground.clock import china_day
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Item, Kind, Label
from gateway.ground.outcomes import count_outcomes
from gateway.ground.refusals import Refusal
from gateway.masking.apply import masked_page
from gateway.masking.context import NO_ENVELOPE, Context
from gateway.masking.plan import Plan
from gateway.masking.sealed import envelope

SAME, SHAPE, WITHHELD, OTHER = "same", "shape", "withheld", "other"
"""The result of a column: the same cells; sealed cells where values are; nulls that a gate made; other cells."""
_WORDS: Final = {
    SAME: ("[green]✓[/]", Label("相同", "the same cells")),
    SHAPE: ("[green]✓[/]", Label("形状相同（随机加密）", "the same shape, randomised")),
    WITHHELD: ("[green]✓[/]", Label("相同，另有最小群体校验隐去的", "the same, less what a gate withheld")),
    OTHER: ("[red]✗[/]", Label("不同", "other cells")),
}


def replay(
    directory: Directory,
    index: Index,
    record: Annotated[
        Path, typer.Option("--record", help="原始记录、盐及所得结果（JSON）。The raw record, salt and answer, in JSON.")
    ],
    as_json: AsJson = False,
) -> None:
    """对一条记录重新脱敏，并与条目中的承诺比对。
    Mask a record again, and hold the result to what the entry committed.
    """
    with open_reader(directory) as reader:
        entry = decode_row(read_row(reader, index))
        if entry.phase is not Phase.RELEASE:
            raise _describe_fault(
                Label(f"条目 {index} 属于 {entry.phase}", f"the entry {index} is of the phase {entry.phase}"),
                Label("一个提供（release）条目", "an entry of the phase release"),
            )
        intents = reader.exchange(entry.exchange_id, Phase.INTENT)
    asked = decode(intents[0].octets) if intents else entry
    today = china_day(asked.number("time_utc_us"))
    plan, item = _compile_plan(directory, entry.text("masking_profile"), today)
    given = read_record(record, item)
    made = _mask_record(plan, given, entry, today)
    got = given.read_answer(made)
    if entry.number("v") < ROWS_SINCE:
        got = replace(got, columns=tuple(replace(column, reasons=()) for column in got.columns), outcomes=())
    columns = {column.name: _compare_column(item, column, got.column(column.name)) for column in made.columns}
    committed = (
        rows_root(given.salt, got, entry.number("v")).hex() == entry.text("rows_root")
        and [column.name for column in got.columns] == list(entry.names("fields"))
        and got.rows == entry.number("record_count")
        and entry.names("outcomes") == count_outcomes(got)
    )
    _show(index, plan, columns, committed=committed, as_json=as_json)
    if not committed or OTHER in columns.values():
        raise typer.Exit(1)


def _compile_plan(directory: Path, profile: str, today: date) -> tuple[Plan, Item]:
    """Return the plan of that profile, compiled anew from the catalogue beside the log, and its item."""
    from gateway.assembly.build import orders_of, places_of, read_catalogue
    from gateway.assembly.trust import load_trust
    from gateway.catalogue.schema import CatalogueError
    from gateway.cli.settings_file import load_settings
    from gateway.masking.faults import PlanError
    from gateway.masking.keys import MaskKeys
    from gateway.masking.plans import Masking
    from keys.keystore import KeystoreError, Passphrase, load_secret

    settings = load_settings(directory / "node.toml")
    try:
        secret = load_secret(settings.masking_secret_path, Passphrase.read(settings.keys.passphrase_file))
        catalogue = read_catalogue(settings, load_trust(settings, datetime.now(UTC)))
        orders = orders_of(catalogue)
        plans = Masking(MaskKeys(secret), orders, today, places_of(catalogue.regions, today)).plans
    except KeystoreError as error:
        raise describe_keystore_error(error) from error
    except (CatalogueError, PlanError, OSError) as error:
        raise _describe_fault(
            Label(f"脱敏方案无法编译：{put_detail(error).zh}", f"the masks do not compile: {error}"),
            Label("节点的密钥与事项目录完好", "the node's keys and catalogue, whole"),
        ) from error
    for (item_digest, _, _), plan in plans.items():
        if plan.profile == profile:
            return plan, next(order.item for order in orders if order.item_digest == item_digest)
    raise _describe_fault(
        Label(f"没有方案 {profile[:16]}…", f"no plan of the profile {profile[:16]}…"),
        Label(
            "该条目当时的事项、授权、区划与密钥", "the item, grant, regions and keys that were in force at the entry"
        ),
    )


def _mask_record(plan: Plan, given: ReplayRecord, entry: Entry, today: date) -> Page:
    raw = given.raw
    sealed = envelope(plan.sealing_key, plan.item_code, entry.exchange_id) if plan.sealing_key else NO_ENVELOPE
    context = Context(today, range(raw.rows), given.subjects, sealed)
    try:
        return masked_page(plan, tuple(column.name for column in raw.columns), raw, context)
    except Refusal as error:
        raise _describe_fault(
            Label(f"记录不能脱敏：{put_detail(error.detail).zh}", f"the record cannot be masked: {error.detail}"),
            Label("平台所给的原始记录", "the raw record as the platform gave it"),
        ) from error


def _compare_column(item: Item, made: Column, got: Column) -> str:
    gated = {name for gate in item.gates for name in gate.guarded}
    if made.kind is Kind.SEALED:
        alike = [(one is None) is (other is None) for one, other in zip(made.values, got.values, strict=True)]
        lengths = [
            len(one) == len(other)
            for one, other in zip(made.values, got.values, strict=True)
            if isinstance(one, bytes) and isinstance(other, bytes)
        ]
        return SHAPE if all((*alike, *lengths)) else OTHER
    differing = {other for one, other in zip(made.values, got.values, strict=True) if one != other}
    if not differing:
        return SAME
    return WITHHELD if differing == {None} and made.name in gated else OTHER


def _show(index: int, plan: Plan, columns: Mapping[str, str], *, committed: bool, as_json: bool) -> None:
    if as_json:
        write_json({"index": index, "profile": plan.profile, "committed": committed, "columns": columns})
        return
    from rich.table import Table

    table = Table(
        title=word(f"条目 {index} 脱敏复算", f"entry {index} replayed") + f" · {plan.item_code}", title_justify="left"
    )
    table.add_column(word("数据项", "field"))
    table.add_column(word("结果", "result"))
    for name, found in columns.items():
        mark, label = _WORDS[found]
        table.add_row(quote(name), f"{mark} {say(label)}")
    screen = make_console()
    screen.print(table)
    screen.print(word("脱敏方案：", "masking profile:") + f" {plan.profile}", soft_wrap=True)
    screen.print(
        "[green]✓[/] " + word("与条目的承诺一致", "the rows are those that the entry committed to")
        if committed
        else "[red]✗[/] " + word("与条目的承诺不符", "the rows are not those that the entry committed to")
    )


def _describe_fault(found: Label, expected: Label) -> Problem:
    return Problem(
        found, expected, Label("见 docs/how-to/replay-a-release.md", "see docs/how-to/replay-a-release.md"), exit_code=2
    )
