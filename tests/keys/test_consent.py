"""A consent as a document: its form, who may sign it, and that it names nobody without its nonce."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from keys.authority import Authority
from keys.certificate import PeerCertificate, certificate_request, read_claims
from keys.consent import LONGEST, ConsentInvalid, ConsentRecord, PersonReference, read, sign, verify
from keys.identity import Identity, Role
from keys.keystore import Passphrase, new_tls_key

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
NUMBER = "51999919600101003"
NONCE = b"n" * 32
RECORD = ConsentRecord(
    number="TY-1",
    person=PersonReference(NONCE).refer(NUMBER),
    province="500000",
    department="cq-transport",
    end_user_org="",
    provider_province="510000",
    items=(("CY-TR-01", ("eligible", "valid_to")),),
    given_on=date(2026, 12, 1),
    until=date(2027, 11, 30),
    separate=True,
    guardian=False,
)


@pytest.fixture(name="enrol", scope="module")
def _enrol(tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = tmp_path_factory.mktemp("authorities")
    made: dict[str, Authority] = {}

    def enrol(role: Role = Role.APPLICATION, province: str = "500000") -> tuple[str, Any]:
        word = Passphrase(b"a passphrase for tests")
        if province not in made:
            made[province] = Authority.create(province, word, place / province, now=NOW - timedelta(days=1))
        key, identity = new_tls_key(), Identity(province, role, "one")
        return made[province].issue(certificate_request(key, identity), identity, now=NOW).decode(), key

    return enrol


def judge(pem: str) -> PeerCertificate:
    """Take every certificate for good."""
    return read_claims(pem)


def test_a_signed_consent_is_read_back_and_names_who_signed(enrol: Any) -> None:
    """Byte for byte."""
    signed = sign(RECORD, *enrol())
    assert signed == read(signed.octets())
    assert Role.APPLICATION is verify(read(signed.octets()), judge).identity.role


def test_the_record_names_nobody_without_its_nonce() -> None:
    """Two consents of one person have nothing in common, and no number stands in either."""
    other = PersonReference(b"m" * 32).refer(NUMBER)
    assert other != RECORD.person
    assert RECORD.person == PersonReference(NONCE).refer(NUMBER)
    assert RECORD.person != PersonReference(NONCE).refer("51999919600101004")
    assert NUMBER.encode() not in RECORD.octets()


CHANGES: list[dict[str, Any]] = [
    {"number": "TY-2"},
    {"person": "0" * 64},
    {"department": "cq-culture"},
    {"end_user_org": "某公司"},
    {"provider_province": "500000"},
    {"items": (("CY-TR-01", ("eligible", "valid_to", "name")),)},
    {"until": date(2027, 12, 1)},
    {"separate": False},
    {"guardian": True},
]


@pytest.mark.parametrize("change", CHANGES, ids=[next(iter(change)) for change in CHANGES])
def test_a_changed_record_does_not_verify(enrol: Any, change: dict[str, Any]) -> None:
    """Each part of it is under the signature."""
    signed = sign(RECORD, *enrol())
    with pytest.raises(ConsentInvalid, match="does not verify"):
        verify(replace(signed, record=replace(RECORD, **change)), judge)


@pytest.mark.parametrize(
    ("role", "province"), [(Role.REVIEWER, "500000"), (Role.NODE, "500000"), (Role.APPLICATION, "510000")]
)
def test_nobody_but_an_application_of_the_receiver_signs(enrol: Any, role: Role, province: str) -> None:
    """Not another role, and not the other province."""
    with pytest.raises(ConsentInvalid, match="an application of 500000"):
        verify(sign(RECORD, *enrol(role, province)), judge)


@pytest.mark.parametrize(
    "changes",
    [
        {"until": RECORD.given_on - timedelta(1)},
        {"until": RECORD.given_on + LONGEST + timedelta(1)},
        {"items": ()},
        {"items": (("CY-TR-01", ()),)},
        {"items": (("CY-TR-01", ("eligible", "eligible")),)},
        {"items": (("no code", ("eligible",)),)},
        {"items": tuple((f"CY-{n}", ("eligible",)) for n in range(17))},
        {"person": NUMBER},
        {"number": "TY 1"},
        {"province": "510100"},
        {"end_user_org": "一\n二"},
    ],
    ids=lambda changes: f"{next(iter(changes))}",
)
def test_a_record_of_another_form_is_none(enrol: Any, changes: dict[str, Any]) -> None:
    """However it is signed: also a number of a person where the reference must stand."""
    with pytest.raises(ConsentInvalid):
        read(sign(replace(RECORD, **changes), *enrol()).octets())


@pytest.mark.parametrize("name", sorted(json.loads(RECORD.octets())))
def test_a_record_without_one_of_its_parts_is_none(enrol: Any, name: str) -> None:
    """Nothing has a value that nobody wrote."""
    file = json.loads(sign(RECORD, *enrol()).octets())
    record = json.loads(file["record"])
    del record[name]
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    with pytest.raises(ConsentInvalid):
        read(json.dumps(file | {"record": text}).encode())


@pytest.mark.parametrize("octets", [b"", b"[]", b"{}", b"x" * 40_000, b"[" * 30_000])
def test_other_octets_are_no_consent(octets: bytes) -> None:
    """Of any size or depth."""
    with pytest.raises(ConsentInvalid):
        read(octets)
