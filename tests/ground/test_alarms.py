"""Alarms are states: told once when they begin and once when they end; and the looks that set them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.assembly.status import list_alarms
from gateway.assembly.trust import Trust
from gateway.assembly.watching import Watching
from gateway.ground.alarms import TABLE, ActiveAlarm, Alarm, Alarms
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from keys.revocation import RevocationLists

NODE = b'[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'


@dataclass
class World:
    """What a look looks at; a test changes it."""

    settings: Settings
    wall: float = field(default_factory=time.time)
    monotonic: float = 1000.0
    used: float = 0.5
    until: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(days=300))
    told: list[tuple[Alarm, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.alarms = Alarms(lambda ringing, begins: self.told.append((ringing.alarm, begins)))
        self.watching = Watching(
            self.settings,
            self.alarms,
            Metrics(),
            trust=lambda: Trust({}, {}, RevocationLists({})),
            until=lambda: self.until,
            wall=lambda: self.wall,
            monotonic=lambda: self.monotonic,
            used=lambda path: self.used,
        )

    def look(self, *, after: float = 5.0) -> set[Alarm]:
        """Let time pass, look once, and say what rings."""
        self.wall += after
        self.monotonic += after
        self.watching.look()
        return {one.alarm for one in self.alarms.list_active()}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A healthy node."""
    (tmp_path / "audit").mkdir()
    return World(Settings.parse(NODE, tmp_path))


def test_a_healthy_node_rings_nothing(world: World) -> None:
    """Nor does it after a while."""
    assert set() == world.look() == world.look(after=3600)
    assert [] == world.told


@pytest.mark.parametrize(
    ("used", "alarm"),
    [(0.8, Alarm.DISK_FILLING), (0.9, Alarm.DISK_NEARLY_FULL), (0.95, Alarm.DISK_FULL), (1.0, Alarm.DISK_FULL)],
)
def test_each_watermark_has_its_alarm_alone_and_it_ends(world: World, used: float, alarm: Alarm) -> None:
    """80, 90 and 95 per cent."""
    world.used = used
    assert {alarm} == world.look() == world.look()
    world.used = 0.79
    assert set() == world.look()
    assert [(alarm, True), (alarm, False)] == world.told


@pytest.mark.parametrize("step", [-3600.0, -3.0, 3.0, 86_400.0])
def test_a_step_of_the_clock_rings(world: World, step: float) -> None:
    """Wall clock against monotonic clock; it ends when the clock runs on evenly."""
    world.look()
    world.wall += step
    assert Alarm.CLOCK_STEPPED in world.look()
    assert Alarm.CLOCK_STEPPED not in world.look()


@pytest.mark.parametrize("slew", [-0.5, 0.5])
def test_a_clock_that_is_slewed_does_not_ring(world: World, slew: float) -> None:
    """A time service corrects by small steps."""
    world.look()
    world.wall += slew
    assert set() == world.look()


@pytest.mark.parametrize(("days", "rings"), [(13, True), (-1, True), (15, False)])
def test_a_certificate_that_is_about_to_end_rings(world: World, days: int, rings: bool) -> None:
    """Fourteen days before."""
    world.until = datetime.now(UTC) + timedelta(days=days)
    assert rings is (Alarm.CERTIFICATE_ENDS in world.look())


def test_a_log_that_nobody_verified_for_long_rings_until_somebody_does(world: World) -> None:
    """Seven days by default; an unreadable note is none."""
    assert set() == world.look(after=6 * 86_400)
    assert {Alarm.VERIFICATION_OVERDUE} == world.look(after=2 * 86_400)
    world.settings.verified_path.write_text("{", encoding="utf-8")
    assert {Alarm.VERIFICATION_OVERDUE} == world.look()
    world.settings.verified_path.write_text(json.dumps({"time_s": world.wall, "size": 9}), encoding="utf-8")
    assert set() == world.look()


def test_an_alarm_that_rings_is_told_once_and_its_detail_renewed() -> None:
    """Subjects are apart."""
    told: list[tuple[ActiveAlarm, bool]] = []
    alarms = Alarms(lambda ringing, begins: told.append((ringing, begins)))
    for detail in ("1", "2"):
        alarms.ring(Alarm.WITNESS_LAG, "a", detail)
    alarms.ring(Alarm.WITNESS_LAG, "b", "1")
    alarms.clear(Alarm.WITNESS_LAG, "c")
    assert [("a", True), ("b", True)] == [(one.subject, begins) for one, begins in told]
    assert ["2", "1"] == [one.detail for one in alarms.list_active()]


def test_the_most_urgent_alarm_comes_first_with_what_to_do() -> None:
    """As the node's status shows them."""
    alarms = Alarms(lambda ringing, begins: None)
    for alarm in (Alarm.DISK_FILLING, Alarm.WITNESS_UNREACHABLE, Alarm.PEER_LOG_FORKED):
        alarms.ring(alarm, "x", "found")
    parts = list_alarms(alarms)
    assert ["alarm:PEER_LOG_FORKED:x", "alarm:WITNESS_UNREACHABLE:x", "alarm:DISK_FILLING:x"] == [p.name for p in parts]
    assert [False, False, True] == [part.serving for part in parts]
    assert TABLE[Alarm.PEER_LOG_FORKED].next_en in parts[0].detail
    assert TABLE[Alarm.PEER_LOG_FORKED].next_zh in parts[0].detail


def test_every_alarm_has_its_sentence() -> None:
    """The table is whole."""
    assert set(Alarm) == set(TABLE)
    assert all(said.zh and said.en and said.next_zh and said.next_en for said in TABLE.values())
