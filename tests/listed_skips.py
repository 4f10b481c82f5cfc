"""Which tests may be skipped: those that `tests/skips.txt` names, each with its reason, and no other.

A line names one test with its parameters, as pytest prints it, then a bar and the reason. With CI=true a run fails when
another test is skipped, and when a line names a test that is no longer there. Only the process that the reader sees
judges: workers of pytest-xdist send it their reports and what they have collected.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

SKIPS: Final = Path(__file__).parent / "skips.txt"
_STALE: Final = "stale_skips"


def read_skips(text: str) -> dict[str, str]:
    """Return the reason of each listed test.

    Raises:
        ValueError: a line is in no form, names a test twice, or has no reason.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        name, bar, reason = line.partition(" | ")
        if not bar or "::" not in name or not reason.strip() or name in found:
            raise ValueError(f"line {number}: expected a test's whole name once, a bar and a reason, found: {line}")
        found[name] = reason
    return found


def find_stale(listed: Iterable[str], collected: Iterable[str], asked: Iterable[str], root: Path) -> set[str]:
    """Return the listed tests that are gone.

    A test is looked for when its file was collected; a file of which single tests were `asked` for tells nothing about
    the others. A file that is not there, under `root`, has no tests.
    """
    there = set(collected)
    files = {name.split("::")[0] for name in there}
    narrowed = {Path(one.split("::")[0]).name for one in asked if "::" in one}
    found = set()
    for name in listed:
        file = name.split("::")[0]
        missed = file in files and Path(file).name not in narrowed and name not in there
        if missed or not (root / file).is_file():
            found.add(name)
    return found


class SkipGuard:
    """The plugin that judges. One a process; a worker's only says what it has collected."""

    def __init__(self, listed: dict[str, str], *, fails: bool) -> None:
        self._listed = listed
        self._fails = fails
        self._skipped: set[str] = set()
        self._stale: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Look for the listed tests among all, before any is deselected."""
        self._stale |= find_stale(self._listed, (item.nodeid for item in items), config.args, config.rootpath)
        if hasattr(config, "workeroutput"):
            config.workeroutput[_STALE] = sorted(self._stale)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take note of a skipped test."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self._skipped.add(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take note of a file that is skipped as a whole, which no line can name."""
        if report.skipped:
            self._skipped.add(report.nodeid)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object, error: object) -> None:
        """Hear from a worker that ended which listed tests it did not find."""
        self._stale |= set(getattr(node, "workeroutput", {}).get(_STALE, ()))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run for a test that may not be skipped, or for a stale line."""
        if hasattr(session.config, "workerinput") or not (self._strangers or self._stale) or not self._fails:
            return
        if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name what is wrong, above pytest's own last line."""
        for words, names in (("skipped, and not in", self._strangers), ("gone, and still in", sorted(self._stale))):
            if names:
                terminalreporter.section(f"{words} tests/{SKIPS.name}", red=self._fails, yellow=not self._fails)
                for name in names:
                    terminalreporter.line(name)

    @property
    def _strangers(self) -> list[str]:
        return sorted(self._skipped - set(self._listed))


def register_guard(config: pytest.Config) -> None:
    """Have skipped tests judged in this run."""
    listed = read_skips(SKIPS.read_text(encoding="utf-8"))
    config.pluginmanager.register(SkipGuard(listed, fails=os.environ.get("CI") == "true"), "listed-skips")
