"""Certificates: requests, and what a leaf says of its holder.

`read` does the costly part once for a certificate: form, identity, and that the authority *of the province in its URI*
issued it, so that one province can never vouch for another's identity. `check` is made for every call: dates and
revocation. Follows RFC 5280; the chain itself is checked by TLS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from keys.identity import Identity, IdentityError
from keys.issuer import UNREADABLE, is_p256, read_issuer
from keys.revocation import RevocationLists

_NOT_ISSUED: Final[tuple[type[Exception], ...]] = (InvalidSignature, *UNREADABLE)


class CertificateFault(StrEnum):
    """The fault of a certificate."""

    MALFORMED = "malformed"
    NAME_INVALID = "name_invalid"
    USE_INVALID = "use_invalid"
    WRONG_AUTHORITY = "wrong_authority"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    REVOCATION_UNKNOWN = "revocation_unknown"


class CertificateError(Exception):
    """A certificate is not valid here, for one reason."""

    def __init__(self, reason: CertificateFault, message: str) -> None:
        super().__init__(message)
        self.reason = reason


_UNNAMED: Final[tuple[type[Exception], ...]] = (CertificateError, *UNREADABLE)


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """The statement of a certificate. `fingerprint` is SHA-256 of its DER form, in hex.

    `not_before` and `not_after` bound the time in which both the certificate and its authority are valid.
    """

    identity: Identity
    fingerprint: str
    serial: int
    not_before: datetime
    not_after: datetime


def certificate_request(key: EllipticCurvePrivateKey, identity: Identity, hosts: Sequence[str] = ()) -> bytes:
    """Return a certificate signing request in PEM; `hosts` are a server's names and addresses."""
    names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(identity.uri)]
    names += [_host(host) for host in hosts]
    request = x509.CertificateSigningRequestBuilder().subject_name(common_name(identity.name))
    request = request.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return request.sign(key, SHA256()).public_bytes(Encoding.PEM)


def common_name(name: str) -> x509.Name:
    """Return a distinguished name of one common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def identity_of(extensions: x509.Extensions) -> Identity:
    """Return the one identity that a certificate or a request names.

    Raises:
        CertificateError: it names none, several, or something else.
    """
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        if len(uris) != 1:
            raise CertificateError(CertificateFault.NAME_INVALID, f"expected one URI, found {len(uris)}")
        return Identity.parse(uris[0])
    except x509.ExtensionNotFound as error:
        raise CertificateError(CertificateFault.NAME_INVALID, "expected an identity URI, found no names") from error
    except IdentityError as error:
        raise CertificateError(CertificateFault.NAME_INVALID, f"expected an identity URI: {error}") from error


@lru_cache(maxsize=256)
def name_holder(pem: str) -> str:
    """Return the identity that a certificate names, whether or not it is believed; nothing where it names none."""
    try:
        return identity_of(x509.load_pem_x509_certificate(pem.encode()).extensions).uri
    except _UNNAMED:
        return ""


def read(pem: str | bytes, authorities: Mapping[str, bytes]) -> PeerCertificate:
    """Return what a leaf says, if the authority of its province issued it. `authorities` maps provinces to PEM.

    Raises:
        CertificateError: malformed, name_invalid, use_invalid or wrong_authority.
    """
    leaf, identity = _read_leaf(pem)
    authority_pem = authorities.get(identity.province)
    if authority_pem is None:
        raise CertificateError(CertificateFault.WRONG_AUTHORITY, f"no authority of {identity.province} is known")
    try:
        authority = read_issuer(authority_pem)
        leaf.verify_directly_issued_by(authority)
    except _NOT_ISSUED as error:
        raise CertificateError(
            CertificateFault.WRONG_AUTHORITY, f"expected an issue of the authority of {identity.province}"
        ) from error
    return PeerCertificate(
        identity,
        leaf.fingerprint(SHA256()).hex(),
        leaf.serial_number,
        max(leaf.not_valid_before_utc, authority.not_valid_before_utc),
        min(leaf.not_valid_after_utc, authority.not_valid_after_utc),
    )


def read_claims(pem: str | bytes) -> PeerCertificate:
    """Return what a leaf says of itself, where its authority is not at hand: nobody has vouched for it here.

    Raises:
        CertificateError: malformed, name_invalid or use_invalid.
    """
    leaf, identity = _read_leaf(pem)
    fingerprint = leaf.fingerprint(SHA256()).hex()
    return PeerCertificate(
        identity, fingerprint, leaf.serial_number, leaf.not_valid_before_utc, leaf.not_valid_after_utc
    )


def _read_leaf(pem: str | bytes) -> tuple[x509.Certificate, Identity]:
    try:
        leaf = x509.load_pem_x509_certificate(pem.encode() if isinstance(pem, str) else pem)
        extensions = leaf.extensions
    except UNREADABLE as error:
        raise CertificateError(CertificateFault.MALFORMED, "expected a certificate in PEM") from error
    identity = identity_of(extensions)
    _require_leaf(leaf, extensions)
    return leaf, identity


def _require_leaf(leaf: x509.Certificate, extensions: x509.Extensions) -> None:
    """Refuse a certificate that is no leaf for TLS clients with a P-256 key (RFC 5280 sections 4.2.1.9, 4.2.1.12)."""
    try:
        authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except UNREADABLE as error:
        raise CertificateError(CertificateFault.USE_INVALID, "expected a leaf with its usages, found none") from error
    if authority or ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        raise CertificateError(CertificateFault.USE_INVALID, "expected a leaf for client authentication, found another")
    try:
        fits = is_p256(leaf.public_key())
    except UNREADABLE:
        fits = False
    if not fits:
        raise CertificateError(CertificateFault.USE_INVALID, "expected a P-256 key, found another kind")


def check(certificate: PeerCertificate, revoked: RevocationLists, now: datetime) -> None:
    """Return if the certificate is in its dates and not revoked.

    Raises:
        CertificateError: not_yet_valid, expired, revocation_unknown or revoked.
    """
    province = certificate.identity.province
    check_dates(certificate, now)
    if not revoked.is_current(province, now):
        raise CertificateError(
            CertificateFault.REVOCATION_UNKNOWN, f"expected a current revocation list of {province}, found none"
        )
    if revoked.is_revoked(province, certificate.serial):
        raise CertificateError(CertificateFault.REVOKED, f"{certificate.identity.uri} is revoked")


def check_dates(certificate: PeerCertificate, now: datetime) -> None:
    """Return if the certificate is in its dates; raises CertificateError, not_yet_valid or expired."""
    if now < certificate.not_before:
        raise CertificateError(
            CertificateFault.NOT_YET_VALID, f"expected a certificate valid now, found one from {certificate.not_before}"
        )
    if now > certificate.not_after:
        raise CertificateError(
            CertificateFault.EXPIRED, f"expected a certificate valid now, found one until {certificate.not_after}"
        )


def judge(
    pem: str | bytes, authorities: Mapping[str, bytes], revoked: RevocationLists, now: datetime
) -> PeerCertificate:
    """Both parts at once; raises CertificateError as `read` and `check`."""
    certificate = read(pem, authorities)
    check(certificate, revoked, now)
    return certificate
