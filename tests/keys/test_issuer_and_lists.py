"""An issuer is one authority certificate; a revocation list is whole, its own authority's, and dated now."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from keys.authority import Authority
from keys.certificate import CertificateError, CertificateFault, certificate_request, common_name, read
from keys.identity import Identity, Role
from keys.issuer import IssuerError, read_issuer
from keys.keystore import Passphrase, load_tls_key, new_tls_key
from keys.revocation import RevocationError, RevocationLists, read_list

WORD = Passphrase(b"a passphrase for tests")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NODE = Identity("510000", Role.NODE, "gw-1")
CA = x509.BasicConstraints(ca=True, path_length=0)
LEAF = x509.BasicConstraints(ca=False, path_length=None)
NUMBER = x509.CRLNumber(7)


def usage(*, certificates: bool = True, lists: bool = True) -> x509.KeyUsage:
    """A key usage of an authority, or less."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=lists,
        encipher_only=False,
        decipher_only=False,
    )


def self_signed(extensions: Sequence[x509.ExtensionType], *, key: EllipticCurvePrivateKey | None = None) -> bytes:
    """A certificate of any content whose issuer and subject bear one name."""
    key, name = key or new_tls_key(), common_name("x")
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(5).not_valid_before(NOW).not_valid_after(NOW + DAY)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture
def sichuan(tmp_path: Path) -> Authority:
    """Sichuan's authority."""
    return Authority.create("510000", WORD, tmp_path / "sichuan", now=NOW)


@pytest.fixture
def key(sichuan: Authority, tmp_path: Path) -> EllipticCurvePrivateKey:
    """Its own key, to sign what `Authority` never would."""
    assert "510000" == sichuan.province
    return load_tls_key(tmp_path / "sichuan/authority.key", WORD)


def listed(
    issuer: x509.Name,
    signing: EllipticCurvePrivateKey,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = ((NUMBER, False),),
) -> bytes:
    """A revocation list of any content."""
    builder = x509.CertificateRevocationListBuilder(issuer_name=issuer, last_update=NOW, next_update=NOW + DAY)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signing, SHA256()).public_bytes(Encoding.PEM)


def subject(authority: Authority) -> x509.Name:
    """The authority's name."""
    return x509.load_pem_x509_certificate(authority.certificate_pem).subject


def test_der_is_named_where_pem_is_expected(sichuan: Authority) -> None:
    """A12i: a certificate, a list and a request each name the command of their kind."""
    certificate = x509.load_pem_x509_certificate(sichuan.certificate_pem).public_bytes(Encoding.DER)
    revocations = x509.load_pem_x509_crl(sichuan.publish(now=NOW)).public_bytes(Encoding.DER)
    with pytest.raises(IssuerError, match="found DER, which openssl x509 -inform DER"):
        read_issuer(certificate)
    with pytest.raises(RevocationError, match="found DER, which openssl crl -inform DER"):
        read_list(revocations, sichuan.certificate_pem)


def test_a_certificate_with_all_powers_is_an_issuer() -> None:
    """So that each refusal below has the one cause that it names."""
    pem = self_signed([CA, usage()])
    assert x509.load_pem_x509_certificate(pem) == read_issuer(pem)


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"x",
        b"\xff",
        self_signed([]),
        self_signed([CA]),
        self_signed([usage()]),
        self_signed([LEAF, usage()]),
        self_signed([CA, usage(certificates=False)]),
        self_signed([CA, usage(lists=False)]),
        self_signed([CA, usage()], key=generate(SECP384R1())),
        self_signed([CA, usage()]) + self_signed([CA, usage()]),
        self_signed([CA, usage()])[:-40],
    ],
)
def test_what_is_not_one_authority_is_no_issuer(pem: bytes) -> None:
    """Two certificates are refused too: TLS would trust both, and a leaf is checked against one."""
    with pytest.raises(IssuerError):
        read_issuer(pem)


def doubled_extension(pem: bytes) -> bytes:
    """The certificate with the object identifier of one extension put over another's of the same length."""
    der = x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    subject_key, authority_key = b"\x06\x03\x55\x1d\x0e", b"\x06\x03\x55\x1d\x23"
    assert der.count(subject_key) == der.count(authority_key) == 1
    return x509.load_der_x509_certificate(der.replace(subject_key, authority_key)).public_bytes(Encoding.PEM)


def test_an_extension_given_twice_is_malformed(sichuan: Authority) -> None:
    """The parser's own exception for this is no ValueError, and does not escape (RFC 5280 section 4.2)."""
    pem = doubled_extension(sichuan.issue(certificate_request(new_tls_key(), NODE), NODE, now=NOW))
    with pytest.raises(CertificateError) as caught:
        read(pem, {"510000": sichuan.certificate_pem})
    assert CertificateFault.MALFORMED == caught.value.reason


def test_a_name_of_an_unknown_kind_is_malformed(sichuan: Authority) -> None:
    """As is an ediPartyName, which the parser does not know."""
    request = certificate_request(new_tls_key(), NODE, ["gw.example"])
    der = x509.load_pem_x509_certificate(sichuan.issue(request, NODE, now=NOW)).public_bytes(Encoding.DER)
    assert 1 == der.count(b"\x82\x0agw.example")
    changed = der.replace(b"\x82\x0agw.example", b"\xa5\x0agw.example")
    with pytest.raises(CertificateError) as caught:
        read(x509.load_der_x509_certificate(changed).public_bytes(Encoding.PEM), {"510000": sichuan.certificate_pem})
    assert CertificateFault.MALFORMED == caught.value.reason


@pytest.mark.parametrize("authority", [b"", b"x", self_signed([LEAF, usage()])])
def test_a_leaf_under_what_is_no_issuer_is_of_a_wrong_authority(sichuan: Authority, authority: bytes) -> None:
    """No exception of the parser escapes for a damaged authority either."""
    pem = sichuan.issue(certificate_request(new_tls_key(), NODE), NODE, now=NOW)
    with pytest.raises(CertificateError) as caught:
        read(pem, {"510000": authority})
    assert CertificateFault.WRONG_AUTHORITY == caught.value.reason


ISSUER_KEY = new_tls_key()
ISSUER = self_signed([CA, usage()], key=ISSUER_KEY)
NAMES = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(NODE.uri)])
MADE = self_signed([LEAF, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), NAMES], key=ISSUER_KEY)
MADE_DER = x509.load_pem_x509_certificate(MADE).public_bytes(Encoding.DER)


def test_the_unchanged_certificate_is_read() -> None:
    """So that each change below is the cause of its refusal."""
    assert NODE == read(MADE, {"510000": ISSUER}).identity


@given(st.integers(0, len(MADE_DER) - 1), st.integers(1, 255))
def test_a_changed_octet_of_a_certificate_is_refused_by_its_reason(at: int, change: int) -> None:
    """Whatever the octet is, the one error of this package comes out, and nothing passes."""
    der = MADE_DER[:at] + bytes([MADE_DER[at] ^ change]) + MADE_DER[at + 1 :]
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"
    with pytest.raises(CertificateError):
        read(pem, {"510000": ISSUER})


def test_the_listing_helper_makes_a_good_list(sichuan: Authority, key: EllipticCurvePrivateKey) -> None:
    """So that each refusal below has the one cause that it names."""
    assert 7 == read_list(listed(subject(sichuan), key), sichuan.certificate_pem).number


@pytest.mark.parametrize(
    "extensions",
    [
        [],
        [(NUMBER, False), (x509.DeltaCRLIndicator(6), True)],
        [(NUMBER, False), (x509.IssuingDistributionPoint(None, None, False, True, None, False, False), True)],
        [(NUMBER, True)],
    ],
)
def test_a_list_without_number_or_with_critical_parts_is_refused(
    sichuan: Authority, key: EllipticCurvePrivateKey, extensions: list[tuple[x509.ExtensionType, bool]]
) -> None:
    """A part of a list, read as the whole, would let revoked certificates in (RFC 5280 section 5.2)."""
    with pytest.raises(RevocationError):
        read_list(listed(subject(sichuan), key, extensions), sichuan.certificate_pem)


def test_a_list_in_another_name_or_under_another_key_is_refused(
    sichuan: Authority, key: EllipticCurvePrivateKey
) -> None:
    """Name and signature must both be the authority's."""
    for pem in (listed(common_name("x"), key), listed(subject(sichuan), new_tls_key())):
        with pytest.raises(RevocationError):
            read_list(pem, sichuan.certificate_pem)


def test_a_list_under_a_leaf_is_refused(sichuan: Authority) -> None:
    """Whoever holds a leaf's key cannot empty the list."""
    own = new_tls_key()
    leaf = sichuan.issue(certificate_request(own, NODE), NODE, now=NOW)
    with pytest.raises(RevocationError):
        read_list(listed(x509.load_pem_x509_certificate(leaf).subject, own), leaf)


@pytest.mark.parametrize(
    ("expected", "after"),
    [
        (False, timedelta(minutes=-5, seconds=-1)),
        (True, timedelta(minutes=-5)),
        (True, 30 * DAY),
        (False, 30 * DAY + timedelta(seconds=1)),
        (False, -365 * DAY),
    ],
)
def test_a_list_holds_from_its_date_to_its_next_update(sichuan: Authority, expected: bool, after: timedelta) -> None:
    """A clock set back does not bring an old time's trust with it."""
    known = RevocationLists({"510000": read_list(sichuan.publish(now=NOW), sichuan.certificate_pem)})
    assert expected == known.is_current("510000", NOW + after)
    assert not known.is_current("500000", NOW + after)


def test_every_revoked_number_is_on_the_list_and_no_other(sichuan: Authority) -> None:
    """Serial numbers are carried over exactly."""
    for name in ("a", "b", "c"):
        holder = Identity("510000", Role.NODE, name)
        sichuan.issue(certificate_request(new_tls_key(), holder), holder, now=NOW)
    first, second, third = sichuan.list_issued()
    sichuan.revoke(first, "lost", now=NOW)
    known = RevocationLists({"510000": read_list(sichuan.revoke(third, "lost", now=NOW), sichuan.certificate_pem)})
    assert [True, False, True] == [known.is_revoked("510000", serial) for serial in (first, second, third)]


def test_a_list_that_never_says_when_the_next_one_comes_is_refused(
    sichuan: Authority, key: EllipticCurvePrivateKey
) -> None:
    """It would hold for ever (mutants 31). The library builds none, so that the two times are cut from the bytes."""
    crl = x509.load_pem_x509_crl(listed(subject(sichuan), key))
    body = crl.tbs_certlist_bytes
    at = body.rindex(b"\x17\x0d", 0, body.index(b"\xa0", body.rindex(b"\x17\x0d")))
    inner = body[4 if body[1] == 0x82 else 3 if body[1] == 0x81 else 2 : at] + body[at + 15 :]
    tbs = sequence(inner)
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    signature = b"\0" + key.sign(tbs, ECDSA(SHA256()))
    octets = sequence(tbs + algorithm + b"\x03" + bytes([len(signature)]) + signature)
    assert x509.load_der_x509_crl(octets).next_update_utc is None
    pem = b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(octets) + b"-----END X509 CRL-----\n"
    with pytest.raises(RevocationError, match="when the next one comes"):
        read_list(pem, sichuan.certificate_pem)


def sequence(inner: bytes) -> bytes:
    """A DER sequence of these bytes."""
    size = len(inner)
    return (
        b"\x30"
        + (bytes([size]) if size < 128 else b"\x81" + bytes([size]) if size < 256 else b"\x82" + size.to_bytes(2))
        + inner
    )
