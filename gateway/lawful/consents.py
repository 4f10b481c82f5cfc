"""The consents that this node holds, and what each question that rests on one is held to.

 arts. 13-15 个人信息保护法   consent; a change needs a new one; it can be withdrawn at any time
 arts. 23, 29              what goes to another body, and what is sensitive, needs a separate consent
 art. 31                   of a child under 14 a guardian gives it

Rules: a use is bound to the whole record: receiver, province asked, item, fields, every person of the question, days.
What it does not name it does not allow. A withdrawn consent stays withdrawn: nothing brings it back, also where the
disk did not take it. Both gateways hold the same record and ask the same questions of it. No detail names a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from gateway.ground.clock import adults_until
from gateway.ground.evidence import Ask, Caller, Grant, LawfulBasis
from gateway.ground.identity_numbers import IDENTITY_KEYS, person_of
from gateway.ground.item import LegalClass
from gateway.ground.refusals import Reason, Refusal
from keys.consent import PersonReference, SignedConsent

MOST_OF_PROVINCE: Final = 50_000
"""Consents that one node holds of all departments of one province: those of a peer leave room for the own ones."""
MOST: Final = 2 * MOST_OF_PROVINCE
"""Consents that one node holds, of both provinces."""
MOST_OF_DEPARTMENT: Final = 20_000
"""Consents in force of one department; those that are over make room."""

ConsentKey = tuple[str, str, str]
"""Province and department of the receiver, and its register number of the consent."""


@dataclass(frozen=True, slots=True, repr=False)
class HeldConsent:
    """A consent as this node holds it. `nonce` tells who the person is, with a number: it is never shown or logged.

    `recorded` says that the withdrawal stands in our log, `told` that the other gateway has what we hold.
    """

    signed: SignedConsent
    nonce: bytes
    withdrawn: bool = False
    recorded: bool = True
    told: bool = True

    @property
    def key(self) -> ConsentKey:
        """The key under which a question finds it."""
        record = self.signed.record
        return record.province, record.department, record.number

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the record."""
        return self.signed.record.digest

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do for it."""
        return self.recorded and self.told

    def __repr__(self) -> str:
        return f"<consent {self.digest}>"


@dataclass(frozen=True, slots=True)
class _Ready:
    """A consent made ready for comparison."""

    held: HeldConsent
    reference: PersonReference
    fields: dict[str, frozenset[str]]


class Consents:
    """All consents of one node, in memory. The event loop owns it."""

    def __init__(self, held: Iterable[HeldConsent] = ()) -> None:
        self._ready: dict[ConsentKey, _Ready] = {}
        self._counts: Counter[tuple[str, ...]] = Counter()
        for one in held:
            self.put(one)

    def __iter__(self) -> Iterator[HeldConsent]:
        """Yield every consent."""
        return (ready.held for ready in self._ready.values())

    def __len__(self) -> int:
        return len(self._ready)

    def find(self, key: ConsentKey) -> HeldConsent | None:
        """Return the consent under a key, or None."""
        ready = self._ready.get(key)
        return None if ready is None else ready.held

    def require_room(self, signed: SignedConsent) -> None:
        """Return where one more consent of its department may be held.

        Raises:
            Refusal: OVERLOADED.
        """
        record = signed.record
        if self._counts[record.province, record.department] >= MOST_OF_DEPARTMENT:
            raise Refusal(Reason.OVERLOADED, f"expected at most {MOST_OF_DEPARTMENT} consents of a department")
        if self._counts[(record.province,)] >= MOST_OF_PROVINCE:
            raise Refusal(Reason.OVERLOADED, f"expected at most {MOST_OF_PROVINCE} consents of a province")

    def put(self, held: HeldConsent) -> HeldConsent:
        """Hold a consent, or its new state; one that is withdrawn stays so. Return it as it is held now."""
        former = self._ready.get(held.key)
        if former is not None and former.held.digest == held.digest and former.held.withdrawn:
            held = replace(held, withdrawn=True)
        if former is None:
            self._count(held.key, 1)
        record = held.signed.record
        fields = {code: frozenset(names) for code, names in record.items}
        self._ready[held.key] = _Ready(held, PersonReference(held.nonce), fields)
        return held

    def drop(self, key: ConsentKey) -> None:
        """Forget a consent."""
        if self._ready.pop(key, None) is not None:
            self._count(key, -1)

    def list_over(self, today: date) -> tuple[HeldConsent, ...]:
        """Return the consents that ended before a day."""
        return tuple(held for held in self if held.signed.record.until < today)

    def require(self, ask: Ask, caller: Caller, grant: Grant, today: date) -> None:
        """Return where a question may rest on its consent, or rests on something else.

        Raises:
            Refusal: CONSENT_UNKNOWN, CONSENT_WITHDRAWN, CONSENT_NOT_COVERING with what it does not cover.
        """
        if ask.lawful_basis is not LawfulBasis.CONSENT:
            return
        ready = self._ready.get((caller.province, caller.department, ask.consent_ref))
        if ready is None:
            raise Refusal(Reason.CONSENT_UNKNOWN, f"{caller.department} has registered no consent of this number")
        if ready.held.withdrawn:
            raise Refusal(Reason.CONSENT_WITHDRAWN, ready.held.digest)
        beyond = _find_beyond(ready, ask, grant, today)
        if beyond:
            raise Refusal(Reason.CONSENT_NOT_COVERING, beyond)

    def _count(self, key: ConsentKey, more: int) -> None:
        self._counts[key[:2]] += more
        self._counts[key[:1]] += more


def _find_beyond(ready: _Ready, ask: Ask, grant: Grant, today: date) -> str:
    """Return in what a question goes beyond its consent, or nothing."""
    record = ready.held.signed.record
    if not record.given_on <= today <= record.until:
        return f"expected a consent that holds on {today}, found one until {record.until}"
    if record.provider_province != ask.provider_province:
        return "expected the province that the consent names, found another"
    if record.end_user_org != ask.end_user_org:
        return "expected the receiving body that the consent names, found another"
    if ask.item_code not in ready.fields:
        return f"expected an item that the consent names, found {ask.item_code}"
    more = sorted(set(grant.fields) - ready.fields[ask.item_code])
    if more:
        return f"expected fields that the consent names, found {', '.join(more)}"
    if not record.separate:
        sensitive = sorted(name for name in grant.fields if grant.item.field(name).legal_class is LegalClass.SENSITIVE)
        if sensitive:
            return f"expected a separate consent for a sensitive field, found {sensitive[0]}"
    persons = _list_persons(ask)
    if not persons or any(ready.reference.refer(person) != record.person for person in persons):
        return "expected questions about the person of the consent, found another person"
    if not record.guardian and any(_is_minor(person, today) for person in persons):
        return "expected a guardian's consent for a person under 14, found none"
    return ""


def _list_persons(ask: Ask) -> set[str]:
    """Return every person whom a question names; a question that leaves one unnamed names nobody."""
    columns = [column for column in ask.keys.columns if column.name in IDENTITY_KEYS]
    numbers = [value for column in columns for value in column.values]
    if not all(isinstance(number, str) and number for number in numbers):
        return set()
    return {person_of(str(number)) for number in numbers}


def _is_minor(person: str, today: date) -> bool:
    """Tell whether a person cannot be shown to be 14."""
    born = person[6:14]
    return not (len(person) == 17 and born.isdecimal() and born <= f"{adults_until(today):%Y%m%d}")
