"""The scrub of a running node: its alarm rings until a later pass finds nothing, and keys are read for each pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.assembly import scrub as module
from gateway.assembly.scrub import open_scrub
from gateway.audit.tlog.note import COSIGNATURE
from gateway.audit.verification.verify import LogVerdict, VerificationFault
from gateway.ground.alarms import Alarm, Alarms
from gateway.settings import Settings
from tests.audit.cosigning import WitnessKey
from tests.audit.signing import LogKey

LOG = LogKey("log.sichuan.example/1")
WITNESS = WitnessKey("witness.example", COSIGNATURE)
SMALL = '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n[audit]\nscrub_hours = 2\n'
GOOD = LogVerdict(LOG.name, 3, b"r" * 32, 1, 0, (), ())


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the scrub is made with: place, keys, report and pause."""
    found: list[Any] = []

    def make(place: object, keys: object, report: object, *, rate: float, pause_seconds: float) -> None:
        found.extend((place, keys, report, pause_seconds))

    monkeypatch.setattr(module, "Scrub", make)
    return found


def test_a_mismatch_rings_until_a_later_pass_finds_nothing(tmp_path: Path, made: list[Any]) -> None:
    """With every place and what was found there."""
    alarms = Alarms(lambda ringing, begins: None)
    open_scrub(Settings.parse(SMALL.encode(), tmp_path), alarms)
    report = made[2]
    report(GOOD)
    assert () == alarms.list_active()
    report(replace(GOOD, faults=(VerificationFault("entry 1", 1, "other bytes"),)))
    assert [(Alarm.SCRUB_MISMATCH, "entry 1: other bytes")] == [(one.alarm, one.detail) for one in alarms.list_active()]
    report(GOOD)
    assert () == alarms.list_active()


def test_keys_are_read_anew_and_a_missing_key_of_the_log_is_no_pass(tmp_path: Path, made: list[Any]) -> None:
    """Witnesses may come later; without the log's own key nothing can be judged."""
    settings = Settings.parse(SMALL.encode(), tmp_path)
    open_scrub(settings, Alarms(lambda ringing, begins: None))
    keys = made[1]
    with pytest.raises(OSError, match="vkey"):
        keys()
    settings.log_vkey_path.parent.mkdir(parents=True, exist_ok=True)
    settings.log_vkey_path.write_text(f"{LOG.vkey}\n", encoding="utf-8")
    assert ([LOG.name], []) == tuple([one.name for one in some] for some in keys())
    settings.witnesses_vkey_path.write_text(f"{WITNESS.vkey}\n", encoding="utf-8")
    assert ([LOG.name], [WITNESS.name]) == tuple([one.name for one in some] for some in keys())
    assert 7200 == made[3]
