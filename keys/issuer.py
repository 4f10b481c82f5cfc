"""A province's authority certificate, as others read it: which one may vouch for leaves and for revocation lists.

Rules: exactly one certificate, since TLS trusts every one that a file holds while a leaf is checked against one; it may
sign certificates and lists (RFC 5280 sections 4.2.1.3, 4.2.1.9) with a P-256 key. Dates are not judged here.
"""

from __future__ import annotations

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

UNREADABLE: Final[tuple[type[Exception], ...]] = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""All that the X.509 parser raises on bytes of others; most of these are no ValueError."""


def describe_form(octets: bytes, tool: str) -> str:
    """Return the form in which bytes are that are no PEM of the kind expected, with the command that converts DER.

    Args:
        octets: the bytes of the file.
        tool: the command of openssl for the kind: `x509`, `crl` or `req`.
    """
    if is_der(octets):
        return f"DER, which openssl {tool} -inform DER -in FILE -out FILE.pem converts"
    return "another form"


def is_der(octets: bytes) -> bool:
    """Tell whether bytes begin as a certificate, a list or a request in DER: a sequence of more than 127 bytes."""
    return octets[:1] == b"\x30" and octets[1:2] in (b"\x81", b"\x82", b"\x83", b"\x84")


class IssuerError(ValueError):
    """A certificate is not one of an authority."""


def is_p256(key: object) -> bool:
    """Say whether a public key is an ECDSA key on P-256, the one kind that certificates here carry."""
    return isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)


def read_issuer(pem: bytes) -> x509.Certificate:
    """Return the one authority certificate of a PEM file; says nothing of who should believe it.

    Raises:
        IssuerError: there is none or several, or it may not sign certificates and lists with a P-256 key.
    """
    try:
        (certificate,) = x509.load_pem_x509_certificates(pem)
        extensions = certificate.extensions
        authority = extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        known_key = is_p256(certificate.public_key())
    except UNREADABLE as error:
        form = describe_form(pem, "x509")
        raise IssuerError(f"expected one authority certificate in PEM, found {form}") from error
    if not (authority and usage.key_cert_sign and usage.crl_sign and known_key):
        raise IssuerError("expected an authority that signs certificates and lists with P-256, found another kind")
    return certificate
