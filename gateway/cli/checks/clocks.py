"""Judges how far each peer's clock is from ours, as the running node measured it on its links.

A peer's signed time travels in link frames alone, so the node's own metrics are asked; no second link is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gateway.cli.checks.own_metrics import read_gauge
from gateway.cli.provinces import name_province
from gateway.cli.screen import CheckFinding, report_doubt, report_right, report_wrong
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings

_SYNCHRONISE: Final = Label("校准两端时钟", "synchronise both clocks")


def judge_offset(province: str, offset: float, limit: float) -> CheckFinding:
    """Judge an offset in seconds: wrong beyond the limit, a doubt beyond half of it. NaN is wrong."""
    subject = Label(f"{name_province(province).zh}的时钟", f"the clock of {name_province(province).en}")
    found = Label(f"相差 {offset:+.3f} 秒，限值 {limit:g} 秒", f"{offset:+.3f} s from ours, limit {limit:g} s")
    if not abs(offset) <= limit:
        return report_wrong(subject, found, _SYNCHRONISE)
    if abs(offset) > limit / 2:
        return report_doubt(subject, found, _SYNCHRONISE)
    return report_right(subject, found.zh, found.en)


def check_clocks(settings: Settings, metrics: str) -> Iterator[CheckFinding]:
    """Yield one finding for each peer: what the node measured, or that it did not.

    `metrics` are those of the running node, as Prometheus text; empty where none runs.
    """
    measured = read_gauge(metrics, "chuanyu_peer_clock_offset_seconds", "province")
    for peer in settings.peers:
        if peer.province in measured:
            yield judge_offset(peer.province, measured[peer.province], settings.limits.clock_offset_seconds)
        else:
            yield report_doubt(
                Label(f"{name_province(peer.province).zh}的时钟", f"the clock of {name_province(peer.province).en}"),
                Label("节点未运行或链路未通，未测得", "not measured, since the node or its link is not up"),
                Label("节点连通后再运行", "run it again when the link is up"),
            )
