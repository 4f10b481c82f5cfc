"""`chuanyu audit stats`: the reviewer's figures in one command, in either language, with thresholds and exit codes."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.language import choose
from gateway.ground.evidence import Operator
from gateway.ground.refusals import Reason, Refusal
from tests.audit.logs import CALLER, CLEARED, create, journal, opened, question
from tests.cli.old_node import OLD, approve_retain, make
from tests.cli.world import fail, invoke, succeed
from tests.samples import arrival, ask, grant

LINES = 80
"""Columns of the screen."""


async def write(directory: Path) -> None:
    """Two questions by an official, of which one was answered, and one by nobody that was refused."""
    async with opened(await create(directory)) as log:
        desk = journal(log)
        for number, refused in ((1, False), (2, True)):
            exchange = desk.begin_provider(arrival(ask(request_id=question(number).ask.request_id, operator=O77)))
            exchange.intend(CALLER, grant())
            if refused:
                await exchange.refuse(Refusal(Reason.LEAK_BLOCKED))
            else:
                await exchange.release(CLEARED)
        await desk.begin_provider(question(3)).refuse(Refusal(Reason.GRANT_MISSING))


O77 = Operator("O-77", "cq-hrss-1")


@pytest.fixture(name="node", scope="module")
def _node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("node")
    asyncio.run(write(directory))
    return directory


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """`--lang` sets the language of the process; the next test begins without one."""
    yield
    choose(None)


def read(*line: object, exit_code: int = 0) -> dict[str, Any]:
    """Run `audit stats`; return what it says as JSON."""
    result = invoke("audit", "stats", *line, "--json")
    assert exit_code == result.exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_figures_are_those_of_the_log(node: Path) -> None:
    """Each official by the reference and an entry whose body names them."""
    told = read(node)
    assert (5, 3, 1, 2, 1) == tuple(
        told[name] for name in ("entries", "questions", "pages", "refusals", "questions_without_official")
    )
    assert [("GRANT_MISSING", 1), ("LEAK_BLOCKED", 1)] == [(one["reason"], one["count"]) for one in told["reasons"]]
    (official,) = told["officials"]
    assert ("2026-11", "cq-hrss", 1, 2, 1, 2) == tuple(
        official[name] for name in ("month", "department", "persons", "questions", "refused", "entry")
    )
    assert ("2026-11-24", 1) == (told["days"][0]["day"], told["days"][0]["persons"])
    assert [(3, 2)] == [(one["asked"], one["refused"]) for one in told["persons"]]
    assert [("CY-ID-02", 3, 2, 1)] == [
        tuple(one[name] for name in ("item", "questions", "refused", "rows")) for one in told["items"]
    ]
    assert 3 == sum(told["hours"].values())


@pytest.mark.parametrize("option", ["--over", "--over-day", "--over-department"])
def test_who_is_beyond_a_threshold_is_told_and_ends_with_1(node: Path, option: str) -> None:
    """More than so many, not as many."""
    name = {"--over": "operator_month", "--over-day": "operator_day", "--over-department": "department_month"}[option]
    assert {name: {"more_than": 1, "exceeded_by": 0}} == read(node, option, 1)["thresholds"]
    assert {name: {"more_than": 0, "exceeded_by": 1}} == read(node, option, 0, exit_code=1)["thresholds"]
    assert {} == read(node)["thresholds"]


@pytest.mark.parametrize(
    ("line", "questions"),
    [
        (("--department", "cq-hrss"), 3),
        (("--department", "cq-civil"), 0),
        (("--item", "CY-ID-02"), 3),
        (("--item", "CY-HE-01"), 0),
        (("--since", "2026-11-24", "--until", "2026-11-24"), 3),
        (("--since", "2026-11-25"), 0),
        (("--until", "2026-11-23"), 0),
    ],
)
def test_a_part_is_counted_by_itself(node: Path, line: tuple[str, ...], questions: int) -> None:
    """Days are included at both ends."""
    assert questions == read(node, *line)["questions"]


@pytest.mark.parametrize(
    "line", [("--top", 0), ("--top", "many"), ("--over", -1), ("--since", "2026-11-25", "--until", "2026-11-24")]
)
def test_what_cannot_be_counted_is_wrong_usage(node: Path, line: tuple[object, ...]) -> None:
    """Before anything is read."""
    assert 2 == invoke("audit", "stats", node, *line).exit_code


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_tables_fit_a_screen_and_name_the_zone_of_every_time(node: Path, language: str) -> None:
    """Eighty columns; months are those of UTC, as the references are, and all else is Beijing time."""
    from rich.cells import cell_len

    said = invoke("--lang", language, "audit", "stats", node, "--over", 0).stdout
    assert [] == [line for line in said.splitlines() if cell_len(line) > LINES]
    heads = {
        "zh": ("（北京时间）", "月份（UTC）", "日期（北京）"),
        "en": ("Beijing time", "month, UTC", "day, Beijing"),
    }
    assert all(head in "".join(said.split("\n")) for head in heads[language])
    over = {"zh": "经办人一个月内查阅超过 0 人：1 例", "en": "officials in a month with more than 0 persons: 1"}
    assert over[language] in said


def test_an_empty_log_has_no_tables(tmp_path: Path) -> None:
    """Nothing is not zero lines of something."""
    asyncio.run(create(tmp_path))
    said = invoke("--lang", "en", "audit", "stats", tmp_path)
    assert (0, False) == (said.exit_code, "┃" in said.stdout)
    assert "questions 0" in said.stdout


def test_an_altered_entry_is_not_counted(node: Path, tmp_path: Path) -> None:
    """A figure over entries that were changed would be a false one."""
    from tests.audit.logs import database, tamper

    copy = Path(shutil.copytree(node, tmp_path / "copy"))
    asyncio.run(tamper(database(copy), "UPDATE entry SET octets = ? WHERE idx = 1", b"{}"))
    assert "entry 1" in fail("audit", "stats", copy)


def test_archived_entries_are_counted_or_named(tmp_path: Path) -> None:
    """The figures of a log that has retained are those from before, while its archive is at hand."""
    retained = make(tmp_path / "sc")
    before = read(retained)
    succeed("audit", "retain", retained, "--apply", "--approval", approve_retain(retained))
    after = read(retained)
    assert (260, True) == (after["questions"], after["complete"])
    same = ("questions", "pages", "departments", "persons", "items", "hours")
    assert [before[name] for name in same] == [after[name] for name in same]
    shutil.rmtree(retained / "audit" / "archive")
    partial = read(retained, exit_code=3)
    assert (4, False, [[0, OLD - 1]]) == (partial["questions"], partial["complete"], partial["missing"])
