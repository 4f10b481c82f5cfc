"""Dual control: two persons with distinct roles, one act, one target, within a day."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from hypothesis import given
from hypothesis import strategies as st

from keys.approval import (
    LONGEST,
    MAX_FILE,
    SKEW,
    Approval,
    ApprovalInvalid,
    ApprovalRequest,
    Signers,
    Target,
    read,
    require_in_force,
    require_signers,
    sign,
    target_of,
    verify,
)
from keys.authority import Authority
from keys.certificate import PeerCertificate, certificate_request
from keys.certificate import read as read_certificate
from keys.identity import Identity, Role
from keys.keystore import Passphrase, new_tls_key

WORD = Passphrase(b"a passphrase for tests")
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
NONCE = "0f" * 16
TARGET = target_of("subject", NONCE, "somebody")
REQUEST = ApprovalRequest("subject_history", TARGET, "case 17", NONCE, NOW, NOW + timedelta(hours=4))

Person = tuple[str, EllipticCurvePrivateKey]


class Office:
    """One province's authority, and whoever it has certified."""

    def __init__(self, place: Path, province: str = "510000") -> None:
        self.authority = Authority.create(province, WORD, place, now=NOW - timedelta(days=1))
        self.province = province

    def person(self, role: Role, name: str) -> Person:
        """Certify a person."""
        key = new_tls_key()
        identity = Identity(self.province, role, name)
        return self.authority.issue(certificate_request(key, identity), identity, now=NOW).decode(), key

    def judge(self, pem: str) -> PeerCertificate:
        """Judge as this province does."""
        return read_certificate(pem, {self.province: self.authority.certificate_pem})


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Sichuan's."""
    return Office(tmp_path / "authority")


def signed(*persons: Person, request: ApprovalRequest = REQUEST) -> Approval:
    """A request with these persons' signatures."""
    approval = Approval(request, ())
    for certificate, key in persons:
        approval = sign(approval, certificate, key)
    return approval


def verified(
    approval: Approval,
    office: Office,
    *,
    act: str = "subject_history",
    target: str = TARGET,
    now: datetime = NOW,
    province: str = "510000",
) -> Signers:
    """Verify as for the act and target of `REQUEST`."""
    return verify(approval, act, target, now, office.judge, province)


def test_a_reviewer_and_a_security_administrator_allow_an_act_together(office: Office) -> None:
    """In either order, and after a way through a file."""
    reviewer, security = office.person(Role.REVIEWER, "r-1"), office.person(Role.SECURITY, "s-1")
    for persons in ((reviewer, security), (security, reviewer)):
        found = verified(read(signed(*persons).octets()), office)
        assert (Role.REVIEWER, Role.SECURITY) == (found.reviewer.identity.role, found.security.identity.role)
        assert (found.reviewer.fingerprint, found.security.fingerprint) == found.fingerprints


@pytest.mark.parametrize(
    "roles",
    [
        (),
        (Role.REVIEWER,),
        (Role.SECURITY,),
        (Role.REVIEWER, Role.REVIEWER),
        (Role.SECURITY, Role.SECURITY),
        (Role.REVIEWER, Role.ADMINISTRATOR),
        (Role.ADMINISTRATOR, Role.SECURITY),
        (Role.REVIEWER, Role.NODE),
    ],
)
def test_no_other_set_of_persons_is_enough(office: Office, roles: tuple[Role, ...]) -> None:
    """Neither one person, nor two of one role, nor another role in place of one of the two."""
    approval = signed(*(office.person(role, f"p-{number}") for number, role in enumerate(roles)))
    with pytest.raises(ApprovalInvalid):
        verified(approval, office)


def test_one_name_in_two_roles_is_one_person(office: Office) -> None:
    """Two certificates of one person are not two persons."""
    approval = signed(office.person(Role.REVIEWER, "wang"), office.person(Role.SECURITY, "wang"))
    with pytest.raises(ApprovalInvalid, match="found one twice"):
        verified(approval, office)


def test_an_approval_is_for_its_act_target_time_and_province_alone(office: Office) -> None:
    """The end of its time is no longer within it."""
    approval = signed(office.person(Role.REVIEWER, "r-1"), office.person(Role.SECURITY, "s-1"))
    attempts: tuple[Callable[[], object], ...] = (
        lambda: verified(approval, office, act="open_body"),
        lambda: verified(approval, office, target="0" * 64),
        lambda: verified(approval, office, now=NOW - SKEW - timedelta(seconds=1)),
        lambda: verified(approval, office, now=NOW + timedelta(hours=4)),
        lambda: verified(approval, office, province="500000"),
    )
    for attempt in attempts:
        with pytest.raises(ApprovalInvalid):
            attempt()


def test_a_signature_over_another_request_does_not_verify(office: Office) -> None:
    """Even where the requests differ in their reason alone."""
    reviewer, security = office.person(Role.REVIEWER, "r-1"), office.person(Role.SECURITY, "s-1")
    other = replace(REQUEST, reason="case 18")
    approval = replace(signed(reviewer, security), request=other)
    with pytest.raises(ApprovalInvalid, match="does not verify"):
        verified(approval, office)


def test_a_person_of_another_province_is_not_judged_good(office: Office, tmp_path: Path) -> None:
    """Its authority is not ours."""
    other = Office(tmp_path / "other", "500000")
    approval = signed(office.person(Role.REVIEWER, "r-1"), other.person(Role.SECURITY, "s-1"))
    with pytest.raises(Exception, match="500000"):
        verified(approval, office)


def test_who_has_signed_does_not_sign_again_and_nobody_signs_third(office: Office) -> None:
    """A second signature needs a second person."""
    reviewer, security = office.person(Role.REVIEWER, "r-1"), office.person(Role.SECURITY, "s-1")
    with pytest.raises(ApprovalInvalid, match="second person"):
        signed(reviewer, reviewer)
    with pytest.raises(ApprovalInvalid, match="at most 2"):
        signed(reviewer, security, office.person(Role.REVIEWER, "r-2"))


def test_a_request_holds_a_day_at_most() -> None:
    """A longer one is no request."""
    long = replace(REQUEST, lapses_at=NOW + LONGEST + timedelta(seconds=1))
    with pytest.raises(ApprovalInvalid, match="at most"):
        read(Approval(long, ()).octets())


@given(st.binary(max_size=300))
def test_bytes_that_are_no_file_are_refused(octets: bytes) -> None:
    """Nothing else is raised."""
    with pytest.raises(ApprovalInvalid):
        read(octets)


def test_a_target_says_nothing_without_its_nonce() -> None:
    """The same person under another nonce, or as another kind of target, is another target."""
    assert target_of("subject", NONCE, "somebody") != target_of("subject", "1f" * 16, "somebody")
    assert target_of("subject", NONCE, "somebody") != target_of("entry", NONCE, "somebody")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("act", "Subject_history"),
        ("act", "x"),
        ("act", ""),
        ("target", "somebody"),
        ("target", TARGET.upper()),
        ("target", TARGET + "0"),
        ("nonce", "0f" * 15),
        ("nonce", "0F" * 16),
        ("reason", ""),
        ("reason", "case\x1b[31m17"),
        ("reason", "case\n17"),
        ("reason", "x" * 201),
    ],
)
def test_a_field_in_another_form_makes_no_request(field: str, value: str) -> None:
    """Its reason goes to a terminal and into the log; its target is a digest and never a person."""
    assert REQUEST == read(Approval(REQUEST, ()).octets()).request
    with pytest.raises(ApprovalInvalid, match="another form"):
        read(Approval(replace(REQUEST, **{field: value}), ()).octets())  # type: ignore[arg-type]  # four text fields


@pytest.mark.parametrize(
    "octets",
    [
        b"null",
        b"[]",
        b'{"request":1,"signatures":[]}',
        b'{"request":"[]","signatures":[]}',
        b'{"request":"null","signatures":[]}',
        b'{"request":"{}","signatures":[]}',
        b'{"request":"{}","signatures":1}',
        b'{"request":"{}","signatures":[1]}',
        b'{"request":"' + b"[" * 9_000 + b'","signatures":[]}',
        Approval(REQUEST, ()).octets().replace(b"case 17", b"\\ud800"),
        Approval(REQUEST, ()).octets().replace(b"case 17", b"\\\\ud800"),
        Approval(REQUEST, ()).octets().replace(b"2026", b"0000"),
    ],
)
def test_json_of_another_kind_is_no_file(octets: bytes) -> None:
    """No error of the parser escapes: whoever hands a file in gets the room's own error."""
    with pytest.raises(ApprovalInvalid):
        read(octets)


def test_a_file_that_is_too_long_is_refused_unread() -> None:
    """Even where nothing else is wrong with it."""
    octets = Approval(REQUEST, ()).octets()
    assert REQUEST == read(octets + b" " * (MAX_FILE - len(octets))).request
    with pytest.raises(ApprovalInvalid, match="at most 32768 bytes"):
        read(octets + b" " * (MAX_FILE + 1 - len(octets)))


def test_a_request_that_says_the_same_in_other_bytes_is_refused(office: Office) -> None:
    """The second person signs bytes: two writings of one request would be two requests."""
    file = json.loads(signed(office.person(Role.REVIEWER, "rev")).octets())
    for text in (f" {file['request']}", json.dumps(json.loads(file["request"]), indent=1)):
        with pytest.raises(ApprovalInvalid, match="in its canonical form"):
            read(json.dumps({**file, "request": text}).encode())


def test_a_clock_a_little_behind_that_of_who_asked_does_not_refuse(office: Office) -> None:
    """Two machines never show the same second; the end of the time has no such grace."""
    require_in_force(REQUEST, NOW - SKEW)
    with pytest.raises(ApprovalInvalid, match="in force"):
        require_in_force(REQUEST, REQUEST.lapses_at)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ((Role.REVIEWER, "r-1"), (Role.ADMINISTRATOR, "a-1"), "with the roles"),
        ((Role.REVIEWER, "r-1"), (Role.REVIEWER, "r-2"), "found one twice"),
        ((Role.REVIEWER, "wang"), (Role.SECURITY, "wang"), "found one twice"),
    ],
)
def test_signatures_that_are_refused_later_are_refused_at_once(
    office: Office, first: tuple[Role, str], second: tuple[Role, str], why: str
) -> None:
    """By the same rules, whether one has signed or two."""
    approval = signed(office.person(*first))
    assert {first[0]} == require_signers(approval, office.judge).keys()
    certificate, key = office.person(*second)
    with pytest.raises(ApprovalInvalid, match=why):
        require_signers(sign(approval, certificate, key), office.judge)


def test_one_key_in_two_certificates_is_one_person(office: Office) -> None:
    """Whatever the two certificates are called."""
    certificate, key = office.person(Role.REVIEWER, "r-1")
    identity = Identity("510000", Role.SECURITY, "s-1")
    other = office.authority.issue(certificate_request(key, identity), identity, now=NOW).decode()
    with pytest.raises(ApprovalInvalid, match="one key twice"):
        require_signers(signed((certificate, key), (other, key)), office.judge)


def test_a_certificate_that_ends_before_the_request_lapses_is_refused(office: Office) -> None:
    """It could be used up to its end only, and nobody would be told."""
    certificate, key = office.person(Role.REVIEWER, "r-1")
    until = office.judge(certificate).not_after
    late = replace(REQUEST, asked_at=until - timedelta(hours=1), lapses_at=until + timedelta(seconds=1))
    with pytest.raises(ApprovalInvalid, match="until the request lapses"):
        require_signers(signed((certificate, key), request=late), office.judge)


def test_persons_of_two_provinces_never_approve_together(office: Office, tmp_path: Path) -> None:
    """Even where both are known."""
    other = Office(tmp_path / "other", "500000")
    authorities = {one.province: one.authority.certificate_pem for one in (office, other)}
    approval = signed(office.person(Role.REVIEWER, "r-1"), other.person(Role.SECURITY, "s-1"))
    with pytest.raises(ApprovalInvalid, match="one province"):
        require_signers(approval, lambda pem: read_certificate(pem, authorities))


def test_a_target_in_clear_is_that_of_the_digest() -> None:
    """So that who signs reads what is signed; another one makes no file."""
    approval = Approval(REQUEST, (), Target("subject", "somebody"))
    assert approval == read(approval.octets())
    for other in (Target("subject", "somebody else"), Target("entry", "somebody")):
        with pytest.raises(ApprovalInvalid, match="found another"):
            read(replace(approval, target=other).octets())


@pytest.mark.parametrize(
    "target",
    [1, [], {}, {"kind": "subject"}, {"kind": 1, "value": "somebody"}, {"kind": "subject", "value": "\ud800"},
     {"kind": "subject", "value": "a\x1b[2Jb"}, {"kind": "subject", "value": "somebody", "more": "x"}],
)  # fmt: skip
def test_a_target_in_another_form_makes_no_file(target: object) -> None:
    """It goes to a terminal."""
    file = {**json.loads(Approval(REQUEST, ()).octets()), "target": target}
    with pytest.raises(ApprovalInvalid):
        read(json.dumps(file).encode())
