"""The time stamps of a running node: none without an authority, and an alarm for as long as none can be had."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.assembly import time_stamps as module
from gateway.assembly.time_stamps import keep_time_stamps
from gateway.audit.log import AuditLog
from gateway.ground.alarms import Alarm, Alarms
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.witness.timestamp import Authority, Stamp, StampRefused

SMALL = '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'
WITH_AUTHORITY = SMALL + '[time_stamp]\nurl = "https://tsa.example/"\nauthorities_file = "roots.pem"\n'


class World:
    """A log that stores stamps, and the alarms that ring."""

    def __init__(self, text: str, directory: Path) -> None:
        self.settings = Settings.parse(text.encode(), directory)
        self.stored: list[tuple[int, int, bytes]] = []
        self.metrics = Metrics()
        self.alarms = Alarms(lambda ringing, begins: None)

    async def store_stamp(self, size: int, time_us: int, token: bytes) -> None:
        """Store a stamp."""
        self.stored.append((size, time_us, token))

    async def run(self) -> None:
        """Keep time stamps until the authority's part ends."""
        log = cast(AuditLog, SimpleNamespace(store_stamp=self.store_stamp))
        await keep_time_stamps(self.settings, log, lambda: b"note", self.alarms, self.metrics)

    @property
    def ringing(self) -> list[tuple[Alarm, str]]:
        """The alarms that ring, each with its detail."""
        return [(one.alarm, one.detail) for one in self.alarms.list_active()]


def refuse_to_open(*given: object) -> Authority:
    """Open no authority."""
    raise StampRefused("the roots cannot be read")


async def test_without_an_authority_nothing_is_opened_and_nothing_rings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time stamps are a choice of the settings."""
    monkeypatch.setattr(Authority, "open", refuse_to_open)
    world = World(SMALL, tmp_path)
    await world.run()
    assert ([], []) == (world.ringing, world.stored)


async def test_an_authority_that_cannot_be_opened_rings_and_releases_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task ends without a fault of its own."""
    monkeypatch.setattr(Authority, "open", refuse_to_open)
    world = World(WITH_AUTHORITY, tmp_path)
    await world.run()
    assert [(Alarm.TIME_STAMP_FAILED, "the roots cannot be read")] == world.ringing


async def test_an_alarm_rings_until_a_stamp_comes_which_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the metric says of how many entries, and when."""
    world = World(WITH_AUTHORITY, tmp_path)
    opened: list[object] = []

    def open_authority(*given: object) -> Authority:
        opened.extend(given[:3])
        return cast(Authority, "authority")

    async def keep(
        authority: Authority,
        newest: Callable[[], bytes],
        save: Callable[[Stamp], Awaitable[None]],
        report: Callable[[str, Stamp | None], None],
        seconds: float,
    ) -> None:
        assert ("authority", b"note", 3600) == (cast(Any, authority), newest(), seconds)
        report("no route", None)
        assert [(Alarm.TIME_STAMP_FAILED, "no route")] == world.ringing
        stamp = Stamp(7, 1_800_000_000_500_000, b"token")
        await save(stamp)
        report("", stamp)

    monkeypatch.setattr(Authority, "open", open_authority)
    monkeypatch.setattr(module, "keep_stamped", keep)
    await world.run()
    assert ["https://tsa.example/", tmp_path / "roots.pem", 10] == opened
    assert ([], [(7, 1_800_000_000_500_000, b"token")]) == (world.ringing, world.stored)
