"""`chuanyu audit budget`: the budgets of persons as a reviewer recounts them, from the log and nothing else."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from gateway.audit.entries.entry import EntryInvalid
from gateway.audit.entries.looks import LookReader
from gateway.audit.review.whole import WholeLog
from gateway.budgets.bounds import Bounds
from gateway.budgets.counting import Counting, ScopeKind, Used
from gateway.budgets.periods import Period, Span
from gateway.cli.audit.log import Directory, show_progress
from gateway.cli.audit.whole import NOT_WHOLE, ArchivesDirectory, describe_missing, open_whole, show_missing
from gateway.cli.audit.window import read_moment_us
from gateway.cli.details import put_detail
from gateway.cli.language import say, sign, word
from gateway.cli.names import name_department, name_of
from gateway.cli.provinces import name_province
from gateway.cli.screen import AsJson, Problem, make_console, write_json
from gateway.cli.times import show_time
from gateway.ground.item import Label, SharingMode

_INTENT = b'"phase":"intent"'

At = Annotated[
    str,
    typer.Option(
        "--at",
        help="统计此时所在日和月到此时为止的人数，默认为现在。Count day and month up to this time; else up to now.",
    ),
]


def budget(directory: Directory, at: At = "", archives: ArchivesDirectory = None, as_json: AsJson = False) -> None:
    """按日志重新统计各经办人、部门、事项、应用和两地之间当日和当月查阅的人数。
    Recount from the log how many persons each official, department, item, application and pair of provinces
    looked at in the day and the month.
    """
    at_us = read_moment_us(at, "--at") if at else time.time_ns() // 1_000
    with open_whole(directory, archives) as log:
        counting = count(log, at_us, shown=not as_json)
        found = [*counting]
        if as_json:
            described = [describe(used) for used in found]
            write_json(
                {"size": log.size, **describe_missing(log), **describe_span(counting.span), "budgets": described}
            )
        else:
            show_table(found, counting.span, None)
            show_missing(log)
        if log.missing:
            raise typer.Exit(NOT_WHOLE)


def count(log: WholeLog, at_us: int, *, shown: bool) -> Counting:
    """Count the persons of the day and the month of a moment, up to it, as the node itself does.

    Raises:
        Problem: an intent cannot be read.
    """
    counting, reader = Counting(), LookReader()
    start, end = log.reader.window(Span.of(at_us).begins_us, at_us + 1)
    with show_progress(word("统计", "counting"), shown=shown) as progress:
        for rows in log.rows(start, end):
            try:
                for look in reader.read((index, octets) for index, _, octets in rows if _INTENT in octets):
                    if look.time_us <= at_us:
                        counting.take(look)
            except EntryInvalid as error:
                raise Problem(
                    put_detail(error),
                    Label("完整的日志", "a log that is whole"),
                    Label("运行 chuanyu audit verify", "run chuanyu audit verify"),
                ) from error
            if rows:
                progress(rows[-1][0] + 1 - start, end - start)
    counting.turn(at_us)
    return counting


def describe_span(span: Span) -> dict[str, Any]:
    """Return the day, and when day and month end, for JSON."""
    return {
        "day": f"{span.day:%Y-%m-%d}",
        "resets": {period.value: span.resets(period).isoformat() for period in Period},
    }


def describe(used: Used, bounds: Bounds | None = None) -> dict[str, Any]:
    """Return one budget for JSON; with its limits where there are bounds."""
    scope = used.scope
    told = {
        "kind": scope.kind.value,
        "mode": _mode(scope.batch).value,
        "name": scope.name,
        "owner": scope.owner,
        "used": {"day": used.day, "month": used.month},
    }
    if bounds is not None:
        day, month = bounds.limits[scope.kind]
        told["limit"] = {"day": day, "month": month}
    return told


def show_table(found: Sequence[Used], span: Span, bounds: tuple[Bounds, Bounds] | None) -> None:
    """Show budgets as tables, with their limits where there are bounds: of single questions, and of batches."""
    from gateway.cli.table import show_table as show_rows

    screen = make_console()
    ends = [show_time(span.resets(period)) for period in Period]
    for label in (
        Label(f"统计日期：{span.day:%Y-%m-%d}", f"the day of {span.day:%Y-%m-%d}"),
        Label(f"当日于 {ends[0]} 重新计数", f"the day resets at {ends[0]}"),
        Label(f"当月于 {ends[1]} 重新计数", f"the month resets at {ends[1]}"),
    ):
        screen.print(say(label), soft_wrap=True)
    if not found:
        screen.print(word("本月没有查阅任何人", "nobody was looked at this month"), soft_wrap=True)
        return
    heads = ((word("对象", "budget"),), (word("当日", "day"),), (word("当月", "month"),))
    for batch in (False, True):
        rows = [_list_cells(used, bounds) for used in found if used.scope.batch is batch]
        if rows:
            title = word("查阅人数", "persons looked at") + sign("：", ": ") + name_of(SharingMode, _mode(batch))
            show_rows(title, heads, rows, right=(1, 2))


def _list_cells(used: Used, bounds: tuple[Bounds, Bounds] | None) -> tuple[Sequence[str], ...]:
    scope = used.scope
    limits = bounds[scope.batch].limits[scope.kind] if bounds else (None, None)
    counts = ((_say_used(count, limit),) for count, limit in zip((used.day, used.month), limits, strict=True))
    return ((name_of(ScopeKind, scope.kind), *_say_name(used)), *counts)


def _mode(batch: bool) -> SharingMode:
    return SharingMode.BATCH if batch else SharingMode.API


def _say_used(persons: int, limit: int | None) -> str:
    if limit is None:
        return f"{persons:,}"
    return f"{'! ' if persons >= limit else ''}{persons:,} / {limit:,}"


def _say_name(used: Used) -> tuple[str, ...]:
    """Return whose budget it is, in lines; those of an item carry the item, the pair of provinces their names."""
    scope = used.scope
    owner = name_department(scope.owner.partition("/")[2])
    match scope.kind:
        case ScopeKind.DEPARTMENT:
            return (name_department(scope.name.partition("/")[2]),)
        case ScopeKind.OPERATOR:
            return (owner, scope.name)
        case ScopeKind.ITEM:
            province, _, code = scope.name.partition("/")
            return (f"{say(name_province(province))} {code}",)
        case ScopeKind.PEER:
            asking, _, asked = scope.name.partition("-")
            return (f"{say(name_province(asking))} → {say(name_province(asked))}",)
    return (scope.name,)
