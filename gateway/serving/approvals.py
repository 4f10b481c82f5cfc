"""The one mechanism of dual control: an act is done once, under an approval that two persons signed, and recorded.

1 form        the file is an approval of this act, and of this target
2 time        a witness has cosigned the log near this moment; by that time the approval is in force
3 persons     a reviewer and a security administrator of this province, by certificates that hold today
4 caller      over gRPC, the reviewer of the two is who calls
5 once        no act in the log names the approval, and none is being done under it

The log's witnessed time judges, never this machine's clock: that one can only make an approval lapse, or say that no
cosignature is near. The caller then records the act with `Allowed.details`, and does it only after that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gateway.audit.entries.acts import CONFIGURATION_ID, EMERGENCY_ID, KINDS, ActDetails, DualControlAct, approval_id
from gateway.audit.review.approvals import list_uses
from gateway.audit.storage.database import LogPlace
from gateway.audit.storage.reader import LogReader
from gateway.ground.refusals import Reason, Refusal
from keys.approval import Approval, ApprovalInvalid, Signers, read, target_of, verify
from keys.certificate import PeerCertificate

NEAR_SECONDS: Final = 3600
"""By how much the newest cosignature and this machine's clock may differ: more, and nothing is destroyed or opened."""
RESUMED: Final = frozenset({DualControlAct.RETAIN, DualControlAct.SHRED})
"""Acts that a killed process leaves half done, and that change nothing when they are done twice: they are ended under
the approval under which they began, on the same target."""


_OWN_IDS: Final = {DualControlAct.WIDEN: CONFIGURATION_ID, DualControlAct.CLOSE_EMERGENCY: EMERGENCY_ID}
"""The exchange ids of the acts that are found among others of their kind, not by their approval."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """An act that two persons allow: what its entry says, the log's witnessed time in microseconds, and who."""

    details: ActDetails
    witnessed_us: int
    signers: Signers

    @property
    def subject(self) -> str:
        """The subject of an act that has no other: the approval, and both persons by name."""
        reviewer, security = self.signers.reviewer.identity, self.signers.security.identity
        return f"approval {self.details.approval} by {reviewer.uri} and {security.uri}"


class Approvals:
    """Judges the approvals of one node. The event loop owns it."""

    def __init__(
        self,
        place: LogPlace,
        province: str,
        *,
        clock_us: Callable[[], int],
        witnessed_s: Callable[[LogReader], int],
        judge: Callable[[str, int], PeerCertificate],
    ) -> None:
        """Take what an approval is held to.

        Args:
            place: the log.
            province: whose persons may approve.
            clock_us: this machine's clock.
            witnessed_s: returns the log's witnessed time, in seconds since 1970; 0 where nobody has cosigned it.
            judge: returns what a certificate (PEM) says at a time in microseconds, or raises Refusal.
        """
        self._place = place
        self._province = province
        self._clock_us = clock_us
        self._witnessed_s = witnessed_s
        self._judge = judge
        # Digests of the approvals under which an act is being done: between the look into the log and the entry.
        self._in_use: set[str] = set()

    @asynccontextmanager
    async def use(
        self, octets: bytes, act: DualControlAct, value: str, *, caller: PeerCertificate | None = None
    ) -> AsyncIterator[Allowed]:
        """Give what the act's entry says, if it is allowed on what `value` names; the act is recorded within.

        Raises:
            Refusal: APPROVAL_INVALID with what is wrong, LOG_UNWITNESSED where no cosignature is near, CERTIFICATE_*.
        """
        approval = _read(octets)
        target = target_of(KINDS[act], approval.request.nonce, value)
        witnessed_us = await asyncio.to_thread(self.read_time_us)
        now_us = max(witnessed_us, self._clock_us())
        signers = self._verify(approval, act, target, now_us)
        if caller is not None and signers.reviewer.identity != caller.identity:
            raise _refuse("expected the reviewer who asks among the two who signed, found another")
        digest = approval.digest
        if digest in self._in_use:
            raise _refuse("expected an approval that is not in use, found one under which an act is being done")
        self._in_use.add(digest)
        try:
            exchange_id = _OWN_IDS.get(act) or approval_id(digest)
            await asyncio.to_thread(self._require_unused, digest, act, exchange_id)
            details = ActDetails(
                reason=approval.request.reason,
                target_commit=target,
                approval=digest,
                signers=signers.fingerprints,
                caller_fp="" if caller is None else caller.fingerprint,
                exchange_id=exchange_id,
            )
            yield Allowed(details, witnessed_us, signers)
        finally:
            self._in_use.discard(digest)

    def read_time_us(self) -> int:
        """Return the log's witnessed time in microseconds since 1970; raises Refusal where none is near. Blocks."""
        with LogReader(self._place) as reader:
            witnessed_us = self._witnessed_s(reader) * 1_000_000
        if abs(self._clock_us() - witnessed_us) > NEAR_SECONDS * 1_000_000:
            raise Refusal(
                Reason.LOG_UNWITNESSED,
                f"expected a cosignature within {NEAR_SECONDS} s of this machine's clock, {_show(self._clock_us())}, "
                f"found {_show(witnessed_us) if witnessed_us else 'none'}",
            )
        return witnessed_us

    def _verify(self, approval: Approval, act: DualControlAct, target: str, now_us: int) -> Signers:
        try:
            now = datetime.fromtimestamp(now_us / 1e6, UTC)
            return verify(approval, act.value, target, now, lambda pem: self._judge(pem, now_us), self._province)
        except ApprovalInvalid as error:
            raise _refuse(str(error)) from error

    def _require_unused(self, digest: str, act: DualControlAct, exchange_id: str) -> None:
        with LogReader(self._place) as reader:
            for use in list_uses(reader, digest, exchange_id):
                if act not in RESUMED or use.action != act:
                    raise _refuse(f"expected an approval that was not used, found its use in entry {use.index}")


def name_approval(octets: bytes) -> str:
    """Return the digest of an approval that was given, whatever it is worth; empty where it cannot be read."""
    try:
        return read(octets).digest
    except ApprovalInvalid:
        return ""


def _read(octets: bytes) -> Approval:
    try:
        return read(octets)
    except ApprovalInvalid as error:
        raise _refuse(str(error)) from error


def _refuse(why: str) -> Refusal:
    return Refusal(Reason.APPROVAL_INVALID, why)


def _show(moment_us: int) -> str:
    return datetime.fromtimestamp(moment_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
