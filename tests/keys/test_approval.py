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

from keys.approval import LONGEST, MAX_FILE, Approval, ApprovalInvalid, ApprovalRequest, read, sign, target_of, verify
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
) -> tuple[Identity, Identity]:
    """Verify as for the act and target of `REQUEST`."""
    return verify(approval, act, target, now, office.judge, province)


def test_a_reviewer_and_a_security_administrator_allow_an_act_together(office: Office) -> None:
    """In either order, and after a way through a file."""
    reviewer, security = office.person(Role.REVIEWER, "r-1"), office.person(Role.SECURITY, "s-1")
    for persons in ((reviewer, security), (security, reviewer)):
        found = verified(read(signed(*persons).octets()), office)
        assert (Role.REVIEWER, Role.SECURITY) == (found[0].role, found[1].role)


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
        lambda: verified(approval, office, now=NOW - timedelta(seconds=1)),
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
