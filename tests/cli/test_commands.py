"""Sub-commands are imported when they are named, and stand in the order of the help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from gateway.cli.audit.app import COMMANDS
from gateway.cli.commands import NamedCommands, make_app
from tests.commands import CliRunner

ROOT = Path(__file__).parents[2]


def _imported(*words: str) -> set[str]:
    program = (
        "import sys; from gateway.cli.main import app\n"
        f"try: app({list(words)!r}, prog_name='chuanyu')\n"
        "except SystemExit: pass\n"
        "print('\\n'.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.splitlines())


def test_a_command_imports_none_of_the_others() -> None:
    """The tables of masks and their arrays are not needed to verify a log."""
    found = _imported("audit", "verify", "--help")
    assert "gateway.cli.audit.verify" in found
    assert set() == found & {"numpy", "gateway.cli.audit.replay", "gateway.cli.node.app"}


def test_an_unknown_name_imports_nothing_and_is_no_command() -> None:
    """A name is looked up in the table alone."""
    named = NamedCommands({"verify": COMMANDS["verify"]})
    with pytest.raises(KeyError):
        named["verify.py"]
    assert 2 == CliRunner().invoke(make_app({"verify": COMMANDS["verify"]}, "x"), ["os"]).exit_code


@pytest.mark.parametrize("place", ["gateway.cli.nowhere:verify", "gateway.cli.audit.verify:nothing"])
def test_a_place_that_is_not_there_is_a_defect(place: str) -> None:
    """A misspelt place fails at its first use, and every place is looked up by the reference page."""
    with pytest.raises((ImportError, AttributeError)):
        NamedCommands({"x": place})["x"]


def test_a_group_keeps_the_order_of_its_table() -> None:
    """The order is the newcomer's way, not the alphabet."""
    assert list(COMMANDS) == list(NamedCommands(COMMANDS))
    assert len(COMMANDS) == len(NamedCommands(COMMANDS))


def test_a_function_becomes_a_command_and_an_app_a_group() -> None:
    """Both kinds of place."""
    named = NamedCommands({"keys": "gateway.cli.keys.app:app", "ask": "gateway.cli.ask.app:ask"})
    assert "authority" in named["keys"].commands
    assert not hasattr(named["ask"], "commands")
    assert isinstance(make_app(COMMANDS, "x"), typer.Typer)
