"""Health: exchanges serve only while the log writes, a witness has confirmed it, and the node does not drain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog

from gateway.assembly.health import Health, Observed, drain_at_end
from gateway.assembly.tasks import Tasks
from gateway.audit.log import AuditLog
from gateway.ground.alarms import ActiveAlarm, Alarm
from gateway.serving.account import Accounts
from gateway.serving.server import Server
from gateway.telemetry.metrics import Metrics


class World:
    """A node whose parts a test sets, and the health that it reported."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self.health = Health(self.metrics)
        self.log = SimpleNamespace(serving=True, size=7)
        self.accounts = SimpleNamespace(
            draining=False, drain=self.drain, serving=True, cosignatures=SimpleNamespace(report_size=self.note_size)
        )
        self.reported: list[tuple[object, ...]] = []
        self.begun: list[Any] = []

    def note_size(self, size: int) -> None:
        """Note that the witnesses learn the log's size."""
        self.reported.append(("size", size))

    async def report_health(self, state: bool, *, reading: bool) -> None:
        """Note a report to the health checks."""
        self.reported.append((state, reading))

    async def drain(self, seconds: float) -> None:
        """Note a drain."""
        self.reported.append(("drain", seconds))

    async def begin(self) -> None:
        """Let the node listen."""
        observed = Observed(
            log=cast(AuditLog, self.log),
            accounts=cast(Accounts, self.accounts),
            server=cast(Server, SimpleNamespace(report_health=self.report_health)),
            tasks=cast(Tasks, SimpleNamespace(begin=self.begun.append)),
        )
        await self.health.begin(observed)

    async def run_tasks(self) -> None:
        """Run what was begun."""
        while self.begun:
            await self.begun.pop(0)


@pytest.mark.parametrize(
    ("serving", "confirmed", "draining", "expected"),
    [
        (False, False, False, (False, False)),
        (False, True, False, (False, False)),
        (True, True, True, (False, False)),
        (True, False, True, (False, False)),
        (True, False, False, (False, True)),
        (True, True, False, (True, True)),
    ],
)
async def test_exchanges_need_all_three_and_reading_needs_no_witness(
    serving: bool, confirmed: bool, draining: bool, expected: tuple[bool, bool]
) -> None:
    """A log that does not write, or a node that drains, serves nothing at all."""
    world = World()
    world.log.serving, world.accounts.serving, world.accounts.draining = serving, confirmed, draining
    await world.begin()
    assert [expected] == world.reported


async def test_nothing_is_reported_before_the_node_listens() -> None:
    """Whatever changed before is part of the first report."""
    world = World()
    world.log.serving = False
    with structlog.testing.capture_logs():
        world.health.report_log(False, "no room")
    await world.health.report()
    await world.health.report_end()
    assert ([], []) == (world.reported, world.begun)
    await world.begin()
    assert [(False, False)] == world.reported


async def test_a_log_that_stops_rings_until_it_serves_again() -> None:
    """The witnesses learn its size, and health follows both changes."""
    world = World()
    await world.begin()
    for serving, ringing in ((False, [Alarm.AUDIT_NOT_DURABLE]), (True, [])):
        world.reported.clear()
        world.log.serving = serving
        with structlog.testing.capture_logs() as lines:
            world.health.report_log(serving, "no room")
        await world.run_tasks()
        assert ringing == [one.alarm for one in world.health.alarms.list_active()]
        assert [("size", 7), (serving, serving)] == world.reported
        assert ("audit log changed", serving) == (lines[0]["event"], lines[0]["serving"])


async def test_an_alarm_is_logged_and_counted_at_its_beginning_and_its_end() -> None:
    """Health follows only an alarm that stops exchanges."""
    world = World()
    await world.begin()
    for alarm, begun in ((Alarm.DISK_FILLING, 0), (Alarm.LOG_CONTRADICTED, 1)):
        with structlog.testing.capture_logs() as lines:
            world.health.report_alarm(ActiveAlarm(alarm, "log", "detail"), True)
            assert begun == len(world.begun)
            await world.run_tasks()
            world.health.report_alarm(ActiveAlarm(alarm, "log", "detail"), False)
            await world.run_tasks()
        assert [("alarm begins", "warning"), ("alarm ends", "info")] == [
            (line["event"], line["log_level"]) for line in lines
        ]


async def test_a_node_that_ends_says_so_before_it_drains() -> None:
    """Also when what it did raised; load balancers turn away while open exchanges end."""
    world = World()
    await world.begin()
    world.reported.clear()
    with pytest.raises(ValueError, match="a fault"):
        async with drain_at_end(world.health, cast(Accounts, world.accounts), 2.5):
            raise ValueError("a fault")
    assert [(False, False), ("drain", 2.5)] == world.reported
