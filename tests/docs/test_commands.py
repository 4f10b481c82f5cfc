"""Every `chuanyu` command that a page names is one of the program's, with options that it has (F3, F6).

The pages whose blocks are run are held by `test_tutorial.py`; here every page counts, its blocks and its sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from typer.main import get_command

from gateway.cli.main import app

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md")])
HISTORY: Final = ("CHANGELOG.md", "CHANGELOG.zh-CN.md")
"""What was true at its time."""
NO_COMMANDS: Final = frozenset({"body v1"})
"""Code spans that begin with the program's name and are no command: the name of a cipher's context."""
_PLACEHOLDER: Final = re.compile(r"[A-Z_]+|[\"'$<({…].*|\.\.\.")


@cache
def program() -> Any:
    """Return the program's command with everything below it."""
    return get_command(app)


def commands_of(text: str) -> Iterator[str]:
    """Give what follows `chuanyu` in each command of a page's blocks and in each of its code spans."""
    blocks = re.findall(r"^```(?:sh|console|toml|text)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    for line in re.sub(r"\\\n\s*", " ", "\n".join(blocks)).splitlines():
        yield from re.findall(r"(?:^\s*|[;&|(]\s*|\bdo |\$ )chuanyu ([^;|&>#`]*)", line)
    for span in re.findall(r"(?<!`)`chuanyu ([^`]+)`(?!`)", text):
        if span not in NO_COMMANDS:
            yield re.split(r"[;|&>#]", span)[0]


def fault_of(words: list[str], command: Any) -> str | None:
    """Say what of a command line the program does not know; None where it knows all of it."""
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        if _PLACEHOLDER.fullmatch(words[0]):
            return None
        name = words.pop(0)
        if name not in command.commands:
            return f"no command {name}"
        command = command.commands[name]
    options = {"--help", *(name for parameter in command.params for name in parameter.opts + parameter.secondary_opts)}
    unknown = {word.split("=")[0] for word in words if re.match(r"--[a-z]", word)} - options
    return f"no option {', '.join(sorted(unknown))}" if unknown else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_exists(page: Path) -> None:
    """A command that was renamed, or an option that never was, is found on the page that names it."""
    if page.name in HISTORY:
        return
    said = list(commands_of(page.read_text(encoding="utf-8")))
    faults = {line: fault_of(line.split(), program()) for line in said}
    assert {} == {line: fault for line, fault in faults.items() if fault is not None}


def test_many_commands_are_looked_at() -> None:
    """The patterns find commands: a change of the pages' form does not empty the test above."""
    found = [line for page in PAGES for line in commands_of(page.read_text(encoding="utf-8"))]
    assert len(found) > 300


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("no option --config", "`chuanyu node status --config DIR/node.toml`"),
        ("no command asks", "```sh\nchuanyu asks CY-CU-01\n```\n"),
        (
            "no option --to-whom",
            "```console\nfor node in sc cq; do chuanyu ask CY-CU-01 \\\n  --to-whom sichuan; done\n```\n",
        ),
        (None, "```text\nsomething else said\n```\n"),
        (None, "```sh\nchuanyu audit verify sc --from 3 | less\n```\n"),
    ],
)
def test_what_the_program_does_not_know_is_found(fault: str | None, text: str) -> None:
    """In a sentence, in a block, and over a broken line; what it knows is not called a fault."""
    faults = [fault_of(line.split(), program()) for line in commands_of(text)]
    assert ([] if "something else" in text else [fault]) == faults
