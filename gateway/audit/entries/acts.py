"""What the entry of an act says beside what was done, to what and by whom: the certificate, the approval, the changes.

Pure. Acts under an approval bear an exchange id that is made of the approval's digest, and starts and reloads one of
their own: so the index of exchanges finds them among millions of others. No question can have either.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.audit.entries.entry import Cell

CONFIGURATION_ID: Final = "00000000-0000-0000-0000-000000000003"
"""The exchange id of starts, reloads and widenings: no UUID of version 7, so no question has it."""
EMERGENCY_ID: Final = "00000000-0000-0000-0000-000000000006"
"""The exchange id of the uses of emergencies, and of the ends of their reviews."""
EMERGENCY_USE: Final = "emergency_use"
"""The action of a question on the basis of an emergency; its subject is which emergency, and by whom."""
REFUSED: Final = "attempt_refused"
"""The action of an act that says what a person tried and was refused; its subject is the act that was tried."""
TAKE_UP: Final = "take_up"
"""The act of a writer that goes on after entries that no kept checkpoint covered; its subject is which."""
WIDEN: Final = "widen"
"""The action by which two persons allow settings that withhold more, or keep entries for a shorter time."""


class DualControlAct(StrEnum):
    """The acts that need two persons. `open_history` is a person's history with the bodies of its entries."""

    SUBJECT_HISTORY = "subject_history"
    OPEN_HISTORY = "open_history"
    OPEN_BODY = "open_body"
    RECOVER_PSEUDONYM = "recover_pseudonym"
    RETAIN = "retain"
    SHRED = "shred"
    WIDEN = "widen"
    CLOSE_EMERGENCY = "close_emergency"


KINDS: Final = {
    DualControlAct.SUBJECT_HISTORY: "subject",
    DualControlAct.OPEN_HISTORY: "subject",
    DualControlAct.OPEN_BODY: "entry",
    DualControlAct.RECOVER_PSEUDONYM: "pseudonym",
    DualControlAct.RETAIN: "entries",
    DualControlAct.SHRED: "month",
    DualControlAct.WIDEN: "limits",
    DualControlAct.CLOSE_EMERGENCY: "emergency",
}
"""The kind of each act's target, which its digest is made with."""
PERSONAL: Final = frozenset(
    {DualControlAct.SUBJECT_HISTORY, DualControlAct.OPEN_HISTORY, DualControlAct.RECOVER_PSEUDONYM}
)
"""The acts whose target is of a person, so that it never stands in a file."""


@dataclass(frozen=True, slots=True)
class ActDetails:
    """What an entry of an act says besides; each empty where it does not apply.

    Attributes:
        caller_fp: the fingerprint of the certificate of who called over gRPC.
        reason: why two persons allowed it, in their words.
        target_commit: the digest of what they allowed it on.
        approval: the digest of their request.
        signers: the fingerprints of both certificates, the reviewer's first.
        changes: what a start or a reload changed.
        subjects: the references of the persons whose data was looked at, end to end.
        trace_id: the number that the asker drew for the question, in hex.
        request_hash: what a history was asked for, committed to, in hex.
        reason_code: why an attempt was refused.
        exchange_id: the id by which the index of exchanges finds it.
    """

    caller_fp: str = ""
    reason: str = ""
    target_commit: str = ""
    approval: str = ""
    signers: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    subjects: bytes = b""
    trace_id: str = ""
    request_hash: str = ""
    reason_code: str = ""
    exchange_id: str = ""

    def fields(self) -> dict[str, Cell]:
        """Return the fields of the entry."""
        cells: dict[str, Cell] = {
            "caller_fp": self.caller_fp,
            "reason": self.reason,
            "target_commit": self.target_commit,
            "approval": self.approval,
            "signers": list(self.signers),
            "changes": list(self.changes),
            "subject_tokens": b64encode(self.subjects).decode(),
            "trace_id": self.trace_id,
            "request_hash": self.request_hash,
            "reason_code": self.reason_code,
            "exchange_id": self.exchange_id,
        }
        return {name: cell for name, cell in cells.items() if cell}


NO_DETAILS: Final = ActDetails()


def approval_id(digest: str) -> str:
    """Return the exchange id of acts under an approval: its digest's first half as a UUID of version 8 (RFC 9562)."""
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
