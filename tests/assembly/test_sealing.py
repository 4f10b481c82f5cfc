"""The sealing of a running node: its alarm rings while the log cannot be sealed, and it begins where the acts end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.assembly import sealing as module
from gateway.assembly.log import OpenLog
from gateway.assembly.sealing import open_sealing
from gateway.audit.entries.epochs import Epochs
from gateway.audit.entries.seals import SealKind
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.sealed import list_segments
from gateway.ground.alarms import Alarm, Alarms
from gateway.settings import Settings
from tests.audit.logs import create
from tests.audit.sealing import DECEMBER, NOVEMBER, Named, sealed_log

SMALL = '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'


async def test_a_failure_rings_until_a_step_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what was found; the log's own alarm is another."""
    made: list[Any] = []
    monkeypatch.setattr(module, "Sealing", lambda *given: made.extend(given))
    alarms, settings = Alarms(lambda ringing, begins: None), Settings.parse(SMALL.encode(), tmp_path)
    async with sealed_log(await create(tmp_path)) as one:
        open_sealing(settings, OpenLog(one.store, one.log, Epochs({})), one.journal, alarms)
    report = made[-1]
    report("OSError: disk I/O error")
    found = [(ringing.alarm, ringing.subject, ringing.detail) for ringing in alarms.list_active()]
    assert [(Alarm.SEALING_FAILED, "log", "OSError: disk I/O error")] == found
    report("")
    assert () == alarms.list_active()


async def test_it_seals_the_log_of_its_settings(tmp_path: Path) -> None:
    """A month that has ended is a run and a month, by two acts of the node's journal."""
    settings = Settings.parse(SMALL.encode(), tmp_path)
    place = await create(tmp_path)
    assert place == settings.log_path
    async with sealed_log(place) as one:
        await one.write([Named(NOVEMBER, [1]), Named(DECEMBER, [2])])
        alarms = Alarms(lambda ringing, begins: None)
        sealing = open_sealing(settings, OpenLog(one.store, one.log, Epochs({})), one.journal, alarms)
        while await sealing.advance():
            pass
        assert 4 == one.log.size
    with LogReader(place) as reader:
        (month,) = list_segments(reader)
    assert (SealKind.MONTH, 0, 1, 1, 3) == (month.kind, month.first, month.end, month.pairs, month.act)
