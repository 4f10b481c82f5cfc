"""`chuanyu audit person` and `chuanyu audit official`: the readers of a person's data, and all that an official read.

Both ask the running node, which holds the keys of the references, and are entries of its log themselves. A person's
history needs an approval under dual control (`audit request`, `audit approve`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.audit.entries.entry import Entry, Phase, Result
from gateway.audit.review.search import FoundEntry
from gateway.audit.review.shown import EntryUnreadable, decode_shown
from gateway.audit.tlog.tree import leaf_hash
from gateway.cli.audit import window
from gateway.cli.audit.log import describe_unreadable_log
from gateway.cli.audit.search import show_entries
from gateway.cli.audit.subject_number import NumberFile, read_number
from gateway.cli.calling import WALK_SECONDS, Connection, call_node, with_connection_options
from gateway.cli.connection import read_file
from gateway.cli.language import word
from gateway.cli.names import name_of
from gateway.cli.screen import AsJson, Problem, make_console, quote, write_json
from gateway.cli.times import CHINA, show_microseconds
from gateway.ground.item import Label

ApprovalFile = Annotated[Path, typer.Option(help="双人批准文件。The approval signed by two persons.")]


@with_connection_options
def person(
    connection: Connection,
    approval: ApprovalFile,
    since: Annotated[str, typer.Option(help="起始月份 YYYY-MM。The first month.")],
    until: Annotated[str, typer.Option(help="截止月份 YYYY-MM（含）。The last month.")],
    number: NumberFile = None,
    for_person: Annotated[
        bool, typer.Option("--for-person", help="给本人的查阅结果：依法不予告知的只计数。What the person may be told.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """查阅谁看过某人的数据，并证明即为全部。Who looked at a person's data, with the proof that this is all."""
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    request = ledger_pb2.GetSubjectHistoryRequest(
        subject_no=read_number(number),
        since_month=since,
        until_month=until,
        approval=read_file(approval, Label("批准文件", "the approval")),
    )
    parts = call_node(
        connection,
        lambda channel: list(ledger_pb2_grpc.LedgerStub(channel).GetSubjectHistory(request, timeout=WALK_SECONDS)),
    )
    entries = [
        (part.entry.index, _read_entry(part.entry.index, part.entry.entry), part.entry.withheld)
        for part in parts
        if part.HasField("entry")
    ]
    if not parts or not parts[-1].HasField("completeness"):
        raise Problem(
            Label("返回结果没有完整性说明", "an answer without its statement of completeness"),
            Label("全部条目及完整性说明", "all entries and the statement of completeness"),
            Label("在节点上运行 chuanyu node check 后重试", "run chuanyu node check on the node, and try again"),
        )
    proof = parts[-1].completeness
    disclosed = [(index, entry) for index, entry, withheld in entries if not (for_person and withheld)]
    withheld = len(entries) - len(disclosed) if for_person else sum(1 for *_, one in entries if one)
    if as_json:
        write_json(
            {
                "entries": [{"index": index, **_describe_entry(entry)} for index, entry in disclosed],
                "withheld": withheld,
                "complete": proof.complete,
                "scanned": proof.scanned,
                "months": list(proof.months),
                "lost_months": list(proof.lost_months),
                "missing_from_index": list(proof.missing_from_index),
                "beyond_leaves": list(proof.beyond_leaves),
                "archived": proof.archived,
                "archived_months": list(proof.archived_months),
                "checkpoint": proof.checkpoint.decode(),
            }
        )
    else:
        _show(disclosed, withheld, proof)
    if proof.lost_months or proof.missing_from_index or proof.beyond_leaves:
        raise typer.Exit(1)
    if not proof.complete:  # nothing is wrong: what was asked for lies in archives
        raise typer.Exit(3)


@with_connection_options
def official(
    connection: Connection,
    ref: Annotated[str, typer.Option(help="经办人编号。The official's staff number.")],
    unit: Annotated[str, typer.Option(help="经办人单位。The official's unit.")],
    since: window.Since = "",
    until: window.Until = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="最多条数。The most entries.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """查阅某经办人查过什么：其各月带密钥代称下的条目。

    What an official looked at: the entries under the keyed reference of each month.
    """
    from gateway.wire.v1 import ledger_pb2, ledger_pb2_grpc

    request = ledger_pb2.SearchRequest(
        operator_ref=ref,
        operator_unit=unit,
        since_us=window.read_moment_us(since, "--since") if since else 0,
        until_us=window.read_moment_us(until, "--until") if until else 0,
        limit=limit,
    )
    parts = call_node(
        connection,
        lambda channel: list(ledger_pb2_grpc.LedgerStub(channel).Search(request, timeout=WALK_SECONDS)),
    )
    found = [
        FoundEntry(part.index, leaf_hash(part.entry), part.entry, _read_entry(part.index, part.entry)) for part in parts
    ]
    if as_json:
        write_json({"found": len(found), "entries": [{"index": one.index, **one.entry.fields} for one in found]})
        return
    show_entries(found, size=len(found), limited=len(found) == limit)


def _read_entry(index: int, octets: bytes) -> Entry:
    try:
        return decode_shown(index, octets)
    except EntryUnreadable as error:
        raise describe_unreadable_log(error) from error


def _describe_entry(entry: Entry) -> dict[str, object]:
    """Return what a person may read of one entry: its time, department, purpose and result."""
    return {
        "time": datetime.fromtimestamp(entry.number("time_utc_us") / 1e6, CHINA).isoformat(timespec="seconds"),
        "phase": str(entry.phase),
        "department": entry.text("consumer_department"),
        "item": entry.text("item_code"),
        "scene": entry.text("scene"),
        "use_basis": entry.text("use_basis"),
        "fields": list(entry.names("fields")),
        "result": entry.text("result"),
        "reason": entry.text("reason_code"),
    }


def _show(disclosed: list[tuple[int, Entry]], withheld: int, proof: Any) -> None:
    from rich.table import Table

    table = Table(title=word("谁看过我的数据", "who looked at my data"), title_justify="left")
    for name in (
        word("序号", "index"),
        word("时间", "time"),
        word("部门", "department"),
        word("事项", "item"),
        word("场景", "scene"),
        word("数据项", "fields"),
        word("结果", "result"),
    ):
        table.add_column(name, overflow="fold")
    for index, entry in disclosed:
        line = _describe_entry(entry)
        fields = ", ".join(entry.names("fields"))
        result = f"{name_of(Phase, entry.phase)} {line['reason'] or name_of(Result, str(line['result']))}"
        cells = (
            index,
            show_microseconds(entry.number("time_utc_us")),
            line["department"],
            line["item"],
            line["scene"],
            fields,
            result,
        )
        table.add_row(*(quote(str(cell)) for cell in cells))
    screen = make_console()
    screen.print(table)
    if withheld:
        screen.print(word(f"依法可不予告知：{withheld} 条", f"may be withheld by law: {withheld}"))
    months = f"{proof.months[0]} {word('至', 'to')} {proof.months[-1]}" if proof.months else "-"
    hashed = proof.scanned - proof.archived
    screen.print(
        word(f"已重算 {hashed:,} 个叶，月份 {months}", f"{hashed:,} leaves hashed anew, months {months}"),
        soft_wrap=True,
    )
    if proof.archived:
        screen.print(_say_archived(proof), soft_wrap=True)
    if proof.complete:
        screen.print(
            "[green]✓[/] " + word("以上即全部，无遗漏", "this is all: index and leaves agree under the signed root")
        )
        return
    if proof.lost_months:
        lost = ", ".join(proof.lost_months)
        screen.print(
            "[yellow]![/] "
            + word(
                f"密钥已销毁或不在，无法回答的月份：{lost}",
                f"months that cannot be answered, their keys being gone: {lost}",
            )
        )
    if proof.missing_from_index or proof.beyond_leaves:
        screen.print(
            "[red]✗[/] "
            + word("索引与叶不一致，运行 chuanyu audit verify", "the index is at fault: run chuanyu audit verify")
        )


def _say_archived(proof: Any) -> str:
    """Say which entries lie in archives, and which months that were asked for are answered without them."""
    last, count, months = proof.archived - 1, proof.archived, quote(", ".join(proof.archived_months))
    zh, en = f"条目 0-{last} 共 {count:,} 条已归档", f"{count:,} entries, 0-{last}, lie in archives"
    if not months:
        return word(zh + "，均早于所查月份", en + ", all older than the months asked for")
    return "[yellow]![/] " + word(
        f"{zh}，未在其中查找，结果不完整的月份：{months}",
        f"{en} and were not searched, so these months are not answered in full: {months}",
    )
