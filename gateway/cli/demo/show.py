"""Shows the demo to a person: its progress, each held value beside the one that left, refusals, and both logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.audit.verdict import VERDICTS
from gateway.cli.help import wrap
from gateway.cli.items.wording import name_value
from gateway.cli.language import say, sign, word
from gateway.cli.names import name_of, name_over_code, name_with_code
from gateway.cli.screen import make_console, quote
from gateway.cli.table import show_table
from gateway.cli.times import show_microseconds
from gateway.ground.evidence import CellReason
from gateway.ground.item import Domain, Field, Item, Label, Level, Outcome
from gateway.ground.refusals import Reason

if TYPE_CHECKING:
    from rich.table import Table

    from gateway.cli.demo.questions import DemoExchange
    from gateway.cli.demo.report import DemoReport, Step

CASES: Final = {
    "off-list item": "事项未列入清单",
    "wrong scene": "场景超出授权",
    "expired grant": "授权已到期",
    "undeclared field": "数据项未声明",
    "number in free text": "自由文本含号码",
    "stale clock": "时钟偏差",
    "replay": "重放",
    "revoked certificate": "证书已撤销",
}
"""The Chinese name of each question that must be refused."""
OUTCOME_CASES: Final = {
    "adult": "成年人",
    "child's match": "不满十四周岁未成年人核验身份",
    "child's card": "不满十四周岁未成年人的卡",
    "wrong name": "姓名不符",
    "number of nobody": "无此号码",
    "no such record": "本人无此记录",
    "child's pension": "不满十四周岁未成年人的养老保险",
    "child's region": "不满十四周岁不予提供的数据项",
    "too few alike": "同组人数不足",
    "records on the move": "资料迁移中",
}
"""The Chinese name of each case of an outcome."""
NAMES: Final = {"sichuan": Label("四川", "Sichuan"), "chongqing": Label("重庆", "Chongqing")}


@contextmanager
def show_progress(*, silent: bool) -> Iterator[Step]:
    """Show a bar for each stage on standard error; nothing when silent."""
    if silent:
        yield lambda what, done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=make_console(error=True)) as bars:
        tasks: dict[str, object] = {}

        def step(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)  # type: ignore[arg-type]  # rich's own task id

        yield step


def _describe_value(value: object, field: Field | None = None) -> str:
    if value is None:
        return "—"
    if field is not None and (name := name_value(field, value)) is not None:
        return name
    if isinstance(value, bytes):
        return word(f"密文，{len(value)} 字节", f"sealed, {len(value)} B")
    if isinstance(value, bool):
        return word("是", "yes") if value else word("否", "no")
    return value.isoformat() if isinstance(value, date) else str(value)


def _make_table(title: str, *heads: str, caption: str | None = None) -> Table:
    """Return an empty table; the domain's column, which holds codes in English, is not folded."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", caption=caption, caption_justify="left")
    for head in heads:
        table.add_column(head, overflow="fold", no_wrap=head == word("领域", "domain"))
    return table


def _show_exchange(one: DemoExchange) -> None:
    title = f"{one.item.code} {say(one.item.label)} · {say(NAMES[one.asker])} → {say(NAMES[one.provider])}"
    if one.item.gates:
        k = one.item.gates[0].k
        zh = f"最小群体校验 k = {k}：{one.rows} 行中隐去 {one.withheld} 行"
        title += "\n" + word(zh, f"gate k = {k}: {one.withheld} of {one.rows} rows withheld")
    heads = (
        (word("数据项", "field"),),
        (word("级别", "level"),),
        word("平台原值\n（示例）", "held\n(example)").split("\n"),
        word("实际提供\n（示例）", "left\n(example)").split("\n"),
    )
    rows = []
    for field in one.item.fields:
        left = word("未提供", "did not leave")
        if field.name in one.left:
            left = _describe_value(one.left[field.name], field)
        held = _describe_value(one.held.get(field.name), field)
        rows.append(((f"{say(field.label)} {field.name}",), (name_of(Level, field.level),), (held,), (left,)))
    show_table(title, heads, rows)


def _show_sealed(found: DemoReport) -> None:
    title = word(
        "仅需求部门可解密的数据项：出域并经过需求方网关的只有密文",
        "fields for a department's eyes alone: only sealed bytes left the province and crossed the asker's gateway",
    )
    heads = (
        (word("数据项", "field"),),
        (word("需求方 → 提供方", "from → to"),),
        (word("密文", "sealed"),),
        (word("部门打开", "opened by the department"),),
        (word("明文", "in the clear"),),
    )
    rows = [
        (
            (f"{one.item.code} {field.field}",),
            (f"{say(NAMES[one.asker])} → {say(NAMES[one.provider])}",),
            (word(f"{field.octets} 字节", f"{field.octets} B"),),
            (f"{'✓' if field.opened else '✗'} {_describe_value(field.read)}",),
            (f"✗ {', '.join(field.clear)}" if field.clear else "✓ " + word("无", "nowhere"),),
        )
        for one in found.exchanges
        for field in one.sealed
    ]
    show_table(title, heads, rows)
    zh, en = "已查：返回结果的每个字节，两个节点的每个文件", "every byte of the answers, every file of both nodes"
    make_console().print(word(zh, f"searched: {en}"))


def _tabulate_every(found: DemoReport) -> Table:
    refused = [
        f"{one.item.code}{sign('：', ': ')}{name_with_code(Reason, one.reason)}"
        for one in found.exchanges
        if one.reason
    ]
    table = _make_table(
        word("全部交换", "every exchange"),
        word("事项", "item"),
        word("领域", "domain"),
        word("需求方", "from"),
        word("提供方", "to"),
        word("处理结论", "decision"),
        word("行", "rows"),
        word("审计回执", "receipt"),
        caption="\n".join(part for line in refused for part in wrap(line, 76)) or None,
    )
    for one in found.exchanges:
        refusal, release = word("不予", "refused"), word("准予", "released")
        decision = f"[red]{refusal}[/]" if one.reason else f"[green]{release}[/]"
        table.add_row(
            f"{one.item.code} {say(one.item.label)}", name_of(Domain, one.item.domain), say(NAMES[one.asker]),
            say(NAMES[one.provider]), decision, str(one.rows), f"#{one.index}",
        )  # fmt: skip
    return table


def _tabulate_declared(found: DemoReport) -> Table:
    """Return the questions that a declared column refuses, each with its reason."""
    table = _make_table(
        word("按所申报项拒绝的请求", "what declared columns refuse"),
        word("情形", "case"),
        word("拒绝原因", "refused with"),
        "",
    )
    for one in found.declared:
        table.add_row(say(one.case), *_judge_reason(one.seen, one.expected))
    return table


def _judge_reason(seen: str, expected: str) -> tuple[str, str]:
    """Return the cell of a reason, with the expected one where it is another, and its mark."""
    reason = name_over_code(Reason, seen) if seen in set(Reason) else word("未拒绝", "not refused")
    if seen == expected:
        return reason, "[green]✓[/]"
    return reason + "\n" + word("预期：", "expected: ") + name_over_code(Reason, expected), "[red]✗[/]"


def _tabulate_refusals(found: DemoReport) -> Table:
    """Return the questions that must be refused, each with its reason and, where it is another, the expected one."""
    table = _make_table(
        word("应当拒绝的请求", "what must be refused"), word("情形", "case"), word("拒绝原因", "refused with"), ""
    )
    for case in found.refusals:
        table.add_row(word(CASES[case.case], case.case), *_judge_reason(case.reason, case.expected))
    return table


def _show_outcomes(found: DemoReport) -> None:
    """Show each outcome of a row, with what its cells say; what had to be said, where that is another."""
    heads = (
        (word("情形", "case"),),
        (word("事项", "item"),),
        (word("行结果", "outcome"),),
        (word("各项", "cells"),),
        ("",),
    )
    rows = []
    for one in found.outcomes:
        said = _name_row(one.seen)
        if one.later_at_s:
            said.append(show_microseconds(one.later_at_s * 1_000_000))
        if not one.ok:
            said += [word("预期：", "expected: "), *name_over_code(Outcome, one.expected).split("\n")]
        cells = _describe_cells(one.cells, one.item)
        item = (one.item.code, say(one.item.label))
        rows.append(((word(OUTCOME_CASES[one.case], one.case),), item, said, cells, ("✓" if one.ok else "✗",)))
    show_table(word("每种行结果", "each outcome of a row"), heads, rows)


def _show_rows(found: DemoReport) -> None:
    """Show what each named person's row said, what it had to say where that is another, and what is not answered."""
    heads = (
        (word("人员", "person"),),
        (word("事项", "item"),),
        (word("行结果或拒绝原因", "outcome or refusal"),),
        (word("各项", "cells"),),
        ("",),
    )
    rows = []
    for one in found.rows:
        cells = _describe_cells(one.cells, one.item)
        said = _name_row(one.seen)
        if not one.ok:
            said += [word("预期：", "expected: "), *_name_row(one.row.expected)]
            cells += [word("预期：", "expected: "), *_describe_cells(one.row.cells, one.item)]
        item = (one.item.code, f"{say(NAMES[one.asker])} → {say(NAMES[one.row.provider])}", *one.row.keys.values())
        rows.append(((one.name,), item, said, cells, ("✓" if one.ok else "✗",)))
    show_table(word("指名人员的各行", "rows of named persons"), heads, rows)
    heads = (
        (word("人员", "person"),),
        (word("查询", "asks"),),
        (word("尚未答复的原因", "why it is not answered yet"),),
    )
    missing = [((one.person,), (one.asks,), (say(one.reason),)) for one in found.not_answered]
    show_table(word("尚未答复的各行", "rows that are not answered yet"), heads, missing)


def _name_row(seen: str) -> list[str]:
    return name_over_code(Outcome if seen in {*Outcome} else Reason, seen).split("\n")


def _describe_cells(cells: Mapping[str, object], item: Item) -> list[str]:
    return [
        say(item.field(name).label) + sign("：", ": ") + _describe_cell(cell, item.field(name))
        for name, cell in cells.items()
    ]


def _describe_cell(cell: object, field: Field) -> str:
    return name_of(CellReason, cell) if isinstance(cell, CellReason) else _describe_value(cell, field)


def _tabulate_logs(found: DemoReport) -> Table:

    table = _make_table(
        word("审计日志", "audit logs"),
        word("节点", "node"),
        word("审计条目", "entries"),
        word("根", "root"),
        word("核验", "verified"),
        word("对方见证", "peer's witness"),
    )
    for name, (verdict, proven) in found.audit.items():
        good = ("[green]✓[/] " if proven.holds else "[red]✗[/] ") + say(VERDICTS[proven.verdict])
        witnessed, behind = "[red]✗[/]", verdict.size - proven.witnessed_to
        if proven.witnessed_to:
            lag = word(f"{proven.witnessed_to} 条，滞后 {behind} 条", f"{proven.witnessed_to}, lag {behind}")
            witnessed = f"[green]✓[/] {lag}"
        table.add_row(say(NAMES[name]), str(verdict.size), verdict.root.hex()[:8] + "…", good, witnessed)
    return table


def describe_kept(kept: Path) -> tuple[Label, ...]:
    """Return what lies under a kept directory, and what can be done with it, a line each."""
    witness = kept / "chongqing" / "audit" / "witness.vkey"
    verify = f"chuanyu audit verify {kept / 'sichuan'} --witness-key {witness}"
    run = f"chuanyu node run --config {kept / 'sichuan' / 'node.toml'}"
    return (
        Label(f"数据保留在 {kept}：{verify}", f"data left under {kept}: {verify}"),
        Label(
            f"再次启动节点（重庆的模拟平台已随演示结束，由四川返回结果）：{run}；重庆同此",
            f"run the nodes again (Chongqing's stand-in platform ended, so Sichuan answers): {run}; Chongqing alike",
        ),
        Label(
            f"应用与管理员的证书、私钥、口令：{kept / 'clients'}；证书认证机构与口令：{kept / 'authorities'}",
            f"certificates, keys and passphrases of a portal and an administrator: {kept / 'clients'}; "
            f"authorities, with their passphrases: {kept / 'authorities'}",
        ),
    )


def show(found: DemoReport, *, kept: Path | None) -> None:
    """Print the whole demo."""
    screen = make_console()
    for one in found.exchanges:
        if one.asker == "chongqing":
            _show_exchange(one)
    screen.print(_tabulate_every(found))
    _show_sealed(found)
    screen.print(_tabulate_refusals(found))
    _show_outcomes(found)
    screen.print(_tabulate_declared(found))
    _show_rows(found)
    screen.print(_tabulate_logs(found))
    if kept is not None:
        for label in describe_kept(kept):
            screen.print(quote(say(label)), soft_wrap=True)
    counts = len(found.exchanges), len(found.refusals)
    mark = (
        "[bold green]✓ "
        + word(
            f"演示通过：{counts[0]} 次交换、{counts[1]} 次拒绝，两份日志均核验通过",
            f"the demo passed: {counts[0]} exchanges, {counts[1]} refusals, both logs verified",
        )
        if found.ok
        else "[bold red]✗ " + word("演示未通过", "the demo did not pass")
    )
    screen.print(f"{mark}[/] · {found.seconds:.1f} {word('秒', 's')}")
