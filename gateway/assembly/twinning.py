"""A running node's twin of its log under SM3: followed about every minute, in a thread, off the way of every exchange.

It follows in steps, and rests as long as each has taken: a node whose log is long, and its twin new, goes on serving,
can be stopped at any moment, and begins where it ended.

A twin that cannot be followed is told in a log event and stops nothing: the log itself is under SHA-256.
"""

from __future__ import annotations

import asyncio
from asyncio import sleep as pause
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.note import NoteSigner
from gateway.audit.verification.sm3_mirror import FILE, Sm3Mirror

FOLLOW_SECONDS: Final = 60.0
"""How often the twin follows its log."""
STEP: Final = 8_192
"""Entries that it takes in at a time: a fifth of a second."""


async def keep_twin(place: LogPlace, directory: Path, signer: NoteSigner, clock_us: Callable[[], int]) -> None:
    """Follow the log in `place` with its twin in `directory`, until cancelled. `signer` bears the twin's origin."""
    lines, now = structlog.get_logger("audit"), asyncio.get_running_loop().time
    while True:
        try:
            begun = now()
            while await asyncio.to_thread(_step, place, directory / FILE, signer, clock_us()):
                await pause(now() - begun)
                begun = now()
        except (StoreInvalid, OSError, ValueError) as error:
            lines.error("twin not followed", why=str(error))
        await pause(FOLLOW_SECONDS)


def _step(place: LogPlace, path: Path, signer: NoteSigner, now_us: int) -> bool:
    """Follow by one step; return whether there is more of what was there when it began."""
    with LogReader(place) as reader, Sm3Mirror(path, reader) as twin:
        count = reader.count()
        return twin.follow(signer, now_us, STEP)[0] < count
