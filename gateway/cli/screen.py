"""Shows problems, findings and results to a person, or to a program with `--json`.

Rules: every sentence is a label, shown in the language of the run; a problem says what was found, what was expected and
what to do next; `--json` writes one JSON value to standard output and nothing else there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gateway.cli.details import put_detail
from gateway.cli.encoding import takes
from gateway.cli.language import lines_of, say, word
from gateway.ground.item import Label
from gateway.ground.visible import spell_unseen

if TYPE_CHECKING:
    from rich.console import Console

_JSON: Final = "chuanyu.json"


class CheckStatus(StrEnum):
    """The result of a check. Only WRONG makes a command fail."""

    RIGHT = "right"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


MARKS: Final[Mapping[CheckStatus, str]] = {
    CheckStatus.RIGHT: "[green]✓[/]",
    CheckStatus.DOUBTFUL: "[yellow]![/]",
    CheckStatus.WRONG: "[red]✗[/]",
}


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One thing that was checked: its name, its status, the fact that was found and, unless right, the next step."""

    subject: Label
    status: CheckStatus
    found: Label
    remedy: Label


FOUND: Final = Label("问题", "found")
EXPECTED: Final = Label("要求", "expected")
NEXT: Final = Label("处理建议", "next")
NOTHING: Final = Label("无须处理", "nothing is to be done")


def report_right(subject: Label, zh: str, en: str) -> CheckFinding:
    """Return a finding that is as it should be."""
    return CheckFinding(subject, CheckStatus.RIGHT, Label(zh, en), NOTHING)


def report_wrong(subject: Label, found: Label, remedy: Label) -> CheckFinding:
    """Return a finding that makes the command fail."""
    return CheckFinding(subject, CheckStatus.WRONG, found, remedy)


def report_error(subject: Label, error: Exception, remedy: Label) -> CheckFinding:
    """Return a finding from an error of the rooms, whose own words are English."""
    found = put_detail(error)
    return CheckFinding(subject, CheckStatus.WRONG, Label(f"核验不通过：{found.zh}", found.en), remedy)


def report_doubt(subject: Label, found: Label, remedy: Label) -> CheckFinding:
    """Return a finding that a person should know of, though the node can run."""
    return CheckFinding(subject, CheckStatus.DOUBTFUL, found, remedy)


class Problem(Exception):
    """A command cannot be done; `found`, `expected` and `remedy` hold no personal value."""

    def __init__(self, found: Label, expected: Label, remedy: Label, *, exit_code: int = 1) -> None:
        super().__init__(f"expected {expected.en}, found {found.en}")
        self.found = found
        self.expected = expected
        self.remedy = remedy
        self.exit_code = exit_code
        self.facts: dict[str, str] = {}

    title = Label("操作未完成", "not done")

    def list_parts(self) -> list[tuple[Label, Label]]:
        """Return what a person reads, each part under its name."""
        return [(FOUND, self.found), (EXPECTED, self.expected), (NEXT, self.remedy)]


def _remember(context: typer.Context, value: bool) -> bool:
    context.meta[_JSON] = value
    return value


AsJson = Annotated[
    bool, typer.Option("--json", help="输出 JSON。Write JSON.", callback=_remember, is_eager=True, show_default=False)
]
"""The option that every command has."""


def wants_json(context: typer.Context) -> bool:
    """Tell whether the command was given `--json`."""
    return bool(context.meta.get(_JSON, False))


def describe_label(label: Label) -> dict[str, str]:
    """Return a label for JSON."""
    return {"zh": label.zh, "en": label.en}


def write_json(value: object) -> None:
    """Write one JSON value to standard output; signs that nobody sees, or that a terminal obeys, are escaped."""
    import json

    text = spell_unseen(json.dumps(value, ensure_ascii=False, sort_keys=False))
    typer.echo(text if takes(text) else json.dumps(value, sort_keys=False))


def quote(value: object) -> str:
    """Return one line of others' text for a table or a line with markup: spelt, and read as no markup."""
    from rich.markup import escape

    return escape(spell_unseen(str(value)))


def make_console(*, error: bool = False) -> Console:
    """Return a console on standard output or standard error; it reads no highlighting, emoji or control in values."""
    from gateway.cli.console import VisibleConsole

    return VisibleConsole(stderr=error, highlight=False, soft_wrap=False, emoji=False)


def describe_problem(problem: Problem) -> dict[str, Any]:
    """Return a problem for JSON."""
    return {
        "found": describe_label(problem.found),
        "expected": describe_label(problem.expected),
        "next": describe_label(problem.remedy),
        **problem.facts,
    }


def show_problem(problem: Problem, *, as_json: bool) -> None:
    """Show why a command cannot be done: a panel on standard error, or JSON on standard output."""
    if as_json:
        write_json({"error": describe_problem(problem)})
        return
    from rich.panel import Panel

    console = make_console(error=True)
    lines = [
        line
        for name, label in problem.list_parts()
        for line in (f"[bold]{say(name)}[/]", *_indent(label, console.width - 6))
    ]
    console.print(Panel("\n".join(lines), title=say(problem.title), title_align="left", border_style="red"))


def _indent(label: Label, width: int) -> list[str]:
    """Return a label's lines, indented, and broken between words or Chinese characters but never within a code."""
    from rich.markup import escape

    from gateway.cli.help import wrap

    whole = [line for text in lines_of(label) for line in spell_unseen(text, lines=True).split("\n")]
    return [f"  {escape(line)}" for text in whole for line in wrap(text, width)]


def show_findings(findings: Sequence[CheckFinding], *, title: Label, as_json: bool) -> bool:
    """Show findings one below the other, or as JSON; return whether none is wrong."""
    good = all(finding.status is not CheckStatus.WRONG for finding in findings)
    if as_json:
        rows = [
            {
                "subject": describe_label(finding.subject),
                "judgement": str(finding.status),
                "found": describe_label(finding.found),
                "next": describe_label(finding.remedy),
            }
            for finding in findings
        ]
        write_json({"good": good, "findings": rows})
        return good
    console = make_console()
    console.print(f"[bold]{say(title)}[/]")
    for finding in findings:
        lines = lines_of(finding.found)
        if finding.status is not CheckStatus.RIGHT:
            lines += [f"→ {line}" for line in lines_of(finding.remedy)]
        print_under(f"{MARKS[finding.status]} {quote(say(finding.subject))}", lines)
    return good


def print_under(head: str, lines: Sequence[str]) -> None:
    """Print a line of text beside its head where both fit on one line, else each below it; no code or path is broken.

    Args:
        head: the head, with markup.
        lines: what belongs to it, without markup.
    """
    from rich.markup import escape
    from rich.text import Text

    from gateway.cli.help import count_cells, wrap

    console = make_console()
    whole = [line for text in lines for line in spell_unseen(text, lines=True).split("\n")]
    beside = f"{head}{word('：', ': ')}{escape(whole[0])}" if len(whole) == 1 else head
    if len(whole) == 1 and count_cells(Text.from_markup(beside).plain) <= console.width:
        console.print(beside, soft_wrap=True)
        return
    console.print(head, soft_wrap=True)
    for line in whole:
        for part in wrap(line, console.width - 4):
            console.print(f"    {escape(part)}", soft_wrap=True)


def show_result(result: Mapping[str, Any], steps: Sequence[Label], *, title: Label, as_json: bool) -> None:
    """Show what a command has done, and the next steps in order."""
    if as_json:
        write_json({**result, "next": [describe_label(step) for step in steps]})
        return
    from rich.markup import escape

    from gateway.cli.results import name_result, spell_result

    out = make_console()
    out.print(f"[green]✓[/] {escape(say(title))}")
    for name, value in result.items():
        out.print(f"  [bold]{quote(name_result(name))}[/] {quote(spell_result(name, value))}", soft_wrap=True)
    if steps:
        out.print(f"[bold]{say(NEXT)}[/]")
    for number, step in enumerate(steps, 1):
        out.print(f"  {number}. " + escape("\n     ".join(lines_of(step))), soft_wrap=True)
