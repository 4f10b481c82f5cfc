"""Revocation lists of all provinces: which certificates are not valid any more.

Fail closed: a province whose list is missing or past its next update has no valid certificates at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey


class RevocationError(ValueError):
    """Bytes are no revocation list of the province's authority."""


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One province's list: serial numbers, the list's own number, and until when it holds."""

    number: int
    issued_at: datetime
    next_update: datetime
    serials: frozenset[int]


@dataclass(frozen=True, slots=True)
class RevocationLists:
    """The lists of all provinces. A reload makes a new one."""

    lists: Mapping[str, RevocationList]

    def current(self, province: str, now: datetime) -> bool:
        """Tell whether the province's list is there and holds now."""
        found = self.lists.get(province)
        return found is not None and now <= found.next_update

    def is_revoked(self, province: str, serial: int) -> bool:
        """Tell whether the certificate is on the province's list; True where there is no list."""
        found = self.lists.get(province)
        return found is None or serial in found.serials


def read_list(pem: bytes, authority_pem: bytes) -> RevocationList:
    """Read a revocation list (RFC 5280 section 5) and check that the authority signed it.

    Raises:
        RevocationError: it cannot be read, is another's, or lacks a number or a next update.
    """
    try:
        found = x509.load_pem_x509_crl(pem)
        authority = x509.load_pem_x509_certificate(authority_pem)
        number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except (ValueError, x509.ExtensionNotFound) as error:
        raise RevocationError("expected a numbered revocation list in PEM, found another form") from error
    key = authority.public_key()
    if not isinstance(key, EllipticCurvePublicKey) or found.issuer != authority.subject:
        raise RevocationError("expected a list by the province's authority, found another's")
    if not found.is_signature_valid(key):
        raise RevocationError("the list is not signed by the province's authority")
    if found.next_update_utc is None:
        raise RevocationError("expected a list that says when the next one comes")
    return RevocationList(
        number, found.last_update_utc, found.next_update_utc, frozenset(entry.serial_number for entry in found)
    )
