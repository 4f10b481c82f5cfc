"""`chuanyu audit` verifies, shows and proves from a node's data directory, and never writes to it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.tlog.tlogproof import read_proof, verify_proof
from gateway.audit.tlog.tree import leaf_hash
from gateway.cli.audit.app import app
from gateway.cli.screen import Problem
from tests.audit.logs import ASKER, PROVIDER, database, five_entries
from tests.commands import CliRunner, Result
from tests.samples import NUMBER


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """The data directory of a node that has stopped."""
    directory = tmp_path / "data"
    asyncio.run(five_entries(directory))
    return directory


def run(*arguments: object) -> Result:
    """Run the command; wide enough that nothing is folded."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def problem(result: Result) -> Problem:
    """The problem with which a command ended."""
    assert isinstance(result.exception, Problem)
    return result.exception


def change(node: Path, statement: str) -> None:
    """Alter the log."""
    connection = sqlite3.connect(database(node))
    with connection:
        connection.execute(statement)
    connection.close()


def test_a_log_that_is_proven_is_told_in_both_languages(node: Path) -> None:
    """With its size, its root and its checkpoints, up to which entry, and that the keys came from the same disk."""
    result = run("verify", node)
    assert 0 == result.exit_code
    for text in (
        "仅由日志自身密钥证明", "proven by the log's key alone", PROVIDER.name, "已核验条目 entries verified",
        "检查点 checkpoints", "signed up to 5", "witnessed by nobody", "已签名至 5 条", "无见证",
        "of the log beside the log", "日志公钥取自日志所在文件夹",
    ):  # fmt: skip
        assert text in result.stdout


def test_a_log_without_a_checkpoint_ends_with_three(node: Path) -> None:
    """Nothing contradicts it, and nothing proves it: it is said which entries, and what to do."""
    change(node, "DELETE FROM checkpoint")
    result = run("verify", node)
    assert 3 == result.exit_code
    for text in ("未获证明 not proven", "no checkpoint: nothing signs entries 0-4", "条目 0-4 无签名", "处理建议 next"):
        assert text in result.stdout
    assert "✓" not in result.stdout
    assert not (node / "audit" / "verified.json").exists()


def test_a_log_that_holds_is_told_as_json(node: Path) -> None:
    """And nothing else is written."""
    told = json.loads(run("verify", node, "--json").stdout)
    assert (True, 5, 1, []) == (told["holds"], told["size"], told["checkpoints"], told["faults"])
    assert {"intent": 2, "release": 2, "refusal": 1} == told["phases"]


def test_an_altered_log_ends_with_one_its_place_and_what_to_do(node: Path) -> None:
    """In the table and as JSON."""
    change(node, "UPDATE entry SET octets = x'00' WHERE idx = 2")
    result = run("verify", node)
    assert 1 == result.exit_code
    for text in ("entry 2", "处理建议 next", "日志核验不通过", "the log does not hold"):
        assert text in result.stdout
    result = run("verify", node, "--json")
    assert 1 == result.exit_code
    (fault,) = json.loads(result.stdout)["faults"]
    assert ("entry 2", 2) == (fault["place"], fault["index"])
    assert fault["next"]["zh"]
    assert fault["next"]["en"]


def test_a_log_shorter_than_known_from_elsewhere_does_not_hold(node: Path) -> None:
    """A size from a receipt shows that the end is missing."""
    assert 0 == run("verify", node, "--at-least", 5).exit_code
    assert 1 == run("verify", node, "--at-least", 6).exit_code


def test_the_key_can_come_from_elsewhere(node: Path, tmp_path: Path) -> None:
    """Whoever does not trust the disk brings the key; another log's key proves nothing."""
    mine = tmp_path / "mine.vkey"
    mine.write_text(PROVIDER.vkey, encoding="utf-8")
    assert 0 == run("verify", node, "--vkey", mine).exit_code
    mine.write_text(ASKER.vkey, encoding="utf-8")
    result = run("verify", node, "--vkey", mine)
    assert (3, False, True) == (
        result.exit_code, "altered" in result.stdout, "no key given signed this log" in result.stdout,
    )  # fmt: skip
    found = json.loads(run("verify", node, "--vkey", mine, "--json").stdout)
    assert ("not_proven", ["other_key"]) == (found["verdict"], [one["code"] for one in found["reasons"]])
    assert "this log's" in found["faults"][0]["next"]["en"]
    assert 2 == problem(run("prove", node, 0, "--vkey", mine)).exit_code


def test_another_logs_key_does_not_hide_what_was_altered(node: Path, tmp_path: Path) -> None:
    """Bytes that contradict their hashes do so under any key."""
    mine = tmp_path / "mine.vkey"
    mine.write_text(ASKER.vkey, encoding="utf-8")
    change(node, "UPDATE entry SET octets = CAST(octets || ' ' AS BLOB) WHERE idx = 2")
    result = run("verify", node, "--vkey", mine, "--json")
    assert (1, "altered") == (result.exit_code, json.loads(result.stdout)["verdict"])


def test_an_entry_is_shown_with_its_fields(node: Path) -> None:
    """Labelled; persons only as references."""
    result = run("show", node, 1)
    assert 0 == result.exit_code
    for text in (
        "审计条目 1 entry 1",
        "阶段 phase",
        "release",
        "记录数 records",
        "叶哈希 leaf hash",
        "card_status, valid_to",
    ):
        assert text in result.stdout
    assert NUMBER not in result.stdout


def test_an_entry_is_shown_as_json(node: Path) -> None:
    """All fields, with index and leaf hash."""
    told = json.loads(run("show", node, 4, "--json").stdout)
    assert ("refusal", "GRANT_MISSING", 4) == (told["phase"], told["reason_code"], told["index"])
    assert 64 == len(told["leaf_hash"])


@pytest.mark.parametrize("index", range(5))
def test_each_entry_is_proven_to_anybody(node: Path, tmp_path: Path, index: int) -> None:
    """To standard output, to a file and in JSON the same proof, which holds with the key alone."""
    out = tmp_path / "entry.tlog-proof"
    assert 0 == run("prove", node, index, "--out", out).exit_code
    text = run("prove", node, index).stdout
    told = json.loads(run("prove", node, index, "--json").stdout)
    assert out.read_text(encoding="utf-8") == text == told["proof"]
    leaf = bytes.fromhex(told["leaf_hash"])
    assert 5 == verify_proof(read_proof(text.encode()), leaf, PROVIDER.name, [Ed25519Verifier(PROVIDER.vkey)])


def test_an_altered_entry_is_neither_shown_nor_proven(node: Path) -> None:
    """What does not prove is not written."""
    change(node, "UPDATE entry SET octets = x'00' WHERE idx = 1")
    for command in ("show", "prove"):
        result = run(command, node, 1)
        assert 1 == problem(result).exit_code
        assert "" == result.stdout


def test_an_entry_whose_hash_was_made_to_fit_is_not_proven(node: Path) -> None:
    """The signed root is another."""
    change(node, f"UPDATE entry SET octets = x'00', leaf_hash = x'{leaf_hash(bytes(1)).hex()}' WHERE idx = 1")  # noqa: S608 - a hash
    assert 1 == problem(run("prove", node, 1)).exit_code


def test_an_entry_without_a_checkpoint_is_not_proven_yet(node: Path) -> None:
    """It is said what to wait for."""
    change(node, "DELETE FROM checkpoint")
    found = problem(run("prove", node, 1))
    assert (5, "see that the node runs, and try again shortly") == (found.exit_code, found.remedy.en)


@pytest.mark.parametrize("command", [("verify",), ("show", 0), ("prove", 0)])
def test_an_absent_directory_is_wrong_usage_and_nothing_is_made(tmp_path: Path, command: tuple[object, ...]) -> None:
    """Exit code 2, in both languages."""
    name, *rest = command
    found = problem(run(name, tmp_path / "absent", *rest))
    assert 2 == found.exit_code
    assert found.remedy.zh
    assert found.remedy.en
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("command", ["show", "prove"])
def test_an_absent_index_is_wrong_usage(node: Path, command: str) -> None:
    """The indexes that exist are named."""
    found = problem(run(command, node, 5))
    assert (2, "an index from 0 to 4") == (found.exit_code, found.expected.en)
    assert 2 == run(command, node, -1).exit_code
    assert 2 == run(command, node, "x").exit_code


@pytest.mark.parametrize("content", [None, "", "no key", "a+00000000+AAAA"])
def test_an_unusable_key_is_wrong_usage(node: Path, content: str | None) -> None:
    """Without the key nothing is proven, and nothing is assumed."""
    path = node / "audit" / "log.vkey"
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert 2 == problem(run("verify", node)).exit_code
    assert 2 == problem(run("prove", node, 0)).exit_code


def test_a_file_that_is_no_log_is_wrong_usage(node: Path) -> None:
    """It is said, not traced."""
    database(node).write_bytes(b"no database" * 100)
    assert 2 == problem(run("verify", node)).exit_code
    assert 2 == problem(run("show", node, 0)).exit_code


def test_nothing_of_the_log_is_written(node: Path) -> None:
    """Neither by verifying nor by showing nor by proving."""
    before = database(node).read_bytes()
    for command in (("verify", node), ("show", node, 0), ("prove", node, 0)):
        assert 0 == run(*command).exit_code
    assert before == database(node).read_bytes()
