"""The scrub reads every stored byte, slowly, and tells what it found."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway.audit.storage.database import LogPlace
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.verification.scrub import Scrub
from gateway.audit.verification.verify import LogVerdict
from tests.audit.logs import PROVIDER, answer, journal, opened, tamper

KEYS = [Ed25519Verifier(PROVIDER.vkey)]
EXCHANGES = 10


async def filled(place: LogPlace) -> None:
    """Write whole exchanges."""
    async with opened(place) as log:
        for number in range(EXCHANGES):
            await answer(journal(log), number)


async def passes(place: LogPlace, count: int) -> list[LogVerdict]:
    """Let it pass so many times; return what it told."""
    told: asyncio.Queue[LogVerdict] = asyncio.Queue()
    scrub = asyncio.create_task(Scrub(place, lambda: (KEYS, ()), told.put_nowait, pause_seconds=0.001).run())
    try:
        async with asyncio.timeout(20):
            return [await told.get() for _ in range(count)]
    finally:
        scrub.cancel()
        await asyncio.gather(scrub, return_exceptions=True)


async def test_a_sound_log_is_told_as_sound_each_time(place: LogPlace) -> None:
    """With its size; also while it is written."""
    await filled(place)
    assert [(2 * EXCHANGES, True)] * 3 == [(verdict.size, verdict.holds) for verdict in await passes(place, 3)]
    async with opened(place) as log:
        await answer(journal(log), EXCHANGES)
        assert (await passes(place, 1))[0].holds


@pytest.mark.parametrize(
    ("sql", "value", "where"),
    [
        ("UPDATE entry SET octets = ? WHERE idx = 7", b"{}", "entry 7"),
        ("UPDATE entry SET leaf_hash = ? WHERE idx = 7", b"0" * 32, "entry 7"),
        ("DELETE FROM entry WHERE idx = ?", 7, "entry 7"),
    ],
)
async def test_what_rots_on_the_disk_is_found_and_named(
    place: LogPlace, sql: str, value: bytes | int, where: str
) -> None:
    """Nobody has to read that entry."""
    await filled(place)
    await tamper(place, sql, value)
    (verdict,) = await passes(place, 1)
    assert [where] == [fault.place for fault in verdict.faults]


async def test_a_log_that_cannot_be_read_is_told_too(place: LogPlace) -> None:
    """It is a fault, not an end of the scrub."""
    await tamper(place, "DELETE FROM log WHERE id = ?", 1)
    (verdict,) = await passes(place, 1)
    assert not verdict.holds


async def test_a_slow_pass_ends_at_once_when_it_is_cancelled(place: LogPlace) -> None:
    """At one entry a second it would take long."""
    await filled(place)
    scrub = asyncio.create_task(Scrub(place, lambda: (KEYS, ()), lambda verdict: None, rate=0.1).run())
    begun = time.monotonic()
    await asyncio.sleep(0)
    scrub.cancel()
    await asyncio.gather(scrub, return_exceptions=True)
    assert time.monotonic() - begun < 2 * EXCHANGES
