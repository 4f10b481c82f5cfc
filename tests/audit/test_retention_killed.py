"""kill -9 after each durable step of a retention run and of a month's destruction: nothing is lost, and it is ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from gateway.audit.retention.rules import RETAIN, SHRED
from gateway.audit.storage.reader import LogReader
from tests.audit.archives import archived_entries
from tests.audit.logs import Schema
from tests.cli.old_node import ENTRIES, MONTH, OLD, acts, approve_retain, approve_shred, copy, holds, make, place
from tests.cli.world import invoke, succeed

pytestmark = pytest.mark.kills

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = Path(__file__).with_name("killed_after.py")
LIMIT: Final = 40
"""More steps than a run has."""


@pytest.fixture(scope="module")
def pristine(schema: Schema, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a node whose entries are beyond their time."""
    return make(tmp_path_factory.mktemp("node") / "sc", schema())


@pytest.fixture(scope="module")
def killing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killing]:
    """A process that runs commands and has them killed."""
    errors = tmp_path_factory.mktemp("killing") / "errors"
    line = [sys.executable, str(PROGRAM)]
    path = os.pathsep.join((str(ROOT), os.environ["PYTHONPATH"]))
    with (
        errors.open("wb") as file,
        subprocess.Popen(
            line,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
        ) as program,
    ):
        yield Killing(program, errors)
        program.stdin.close()  # type: ignore[union-attr]  # it is a pipe
    assert 0 == program.returncode


@dataclass(frozen=True)
class Killing:
    """Runs commands of `chuanyu`, each in a process that is killed after so many durable steps."""

    program: subprocess.Popen[bytes]
    errors: Path

    def killed(self, steps: int, *command: object) -> bool:
        """Run a command until it is killed after so many durable steps; False where it has fewer."""
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(json.dumps([steps, *map(str, command)]).encode() + b"\n")
        self.program.stdin.flush()
        status = os.waitstatus_to_exitcode(int(self.program.stdout.readline()))
        assert status in (0, -signal.SIGKILL), self.errors.read_text(encoding="utf-8")
        return status == -signal.SIGKILL


def each_kill(
    killing: Killing, pristine: Path, schema: Schema, tmp_path: Path, command: Sequence[object]
) -> list[Path]:
    """Kill a command after its first step, its second and so on, each on a copy of its own; return these."""
    nodes: list[Path] = []
    for steps in count(1):
        node = copy(pristine, tmp_path / str(steps), schema())
        if not killing.killed(steps, "audit", command[0], node, *command[1:]):
            assert nodes
            return nodes
        nodes.append(node)
        assert steps < LIMIT
    raise AssertionError


def entries(node: Path) -> list[bytes]:
    """The entries that the log had, each from the log where it has its bytes, otherwise from the archive."""
    archived: dict[int, bytes] = {}
    for archive in (node / "audit" / "archive").glob("*.parquet"):
        archived |= dict(archived_entries(archive))
    with LogReader(place(node)) as reader:
        return [row[2] or archived[row[0]] for rows in reader.rows(0, ENTRIES) for row in rows]


def test_a_retention_run_that_is_killed_at_any_step_loses_nothing_and_is_ended_by_the_next(
    killing: Killing, pristine: Path, schema: Schema, tmp_path: Path
) -> None:
    """After each kill the log holds and every entry's bytes are somewhere; after the next run they are archived.

    The archive's digest is that of the act; no checkpoint has signed the act yet, and the archive is not said to hold.
    """
    command = ("retain", "--apply", "--approval", approve_retain(pristine))
    had = entries(pristine)
    seen = set()
    for node in each_kill(killing, pristine, schema, tmp_path, command):
        assert holds(node)
        assert had == entries(node)
        with LogReader(place(node)) as reader:
            seen.add((reader.pruned(), len(acts(node))))
        succeed("audit", command[0], node, *command[1:])
        with LogReader(place(node)) as reader:
            assert OLD == reader.pruned()
        assert holds(node)
        assert had == entries(node)
        assert {RETAIN} == {act.text("action") for act in acts(node)}
        assert [] == succeed("audit", "retain", node)["would_archive"]
        (archive,) = (node / "audit" / "archive").glob("*.parquet")
        told = invoke("audit", "archive", archive, "--node", node, "--json")
        assert (3, ["unsigned retain act", "sha256 file"]) == (
            told.exit_code,
            json.loads(told.stdout)["digest_compared_with"],
        )
    assert {(0, 0), (0, 1), (256, 1), (OLD, 1)} == seen


def test_a_month_whose_destruction_is_killed_at_any_step_is_destroyed_by_the_next(
    killing: Killing, pristine: Path, schema: Schema, tmp_path: Path
) -> None:
    """After each kill the log holds; nothing of the secret is touched before the act stands in the log."""
    command = ("shred", "--month", MONTH, "--apply", "--approval", approve_shred(pristine))
    kept = (pristine / "keys" / "epochs" / f"{MONTH}.secret").read_bytes()
    had = entries(pristine)
    for node in each_kill(killing, pristine, schema, tmp_path, command):
        secret = node / "keys" / "epochs" / f"{MONTH}.secret"
        assert holds(node)
        assert acts(node) or kept == secret.read_bytes()
        succeed("audit", command[0], node, *command[1:])
        assert [f"{MONTH}.destroyed"] == [path.name for path in secret.parent.iterdir()]
        with LogReader(place(node)) as reader:
            assert [] == list(reader.wraps(0))
        assert holds(node)
        assert had == entries(node)
        assert {SHRED} == {act.text("action") for act in acts(node)}
