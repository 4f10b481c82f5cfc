"""Logs are followed side by side: one that hangs or fails delays no other, and what is shown is what is known."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gateway.cli.audit.watch import show_alarm
from gateway.cli.language import Language, choose
from gateway.monitor.alarms import TABLE, RaisedAlarm, WatchAlarm
from gateway.monitor.follower import NODE, Follower
from gateway.monitor.metrics import write_metrics
from gateway.monitor.settings import MonitorSettings
from gateway.monitor.watch import FollowedLog, follow, visit_once
from gateway.witness.submission import Unreachable
from tests.audit.logs import PROVIDER
from tests.monitor.sources import NOW_S, ONE, TWO, Bench, MemoryLog, MemoryWitness
from tests.monitor.test_settings import GOOD, load


@pytest.fixture
def settings(tmp_path: Path) -> MonitorSettings:
    """Settings that ask without a pause."""
    found = load(tmp_path, GOOD)
    return found.model_copy(update={"watch": found.watch.model_copy(update={"every_seconds": 0.0})})


def certificate(days: float = 90) -> Any:
    """A certificate that ends so many days from now."""
    ends = datetime.fromtimestamp(NOW_S + days * 86_400, UTC)
    return SimpleNamespace(pair=SimpleNamespace(not_after=ends), fault="")


def followed(bench: Bench, days: float = 90) -> FollowedLog:
    """A log in memory with all that asks about it."""
    return FollowedLog(bench.follower, certificate(days), bench.log, {ONE.name: bench.one, TWO.name: bench.two})


class Hanging(MemoryLog):
    """A node that never answers."""

    async def checkpoint(self) -> bytes:
        """Nothing comes."""
        self.asked.append("checkpoint")
        await asyncio.Event().wait()
        return b""


async def test_a_node_that_hangs_delays_no_other_log_and_no_witness(tmp_path: Path, settings: MonitorSettings) -> None:
    """Each is asked at its own pace; the end cancels all of them."""
    hung, well = Bench(tmp_path / "hung"), Bench(tmp_path / "well")
    hung.log = Hanging()
    for bench in (hung, well):
        bench.cosign()
    seen: list[int] = []
    done = asyncio.Event()

    def told() -> None:
        seen.append(well.log.asked.count("checkpoint"))
        if seen[-1] >= 3:
            done.set()

    task = asyncio.create_task(follow([followed(hung), followed(well)], settings, told))
    async with asyncio.timeout(20):
        await done.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ["checkpoint"] == hung.log.asked
    assert ONE.name in hung.follower.record.witnessed


async def test_a_defect_ends_the_monitor(tmp_path: Path, settings: MonitorSettings) -> None:
    """Better restarted by its service than silent about a log."""
    bench = Bench(tmp_path / "records")
    bench.log.fault = RuntimeError("a defect")
    with pytest.raises(ExceptionGroup, match="unhandled"):
        await follow([followed(bench)], settings, lambda: None)


async def test_one_visit_asks_the_witnesses_before_the_node(tmp_path: Path, settings: MonitorSettings) -> None:
    """So that a node must have what they cosigned; the certificate's end is told too."""
    bench = Bench(tmp_path / "records")
    ahead = MemoryLog()
    ahead.grow(9)
    bench.log.grow(3)
    bench.cosign(of=ahead)
    await visit_once([followed(bench, days=3)], settings)
    assert {(WatchAlarm.LOG_ROLLED_BACK, NODE), (WatchAlarm.CERTIFICATE_ENDS, NODE)} == set(bench.raised())


async def test_metrics_tell_sizes_and_alarms(tmp_path: Path) -> None:
    """One file, replaced whole; labels are quoted."""
    bench = Bench(tmp_path / "records")
    await bench.turn(7)
    bench.two.fault = Unreachable("no answer")
    await bench.turn(2, 50)
    path = tmp_path / "metrics.prom"
    write_metrics(path, [bench.follower], bench.now_s)
    lines = path.read_text(encoding="utf-8").splitlines()
    log = f'log="{PROVIDER.name}"'
    assert f"chuanyu_watch_size{{{log}}} 9" in lines
    assert f'chuanyu_watch_witnessed_size{{{log},witness="{TWO.name}"}} 7' in lines
    alarm = f'chuanyu_watch_alarm{{{log},alarm="WITNESS_SILENT",severity="soon",subject="{TWO.name}"}} 1'
    assert alarm in lines
    assert f"chuanyu_watch_written_seconds {bench.now_s}" in lines
    named = cast(Follower, SimpleNamespace(origin='a"b\\c\nd', witnesses=(), record=bench.follower.record,
                                           alarms=bench.follower.alarms))  # fmt: skip
    write_metrics(path, [named], 0)
    assert 'log="a\\"b\\\\c\\nd"' in path.read_text(encoding="utf-8")
    assert not (tmp_path / ".metrics.prom.new").exists()


RAISED = RaisedAlarm(WatchAlarm.LOG_FORKED, NODE, "two roots were signed for 7 entries", NOW_S, "evidence/a.json")


@pytest.mark.parametrize("alarm", WatchAlarm)
@pytest.mark.parametrize("language", [Language.ZH, Language.EN])
def test_a_person_reads_an_alarm_in_one_language(
    capsys: pytest.CaptureFixture[str], alarm: WatchAlarm, language: Language
) -> None:
    """The fact, what was found, the evidence and the next step."""
    said = TABLE[alarm]
    choose(language)
    try:
        show_alarm(PROVIDER.name, replace(RAISED, alarm=alarm), True, as_json=False)
        show_alarm(PROVIDER.name, replace(RAISED, alarm=alarm), False, as_json=False)
    finally:
        choose(None)
    shown = capsys.readouterr().out
    ours, others = ((said.zh, said.next_zh), (said.en, said.next_en))
    if language is Language.EN:
        ours, others = others, ours
    assert all(text in shown for text in (*ours, alarm, PROVIDER.name, "evidence/a.json"))
    assert not any(text in shown for text in others)
    assert "(gone)" in shown or "已解除" in shown


def test_a_program_reads_one_value_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The same in every language."""
    show_alarm(PROVIDER.name, RAISED, True, as_json=True)
    show_alarm(PROVIDER.name, RAISED, False, as_json=True)
    begins, ends = map(json.loads, capsys.readouterr().out.splitlines())
    assert ("alarm_begins", "alarm_ends") == (begins["event"], ends["event"])
    assert ("LOG_FORKED", "now", NODE, PROVIDER.name) == tuple(
        begins[key] for key in ("alarm", "severity", "subject", "log")
    )
    assert begins["next"]["zh"]


def test_a_witness_in_memory_shows_what_it_was_given() -> None:
    """The stand-in is no test that cannot fail."""
    assert b"note" == asyncio.run(MemoryWitness(b"note").note("log"))
