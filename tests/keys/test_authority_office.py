"""An authority works for its own province, loses no line of its register, and gives no list number twice."""

import fcntl
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from keys.authority import Authority, AuthorityError
from keys.certificate import certificate_request, common_name, read
from keys.identity import Identity, IdentityError, Role
from keys.keystore import KeystoreError, Passphrase, new_tls_key, save_key
from keys.revocation import read_list

WORD = Passphrase(b"a passphrase for tests")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
NODE = Identity("510000", Role.NODE, "gw-1")
KEY = new_tls_key()
REQUEST = certificate_request(KEY, NODE)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where Sichuan's authority lies."""
    Authority.create("510000", WORD, tmp_path / "a", now=NOW)
    return tmp_path / "a"


def reopened(place: Path) -> Authority:
    """The authority, as a program of its own opens it."""
    return Authority.open("510000", WORD, place)


def test_a_reopened_authority_issues_under_the_same_certificate(place: Path) -> None:
    """What one program issues, the next one can revoke."""
    pem = reopened(place).issue(REQUEST, NODE, now=NOW)
    found = read(pem, {"510000": (place / "authority.crt").read_bytes()})
    assert NODE.uri == reopened(place).list_issued()[found.serial]


def test_each_line_of_the_register_says_when(place: Path) -> None:
    """By the clock that was handed in, never the machine's own."""
    reopened(place).issue(REQUEST, NODE, now=NOW + timedelta(days=3))
    line = json.loads((place / "register.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (NOW + timedelta(days=3)).isoformat() == line["at"]


def test_another_province_does_not_open_it(place: Path) -> None:
    """Else an operator's slip would make Sichuan's key sign for Chongqing."""
    with pytest.raises(KeystoreError, match="authority of 500000"):
        Authority.open("500000", WORD, place)


def foreign_key(place: Path) -> None:
    """Put another key in its place."""
    save_key(place / "authority.key", new_tls_key(), WORD)


def leaf_certificate(place: Path) -> None:
    """Put a leaf in the place of the authority's certificate."""
    (place / "authority.crt").write_bytes(reopened(place).issue(REQUEST, NODE, now=NOW))


def no_certificate(place: Path) -> None:
    """Lose the certificate."""
    (place / "authority.crt").unlink()


def no_register(place: Path) -> None:
    """Lose the register."""
    (place / "register.jsonl").unlink()


def spoilt_register(place: Path) -> None:
    """Damage a line in the middle."""
    (place / "register.jsonl").write_bytes(b'{"list": \n{}\n')


def strange_register(place: Path) -> None:
    """Put a line there that is no object."""
    (place / "register.jsonl").write_bytes(b"1\n")


@pytest.mark.parametrize(
    "spoil", [foreign_key, leaf_certificate, no_certificate, no_register, spoilt_register, strange_register]
)
def test_a_damaged_directory_is_not_opened(place: Path, spoil: Callable[[Path], None]) -> None:
    """A part that is missing, damaged or another's stops the work before anything is signed."""
    spoil(place)
    with pytest.raises(KeystoreError) as caught:
        reopened(place)
    assert caught.value.remedy


def test_opening_makes_no_register(place: Path) -> None:
    """A lost register shows; a new one would hide what was issued."""
    no_register(place)
    with pytest.raises(KeystoreError):
        reopened(place)
    assert not (place / "register.jsonl").exists()


@pytest.mark.parametrize("left", ["authority.key", "authority.crt", "register.jsonl"])
def test_no_authority_is_made_over_a_part_of_another(place: Path, left: str) -> None:
    """With its key taken off-line the register must not be overwritten."""
    before = (place / left).read_bytes()
    for path in place.iterdir():
        if path.name != left:
            path.unlink()
    with pytest.raises(AuthorityError):
        Authority.create("510000", WORD, place, now=NOW)
    assert before == (place / left).read_bytes()


@pytest.mark.parametrize("province", ["", "51", "510100", "sichuan", "../etc"])
def test_no_authority_is_made_for_what_is_no_province(tmp_path: Path, province: str) -> None:
    """And no directory remains."""
    with pytest.raises(IdentityError):
        Authority.create(province, WORD, tmp_path / "a", now=NOW)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("days", [0, -1])
def test_a_certificate_without_a_future_is_not_issued(place: Path, days: int) -> None:
    """Nothing is signed and nothing is registered."""
    with pytest.raises(AuthorityError):
        reopened(place).issue(REQUEST, NODE, now=NOW, days=days)
    assert {} == reopened(place).list_issued()


def test_an_authority_past_its_end_issues_nothing(place: Path) -> None:
    """Its certificates would be refused everywhere."""
    with pytest.raises(AuthorityError):
        reopened(place).issue(REQUEST, NODE, now=NOW + timedelta(days=3651))


def asking(*extensions: x509.ExtensionType) -> bytes:
    """A request with the node's key and these extensions."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(common_name("x"))
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(KEY, SHA256()).public_bytes(Encoding.PEM)


URI = x509.UniformResourceIdentifier(NODE.uri)


def test_a_request_for_an_authority_gets_a_leaf(place: Path) -> None:
    """Only names are taken from a request; powers are not."""
    request = asking(x509.SubjectAlternativeName([URI]), x509.BasicConstraints(ca=True, path_length=3))
    leaf = x509.load_pem_x509_certificate(reopened(place).issue(request, NODE, now=NOW))
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not leaf.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign


@pytest.mark.parametrize(
    "name",
    [
        x509.RFC822Name("a@example.org"),
        x509.DirectoryName(common_name("x")),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
    ],
)
def test_a_name_of_another_kind_is_refused(place: Path, name: x509.GeneralName) -> None:
    """Nobody reads it, so nobody could check it."""
    with pytest.raises(AuthorityError):
        reopened(place).issue(asking(x509.SubjectAlternativeName([URI, name])), NODE, now=NOW)


def test_every_list_has_the_next_number_also_after_a_reopening(place: Path) -> None:
    """Creation publishes the first one."""
    numbers = [
        read_list(reopened(place).publish(now=NOW), (place / "authority.crt").read_bytes()).number for _ in range(3)
    ]
    assert [2, 3, 4] == numbers


def test_a_list_lost_after_its_number_was_registered_leaves_a_gap(place: Path) -> None:
    """A crash between register and file skips a number, and never repeats one."""
    with (place / "register.jsonl").open("ab") as file:
        file.write(b'{"list": "2", "at": "2026-11-01T00:00:00+00:00"}\n')
    assert 3 == read_list(reopened(place).publish(now=NOW), (place / "authority.crt").read_bytes()).number


def test_a_list_names_the_key_that_signed_it(place: Path) -> None:
    """RFC 5280 section 5.2.1 demands it."""
    found = x509.load_pem_x509_crl(reopened(place).publish(now=NOW))
    certificate = x509.load_pem_x509_certificate((place / "authority.crt").read_bytes())
    own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    named = found.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert own.digest == named.key_identifier


def test_programs_at_work_together_lose_no_line_and_repeat_no_number(place: Path) -> None:
    """Each opens the directory on its own; issues and lists come out as if one after another."""
    offices = [reopened(place) for _ in range(4)]

    def work(office: Authority) -> list[int]:
        numbers = []
        for _ in range(4):
            office.issue(REQUEST, NODE, now=NOW)
            numbers.append(read_list(office.publish(now=NOW), office.certificate_pem).number)
        return numbers

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for found in pool.map(work, offices) for number in found]
    assert list(range(2, 18)) == sorted(numbers)
    assert 16 == len(reopened(place).list_issued())


def test_an_authority_waits_while_another_program_is_at_work(place: Path) -> None:
    """Nothing is written until the register is free, and then it is."""
    register, office = place / "register.jsonl", reopened(place)
    before = register.read_bytes()
    descriptor = os.open(register, os.O_RDWR)
    with ThreadPoolExecutor(1) as pool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            waiting = pool.submit(office.issue, REQUEST, NODE, now=NOW)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            assert before == register.read_bytes()
        finally:
            os.close(descriptor)
        assert x509.load_pem_x509_certificate(waiting.result(timeout=60)).serial_number in office.list_issued()
