"""A writer that is killed in the middle of its work loses nothing that it has acknowledged."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.audit.entries.entry import Phase
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.tlog.tree import leaf_hash
from gateway.audit.verification.verify import Stage, verify_log
from tests.audit.crash_writer import BODY
from tests.audit.logs import PROVIDER, create, opened

pytestmark = pytest.mark.kills

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


async def survives(path: Path, count: int) -> int:
    """Kill a writer after so many acknowledgements; every one of them stands; return how many there were."""
    acknowledged = killed_after(path, count)
    async with opened(path) as log:
        assert max(index for index, _ in acknowledged) < log.size
        receipt = await log.wait_durable(log.record(b"after", exchange_id="", phase=Phase.ADMIN, time_us=1))
        assert log.size - 1 == receipt.index
    with LogReader(path) as reader:
        for index, expected in acknowledged:
            row = reader.entry(index)
            assert expected == row.leaf_hash.hex() == leaf_hash(row.octets).hex()
            assert ("2026-11", b"w" * 60) == reader.wrap(index)
            assert BODY == reader.body(index)
    return len(acknowledged)


@pytest.mark.parametrize("run", range(10))
async def test_what_was_acknowledged_before_the_kill_is_there_after_it(tmp_path: Path, run: int) -> None:
    """Index and leaf hash of each acknowledgement are those of the log, whose state follows from its entries."""
    await survives(await create(tmp_path), 40 + 61 * run)


@pytest.mark.torture
@pytest.mark.timeout(3600)
async def test_two_hundred_kills_lose_nothing(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """The long form: one log, killed at a moment of chance again and again, grows through all of it."""
    path, chance = await create(tmp_path), random.Random(7)
    total = 0
    for _ in range(200):
        total += await survives(path, chance.randint(1, 400))
    record_property("acknowledged", total)
    print(f"200 kills, {total} acknowledged entries, 0 lost")
    faults = verify_log(path, [Ed25519Verifier(PROVIDER.vkey)], stages=[Stage.INTEGRITY]).faults
    assert () == faults
