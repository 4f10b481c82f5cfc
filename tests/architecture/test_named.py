"""Every module of the product is named by a test, or stands in a short list with the reason why not.

A test names a module when it imports it or something of it; a command's file also when a test has a line that begins
with the command's words. It is a floor and no measure: a module that no test names has no test of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Final

from typer.main import get_command

from gateway.cli.main import app
from tests.architecture.sources import text_of
from tests.docs.test_tutorial import ADAPTER, ENGLISH, MASKS, READING, WHO_LOOKED, blocks

ROOT: Final = Path(__file__).parents[2]
LIST: Final = Path(__file__).with_name("unnamed.txt")
PAGES: Final = (ENGLISH, READING, WHO_LOOKED, ADAPTER, MASKS)
"""The pages whose blocks a test runs."""


def _says_something(path: Path) -> bool:
    """Whether a file has more than a docstring."""
    return bool(re.sub(r'^"""[\s\S]*?"""', "", text_of(path)).strip())


MODULES: Final = sorted(
    str(path.relative_to(ROOT))
    for top in ("gateway", "adapters", "keys")
    for path in (ROOT / top).rglob("*.py")
    if "v1" not in path.parts and _says_something(path)
)


@cache
def file_of(dotted: str) -> str | None:
    """Return the file of a module; None for what is no module of the product."""
    path = ROOT.joinpath(*dotted.split("."))
    for found in (path.with_suffix(".py"), path / "__init__.py"):
        if found.is_file():
            return str(found.relative_to(ROOT))
    return None


_FROM: Final = re.compile(r"^[ \t]*from ([\w.]+) import (\([^)]*\)|[^\n]+)", re.MULTILINE)
_IMPORT: Final = re.compile(r"^[ \t]*import ([\w., ]+)", re.MULTILINE)
_QUOTED: Final = re.compile(r"'''[\s\S]*?'''|\"\"\"[\s\S]*?\"\"\"")
_ARGUMENTS: Final = re.compile(r"[(\[]([^()\[\]{}]{1,300})")
_WORD: Final = re.compile(r'"([\w-]+)"')


def imported_by(text: str) -> Iterator[str]:
    """Name the product's files that a test imports, or runs with `python -m`. A tree of every test takes too long."""
    dotted = [name for names in _IMPORT.findall(text) for name in re.findall(r"[\w.]+", names)]
    for module, names in _FROM.findall(text):
        dotted += [module, *(f"{module}.{name}" for name in re.findall(r"\w+", names))]
    if '"gateway.cli"' in text:
        dotted.append("gateway.cli.__main__")
    yield from filter(None, map(file_of, dotted))


def lines_in(text: str) -> Iterator[tuple[str, ...]]:
    """Give the fixed words, three at most, with which the arguments of a call or a list begin: a command line does."""
    for arguments in _ARGUMENTS.findall(text):
        if '"' not in arguments:
            continue
        words = [_WORD.fullmatch(part.strip()) for part in arguments.split(",", 6)[:6]]
        for start in range(min(len(words), 4)):
            line = tuple(word[1] for word in takewhile(bool, words[start : start + 3]) if word)
            if line:
                yield line


def commands() -> Iterator[tuple[tuple[str, ...], str]]:
    """Give each command's words with the file of its function."""

    def below(command: object, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
        for name, inner in getattr(command, "commands", {}).items():
            yield from below(inner, (*words, name))
        callback = getattr(command, "callback", None)
        file = file_of(getattr(callback, "__module__", "") or "")
        if words and file is not None and not getattr(command, "commands", None):
            yield words, file

    yield from below(get_command(app), ())


@cache
def named() -> frozenset[str]:
    """Return the product's files that the tests name."""
    found: set[str] = set()
    lines: set[tuple[str, ...]] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        text = _QUOTED.sub("", text_of(path))
        found |= set(imported_by(text))
        lines |= set(lines_in(text))
    script = "\n".join(text for page in PAGES for word, text in blocks(page) if word == "sh")
    for words, file in commands():
        # A test of one group runs the group's own app, without its name.
        spoken = {words, words[1:]} - {()}
        if any(line[: len(one)] == one for one in spoken for line in lines) or f"chuanyu {' '.join(words)} " in script:
            found.add(file)
    return frozenset(found)


def listed() -> dict[str, str]:
    """Return the files that may have no test, each with its reason."""
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {file: reason for file, _, reason in (line.partition(" | ") for line in lines)}


def test_a_test_names_each_module() -> None:
    """Or the list does."""
    assert 300 < len(MODULES)
    assert [] == [module for module in MODULES if module not in named() and module not in listed()]


def test_the_list_of_modules_without_a_test_is_true_and_short() -> None:
    """Each line has a reason, names a module that is there, and goes when a test comes."""
    found = listed()
    assert [] == [file for file, reason in found.items() if not reason.strip()]
    assert set() == found.keys() - set(MODULES)
    assert [] == sorted(found.keys() & named())
