"""The gate: a judgement ends in time, a peer speaks for its own province alone, and a question is fresh both ways."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.gatehouse import gate
from gateway.gatehouse.gate import Gatehouse
from gateway.gatehouse.rates import RateLimits
from gateway.gatehouse.replay import ReplayMemory
from gateway.ground.evidence import Arrival
from gateway.ground.refusals import Reason, Refusal
from keys.certificate import CertificateError, PeerCertificate
from keys.identity import Identity, Role
from tests.samples import NOW_US, arrival, ask

OWN, OTHER, THIRD = "510000", "500000", "520000"
PEER = Identity(OTHER, Role.NODE, "gw-1")
APPLICATION = Identity(OTHER, Role.APPLICATION, "counter").uri
SECOND = 1_000_000
FRESH, OFFSET = 300 * SECOND, 2 * SECOND
NOW = datetime.fromtimestamp(NOW_US / 1e6, UTC)


@dataclass
class World:
    """A gatehouse, the machine that a certificate speaks for, and how often one was judged."""

    identity: Identity = PEER
    not_after: datetime = NOW + timedelta(hours=2)
    next_update: datetime = NOW + timedelta(hours=1)
    peers: dict[str, str] = field(default_factory=lambda: {PEER.uri: OTHER})
    departments: set[tuple[str, str]] = field(default_factory=lambda: {("cq-hrss", OTHER)})
    judged: int = 0
    fault: str = ""

    def judge(self, pem: str, authorities: object, revoked: object, now: datetime) -> PeerCertificate:
        """Stand in for the certificate's own check, which has tests of its own."""
        self.judged += 1
        if self.fault:
            raise CertificateError(self.fault, "found")  # type: ignore[arg-type]  # one of the closed list
        return made(self.identity, NOW - timedelta(hours=1), self.not_after)

    def knows(self, uri: str) -> bool:
        """No application of our own is registered here."""
        return False

    def may_act(self, uri: str, department: str) -> bool:
        """Nor does one act."""
        return False

    def belongs(self, department: str, province: str) -> bool:
        """Whether a department is registered in a province."""
        return (department, province) in self.departments

    def house(self) -> Gatehouse:
        """A gatehouse of this world."""
        lists: Any = SimpleNamespace(lists={self.identity.province: SimpleNamespace(next_update=self.next_update)})
        return Gatehouse(
            province=OWN,
            authorities={},
            revoked=lists,
            peers=self.peers,
            roster=self,
            rates=RateLimits(per_second=1000, burst=1000),
            replays=ReplayMemory(2 * FRESH),
            freshness_us=FRESH,
            clock_offset_us=OFFSET,
        )


def made(identity: Identity, not_before: datetime, not_after: datetime) -> PeerCertificate:
    """A certificate that was judged good."""
    return PeerCertificate(
        identity=identity, fingerprint="f" * 64, serial=1, not_before=not_before, not_after=not_after
    )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose certificates are good."""
    made = World()
    monkeypatch.setattr(gate, "judge", made.judge)
    return made


def question(**changes: object) -> Arrival:
    """A question over a link, by an application of the other province."""
    made = {"ask": ask(asked_at_us=NOW_US), "application": APPLICATION, **changes}
    return arrival(**made)  # type: ignore[arg-type]  # the fields of Arrival


def reason(house: Gatehouse, of: Arrival) -> Reason:
    """The reason for which a question is turned away."""
    with pytest.raises(Refusal) as caught:
        house.authenticate(of)
    return caught.value.reason


def test_a_question_of_a_peer_has_its_caller(world: World) -> None:
    """The node, and the application that it vouches for."""
    caller = world.house().authenticate(question())
    assert (PEER.uri, APPLICATION, OTHER) == (caller.node, caller.application, caller.province)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_question_is_fresh_both_ways(world: World, sign: int) -> None:
    """One from the future would serve again after the replay memory has forgotten it."""
    at_the_limit = question(ask=ask(asked_at_us=NOW_US + sign * FRESH))
    world.house().authenticate(at_the_limit)
    beyond = question(ask=ask(asked_at_us=NOW_US + sign * (FRESH + 1)))
    assert Reason.REQUEST_STALE == reason(world.house(), beyond)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_peers_clock_is_near_ours_both_ways(world: World, sign: int) -> None:
    """Ahead and behind alike."""
    world.house().authenticate(question(clock_offset_us=sign * OFFSET))
    assert Reason.CLOCK_UNSURE == reason(world.house(), question(clock_offset_us=sign * (OFFSET + 1)))


@pytest.mark.parametrize(
    "vouched",
    [
        Identity(OWN, Role.APPLICATION, "counter").uri,
        Identity(THIRD, Role.APPLICATION, "counter").uri,
        Identity(OTHER, Role.REVIEWER, "counter").uri,
        Identity(OTHER, Role.NODE, "gw-1").uri,
        "spiffe://500000.chuanyu/application/",
        "counter",
    ],
)
def test_a_peer_vouches_for_an_application_of_its_own_province_alone(world: World, vouched: str) -> None:
    """Not for ours, not for a third province's, and for no other role."""
    assert Reason.PARTY_UNKNOWN == reason(world.house(), question(application=vouched))


def test_a_peer_asks_for_a_department_of_its_own_province_alone(world: World) -> None:
    """One that is registered in ours or in a third is none of its."""
    world.departments = {("cq-hrss", OWN), ("cq-hrss", THIRD)}
    assert Reason.PARTY_UNKNOWN == reason(world.house(), question())


@pytest.mark.parametrize("peers", [{}, {PEER.uri: THIRD}, {Identity(OTHER, Role.NODE, "gw-2").uri: OTHER}])
def test_a_node_that_is_not_configured_is_no_peer(world: World, peers: dict[str, str]) -> None:
    """A certificate of a known authority is not enough; an empty list refuses."""
    world.peers = peers
    assert Reason.PARTY_UNKNOWN == reason(world.house(), question())


def test_a_machine_of_another_role_is_no_peer(world: World) -> None:
    """A link is between nodes."""
    world.identity = Identity(OTHER, Role.APPLICATION, "counter")
    assert Reason.ROLE_NOT_ALLOWED == reason(world.house(), question())


@pytest.mark.parametrize("ends", ["not_after", "next_update"])
def test_a_remembered_judgement_ends(world: World, ends: str) -> None:
    """With the certificate, and with the list that says that it was not revoked: then it is judged anew."""
    setattr(world, ends, NOW + timedelta(minutes=1))
    house, until = world.house(), 60 * SECOND
    sender = arrival().sender
    for after in (0, 1, until):
        house.identify(sender, NOW_US + after)
    assert 1 == world.judged
    world.fault = "expired" if ends == "not_after" else "revocation_unknown"
    with pytest.raises(Refusal) as caught:
        house.identify(sender, NOW_US + until + SECOND)
    expected = Reason.CERTIFICATE_EXPIRED if ends == "not_after" else Reason.REVOCATION_LIST_EXPIRED
    assert (expected, 2) == (caught.value.reason, world.judged)


def test_a_judgement_does_not_hold_before_the_certificates_begin(world: World) -> None:
    """A clock that goes back has it judged anew."""
    house = world.house()
    house.identify(arrival().sender, NOW_US)
    house.identify(arrival().sender, NOW_US - 2 * 3600 * SECOND)
    assert 2 == world.judged


def test_a_connection_below_tls_1_3_or_without_a_certificate_is_turned_away(world: World) -> None:
    """Before anything is judged."""
    sender = arrival().sender
    for changed, expected in (
        (replace(sender, tls_version="TLSv1.2"), Reason.TLS_VERSION_TOO_LOW),
        (replace(sender, certificate_pem=""), Reason.NO_CERTIFICATE),
    ):
        assert expected == reason(world.house(), question(sender=changed))
    assert 0 == world.judged
