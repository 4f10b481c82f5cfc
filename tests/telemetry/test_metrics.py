"""Metrics count what happened, and no stranger can choose a label."""

from __future__ import annotations

import time
import timeit

import pytest
from prometheus_client import generate_latest

from gateway.ground.visible import CONTROL
from gateway.telemetry.metrics import Metrics

NODE = "spiffe://510000.chuanyu/node/one"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"chuanyu_{name}", labels)


def test_an_exchange_is_counted_and_timed(metrics: Metrics) -> None:
    """By item, role, outcome and reason."""
    metrics.count_exchange("provider", "CY-ID-02", "released", "", 0.004)
    metrics.count_exchange("provider", "CY-ID-02", "refused", "LEAK_BLOCKED", 0.004)
    labels = {"item": "CY-ID-02", "role": "provider"}
    assert 1 == value(metrics, "exchanges_total", outcome="released", reason="", **labels)
    assert 1 == value(metrics, "exchanges_total", outcome="refused", reason="LEAK_BLOCKED", **labels)
    assert 2 == value(metrics, "exchange_seconds_count", **labels)
    assert 2 == value(metrics, "exchange_seconds_bucket", le="0.005", **labels)


def test_an_item_that_nobody_knows_is_no_label(metrics: Metrics) -> None:
    """A stranger cannot make series by asking for invented items."""
    for number in range(50):
        metrics.count_exchange("asker", f"X-{number}", "refused", "ITEM_UNKNOWN", 0.1)
    labels = {"role": "asker", "outcome": "refused", "reason": "ITEM_UNKNOWN"}
    assert 50 == value(metrics, "exchanges_total", item="other", **labels)
    assert value(metrics, "exchanges_total", item="X-1", **labels) is None
    metrics.name_items(["CY-ID-02"])
    metrics.count_exchange("asker", "CY-ID-02", "refused", "GRANT_MISSING", 0.1)
    labels |= {"reason": "GRANT_MISSING"}
    assert 1 == value(metrics, "exchanges_total", item="CY-ID-02", **labels)


def test_a_frame_tells_its_exchanges_and_the_peers_clock(metrics: Metrics) -> None:
    """By the province that the node's identity names; a node without one is unknown."""
    metrics.count_frame(NODE, 16, -2_500)
    metrics.count_frame(NODE, 1, 1_500_000)
    metrics.count_frame("王一", 1, 0)
    assert 2 == value(metrics, "link_frames_total", province="510000")
    assert 17 == value(metrics, "link_frame_exchanges_sum", province="510000")
    assert 1.5 == value(metrics, "peer_clock_offset_seconds", province="510000")
    assert 1 == value(metrics, "link_frames_total", province="unknown")


def test_the_rest_is_told_by_its_name(metrics: Metrics) -> None:
    """Each method has its metric."""
    assert 1 == value(metrics, "audit_serving")
    metrics.report_audit_serving(False)
    metrics.report_audit_size(9)
    metrics.count_commit(4, 0.001)
    metrics.report_link("510000", "bulk", True, "")
    metrics.report_certificate("node", -3.0)
    metrics.count_turned_away("PARTY_UNKNOWN", "link")
    metrics.count_handshake_refused("NO_CERTIFICATE", "grpc")
    metrics.count_rate_limited("cq-hrss")
    metrics.count_leak("CY-ID-02", "name", "known-value")
    metrics.count_given_up("510000")
    metrics.report_in_flight(3)
    metrics.report_build("0.1.0", "1.85.1")
    assert [0, 9, 1, 4, 1, -3, 1, 1, 1, 1, 1, 3, 1] == [
        value(metrics, "audit_serving"),
        value(metrics, "audit_size"),
        value(metrics, "audit_commit_seconds_count"),
        value(metrics, "audit_batch_entries_sum"),
        value(metrics, "link_state", province="510000", kind="bulk"),
        value(metrics, "certificate_not_after_seconds", which="node"),
        value(metrics, "turned_away_total", reason="PARTY_UNKNOWN", listener="link"),
        value(metrics, "handshakes_refused_total", reason="NO_CERTIFICATE", listener="grpc"),
        value(metrics, "rate_limited_total", party="cq-hrss"),
        value(metrics, "leak_blocked_total", item="CY-ID-02", column="name", detector="known-value"),
        value(metrics, "acknowledgements_given_up_total", province="510000"),
        value(metrics, "in_flight"),
        value(metrics, "build_info", version="0.1.0", grpc="1.85.1"),
    ]


def test_two_nodes_in_one_process_do_not_share(metrics: Metrics) -> None:
    """Each has a registry of its own."""
    metrics.report_audit_size(9)
    assert 0 == value(Metrics(), "audit_size")


def test_counting_costs_little(metrics: Metrics) -> None:
    """An exchange is counted in about two microseconds; the bound leaves room for slow machines."""
    assert (
        min(
            timeit.repeat(
                lambda: metrics.count_exchange("p", "i", "released", "", 0.1),
                timer=time.thread_time,
                number=200,
                repeat=5,
            )
        )
        < 200 * 50e-6
    )


def test_a_label_holds_no_sign_that_a_terminal_obeys(metrics: Metrics) -> None:
    """Whoever chose it: the page of metrics is read by people too (F3)."""
    metrics.report_alarm("A", "warning", "peer \x1b[2J\u202e\n", ringing=True)
    page = generate_latest(metrics.registry).decode()
    assert r"peer \\u001b[2J\\u202e\\u000a" in page
    assert not CONTROL.search(page.replace("\n", ""))
