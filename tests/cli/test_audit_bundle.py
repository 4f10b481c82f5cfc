"""`chuanyu audit bundle`: evidence that anybody verifies offline, with the keys beside the log unless told so."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gateway.cli.audit.app import app
from gateway.cli.screen import Problem
from tests.audit.logs import answer, create, journal, opened
from tests.commands import CliRunner, Result


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
    made = run(node, "--from", 1, "--to", 3, "--out", tmp_path / "e.zip", "--json")
    assert 2 == json.loads(made.stdout)["entries"]
    found = verified(tmp_path / "e.zip", "--json")
    assert 0 == found.returncode, found.stdout + found.stderr


def test_a_changed_entry_of_a_bundle_is_found(node: Path, tmp_path: Path) -> None:
    """Exit code 1, without our program."""
    run(node, "--out", tmp_path / "e.zip")
    verified(tmp_path / "e.zip")
    entries = tmp_path / "e/entries.jsonl"
    entries.write_text(entries.read_text(encoding="utf-8").replace("permit", "denied"), encoding="utf-8")
    line = [sys.executable, "-I", str(tmp_path / "e/verify.py"), str(tmp_path / "e")]
    assert 1 == subprocess.run(line, capture_output=True, timeout=60, check=False).returncode


@pytest.mark.parametrize("line", [("--from", 4), ("--from", 2, "--to", 1), ("--to", 9)])
def test_a_range_that_no_checkpoint_covers_is_refused(node: Path, tmp_path: Path, line: tuple[object, ...]) -> None:
    """Empty, turned round, or beyond the log; nothing is written."""
    found = run(node, "--out", tmp_path / "e.zip", *line).exception
    assert isinstance(found, Problem)
    assert not list(tmp_path.glob("e.zip*"))


def test_a_policy_that_the_checkpoint_does_not_satisfy_is_refused(node: Path, tmp_path: Path) -> None:
    """Another log's key, or a text that is none; nothing is written."""
    for text in ("quorum none\n", "nonsense\n"):
        (tmp_path / "policy").write_text(text, encoding="utf-8")
        assert isinstance(run(node, "--out", tmp_path / "e.zip", "--policy", tmp_path / "policy").exception, Problem)
    assert not list(tmp_path.glob("e.zip*"))


def test_a_bundle_never_overwrites(node: Path, tmp_path: Path) -> None:
    """What is there stays."""
    (tmp_path / "e.zip").write_bytes(b"kept")
    assert isinstance(run(node, "--out", tmp_path / "e.zip").exception, Problem)
    assert b"kept" == (tmp_path / "e.zip").read_bytes()
