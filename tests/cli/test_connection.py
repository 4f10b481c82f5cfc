"""What a client shows: files that cannot be used are named, and nothing of their content is."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.cli.connection import (
    MAX_MESSAGE_BYTES,
    PASSPHRASE_BYTES,
    Credentials,
    describe_keystore_error,
    is_unspecified,
    make_passphrase,
    open_channel,
    read_credentials,
    read_file,
    read_pair,
    read_pem,
    read_personal,
    require_host,
)
from gateway.cli.screen import Problem
from gateway.ground.item import Label
from keys.authority import Authority
from keys.keystore import KeystoreError, Passphrase, write_private

WHAT = Label("文件", "the file")
SECRET = b"a passphrase for tests"


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the certificates and keys of two authorities, `a` and `b`, under one passphrase."""
    root = tmp_path_factory.mktemp("files")
    for name in "ab":
        Authority.create("510000", Passphrase(SECRET), root / name, now=datetime.now(UTC))
    write_private(root / "passphrase", SECRET + b"\n")
    write_private(root / "other", b"another passphrase\n")
    (root / "text").write_bytes(b"no certificate \xff")
    return root


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """With the error of the system and with what it should have been."""
    for path, why in ((tmp_path / "absent", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(Problem) as caught:
            read_file(path, WHAT)
        assert (f"{path}: {why}", "a readable file: the file") == (caught.value.found.en, caught.value.expected.en)


def test_nothing_is_read_where_no_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is waited for only where it is asked for."""
    monkeypatch.setattr("sys.stdin", None)
    assert "" == read_personal(None, WHAT)


def test_a_persons_text_is_read_from_a_file_or_from_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks around it go, and bytes that are no text do not stop it here."""
    (tmp_path / "text").write_bytes(b" 12\xff\n")
    assert "12\ufffd" == read_personal(tmp_path / "text", WHAT)
    monkeypatch.setattr("sys.stdin", io.StringIO(" 34 \n56\n"))
    assert "34" == read_personal(Path("-"), WHAT)


@pytest.mark.parametrize(("octets", "mode"), [(b"short", 0o600), (SECRET, 0o644)])
def test_a_passphrase_that_is_short_or_open_to_others_is_a_problem(tmp_path: Path, octets: bytes, mode: int) -> None:
    """It is not shown."""
    path = tmp_path / "passphrase"
    path.write_bytes(octets)
    path.chmod(mode)
    with pytest.raises(Problem) as caught:
        make_passphrase(path, given=True)
    assert octets.decode() not in caught.value.found.en


def test_a_passphrase_that_was_given_is_not_made(tmp_path: Path) -> None:
    """A mistyped path does not get a new passphrase."""
    with pytest.raises(Problem):
        make_passphrase(tmp_path / "absent", given=True)
    assert [] == list(tmp_path.iterdir())


def test_a_new_passphrase_is_random_and_its_owners_alone(tmp_path: Path) -> None:
    """Two are never the same."""
    made = [make_passphrase(tmp_path / name, given=False).reveal() for name in ("a", "b")]
    assert 2 == len(set(made))
    assert PASSPHRASE_BYTES <= min(map(len, made))
    assert 0o600 == (tmp_path / "a").stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("authority", "certificate", "key", "passphrase", "found"),
    [
        ("absent", "a/authority.crt", "a/authority.key", "passphrase", "absent: No such file"),
        ("a/authority.crt", "absent", "a/authority.key", "passphrase", "absent: No such file"),
        ("a/authority.crt", "a/authority.crt", "a/authority.key", "absent", "expected a private file"),
        ("a/authority.crt", "a/authority.crt", "a/authority.key", "other", "does not open it"),
        ("a/authority.crt", "a/authority.crt", "b/authority.key", "passphrase", "belongs to another certificate"),
        ("a/authority.crt", "text", "a/authority.key", "passphrase", "no PEM certificate"),
        ("text", "a/authority.crt", "a/authority.key", "passphrase", "no PEM certificate"),
    ],
)
def test_credentials_of_which_one_file_is_wrong_are_a_problem(
    files: Path, authority: str, certificate: str, key: str, passphrase: str, found: str
) -> None:
    """No connection is tried with the rest."""
    with pytest.raises(Problem) as caught:
        read_credentials(files / authority, files / certificate, files / key, files / passphrase)
    assert found in caught.value.found.en


@pytest.mark.parametrize(
    ("certificate", "key", "found"),
    [
        ("text", "a/authority.key", "no PEM certificate"),
        ("b/authority.crt", "a/authority.key", "belongs to another certificate"),
    ],
)
def test_a_pair_that_is_none_is_a_problem(files: Path, certificate: str, key: str, found: str) -> None:
    """A signature by such a key would be nobody's."""
    with pytest.raises(Problem, match=found):
        read_pair(files / certificate, files / key, files / "passphrase")


def test_a_certificate_in_der_is_told_with_the_command_that_converts_it(files: Path, tmp_path: Path) -> None:
    """A12i: for the certificate and for the authority."""
    der = tmp_path / "a.der"
    der.write_bytes(x509.load_pem_x509_certificate((files / "a/authority.crt").read_bytes()).public_bytes(Encoding.DER))
    key, word = files / "a/authority.key", files / "passphrase"
    for read in (
        lambda: read_pair(der, key, word),
        lambda: read_credentials(der, files / "a/authority.crt", key, word),
        lambda: read_credentials(files / "a/authority.crt", der, key, word),
    ):
        with pytest.raises(Problem) as caught:
            read()
        assert f"openssl x509 -inform DER -in {der} -out {der}.pem" in caught.value.remedy.en
        assert f"openssl x509 -inform DER -in {der} -out {der}.pem" in caught.value.remedy.zh


@pytest.mark.parametrize("octets", [b"", b"0", b"-----BEGIN", b"\x30\x03\x02\x01\x01", b"\xff\x82"])
def test_what_is_no_der_is_read_as_it_is(tmp_path: Path, octets: bytes) -> None:
    """A12i: the reader of the kind says what is wrong with it."""
    (tmp_path / "file").write_bytes(octets)
    assert octets == read_pem(tmp_path / "file", WHAT, "x509")


def test_credentials_hold_the_key_in_memory_and_do_not_show_it(files: Path) -> None:
    """The file stays encrypted."""
    crt = files / "a" / "authority.crt"
    found = read_credentials(crt, crt, files / "a" / "authority.key", files / "passphrase")
    text, private = read_pair(crt, files / "a" / "authority.key", files / "passphrase")
    assert crt.read_bytes() == found.certificate_pem == found.authority_pem == text.encode()
    assert found.key_pem.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert "PRIVATE" not in repr(found)
    assert b"ENCRYPTED" in (files / "a" / "authority.key").read_bytes()
    assert 256 == private.curve.key_size


def test_an_error_of_the_keystore_keeps_its_next_step() -> None:
    """In both languages, and nothing is put around it."""
    problem = describe_keystore_error(KeystoreError("the key is damaged", "私钥已损坏", ("restore it", "恢复它")))
    assert Label("私钥已损坏", "the key is damaged") == problem.found
    assert Label("恢复它", "restore it") == problem.remedy


@pytest.mark.parametrize(
    "name", ["", "网关.example", "a..b", "a b", ".a", "a.", "x" * 64, "a." * 127 + "a", "a/b", "*.a"]
)
def test_a_host_that_no_certificate_can_bear_is_a_problem(name: str) -> None:
    """The command line is what is wrong, and a long name is shown in part."""
    with pytest.raises(Problem) as caught:
        require_host(name)
    assert (2, f"the host name {name[:80]!r}") == (caught.value.exit_code, caught.value.found.en)


@pytest.mark.parametrize("name", ["gateway", "gateway.sc.example", "xn--fiq228c.example", "127.0.0.1", "::1"])
def test_an_address_or_a_name_in_ascii_is_a_host(name: str) -> None:
    """It is returned as it is."""
    assert name == require_host(name)


@pytest.mark.parametrize(
    ("host", "expected"),
    [(".".join("0000"), True), ("::", True), ("[::]", True), ("127.0.0.1", False), ("gateway", False), ("", False)],
)
def test_only_the_address_of_every_address_is_unspecified(host: str, expected: bool) -> None:
    """Nobody can dial it."""
    assert expected is is_unspecified(host)


@pytest.mark.parametrize(
    "target", ["", "gateway", "gateway:", ":7443", "gateway:123456", "unix:/run/x", "dns:///a:1", "a:1,b:2", "::1:7443"]
)
def test_a_target_that_is_no_host_and_port_is_a_problem(target: str) -> None:
    """No other scheme of the library is reached by way of it."""
    with pytest.raises(Problem, match="expected host:port"):
        open_channel(target, Credentials(b"", b"", b""), "")


@pytest.mark.parametrize(
    ("name", "override"), [("", []), ("gateway.example", [("grpc.ssl_target_name_override", "gateway.example")])]
)
@pytest.mark.parametrize("target", ["gateway.example:7443", "[::1]:7443"])
def test_a_channel_shows_the_certificate_and_bounds_the_answer(
    monkeypatch: pytest.MonkeyPatch, target: str, name: str, override: list[tuple[str, str]]
) -> None:
    """The name that the server must hold is another only where one was given."""
    made: list[Any] = []
    monkeypatch.setattr(grpc, "ssl_channel_credentials", lambda *given: given)
    monkeypatch.setattr(grpc, "secure_channel", lambda *given: made.append(given))
    open_channel(target, Credentials(b"authority", b"certificate", b"key"), name)
    options = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES), *override]
    assert [(target, (b"authority", b"key", b"certificate"), options)] == made
