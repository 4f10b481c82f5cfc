"""No sign of others' text reaches the terminal raw, whatever the console prints and however it was put there (F3)."""

from __future__ import annotations

import io

import pytest
from rich.markup import escape
from rich.panel import Panel
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from gateway.cli.console import VisibleConsole
from gateway.ground.visible import CONTROL

POISON = "\x1b[2J\x1b]0;pwned\x07\u202e\0\x9b31m\ud800\u200b"


def shown(*things: object, terminal: bool = False) -> str:
    """What a console writes, without the commands of its own colours."""
    out = io.StringIO()
    VisibleConsole(file=out, width=300, force_terminal=terminal, color_system=None, emoji=False).print(*things)
    return out.getvalue()


def table(cell: str | Text) -> Table:
    """A table with one cell, and the same as its title and head."""
    made = Table(title=str(cell))
    made.add_column(str(cell))
    made.add_row(cell)
    return made


def tree(text: str) -> Tree:
    """A tree of one branch."""
    made = Tree(text)
    made.add(text)
    return made


@pytest.mark.parametrize(
    "thing",
    [
        pytest.param(POISON, id="text"),
        pytest.param(escape(POISON), id="escaped"),
        pytest.param(f"[bold]{escape(POISON)}[/]", id="markup"),
        pytest.param(Text(POISON), id="Text"),
        pytest.param(Panel(POISON), id="panel"),
        pytest.param(Panel(POISON, title=POISON), id="title"),
        pytest.param(table(POISON), id="table"),
        pytest.param(table(Text(POISON)), id="cell"),
        pytest.param(tree(POISON), id="tree"),
    ],
)
@pytest.mark.parametrize("terminal", [False, True])
def test_whatever_is_printed_commands_nothing(thing: object, terminal: bool) -> None:
    """The signs stand there as JSON spells them."""
    found = shown(thing, terminal=terminal)
    assert not CONTROL.search(found.replace("\n", ""))
    assert "\u200b" not in found
    assert r"\u001b[2J\u001b]0;pwned" in found
    assert r"\u202e\u0000\u009b31m\ud800\u200b" in found


def test_columns_stay_straight() -> None:
    """The spelling is measured, so that every line of a table is of one width."""
    lines = shown(table(POISON)).rstrip("\n").split("\n")[1:]
    assert 1 == len({len(line) for line in lines})


def test_a_progress_bar_commands_nothing_else() -> None:
    """Its task's name is text too."""
    out = io.StringIO()
    console = VisibleConsole(file=out, width=200, emoji=False)
    with Progress(console=console) as bars:
        bars.add_task("asked \x1b]0;pwned\x07\u202e", total=1)
    assert "\x1b]" not in out.getvalue()
    assert "\u202e" not in out.getvalue()


def test_colours_of_ours_are_written() -> None:
    """What is no text is not spelt."""
    out = io.StringIO()
    VisibleConsole(file=out, force_terminal=True, color_system="standard").print("[red]x[/]")
    assert "\x1b[31mx\x1b[0m\n" == out.getvalue()
