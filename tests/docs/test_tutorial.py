"""The tutorial does what it says: its blocks are run as they stand, in order, in one shell, with real processes.

Rules of its fences: a `sh` block is run; a `console` block is the reader's own set-up and is not; each line of a `text`
block must be found in what the shell said, `…` standing for anything. A block may end a command with `&` and keep its
`$!`; the last block stops what was started, and what is left after a failure is killed with the shell's process group.
The ports are variables that the pages offer and the test sets to free ones. The pages for reviewers go on in
the tutorial's directory; the page about adapters begins in one of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
from typer.main import get_command

from gateway.cli.language import Language
from gateway.cli.main import app
from tests.docs.test_twins import FOLLOWED, SPEAKING, uncommented
from tests.ports import free_ports

DOCS: Final = Path(__file__).parents[2] / "docs"
ENGLISH: Final = "tutorial.md"
WHO_LOOKED, FIRST_DAY = "how-to/say-who-looked.md", "how-to/a-reviewers-first-day.md"
READING, ADAPTER, ROTATING = "how-to/read-the-audit-log.md", "how-to/write-an-adapter.md", "how-to/rotate-and-revoke.md"
MASKS: Final = "how-to/write-an-items-masks.md"
PORTS: Final = (
    "SC_PORT", "SC_METRICS", "SC_WITNESS", "CQ_PORT", "CQ_METRICS", "CQ_WITNESS", "CQ_PLATFORM", "ADAPTER_PORT",
)  # fmt: skip
SECONDS: Final = 600


def blocks(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page in order: the fence's word and the text."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [(word, text) for word, text in found]


def run(script: str, directory: Path, language: Language) -> tuple[int, str]:
    """Run a script in an empty directory; return its exit code and all that it said. Leaves no process behind."""
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = directory.with_suffix(".said")
    with said.open("wb") as out:
        shell = subprocess.Popen(
            ["bash", "-c", script], cwd=directory, stdout=out, stderr=out, start_new_session=True,
            env={**os.environ, **ports, "PATH": path, "COLUMNS": "120", "CHUANYU_LANG": language},
        )  # fmt: skip
        try:
            code = shell.wait(SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    return code, said.read_text(encoding="utf-8")


def follow(directory: Path, language: Language, *pages: str) -> str:
    """Do what the pages say in a language, in one shell; return what it said.

    Every command must succeed and every text be seen.
    """
    if shutil.which("openssl") is None:
        pytest.skip("openssl absent: install the Debian package `openssl`")
    end = ".zh-CN.md" if language is Language.ZH else ".md"
    found = [block for page in pages for block in blocks(page.replace(".md", end))]
    code, told = run(
        "set -eu -o pipefail\n" + "\n".join(text for word, text in found if word == "sh"), directory, language
    )
    assert 0 == code, told[-3000:]
    expected = [line for word, text in found if word == "text" for line in text.splitlines()]
    assert [] == [line for line in expected if not re.search(re.escape(line).replace("…", ".*"), told)], told[-3000:]
    return told


HOW_TO: Final = sorted(path.name for path in (DOCS / "how-to").glob("*.md") if not path.name.endswith(".zh-CN.md"))


@pytest.mark.parametrize("page", [ENGLISH, *(f"how-to/{name}" for name in HOW_TO)])
def test_both_languages_have_the_same_blocks(page: str) -> None:
    """A reader of either page does the same and sees the same, comments aside, and finds the other page."""
    chinese = page.replace(".md", ".zh-CN.md")
    english, twin = ((DOCS / name).read_text(encoding="utf-8") for name in (page, chinese))
    told = f"docs/{page.removesuffix('.md')}" in FOLLOWED | SPEAKING
    assert uncommented(english, told=told) == uncommented(twin, told=told)
    assert f"[中文]({Path(chinese).name})" in (DOCS / page).read_text(encoding="utf-8")
    assert f"[English]({Path(page).name})" in (DOCS / chinese).read_text(encoding="utf-8")


def test_every_block_says_whether_it_is_run() -> None:
    """No block escapes the test by a fence that the rules do not know."""
    assert {"sh", "console", "text"} == {word for word, _ in blocks(ENGLISH)}
    assert 1 == sum(word == "console" for word, _ in blocks(ENGLISH))


def test_no_port_stands_in_a_command() -> None:
    """Every port is a variable, so that two runs on one machine do not clash."""
    defaults = re.compile(r"\$\{[A-Z_]+:-\d+\}")
    commands = [defaults.sub("", text) for word, text in blocks(ENGLISH) if word == "sh"]
    assert [] == [text for text in commands if re.search(r"[:=]\d{4}\b", text)]


SEEN: Final = {
    Language.EN: {
        "proven, and the checkpoint's signature is good": 4,
        "proven and witnessed": 12,
        "proven by the log's key alone": 2,
    },
    Language.ZH: {"已验证，检查点签名有效": 4, "已证明，且有见证": 12, "仅由日志自身密钥证明": 2},
}
"""How often a run of the tutorial says what."""


@pytest.mark.timeout(SECONDS + 30)
@pytest.mark.parametrize("language", SEEN)
def test_the_tutorial_leads_from_nothing_to_an_answer(tmp_path: Path, language: Language) -> None:
    """Every command succeeds, answers prove before and after the rotation, the revoked application gets none."""
    directory = tmp_path / "clean"
    directory.mkdir()
    told = follow(directory, language, ENGLISH, FIRST_DAY, READING, WHO_LOOKED)
    assert SEEN[language] == {said: told.count(said) for said in SEEN[language]}
    assert 1 == told.count("the new certificate is shown")
    for asked in (directory / "number", directory / "name"):
        assert asked.read_text(encoding="utf-8") not in told


def test_the_security_page_says_how_many_how_to_pages_are_run() -> None:
    """As many as are followed below, in each language."""
    run_here = (FIRST_DAY, READING, WHO_LOOKED, ADAPTER, MASKS)
    english, chinese = (["three", "four", "five", "six"][len(run_here) - 3], "三四五六"[len(run_here) - 3])
    assert f"and {english} how-to pages command by command" in (DOCS.parent / "SECURITY.md").read_text(encoding="utf-8")
    assert f"教程和{chinese}篇操作指南逐条执行" in (DOCS.parent / "SECURITY.zh-CN.md").read_text(encoding="utf-8")


@pytest.mark.timeout(SECONDS + 30)
def test_the_example_of_an_adapter_passes_the_suite(tmp_path: Path) -> None:
    """The page's adapter is served with mutual TLS and passes; with a row that it does not know it does not."""
    directory = tmp_path / "clean"
    directory.mkdir()
    assert 1 == follow(directory, Language.EN, ADAPTER).count("the adapter passes")


@pytest.mark.timeout(SECONDS + 30)
@pytest.mark.parametrize("language", SEEN)
def test_the_example_of_an_items_masks_is_explained_and_refused(tmp_path: Path, language: Language) -> None:
    """What the page adds shows in the explanation, and what is in conflict is refused with its place."""
    directory = tmp_path / "clean"
    directory.mkdir()
    assert "PlanError" not in follow(directory, language, MASKS)


def test_every_command_that_is_not_run_exists() -> None:
    """A command of the page about rotation is one of the program's, with options that it has."""
    commands = [line for _, text in blocks(ROTATING) for line in text.splitlines() if line.startswith("chuanyu ")]
    assert 9 == len(commands)
    for line in commands:
        command: Any = get_command(app)
        words = line.split()[1:]
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        options = {name for parameter in command.params for name in parameter.opts}
        assert set() == {word for word in words if word.startswith("--")} - options, line
