"""`chuanyu keys`: what a province's authority does, and what it refuses to do."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from keys.certificate import read
from keys.identity import Identity, Role
from keys.revocation import read_list
from keys.signer import Verifier
from tests.cli.world import fail, invoke, misuse, succeed

PORTAL = "spiffe://510000.chuanyu/application/portal"


@pytest.fixture(name="office")
def _office(tmp_path: Path) -> Path:
    """Sichuan's authority."""
    succeed("keys", "authority", "init", "--province", "sichuan", tmp_path / "ca")
    return tmp_path / "ca"


@pytest.fixture(name="request_file")
def _request_file(tmp_path: Path) -> Path:
    """A request of an application."""
    succeed(
        "keys", "request", "--province", "sichuan", "--role", "application", "--name", "portal", tmp_path / "portal"
    )
    return tmp_path / "portal" / "tls.csr"


def _issue(office: Path, request: Path, *more: object) -> tuple[object, ...]:
    return ("keys", "issue", "--authority", office, request, "--out", request.with_name("tls.crt"), *more)


def test_an_authority_has_its_key_its_list_and_the_key_of_lists(office: Path) -> None:
    """Private files are its own alone; the revocation list holds from the first day."""
    private = ("authority.key", "list.key", "passphrase", "register.jsonl")
    assert {0o600} == {stat.S_IMODE((office / name).stat().st_mode) for name in private}
    assert "510000.chuanyu/lists" == Verifier.parse((office / "list.vkey").read_text("utf-8").strip()).name
    assert (
        frozenset()
        == read_list((office / "authority.crl").read_bytes(), (office / "authority.crt").read_bytes()).serials
    )


def test_an_authority_is_never_overwritten(office: Path) -> None:
    """Its key would be lost, and with it every certificate."""
    before = (office / "authority.key").read_bytes()
    assert "a directory that is new or empty" in misuse("keys", "authority", "init", "--province", "sichuan", office)
    assert before == (office / "authority.key").read_bytes()


def test_a_certificate_is_issued_for_the_identity_expected(office: Path, request_file: Path) -> None:
    """It names the holder and comes from the authority of its province."""
    made = succeed(*_issue(office, request_file, "--identity", PORTAL))
    certificate = read(
        request_file.with_name("tls.crt").read_bytes(), {"510000": (office / "authority.crt").read_bytes()}
    )
    assert Identity("510000", Role.APPLICATION, "portal") == certificate.identity
    assert f"{certificate.serial:x}" == made["serial"]


def test_the_operator_is_asked_when_no_identity_is_given(office: Path, request_file: Path) -> None:
    """What the request names is shown, and a yes issues."""
    result = invoke(*_issue(office, request_file), answer="y\n")
    assert 0 == result.exit_code
    assert PORTAL in result.stderr


@pytest.mark.parametrize("answer", ["n\n", "", "\n"])
def test_without_a_yes_nothing_is_issued(office: Path, request_file: Path, answer: str) -> None:
    """A no, silence and an empty line are no yes."""
    result = invoke(*_issue(office, request_file), answer=answer)
    assert 1 == result.exit_code
    assert "a confirmed identity" in result.stderr
    assert not request_file.with_name("tls.crt").exists()


def test_a_program_must_name_the_identity(office: Path, request_file: Path) -> None:
    """Nobody is there to be asked."""
    assert "nobody confirmed" in fail(*_issue(office, request_file))


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        ("spiffe://510000.chuanyu/application/other", 1),
        ("spiffe://510000.chuanyu/administrator/portal", 1),
        ("spiffe://500000.chuanyu/application/portal", 1),
        ("portal", 2),
    ],
)
def test_another_identity_is_refused(office: Path, request_file: Path, identity: str, code: int) -> None:
    """A request is honoured for the identity that the operator expects and for no other."""
    fail(*_issue(office, request_file, "--identity", identity), exit_code=code)
    assert not request_file.with_name("tls.crt").exists()


def test_a_request_of_another_province_is_refused(office: Path, tmp_path: Path) -> None:
    """One province never vouches for another's."""
    options = ("--province", "chongqing", "--role", "application", "--name", "portal")
    succeed("keys", "request", *options, tmp_path / "other")
    identity = "spiffe://500000.chuanyu/application/portal"
    fail(*_issue(office, tmp_path / "other" / "tls.csr", "--identity", identity))


@pytest.mark.parametrize(
    "octets", [b"", b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"]
)
def test_what_is_no_request_is_refused(office: Path, tmp_path: Path, octets: bytes) -> None:
    """Bytes that are no request in PEM."""
    (tmp_path / "bad.csr").write_bytes(octets)
    misuse(*_issue(office, tmp_path / "bad.csr", "--identity", PORTAL))
    misuse(*_issue(office, tmp_path / "bad.csr"))
    misuse(*_issue(office, tmp_path / "absent.csr", "--identity", PORTAL))


@pytest.mark.parametrize("more", [("--identity", PORTAL), ()])
def test_a_request_in_der_is_told_with_the_command_that_converts_it(
    office: Path, request_file: Path, more: tuple[str, ...]
) -> None:
    """A12i: many offices send DER; the next step is the command, and its file is issued to."""
    der = request_file.with_name("der.csr")
    der.write_bytes(x509.load_pem_x509_csr(request_file.read_bytes()).public_bytes(Encoding.DER))
    told = json.loads(invoke(*_issue(office, der, *more), "--json").stdout)["error"]["next"]
    assert all(f"openssl req -inform DER -in {der} -out {der}.pem" in told[language] for language in ("zh", "en"))
    pem = der.with_name("der.csr.pem")
    pem.write_bytes(x509.load_der_x509_csr(der.read_bytes()).public_bytes(Encoding.PEM))
    succeed(*_issue(office, pem, "--identity", PORTAL))


def test_a_directory_that_is_no_authority_is_refused(tmp_path: Path, request_file: Path) -> None:
    """Nothing is made by accident."""
    assert "list.vkey" in misuse(*_issue(tmp_path, request_file, "--identity", PORTAL))
    (tmp_path / "list.vkey").write_text("nothing", encoding="utf-8")
    misuse(*_issue(tmp_path, request_file, "--identity", PORTAL))


def test_a_wrong_passphrase_opens_no_authority(office: Path, request_file: Path, tmp_path: Path) -> None:
    """Nothing is issued, and the file is named."""
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"another passphrase")
    wrong.chmod(0o600)
    found = misuse(*_issue(office, request_file, "--identity", PORTAL, "--passphrase-file", wrong))
    assert "the passphrase does not open it" in found


def test_a_revoked_certificate_is_on_the_new_list(office: Path, request_file: Path) -> None:
    """The list's number grows."""
    serial = succeed(*_issue(office, request_file, "--identity", PORTAL))["serial"]
    before = read_list((office / "authority.crl").read_bytes(), (office / "authority.crt").read_bytes())
    succeed("keys", "revoke", "--authority", office, "--reason", "retired", serial)
    after = read_list((office / "authority.crl").read_bytes(), (office / "authority.crt").read_bytes())
    assert (frozenset({int(serial, 16)}), before.number + 1) == (after.serials, after.number)


@pytest.mark.parametrize("serial", ["0", "abc", "not-a-number", ""])
def test_what_was_not_issued_cannot_be_revoked(office: Path, serial: str) -> None:
    """A wrong serial number changes nothing."""
    before = (office / "authority.crl").read_bytes()
    misuse("keys", "revoke", "--authority", office, "--reason", "x", serial)
    assert before == (office / "authority.crl").read_bytes()


def test_a_list_is_published_anew(office: Path) -> None:
    """Before the last one ends, with a greater number."""
    succeed("keys", "publish", "--authority", office, "--days", 7)
    found = read_list((office / "authority.crl").read_bytes(), (office / "authority.crt").read_bytes())
    assert 2 == found.number
    assert 7 == (found.next_update - datetime.now(UTC)).days + 1


@pytest.mark.parametrize("role", ["application", "reviewer", "administrator", "adapter"])
def test_a_request_is_made_for_every_role_but_a_node(tmp_path: Path, role: str) -> None:
    """A node's request is made with its directory."""
    made = succeed("keys", "request", "--province", "sichuan", "--role", role, "--name", "one", tmp_path / "one")
    assert f"spiffe://510000.chuanyu/{role}/one" == made["identity"]
    request = x509.load_pem_x509_csr((tmp_path / "one" / "tls.csr").read_bytes())
    assert request.is_signature_valid


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [("--role", "node", 2), ("--role", "king", 2), ("--name", "Portal", 2), ("--name", "", 2), ("--province", "x", 2)],
)
def test_what_is_no_identity_gets_no_key(tmp_path: Path, option: str, value: str, code: int) -> None:
    """Nothing is written."""
    options = {"--province": "sichuan", "--role": "application", "--name": "one"} | {option: value}
    line = [part for pair in options.items() for part in pair]
    result = invoke("keys", "request", *line, tmp_path / "one", "--json")
    assert code == result.exit_code
    assert {"found", "expected", "next"} == set(json.loads(result.stdout)["error"])
    assert not (tmp_path / "one").exists()
