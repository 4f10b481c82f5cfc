"""How far a peer's clock is: read from the metrics of the node that runs, and judged against its own limit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from gateway.cli.checks_clocks import check_clocks, judge_offset
from gateway.cli.screen import Judgement
from gateway.settings import Settings

NODE = """
[node]
province = "510000"
name = "gateway-1"
[listen]
metrics_port = {port}
[[peers]]
province = "500000"
target = "gateway.cq.example:7443"
node = "spiffe://500000.chuanyu/node/gateway-1"
[platform]
kind = "sichuan"
"""


@contextmanager
def _metrics(body: bytes) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(10)


def _settings(port: int) -> Settings:
    return Settings.parse(NODE.format(port=port).encode(), Path("/"))


@pytest.mark.parametrize(
    ("line", "judgement"),
    [
        (b'chuanyu_peer_clock_offset_seconds{province="500000"} 0.012', Judgement.RIGHT),
        (b'chuanyu_peer_clock_offset_seconds{province="500000"} -3.2e+00', Judgement.DOUBTFUL),
        (b'chuanyu_peer_clock_offset_seconds{province="500000"} 7.0', Judgement.WRONG),
        (b'chuanyu_peer_clock_offset_seconds{province="500000"} NaN', Judgement.WRONG),
        (b'chuanyu_peer_clock_offset_seconds{province="530000"} 0.0', Judgement.DOUBTFUL),
        (b"something_else 0.0", Judgement.DOUBTFUL),
        (b"\xff\xfe", Judgement.DOUBTFUL),
        (b"", Judgement.DOUBTFUL),
    ],
)
def test_the_nodes_own_measure_is_judged(line: bytes, judgement: Judgement) -> None:
    """Wrong beyond the limit of the settings, a doubt where nothing was measured."""
    with _metrics(b"# HELP x\n" + line + b"\n") as port:
        (found,) = check_clocks(_settings(port))
    assert judgement == found.judgement


def test_a_node_that_does_not_run_has_measured_nothing() -> None:
    """A doubt, with what to do."""
    with _metrics(b"") as port:
        pass
    (found,) = check_clocks(_settings(port))
    assert Judgement.DOUBTFUL == found.judgement


def test_without_peers_there_is_no_clock_to_judge() -> None:
    """In one province alone."""
    text = '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'
    assert [] == list(check_clocks(Settings.parse(text.encode(), Path("/"))))


@pytest.mark.parametrize(
    ("offset", "judgement"),
    [(0, "right"), (2.5, "right"), (-2.6, "doubtful"), (5, "doubtful"), (-5.1, "wrong"), (float("inf"), "wrong")],
)
def test_an_offset_counts_in_both_directions(offset: float, judgement: str) -> None:
    """Ahead or behind, half the limit is a doubt, and beyond the limit is wrong."""
    assert judgement == judge_offset("500000", offset, 5).judgement
