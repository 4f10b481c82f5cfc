"""Seals logs, each in a process that is killed, by SIGKILL, right after its Nth durable step.

Each line of standard input is a JSON list, the number of steps and the log's file; each is answered by a line, the
status that the system gave of that process.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from gateway.audit.entries import seals
from tests.audit.killed_after import run_forked
from tests.audit.sealing import NOVEMBER, sealed_log

RUN_ENTRIES = 8
"""Entries of a run."""
LATER_US = NOVEMBER + 100 * 86_400_000_000
"""When the acts are made: after all entries."""


async def seal(place: Path) -> None:
    """Seal all that can be sealed."""
    async with sealed_log(place) as one:
        one.clock_us = LATER_US
        await one.seal()


def run(words: list[str]) -> None:
    """Seal a log, and end the process."""
    asyncio.run(seal(Path(words[0])))
    sys.exit(0)


if __name__ == "__main__":
    seals.RUN_ENTRIES = RUN_ENTRIES  # type: ignore[misc]  # a geometry for tests
    for line in sys.stdin:
        steps, name = json.loads(line)
        print(run_forked(run, steps, [name]), flush=True)
