"""The tutorial does what it says: its blocks are run as they stand, in order, in one shell, with real processes.

Rules of its fences: a `sh` block is run; a `console` block is the reader's own set-up and is not; each line of a `text`
block must be found in what the shell said, `…` standing for anything. A block may end a command with `&` and keep its
`$!`; the last block stops what was started, and what is left after a failure is killed with the shell's process group.
The ports are variables that the tutorial offers and the test sets to free ones.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from gateway.cli.demo_world import free_ports

DOCS: Final = Path(__file__).parents[2] / "docs"
ENGLISH, CHINESE = "tutorial.md", "tutorial.zh-CN.md"
PORTS: Final = ("SC_PORT", "SC_METRICS", "CQ_PORT", "CQ_METRICS", "CQ_PLATFORM")
SECONDS: Final = 150


def blocks(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page in order: the fence's word and the text."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [(word, text) for word, text in found]


def run(script: str, directory: Path) -> tuple[int, str]:
    """Run a script in an empty directory; return its exit code and all that it said. Leaves no process behind."""
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = directory.with_suffix(".said")
    with said.open("wb") as out:
        shell = subprocess.Popen(
            ["bash", "-c", script], cwd=directory, stdout=out, stderr=out, start_new_session=True,
            env={**os.environ, **ports, "PATH": path, "COLUMNS": "120"},
        )  # fmt: skip
        try:
            code = shell.wait(SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    return code, said.read_text(encoding="utf-8")


def test_both_languages_have_the_same_blocks() -> None:
    """A reader of either page does the same and sees the same."""
    assert blocks(ENGLISH) == blocks(CHINESE)


def test_every_block_says_whether_it_is_run() -> None:
    """No block escapes the test by a fence that the rules do not know."""
    assert {"sh", "console", "text"} == {word for word, _ in blocks(ENGLISH)}
    assert 1 == sum(word == "console" for word, _ in blocks(ENGLISH))


def test_no_port_stands_in_a_command() -> None:
    """Every port is a variable, so that two runs on one machine do not clash."""
    defaults = re.compile(r"\$\{[A-Z_]+:-\d+\}")
    commands = [defaults.sub("", text) for word, text in blocks(ENGLISH) if word == "sh"]
    assert [] == [text for text in commands if re.search(r"[:=]\d{4}\b", text)]


@pytest.mark.timeout(SECONDS + 30)
def test_the_tutorial_leads_from_nothing_to_an_answer(tmp_path: Path) -> None:
    """Every command succeeds, answers prove before and after the rotation, the revoked application gets none."""
    directory = tmp_path / "clean"
    directory.mkdir()
    script = "set -eu -o pipefail\n" + "\n".join(text for word, text in blocks(ENGLISH) if word == "sh")
    code, told = run(script, directory)
    assert 0 == code, told[-3000:]
    expected = [line for word, text in blocks(ENGLISH) if word == "text" for line in text.splitlines()]
    missing = [line for line in expected if not re.search(re.escape(line).replace("…", ".*"), told)]
    assert [] == missing, told[-3000:]
    assert 4 == told.count("proven, and the checkpoint's signature is good")
    assert 4 == told.count("the log holds")
    assert 1 == told.count("the new certificate is shown")
    for asked in (directory / "number", directory / "name"):
        assert asked.read_text(encoding="utf-8") not in told
