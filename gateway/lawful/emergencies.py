"""Questions on the basis of an emergency: within a day, by a named official, and reviewed by two persons afterwards.

Rules: what one official asks of one item on this basis is one emergency, which begins with the first question and ends
a day later. Its review is open from the first question until two persons close it; while it is open nothing more can be
asked after that day, and afterwards a new emergency begins. Each use is an act of the log before it is answered, and
the open reviews are read from the log, so that nothing beside it could be put back. Both gateways keep their own list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from gateway.ground.evidence import Ask, Caller, Operator
from gateway.ground.refusals import Reason, Refusal

WINDOW_US: Final = 24 * 3600 * 1_000_000
"""How long after its first question an emergency may be asked under."""
REVIEW_US: Final = 72 * 3600 * 1_000_000
"""How long after its first question its review may be open before an alarm rings."""
MOST_USES: Final = 100
"""Questions of one emergency."""
MOST_OF_DEPARTMENT: Final = 250
"""Emergencies of one department whose review is open."""
MOST_OF_PROVINCE: Final = 500
"""Emergencies of one province whose review is open: those of a peer leave room for the own ones."""


@dataclass(slots=True)
class Emergency:
    """What one official asks of one item within a day; its name is the request id of the first question."""

    name: str
    item_code: str
    recipient: str
    operator_ref: str
    opened_us: int
    request_ids: list[str] = field(default_factory=list)

    @property
    def ends_us(self) -> int:
        """When no more may be asked under it."""
        return self.opened_us + WINDOW_US

    @property
    def due_us(self) -> int:
        """When its review must be closed."""
        return self.opened_us + REVIEW_US

    def subject(self, request_id: str) -> str:
        """Return the subject of the act that records a use; it is read back by `Emergencies.take`."""
        return " ".join((self.name, self.item_code, self.recipient, self.operator_ref, request_id))


class Emergencies:
    """The emergencies of one node whose review is open. The event loop owns it."""

    def __init__(self, refer: Callable[[Operator, int], str]) -> None:
        """`refer` returns the keyed reference of an official in the month of a time in microseconds."""
        self._refer = refer
        self._open: dict[str, Emergency] = {}

    def find(self, ask: Ask, caller: Caller, now_us: int) -> Emergency:
        """Return the emergency that a question is a use of, a new one where none is open; nothing is kept by it.

        Raises:
            Refusal: OPERATOR_MISSING, EMERGENCY_REASON_MISSING; EMERGENCY_NOT_REVIEWED where the day is over.
        """
        if not (ask.operator.ref and ask.operator.unit):
            raise Refusal(Reason.OPERATOR_MISSING, "expected the official who acts in an emergency, found none")
        if not ask.emergency_reason.strip():
            raise Refusal(Reason.EMERGENCY_REASON_MISSING)
        recipient = f"{caller.province}/{caller.department}"
        for one in self._open.values():
            if (one.item_code, one.recipient) != (ask.item_code, recipient):
                continue
            if one.operator_ref != self._refer(ask.operator, one.opened_us):
                continue
            if ask.request_id not in one.request_ids and (now_us >= one.ends_us or len(one.request_ids) >= MOST_USES):
                raise Refusal(Reason.EMERGENCY_NOT_REVIEWED, f"expected the review of {one.name} closed, found it open")
            return one
        self._require_room(caller.province, recipient)
        return Emergency(ask.request_id, ask.item_code, recipient, self._refer(ask.operator, now_us), now_us)

    def _require_room(self, province: str, recipient: str) -> None:
        of_province = [one.recipient for one in self._open.values() if one.recipient.startswith(f"{province}/")]
        for whose, count, most in (
            (recipient, of_province.count(recipient), MOST_OF_DEPARTMENT),
            (province, len(of_province), MOST_OF_PROVINCE),
        ):
            if count >= most:
                raise Refusal(Reason.EMERGENCY_NOT_REVIEWED, f"expected at most {most} open reviews of {whose}")

    def keep(self, emergency: Emergency, request_id: str) -> None:
        """Keep a use, which is recorded next."""
        one = self._open.setdefault(emergency.name, emergency)
        if request_id not in one.request_ids:
            one.request_ids.append(request_id)

    def take(self, subject: str, time_us: int) -> None:
        """Take up a use as the log has it.

        Raises:
            ValueError: the text is no subject of such an act.
        """
        name, item_code, recipient, operator_ref, request_id = subject.split(" ")
        self.keep(Emergency(name, item_code, recipient, operator_ref, time_us), request_id)

    def close(self, name: str) -> None:
        """Close a review."""
        self._open.pop(name, None)

    def require_open(self, name: str) -> None:
        """Return where the review of that name is open; raises Refusal."""
        if name not in self._open:
            raise Refusal(Reason.REQUEST_INVALID, f"expected an emergency whose review is open, found {name}")

    def list_open(self) -> tuple[Emergency, ...]:
        """Return the open ones, the oldest first."""
        return tuple(sorted(self._open.values(), key=lambda one: one.opened_us))

    def count_overdue(self, now_us: int) -> int:
        """Return how many reviews are open for longer than they may be."""
        return sum(now_us >= one.due_us for one in self._open.values())
