"""The command line in this process: a runner that builds the commands of an app once, not at each run.

Typer reads the signature of each of some fifty commands to build them, which takes longer than most commands do. What
is built says what the commands are and holds nothing of a run.
"""

from __future__ import annotations

from functools import cache

from typer import testing
from typer.main import get_command

__all__ = ["CliRunner", "Result"]

testing._get_command = cache(get_command)  # type: ignore[attr-defined] # its own copy of the name is what it calls
CliRunner = testing.CliRunner
Result = testing.Result
