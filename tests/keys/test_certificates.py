"""A certificate speaks for its province alone: issued by that province's authority, in its dates, not revoked."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.authority import SKEW, Authority, AuthorityError
from keys.certificate import CertificateError, CertificateFault, certificate_request, check, common_name, read
from keys.identity import Identity, Role
from keys.keystore import KeystoreError, Passphrase, load_tls_key, new_tls_key
from keys.revocation import RevocationError, RevocationLists, read_list

WORD = Passphrase(b"a passphrase for tests")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NODE = Identity("510000", Role.NODE, "gw-1")
APPLICATION = Identity("510000", Role.APPLICATION, "counter")
STRANGER = Identity("500000", Role.NODE, "gw-1")
KEY = new_tls_key()


@pytest.fixture
def sichuan(tmp_path: Path) -> Authority:
    """Sichuan's authority."""
    return Authority.create("510000", WORD, tmp_path / "sichuan", now=NOW)


@pytest.fixture
def chongqing(tmp_path: Path) -> Authority:
    """Chongqing's authority."""
    return Authority.create("500000", WORD, tmp_path / "chongqing", now=NOW)


def authority_key(tmp_path: Path) -> EllipticCurvePrivateKey:
    """Sichuan's own key, to issue what `Authority` never would."""
    return load_tls_key(tmp_path / "sichuan/authority.key", WORD)


def uri(*names: str) -> x509.SubjectAlternativeName:
    """An extension of URIs."""
    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name) for name in names])


CLIENT = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
LEAF = x509.BasicConstraints(ca=False, path_length=None)


def forged(
    issuer: Authority,
    signing: EllipticCurvePrivateKey,
    extensions: Sequence[x509.ExtensionType],
    key: EllipticCurvePrivateKey = KEY,
) -> bytes:
    """A certificate of any content, signed by `signing` in the issuer's name."""
    name = x509.load_pem_x509_certificate(issuer.certificate_pem).subject
    builder = x509.CertificateBuilder().subject_name(common_name("x")).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(5).not_valid_before(NOW).not_valid_after(NOW + DAY)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signing, SHA256()).public_bytes(Encoding.PEM)


def lists(authority: Authority) -> RevocationLists:
    """The authority's current list."""
    return RevocationLists({authority.province: read_list(authority.publish(now=NOW), authority.certificate_pem)})


def fault(pem: bytes, authorities: dict[str, bytes]) -> CertificateFault:
    """The reason for which `read` refuses."""
    with pytest.raises(CertificateError) as caught:
        read(pem, authorities)
    return caught.value.reason


def test_an_issued_certificate_is_read_and_good_now(sichuan: Authority) -> None:
    """The straight road: request, issue, read, check."""
    pem = sichuan.issue(certificate_request(KEY, NODE, ["localhost", "127.0.0.1"]), NODE, now=NOW)
    found = read(pem.decode(), {"510000": sichuan.certificate_pem})
    assert NODE == found.identity
    assert x509.load_pem_x509_certificate(pem).fingerprint(SHA256()).hex() == found.fingerprint
    check(found, lists(sichuan), NOW)


def test_the_forging_helper_makes_a_good_leaf(sichuan: Authority, tmp_path: Path) -> None:
    """So that each refusal below has the one cause that it names."""
    pem = forged(sichuan, authority_key(tmp_path), [LEAF, CLIENT, uri(NODE.uri)])
    assert NODE == read(pem, {"510000": sichuan.certificate_pem}).identity


def test_no_province_vouches_for_another(sichuan: Authority, chongqing: Authority, tmp_path: Path) -> None:
    """Sichuan's authority cannot make a Chongqing identity, even where both authorities are trusted."""
    both = {"510000": sichuan.certificate_pem, "500000": chongqing.certificate_pem}
    pem = forged(sichuan, authority_key(tmp_path), [LEAF, CLIENT, uri(STRANGER.uri)])
    assert CertificateFault.WRONG_AUTHORITY == fault(pem, both)


@pytest.mark.parametrize(
    "names",
    [(), (NODE.uri, APPLICATION.uri), (NODE.uri, NODE.uri), ("spiffe://x/y",), ("https://510000.chuanyu/node/gw-1",)],
)
def test_exactly_one_identity_is_named(sichuan: Authority, tmp_path: Path, names: tuple[str, ...]) -> None:
    """None, two, or another kind of URI is name_invalid."""
    extensions = [LEAF, CLIENT, *([uri(*names)] if names else [])]
    pem = forged(sichuan, authority_key(tmp_path), extensions)
    assert CertificateFault.NAME_INVALID == fault(pem, {"510000": sichuan.certificate_pem})


@pytest.mark.parametrize(
    "extensions",
    [
        [CLIENT],
        [LEAF],
        [LEAF, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])],
        [x509.BasicConstraints(ca=True, path_length=0), CLIENT],
    ],
)
def test_what_is_no_client_leaf_is_of_no_use(
    sichuan: Authority, tmp_path: Path, extensions: list[x509.ExtensionType]
) -> None:
    """A missing or other usage, or an authority in place of a leaf."""
    pem = forged(sichuan, authority_key(tmp_path), [*extensions, uri(NODE.uri)])
    assert CertificateFault.USE_INVALID == fault(pem, {"510000": sichuan.certificate_pem})


def test_a_leaf_of_another_curve_is_of_no_use(sichuan: Authority, tmp_path: Path) -> None:
    """P-256 everywhere."""
    pem = forged(sichuan, authority_key(tmp_path), [LEAF, CLIENT, uri(NODE.uri)], generate(SECP384R1()))
    assert CertificateFault.USE_INVALID == fault(pem, {"510000": sichuan.certificate_pem})


def test_a_namesake_of_the_authority_is_refused(sichuan: Authority) -> None:
    """The signature counts, not the name of the issuer."""
    pem = forged(sichuan, generate(SECP256R1()), [LEAF, CLIENT, uri(NODE.uri)])
    assert CertificateFault.WRONG_AUTHORITY == fault(pem, {"510000": sichuan.certificate_pem})


def test_a_leaf_is_no_authority(sichuan: Authority) -> None:
    """Whoever holds a leaf's key cannot issue with it."""
    leaf = sichuan.issue(certificate_request(KEY, NODE), NODE, now=NOW)
    name = x509.load_pem_x509_certificate(leaf).subject
    builder = x509.CertificateBuilder().subject_name(common_name("x")).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW).not_valid_after(NOW + DAY)
    for extension in (LEAF, CLIENT, uri(APPLICATION.uri)):
        builder = builder.add_extension(extension, critical=False)
    pem = builder.sign(KEY, SHA256()).public_bytes(Encoding.PEM)
    assert CertificateFault.WRONG_AUTHORITY == fault(pem, {"510000": leaf})


@pytest.mark.parametrize("pem", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_other_bytes_are_malformed(pem: bytes) -> None:
    """No exception of the parser escapes."""
    assert CertificateFault.MALFORMED == fault(pem, {})


def test_no_authorities_refuse(sichuan: Authority) -> None:
    """An empty map never means everybody."""
    pem = sichuan.issue(certificate_request(KEY, NODE), NODE, now=NOW)
    assert CertificateFault.WRONG_AUTHORITY == fault(pem, {})


def test_dates_and_lists_are_checked_each_time(sichuan: Authority) -> None:
    """Before, after, without a list, with an expired one, and once revoked."""
    pem = sichuan.issue(certificate_request(KEY, NODE), NODE, now=NOW, days=90)
    found, current = read(pem, {"510000": sichuan.certificate_pem}), lists(sichuan)
    revoked = RevocationLists(
        {"510000": read_list(sichuan.revoke(found.serial, "lost", now=NOW), sichuan.certificate_pem)}
    )
    for expected, known, now in (
        (CertificateFault.NOT_YET_VALID, current, NOW - timedelta(minutes=6)),
        (CertificateFault.EXPIRED, current, NOW + 91 * DAY),
        (CertificateFault.REVOCATION_UNKNOWN, RevocationLists({}), NOW),
        (CertificateFault.REVOCATION_UNKNOWN, current, NOW + 31 * DAY),
        (CertificateFault.REVOKED, revoked, NOW),
    ):
        with pytest.raises(CertificateError) as caught:
            check(found, known, now)
        assert expected == caught.value.reason


def test_a_province_without_a_list_has_revoked_everything() -> None:
    """Fail closed."""
    assert RevocationLists({}).is_revoked("510000", 1)


def test_a_list_is_taken_from_its_own_authority_only(sichuan: Authority, chongqing: Authority) -> None:
    """Another's list, other bytes, or a changed list is refused."""
    pem = sichuan.publish(now=NOW)
    der = bytearray(x509.load_pem_x509_crl(pem).public_bytes(Encoding.DER))
    der[-1] ^= 1
    for bad, authority in ((pem, chongqing), (b"x", sichuan), (bytes(der), sichuan)):
        with pytest.raises(RevocationError):
            read_list(bad, authority.certificate_pem)


@pytest.mark.parametrize("identity", [STRANGER, APPLICATION, Identity("510000", Role.NODE, "gw-2")])
def test_a_request_is_honoured_for_the_expected_identity_only(sichuan: Authority, identity: Identity) -> None:
    """Another province, role or name is refused, and nothing is registered."""
    with pytest.raises(AuthorityError):
        sichuan.issue(certificate_request(KEY, identity), NODE, now=NOW)
    assert {} == sichuan.list_issued()


def test_another_province_is_refused_even_when_expected(sichuan: Authority) -> None:
    """An operator's mistake does not cross the border."""
    with pytest.raises(AuthorityError):
        sichuan.issue(certificate_request(KEY, STRANGER), STRANGER, now=NOW)


def test_spoilt_requests_are_refused(sichuan: Authority) -> None:
    """Other bytes, a broken signature, another curve, and a host name for a client."""
    der = bytearray(x509.load_pem_x509_csr(certificate_request(KEY, APPLICATION)).public_bytes(Encoding.DER))
    der[-1] ^= 1
    broken = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)
    for request in (
        b"x",
        broken,
        certificate_request(generate(SECP384R1()), APPLICATION),
        certificate_request(KEY, APPLICATION, ["gw.example"]),
    ):
        with pytest.raises(AuthorityError):
            sichuan.issue(request, APPLICATION, now=NOW)


def test_certificates_are_confined_and_backdated_a_little(sichuan: Authority) -> None:
    """The authority is bound to its province, a leaf to its usages, its authority's end and five minutes back."""
    authority = x509.load_pem_x509_certificate(sichuan.certificate_pem)
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert [x509.UniformResourceIdentifier("510000.chuanyu")] == constraints.value.permitted_subtrees
    leaf = x509.load_pem_x509_certificate(
        sichuan.issue(certificate_request(KEY, APPLICATION), APPLICATION, now=NOW, days=9999)
    )
    assert [ExtendedKeyUsageOID.CLIENT_AUTH] == list(
        leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    )
    assert NOW - timedelta(minutes=5) == leaf.not_valid_before_utc
    assert authority.not_valid_after_utc == leaf.not_valid_after_utc


def test_only_what_was_issued_is_revoked_and_only_once(sichuan: Authority) -> None:
    """An unknown serial number is refused; a second revocation adds no second entry."""
    with pytest.raises(AuthorityError):
        sichuan.revoke(12345, "lost", now=NOW)
    sichuan.issue(certificate_request(KEY, NODE), NODE, now=NOW)
    (serial,) = sichuan.list_issued()
    first = read_list(sichuan.revoke(serial, "lost", now=NOW), sichuan.certificate_pem)
    pem = sichuan.revoke(serial, "lost", now=NOW)
    assert [serial] == [entry.serial_number for entry in x509.load_pem_x509_crl(pem)]
    assert first.number + 1 == read_list(pem, sichuan.certificate_pem).number


def test_a_torn_register_line_is_dropped_and_the_rest_stands(sichuan: Authority, tmp_path: Path) -> None:
    """A crash while registering neither stops the authority nor spoils the next line."""
    sichuan.issue(certificate_request(KEY, NODE), NODE, now=NOW)
    with (tmp_path / "sichuan/register.jsonl").open("ab") as file:
        file.write(b'{"serial": "1')
    again = Authority.open("510000", WORD, tmp_path / "sichuan")
    again.issue(certificate_request(KEY, APPLICATION), APPLICATION, now=NOW)
    assert [NODE.uri, APPLICATION.uri] == list(again.list_issued().values())


def test_an_authority_is_never_made_over_another(sichuan: Authority, tmp_path: Path) -> None:
    """Its key would be lost, and every certificate with it."""
    with pytest.raises(AuthorityError):
        Authority.create("510000", WORD, tmp_path / "sichuan", now=NOW)


def test_a_leaf_is_not_valid_before_its_own_time_nor_after_its_authority_ends(tmp_path: Path) -> None:
    """Of leaf and authority, the later beginning and the earlier end count."""
    authority = Authority.create("510000", WORD, tmp_path / "a", now=NOW, days=30)
    pem = authority.issue(certificate_request(KEY, NODE), NODE, now=NOW + 9 * DAY, days=365)
    found = read(pem, {"510000": authority.certificate_pem})
    assert (NOW + 9 * DAY - SKEW, NOW + 30 * DAY) == (found.not_before, found.not_after)
    with pytest.raises(CertificateError) as caught:
        check(found, lists(authority), NOW + 8 * DAY)
    assert CertificateFault.NOT_YET_VALID == caught.value.reason


@pytest.mark.parametrize(
    "line",
    [
        b"1",
        b"[]",
        b'"serial"',
        b'{"identity":"spiffe://510000.chuanyu/node/gw-1"}',
        b'{"serial":"xyz","identity":"spiffe://510000.chuanyu/node/gw-1"}',
        b'{"serial":1,"identity":"spiffe://510000.chuanyu/node/gw-1"}',
        b'{"serial":"1","revoked":"soon"}',
        b"{}",
        b"{",
    ],
)
def test_a_register_with_a_line_of_another_kind_is_spoilt(sichuan: Authority, tmp_path: Path, line: bytes) -> None:
    """It is refused in the keystore's own words: what it should have held, a revocation list would lack."""
    with (tmp_path / "sichuan/register.jsonl").open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(KeystoreError, match="register"):
        Authority.open("510000", WORD, tmp_path / "sichuan")
    with pytest.raises(KeystoreError, match="register"):
        sichuan.publish(now=NOW)


def test_a_province_without_an_authority_is_named(sichuan: Authority) -> None:
    """The message says what is missing, and nothing but the message."""
    pem = sichuan.issue(certificate_request(KEY, NODE), NODE, now=NOW)
    with pytest.raises(CertificateError) as caught:
        read(pem, {"500000": sichuan.certificate_pem})
    assert "no authority of 510000 is known" == str(caught.value)
    assert CertificateFault.WRONG_AUTHORITY is caught.value.reason
