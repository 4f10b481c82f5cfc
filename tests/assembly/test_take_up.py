"""What a start takes up: entries that no checkpoint of the node covers, and never what prepared a fresh node."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.assembly import acts as module
from gateway.assembly.acts import find_taken_up, own_acts
from gateway.assembly.run import RunningNode
from gateway.audit.entries.acts import TAKE_UP
from gateway.audit.entries.requests import RecordRequest
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.waiting import WaitingActs
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from tests.audit.test_sealed import change
from tests.province import Pristine, StandIn

BACKUP = RecordRequest("backup", "log")


@pytest.fixture
def settings(pristine: Pristine) -> Settings:
    """Those of a node that was made and never started."""
    return pristine.restore()["sichuan"].settings


async def prepare(settings: Settings, *actions: str) -> range:
    """Have a command record an act on the stopped node, then acts of these names; return what is unsigned."""
    async with own_acts(settings) as local:
        assert 0 <= (await local.do(BACKUP, "local:7")).index
        for action in actions:
            await local._journal.record_act(action=action, subject="x")
    with LogReader(place_of(settings)) as reader:
        kept = reader.newest_checkpoint()
        return range(0 if kept is None else kept[0], reader.count())


async def test_a_fresh_node_has_nothing_to_take_up(settings: Settings) -> None:
    """Though commands have prepared it, which sign nothing: its first start names its start alone."""
    unsigned = await prepare(settings)
    assert 0 < len(unsigned)
    assert range(0) == await find_taken_up(settings, unsigned)
    running = RunningNode(settings, Metrics(), platform=StandIn())
    await running.start()
    await running.stop()
    waiting = [act.action for act in WaitingActs.open(settings.waiting_acts_path)]
    assert "start" in waiting
    assert TAKE_UP not in waiting


@pytest.mark.parametrize("action", ["start", "stop", "reload", "manifest", "retain", "shred", "open_body", "seal_run"])
async def test_what_a_command_adds_to_a_log_that_was_in_use_is_taken_up_by_name(
    settings: Settings, action: str
) -> None:
    """And what somebody without keys adds to one that was: one act that no command prepares a node by is enough."""
    unsigned = await prepare(settings, action)
    assert unsigned == await find_taken_up(settings, unsigned)
    running = RunningNode(settings, Metrics(), platform=StandIn())
    await running.start()
    await running.stop()
    (told,) = [act for act in WaitingActs.open(settings.waiting_acts_path) if act.action == TAKE_UP]
    assert f"entries:{unsigned[0]}-{unsigned[-1]}" == told.subject


async def test_a_log_without_a_checkpoint_is_fresh_by_what_is_in_it(settings: Settings) -> None:
    """Whoever takes all checkpoints away from a log that was in use makes it no fresh one."""
    unsigned = await prepare(settings, "start")
    change(Path(str(place_of(settings))), "DELETE FROM checkpoint")
    assert range(unsigned.stop) == await find_taken_up(settings, range(unsigned.stop))


async def test_no_long_log_is_fresh_and_an_altered_entry_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is looked through is bounded, and read as it was written."""
    unsigned = await prepare(settings)
    assert range(0) == await find_taken_up(settings, range(0))
    monkeypatch.setattr(module, "MOST_PREPARED", unsigned.stop - 1)
    assert unsigned == await find_taken_up(settings, unsigned)
    monkeypatch.setattr(module, "MOST_PREPARED", unsigned.stop)
    change(Path(str(place_of(settings))), "UPDATE entry SET octets = CAST(octets || ' ' AS BLOB) WHERE idx = 0")
    with pytest.raises(StoreInvalid, match="entry 0"):
        await find_taken_up(settings, unsigned)
