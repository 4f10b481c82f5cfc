"""The room's door: keeps a guard for each item in force, and looks at a question's own text before it leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from gateway.ground.clock import china_day
from gateway.ground.evidence import Arrival, Ask, ClearedPage, Grant, MaskedPage, RawPage
from gateway.ground.item import Item
from gateway.ground.refusals import Reason, Refusal, Violation
from gateway.leakguard.columns import UNDECLARED
from gateway.leakguard.engines import Engine, fastest
from gateway.leakguard.examine import Reading
from gateway.leakguard.found import Detector, LeakFound
from gateway.leakguard.inspection import Guard
from gateway.leakguard.known import SHORTEST_TEXT, STRIDE, TAIL, WINDOW, FoldedText, Known, fold
from gateway.leakguard.numbers import suspicious
from gateway.leakguard.quarantine import Quarantine
from gateway.leakguard.record import RawRecord
from gateway.leakguard.suspicion import STRANGE
from gateway.leakguard.text import scan_text

PERSONAL_KEYS: Final = frozenset(
    {"social_security_no", "id_no", "name", "card_no", "bank_account", "phone", "birth_date", "address"}
)
"""Keys whose values may not be repeated in a question's text. A payment's number may well be its business number."""
FEW: Final = 16
"""Subjects of a question up to which its texts get the cheap look first."""
CLOSE: Final = 16
"""Subjects of a question beside whom its purpose is read closely."""


class LeakGuard:
    """Inspects the pages of the items in force and the questions of our applications. Never changed afterwards."""

    __slots__ = ("_engine", "_guards", "_quarantine")

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
        self._guards = {(item.code, item.version): Guard(item, self._engine) for item in items}

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

    def admit(self, grant: Grant) -> None:
        """Return where the granted item is in service.

        Raises:
            Refusal: ITEM_QUARANTINED.
        """
        self._quarantine.admit(grant.item.code)

    def inspect_free_text(self, ask: Ask) -> None:
        """Return if the purpose, the business number and the references hold neither a number nor a key of a person.

        References and the business of the end user's body may be long numbers, so that cards are not looked for there.

        Raises:
            Refusal: FREE_TEXT_LEAK with a violation for each field, naming the detectors, never the value.
        """
        texts = {
            "purpose": ask.purpose,
            "business_no": ask.business_no,
            "operator.ref": ask.operator.ref,
            "operator.unit": ask.operator.unit,
            "end_user_org": ask.end_user_org,
            "consent_ref": ask.consent_ref,
        }
        strange = self._engine.classes((ask.purpose,)).get(0) == STRANGE
        dressed = _detect_in_dress(ask) if strange else frozenset()
        if not dressed and _plainly_clean(texts.values(), ask):
            return
        known = [
            Known(column.kind, column.values, by_row=True)
            for column in ask.keys.columns
            if column.name in PERSONAL_KEYS
        ]
        violations = []
        for name, text in texts.items():
            found: set[str] = set(scan_text(text))
            if name not in ("purpose", "business_no"):
                found.discard(Detector.BANK_CARD)
            if text and _any_comes_back(known, FoldedText((text,) * ask.keys.rows)):
                found.add(Detector.RAW_VALUE)
            if name == "purpose":
                found |= dressed
            if found:
                violations.append(
                    Violation(name, f"expected no personal number or name, found {', '.join(sorted(found))}")
                )
        if violations:
            named = ", ".join(violation.field for violation in violations)
            raise Refusal(Reason.FREE_TEXT_LEAK, named, violations=tuple(violations))


def _detect_in_dress(ask: Ask) -> frozenset[Detector]:
    """Return what sounds on the purpose, which people write, in a dress that the plain look does not see through."""
    keys = [column for column in ask.keys.columns if column.name in PERSONAL_KEYS]
    reading = Reading(ask.purpose)
    rows = range(min(ask.keys.rows, CLOSE))
    return frozenset().union(
        *(reading.beside(RawRecord((column.name, column.values[row]) for column in keys)) for row in rows)
    )


def _plainly_clean(texts: Collection[str], ask: Ask) -> bool:
    """Tell of nearly every question, at little cost, that a closer look would find nothing.

    No number is suspected in them, or none is found in any; of each key neither the whole, nor its last six characters,
    nor four in a row at every fifth place stand there; `Known` finds nothing without one of these.
    """
    text = "\x1f".join(texts)
    if ask.keys.rows > FEW or (suspicious(text) and any(map(scan_text, filter(None, texts)))):
        return False
    columns = [column.values for column in ask.keys.columns if column.name in PERSONAL_KEYS]
    values = [value for cells in columns for value in cells if value is not None]
    text_folded, *keys = fold([text, *values])
    for key in keys:
        if len(key) < SHORTEST_TEXT:
            continue
        if key in text_folded or (len(key) >= TAIL and key[-TAIL:] in text_folded):
            return False
        if any(key[at : at + WINDOW] in text_folded for at in range(0, len(key) - WINDOW + 1, STRIDE)):
            return False
    return True


def _any_comes_back(known: list[Known], text: FoldedText) -> bool:
    return any(values.comes_back(text) for values in known)
