"""Every refusal has a line and a metric, whatever the reason and wherever it was (F9)."""

from __future__ import annotations

import itertools
from typing import Any

import structlog

from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.telemetry import refusals as module
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.refusals import UNKNOWN, Listener, Refusals

EACH = tuple(itertools.product(Reason, Listener))
"""Every reason at every listener."""
URI = "spiffe://510000.chuanyu/application/one"


class World:
    """Refusals under a clock of the test's own."""

    def __init__(self) -> None:
        self.metrics, self.now = Metrics(), 0.0
        self.refusals = Refusals(self.metrics, lambda: self.now)

    def count(self, name: str, reason: Reason, listener: Listener) -> float | None:
        """What a metric says."""
        labels = {"reason": str(reason), "listener": str(listener)}
        return self.metrics.registry.get_sample_value(f"chuanyu_{name}_total", labels)

    def knock(self, count: int, address: str = "192.0.2.1:7") -> list[Any]:
        """Refuse so many handshakes; return the lines."""
        with structlog.testing.capture_logs() as lines:
            for _ in range(count):
                self.refusals.refuse_handshake(Listener.WITNESS, Reason.NO_CERTIFICATE, "none", address)
        return lines


def test_a_call_that_is_refused_has_a_line_and_a_metric() -> None:
    """F9: with listener, method, address, and that nobody is known; whatever the reason, at every listener."""
    for reason, listener in EACH:
        world = World()
        with structlog.testing.capture_logs() as lines:
            world.refusals.turn_away(listener, "Method", Sender("", "", "192.0.2.1:7"), Refusal(reason, "detail"))
        (line,) = lines
        assert ("call turned away", str(reason), str(listener)) == (line["event"], line["reason"], line["listener"])
        assert ("192.0.2.1:7", UNKNOWN, "detail") == (line["peer"], line["identity"], line["detail"])
        assert 1 == world.count("turned_away", reason, listener), (reason, listener)


def test_a_handshake_that_is_refused_has_a_line_and_a_metric() -> None:
    """F9, A3: with the address where it is known; whatever the reason, at every listener."""
    for reason, listener in EACH:
        world = World()
        with structlog.testing.capture_logs() as lines:
            world.refusals.refuse_handshake(listener, reason, "detail", "192.0.2.1:7")
            world.refusals.refuse_handshake(listener, reason, "detail")
        assert ["192.0.2.1:7", UNKNOWN] == [line["peer"] for line in lines], (reason, listener)
        assert 2 == world.count("handshakes_refused", reason, listener), (reason, listener)


def test_an_identity_is_told_though_it_is_not_believed(pki: Any) -> None:
    """Whom to call: the certificate's own words, of whatever authority and date."""
    world = World()
    _, pem = pki.leaf("stranger", URI, -9, -1)
    with structlog.testing.capture_logs() as lines:
        sender = Sender(pem.decode(), "TLSv1.3", "192.0.2.1:7")
        world.refusals.turn_away(Listener.GRPC, "Method", sender, Refusal(Reason.CERTIFICATE_EXPIRED))
    assert URI == lines[0]["identity"]


def test_a_flood_is_counted_whole_and_logged_within_bounds() -> None:
    """The next line says how many are missing, and other callers are still told of."""
    world, many = World(), 5_000
    lines = world.knock(many)
    assert module.CALLER_BURST == len(lines)
    assert many == world.count("handshakes_refused", Reason.NO_CERTIFICATE, Listener.WITNESS)
    (other,) = world.knock(1, "198.51.100.1:9")
    assert many - module.CALLER_BURST == other["left_out"]
    world.now = 1 / module.CALLER_PER_SECOND
    assert 1 == len(world.knock(2))


def test_a_flood_of_one_identity_does_not_hide_another_at_the_same_address(pki: Any) -> None:
    """F9: machines behind one address are told apart, and all of them are within the listener's bound."""
    world = World()

    def lines(uri: str, count: int) -> list[Any]:
        _, pem = pki.leaf("own", uri)
        sender = Sender(pem.decode(), "TLSv1.3", "192.0.2.1:7")
        with structlog.testing.capture_logs() as told:
            for _ in range(count):
                world.refusals.turn_away(Listener.GRPC, "Method", sender, Refusal(Reason.ROLE_NOT_ALLOWED))
        return told

    assert [URI] * module.CALLER_BURST == [line["identity"] for line in lines(URI, 100)]
    (other,) = lines(f"{URI}-other", 1)
    assert (f"{URI}-other", 100 - module.CALLER_BURST) == (other["identity"], other["left_out"])
    assert [] == lines(URI, 1)
    many = module.BURST // module.CALLER_BURST + 3
    told = sum(len(lines(f"{URI}-{number}", 30)) for number in range(many))
    assert module.BURST - module.CALLER_BURST - 1 == told


def test_a_flood_from_many_addresses_is_bounded_too() -> None:
    """And what is remembered of addresses."""
    world = World()
    lines = [line for number in range(3_000) for line in world.knock(1, f"2001:db8::{number:x}:7")]
    assert module.BURST == len(lines)
    assert module.CALLERS >= len(world.refusals._callers)
    assert 3_000 == world.count("handshakes_refused", Reason.NO_CERTIFICATE, Listener.WITNESS)


def test_a_defect_is_described_by_its_cause() -> None:
    """The line's own redaction keeps the message out of it."""
    world, refusal, cause = World(), Refusal(Reason.INTERNAL), RuntimeError("王一")
    refusal.__cause__ = cause
    with structlog.testing.capture_logs() as lines:
        world.refusals.turn_away(Listener.GRPC, "Method", Sender("", "", ""), refusal)
    assert (cause, "error") == (lines[0]["exc_info"], lines[0]["log_level"])
