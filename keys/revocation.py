"""Revocation lists of all provinces: which certificates are not valid any more.

Fail closed: a province whose list is missing, dated ahead of now or past its next update has no valid certificates at
all. A list with a critical extension, such as a part of a list, is refused whole (RFC 5280 section 5.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from keys.issuer import UNREADABLE, describe_form, read_issuer


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

    def is_current(self, province: str, now: datetime) -> bool:
        """Tell whether the province's list is there and holds now."""
        found = self.lists.get(province)
        return found is not None and found.issued_at <= now <= found.next_update

    def is_revoked(self, province: str, serial: int) -> bool:
        """Tell whether the certificate is on the province's list; True where there is no list."""
        found = self.lists.get(province)
        return found is None or serial in found.serials


def read_list(pem: bytes, authority_pem: bytes) -> RevocationList:
    """Read a revocation list (RFC 5280 section 5) and check that the authority signed it.

    Whether it holds now is not judged here but by `RevocationLists.current`, for every call.

    Raises:
        RevocationError: it cannot be read, is another's or a part, or lacks a number or a next update.
    """
    try:
        found = x509.load_pem_x509_crl(pem)
        authority = read_issuer(authority_pem)
        key = authority.public_key()
        critical = any(extension.critical for extension in found.extensions)
        number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        serials = frozenset(entry.serial_number for entry in found)
        signed = isinstance(key, EllipticCurvePublicKey) and found.is_signature_valid(key)
    except UNREADABLE as error:
        form = describe_form(pem, "crl")
        raise RevocationError(f"expected a numbered revocation list in PEM, found {form}") from error
    if found.issuer != authority.subject or not signed:
        raise RevocationError("expected a list signed by the province's authority, found another's")
    if critical:
        raise RevocationError("expected a whole list without critical extensions, found one")
    if found.next_update_utc is None:
        raise RevocationError("expected a list that says when the next one comes, found none")
    return RevocationList(number, found.last_update_utc, found.next_update_utc, serials)
