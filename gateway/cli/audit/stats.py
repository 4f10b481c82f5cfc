"""`chuanyu audit stats`: refusals, distinct persons by department and official, whom, what and when, from one reading.

The log names officials and persons by keyed references of the month alone, so every number of distinct persons is one
of a month or a day; who an official is, the body of the entry tells that is shown beside it (`audit open`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer

from gateway.audit.review.search import EVER_US
from gateway.audit.review.shown import decode_shown
from gateway.audit.review.statistics import WORK_FROM, WORK_TO, Line, Report, Statistics, Thresholds
from gateway.audit.review.whole import WholeLog
from gateway.cli.audit import window
from gateway.cli.audit.absent import find_absent, show_absent
from gateway.cli.audit.log import Directory, show_progress
from gateway.cli.audit.whole import NOT_WHOLE, ArchivesDirectory, describe_missing, open_whole, show_missing
from gateway.cli.language import sign, word
from gateway.cli.names import name_department, name_over_code
from gateway.cli.screen import AsJson, make_console, write_json
from gateway.cli.table import show_table
from gateway.cli.times import show_microseconds
from gateway.ground.refusals import Reason

Top = Annotated[int, typer.Option(min=1, max=10_000, help="每表最多行数。The most lines of a table.")]
Over = Annotated[
    int | None,
    typer.Option(
        "--over",
        min=0,
        help="经办人一个月内超过此人数即报告。Report an official who looked at more persons in a month.",
    ),
]
OverDay = Annotated[
    int | None,
    typer.Option(
        "--over-day", min=0, help="经办人一天内超过此人数即报告。Report an official who looked at more in a day."
    ),
]
OverDepartment = Annotated[
    int | None,
    typer.Option(
        "--over-department",
        min=0,
        help="部门一个月内超过此人数即报告。Report a department that looked at more in a month.",
    ),
]
_EXCEEDED: Final = 1


def stats(
    directory: Directory,
    since: window.Since = "",
    until: window.Until = "",
    department: window.Department = "",
    item: window.ItemCode = "",
    top: Top = 10,
    over: Over = None,
    over_day: OverDay = None,
    over_department: OverDepartment = None,
    archives: ArchivesDirectory = None,
    as_json: AsJson = False,
) -> None:
    """统计拒绝原因、查阅人数、被查次数、事项和时段，超过阈值的退出码为 1。
    Count refusals, persons looked at, attempts, items and hours; it ends with 1 where somebody is beyond a threshold.
    """
    first_us, end_us = window.read_window_us(since, until)
    limits = Thresholds(operator_month=over, operator_day=over_day, department_month=over_department)
    counted = Statistics(top=top, thresholds=limits)
    with open_whole(directory, archives) as log:
        _count(log, counted, (first_us, end_us), department, item, shown=not as_json)
        report = counted.finish()
        absent = {} if report.entries else find_absent(log, directory, department=department, item=item)
    if as_json:
        write_json({"size": log.size, **describe_missing(log), "absent": absent, **_describe(report, limits)})
    else:
        _show(report, limits, first_us, end_us)
        show_absent(absent)
        show_missing(log)
    if report.exceeded:
        raise typer.Exit(_EXCEEDED)
    if log.missing:
        raise typer.Exit(NOT_WHOLE)


def _count(
    log: WholeLog, counted: Statistics, window_us: tuple[int, int], department: str, item: str, *, shown: bool
) -> None:
    first_us, end_us = window_us
    start, end = log.reader.window(first_us, end_us)
    with show_progress(word("统计", "counting"), shown=shown) as progress:
        for rows in log.rows(start, end):
            for index, _, octets in rows:
                entry = decode_shown(index, octets)
                wanted = first_us <= entry.number("time_utc_us") < end_us
                wanted = wanted and department in ("", entry.text("consumer_department"))
                if wanted and item in ("", entry.text("item_code")):
                    counted.take(index, entry)
            if rows:
                progress(rows[-1][0] + 1 - start, end - start)


def _describe(report: Report, limits: Thresholds) -> dict[str, Any]:
    return {
        "entries": report.entries,
        "questions": report.questions,
        "pages": report.pages,
        "rows": report.rows,
        "refusals": report.refusals,
        "repeats": report.repeats,
        "questions_without_official": report.unnamed,
        "out_of_order": report.late,
        "off_hours": {"questions": report.off_hours, "working": f"Mon-Fri {WORK_FROM:02}:00-{WORK_TO:02}:00+08:00"},
        "hours": {f"{hour:02}:00+08:00": count for hour, count in enumerate(report.hours)},
        "reasons": [
            {"reason": reason, "count": one.count, "first_us": one.first_us, "last_us": one.last_us}
            for reason, one in _order_reasons(report)
        ],
        "reasons_by_month": [
            {"month": month, "reason": reason, "count": count}
            for (month, reason), count in sorted(report.reasons_by_month.items())
        ],
        "departments": [_describe_line(line, "month", official=False) for line in report.departments],
        "officials": [_describe_line(line, "month", official=True) for line in report.operators],
        "days": [_describe_line(line, "day", official=True) for line in report.days],
        "persons": [
            {
                "month": line.period,
                "person": line.token,
                "asked": line.asked,
                "refused": line.refused,
                "entry": line.entry,
            }
            for line in report.persons
        ],
        "items": [
            {"item": code, "questions": one.questions, "refused": one.refused, "rows": one.rows}
            for code, one in _order_items(report)
        ],
        "thresholds": {
            name: {"more_than": most, "exceeded_by": report.over[name]}
            for name, most in (
                ("operator_month", limits.operator_month),
                ("operator_day", limits.operator_day),
                ("department_month", limits.department_month),
            )
            if most is not None
        },
    }


def _describe_line(line: Line, period: str, *, official: bool) -> dict[str, Any]:
    who = {"official": line.operator} if official else {}
    return {
        period: line.period,
        "department": line.department,
        **who,
        "persons": line.persons,
        "questions": line.questions,
        "refused": line.refused,
        "entry": line.entry,
    }


def _order_reasons(report: Report) -> list[tuple[str, Any]]:
    return sorted(report.reasons.items(), key=lambda one: (-one[1].count, one[0]))


def _order_items(report: Report) -> list[tuple[str, Any]]:
    return sorted(report.items.items(), key=lambda one: (-one[1].questions, -one[1].rows, one[0]))


def _show(report: Report, limits: Thresholds, first_us: int, end_us: int) -> None:
    screen = make_console()
    screen.print(_say_window(first_us, end_us), soft_wrap=True)
    zh = f"查询 {report.questions}，提供或收到 {report.pages} 页 {report.rows} 行，拒绝 {report.refusals}"
    en = f"questions {report.questions}, pages {report.pages}, rows {report.rows}, refusals {report.refusals}"
    screen.print(word(zh, en), soft_wrap=True)
    hours = f"{WORK_FROM:02}:00{sign('—', '-')}{WORK_TO:02}:00"
    zh = f"工作时间外查询 {report.off_hours}（北京时间周一至周五 {hours} 之外，不计节假日）"
    en = f"questions off hours: {report.off_hours} (not Mon-Fri {hours} Beijing time; no holidays)"
    screen.print(word(zh, en), soft_wrap=True)
    if report.unnamed:
        zh, en = f"未写明经办人的查询 {report.unnamed}", f"questions that name no official: {report.unnamed}"
        screen.print(word(zh, en), soft_wrap=True)
    _show_reasons(report)
    _show_rankings(report, limits)
    _show_items(report)
    _show_hours(report)
    if report.late:
        zh = f"另有 {report.late} 条时间早于已结算的月或日，其中的人可能重复计数"
        en = f"{report.late} entries are of months or days that were closed: persons in them may count twice"
        screen.print("[yellow]![/] " + word(zh, en), soft_wrap=True)
    _show_thresholds(report, limits)


def _say_window(first_us: int, end_us: int) -> str:
    first = show_microseconds(first_us) if first_us else word("日志起始", "the beginning of the log")
    last = show_microseconds(end_us - 1) if end_us < EVER_US else word("日志末尾", "its end")
    return word(f"统计区间：{first} 至 {last}（均含）", f"from {first} to {last}, both included")


def _show_reasons(report: Report) -> None:
    rows = [
        (
            name_over_code(Reason, reason),
            one.count,
            show_microseconds(one.first_us, zone=False),
            show_microseconds(one.last_us, zone=False),
        )
        for reason, one in _order_reasons(report)
    ]
    columns = (
        word("原因", "reason"),
        word("次数", "count"),
        word("首次（北京时间）", "first, Beijing time"),
        word("最近（北京时间）", "newest, Beijing time"),
    )
    _show_table(word("拒绝原因", "refusals by reason"), columns, rows)
    months = sorted({month for month, _ in report.reasons_by_month})
    if len(months) > 1:
        lines = [
            (month, sum(report.reasons_by_month[month, reason] for reason in report.reasons), _say_most(report, month))
            for month in months
        ]
        heads = (
            word("月份（UTC）", "month, UTC"),
            word("拒绝", "refusals"),
            word("最多的原因", "most frequent reason"),
        )
        _show_table(word("各月拒绝", "refusals by month"), heads, lines)


def _say_most(report: Report, month: str) -> str:
    most = max(sorted(report.reasons), key=lambda reason: report.reasons_by_month[month, reason])
    return f"{name_over_code(Reason, most)} × {report.reasons_by_month[month, most]}"


def _show_rankings(report: Report, limits: Thresholds) -> None:
    month, day = word("月份（UTC）", "month, UTC"), word("日期（北京）", "day, Beijing")
    _show_lines(
        word("各部门查阅人数（按月）", "departments by distinct persons in a month"),
        month,
        report.departments,
        limits.department_month,
        official=False,
    )
    _show_lines(
        word("各经办人查阅人数（按月）", "officials by distinct persons in a month"),
        month,
        report.operators,
        limits.operator_month,
        official=True,
    )
    _show_lines(
        word("一天内查阅人数最多的经办人", "officials by distinct persons in a day"),
        day,
        report.days,
        limits.operator_day,
        official=True,
    )
    rows = [(line.period, line.token, line.asked, line.refused, line.entry) for line in report.persons]
    columns = (
        month,
        word("持卡人标识", "person's reference"),
        word("被查次数", "asked"),
        word("其中拒绝", "refused"),
        word("最近条目", "newest entry"),
    )
    _show_table(word("被查次数最多的人（含被拒绝的）", "persons most asked about, refusals included"), columns, rows)


def _show_lines(title: str, period: str, lines: Sequence[Line], most: int | None, *, official: bool) -> None:
    who = word("部门与经办人标识", "department, official") if official else word("部门", "department")
    columns = (
        f"{period}\n{who}",
        word("人数", "persons"),
        word("查询", "asked"),
        word("拒绝", "refused"),
        word("条目", "entry"),
    )
    rows = []
    for line in lines:
        name = name_department(line.department)
        mark = "! " if most is not None and line.persons > most else ""
        named = "\n".join(filter(None, (line.period, name, line.operator if official else "")))
        entry = line.entry if line.entry >= 0 else "-"
        rows.append((named, f"{mark}{line.persons}", line.questions, line.refused, entry))
    _show_table(title, columns, rows)


def _show_items(report: Report) -> None:
    columns = (word("事项", "item"), word("查询", "asked"), word("拒绝", "refused"), word("行数", "rows"))
    rows = [(code or "-", one.questions, one.refused, one.rows) for code, one in _order_items(report)]
    _show_table(word("各事项", "items by questions"), columns, rows)


def _show_hours(report: Report) -> None:
    if report.questions:
        dash = sign("—", "-")
        hour, asked = word("北京时间", "Beijing time"), word("查询", "asked")
        rows = [
            tuple(
                cell
                for at in (line, line + 8, line + 16)
                for cell in (f"{at:02}:00{dash}{at + 1:02}:00", report.hours[at])
            )
            for line in range(8)
        ]
        _show_table(word("各时段查询", "questions by hour"), (hour, asked) * 3, rows)


def _show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    if not rows:
        return
    numbers = [at for at in range(len(columns)) if all(isinstance(row[at], int) for row in rows)]
    cells = [[str(cell).split("\n") for cell in row] for row in rows]
    show_table(title, [name.split("\n") for name in columns], cells, right=numbers)


def _show_thresholds(report: Report, limits: Thresholds) -> None:
    for name, most, zh, en in (
        ("operator_month", limits.operator_month, "经办人一个月内", "officials in a month"),
        ("operator_day", limits.operator_day, "经办人一天内", "officials in a day"),
        ("department_month", limits.department_month, "部门一个月内", "departments in a month"),
    ):
        if most is not None:
            found = report.over[name]
            mark = "[red]✗[/]" if found else "[green]✓[/]"
            said = word(f"{zh}查阅超过 {most} 人：{found} 例", f"{en} with more than {most} persons: {found}")
            make_console().print(f"{mark} {said}", soft_wrap=True)
