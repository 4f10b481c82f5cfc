"""The gate: makes a `Caller` of a connection's certificate and a question's envelope, or refuses.

1 transport    TLS 1.3, a certificate of a known authority, in its dates, not revoked
2 role         the role that the service is for, and a registered party
3 clock        the peer's clock near ours, the question fresh
4 rate         the party within its limit
5 replay       the request id new, or repeated over a link that broke

Not checked here: what is asked (`catalogue`). The handshake has already checked the chain; steps 1 and 2 are made again
for every call and every frame, since gRPC offers no revocation hook and no lower bound on the TLS version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from gateway.gatehouse.rates import RateLimits
from gateway.gatehouse.replay import ReplayMemory
from gateway.ground.evidence import Arrival, Caller, NodeUri, Sender
from gateway.ground.refusals import Reason, Refusal
from keys.certificate import CertificateError, PeerCertificate, judge
from keys.identity import Identity, IdentityError, Role
from keys.revocation import RevocationLists

TLS_VERSION: Final = "TLSv1.3"
CERTIFICATES: Final = 4096
"""Certificates whose judgement is remembered; beyond it all are judged anew."""

_REASON: Final[Mapping[str, Reason]] = {
    "malformed": Reason.CERTIFICATE_NAME_INVALID,
    "name_invalid": Reason.CERTIFICATE_NAME_INVALID,
    "expired": Reason.CERTIFICATE_EXPIRED,
    "not_yet_valid": Reason.CERTIFICATE_NOT_YET_VALID,
    "use_invalid": Reason.CERTIFICATE_USE_INVALID,
    "wrong_authority": Reason.AUTHORITY_UNKNOWN,
    "revoked": Reason.CERTIFICATE_REVOKED,
    "revocation_unknown": Reason.REVOCATION_LIST_EXPIRED,
}


class Roster(Protocol):
    """The registered parties, as the catalogue has them."""

    def knows(self, uri: str) -> bool:
        """Return whether an application of our own province is registered."""
        ...

    def may_act(self, uri: str, department: str) -> bool:
        """Return whether an application of our own province acts for a department."""
        ...

    def belongs(self, department: str, province: str) -> bool:
        """Return whether a department is registered in a province."""
        ...


@dataclass(frozen=True, slots=True)
class _RememberedCertificate:
    """A certificate that was judged good, and from when until when that holds, in microseconds since 1970."""

    certificate: PeerCertificate
    from_us: int
    until_us: int


def _us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


class Gatehouse:
    """Judges every connection and every envelope; holds the replay memory and the rate limits."""

    def __init__(
        self,
        *,
        province: str,
        authorities: Mapping[str, bytes],
        revoked: RevocationLists,
        peers: Mapping[str, str],
        roster: Roster,
        rates: RateLimits,
        replays: ReplayMemory,
        freshness_us: int,
        clock_offset_us: int,
    ) -> None:
        """`authorities` maps a province to its CA's PEM, `peers` the URI of each peer node to its province."""
        self._province = province
        self._authorities = dict(authorities)
        self._revoked = revoked
        self._peers = dict(peers)
        self._roster = roster
        self._rates = rates
        self.replays = replays
        self._freshness_us = freshness_us
        self._clock_offset_us = clock_offset_us
        self._known: dict[str, _RememberedCertificate] = {}

    def identify(self, sender: Sender, now_us: int) -> PeerCertificate:
        """Step 1: return the certificate of the machine at the other end.

        Raises:
            Refusal: NO_CERTIFICATE, TLS_VERSION_TOO_LOW, CERTIFICATE_*, AUTHORITY_UNKNOWN, REVOCATION_LIST_EXPIRED.
        """
        if sender.tls_version != TLS_VERSION:
            raise Refusal(Reason.TLS_VERSION_TOO_LOW, f"expected {TLS_VERSION}, found {sender.tls_version or 'none'}")
        if not sender.certificate_pem:
            raise Refusal(Reason.NO_CERTIFICATE)
        return self.judge(sender.certificate_pem, now_us)

    def judge(self, certificate_pem: str, now_us: int) -> PeerCertificate:
        """Return what a certificate says: of a known authority, in its dates, not revoked.

        Raises:
            Refusal: CERTIFICATE_*, AUTHORITY_UNKNOWN, REVOCATION_LIST_EXPIRED.
        """
        known = self._known.get(certificate_pem)
        if known is not None and known.from_us <= now_us <= known.until_us:
            return known.certificate
        try:
            certificate = judge(
                certificate_pem, self._authorities, self._revoked, datetime.fromtimestamp(now_us / 1e6, UTC)
            )
        except CertificateError as error:
            raise Refusal(_REASON[error.reason], str(error)) from error
        if len(self._known) >= CERTIFICATES:
            self._known.clear()
        self._known[certificate_pem] = self._good_until(certificate)
        return certificate

    def _good_until(self, certificate: PeerCertificate) -> _RememberedCertificate:
        """Between these times nothing can change the judgement: a new revocation list comes with a new gatehouse."""
        until = min(certificate.not_after, self._revoked.lists[certificate.identity.province].next_update)
        return _RememberedCertificate(certificate, _us(certificate.not_before), _us(until))

    def admit(self, sender: Sender, role: Role, now_us: int) -> PeerCertificate:
        """Steps 1 and 2: identify the machine, and require the role that a service is for.

        Raises:
            Refusal: as `identify`; ROLE_NOT_ALLOWED, PARTY_UNKNOWN.
        """
        certificate = self.identify(sender, now_us)
        identity = certificate.identity
        if identity.role is not role:
            raise Refusal(Reason.ROLE_NOT_ALLOWED, f"expected the role {role}, found {identity.role}")
        if role is Role.NODE:
            registered = self._peers.get(identity.uri) == identity.province
        else:
            registered = identity.province == self._province
            if role is Role.APPLICATION:
                registered = registered and self._roster.knows(identity.uri)
        if not registered:
            raise Refusal(Reason.PARTY_UNKNOWN, f"{identity.uri} is not registered here")
        return certificate

    def admit_reviewer(self, sender: Sender, now_us: int) -> PeerCertificate:
        """Identify a reviewer of our own province or of a peer's, whom an authority in force has certified.

        Raises:
            Refusal: as `admit`.
        """
        certificate = self.identify(sender, now_us)
        identity = certificate.identity
        if identity.role is not Role.REVIEWER:
            raise Refusal(Reason.ROLE_NOT_ALLOWED, f"expected the role {Role.REVIEWER}, found {identity.role}")
        if identity.province not in {self._province, *self._peers.values()}:
            raise Refusal(Reason.PARTY_UNKNOWN, f"{identity.uri} is not registered here")
        return certificate

    def admit_party(self, arrival: Arrival, now_us: int) -> tuple[PeerCertificate, Identity]:
        """Return the certificate behind a question and its application, which acts for the department that asks.

        Raises:
            Refusal: as `admit`.
        """
        department = arrival.ask.consumer_department
        if arrival.application:
            certificate = self.admit(arrival.sender, Role.NODE, now_us)
            application = self._require_vouched(arrival.application, certificate.identity.province)
            known = self._roster.belongs(department, certificate.identity.province)
        else:
            certificate = self.admit(arrival.sender, Role.APPLICATION, now_us)
            application = certificate.identity
            known = self._roster.may_act(application.uri, department)
        if not known:
            raise Refusal(Reason.PARTY_UNKNOWN, f"{application.uri} does not act for {department}")
        return certificate, application

    def authenticate(self, arrival: Arrival) -> Caller:
        """Steps 1 to 5 for one question.

        Raises:
            Refusal: as `admit`; CLOCK_UNSURE, REQUEST_STALE, RATE_LIMITED, REQUEST_REPLAYED, OVERLOADED.
        """
        ask, now_us = arrival.ask, arrival.now_us
        certificate, application = self.admit_party(arrival, now_us)
        if abs(arrival.clock_offset_us) > self._clock_offset_us:
            raise Refusal(Reason.CLOCK_UNSURE, _offset(arrival.clock_offset_us, self._clock_offset_us))
        # Both sides: an id is remembered for twice the freshness from its use, so a question dated further ahead would
        # still be fresh once its id is forgotten.
        if abs(now_us - ask.asked_at_us) > self._freshness_us:
            raise Refusal(Reason.REQUEST_STALE, _offset(ask.asked_at_us - now_us, self._freshness_us))
        self._rates.take(application.uri, now_us)
        repeat_of = self.replays.admit(ask.request_id, arrival.request_hash, repeated=arrival.repeated, now_us=now_us)
        return Caller(
            node=NodeUri(certificate.identity.uri),
            application=NodeUri(application.uri),
            province=certificate.identity.province,
            fingerprint=certificate.fingerprint,
            department=ask.consumer_department,
            operator=ask.operator,
            repeat_of=repeat_of,
        )

    def _require_vouched(self, uri: str, province: str) -> Identity:
        try:
            identity = Identity.parse(uri)
        except IdentityError as error:
            raise Refusal(Reason.PARTY_UNKNOWN, "expected the URI of an application") from error
        if identity.role is not Role.APPLICATION or identity.province != province:
            raise Refusal(Reason.PARTY_UNKNOWN, f"expected an application of {province}, found {identity.uri}")
        return identity


def _offset(found_us: int, limit_us: int) -> str:
    return f"expected within {limit_us / 1e6:g} s, found {found_us / 1e6:+.3f} s"
