"""The room's door: keeps a guard for each item in force, and looks at a question's own text before it leaves."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.ground.clock import china_day
from gateway.ground.evidence import Arrival, Ask, ClearedPage, Grant, MaskedPage, Page, RawPage
from gateway.ground.item import Item
from gateway.ground.refusals import Reason, Refusal, Violation
from gateway.leakguard.columns import UNDECLARED
from gateway.leakguard.delivered import Delivered
from gateway.leakguard.engines import Engine, fastest
from gateway.leakguard.found import Detector, LeakFound
from gateway.leakguard.inspection import Guard
from gateway.leakguard.quarantine import Quarantine
from gateway.leakguard.questions import inspect_texts


class LeakGuard:
    """Inspects the pages of the items in force and the questions of our applications. Never changed afterwards."""

    __slots__ = ("_delivered", "_engine", "_guards", "_quarantine")

    def __init__(
        self, items: Iterable[Item], engine: Engine | None = None, *, quarantine: Quarantine | None = None
    ) -> None:
        """Compile the guard of each item, for the fastest engine that there is or for another.

        `quarantine` outlives a reload; without it nothing is kept beyond this guard.

        Raises:
            ValueError: an item has a level or a code that cannot be guarded.
        """
        self._engine = engine or fastest()
        self._quarantine = quarantine or Quarantine((), lambda codes: None)
        known = {(item.code, item.version): item for item in items}
        self._guards = {key: Guard(item, self._engine) for key, item in known.items()}
        self._delivered = {key: Delivered(item) for key, item in known.items()}

    def inspect(self, arrival: Arrival, grant: Grant, raw: RawPage, masked: MaskedPage) -> ClearedPage:
        """Return the masked page, cleared.

        Raises:
            LeakFound: a refusal with LEAK_BLOCKED, the column and the detector; also where no guard is in force. An
                item that asks for it is out of service from now on.
            Refusal: ITEM_QUARANTINED, for a page on its way when its item was taken out of service.
        """
        self.admit(grant)
        guard = self._guards.get((grant.item.code, grant.item.version))
        if guard is None:
            raise LeakFound(UNDECLARED, Detector.COLUMN)
        today = china_day(arrival.now_us)
        try:
            return guard.inspect(grant, arrival.ask.keys, raw, masked, today)
        except LeakFound as leak:
            if grant.item.quarantine:
                leak.quarantined = self._quarantine.take(grant.item.code)
            raise

    def inspect_delivered(self, grant: Grant, page: Page) -> None:
        """Return where another gateway's page has the columns and cells that the item lets out.

        Raises:
            Refusal: PEER_ANSWER_INVALID, also where the item is not in force here.
        """
        delivered = self._delivered.get((grant.item.code, grant.item.version))
        if delivered is None:
            raise Refusal(Reason.PEER_ANSWER_INVALID, f"{grant.item.code}: expected an item in force, found another")
        delivered.inspect(grant, page)

    def admit(self, grant: Grant) -> None:
        """Return where the granted item is in service.

        Raises:
            Refusal: ITEM_QUARANTINED.
        """
        self._quarantine.admit(grant.item.code)

    def inspect_free_text(self, ask: Ask) -> None:
        """Return if no free field of a question holds a number or a key of a person, or a sign that cannot be seen.

        Both roads ask this, for questions of our applications and for those that come over a link.

        Raises:
            Refusal: FREE_TEXT_LEAK with a violation for each field, naming what was found, never the value.
        """
        if wrong := inspect_texts(ask, self._engine):
            violations = tuple(Violation(name, described) for name, described in wrong.items())
            raise Refusal(Reason.FREE_TEXT_LEAK, ", ".join(wrong), violations=violations)
