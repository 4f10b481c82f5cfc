"""A node that is killed at any moment, again and again, never gives a budget back."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.assembly.budgets import count_log
from gateway.audit.storage.store import Store
from gateway.budgets.counting import ScopeKind
from tests.audit.logs import create
from tests.samples import NOW_US

pytestmark = pytest.mark.kills

ROOT = Path(__file__).parents[2]
SPENDER = Path(__file__).with_name("spender.py")
LIMIT = 60


def spend(path: Path, most: int) -> tuple[list[bytes], int]:
    """Let a writer run until so many answers have left, then kill it; return those persons and how it ended."""
    command = [sys.executable, str(SPENDER), str(path), str(LIMIT)]
    persons: list[bytes] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            persons += [line] if line.endswith(b"\n") else []
            if len(persons) == most:
                writer.kill()
    return persons, writer.returncode


async def official_of(path: Path) -> int:
    """The persons of the one official, as a start counts them."""
    store = await Store.open(path)
    try:
        counting = await count_log(store, (await store.load()).size, NOW_US)
    finally:
        await store.close()
    return next(one.day for one in counting if one.scope.kind is ScopeKind.OPERATOR)


async def test_no_kill_lets_more_persons_out_than_the_budget_has(tmp_path: Path) -> None:
    chance, path = random.Random(3), await create(tmp_path)
    left: set[bytes] = set()
    for _ in range(LIMIT):
        persons, code = spend(path, chance.randrange(1, 12))
        left.update(persons)
        assert len(left) <= await official_of(path) <= LIMIT
        if code == 0:
            break
        assert code == -9
    assert code == 0
    assert LIMIT == await official_of(path)
    assert [] == spend(path, LIMIT)[0]
