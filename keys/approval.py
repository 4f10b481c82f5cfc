"""Dual control: one act that two persons with distinct roles have signed, within a time.

Rules:
- A request names the act, its target as a digest, the reason, and when it lapses: at most a day after it was made.
- Two signatures, no fewer and no more: one of a reviewer, one of a security administrator. One person cannot be both,
  and neither can stand in for the other.
- The signed message begins with a context of its own, so that no other signature can be taken for an approval.
- The user of an approval judges who may sign, with the certificates in the file and today's revocations.

Signed message: `chuanyu dual control v1` LF SHA-256(request), 32 raw bytes; ECDSA with P-256 and SHA-256 (FIPS 186-5).
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from keys.certificate import PeerCertificate
from keys.identity import Identity, Role

LONGEST: Final = timedelta(days=1)
"""The longest time for which a request may hold."""
MAX_FILE: Final = 32 * 1024
"""Bytes of a file: a request and two certificates fit."""
ROLES: Final = frozenset({Role.REVIEWER, Role.SECURITY})
"""The roles whose signatures an approval bears, one each."""
_CONTEXT: Final = b"chuanyu dual control v1\n"
_ACT: Final = re.compile(r"[a-z][a-z_]{1,31}")
_TARGET: Final = re.compile(r"[0-9a-f]{64}")
_NONCE: Final = re.compile(r"[0-9a-f]{32}")
_REASON: Final = re.compile(r"[^\x00-\x1f]{1,200}")
_FIELDS: Final = frozenset({"act", "target", "reason", "nonce", "asked_at", "lapses_at"})


class ApprovalInvalid(Exception):
    """A request or an approval is not what it must be; the act must not be done."""


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """The request of an approval: `act` in lower-case letters, `target` a hex SHA-256, times in UTC to the second."""

    act: str
    target: str
    reason: str
    nonce: str
    asked_at: datetime
    lapses_at: datetime

    def octets(self) -> bytes:
        """Return the canonical bytes that are signed."""
        fields = {
            "act": self.act,
            "target": self.target,
            "reason": self.reason,
            "nonce": self.nonce,
            "asked_at": self.asked_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lapses_at": self.lapses_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's: the certificate in PEM, and the signature in DER."""

    certificate_pem: str
    octets: bytes


@dataclass(frozen=True, slots=True)
class Approval:
    """A request with the signatures so far."""

    request: ApprovalRequest
    signatures: tuple[Signature, ...]

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the request: the name under which the audit log knows it."""
        return hashlib.sha256(self.request.octets()).hexdigest()

    def octets(self) -> bytes:
        """Return the file."""
        signatures = [
            {"certificate": one.certificate_pem, "signature": b64encode(one.octets).decode()} for one in self.signatures
        ]
        file = {"request": self.request.octets().decode(), "signatures": signatures}
        return json.dumps(file, ensure_ascii=False, indent=1).encode() + b"\n"


def target_of(kind: str, nonce: str, value: str) -> str:
    """Return the target of an act on something that may be personal: SHA-256 blinded by the request's nonce."""
    return hashlib.sha256(f"chuanyu target v1\0{kind}\0{nonce}\0{value}".encode()).hexdigest()


def sign(approval: Approval, certificate_pem: str, key: EllipticCurvePrivateKey) -> Approval:
    """Return the approval with one more signature.

    Raises:
        ApprovalInvalid: it has two already, or one of this certificate.
    """
    if len(approval.signatures) >= len(ROLES):
        raise ApprovalInvalid(f"expected at most {len(ROLES)} signatures, found another one to add")
    if any(one.certificate_pem == certificate_pem for one in approval.signatures):
        raise ApprovalInvalid("expected a second person, found the one who has signed")
    signature = Signature(certificate_pem, key.sign(_message(approval.request), ECDSA(SHA256())))
    return Approval(approval.request, (*approval.signatures, signature))


def read(octets: bytes) -> Approval:
    """Read a file, signed or not; whether it is enough `verify` says.

    Raises:
        ApprovalInvalid: it is no such file.
    """
    if len(octets) > MAX_FILE:
        raise ApprovalInvalid(f"expected at most {MAX_FILE} bytes, found {len(octets)}")
    try:
        file = json.loads(octets)
        text = file["request"]
        found = [(one["certificate"], b64decode(one["signature"], validate=True)) for one in file["signatures"]]
        request = _request(json.loads(text))
        canonical = request.octets().decode()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ApprovalInvalid("expected an approval file, found another form") from None
    if canonical != text or not all(isinstance(pem, str) for pem, _ in found):
        raise ApprovalInvalid("expected a request in its canonical form, found another")
    if len(found) > len(ROLES):
        raise ApprovalInvalid(f"expected at most {len(ROLES)} signatures, found {len(found)}")
    return Approval(request, tuple(Signature(pem, octets) for pem, octets in found))


def verify(
    approval: Approval, act: str, target: str, now: datetime, judge: Callable[[str], PeerCertificate], province: str
) -> tuple[Identity, Identity]:
    """Return the reviewer and the security administrator who signed.

    Args:
        approval: the file as read.
        act: what is about to be done, `target` to what; both must be those of the request.
        now: the time.
        judge: returns what a certificate (PEM) says, or raises; dates and revocation are its business.
        province: six digits; whose persons may sign.

    Raises:
        ApprovalInvalid: anything is not as it must be. Errors of `judge` pass through.
    """
    request = approval.request
    if (request.act, request.target) != (act, target):
        raise ApprovalInvalid("expected an approval of this act and target, found one of another")
    if not request.asked_at <= now < request.lapses_at:
        raise ApprovalInvalid(
            f"expected an approval in force, found one from {request.asked_at} to {request.lapses_at}"
        )
    signers: dict[Role, Identity] = {}
    for one in approval.signatures:
        identity = judge(one.certificate_pem).identity
        _verify_signature(request, one)
        if identity.role not in ROLES or identity.province != province:
            raise ApprovalInvalid(f"expected persons of {province} with the roles {_roles()}, found {identity.uri}")
        if identity.role in signers or identity.name in {other.name for other in signers.values()}:
            raise ApprovalInvalid("expected two persons with distinct roles, found one twice")
        signers[identity.role] = identity
    if signers.keys() != ROLES:
        raise ApprovalInvalid(f"expected the signatures of {_roles()}, found {len(signers)}")
    return signers[Role.REVIEWER], signers[Role.SECURITY]


def _verify_signature(request: ApprovalRequest, signature: Signature) -> None:
    key = x509.load_pem_x509_certificate(signature.certificate_pem.encode()).public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        raise ApprovalInvalid("expected a key on P-256, found another kind")
    try:
        key.verify(signature.octets, _message(request), ECDSA(SHA256()))
    except InvalidSignature:
        raise ApprovalInvalid("expected a good signature over this request, found one that does not verify") from None


def _message(request: ApprovalRequest) -> bytes:
    return _CONTEXT + hashlib.sha256(request.octets()).digest()


def _roles() -> str:
    return " and ".join(sorted(ROLES))


def _request(fields: dict[str, str]) -> ApprovalRequest:
    if fields.keys() != _FIELDS:
        raise ValueError
    asked_at, lapses_at = (
        datetime.strptime(fields[name], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) for name in ("asked_at", "lapses_at")
    )
    forms = ((_ACT, "act"), (_TARGET, "target"), (_REASON, "reason"), (_NONCE, "nonce"))
    if not all(form.fullmatch(fields[name]) for form, name in forms):
        raise ValueError
    if not timedelta() < lapses_at - asked_at <= LONGEST:
        raise ApprovalInvalid(f"expected a request that holds at most {LONGEST}, found another time")
    return ApprovalRequest(fields["act"], fields["target"], fields["reason"], fields["nonce"], asked_at, lapses_at)
