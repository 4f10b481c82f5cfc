"""What the monitor remembers is on disk whole, and a record that somebody put in its place is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.tlog.tree import Tree
from gateway.monitor.alarms import RaisedAlarm, WatchAlarm
from gateway.monitor.record import (
    MARK_SECONDS,
    MAX_ACTS,
    MAX_MARKS,
    MAX_NOTES,
    LogRecord,
    RecordFile,
    RecordRefused,
    SeenAct,
    Waiting,
    hold_directory,
)
from tests.audit.logs import ASKER, PROVIDER, Verifying
from tests.audit.signing import LogKey
from tests.monitor.sources import NOW_S, ONE, MemoryLog

THIEF = LogKey(PROVIDER.name, seed=9)


def file_of(directory: Path, key: LogKey = PROVIDER) -> RecordFile:
    """The file of a log's record."""
    return RecordFile(directory, key.name, [Verifying(key)])


def save(file: RecordFile, record: LogRecord) -> None:
    """Write a record."""
    file.write(file.render(record))


def sample() -> LogRecord:
    """A record with something in every place."""
    log, tree = MemoryLog(), Tree()
    log.grow(5)
    tree.extend(log.leaves(5))
    return LogRecord(
        PROVIDER.name,
        note=log.note(),
        read_size=5,
        frontier=tuple(tree.frontier()),
        witnessed={ONE.name: log.note(4, ONE.at(NOW_S))},
        unproven=[log.note(3, ONE.at(NOW_S))],
        acts=[SeenAct(2, "shred", "2020-01", NOW_S)],
        marks=[(NOW_S, 5)],
        waiting={ONE.name: Waiting(NOW_S, 5)},
        answered={"node": NOW_S},
        grown_s=NOW_S,
        written_s=NOW_S,
        raised=(RaisedAlarm(WatchAlarm.LOG_FORKED, "node", "two roots", NOW_S, "evidence/a.json"),),
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """All of it; there is nothing before there is something."""
    file = file_of(tmp_path)
    assert LogRecord(PROVIDER.name) == file.load()
    save(file, sample())
    assert sample() == file_of(tmp_path).load()
    assert 0o600 == file.path.stat().st_mode & 0o777


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    """An attack that changes the record on disk."""

    def attack(path: Path) -> None:
        raw = json.loads(path.read_bytes())
        change(raw)
        path.write_text(json.dumps(raw), encoding="utf-8")

    return attack


def make_directory(path: Path) -> None:
    """Put a directory in the place of a file."""
    path.unlink()
    path.mkdir()


ATTACKS: dict[str, Callable[[Path], object]] = {
    "not JSON": lambda path: path.write_bytes(b"{"),
    "empty": lambda path: path.write_bytes(b""),
    "a list": lambda path: path.write_bytes(b"[]"),
    "too long": lambda path: path.write_bytes(b" " * (9 << 20)),
    "deep": lambda path: path.write_bytes(b"[" * 100_000),
    "gone": lambda path: path.unlink(),
    "a directory": make_directory,
    "a later version": changed(lambda raw: raw.update(version=2)),
    "another log": changed(lambda raw: raw.update(origin=ASKER.name)),
    "an older number": changed(lambda raw: raw.update(number=1)),
    "no number": changed(lambda raw: raw.pop("number")),
    "an unsigned note": changed(lambda raw: raw.update(note=raw["note"].replace("\n5\n", "\n4\n"))),
    "another log's note": changed(lambda raw: raw.update(note=MemoryLog([b"0"], ASKER).note().decode())),
    "a thief's note": changed(lambda raw: raw["unproven"].append(MemoryLog([b"0"], THIEF).note().decode())),
    "a strange frontier": changed(lambda raw: raw["read"].update(size=7)),
    "another frontier": changed(lambda raw: raw["read"].update(frontier=raw["read"]["frontier"][::-1])),
    "a short hash": changed(lambda raw: raw["read"].update(frontier=["YQ==", "YQ=="])),
    "a negative size": changed(lambda raw: raw["read"].update(size=-1)),
    "a text for a number": changed(lambda raw: raw.update(grown_s="0")),
    "an unknown alarm": changed(lambda raw: raw["raised"].append(["NONE", "", "", 0, ""])),
    "a mark that is none": lambda path: path.with_suffix(".number").write_bytes(b"x"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_record_that_was_put_there_is_refused(tmp_path: Path, attack: str) -> None:
    """Foreign, older, damaged or gone; the message names the file."""
    file = file_of(tmp_path)
    for _ in range(3):
        save(file, sample())
    ATTACKS[attack](file.path)
    with pytest.raises(RecordRefused, match=str(tmp_path)):
        file_of(tmp_path).load()


def test_yesterdays_record_put_back_is_refused(tmp_path: Path) -> None:
    """Its bytes are good; the mark beside it has gone on."""
    file = file_of(tmp_path)
    save(file, sample())
    old = file.path.read_bytes()
    save(file, sample())
    file.path.write_bytes(old)
    with pytest.raises(RecordRefused, match="writing 2 or later, found that of writing 1"):
        file_of(tmp_path).load()


def test_a_crash_between_record_and_mark_is_no_attack(tmp_path: Path) -> None:
    """The record is newer than its mark: it was written first."""
    file = file_of(tmp_path)
    save(file, sample())
    mark = file.path.with_suffix(".number").read_bytes()
    save(file, sample())
    file.path.with_suffix(".number").write_bytes(mark)
    assert sample() == file_of(tmp_path).load()


def test_the_record_of_one_log_is_not_that_of_another(tmp_path: Path) -> None:
    """Each has a file of its own; put under the other's name it is refused."""
    save(file_of(tmp_path), sample())
    other = file_of(tmp_path, ASKER)
    other.path.write_bytes(file_of(tmp_path).path.read_bytes())
    with pytest.raises(RecordRefused, match="another log"):
        other.load()


def test_what_accumulates_is_bounded(tmp_path: Path) -> None:
    """Whatever a log and its witnesses do for years; the oldest marks go, the oldest acts and notes stay."""
    record, log = LogRecord(PROVIDER.name), MemoryLog()
    record.acts = [SeenAct(at, "shred", "2020-01", NOW_S) for at in range(MAX_ACTS + 9)]
    assert [*range(MAX_ACTS, MAX_ACTS + 9)] == [one.index for one in record.drop_acts()]
    assert [] == record.drop_acts()
    for _ in range(MAX_NOTES + 9):
        log.grow(1)
        record.add_unproven(log.note())
        record.add_unproven(log.note())
    for day in range(MAX_MARKS + 9):
        record.add_mark(NOW_S + day * MARK_SECONDS, day)
        record.add_mark(NOW_S + day * MARK_SECONDS + 5, day + 7)
    assert (MAX_ACTS, MAX_NOTES, MAX_MARKS) == (len(record.acts), len(record.unproven), len(record.marks))
    assert (0, MAX_ACTS - 1) == (record.acts[0].index, record.acts[-1].index)
    assert record.unproven[0].split(b"\n")[1] == b"1"
    assert (9, MAX_MARKS + 8) == (record.marks[0][1], record.marks[-1][1])
    save(file_of(tmp_path), record)
    assert record.marks == file_of(tmp_path).load().marks


def test_when_an_entry_was_appended_is_known_from_the_days_before(tmp_path: Path) -> None:
    """The latest day on which the log did not have it."""
    record = LogRecord("log", marks=[(100, 5), (200, 9), (300, 20)])
    assert [0, 0, 100, 100, 200, 300] == [record.appended_after_s(index) for index in (0, 4, 5, 8, 9, 20)]


def test_two_monitors_never_share_a_directory(tmp_path: Path) -> None:
    """The second is refused, and may begin when the first has ended."""
    place = tmp_path / "records"
    with hold_directory(place), pytest.raises(RecordRefused, match="another at work"), hold_directory(place):
        pass
    with hold_directory(tmp_path / "records"):
        pass


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RecordRefused, match="can be written"), hold_directory(tmp_path / "file" / "records"):
        pass


WRITER = """
import sys
from pathlib import Path
from tests.monitor.test_record import file_of, sample, save
file, record = file_of(Path(sys.argv[1])), sample()
print("ready", flush=True)
while True:
    record.grown_s += 1
    save(file, record)
"""


@pytest.mark.kills
def test_a_monitor_that_is_killed_leaves_a_whole_record(tmp_path: Path) -> None:
    """At any moment: the last that was written, or the one before."""
    seen = 0
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert b"ready\n" == process.stdout.readline()
        mark = file_of(tmp_path).path.with_suffix(".number")
        before = mark.stat().st_mtime_ns if mark.exists() else 0
        while not mark.exists() or mark.stat().st_mtime_ns == before:
            assert process.poll() is None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        found = file_of(tmp_path).load().grown_s
        assert found > NOW_S
        seen += 1
    assert 5 == seen
