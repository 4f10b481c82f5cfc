"""What a question that is under way goes on by: it is judged again, page by page, where other rooms are in force.

A reload replaces the rooms; a list that suspends the item, a grant that is withdrawn, a certificate that is revoked or
a department that is gone ends the question before its next page, on both sides of the border. So does a consent that is
withdrawn, without a reload. The comparison is one of references, so a page costs little where nothing was reloaded.
What the rooms did with the question before (its masks, its gates) stays as it was: an item that reads otherwise now
ends it, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gateway.catalogue.authorise import Catalogue
from gateway.gatehouse.gate import Gatehouse
from gateway.ground.evidence import Arrival, Caller, Grant
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful.basis import LawfulBases


class JudgingRooms(Protocol):
    """The rooms of either road that judge a question."""

    @property
    def gatehouse(self) -> Gatehouse:
        """The room of step 2."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """The room of step 3."""
        ...

    @property
    def lawful(self) -> LawfulBases:
        """The room of the lawful basis."""
        ...


class Permission:
    """The permission of one question. `in_force` returns the rooms in force now, `clock_us` the time."""

    __slots__ = ("_clock_us", "_in_force", "_judged")

    def __init__(self, in_force: Callable[[], JudgingRooms], clock_us: Callable[[], int]) -> None:
        self._in_force = in_force
        self._clock_us = clock_us
        self._judged = in_force()

    def require(self, arrival: Arrival, caller: Caller, grant: Grant) -> None:
        """Return where the question may go on; the rooms that it met have answered it once.

        Raises:
            Refusal: as steps 2 and 3 of the roads; ITEM_NOT_LISTED where the item is another than it was,
                AGREEMENT_NOT_COVERED where an agreement covers other regions than it did.
        """
        rooms, now_us = self._in_force(), self._clock_us()
        rooms.lawful.require(arrival, caller, grant, now_us)
        if rooms is self._judged:
            return
        rooms.gatehouse.admit_party(arrival, now_us)
        now = rooms.catalogue.authorise(arrival, caller, now_us)
        if now.item_digest != grant.item_digest:
            raise Refusal(
                Reason.ITEM_NOT_LISTED, f"{grant.item.code}: expected the item as it was asked, found another"
            )
        if now.territory != grant.territory:
            raise Refusal(
                Reason.AGREEMENT_NOT_COVERED, f"{grant.item.code}: expected the agreement as it was, found another"
            )
        self._judged = rooms
