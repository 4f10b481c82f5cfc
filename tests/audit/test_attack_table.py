"""Each row of the table of attacks ends as it says, the trial's by their numbers, and the page has every row."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.language import Language
from gateway.cli.main import app as main
from tests.audit.attack_table import FRAME_HEADER, OWN, ROWS, TRIAL, WAL_HEADER, End, Facts, Row, leave_in_wal
from tests.audit.attacks import SIZE, write
from tests.audit.logs import database
from tests.audit.test_attacks import verify
from tests.commands import CliRunner

ROOT = Path(__file__).parents[2]
PAGES = {Language.EN: ROOT / "docs/reference/attacks.md", Language.ZH: ROOT / "docs/reference/attacks.zh-CN.md"}
HEADS = {
    Language.EN: "| no. | attack | needs | found by | ends as | place, reason or test |",
    Language.ZH: "| 编号 | 攻击 | 所需 | 由何发现 | 结果 | 位置、原因或测试 |",
}
WORDS = {
    "files": "文件", "log key": "日志密钥", "all keys": "全部密钥", "found": "发现", "not proven": "未获证明",
    "noted": "成立并说明", "not covered": "不在范围", "not readable": "无法读取", "test": "测试",
    "server": "服务器",
}  # fmt: skip


@pytest.fixture(scope="module")
def pristine_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small log."""
    directory = tmp_path_factory.mktemp("node") / "sc"
    asyncio.run(write(directory))
    return directory


@pytest.fixture
def node(pristine_log: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(pristine_log, tmp_path / "sc"))


def judge(directory: Path, one: Row, facts: Facts) -> None:
    """Verify with the witness's key from elsewhere, and compare with the row."""
    told = facts.fill(one.told)
    if one.end is End.UNREAD:
        result = CliRunner().invoke(main, ["audit", "verify", str(directory), "--json"])
        assert 2 == result.exit_code
        assert told in json.loads(result.stdout)["error"]["found"]["en"]
        return
    found = verify(directory)
    if one.end is End.FOUND:
        assert (1, "altered") == (found["exit"], found["verdict"])
        assert [True] == [fault["place"].startswith(told) and bool(fault["place"]) for fault in found["faults"]], found
    elif one.end is End.UNPROVEN:
        assert (3, "not_proven") == (found["exit"], found["verdict"]), found
        assert told in [reason["code"] for reason in found["reasons"]]
    else:
        assert (0, "proven_and_witnessed") == (found["exit"], found["verdict"]), found
        said = found["not_covered"] if one.end is End.NOT_COVERED else [note["code"] for note in found["notes"]]
        assert not told or told in said


@pytest.mark.parametrize(
    "one",
    [pytest.param(one, id=one.number) for one in ROWS if not (one.real or one.server) and one.end is not End.ELSEWHERE],
)
def test_an_attack_on_the_small_log_is_told(node: Path, one: Row) -> None:
    """Found with its place, not proven with its reason, or named as not covered."""
    facts = Facts.of(node)
    one.attack(node, facts)
    judge(node, one, facts)


def test_the_write_ahead_file_of_the_table_holds_the_newest_exchange(node: Path) -> None:
    """Untouched it is read; without it the log ends at the checkpoint before: a size from elsewhere shows that."""
    beside = leave_in_wal(node)
    assert beside.stat().st_size > WAL_HEADER + FRAME_HEADER
    octets = {one: one.read_bytes() for one in (database(node), beside)}
    found = verify(node)
    assert (0, "proven_and_witnessed", SIZE + 2) == (found["exit"], found["verdict"], found["size"])
    beside.write_bytes(b"")
    database(node).write_bytes(octets[database(node)])
    assert (0, SIZE) == (verify(node)["exit"], verify(node)["size"])
    found = verify(node, "--at-least", SIZE + 2)
    assert (1, "altered", "end") == (found["exit"], found["verdict"], found["faults"][0]["place"])


@pytest.mark.parametrize("action", ["open_body", "recover_pseudonym", "retain", "shred", "subject_history", "widen"])
def test_an_act_that_needs_two_persons_and_names_no_approval_is_not_proven(tmp_path: Path, action: str) -> None:
    """Only somebody with the log's key can write it; the same with an approval gives no such reason."""
    subject = {"retain": f"0-2 sha256:{'a' * 64} years:3", "shred": "2019-01"}.get(action, "x")
    asyncio.run(write(tmp_path / "sc", acts=[(action, subject)], approved=False))
    found = verify(tmp_path / "sc")
    assert (3, "not_proven") == (found["exit"], found["verdict"])
    told = [(one["code"], one["first"], one["last"]) for one in found["reasons"]]
    assert ("unapproved", SIZE, SIZE) in told
    asyncio.run(write(tmp_path / "allowed" / "sc", acts=[(action, subject)]))
    allowed = verify(tmp_path / "allowed" / "sc")
    assert "unapproved" not in [one["code"] for one in allowed["reasons"]]
    assert "signatures_of_approvals" in allowed["not_covered"]


def test_no_row_passes_silently_and_each_has_a_number_of_its_own() -> None:
    """At least thirty of our own are made here."""
    numbers = [one.number for one in ROWS]
    assert sorted(set(numbers)) == sorted(numbers)
    assert 30 <= sum(one.end is not End.ELSEWHERE for one in OWN)


def list_cases(test: Any) -> set[str]:
    """The ids of a test's cases, where one mark gives them."""
    (mark,) = [mark for mark in test.pytestmark if mark.name == "parametrize"]
    ids = mark.kwargs.get("ids")
    return set(map(str, mark.args[1] if ids is None else ids))


@pytest.mark.parametrize("one", [pytest.param(one, id=one.number) for one in ROWS if one.end is End.ELSEWHERE])
def test_what_another_test_makes_is_a_case_that_runs(one: Row) -> None:
    """By the name under which the test is run, and with its case; none is skipped or expected to fail."""
    file, name, case = re.fullmatch(r"(tests/[\w/]+)\.py::(test_\w+)(?:\[(.+)\])?", one.told).groups()  # type: ignore[union-attr]  # a row of another form fails here
    test = getattr(import_module(file.replace("/", ".")), name)
    marks = {mark.name for mark in getattr(test, "pytestmark", [])}
    assert callable(test)
    assert not marks & {"skip", "skipif", "xfail"}
    assert case is None or case in list_cases(test)


def test_every_row_of_the_trial_is_there() -> None:
    """Numbers that its table does not have are none of ours."""
    absent = {56, 60, 63, 64, 65}
    expected = {str(number) for number in range(1, 67) if number not in absent}
    expected |= {"P1", "R1", "R2", "R3", "R4", "R5", "R6", "R6a", "R12"}
    expected |= {f"{kind}{number}" for kind, count in (("W", 4), ("E", 8), ("O", 4)) for number in range(1, count + 1)}
    assert expected == {one.number for one in TRIAL}


def render(language: Language) -> list[str]:
    """The rows of the page."""
    zh = language is Language.ZH
    lines = [HEADS[language], "|---|---|---|---|---|---|"]
    for one in ROWS:
        needs, end = (WORDS[one.needs], WORDS[one.end]) if zh else (one.needs, one.end)
        by = "`pytest`" if one.end is End.ELSEWHERE else "`audit verify`"
        what = one.what.zh if zh else one.what.en
        lines.append(f"| {one.number} | {what} | {needs} | {by} | {end} | {f'`{one.told}`' if one.told else '-'} |")
    return lines


@pytest.mark.parametrize("language", PAGES)
def test_the_page_has_every_row(language: Language) -> None:
    """With `CHUANYU_DRAW_ATTACKS` set it is drawn anew."""
    page = PAGES[language].read_text(encoding="utf-8")
    table = "\n".join(render(language)) + "\n"
    if os.environ.get("CHUANYU_DRAW_ATTACKS"):
        PAGES[language].write_text(page.partition(HEADS[language])[0] + table, encoding="utf-8")
    assert page.endswith(table)
