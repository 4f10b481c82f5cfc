"""By what a node's approvals are judged: its own trust and rooms while it runs, its files while it is stopped."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from gateway.assembly.build import clock_us
from gateway.assembly.quorum import load_keys
from gateway.assembly.trust import Trust, load_trust
from gateway.assembly.witnessing import Witnessing
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.ground.refusals import Reason, Refusal
from gateway.serving.approvals import Approvals
from gateway.serving.node import Node
from gateway.settings import Settings
from keys.certificate import CertificateError, PeerCertificate, judge
from keys.trust import TrustError


def open_approvals(settings: Settings, node: Node, witnessing: Witnessing) -> Approvals:
    """Return the approvals of a running node, by the trust and the witnesses in force."""

    def judge_certificate(pem: str, now_us: int) -> PeerCertificate:
        return node.in_force.rooms.gatehouse.judge(pem, now_us)  # the one in force: a reload replaces it

    return Approvals(
        place_of(settings),
        settings.node.province,
        clock_us=clock_us,
        witnessed_s=witnessing.read_time_s,
        judge=judge_certificate,
    )


def open_stopped_approvals(settings: Settings) -> Approvals:
    """Return the approvals of a stopped node, by the trust in its directory, which is read when one is judged."""

    @cache
    def trust() -> Trust:
        try:
            return load_trust(settings, datetime.now(UTC))
        except TrustError as error:
            raise Refusal(Reason.APPROVAL_INVALID, f"the trust of the node cannot be read: {error}") from error

    def read_time_s(reader: LogReader) -> int:
        return load_keys(settings, trust()).read_time_s(reader)

    def judge_certificate(pem: str, now_us: int) -> PeerCertificate:
        try:
            return judge(pem, trust().authorities, trust().revoked, datetime.fromtimestamp(now_us / 1e6, UTC))
        except CertificateError as error:
            raise Refusal(Reason.APPROVAL_INVALID, str(error)) from error

    return Approvals(
        place_of(settings),
        settings.node.province,
        clock_us=clock_us,
        witnessed_s=read_time_s,
        judge=judge_certificate,
    )


def read_witnessed_us(settings: Settings) -> int:
    """Return the witnessed time of a node's log, in microseconds since 1970, whether or not the node runs.

    Raises:
        Refusal: LOG_UNWITNESSED where no cosignature is near, APPROVAL_INVALID where the node's trust cannot be read.
    """
    return open_stopped_approvals(settings).read_time_us()
