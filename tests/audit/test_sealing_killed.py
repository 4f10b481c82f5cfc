"""kill -9 after each durable step of a sealing: the log verifies, and the next start seals the rest."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import list_segments
from tests.audit.logs import create
from tests.audit.sealing import faults, sealed_as, sealed_log, shrink
from tests.audit.sealing_killed import RUN_ENTRIES, seal
from tests.audit.test_sealing import entries_of, require_all_found

pytestmark = pytest.mark.kills

ROOT: Final = Path(__file__).parents[2]
LIMIT: Final = 120
"""More steps than the sealing has."""


async def test_a_node_that_is_killed_at_any_step_goes_on_where_the_acts_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between pages and act, between act and the deletion of a month's runs: nothing twice, and nothing wrong."""
    shrink(monkeypatch, entries=RUN_ENTRIES)
    pristine = await create(tmp_path / "pristine")
    async with sealed_log(pristine) as one:
        await one.write(entries_of(36))
    path = os.pathsep.join((str(ROOT), os.environ["PYTHONPATH"]))
    made = set()
    with subprocess.Popen(  # noqa: ASYNC220 - nothing else runs on the loop meanwhile
        [sys.executable, "-m", "tests.audit.sealing_killed"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for steps in count(1):
            place = tmp_path / str(steps) / "log.db"
            shutil.copytree(pristine.parent, place.parent)
            program.stdin.write(json.dumps([steps, str(place)]).encode() + b"\n")
            program.stdin.flush()
            status = os.waitstatus_to_exitcode(int(program.stdout.readline()))
            assert status in (0, -signal.SIGKILL)
            assert () == faults(place)
            await seal(place)
            with LogReader(place) as reader:
                made.add(tuple(sealed_as(list_segments(reader))))
            if not status:
                break
            assert steps < LIMIT
        program.stdin.close()
    assert steps > 12
    assert 1 == len(made)
    require_all_found(place)
