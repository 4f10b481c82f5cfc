"""The node's metrics (Prometheus), on a registry of their own.

Rules: names begin with `chuanyu_`; a label is a reason, an item, a province or a registered party, never a value of a
record and never a text that a stranger chooses: an item that nobody released or registered counts as `other`, a node
that is none as `unknown`. `docs/reference/metrics.md` is checked against this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from gateway.ground.visible import spell_unseen
from keys.identity import Identity, IdentityError

OTHER: Final = "other"
"""Stands for an item that this node does not know."""
UNKNOWN: Final = "unknown"
"""Stands for the province of a node whose identity is none."""
EXCHANGE_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
COMMIT_SECONDS: Final = (0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2, 1, 5)
COUNTS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """Every metric of one node. Its methods cost a few microseconds and never raise for a strange value.

    Not shared between processes: each worker has its own.
    """

    __slots__ = ("_children", "_items", "_metrics", "registry")

    def __init__(self) -> None:
        self.registry: Final = CollectorRegistry()
        self._metrics: Final = _declare(self.registry)
        self._children: Final[dict[tuple[str, ...], Any]] = {}
        self._items: Final[set[str]] = set()
        self._of("audit_serving").set(1)

    def name_items(self, codes: Iterable[str]) -> None:
        """Name the items of the catalogue, which are labels from now on."""
        self._items.update(codes)

    def count_exchange(self, role: str, item: str, outcome: str, reason: str, seconds: float) -> None:
        """Count one exchange that ended, as `provider` or `asker`; `reason` is empty where it was released."""
        if outcome == "released":
            self._items.add(item)
        elif item not in self._items:
            item = OTHER
        self._of("exchanges", item, role, outcome, reason).inc()
        self._of("exchange_seconds", item, role).observe(seconds)

    def report_in_flight(self, count: int) -> None:
        """Report how many exchanges are in flight."""
        self._of("in_flight").set(count)

    def count_turned_away(self, reason: str, listener: str) -> None:
        """Count a call, or a question over a link, that never became an exchange."""
        self._of("turned_away", reason, listener).inc()

    def count_rate_limited(self, party: str) -> None:
        """Count a question that met the limit of a registered party."""
        self._of("rate_limited", party).inc()

    def count_handshake_refused(self, reason: str, listener: str) -> None:
        """Count a TLS handshake that failed, or a connection that was closed before it."""
        self._of("handshakes_refused", reason, listener).inc()

    def count_leak(self, item: str, column: str, detector: str) -> None:
        """Count a page that the leak guard held back; all three come from the catalogue."""
        self._of("leak_blocked", item, column, detector).inc()

    def report_quarantine(self, item: str, quarantined: bool) -> None:
        """Report whether the leak guard has taken an item out of service."""
        self._of("item_quarantined", item).set(quarantined)

    def count_frame(self, node: str, exchanges: int, clock_offset_us: int) -> None:
        """Count a frame that was read of a peer node, with its exchanges and how far its clock runs ahead of ours."""
        province = self._province(node)
        self._of("link_frames", province).inc()
        self._of("link_frame_exchanges", province).observe(exchanges)
        self._of("peer_clock_offset_seconds", province).set(clock_offset_us / 1e6)

    def report_link(self, province: str, kind: str, up: bool, why: str) -> None:
        """Report whether a link, `interactive` or `bulk`, is up; `why` it is not belongs in the log, not in a label."""
        self._of("link_state", province, kind).set(up)

    def count_given_up(self, province: str) -> None:
        """Count an acknowledgement that a peer has not confirmed and that will not be sent again."""
        self._of("acknowledgements_given_up", province).inc()

    def report_audit_size(self, size: int) -> None:
        """Report how many entries the audit log holds."""
        self._of("audit_size").set(size)

    def count_commit(self, entries: int, seconds: float) -> None:
        """Count one commit of the audit log: how many entries it made durable, and how long that took."""
        self._of("audit_batch_entries").observe(entries)
        self._of("audit_commit_seconds").observe(seconds)

    def report_audit_serving(self, serving: bool) -> None:
        """Report whether entries can be made durable; at first they can, since no node starts without its log."""
        self._of("audit_serving").set(serving)

    def observe_witness_lag(self, witness: str, seconds: Callable[[], float], entries: Callable[[], float]) -> None:
        """Have the lag of a witness, or of the quorum, read from these two functions whenever metrics are read."""
        self._of("witness_lag_seconds", witness).set_function(seconds)
        self._of("witness_lag_entries", witness).set_function(entries)

    def report_confirmed(self, confirmed: bool) -> None:
        """Report whether the quorum has confirmed our log since the start, so that exchanges may be made."""
        self._of("witness_confirmed").set(confirmed)

    def report_witnessed(self, province: str, size: int) -> None:
        """Report how many entries of another province's log this node has cosigned."""
        self._of("witnessed_size", province).set(size)

    def count_reading(self, province: str) -> None:
        """Count a cosigned note that a reviewer of another province asked for."""
        self._of("witness_readings", province).inc()

    def report_alarm(self, alarm: str, severity: str, subject: str, ringing: bool) -> None:
        """Report whether an alarm rings."""
        self._of("alarm", alarm, severity, subject).set(ringing)

    def report_disk(self, used: float) -> None:
        """Report which part of the audit log's disk is used, from 0 to 1."""
        self._of("disk_used_ratio").set(used)

    def report_time_stamp(self, size: int, time_s: float) -> None:
        """Report how many entries the newest time stamp covers, and which second it bears."""
        self._of("time_stamp_size").set(size)
        self._of("time_stamp_seconds").set(time_s)

    def report_certificate(self, which: str, seconds: float) -> None:
        """Report how many seconds a certificate of ours has left; negative once it has ended."""
        self._of("certificate_not_after_seconds", which).set(seconds)

    def report_build(self, version: str, grpc: str) -> None:
        """Report which versions of the program and of gRPC run."""
        self._of("build_info", version, grpc).set(1)

    def _of(self, *key: str) -> Any:
        """Return the metric of this name with these labels; faster than asking the library each time."""
        child = self._children.get(key)
        if child is None:
            metric = self._metrics[key[0]]
            child = self._children[key] = metric.labels(*map(spell_unseen, key[1:])) if len(key) > 1 else metric
        return child

    def _province(self, node: str) -> str:
        known = self._children.get(("province of", node))
        if known is not None:
            return str(known)
        try:
            province = Identity.parse(node).province
        except IdentityError:
            return UNKNOWN
        self._children["province of", node] = province
        return province


def _declare(registry: CollectorRegistry) -> dict[str, MetricWrapperBase]:
    def counter(name: str, text: str, *labels: str) -> MetricWrapperBase:
        return Counter(f"chuanyu_{name}", text, labels, registry=registry)

    def gauge(name: str, text: str, *labels: str) -> MetricWrapperBase:
        return Gauge(f"chuanyu_{name}", text, labels, registry=registry)

    def histogram(name: str, text: str, buckets: tuple[float, ...], *labels: str) -> MetricWrapperBase:
        return Histogram(f"chuanyu_{name}", text, labels, registry=registry, buckets=buckets)

    return {
        "exchanges": counter("exchanges", "Exchanges that ended.", "item", "role", "outcome", "reason"),
        "exchange_seconds": histogram("exchange_seconds", "Time of an exchange.", EXCHANGE_SECONDS, "item", "role"),
        "in_flight": gauge("in_flight", "Exchanges in flight."),
        "turned_away": counter("turned_away", "Calls that never became an exchange.", "reason", "listener"),
        "rate_limited": counter("rate_limited", "Questions that met a party's limit.", "party"),
        "handshakes_refused": counter("handshakes_refused", "TLS handshakes that failed.", "reason", "listener"),
        "leak_blocked": counter("leak_blocked", "Pages the leak guard held back.", "item", "column", "detector"),
        "item_quarantined": gauge("item_quarantined", "Whether the leak guard took an item out of service.", "item"),
        "link_frames": counter("link_frames", "Frames read of a peer.", "province"),
        "link_frame_exchanges": histogram("link_frame_exchanges", "Exchanges in a frame.", COUNTS, "province"),
        "peer_clock_offset_seconds": gauge(
            "peer_clock_offset_seconds", "How far a peer's signed time ran ahead of ours.", "province"
        ),
        "link_state": gauge("link_state", "Whether a link that we dial is up.", "province", "kind"),
        "acknowledgements_given_up": counter(
            "acknowledgements_given_up", "Acknowledgements that a peer never confirmed.", "province"
        ),
        "audit_size": gauge("audit_size", "Entries of the audit log."),
        "audit_commit_seconds": histogram("audit_commit_seconds", "Time of a commit.", COMMIT_SECONDS),
        "audit_batch_entries": histogram("audit_batch_entries", "Entries of a commit.", COUNTS),
        "audit_serving": gauge("audit_serving", "Whether audit entries can be made durable."),
        "witness_lag_seconds": gauge("witness_lag_seconds", "Age of the oldest entry not cosigned.", "witness"),
        "witness_lag_entries": gauge("witness_lag_entries", "Entries that are not cosigned.", "witness"),
        "witness_confirmed": gauge("witness_confirmed", "Whether witnesses have confirmed the log since the start."),
        "witnessed_size": gauge("witnessed_size", "Entries cosigned of a province's log.", "province"),
        "witness_readings": counter("witness_readings", "Notes read by reviewers of another province.", "province"),
        "alarm": gauge("alarm", "Whether an alarm rings.", "alarm", "severity", "subject"),
        "disk_used_ratio": gauge("disk_used_ratio", "Used part of the audit log's disk."),
        "time_stamp_size": gauge("time_stamp_size", "Entries under the newest time stamp."),
        "time_stamp_seconds": gauge("time_stamp_seconds", "Time of the newest time stamp, since 1970."),
        "certificate_not_after_seconds": gauge(
            "certificate_not_after_seconds", "Seconds until a certificate of ours ends.", "which"
        ),
        "build_info": gauge("build_info", "Versions that run.", "version", "grpc"),
    }
