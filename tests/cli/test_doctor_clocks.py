"""How far a peer's clock is: read from the metrics of the node that runs, and judged against its own limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.checks.clocks import check_clocks, judge_offset
from gateway.cli.screen import CheckStatus
from gateway.settings import Settings

NODE = """
[node]
province = "510000"
name = "gateway-1"
[[peers]]
province = "500000"
target = "gateway.cq.example:7443"
node = "spiffe://500000.chuanyu/node/gateway-1"
[platform]
kind = "sichuan"
"""


SETTINGS = Settings.parse(NODE.encode(), Path("/"))


@pytest.mark.parametrize(
    ("line", "judgement"),
    [
        ('chuanyu_peer_clock_offset_seconds{province="500000"} 0.012', CheckStatus.RIGHT),
        ('chuanyu_peer_clock_offset_seconds{province="500000"} -3.2e+00', CheckStatus.DOUBTFUL),
        ('chuanyu_peer_clock_offset_seconds{province="500000"} 7.0', CheckStatus.WRONG),
        ('chuanyu_peer_clock_offset_seconds{province="500000"} NaN', CheckStatus.WRONG),
        ('chuanyu_peer_clock_offset_seconds{province="530000"} 0.0', CheckStatus.DOUBTFUL),
        ("something_else 0.0", CheckStatus.DOUBTFUL),
        ('chuanyu_peer_clock_offset_seconds{province="500000"} x', CheckStatus.WRONG),
        ("", CheckStatus.DOUBTFUL),
    ],
)
def test_the_nodes_own_measure_is_judged(line: str, judgement: CheckStatus) -> None:
    """Wrong beyond the limit of the settings, a doubt where nothing was measured."""
    (found,) = check_clocks(SETTINGS, f"# HELP x\n{line}\n")
    assert judgement == found.status


def test_without_peers_there_is_no_clock_to_judge() -> None:
    """In one province alone."""
    text = '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'
    assert [] == list(check_clocks(Settings.parse(text.encode(), Path("/")), ""))


@pytest.mark.parametrize(
    ("offset", "judgement"),
    [(0, "right"), (2.5, "right"), (-2.6, "doubtful"), (5, "doubtful"), (-5.1, "wrong"), (float("inf"), "wrong")],
)
def test_an_offset_counts_in_both_directions(offset: float, judgement: str) -> None:
    """Ahead or behind, half the limit is a doubt, and beyond the limit is wrong."""
    assert judgement == judge_offset("500000", offset, 5).status
