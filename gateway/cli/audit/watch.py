"""`chuanyu audit watch`: the independent monitor, which follows logs from their nodes and from their witnesses.

Runs until a signal, or once for cron. An alarm is shown once when it begins and once when it is gone; `--json` writes a
JSON value a line. With `--once` the exit code is 1 while an alarm is raised, and for nothing else: settings, keys, a
certificate or a record that cannot be used are 2.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.connection import describe_keystore_error
from gateway.cli.details import put_detail
from gateway.cli.language import say, word
from gateway.cli.screen import NEXT, AsJson, Problem, describe_label, make_console, quote, write_json
from gateway.cli.settings_file import describe_faults
from gateway.cli.times import show_time
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.monitor.alarms import RaisedAlarm
    from gateway.monitor.settings import MonitorSettings
    from gateway.monitor.watch import FollowedLog

Config = Annotated[Path, typer.Option("--config", help="监视配置文件，TOML。The monitor's settings file, TOML.")]
Once = Annotated[bool, typer.Option("--once", help="只访问一次，供定时任务使用。Visit once, for cron.")]
STOPS: Final = (signal.SIGTERM, signal.SIGINT)
METRICS_SECONDS: Final = 5.0
"""The metrics file is written at most so often."""


def watch(config: Config, once: Once = False, as_json: AsJson = False) -> None:
    """独立监视：从节点和见证方跟踪日志，发现分叉、回退、滞后、静默与提前销毁。Follow logs; raise alarms."""
    from gateway.monitor.record import RecordRefused, hold_directory

    settings = _load(config)
    try:
        with hold_directory(settings.watch.directory):
            logs = _open(settings, once=once, as_json=as_json)
            asyncio.run(_run(settings, logs, once=once, as_json=as_json))
    except RecordRefused as error:
        raise Problem(
            Label(f"监视记录不可用：{put_detail(error).zh}", f"the record is not usable: {error}"),
            Label("本监视端自己的、未被替换的记录", "the monitor's own record, which nobody replaced"),
            Label("查明原因，保留原文件，改用新的文件夹", "find the cause, keep the file, and take a new directory"),
            exit_code=2,
        ) from error
    if once and any(log.follower.alarms.list_raised() for log in logs):
        raise typer.Exit(1)


def _load(config: Path) -> MonitorSettings:
    from gateway.monitor.settings import MonitorSettings
    from gateway.settings import SettingsError

    try:
        return MonitorSettings.load(config)
    except SettingsError as error:
        raise describe_faults(error, exit_code=2) from error


def _open(settings: MonitorSettings, *, once: bool, as_json: bool) -> list[FollowedLog]:
    from gateway.monitor.watch import KeysUnusable, open_log
    from keys.keystore import KeystoreError

    def report(origin: str, alarm: RaisedAlarm, begins: bool) -> None:
        show_alarm(origin, alarm, begins, as_json=as_json)

    try:
        logs = [open_log(settings, log, once=once, clock_s=_clock_s, report=report) for log in settings.logs]
    except KeysUnusable as error:
        raise Problem(
            Label(f"公钥或策略不可用：{put_detail(error).zh}", f"keys or a policy are not usable: {error}"),
            Label("从他处取得的 C2SP 公钥与策略文件", "files of C2SP vkeys and policies from elsewhere"),
            Label("改正配置文件中的路径，或重新取得该文件", "correct the path in the settings, or get the file again"),
            exit_code=2,
        ) from error
    except KeystoreError as error:
        raise describe_keystore_error(error, exit_code=2) from error
    names = [log.follower.origin for log in logs]
    if len(set(names)) != len(names):
        raise Problem(
            Label("同一日志出现两次", "a log that stands twice"),
            Label("每个日志一次", "each log once"),
            Label("改正 [[logs]]", "correct [[logs]]"),
            exit_code=2,
        )
    return logs


async def _run(settings: MonitorSettings, logs: Sequence[FollowedLog], *, once: bool, as_json: bool) -> None:
    from gateway.monitor.watch import follow, visit_once

    told = _write_metrics(settings, logs, as_json=as_json)
    if once:
        await visit_once(logs, settings)
        told()
        _show_state(logs, as_json=as_json)
        return
    stop = asyncio.Event()
    for number in STOPS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _show_state(logs, as_json=as_json)
    following = asyncio.create_task(follow(logs, settings, told))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
    for task in (following, stopped):
        task.cancel()
    outcome, _ = await asyncio.gather(following, stopped, return_exceptions=True)
    if isinstance(outcome, Exception):
        raise outcome


def _clock_s() -> int:
    return time.time_ns() // 1_000_000_000


def _write_metrics(settings: MonitorSettings, logs: Sequence[FollowedLog], *, as_json: bool) -> Callable[[], None]:
    """Return what writes the metrics file after a visit; one that cannot be written is said once."""
    from gateway.monitor.metrics import write_metrics

    path, written, failed = settings.watch.metrics_file, 0.0, False

    def told() -> None:
        nonlocal written, failed
        now = time.monotonic()
        if path is None or (written and now - written < METRICS_SECONDS):
            return
        written = now
        try:
            write_metrics(path, [log.follower for log in logs], _clock_s())
            failed = False
        except OSError as error:
            if not failed:
                _show_notice(Label(f"{path}：{put_detail(error).zh}", f"{path}: {error}"), as_json=as_json)
            failed = True

    return told


def show_alarm(origin: str, raised: RaisedAlarm, begins: bool, *, as_json: bool) -> None:
    """Show an alarm of a log that begins or is gone."""
    from gateway.monitor.alarms import TABLE

    said = TABLE[raised.alarm]
    now = datetime.now(UTC)
    if as_json:
        about = {"log": origin, "alarm": raised.alarm, "severity": said.severity, "subject": raised.subject}
        what = {"fact": {"zh": said.zh, "en": said.en}, "detail": raised.detail, "evidence": raised.evidence}
        step = {"next": {"zh": said.next_zh, "en": said.next_en}} if begins else {}
        event = "alarm_begins" if begins else "alarm_ends"
        write_json({"time": now.isoformat(timespec="seconds"), "event": event, **about, **what, **step})
        return
    screen = make_console()
    mark = "[red]✗[/]" if begins else "[green]✓[/]"
    end = "" if begins else word("（已解除）", " (gone)")
    fact = say(Label(said.zh, said.en))
    screen.print(f"{show_time(now)} {mark} {quote(origin)} {raised.alarm} {quote(raised.subject)}{end}", soft_wrap=True)
    screen.print(f"  {quote(fact)}: {quote(say(put_detail(raised.detail)))}", soft_wrap=True)
    if raised.evidence:
        screen.print("  " + word("证据", "evidence") + f": {quote(raised.evidence)}", soft_wrap=True)
    if begins:
        screen.print(f"  {say(NEXT)}: {quote(say(Label(said.next_zh, said.next_en)))}", soft_wrap=True)


def _show_notice(what: Label, *, as_json: bool) -> None:
    if as_json:
        write_json({"time": datetime.now(UTC).isoformat(timespec="seconds"), "event": "notice", **describe_label(what)})
    else:
        make_console(error=True).print("[yellow]![/] " + quote(say(what)), soft_wrap=True)


def _show_state(logs: Sequence[FollowedLog], *, as_json: bool) -> None:
    """Show what is known of every log, and the alarms that are raised."""
    for log in logs:
        one = log.follower
        checkpoint = one.record.checkpoint
        size = checkpoint.size if checkpoint is not None else 0
        seen = {name: one.witnessed_size(name) for name in one.witnesses}
        raised = one.alarms.list_raised()
        now = datetime.now(UTC)
        if as_json:
            alarms = [{"alarm": alarm.alarm, "subject": alarm.subject} for alarm in raised]
            about = {"log": one.origin, "size": size, "witnessed": seen, "alarms": alarms}
            write_json({"time": now.isoformat(timespec="seconds"), "event": "state", **about})
            continue
        shown = ", ".join(f"{quote(name)} {known:,}" for name, known in seen.items())
        mark = "[red]✗[/]" if raised else "[green]✓[/]"
        counted = word(f"{size:,} 条，已见证：{shown}", f"{size:,} entries, witnessed: {shown}")
        make_console().print(f"{show_time(now)} {mark} {quote(one.origin)} {counted}", soft_wrap=True)
        for alarm in raised:
            make_console().print(f"  {alarm.alarm} {quote(alarm.subject)}", soft_wrap=True)
