"""Dual control: one act that two persons with distinct roles have signed, within a time.

Rules:
- A request names the act, its target as a digest, the reason, and when it lapses: at most a day after it was made.
- Two signatures, no fewer and no more: one of a reviewer, one of a security administrator. One person cannot be both,
  and neither can stand in for the other. Both certificates hold until the request lapses.
- What is about no person stands in the file beside its digest, so that it is read before it is signed.
- The signed message begins with a context of its own, so that no other signature can be taken for an approval.
- The user of an approval judges who may sign, with the certificates in the file and today's revocations.
- Who signs is held to the rules for who acts (`require_signers`), so that no approval is made that is refused later.

Signed message: `chuanyu dual control v1` LF SHA-256(request), 32 raw bytes; ECDSA with P-256 and SHA-256 (FIPS 186-5).
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.certificate import PeerCertificate
from keys.identity import Role

LONGEST: Final = timedelta(days=1)
"""The longest time for which a request may hold."""
MAX_FILE: Final = 32 * 1024
"""Bytes of a file: a request and two certificates fit."""
ROLES: Final = frozenset({Role.REVIEWER, Role.SECURITY})
"""The roles whose signatures an approval bears, one each."""
SKEW: Final = timedelta(minutes=5)
"""By how much the clock of who asks may be ahead of the one by which the request is judged."""
_CONTEXT: Final = b"chuanyu dual control v1\n"
_ACT: Final = re.compile(r"[a-z][a-z_]{1,31}")
_TARGET: Final = re.compile(r"[0-9a-f]{64}")
_NONCE: Final = re.compile(r"[0-9a-f]{32}")
_REASON: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}")
_FIELDS: Final = frozenset({"act", "target", "reason", "nonce", "asked_at", "lapses_at"})
_KIND: Final = re.compile(r"[a-z]{2,16}")
_VALUE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,8192}")


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
class Target:
    """A target in clear: its kind, and its value as the digest in the request was made of it."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Signers:
    """The certificates of the two who signed."""

    reviewer: PeerCertificate
    security: PeerCertificate

    @property
    def fingerprints(self) -> tuple[str, str]:
        """The fingerprints of both, the reviewer's first."""
        return self.reviewer.fingerprint, self.security.fingerprint


@dataclass(frozen=True, slots=True)
class Approval:
    """A request with the signatures so far; `target` in clear where it is about no person."""

    request: ApprovalRequest
    signatures: tuple[Signature, ...]
    target: Target | None = None

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the request: the name under which the audit log knows it."""
        return hashlib.sha256(self.request.octets()).hexdigest()

    def octets(self) -> bytes:
        """Return the file."""
        signatures = [
            {"certificate": one.certificate_pem, "signature": b64encode(one.octets).decode()} for one in self.signatures
        ]
        file: dict[str, object] = {"request": self.request.octets().decode(), "signatures": signatures}
        if self.target is not None:
            file["target"] = {"kind": self.target.kind, "value": self.target.value}
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
    return replace(approval, signatures=(*approval.signatures, signature))


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
        target = _target(file.get("target"))
        if target is not None and request.target != target_of(target.kind, request.nonce, target.value):
            raise ApprovalInvalid("expected the target that the request was made for, found another")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ApprovalInvalid("expected an approval file, found another form") from None
    if canonical != text or not all(isinstance(pem, str) for pem, _ in found):
        raise ApprovalInvalid("expected a request in its canonical form, found another")
    if len(found) > len(ROLES):
        raise ApprovalInvalid(f"expected at most {len(ROLES)} signatures, found {len(found)}")
    return Approval(request, tuple(Signature(pem, octets) for pem, octets in found), target)


def verify(
    approval: Approval, act: str, target: str, now: datetime, judge: Callable[[str], PeerCertificate], province: str
) -> Signers:
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
    require_in_force(request, now)
    signers = require_signers(approval, judge)
    for one in signers.values():
        if one.identity.province != province:
            raise ApprovalInvalid(f"expected persons of {province}, found {one.identity.uri}")
    if signers.keys() != ROLES:
        raise ApprovalInvalid(f"expected the signatures of {_roles()}, found {len(signers)}")
    return Signers(signers[Role.REVIEWER], signers[Role.SECURITY])


def require_in_force(request: ApprovalRequest, now: datetime) -> None:
    """Return if a request was made and has not lapsed; raises ApprovalInvalid."""
    if not request.asked_at - SKEW <= now < request.lapses_at:
        raise ApprovalInvalid(
            f"expected an approval in force, found one from {request.asked_at} to {request.lapses_at} at {now}"
        )


def require_signers(approval: Approval, judge: Callable[[str], PeerCertificate]) -> dict[Role, PeerCertificate]:
    """Return the certificates of those who have signed so far, one or two, by their roles.

    Raises:
        ApprovalInvalid: a signature does not verify, or those who signed may not approve together. Errors of `judge`
            pass through.
    """
    signers: dict[Role, PeerCertificate] = {}
    keys: set[bytes] = set()
    for one in approval.signatures:
        certificate = judge(one.certificate_pem)
        identity = certificate.identity
        keys.add(_verify_signature(approval.request, one))
        if identity.role not in ROLES:
            raise ApprovalInvalid(f"expected persons with the roles {_roles()}, found {identity.uri}")
        if certificate.not_after < approval.request.lapses_at:
            raise ApprovalInvalid(
                f"expected certificates that hold until the request lapses, found {identity.uri} "
                f"until {certificate.not_after}"
            )
        if identity.role in signers or identity.name in {other.identity.name for other in signers.values()}:
            raise ApprovalInvalid("expected two persons with distinct roles, found one twice")
        signers[identity.role] = certificate
    if len({one.identity.province for one in signers.values()}) > 1:
        raise ApprovalInvalid("expected persons of one province, found two provinces")
    if len(keys) < len(signers):
        raise ApprovalInvalid("expected two persons with distinct keys, found one key twice")
    return signers


def _verify_signature(request: ApprovalRequest, signature: Signature) -> bytes:
    key = x509.load_pem_x509_certificate(signature.certificate_pem.encode()).public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        raise ApprovalInvalid("expected a key on P-256, found another kind")
    try:
        key.verify(signature.octets, _message(request), ECDSA(SHA256()))
    except InvalidSignature:
        raise ApprovalInvalid("expected a good signature over this request, found one that does not verify") from None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _target(fields: dict[str, str] | None) -> Target | None:
    if fields is None:
        return None
    if fields.keys() != {"kind", "value"}:
        raise ValueError
    kind, value = fields["kind"], fields["value"]
    if not (_KIND.fullmatch(kind) and _VALUE.fullmatch(value)):
        raise ValueError
    return Target(kind, value)


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
