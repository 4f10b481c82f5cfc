"""`chuanyu audit reconcile`: lists every exchange of two provinces that only one of their logs has."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.audit.retention.rules import require_covered
from gateway.audit.review.reconcile import Cause, Comparison, OneSided, Side, compare
from gateway.audit.review.sources import BundleSource, LogSource
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.cli.audit.log import describe_unreadable_log, find_log, show_progress
from gateway.cli.language import lines_of, say, word
from gateway.cli.screen import AsJson, Problem, describe_label, make_console, quote, write_json
from gateway.cli.times import show_microseconds
from gateway.ground.item import Label
from gateway.ground.refusals import TABLE, Reason

Log = Annotated[
    Path, typer.Argument(metavar="LOG", help="节点文件夹或证据包。A node's data directory, or an evidence bundle.")
]
Grace = Annotated[
    float, typer.Option(min=0, max=86_400, help="视为进行中的秒数。Seconds for which an exchange is in flight.")
]
All = Annotated[bool, typer.Option("--all", help="也列出已有原因的。List those with a known reason too.")]

WORDS: Final = {
    Cause.REFUSED: Label("已拒绝", "refused"),
    Cause.REPEATED: Label("链路中断后重问，另一次已收到", "a link that broke asked again; the other answer arrived"),
    Cause.IN_FLIGHT: Label("读取时可能尚在进行", "may have been in flight when the logs were read"),
    Cause.NOT_SHOWN: Label("对方日志只出示了一部分", "the other log was shown in part"),
    Cause.UNKNOWN: Label("对方日志没有这次交换", "the other log does not know the exchange"),
    Cause.UNANSWERED: Label("对方日志有开始，没有结果", "the other log began it and recorded no end"),
    Cause.ALTERED: Label("所指的对方条目不存在或不同", "it names an entry that the other log does not have so"),
}
SIDES: Final = {Side.PROVIDER: Label("提供方", "provider"), Side.ASKER: Label("需求方", "asker")}


def reconcile(one: Log, other: Log, grace: Grace = 60.0, show_all: All = False, as_json: AsJson = False) -> None:
    """川渝两地日志对账，列出只有一方记录的交换及其原因。
    Compare two provinces' logs; list each exchange that has one side alone, with the reason.
    """
    with ExitStack() as stack:
        try:
            sources = [_open_source(stack, path) for path in (one, other)]
            if sources[0].origin == sources[1].origin:
                raise _describe_same_log(sources[0].origin)
            total = sum(map(len, sources))
            with show_progress(word("对账", "reconciling"), shown=not as_json) as progress:
                found = compare(*sources, grace_us=int(grace * 1_000_000), progress=lambda done: progress(done, total))
        except StoreInvalid as error:
            raise describe_unreadable_log(error) from error
    open_ones = [each for each in found.one_sided if not each.explained]
    if as_json:
        write_json(_describe_comparison(found, [source.origin for source in sources]))
    else:
        _show(found, found.one_sided if show_all else tuple(open_ones))
    if open_ones:
        raise typer.Exit(1)


def _open_source(stack: ExitStack, path: Path) -> LogSource | BundleSource:
    if path.is_file():
        return BundleSource(path)
    reader = stack.enter_context(LogReader(find_log(path)))
    require_covered(reader)
    return LogSource(reader)


def _describe_same_log(origin: str) -> Problem:
    return Problem(
        Label(f"两份都是 {origin} 的日志", f"the log of {origin} twice"),
        Label("两个省的日志", "the logs of two provinces"),
        Label("改为指定对方的日志或证据包", "name the other province's log, or its evidence bundle"),
        exit_code=2,
    )


def _describe_comparison(found: Comparison, origins: list[str]) -> dict[str, object]:
    rows = [
        {**asdict(each), "explained": each.explained, "finding": describe_label(WORDS[each.why])}
        for each in found.one_sided
    ]
    return {
        "origins": origins,
        "exchanges": found.exchanges,
        "pages": found.pages,
        "refused": found.refused,
        "unacknowledged": found.unacknowledged,
        "within_province": found.within_province,
        "one_sided": rows,
        "agree": all(each.explained for each in found.one_sided),
    }


def _show(found: Comparison, rows: tuple[OneSided, ...]) -> None:
    from rich.table import Table

    out = make_console()
    totals = Table(title=word("川渝两地日志对账", "reconciliation"), title_justify="left", show_header=False)
    for zh, en, count in (
        ("川渝交换", "exchanges between the two", found.exchanges),
        ("双方都有的页", "pages that both have", found.pages),
        ("已拒绝", "refused", found.refused),
        ("双方都有，确认未回", "both have it, no acknowledgement came back", found.unacknowledged),
        ("本方内部交换", "within one province", found.within_province),
        ("单边", "one-sided", len(found.one_sided)),
        ("其中原因不明", "of these without a known reason", sum(not one.explained for one in found.one_sided)),
    ):
        totals.add_row(word(zh, en), f"{count:,}")
    out.print(totals)
    if rows:
        table = Table(title=word("单边交换", "one-sided exchanges"), title_justify="left", show_lines=True)
        for title in (
            word("请求编号", "exchange"),
            word("页", "page"),
            word("时间", "time"),
            word("事项", "item"),
            word("仅见于", "only in"),
            word("原因", "reason"),
        ):
            table.add_column(title, overflow="fold")
        for one in rows:
            side = SIDES[one.side]
            when = show_microseconds(one.time_us)
            table.add_row(
                quote(one.exchange_id),
                str(one.page),
                when,
                f"{quote(one.item_code)}\n{quote(one.department)}",
                f"{quote(one.origin)} #{one.index}\n{say(side)}",
                _describe_reason(one),
                style="" if one.explained else "red",
            )
        out.print(table)
    if any(not one.explained for one in found.one_sided):
        zh = "有单边交换原因不明：双方持各自回执与检查点核查"
        en = "some have one side and no known reason: compare receipts and checkpoints of both provinces"
        out.print("[red]✗[/] " + word(zh, en))
    else:
        out.print("[green]✓[/] " + word("川渝两地日志一致", "the logs of both provinces agree"))


def _describe_reason(one: OneSided) -> str:
    label = WORDS[one.why]
    lines = lines_of(label)
    if one.reason:
        lines.append(quote(one.reason))
    if one.reason in Reason.__members__:  # a log of a later release may hold one that is not known here
        sentence = TABLE[Reason(one.reason)]
        lines += lines_of(Label(sentence.zh, sentence.en))
    return "\n".join(lines)
