"""Shows the demo to a person: its progress, each held value beside the one that left, refusals, and both logs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.screen import make_console

if TYPE_CHECKING:
    from rich.table import Table

    from gateway.cli.demo.questions import DemoExchange
    from gateway.cli.demo.report import DemoReport, Step

DOMAINS: Final = {
    "identity": "身份证明",
    "social_security": "社会保障",
    "fund_disbursement": "资金发放",
    "transport": "交通出行",
    "tourism": "旅游观光",
    "culture": "文化体验",
    "health": "医疗卫生",
    "finance": "金融服务",
}
NAMES: Final = {"sichuan": "四川", "chongqing": "重庆"}


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


def _describe_value(value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, bytes):
        return f"密文 sealed, {len(value)} B"
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _tabulate_exchange(one: DemoExchange) -> Table:
    from rich.markup import escape
    from rich.table import Table

    title = f"{one.item.code} {one.item.label.zh} · {NAMES[one.asker]} → {NAMES[one.provider]}"
    if one.item.gates:
        k = one.item.gates[0].k
        title += f"\n批量闸 gate k = {k}：{one.rows} 行中 {one.withheld} 行隐去 of {one.rows} rows withheld"
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("数据项 field", "级别 level", "平台所有 held", "实际发出 left"):
        table.add_column(name, overflow="fold")
    for field in one.item.fields:
        held = _describe_value(one.held.get(field.name))
        left = _describe_value(one.left[field.name]) if field.name in one.left else "[dim]未发出 did not leave[/]"
        table.add_row(
            f"{field.label.zh} {field.name}", field.level.value, escape(held), left if "[dim]" in left else escape(left)
        )
    return table


def _tabulate_sealed(found: DemoReport) -> Table:
    from rich.markup import escape
    from rich.table import Table

    title = "只有部门能打开的数据项：出省并经过提问方网关的只有密文\n"
    title += (
        "fields for a department's eyes alone: only sealed octets left the province and crossed the asker's gateway"
    )
    caption = "已查：答复的每个字节，两个节点的每个文件 searched: every byte of the answers, every file of both nodes"
    table = Table(title=title, title_justify="left", title_style="bold", caption=caption, caption_justify="left")
    columns = ("数据项 field", "提问 → 应答", "密文 sealed", "部门打开 opened by the department", "明文 in the clear")
    for name in columns:
        table.add_column(name, overflow="fold")
    for one in found.exchanges:
        for field in one.sealed:
            opened = "[green]✓[/]" if field.opened else "[red]✗[/]"
            clear = f"[red]✗ {escape(', '.join(field.clear))}[/]" if field.clear else "[green]✓ 无 nowhere[/]"
            table.add_row(
                f"{one.item.code} {field.field}", f"{NAMES[one.asker]} → {NAMES[one.provider]}",
                f"{field.octets} B", f"{opened} {escape(_describe_value(field.read))}", clear,
            )  # fmt: skip
    return table


def show(found: DemoReport, *, kept: Path | None) -> None:
    """Print the whole demo."""
    from rich.table import Table

    screen = make_console()
    for one in found.exchanges:
        if one.asker == "chongqing":
            screen.print(_tabulate_exchange(one))
    every = Table(title="全部问答 / every exchange", title_justify="left", title_style="bold")
    for name in ("事项 item", "领域 domain", "提问 from", "应答 to", "决定 decision", "行 rows", "凭证 receipt"):
        every.add_column(name)
    for one in found.exchanges:
        decision = "[green]放行 released[/]" if not one.reason else f"[red]拒绝 {one.reason}[/]"
        every.add_row(
            f"{one.item.code} {one.item.label.zh}", DOMAINS[one.item.domain.value], NAMES[one.asker],
            NAMES[one.provider], decision, str(one.rows), f"#{one.index}",
        )  # fmt: skip
    screen.print(every)
    screen.print(_tabulate_sealed(found))
    turned = Table(title="应当拒绝的请求 / what must be refused", title_justify="left", title_style="bold")
    for name in ("情形 case", "应为 expected", "实为 found", ""):
        turned.add_column(name)
    for case in found.refusals:
        good = case.reason == case.expected
        turned.add_row(case.case, case.expected, case.reason, "[green]✓[/]" if good else "[red]✗[/]")
    screen.print(turned)
    logs = Table(title="审计日志 / audit logs", title_justify="left", title_style="bold")
    for name in ("节点 node", "记录 entries", "根 root", "核验 verified", "对方见证 witnessed by the peer"):
        logs.add_column(name)
    for name, (verdict, seen) in found.audit.items():
        found_good = "[green]✓[/]" if verdict.holds else f"[red]✗ {verdict.faults[0].detail}[/]"
        witnessed = "[red]✗[/]" if seen is None else f"[green]✓[/] {seen.size} · 差 lag {seen.behind}"
        logs.add_row(NAMES[name], str(verdict.size), verdict.root.hex()[:16] + "…", found_good, witnessed)
    screen.print(logs)
    if kept is not None:
        screen.print(f"数据留在 data left under {kept}: chuanyu audit verify {kept / 'sichuan'}", soft_wrap=True)
    mark = "[bold green]✓ 全部成立 all of it held[/]" if found.ok else "[bold red]✗ 有未成立之处 not all of it held[/]"
    screen.print(f"{mark} · {found.seconds:.1f} s")
