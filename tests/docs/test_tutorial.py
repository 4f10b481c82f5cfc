"""The tutorial does what it says: its shell blocks are run as they stand, in order, in one shell.

A block fenced with `sh` is run; one fenced with `console` is the reader's own set-up and is not. Ports come from the
variables that the tutorial itself offers. Whatever a block starts in the background ends with the shell.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.cli.demo_world import free_ports

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("tutorial.md", "tutorial.zh-CN.md")


def blocks(page: str, fence: str = "sh") -> list[str]:
    """The fenced blocks of a page, in order."""
    return re.findall(rf"```{fence}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


def test_both_languages_have_the_same_commands() -> None:
    """A reader of either does the same."""
    assert [blocks(page) for page in PAGES[:1]] == [blocks(page) for page in PAGES[1:]]
    assert blocks(PAGES[0], "console") == blocks(PAGES[1], "console")


@pytest.mark.timeout(240)
def test_the_tutorial_leads_from_nothing_to_an_answer(tmp_path: Path) -> None:
    """Every command of it succeeds, and the answer comes with two receipts that prove."""
    names = ("SC_PORT", "SC_METRICS", "CQ_PORT", "CQ_METRICS", "CQ_PLATFORM")
    ports = dict(zip(names, map(str, free_ports(len(names))), strict=True))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = "set -eu -o pipefail\n" + "\n".join(blocks(PAGES[0]))
    out = tmp_path / "said"
    with out.open("wb") as said:
        shell = subprocess.Popen(
            ["bash", "-c", script], cwd=tmp_path, stdout=said, stderr=said, start_new_session=True,
            env={**os.environ, **ports, "PATH": path, "COLUMNS": "120"},
        )  # fmt: skip
        try:
            code = shell.wait(200)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    told = out.read_text(encoding="utf-8")
    assert 0 == code, told[-3000:]
    assert 4 == told.count("proven, and the checkpoint's signature is good")
    assert 2 == told.count("the log holds")
    assert "CERTIFICATE_REVOKED" in told
