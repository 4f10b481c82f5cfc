"""Writes the page of commands from the commands: `python -m gateway.cli.reference > docs/reference/cli.md`.

A test holds the page to what this module writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import typer

WIDTH: Final = 100
"""Columns of a help block."""

OPENING: Final = """# Commands

Each block is what `--help` prints.
Every command that reports takes `--json` and then writes one JSON value to standard output and nothing else there.
`guard try` reads lines and writes one value for each.
Errors say what was found, what was expected and what to do next, in Chinese and in English, on standard error.

| exit code | meaning |
|---|---|
| 0 | done, and nothing is wrong |
| 1 | something is wrong, and was told |
| 2 | the command line itself is wrong |
| 3 | the gateway refused; the reason is in [refusals](refusals.md) |
| 4 | the gateway could not be reached |
"""


def walk_commands(command: Any, context: Any) -> Iterator[tuple[str, str]]:
    """Yield the path and the help of a command and of everything below it."""
    yield context.command_path, command.get_help(context)
    for name, below in getattr(command, "commands", {}).items():
        yield from walk_commands(
            below, command.context_class(below, parent=context, info_name=name, terminal_width=WIDTH)
        )


def render(app: typer.Typer) -> str:
    """Return the whole page."""
    root: Any = typer.main.get_command(app)
    context = root.context_class(root, info_name="chuanyu", terminal_width=WIDTH)
    parts = [OPENING]
    for path, text in walk_commands(root, context):
        lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
        parts.append(f"## `{path}`\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    from gateway.cli.main import app as whole

    typer.echo(render(whole), nl=False)
