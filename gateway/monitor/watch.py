"""Runs the monitor: every log and every witness at its own pace, side by side, so that a slow one delays no other.

A visit that failed is made again after a longer pause, up to a bound that still tells of recovery within a minute. A
defect of one visit ends the monitor: it is better restarted than silent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from gateway.audit.tlog.note import NoteInvalid, NoteVerifier
from gateway.audit.tlog.policy import Policy, PolicyInvalid, read_policy
from gateway.audit.tlog.validity import make_witness_verifiers, read_log_keys
from gateway.monitor.alarms import RaisedAlarm, WatchAlarm
from gateway.monitor.clock import Clock
from gateway.monitor.follower import NODE, Follower, Limits
from gateway.monitor.record import RecordFile
from gateway.monitor.settings import MonitorSettings, WatchedLog
from gateway.monitor.sources import Certificate, HttpsWitness, LedgerSource, NodeSource, WitnessSource
from keys.files import read_text
from keys.validity import read_key_file

LONGEST_PAUSE_S: Final = 30.0
"""Longest pause after failures."""
EVIDENCE: Final = "evidence"
"""The directory of evidence below that of the records."""
DAY_S: Final = 86_400
Report = Callable[[str, RaisedAlarm, bool], None]
"""Gets the name of a log, and an alarm of it when it begins (True) and when it ends (False)."""


class KeysUnusable(Exception):
    """A file of keys or a policy that the settings name cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class FollowedLog:
    """A log with all that asks about it."""

    follower: Follower
    certificate: Certificate
    node: NodeSource
    witnesses: dict[str, WitnessSource]


def open_log(
    settings: MonitorSettings, log: WatchedLog, *, once: bool, clock_s: Callable[[], int], report: Report
) -> FollowedLog:
    """Read the keys, the certificate and the record of one log.

    Raises:
        KeysUnusable: keys or policy cannot be used.
        KeystoreError: the certificate cannot be used.
        RecordRefused: the record on disk cannot be used.
    """
    watch = settings.watch
    verifiers = _read_keys(log.keys, read_log_keys)
    origin = _require_one_name(log.keys, verifiers)
    certificate = Certificate(log.certificate, log.key, log.passphrase_file)
    keys: dict[str, tuple[NoteVerifier, ...]] = {}
    ways: dict[str, WitnessSource] = {}
    for one in log.witnesses:
        found = _read_keys(one.keys, lambda text: make_witness_verifiers(read_key_file(text)))
        name = _require_one_name(one.keys, found)
        if name in keys or name == origin:
            raise KeysUnusable(f"{one.keys}: expected each witness once, found {name} again")
        keys[name] = found
        ways[name] = HttpsWitness(one.place, one.authority, certificate, watch.timeout_seconds)
    follower = Follower(
        origin, verifiers, keys, _read_policy(log.policy_file, origin, keys),
        RecordFile(watch.directory, origin, verifiers), watch.directory / EVIDENCE,
        Limits(0.0 if once else watch.silence_seconds, watch.silence_seconds, watch.lag_seconds, pauses=once),
        Clock(clock_s, time.monotonic), report,
    )  # fmt: skip
    node = LedgerSource(log.node, log.server_name, log.authority, certificate, watch.timeout_seconds)
    return FollowedLog(follower, certificate, node, ways)


def _read_keys(path: Path, read: Callable[[str], tuple[NoteVerifier, ...]]) -> tuple[NoteVerifier, ...]:
    try:
        return read(read_text(path, 1 << 20))
    except (OSError, ValueError, NoteInvalid) as error:
        raise KeysUnusable(f"{path}: expected C2SP vkeys, one a line: {error}") from error


def _require_one_name(path: Path, verifiers: Sequence[NoteVerifier]) -> str:
    names = sorted({one.name for one in verifiers})
    if len(names) != 1:
        raise KeysUnusable(f"{path}: expected keys of one name, found {len(names)} names")
    return names[0]


def _read_policy(path: Path | None, origin: str, witnesses: dict[str, tuple[NoteVerifier, ...]]) -> Policy | None:
    if path is None:
        return None
    try:
        policy = read_policy(read_text(path, 1 << 20))
    except (OSError, ValueError, PolicyInvalid) as error:
        raise KeysUnusable(f"{path}: expected a policy of witnesses, found: {error}") from error
    if not any(one.verifier.name == origin for one in policy.logs):
        raise KeysUnusable(f"{path}: expected a key of the log {origin}, found none")
    known = {name for name, one in policy.witnesses.items() if one.verifier.name in witnesses}
    if not policy.satisfied(known) or policy.satisfied(frozenset()):
        raise KeysUnusable(f"{path}: expected a quorum of the witnesses that are followed, found another")
    return policy


async def visit_once(logs: Sequence[FollowedLog], settings: MonitorSettings) -> None:
    """Visit every log once, its witnesses before its node; the logs side by side."""

    async def visit(log: FollowedLog) -> None:
        ways = log.witnesses.items()
        await asyncio.gather(*(log.follower.visit_witness(name, way) for name, way in ways))
        await _visit_node(log, settings)

    try:
        await asyncio.gather(*(visit(log) for log in logs))
    finally:
        await close(logs)


async def follow(logs: Sequence[FollowedLog], settings: MonitorSettings, told: Callable[[], None]) -> None:
    """Follow every log until cancelled; `told` is called after each visit."""
    every = settings.watch.every_seconds
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, logs)
        async with asyncio.TaskGroup() as group:
            for log in logs:
                one = log.follower
                visit = partial(_visit_node, log, settings)
                group.create_task(_repeat(visit, _failing(one, NODE), every, told))
                for name, way in log.witnesses.items():
                    ask = partial(one.visit_witness, name, way)
                    group.create_task(_repeat(ask, _failing(one, name), every, told))


async def _repeat(
    visit: Callable[[], Awaitable[None]], failing: Callable[[], bool], every: float, told: Callable[[], None]
) -> None:
    pause = every
    while True:
        await visit()
        told()
        pause = min(pause * 1.5, max(every, LONGEST_PAUSE_S)) if failing() else every
        await asyncio.sleep(pause)


def _failing(follower: Follower, subject: str) -> Callable[[], bool]:
    silent = WatchAlarm.NODE_SILENT if subject == NODE else WatchAlarm.WITNESS_SILENT
    return lambda: any(not follower.alarms.begins(one, subject) for one in (silent, WatchAlarm.ACCESS_REFUSED))


async def _visit_node(log: FollowedLog, settings: MonitorSettings) -> None:
    ends = log.certificate.pair.not_after.timestamp() - log.follower.clock_s()
    log.follower.look_at_certificate(ends, settings.watch.certificate_days * DAY_S, log.certificate.fault)
    await log.follower.visit_node(log.node)


async def close(logs: Sequence[FollowedLog]) -> None:
    """Close the connections."""
    for log in logs:
        if isinstance(log.node, LedgerSource):
            with suppress(Exception):
                await log.node.close()
