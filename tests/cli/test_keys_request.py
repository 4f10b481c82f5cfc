"""`chuanyu keys request`: a wrong name makes no key, and a directory that holds something is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from tests.cli.world import invoke, misuse, succeed

LINE = ("--province", "sichuan", "--role", "adapter", "--name", "adapter-1")


@pytest.mark.parametrize("name", ["", "A", "a b", "名", "a" * 100, "a/b", "../a"])
def test_a_name_that_is_none_makes_no_key(tmp_path: Path, name: str) -> None:
    """A name is of lower-case letters, digits and hyphens."""
    misuse("keys", "request", tmp_path / "new", "--province", "sichuan", "--role", "reviewer", "--name", name)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("province", ["", "beijing", "51", "5100001", "abcdef"])
def test_a_province_that_is_none_makes_no_key(tmp_path: Path, province: str) -> None:
    """A province is named, or has a code of six digits."""
    misuse("keys", "request", tmp_path / "new", "--province", province, "--role", "reviewer", "--name", "a")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("role", ["node", "witness", "root", ""])
def test_a_role_that_is_none_is_wrong_usage(tmp_path: Path, role: str) -> None:
    """The request of a node is made with the node."""
    line = ("keys", "request", tmp_path / "new", "--province", "sichuan", "--role", role, "--name", "a")
    assert 2 == invoke(*line).exit_code


@pytest.mark.parametrize("host", ["", "主机", "a b", "a\n", "a..b", ".a", "*.example", "a" * 64, "https://a", "a:1"])
def test_a_host_that_no_certificate_can_name_makes_no_key(tmp_path: Path, host: str) -> None:
    """It would be found by whoever dials, when the certificate is issued already."""
    result = invoke("keys", "request", tmp_path / "new", *LINE, "--dialled-as", host, "--json")
    assert 2 == result.exit_code, result.output
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("host", ["localhost", "adapter.sc.example", "10.0.0.1", "::1", "xn--fiq228c.example", "a_b"])
def test_a_host_that_a_certificate_can_name_is_in_the_request(tmp_path: Path, host: str) -> None:
    """As a DNS name or as an address."""
    succeed("keys", "request", tmp_path / "new", *LINE, "--dialled-as", host)
    request = x509.load_pem_x509_csr((tmp_path / "new" / "tls.csr").read_bytes())
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert host in {str(name.value) for name in names}


def test_a_directory_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    """Keys are never overwritten."""
    (tmp_path / "tls.key").write_bytes(b"a key")
    misuse("keys", "request", tmp_path, *LINE)
    assert b"a key" == (tmp_path / "tls.key").read_bytes()


def test_a_file_is_no_place_for_keys(tmp_path: Path) -> None:
    """Neither the file nor a directory below it."""
    (tmp_path / "file").write_bytes(b"")
    misuse("keys", "request", tmp_path / "file", *LINE)
    misuse("keys", "request", tmp_path / "file" / "below", *LINE)


@pytest.mark.parametrize("octets", [None, b"", b"short\n"])
def test_a_passphrase_that_is_none_makes_no_key(tmp_path: Path, octets: bytes | None) -> None:
    """Absent, empty or too short."""
    path = tmp_path / "passphrase"
    if octets is not None:
        path.write_bytes(octets)
        path.chmod(0o600)
    misuse("keys", "request", tmp_path / "new", *LINE, "--passphrase-file", path)
    assert not (tmp_path / "new").exists()
