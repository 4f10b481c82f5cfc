"""`chuanyu audit budget` and `budget show`: what a reviewer recounts is what the node has counted."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.budgets.budgets import Budgets
from gateway.budgets.counting import Used
from gateway.cli.audit.budget import describe
from gateway.cli.language import choose
from tests.audit.logs import create, opened
from tests.budgets.asking import begin, journal, question
from tests.cli.world import invoke
from tests.samples import NOW_US
from tests.wide import budgets

DAY = "2026-11-24T23:59:59+08:00"


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    yield
    choose(None)


async def write(directory: Path, persons: Budgets) -> list[Used]:
    """Three persons asked about by one official, one of them twice, and two persons in pages by nobody."""
    async with opened(await create(directory)) as log:
        of = journal(log, persons)
        for asked in (question(1, 2, official="u-1"), question(2, 3, official="u-1"), question(4, 5, paged=500)):
            begin(of, asked)
        begin(of, question(6, official="u-1", time_us=NOW_US - 2 * 86_400_000_000))
    return [*persons.counting]


def read(*line: object) -> dict[str, Any]:
    """Run a command; return what it says as JSON."""
    result = invoke(*map(str, line), "--json")
    assert 0 == result.exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_reviewer_recounts_what_the_node_has_counted(tmp_path: Path) -> None:
    live = asyncio.run(write(tmp_path, budgets()))
    told = read("audit", "budget", tmp_path, "--at", DAY)
    assert [describe(used) for used in live] == told["budgets"]
    assert ("2026-11-24", "2026-11-25T00:00:00+08:00", "2026-12-01T08:00:00+08:00") == (
        told["day"], told["resets"]["day"], told["resets"]["month"],
    )  # fmt: skip
    official = next(one for one in told["budgets"] if one["kind"] == "operator")
    assert ("api", {"day": 4, "month": 4}) == (official["mode"], official["used"])


def test_an_earlier_moment_counts_what_had_been_asked_until_then(tmp_path: Path) -> None:
    asyncio.run(write(tmp_path, budgets()))
    assert [] == read("audit", "budget", tmp_path, "--at", "2026-11-20T00:00:00+08:00")["budgets"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("经办人", "服务接口", "批量交换", "当日")),
        ("en", ("operator", "service interface", "batch exchange", "the day resets at")),
    ],
)
def test_the_table_is_in_one_language(tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    asyncio.run(write(tmp_path, budgets()))
    result = invoke("--lang", language, "audit", "budget", str(tmp_path), "--at", DAY)
    assert 0 == result.exit_code
    for said in words:
        assert said in result.stdout


def test_nobody_is_said_in_words(tmp_path: Path) -> None:
    asyncio.run(write(tmp_path, budgets()))
    result = invoke("--lang", "en", "audit", "budget", str(tmp_path))
    assert "nobody was looked at this month" in result.stdout or time.time() < NOW_US / 1e6


def test_a_directory_without_a_log_is_a_problem(tmp_path: Path) -> None:
    assert 2 == invoke("audit", "budget", str(tmp_path)).exit_code
