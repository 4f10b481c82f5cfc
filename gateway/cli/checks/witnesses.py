"""Judges how much of the log of the node that runs here waits for its witnesses, by the limits of its settings.

Beyond the limit across provinces the node stops answering the others; beyond that within the province, everybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gateway.cli.checks.own_metrics import read_gauge
from gateway.cli.screen import CheckFinding, report_doubt, report_right, report_wrong
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings

_LOOK: Final = Label(
    "检查到见证方的连接，请其管理员查看；见 docs/how-to/witnesses-and-time-stamps.md",
    "check the way to the witness and ask its administrator; see docs/how-to/witnesses-and-time-stamps.md",
)
_SUBJECT: Final = Label("见证滞后", "the witness lag")


def check_lag(settings: Settings, metrics: str) -> Iterator[CheckFinding]:
    """Yield one finding for the quorum and each witness: what waits for it, or that it was not measured.

    `metrics` are those of the running node, as Prometheus text; empty where none runs.
    """
    seconds = read_gauge(metrics, "chuanyu_witness_lag_seconds", "witness")
    entries = read_gauge(metrics, "chuanyu_witness_lag_entries", "witness")
    if not seconds.keys() & entries.keys():
        yield report_doubt(
            _SUBJECT,
            Label("节点未运行，未测得", "not measured, since the node does not run"),
            Label("节点运行后再诊断", "run it again when the node runs"),
        )
    for name in sorted(seconds.keys() & entries.keys()):
        yield judge_lag(settings, name, seconds[name], entries[name])


def judge_lag(settings: Settings, name: str, seconds: float, entries: float) -> CheckFinding:
    """Judge a lag: wrong beyond the limit across provinces, a doubt beyond half of it. NaN is wrong."""
    limits = settings.witness
    whose = Label("见证门限", "the quorum") if name == "quorum" else Label(name, name)
    subject = Label(f"见证滞后 {whose.zh}", f"the witness lag of {whose.en}")
    found = Label(
        f"滞后 {entries:.0f} 条、{seconds:.0f} 秒；限值 {limits.cross_province_entries} 条 "
        f"{limits.cross_province_seconds:g} 秒，省内 {limits.in_province_entries} 条 {limits.in_province_seconds:g} 秒",
        f"{entries:.0f} entries, {seconds:.0f} s; limit {limits.cross_province_entries} entries, "
        f"{limits.cross_province_seconds:g} s, within the province {limits.in_province_entries} entries, "
        f"{limits.in_province_seconds:g} s",
    )
    used = max(seconds / limits.cross_province_seconds, entries / limits.cross_province_entries)
    if not (used <= 1 and seconds >= 0 and entries >= 0):
        return report_wrong(subject, found, _LOOK)
    if used > 0.5:
        return report_doubt(subject, found, _LOOK)
    return report_right(subject, found.zh, found.en)
