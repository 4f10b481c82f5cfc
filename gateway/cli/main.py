"""The command `chuanyu`: its sub-commands, and the one place where a problem becomes an exit code."""

from __future__ import annotations

from typing import Annotated, Any, Final, NoReturn

import typer

from gateway.cli.commands import make_group
from gateway.cli.encoding import fit_console
from gateway.cli.help import HelpedGroup
from gateway.cli.language import VARIABLE, Language, choose
from gateway.cli.misuse import describe_misuse
from gateway.cli.screen import Problem, show_problem, wants_json

COMMANDS: Final = {
    "demo": "gateway.cli.demo.app:demo",
    "node": "gateway.cli.node.app:app",
    "keys": "gateway.cli.keys.app:app",
    "ask": "gateway.cli.ask.app:ask",
    "consent": "gateway.cli.consent:app",
    "audit": "gateway.cli.audit.app:app",
    "budget": "gateway.cli.budget:app",
    "backup": "gateway.cli.backup:backup",
    "restore": "gateway.cli.restore:restore",
    "items": "gateway.cli.items.app:app",
    "regions": "gateway.cli.regions:app",
    "guard": "gateway.cli.guard:app",
    "doctor": "gateway.cli.doctor:doctor",
}
"""The sub-commands in the order of the help, and where each is found."""


class Root(HelpedGroup):
    """Shows a problem of any sub-command and ends with its exit code."""

    def make_context(self, info_name: Any, args: Any, parent: Any = None, **extra: Any) -> Any:
        """Read the options before the sub-command's name."""
        try:
            return super().make_context(info_name, args, parent, **extra)
        except typer.TyperException as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                raise
            show_problem(describe_misuse(error, str(info_name)), as_json="--json" in args)
            raise typer.Exit(2) from error

    def _end(self, problem: Problem, ctx: Any) -> NoReturn:
        show_problem(problem, as_json=wants_json(ctx))
        raise typer.Exit(problem.exit_code) from problem

    def main(self, *args: Any, **more: Any) -> Any:
        """Fit the console first: help, results, problems and questions are all written after it."""
        fit_console()
        return super().main(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run the sub-command."""
        try:
            return super().invoke(ctx)
        except Problem as problem:
            self._end(problem, ctx)
        except BaseExceptionGroup as group:
            # A task of a command that runs several at once ends in a group, with what its siblings said.
            found = group.subgroup(Problem)
            if found is None:
                raise
            self._end(_find_first(found), ctx)
        except typer.TyperException as error:
            if type(error).__name__ == "NoArgsIsHelpError":
                raise
            show_problem(describe_misuse(error, ctx.command_path), as_json=wants_json(ctx))
            raise typer.Exit(2) from error


def _find_first(group: BaseExceptionGroup[Problem]) -> Problem:
    first = group.exceptions[0]
    return _find_first(first) if isinstance(first, BaseExceptionGroup) else first


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


def _choose_language(wanted: Language | None) -> None:
    choose(wanted)


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="只显示版本。The version, and nothing else."
        ),
    ] = False,
    lang: Annotated[
        Language | None,
        typer.Option(
            "--lang",
            envvar=VARIABLE,
            show_envvar=False,
            show_default=False,
            is_eager=True,
            callback=_choose_language,
            help="显示语言，默认按系统区域设置。The language that is shown; that of the locale by default.",
        ),
    ] = None,
) -> None:
    """川渝社会保障卡数据共享网关。The gateway through which both provinces share card data."""


def run() -> None:
    """Run the command line of this process."""
    app(prog_name="chuanyu")
