"""A person's consent as a document: who may be given what about one person, until when, signed for the department.

Rules:
- The record names the person by a keyed reference alone: HMAC-SHA-256 of the person's number under a nonce of 32 bytes
  that was drawn for this consent. Whoever has the nonce and a number can tell whether it is the person; the record
  alone, or its digest, tells nobody.
- It names the receiver (a department, and the body behind it), the province asked, and items with their fields. What it
  does not name it does not allow.
- The department's application signs it; a department has no key of its own. The user of a record judges who may sign.
- The signed message begins with a context of its own, so that no other signature can be taken for a consent.

Signed message: `chuanyu consent v1` LF SHA-256(record), 32 raw bytes; ECDSA with P-256 and SHA-256 (FIPS 186-5).
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from keys.certificate import PeerCertificate
from keys.hmac import Hmac
from keys.identity import Role

MAX_FILE: Final = 32 * 1024
"""Bytes of a signed record: sixteen items with all their fields and a certificate fit."""
MAX_ITEMS: Final = 16
MAX_FIELDS: Final = 64
NONCE_BYTES: Final = 32
LONGEST: Final = timedelta(days=731)
"""The longest time for which a consent may hold: it ends before the log's entries of it may leave for an archive."""
_CONTEXT: Final = b"chuanyu consent v1\n"
_PERSON: Final = b"chuanyu consent person v1\n"
_FORMS: Final = {
    "number": re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}"),
    "person": re.compile(r"[0-9a-f]{64}"),
    "province": re.compile(r"[1-9][0-9]0000"),
    "department": re.compile(r"[a-z0-9][a-z0-9-]{1,63}"),
    "end_user_org": re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,100}"),
    "provider_province": re.compile(r"[1-9][0-9]0000"),
    "given_on": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "until": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
_ITEM: Final = re.compile(r"[A-Z0-9]{2,8}(-[A-Z0-9]{1,8}){1,3}")
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NAMES: Final = frozenset({*_FORMS, "items", "separate", "guardian"})


class ConsentInvalid(Exception):
    """A record is not what it must be, or its signature is not; it allows nothing."""


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One consent. `items` are pairs of an item's code and the fields of it; both days are included.

    `number` is the department's register number, `person` the keyed reference in hex. `province`, `department` and
    `end_user_org` are the receiver (PIPL art. 23); `separate` says that it was given apart for this (单独同意, arts. 23
    and 29), `guardian` that a guardian gave it for a child under 14 (art. 31).
    """

    number: str
    person: str
    province: str
    department: str
    end_user_org: str
    provider_province: str
    items: tuple[tuple[str, tuple[str, ...]], ...]
    given_on: date
    until: date
    separate: bool
    guardian: bool

    def octets(self) -> bytes:
        """Return the canonical bytes that are signed."""
        record = {
            "number": self.number,
            "person": self.person,
            "province": self.province,
            "department": self.department,
            "end_user_org": self.end_user_org,
            "provider_province": self.provider_province,
            "items": {code: list(fields) for code, fields in self.items},
            "given_on": self.given_on.isoformat(),
            "until": self.until.isoformat(),
            "separate": self.separate,
            "guardian": self.guardian,
        }
        return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the record: the name under which the audit log knows it, which tells nothing of the person."""
        return hashlib.sha256(self.octets()).hexdigest()


@dataclass(frozen=True, slots=True)
class SignedConsent:
    """A record, the certificate (PEM) of the application that signed it, and the signature in DER."""

    record: ConsentRecord
    certificate_pem: str
    signature: bytes

    def octets(self) -> bytes:
        """Return the file."""
        file = {
            "record": self.record.octets().decode(),
            "certificate": self.certificate_pem,
            "signature": b64encode(self.signature).decode(),
        }
        return json.dumps(file, ensure_ascii=False, indent=1).encode() + b"\n"


class PersonReference:
    """The keyed reference of persons under the nonce of one consent."""

    __slots__ = ("_hmac",)

    def __init__(self, nonce: bytes) -> None:
        self._hmac = Hmac(nonce)

    def refer(self, person: str) -> str:
        """Return the reference of a person, who is given by what all writings of the number have in common."""
        return self._hmac.digest(_PERSON + person.encode()).hex()


def sign(record: ConsentRecord, certificate_pem: str, key: EllipticCurvePrivateKey) -> SignedConsent:
    """Return the record signed with an application's key."""
    return SignedConsent(record, certificate_pem, key.sign(_message(record), ECDSA(SHA256())))


def read(octets: bytes) -> SignedConsent:
    """Read a signed record; whether it is well signed `verify` says.

    Raises:
        ConsentInvalid: it is none.
    """
    if len(octets) > MAX_FILE:
        raise ConsentInvalid(f"expected at most {MAX_FILE} bytes, found {len(octets)}")
    try:
        file = json.loads(octets)
        text, pem = file["record"], file["certificate"]
        signature = b64decode(file["signature"], validate=True)
        record = _record(json.loads(text))
        canonical = record.octets().decode()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ConsentInvalid("expected a consent, found another form") from None
    if canonical != text or not isinstance(pem, str) or file.keys() != {"record", "certificate", "signature"}:
        raise ConsentInvalid("expected a consent in its canonical form, found another")
    if not record.given_on <= record.until <= record.given_on + LONGEST:
        raise ConsentInvalid(f"expected an end within {LONGEST.days} days of the day on which it was given")
    return SignedConsent(record, pem, signature)


def verify(signed: SignedConsent, judge: Callable[[str], PeerCertificate]) -> PeerCertificate:
    """Return the certificate of the application that signed, which is of the receiver's province.

    Args:
        signed: the record as read.
        judge: returns what a certificate (PEM) says, or raises; dates and revocation are its business.

    Raises:
        ConsentInvalid: the signature does not verify, or who signed may not. Errors of `judge` pass through.
    """
    certificate = judge(signed.certificate_pem)
    identity, province = certificate.identity, signed.record.province
    if identity.role is not Role.APPLICATION or identity.province != province:
        raise ConsentInvalid(f"expected the signature of an application of {province}, found {identity.uri}")
    key = x509.load_pem_x509_certificate(signed.certificate_pem.encode()).public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        raise ConsentInvalid("expected a key on P-256, found another kind")
    try:
        key.verify(signed.signature, _message(signed.record), ECDSA(SHA256()))
    except InvalidSignature:
        raise ConsentInvalid("expected a good signature over this consent, found one that does not verify") from None
    return certificate


def _message(record: ConsentRecord) -> bytes:
    return _CONTEXT + hashlib.sha256(record.octets()).digest()


def _record(found: dict[str, object]) -> ConsentRecord:
    texts = {name: found[name] for name in _FORMS}
    if found.keys() != _NAMES or not all(
        isinstance(text, str) and _FORMS[name].fullmatch(text) for name, text in texts.items()
    ):
        raise ValueError
    items, separate, guardian = found["items"], found["separate"], found["guardian"]
    if not (isinstance(items, dict) and 1 <= len(items) <= MAX_ITEMS and type(separate) is type(guardian) is bool):
        raise ValueError
    return ConsentRecord(
        number=str(texts["number"]),
        person=str(texts["person"]),
        province=str(texts["province"]),
        department=str(texts["department"]),
        end_user_org=str(texts["end_user_org"]),
        provider_province=str(texts["provider_province"]),
        items=tuple((code, _fields(code, items[code])) for code in sorted(items)),
        given_on=date.fromisoformat(str(texts["given_on"])),
        until=date.fromisoformat(str(texts["until"])),
        separate=separate is True,
        guardian=guardian is True,
    )


def _fields(code: str, fields: object) -> tuple[str, ...]:
    if not (_ITEM.fullmatch(code) and isinstance(fields, list) and 1 <= len(fields) <= MAX_FIELDS):
        raise ValueError
    if not all(isinstance(field, str) and _FIELD.fullmatch(field) for field in fields) or len(set(fields)) < len(
        fields
    ):
        raise ValueError
    return tuple(fields)
