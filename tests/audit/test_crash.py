"""A writer that is killed in the middle of its work loses nothing that it has acknowledged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.audit.entry import Phase
from gateway.audit.reader import LogReader
from gateway.audit.tree import leaf_hash
from tests.audit.logs import create, opened

ROOT = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("crash_writer.py")


def killed_after(path: Path, count: int) -> list[tuple[int, str]]:
    """Let a writer run until so many entries are acknowledged, kill it, and return all that it acknowledged."""
    command = [sys.executable, str(WRITER), str(path)]
    acknowledged: list[tuple[int, str]] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            if not line.endswith(b"\n"):
                break
            index, leaf = line.split()
            acknowledged.append((int(index), leaf.decode()))
            if len(acknowledged) == count:
                writer.kill()
    assert writer.returncode == -9
    assert len(acknowledged) >= count
    return acknowledged


@pytest.mark.parametrize("run", range(10))
async def test_what_was_acknowledged_before_the_kill_is_there_after_it(tmp_path: Path, run: int) -> None:
    """Index and leaf hash of each acknowledgement are those of the log, whose state follows from its entries."""
    path = await create(tmp_path)
    acknowledged = killed_after(path, 40 + 61 * run)
    async with opened(path) as log:
        assert len(acknowledged) <= log.size
        receipt = await log.durable(log.record(b"after", exchange_id="", phase=Phase.ADMIN, time_us=1))
        assert log.size - 1 == receipt.index
    with LogReader(path) as reader:
        for index, expected in acknowledged:
            row = reader.entry(index)
            assert expected == row.leaf_hash.hex() == leaf_hash(row.octets).hex()
