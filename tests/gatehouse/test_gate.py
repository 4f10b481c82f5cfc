"""The gate: every way to be nobody, to speak for somebody else, to be late or early, and to be remembered too long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.gatehouse import gate
from gateway.gatehouse.gate import Gatehouse
from gateway.gatehouse.rates import RateLimits
from gateway.gatehouse.replay import ReplayMemory
from gateway.ground.evidence import NO_ENTRY, Sender
from gateway.ground.refusals import Reason, Refusal
from keys.authority import Authority
from keys.certificate import certificate_request
from keys.identity import Identity, Role
from keys.keystore import Passphrase, new_tls_key
from keys.revocation import RevocationLists, read_list
from tests.samples import NOW_US, arrival, ask

NOW = datetime.fromtimestamp(NOW_US / 1e6, UTC)
DAY = timedelta(days=1)
DAY_US = 86_400_000_000
SECOND_US = 1_000_000
FRESH_US = 30 * SECOND_US
OFFSET_US = 5 * SECOND_US
OURS, THEIRS, THIRD = "500000", "510000", "520000"
WORD = Passphrase(b"a passphrase for tests")

PORTAL = Identity(OURS, Role.APPLICATION, "portal")
UNLISTED = Identity(OURS, Role.APPLICATION, "unlisted")
REVOKED = Identity(OURS, Role.APPLICATION, "revoked")
REVIEWER = Identity(OURS, Role.REVIEWER, "reviewer")
PEER = Identity(THEIRS, Role.NODE, "gateway-1")
SECOND = Identity(THEIRS, Role.NODE, "gateway-2")
THIRD_NODE = Identity(THIRD, Role.NODE, "gateway-1")
THEIR_REVIEWER = Identity(THEIRS, Role.REVIEWER, "reviewer")
THIRD_REVIEWER = Identity(THIRD, Role.REVIEWER, "reviewer")
THEIR_PORTAL = Identity(THEIRS, Role.APPLICATION, "portal")
KEY = new_tls_key()


@dataclass
class Register:
    """A roster of one portal and two departments of ours, and one department of theirs."""

    departments: Mapping[str, str] = field(
        default_factory=lambda: {"cq-hrss": OURS, "cq-police": OURS, "sc-hrss": THEIRS, "gz-hrss": THIRD}
    )

    def knows(self, uri: str) -> bool:
        """The portal, and the one whose certificate was revoked."""
        return uri in {PORTAL.uri, REVOKED.uri}

    def may_act(self, uri: str, department: str) -> bool:
        """The portal acts for one department."""
        return (uri, department) == (PORTAL.uri, "cq-hrss")

    def belongs(self, department: str, province: str) -> bool:
        """As registered."""
        return self.departments.get(department) == province


@dataclass(frozen=True)
class World:
    """Three authorities, the certificates that they issued, and their lists."""

    authorities: Mapping[str, bytes]
    lists: RevocationLists
    certificates: Mapping[Identity, str]
    young: str

    def gatehouse(self, **changes: Any) -> Gatehouse:
        """Chongqing's gate; Sichuan's first node is its peer."""
        given: dict[str, Any] = {
            "province": OURS,
            "authorities": self.authorities,
            "revoked": self.lists,
            "peers": {PEER.uri: THEIRS},
            "roster": Register(),
            "rates": RateLimits(1000, 1000),
            "replays": ReplayMemory(2 * FRESH_US),
            "freshness_us": FRESH_US,
            "clock_offset_us": OFFSET_US,
        }
        return Gatehouse(**{**given, **changes})

    def sender(self, identity: Identity, version: str = "TLSv1.3") -> Sender:
        """The machine of an identity, over a connection."""
        return Sender(self.certificates[identity], version, "ipv4:127.0.0.1:1")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three authorities are known, our own, Sichuan's and a third; leaves hold for 60 days, lists for 30."""
    root, pems, lists, certificates = tmp_path_factory.mktemp("gate"), {}, {}, {}
    wanted = (
        PORTAL,
        UNLISTED,
        REVOKED,
        REVIEWER,
        PEER,
        SECOND,
        THIRD_NODE,
        THEIR_REVIEWER,
        THEIR_PORTAL,
        THIRD_REVIEWER,
    )
    young = ""
    for province in (OURS, THEIRS, THIRD):
        office = Authority.create(province, WORD, Path(root / province), now=NOW - 100 * DAY)
        pems[province] = office.certificate_pem
        for identity in (one for one in wanted if one.province == province):
            pem = office.issue(certificate_request(KEY, identity), identity, now=NOW - DAY, days=61)
            certificates[identity] = pem.decode()
        if province == OURS:
            pem = office.issue(certificate_request(KEY, PORTAL), PORTAL, now=NOW + 2 * DAY, days=20)
            young = pem.decode()
            serial = next(number for number, uri in office.list_issued().items() if uri == REVOKED.uri)
            office.revoke(serial, "key_compromise", now=NOW - DAY)
        lists[province] = read_list(office.publish(now=NOW - DAY), office.certificate_pem)
    return World(pems, RevocationLists(lists), certificates, young)


def refusal(act: Any, *given: Any) -> Reason:
    """Return the reason for which an act is refused."""
    with pytest.raises(Refusal) as caught:
        act(*given)
    return caught.value.reason


def test_the_straight_way_names_the_caller(world: World) -> None:
    """An application of ours, for the department that it acts for."""
    caller = world.gatehouse().authenticate(arrival(sender=world.sender(PORTAL)))
    assert (PORTAL.uri, PORTAL.uri, OURS) == (caller.node, caller.application, caller.province)
    assert ("cq-hrss", NO_ENTRY) == (caller.department, caller.repeat_of)


def test_a_peer_speaks_for_an_application_of_its_own_province(world: World) -> None:
    """The node's certificate, the application that it vouches for, and a department of that province."""
    question = arrival(ask(consumer_department="sc-hrss"), sender=world.sender(PEER), application=THEIR_PORTAL.uri)
    caller = world.gatehouse().authenticate(question)
    assert (PEER.uri, THEIR_PORTAL.uri, THEIRS) == (caller.node, caller.application, caller.province)


@pytest.mark.parametrize("version", ["", "TLSv1.2", "TLSv1", "tlsv1.3", "TLSv1.3 "])
def test_nothing_but_tls_1_3_is_taken(world: World, version: str) -> None:
    """Before the certificate is looked at."""
    sender = replace(world.sender(PORTAL), tls_version=version)
    assert Reason.TLS_VERSION_TOO_LOW == refusal(world.gatehouse().identify, sender, NOW_US)


def test_no_certificate_is_nobody(world: World) -> None:
    """An empty text is not judged."""
    assert Reason.NO_CERTIFICATE == refusal(world.gatehouse().identify, Sender("", "TLSv1.3", ""), NOW_US)


@pytest.mark.parametrize("pem", ["pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(world: World, pem: str) -> None:
    """Whatever the transport says."""
    assert Reason.CERTIFICATE_NAME_INVALID == refusal(world.gatehouse().judge, pem, NOW_US)


def test_an_authority_that_is_not_known_vouches_for_nobody(world: World) -> None:
    """Without its PEM; the list alone does not do."""
    gatehouse = world.gatehouse(authorities={OURS: world.authorities[OURS]})
    assert Reason.AUTHORITY_UNKNOWN == refusal(gatehouse.identify, world.sender(PEER), NOW_US)


def test_a_revoked_certificate_is_refused(world: World) -> None:
    """Though the roster knows its name."""
    gatehouse = world.gatehouse()
    assert Reason.CERTIFICATE_REVOKED == refusal(gatehouse.identify, world.sender(REVOKED), NOW_US)


def test_a_certificate_of_the_day_after_tomorrow_is_refused_today(world: World) -> None:
    """And taken once its time has come."""
    gatehouse = world.gatehouse()
    assert Reason.CERTIFICATE_NOT_YET_VALID == refusal(gatehouse.judge, world.young, NOW_US)
    assert PORTAL == gatehouse.judge(world.young, NOW_US + 3 * DAY_US).identity


def test_a_remembered_certificate_is_good_no_longer_than_its_revocation_list(world: World) -> None:
    """The list holds for thirty days from yesterday; the certificate would hold for thirty more."""
    gatehouse = world.gatehouse()
    assert PORTAL == gatehouse.judge(world.certificates[PORTAL], NOW_US).identity
    assert PORTAL == gatehouse.judge(world.certificates[PORTAL], NOW_US + 28 * DAY_US).identity
    late_us = NOW_US + 29 * DAY_US + SECOND_US
    assert Reason.REVOCATION_LIST_EXPIRED == refusal(gatehouse.judge, world.certificates[PORTAL], late_us)


def test_a_remembered_certificate_is_good_no_longer_than_its_own_dates(world: World) -> None:
    """With a list that holds for a year."""
    far = {name: replace(one, next_update=NOW + 365 * DAY) for name, one in world.lists.lists.items()}
    gatehouse = world.gatehouse(revoked=RevocationLists(far))
    assert PORTAL == gatehouse.judge(world.certificates[PORTAL], NOW_US + 59 * DAY_US).identity
    late_us = NOW_US + 60 * DAY_US + SECOND_US
    assert Reason.CERTIFICATE_EXPIRED == refusal(gatehouse.judge, world.certificates[PORTAL], late_us)


def test_a_clock_that_goes_back_is_judged_anew(world: World) -> None:
    """A certificate that was good is not good for a time before its own."""
    gatehouse = world.gatehouse()
    gatehouse.judge(world.young, NOW_US + 3 * DAY_US)
    assert Reason.CERTIFICATE_NOT_YET_VALID == refusal(gatehouse.judge, world.young, NOW_US)


def test_no_more_certificates_are_remembered_than_the_bound(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds many certificates takes no memory without end."""
    monkeypatch.setattr(gate, "CERTIFICATES", 2)
    gatehouse = world.gatehouse()
    for identity in (PORTAL, REVIEWER, PEER, SECOND, THIRD_NODE):
        gatehouse.identify(world.sender(identity), NOW_US)
        assert len(gatehouse._known) <= 2


@pytest.mark.parametrize(
    ("identity", "role", "reason"),
    [
        (PEER, Role.APPLICATION, Reason.ROLE_NOT_ALLOWED),
        (PORTAL, Role.NODE, Reason.ROLE_NOT_ALLOWED),
        (PORTAL, Role.REVIEWER, Reason.ROLE_NOT_ALLOWED),
        (REVIEWER, Role.ADMINISTRATOR, Reason.ROLE_NOT_ALLOWED),
        (SECOND, Role.NODE, Reason.PARTY_UNKNOWN),
        (THIRD_NODE, Role.NODE, Reason.PARTY_UNKNOWN),
        (UNLISTED, Role.APPLICATION, Reason.PARTY_UNKNOWN),
        (THEIR_PORTAL, Role.APPLICATION, Reason.PARTY_UNKNOWN),
        (THEIR_REVIEWER, Role.REVIEWER, Reason.PARTY_UNKNOWN),
    ],
)
def test_a_known_authority_is_not_enough(world: World, identity: Identity, role: Role, reason: Reason) -> None:
    """The role must be the service's, a node a configured peer, an application registered, a person of our province."""
    assert reason == refusal(world.gatehouse().admit, world.sender(identity), role, NOW_US)


def test_a_peer_configured_for_another_province_is_none(world: World) -> None:
    """The certificate says of which province it is, not the settings."""
    gatehouse = world.gatehouse(peers={PEER.uri: THIRD})
    assert Reason.PARTY_UNKNOWN == refusal(gatehouse.admit, world.sender(PEER), Role.NODE, NOW_US)


def test_a_reviewer_of_ours_is_admitted_as_one(world: World) -> None:
    """Reviewers stand in no roster."""
    assert REVIEWER == world.gatehouse().admit(world.sender(REVIEWER), Role.REVIEWER, NOW_US).identity


@pytest.mark.parametrize(
    "application",
    [
        PORTAL.uri,
        Identity(THIRD, Role.APPLICATION, "portal").uri,
        THEIR_REVIEWER.uri,
        PEER.uri,
        "spiffe://510000.chuanyu/portal",
        "portal",
    ],
)
def test_a_peer_vouches_for_no_application_but_its_own(world: World, application: str) -> None:
    """Not for ours, a third province's, a reviewer, itself, or no identity at all."""
    question = arrival(ask(consumer_department="sc-hrss"), sender=world.sender(PEER), application=application)
    assert Reason.PARTY_UNKNOWN == refusal(world.gatehouse().authenticate, question)


@pytest.mark.parametrize("department", ["cq-hrss", "gz-hrss", "nowhere", ""])
def test_a_peer_asks_for_no_department_but_its_own_provinces(world: World, department: str) -> None:
    """Not for ours, a third province's, or one that nobody registered."""
    question = arrival(ask(consumer_department=department), sender=world.sender(PEER), application=THEIR_PORTAL.uri)
    assert Reason.PARTY_UNKNOWN == refusal(world.gatehouse().authenticate, question)


@pytest.mark.parametrize("department", ["cq-police", "sc-hrss", ""])
def test_an_application_asks_for_no_department_but_its_own(world: World, department: str) -> None:
    """Not for another of its province either."""
    question = arrival(ask(consumer_department=department), sender=world.sender(PORTAL))
    assert Reason.PARTY_UNKNOWN == refusal(world.gatehouse().authenticate, question)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_question_is_fresh_within_the_limit_on_both_sides(world: World, sign: int) -> None:
    """One microsecond more, past or to come, is stale: a question dated ahead would outlive the replay memory."""
    at_limit = arrival(ask(asked_at_us=NOW_US + sign * FRESH_US), sender=world.sender(PORTAL))
    world.gatehouse().authenticate(at_limit)
    for beyond_us in (FRESH_US + 1, 10 * DAY_US):
        late = arrival(ask(asked_at_us=NOW_US + sign * beyond_us), sender=world.sender(PORTAL))
        assert Reason.REQUEST_STALE == refusal(world.gatehouse().authenticate, late)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_peers_clock_is_held_to_the_limit_on_both_sides(world: World, sign: int) -> None:
    """Behind ours or ahead of it."""
    asked = ask(consumer_department="sc-hrss")
    near = arrival(asked, sender=world.sender(PEER), application=THEIR_PORTAL.uri, clock_offset_us=sign * OFFSET_US)
    world.gatehouse().authenticate(near)
    far = replace(near, clock_offset_us=sign * (OFFSET_US + 1))
    assert Reason.CLOCK_UNSURE == refusal(world.gatehouse().authenticate, far)


def test_a_request_id_serves_once_even_dated_as_late_as_may_be(world: World) -> None:
    """The memory holds twice the freshness, so that the id is known for as long as the question is fresh."""
    gatehouse = world.gatehouse()
    question = arrival(ask(asked_at_us=NOW_US + FRESH_US), sender=world.sender(PORTAL))
    gatehouse.authenticate(question)
    for later_us in (0, FRESH_US, 2 * FRESH_US - 1):
        again = replace(question, now_us=NOW_US + later_us)
        assert Reason.REQUEST_REPLAYED == refusal(gatehouse.authenticate, again)
    gone = replace(question, now_us=NOW_US + 2 * FRESH_US + 1)
    assert Reason.REQUEST_STALE == refusal(gatehouse.authenticate, gone)


def test_a_question_beyond_the_rate_leaves_its_id_unused(world: World) -> None:
    """The limit is taken before the replay memory: whoever is too fast may ask the same again."""
    gatehouse = world.gatehouse(rates=RateLimits(1, 1))
    first, second = (arrival(ask(request_id=f"01980000-0000-7000-8000-00000000000{n}")) for n in (1, 2))
    gatehouse.authenticate(replace(first, sender=world.sender(PORTAL)))
    fast = replace(second, sender=world.sender(PORTAL))
    assert Reason.RATE_LIMITED == refusal(gatehouse.authenticate, fast)
    gatehouse.authenticate(replace(fast, now_us=NOW_US + SECOND_US))


def test_a_refused_question_takes_nothing_from_its_partys_rate(world: World) -> None:
    """A stranger cannot use up what a department may ask."""
    gatehouse = world.gatehouse(rates=RateLimits(1, 1))
    stale = arrival(ask(asked_at_us=NOW_US - DAY_US), sender=world.sender(PORTAL))
    for _ in range(5):
        assert Reason.REQUEST_STALE == refusal(gatehouse.authenticate, stale)
    gatehouse.authenticate(arrival(sender=world.sender(PORTAL)))


def test_a_reviewer_is_of_our_province_or_of_a_peers(world: World) -> None:
    """Who reads what we cosigned; every other role, and a province that is no peer, is turned away."""
    gate = world.gatehouse()
    for reviewer in (REVIEWER, THEIR_REVIEWER):
        assert reviewer == gate.admit_reviewer(world.sender(reviewer), NOW_US).identity
    assert Reason.PARTY_UNKNOWN is refusal(gate.admit_reviewer, world.sender(THIRD_REVIEWER), NOW_US)
    for other in (PEER, PORTAL, THEIR_PORTAL, THIRD_NODE):
        assert Reason.ROLE_NOT_ALLOWED is refusal(gate.admit_reviewer, world.sender(other), NOW_US)
    assert Reason.CERTIFICATE_REVOKED is refusal(gate.admit_reviewer, world.sender(REVOKED), NOW_US)
    assert Reason.TLS_VERSION_TOO_LOW is refusal(gate.admit_reviewer, world.sender(REVIEWER, "TLSv1.2"), NOW_US)
    assert Reason.PARTY_UNKNOWN is refusal(gate.admit, world.sender(THEIR_REVIEWER), Role.REVIEWER, NOW_US)
