"""The command `chuanyu`: its sub-commands, and the one place where a problem becomes an exit code."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from gateway.cli.commands import make_group
from gateway.cli.console import fit_console
from gateway.cli.screen import Problem, show_problem, wants_json
from gateway.ground.item import Label

COMMANDS: Final = {
    "demo": "gateway.cli.demo.app:demo",
    "node": "gateway.cli.node.app:app",
    "keys": "gateway.cli.keys.app:app",
    "ask": "gateway.cli.ask.app:ask",
    "audit": "gateway.cli.audit.app:app",
    "backup": "gateway.cli.backup:backup",
    "restore": "gateway.cli.restore:restore",
    "items": "gateway.cli.items.app:app",
    "guard": "gateway.cli.guard:app",
    "doctor": "gateway.cli.doctor:doctor",
}
"""The sub-commands in the order of the help, and where each is found."""


_LONG_NUMBER: Final = re.compile(r"[0-9][0-9 -]{6,}[0-9Xx]")
"""A number typed in the wrong place may be a person's, so it is not repeated."""


class Root(TyperGroup):
    """Shows a problem of any sub-command, in both languages, and ends with its exit code."""

    def main(self, *args: Any, **more: Any) -> Any:
        """Fit the console first: help, results, problems and questions are all written after it."""
        fit_console()
        return super().main(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run the sub-command."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            show_problem(problem, as_json=wants_json(ctx))
            raise typer.Exit(problem.exit_code) from problem
        except typer.TyperException as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                raise
            show_problem(_describe_misuse(error, ctx), as_json=wants_json(ctx))
            raise typer.Exit(2) from error


def _describe_misuse(error: typer.TyperException, context: Any) -> Problem:
    message = _LONG_NUMBER.sub("…", str(getattr(error, "format_message", error.__str__)()).rstrip("."))
    path = getattr(getattr(error, "ctx", None), "command_path", context.command_path)
    return Problem(
        Label(f"命令行有误：{message}", f"a wrong command line: {message}"),
        Label("符合用法的命令行", "a command line as its help says"),
        Label(f"查看用法：{path} --help", f"see {path} --help"),
        exit_code=2,
    )


app = typer.Typer(
    cls=make_group(COMMANDS, Root),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        typer.echo(f"chuanyu {metadata.version('chuanyu-gateway')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="版本。The version, and nothing else."),
    ] = False,
) -> None:
    """川渝社会保障卡数据共享网关。The gateway through which both provinces share card data."""


def run() -> None:
    """Run the command line of this process."""
    app(prog_name="chuanyu")
