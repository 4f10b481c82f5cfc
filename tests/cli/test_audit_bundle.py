"""`chuanyu audit bundle`: evidence that anybody verifies offline, with the keys beside the log unless told so."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import zipfile
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import COSIGNATURE, Checkpoint, checkpoint_text, sign_note
from gateway.audit.tlog.tree import root_of
from gateway.cli.audit.app import app
from gateway.cli.audit.bundle import make_own_policy
from gateway.cli.audit.log import REMEDY
from gateway.cli.screen import Problem
from tests.audit.cosigning import WitnessKey
from tests.audit.logs import ASKER, PROVIDER, answer, create, database, journal, opened
from tests.commands import CliRunner, Result
from tests.samples import NOW_US

WITNESS = WitnessKey("witness.example", COSIGNATURE, 9)


async def written(directory: Path) -> None:
    """A log of four entries, with a checkpoint kept at its end."""
    async with opened(await create(directory)) as log:
        desk = journal(log)
        await answer(desk, 1)
        await answer(desk, 2)


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """The data directory of a node that has stopped."""
    directory = tmp_path / "data"
    asyncio.run(written(directory))
    return directory


def run(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["bundle", *(str(argument) for argument in arguments)], env={"COLUMNS": "200"})


def verified(bundle: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Verify a bundle by its own verifier, in an interpreter that cannot import our packages."""
    place = bundle.with_suffix("")
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(place)
    line = [sys.executable, "-I", str(place / "verify.py"), str(place), *arguments]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False, cwd=place)


def test_a_bundle_of_a_range_is_verified_offline(node: Path, tmp_path: Path) -> None:
    """By the verifier that travels along."""
    made = run(node, "--from", 1, "--to", 2, "--out", tmp_path / "e.zip", "--json")
    assert 2 == json.loads(made.stdout)["entries"]
    found = verified(tmp_path / "e.zip", "--json")
    assert 3 == found.returncode, found.stdout + found.stderr
    assert "1-2" == json.loads(found.stdout)["indexes"]
    (tmp_path / "policy").write_text(make_own_policy(node), encoding="utf-8")
    assert 0 == verified(tmp_path / "e.zip", "--policy", str(tmp_path / "policy")).returncode


def test_a_changed_entry_of_a_bundle_is_found(node: Path, tmp_path: Path) -> None:
    """Exit code 1, without our program."""
    run(node, "--out", tmp_path / "e.zip")
    verified(tmp_path / "e.zip")
    entries = tmp_path / "e/entries.jsonl"
    entries.write_text(entries.read_text(encoding="utf-8").replace("permit", "denied"), encoding="utf-8")
    line = [sys.executable, "-I", str(tmp_path / "e/verify.py"), str(tmp_path / "e")]
    assert 1 == subprocess.run(line, capture_output=True, timeout=60, check=False).returncode


def cosign(node: Path, size: int) -> None:
    """Name a witness beside the log, who has cosigned its checkpoint over so many entries and no later one."""
    (node / "audit/witnesses.vkey").write_text(f"{WITNESS.vkey}\n", encoding="utf-8")
    with sqlite3.connect(database(node)) as stored:
        (note,) = stored.execute("SELECT note FROM checkpoint ORDER BY size DESC").fetchone()
        with LogReader(database(node)) as reader:
            root = root_of([row[0] for rows in reader.leaves(0, size) for row in rows])
        text = checkpoint_text(Checkpoint(PROVIDER.name, size, root))
        cosigned = sign_note(text, [PROVIDER, WITNESS.at()])
        stored.execute("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?)", (size, NOW_US, cosigned))
    stored.close()
    assert b"witness.example" not in note


def require_no_alarm(found: object, exit_code: int) -> Problem:
    """Require a problem of this exit code that does not say that the log was altered."""
    assert isinstance(found, Problem)
    assert exit_code == found.exit_code
    assert REMEDY != found.remedy
    return found


def test_the_newest_entries_that_are_not_cosigned_yet_are_left_out(node: Path, tmp_path: Path) -> None:
    """The bundle stands under the checkpoint before; how many were left out is told."""
    cosign(node, 3)
    told = json.loads(run(node, "--out", tmp_path / "e.zip", "--json").stdout)
    assert (3, 3, 1) == (told["entries"], told["size"], told["left_out"])
    assert 3 == verified(tmp_path / "e.zip").returncode


def test_a_range_that_the_cosigned_part_holds_is_proven_under_it(node: Path, tmp_path: Path) -> None:
    """Though the log has a newer checkpoint."""
    cosign(node, 3)
    told = json.loads(run(node, "--from", 1, "--to", 2, "--out", tmp_path / "e.zip", "--json").stdout)
    assert (2, 3, 0) == (told["entries"], told["size"], told["left_out"])


@pytest.mark.parametrize("line", [("--to", 3), ("--from", 3), ("--entries", "0,3")])
def test_entries_that_are_not_cosigned_yet_are_no_alarm(node: Path, tmp_path: Path, line: tuple[object, ...]) -> None:
    """Exit code 5, "try again"; nothing is written."""
    cosign(node, 3)
    found = require_no_alarm(run(node, "--out", tmp_path / "e.zip", *line).exception, 5)
    assert "尚未获得见证签名" in found.found.zh
    assert "not cosigned yet" in found.found.en
    assert not list(tmp_path.glob("e.zip*"))


def test_a_cosignature_that_does_not_hold_is_an_alarm(node: Path, tmp_path: Path) -> None:
    """A signature of a known key that was changed is not one that is still to come."""
    cosign(node, 4)
    with sqlite3.connect(database(node)) as stored:
        (note,) = stored.execute("SELECT note FROM checkpoint WHERE size = 4").fetchone()
        name, _, signature = note.rstrip(b"\n").rpartition(b" ")
        octets = bytearray(b64decode(signature))
        octets[-1] ^= 1
        stored.execute("UPDATE checkpoint SET note = ? WHERE size = 4", (name + b" " + b64encode(octets) + b"\n",))
    stored.close()
    found = run(node, "--out", tmp_path / "e.zip").exception
    assert isinstance(found, Problem)
    assert (1, REMEDY) == (found.exit_code, found.remedy)


def test_archived_entries_are_no_alarm(node: Path, tmp_path: Path) -> None:
    """Their bytes are in the archive: the problem says where the log begins, and a bundle from there is made."""
    with sqlite3.connect(database(node)) as stored:
        stored.execute("UPDATE entry SET octets = x'' WHERE idx < 2")
    stored.close()
    found = require_no_alarm(run(node, "--out", tmp_path / "e.zip").exception, 2)
    assert "--from 2" in found.remedy.en
    assert 0 == run(node, "--from", 2, "--out", tmp_path / "e.zip").exit_code


@pytest.mark.parametrize(
    "line",
    [
        ("--from", 4),
        ("--from", 2, "--to", 1),
        ("--to", 4),
        ("--entries", "4"),
        ("--entries", "3-2"),
        ("--entries", "1;2"),
        ("--entries", "-1"),
        ("--entries", "1,"),
        ("--entries", "9" * 30),
        ("--entries", ",".join(["1"] * 10_001)),
        ("--exchange", "no such exchange"),
        ("--since", "2099-01-01"),
        ("--peer-policy", "policy"),
    ],
)
def test_a_range_that_no_checkpoint_covers_is_refused(node: Path, tmp_path: Path, line: tuple[object, ...]) -> None:
    """Empty, turned round, or beyond the log; nothing is written."""
    found = run(node, "--out", tmp_path / "e.zip", *line).exception
    require_no_alarm(found, 2)
    assert not list(tmp_path.glob("e.zip*"))


def test_a_policy_that_the_checkpoint_does_not_satisfy_is_refused(node: Path, tmp_path: Path) -> None:
    """Another log's key, or a text that is none; nothing is written."""
    for text in ("quorum none\n", "nonsense\n", f"log {ASKER.vkey}\nquorum none\n"):
        (tmp_path / "policy").write_text(text, encoding="utf-8")
        found = run(node, "--out", tmp_path / "e.zip", "--policy", tmp_path / "policy").exception
        require_no_alarm(found, 2)
    assert not list(tmp_path.glob("e.zip*"))


def test_a_bundle_never_overwrites(node: Path, tmp_path: Path) -> None:
    """What is there stays."""
    (tmp_path / "e.zip").write_bytes(b"kept")
    assert isinstance(run(node, "--out", tmp_path / "e.zip").exception, Problem)
    assert b"kept" == (tmp_path / "e.zip").read_bytes()
