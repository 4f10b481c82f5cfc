"""What the monitor knows, as a file of metrics that a collector on its machine reads (Prometheus text format 0.0.4).

No label is chosen by a stranger: logs and witnesses are those of the settings, alarms those of the table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from gateway.monitor.alarms import TABLE
from gateway.monitor.follower import Follower


def write_metrics(path: Path, followers: Iterable[Follower], now_s: int) -> None:
    """Replace the file whole; raises OSError where it cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    text = "".join(f"{line}\n" for line in _render(list(followers), now_s))
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)


def _render(followers: list[Follower], now_s: int) -> Iterator[str]:
    yield "# HELP chuanyu_watch_written_seconds When this file was written, since 1970."
    yield "# TYPE chuanyu_watch_written_seconds gauge"
    yield f"chuanyu_watch_written_seconds {now_s}"
    yield "# HELP chuanyu_watch_size Entries of the newest checkpoint that was proven."
    yield "# TYPE chuanyu_watch_size gauge"
    for one in followers:
        checkpoint = one.record.checkpoint
        yield f"chuanyu_watch_size{_labels(log=one.origin)} {checkpoint.size if checkpoint else 0}"
    yield "# HELP chuanyu_watch_witnessed_size Entries that a witness is known to have cosigned."
    yield "# TYPE chuanyu_watch_witnessed_size gauge"
    for one in followers:
        for name in one.witnesses:
            yield f"chuanyu_watch_witnessed_size{_labels(log=one.origin, witness=name)} {one.witnessed_size(name)}"
    yield "# HELP chuanyu_watch_alarm Whether an alarm is raised."
    yield "# TYPE chuanyu_watch_alarm gauge"
    for one in followers:
        for raised in one.alarms.list_raised():
            severity = TABLE[raised.alarm].severity
            labels = _labels(log=one.origin, alarm=raised.alarm, severity=severity, subject=raised.subject)
            yield f"chuanyu_watch_alarm{labels} 1"


def _labels(**labels: str) -> str:
    def escape(value: str) -> str:
        return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")

    return "{" + ",".join(f'{name}="{escape(value)}"' for name, value in labels.items()) + "}"
