"""What all tests share: the files of two provinces, made once; and in CI, no skipped test without a listed reason."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.province import Pristine, Two, make_pristine, two_provinces


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    """The files of both provinces, as they were made."""
    return make_pristine(tmp_path_factory.mktemp("provinces"))


@pytest.fixture
async def two(pristine: Pristine) -> AsyncIterator[Two]:
    """Both provinces, running in this process."""
    async with two_provinces(pristine) as running:
        yield running


settings.register_profile("steady", deadline=None)
settings.load_profile("steady")  # a busy machine must not fail a claim about values

SKIPS = Path(__file__).parent / "skips.txt"
_skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Take note of each skipped test."""
    if report.skipped and not hasattr(report, "wasxfail"):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI, fail when a test was skipped that is not on the list."""
    lines = [line for line in SKIPS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    allowed = tuple(line.split(" | ")[0] for line in lines)
    strangers = [name for name in _skipped if not name.startswith(allowed)]
    if strangers and os.environ.get("CI") == "true":
        print("\nskipped, and not in tests/skips.txt:", *strangers, sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
