"""Whatever is wrong with a command line, every command ends with 2 and says so in the language of the run alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import typer

from gateway.cli.language import Language, choose
from gateway.cli.main import app
from tests.cli.test_language import CHINESE, SENTENCE
from tests.commands import CliRunner

LANGUAGES: Final = (Language.ZH, Language.EN)
PROGRAM: Final = ("root",)
"""The name of the program where a test runs it."""


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """The language of one test is not that of the next, nor that of a module before."""
    choose(None)
    yield
    choose(None)


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command and group with the words by which it is run."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, (*path, name))


EVERY: Final = tuple(walk(typer.main.get_command(app), ()))
LEAVES: Final = tuple((path, command) for path, command in EVERY if not hasattr(command, "commands"))
GROUPS: Final = tuple(path for path, command in EVERY if hasattr(command, "commands"))


def spelt(path: tuple[str, ...]) -> str:
    """Return a command's words for the name of a test."""
    return " ".join(path) or "chuanyu"


def refused(language: Language, *line: str) -> str:
    """Run a wrong command line; return what it said on a terminal of eighty columns."""
    result = CliRunner().invoke(app, line, env={"CHUANYU_LANG": language, "COLUMNS": "80"})
    assert 2 == result.exit_code, result.output
    assert "Traceback" not in result.output
    return result.output


def told(language: Language, text: str, path: tuple[str, ...]) -> None:
    """Hold what was said to one language, and to the place where the usage is shown."""
    folded = re.sub(r"[│\s]+", " ", text)
    assert " ".join((*PROGRAM, *path, "--help")) in folded
    if language is Language.EN:
        assert not CHINESE.search(text)
        assert "next" in text
    else:
        without_commands = re.sub(r"root( [a-z-]+)*", "", folded)
        assert not SENTENCE.search(without_commands), text
        assert "处理建议" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", [path for path, _ in EVERY], ids=spelt)
def test_an_unknown_option_is_wrong_usage(path: tuple[str, ...], language: Language) -> None:
    """Of every command and of every group."""
    told(language, refused(language, *path, "--no-such-option"), path)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[spelt(path) for path, _ in LEAVES])
def test_a_missing_word_or_one_too_many_is_wrong_usage(path: tuple[str, ...], command: Any, language: Language) -> None:
    """A command that demands nothing is given twenty words, one without them none."""
    demanded = any(param.required for param in command.params)
    words = () if demanded else tuple("x" * 20)
    told(language, refused(language, *path, *words), path)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", GROUPS, ids=spelt)
def test_an_unknown_command_is_wrong_usage(path: tuple[str, ...], language: Language) -> None:
    """Of every group."""
    told(language, refused(language, *path, "no-such-command"), path)


def list_numbers() -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every option that takes a number, with its command."""
    for path, command in LEAVES:
        for param in command.params:
            if {int, float} & {getattr(param.type_descriptor, "annotation", None)} and param.opts[0].startswith("--"):
                yield path, param.opts[0]


NUMBERS: Final = tuple(list_numbers())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "option"), NUMBERS, ids=[spelt((*path, option)) for path, option in NUMBERS])
def test_a_number_that_is_none_is_wrong_usage(path: tuple[str, ...], option: str, language: Language) -> None:
    """The option is named, and what was typed is not repeated where it may be a person's."""
    text = refused(language, *path, option, "519999199001010013x")
    assert option in text
    assert "519999199001010013" not in text
    told(language, text, path)


@pytest.mark.parametrize(
    ("typed", "language", "said"),
    [
        ("abc", Language.EN, ("--limit has the value abc", "a whole number, 1 to 100000")),
        ("0", Language.EN, ("--limit has the value 0", "a whole number, 1 to 100000")),
        ("abc", Language.ZH, ("--limit 的值“abc”不合要求", "整数，1 至 100000")),
        ("0", Language.ZH, ("--limit 的值“0”不合要求", "整数，1 至 100000")),
    ],
)
def test_a_wrong_number_is_told_with_the_range(typed: str, language: Language, said: tuple[str, ...]) -> None:
    """In plain words, and not in those of the library that reads it."""
    text = refused(language, "audit", "search", "x", "--limit", typed)
    assert [] == [words for words in said if words not in text], text
    assert "Input should" not in text


def test_a_variable_with_a_wrong_word_is_named() -> None:
    """Nobody typed an option there."""
    result = CliRunner().invoke(app, ["items", "list"], env={"CHUANYU_LANG": "fr", "COLUMNS": "80"})
    assert (2, True) == (result.exit_code, "CHUANYU_LANG does not take 'fr'" in result.output), result.output
    assert "--lang " not in result.output.partition("expected")[0]


@pytest.mark.parametrize(
    ("option", "typed", "near"), [("--action", "relod", "reload"), ("--reason", "leak_bloked", "LEAK_BLOCKED")]
)
def test_the_nearest_word_stands_first_in_a_long_list(option: str, typed: str, near: str) -> None:
    """A list of fifty words is not read to its end; the case of letters does not count."""
    text = refused(Language.EN, "audit", "search", "x", option, typed)
    assert f"one of {near}, " in text


def test_many_command_lines_are_tried() -> None:
    """The walk finds what there is."""
    assert (len(LEAVES) > 40, len(GROUPS) > 5, len(NUMBERS) > 10) == (True, True, True)
