"""The command line as a whole: every command is documented, help is fast, and misuse is told in both languages."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli.language import Language
from gateway.cli.main import COMMANDS, app
from gateway.cli.reference import render, walk_commands
from tests.commands import CliRunner

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference" / "cli.md"
TWIN = REFERENCE.with_name("cli.zh-CN.md")
NUMBER = "519999199001010010"


@cache
def _paths() -> list[tuple[str, str]]:
    root: Any = typer.main.get_command(app)
    return list(walk_commands(root, root.context_class(root, info_name="chuanyu")))


@pytest.mark.parametrize(("language", "page"), [(Language.EN, REFERENCE), (Language.ZH, TWIN)])
def test_the_reference_is_what_help_prints(language: Language, page: Path) -> None:
    """Both pages are written by `python -m gateway.cli.reference`, and fresh."""
    assert render(app, language) == page.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [path for path, _ in _paths()])
def test_every_command_has_its_heading(path: str) -> None:
    """No command is undocumented."""
    assert f"\n## `{path}`\n" in REFERENCE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("path", "text"), _paths(), ids=[path for path, _ in _paths()])
def test_help_is_in_both_languages(path: str, text: str) -> None:
    """The first sentence is Chinese, and English follows."""
    about = text.split("\n\n")[1]
    assert any("\u4e00" <= character <= "\u9fff" for character in about), path
    assert any("a" <= character <= "z" for character in about), path


def test_the_commands_stand_in_their_order() -> None:
    """The order of the help is that of a newcomer's way."""
    listed = [
        *("demo", "node", "keys", "ask", "consent", "audit", "budget", "backup", "restore"),
        *("items", "regions", "guard", "doctor"),
    ]
    assert listed == list(COMMANDS)


def test_help_loads_nothing_heavy() -> None:
    """What a command needs is imported when it runs."""
    program = (
        "import sys; import gateway.cli.main; "
        "print([m for m in ('grpc', 'pydantic', 'rich.table', 'gateway.wire') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize(
    "line",
    [["unknown"], ["ask"], ["ask", "--unknown"], ["ask", "CY-CU-01", NUMBER]],
)
def test_a_wrong_command_line_is_told_in_both_languages(line: list[str]) -> None:
    """Exit code 2, on standard error, with where to read more."""
    result = CliRunner().invoke(app, line)
    assert (2, "") == (result.exit_code, result.stdout)
    assert "命令行有误" in result.stderr
    assert "a wrong command line" in result.stderr
    assert "--help" in result.stderr


def test_a_number_that_is_none_is_told_with_its_bounds() -> None:
    """Which option, what stands there, and what may."""
    result = CliRunner().invoke(app, ["ask", "CY-CU-01", "--timeout", "soon"])
    assert (2, "") == (result.exit_code, result.stdout)
    for part in ("--timeout 的值“soon”不合要求", "--timeout has the value soon", "0.1 to 600.0", "--help"):
        assert part in result.stderr


def test_a_number_in_the_wrong_place_is_not_repeated() -> None:
    """It may be a person's."""
    for line in (["ask", "CY-CU-01", NUMBER], ["ask", f"--{NUMBER}"], [NUMBER]):
        result = CliRunner().invoke(app, line)
        assert NUMBER not in result.output


def test_a_wrong_command_line_is_json_where_that_was_asked() -> None:
    """A program reads the same three parts."""
    result = CliRunner().invoke(app, ["ask", "--json"])
    assert {"found", "expected", "next"} == set(json.loads(result.stdout)["error"])


def test_the_program_tells_its_version_and_nothing_else() -> None:
    """For a ticket, and for a script that upgrades."""
    from importlib.metadata import version

    assert f"chuanyu {version('chuanyu-gateway')}\n" == CliRunner().invoke(app, ["--version"]).stdout
