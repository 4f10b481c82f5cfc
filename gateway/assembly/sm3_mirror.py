"""The mirror of a running node's log under SM3, which follows it about every minute, off the way of every exchange.

It follows in steps, in a thread, and rests as long as each step has taken: a node whose log is long and whose mirror is
new goes on serving, can be stopped at any moment, and begins where it ended.

A mirror that cannot follow is reported in a log line and stops nothing: the log itself is under SHA-256. Settings,
commands and printed text call it the twin.
"""

from __future__ import annotations

import asyncio
from asyncio import sleep as pause
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from gateway.assembly.build import clock_us
from gateway.audit.storage.database import LogPlace, place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.tlog.note import NoteSigner
from gateway.audit.verification.sm3_mirror import FILE, SUFFIX, Sm3Mirror
from gateway.settings import Settings
from keys.signer import Signer

FOLLOW_SECONDS: Final = 60.0
"""How often the mirror follows its log."""
STEP: Final = 8_192
"""Entries that it takes in at a time, which is a fifth of a second's work."""


async def keep_sm3_mirror(settings: Settings, key: Signer) -> None:
    """Follow the log of the settings by its mirror until cancelled; `key` is the log's, and signs here too."""
    signer = Signer(key.name + SUFFIX, key.private_key)
    await follow_log(place_of(settings), settings.audit.directory, signer, clock_us)


async def follow_log(place: LogPlace, directory: Path, signer: NoteSigner, clock_us: Callable[[], int]) -> None:
    """Follow the log in `place` by its mirror in `directory` until cancelled; `signer` bears the mirror's origin."""
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
    with LogReader(place) as reader, Sm3Mirror(path, reader) as mirror:
        count = reader.count()
        return mirror.follow(signer, now_us, STEP)[0] < count
