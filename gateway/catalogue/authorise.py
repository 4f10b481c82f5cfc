"""Step 3 of both paths: may this department ask this question? The answer is a `Grant` or a refusal.

The checks, in their fixed order; the first that fails is the reason:
 1 item     it exists in that version; it stands on the lists of both provinces, or of the one; none expired
  2 grant    the department holds one; in its dates; of a department that this node answers for
  3 way      the mode and its rows, in the item and in the grant; a batch of persons is an approved one
  4 use      for the scene; the use basis; the purpose; the region, in the grant and in the department's own place;
             within the agreement that narrows the grant, where one does
  5 parties  an operator at the counter, in a unit of the department; the body that is served, with the provider's
             consent to supply it
  6 basis    the lawful basis; consent is named where it is the basis
  7 fields   declared by the item; covered by the grant, and by the agreement
  8 keys     the item's keys, their kinds and lengths

Deny by default. Where several grants could serve, each check leaves those that pass it, and the first in the order of
their identifiers is used. Both sides of the border call the same function. Not checked here: who the caller is
(`gatehouse`), personal numbers in free text (`leakguard`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from gateway.catalogue.agreements import AgreementDocument, Agreements
from gateway.catalogue.answer import hold_delivered, hold_fetched
from gateway.catalogue.bounds import GrantBounds
from gateway.catalogue.digest import digest
from gateway.catalogue.grants import GrantDocument
from gateway.catalogue.lists import ItemList, ListIndex
from gateway.catalogue.modes import mode_of, name_modes, require_mode, rows_refusal
from gateway.catalogue.parties import Parties
from gateway.catalogue.question import QuestionForm
from gateway.catalogue.regions import Region, Regions, Unresolved
from gateway.ground.clock import china_day
from gateway.ground.documents import NumberedDocument, Withdrawal
from gateway.ground.evidence import (
    EVERYWHERE,
    Arrival,
    Ask,
    Caller,
    Channel,
    Grant,
    LawfulBasis,
    Page,
    RawPage,
    Territory,
)
from gateway.ground.item import Item, SharingMode
from gateway.ground.refusals import Reason, Refusal

ItemKey = tuple[str, int]
"""Code and version of an item."""
_NOT_SERVED: Final = Reason.PROVIDER_NOT_SERVED
_BASIS_NOT_GRANTED: Final = Reason.USE_BASIS_NOT_GRANTED
_PURPOSE: Final = Reason.PURPOSE_NOT_GRANTED
_LAWFUL: Final = Reason.LAWFUL_BASIS_NOT_GRANTED


@dataclass(frozen=True, slots=True)
class _Entry:
    item: Item
    digest: str
    form: QuestionForm


@dataclass(frozen=True, slots=True)
class _Conditions:
    """A grant, made ready for comparison. `agreed` are the fields of it that its agreement, if it names one, covers."""

    document: GrantDocument
    scenes: frozenset[str]
    use_bases: frozenset[str]
    lawful_bases: frozenset[LawfulBasis]
    fields: frozenset[str]
    regions: tuple[Region, ...]
    record_region: str
    agreed: frozenset[str]
    needs_agreement: bool
    bounds: GrantBounds

    def covers(self, region: str, on: date) -> bool:
        """Tell whether a code in force lies in one of the grant's regions that are in force."""
        return any(region.startswith(outer.prefix) and outer.in_force(on) for outer in self.regions)


_Candidate = tuple[_Conditions, Territory]
"""A grant that may serve a question, with where the records may lie."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The documents in force at one node. A reload builds a new one."""

    province: str
    items: Mapping[ItemKey, Item]
    lists: tuple[ItemList, ...]
    grants: tuple[GrantDocument, ...]
    agreements: tuple[AgreementDocument, ...]
    regions: Regions
    parties: Parties
    _agreements: Agreements
    _entries: Mapping[ItemKey, _Entry]
    _list_index: ListIndex
    _conditions: Mapping[tuple[str, str, str, ItemKey], tuple[_Conditions, ...]]
    documents: tuple[NumberedDocument, ...] = ()
    withdrawn: tuple[Withdrawal, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        province: str,
        items: Iterable[Item],
        lists: Iterable[ItemList],
        grants: Iterable[GrantDocument],
        regions: Regions,
        parties: Parties,
        agreements: Iterable[AgreementDocument] = (),
        documents: tuple[NumberedDocument, ...] = (),
        withdrawn: tuple[Withdrawal, ...] = (),
    ) -> Catalogue:
        """Build the catalogue and its indexes from documents whose signatures are checked; `province` is our own.

        `documents` are the numbers of lists, grants, agreements and the node's own roster, `withdrawn` those that are
        gone. A grant that names an agreement which is not given allows nothing.
        """
        by_key = {(item.code, item.version): item for item in items}
        all_lists = tuple(lists)
        all_agreements = tuple(sorted(agreements, key=lambda agreement: agreement.id))
        agreed = Agreements(all_agreements, regions)
        all_grants = tuple(sorted(grants, key=lambda grant: grant.id))
        conditions: dict[tuple[str, str, str, ItemKey], tuple[_Conditions, ...]] = {}
        for grant in all_grants:
            asked = (grant.item_code, grant.item_version)
            key = (grant.consumer_province, grant.consumer_department, grant.provider_province, asked)
            conditions[key] = (*conditions.get(key, ()), _conditions(grant, by_key.get(asked), agreed, regions))
        return cls(
            province=province,
            items=MappingProxyType(by_key),
            lists=all_lists,
            grants=all_grants,
            agreements=all_agreements,
            regions=regions,
            parties=parties,
            _agreements=agreed,
            _entries={key: _Entry(item, digest(item), QuestionForm(item)) for key, item in by_key.items()},
            _list_index=ListIndex(all_lists),
            _conditions=conditions,
            documents=documents,
            withdrawn=withdrawn,
        )

    def granted_and_listed(self, on: date) -> tuple[str, ...]:
        """Return the codes of the granted items that stand active on every list that they need on a day, sorted."""
        codes = set()
        for grant in self.grants:
            key = (grant.item_code, grant.item_version)
            provinces = tuple(dict.fromkeys((grant.provider_province, grant.consumer_province)))
            try:
                self._list_index.require(key, self._entries[key].digest, provinces, on)
            except Refusal:
                continue
            codes.add(grant.item_code)
        return tuple(sorted(codes))

    def authorise(self, arrival: Arrival, caller: Caller, now_us: int | None = None) -> Grant:
        """Return the grant under which the question is allowed, at the day of `arrival.now_us`, or of a later `now_us`.

        Raises:
            Refusal: ITEM_UNKNOWN, ITEM_NOT_LISTED, LIST_EXPIRED, GRANT_MISSING, GRANT_EXPIRED, PROVIDER_NOT_SERVED,
                MODE_NOT_SERVED, MODE_NOT_GRANTED, ROWS_NOT_GRANTED, BATCH_NOT_APPROVED, SCENE_NOT_GRANTED,
                USE_BASIS_NOT_GRANTED, PURPOSE_NOT_GRANTED, REGION_AMBIGUOUS, REGION_NOT_GRANTED,
                AGREEMENT_NOT_COVERED, OPERATOR_MISSING, OPERATOR_UNKNOWN, END_USER_UNKNOWN, ONWARD_NOT_AGREED,
                LAWFUL_BASIS_NOT_GRANTED, CONSENT_MISSING, FIELD_UNDECLARED, FIELD_NOT_GRANTED, KEY_INVALID,
                KEY_CODE_UNKNOWN.
        """
        ask = arrival.ask
        on = china_day(arrival.now_us if now_us is None else now_us)
        key = (ask.item_code, ask.item_version)
        entry = self._entries.get(key)
        if entry is None:
            raise Refusal(Reason.ITEM_UNKNOWN, f"{ask.item_code} v{ask.item_version}")
        provider, consumer = ask.provider_province, caller.province
        provinces = (provider,) if provider == consumer else (provider, consumer)
        lists = self._list_index.require(key, entry.digest, provinces, on)
        mode = mode_of(arrival.page_rows)
        candidates = self._granted(ask, caller, entry.item, mode, on)
        asked = entry.form.require_fields(ask.fields)
        conditions, territory = _choose(candidates, asked, ask.item_code)
        entry.form.require_keys(ask.keys, on)
        return Grant(
            item=entry.item,
            item_digest=entry.digest,
            grant_id=conditions.document.id,
            recipient=f"{consumer}/{caller.department}",
            fields=ask.fields,
            max_rows=_most_rows(entry.item, conditions, mode),
            list_versions=lists,
            territory=territory,
            persons_day=conditions.bounds.persons_day(mode),
        )

    def hold_fetched(self, arrival: Arrival, grant: Grant, raw: RawPage) -> None:
        """Return where every region code that the platform gave is one of GB/T 2260 on the day.

        Raises:
            Refusal: PLATFORM_ANSWER_INVALID; field and row are for the node's own log line alone.
        """
        hold_fetched(grant.item, raw.page, self.regions, china_day(arrival.now_us))

    def hold_delivered(self, arrival: Arrival, grant: Grant, page: Page) -> None:
        """Return where every region code that another gateway let out unaltered is one of GB/T 2260 on the day.

        Raises:
            Refusal: PEER_ANSWER_INVALID, which names the item alone.
        """
        hold_delivered(grant.item, page, self.regions, china_day(arrival.now_us))

    def _granted(self, ask: Ask, caller: Caller, item: Item, mode: SharingMode, on: date) -> list[_Candidate]:
        provider, code = ask.provider_province, ask.item_code
        held = self._conditions.get((caller.province, caller.department, provider, (code, ask.item_version)), ())
        if not held or self.province not in (provider, caller.province):
            raise Refusal(Reason.GRANT_MISSING, f"{code}: {caller.department} holds none of {provider}")
        left = [one for one in held if one.document.valid_from <= on <= one.document.valid_until]
        if not left:
            raise Refusal(Reason.GRANT_EXPIRED, f"{held[0].document.id}: expected valid on {on}")
        if self.province == provider:
            answers, department = self.parties.answers, left[0].document.provider_department
            left = _keep(left, lambda one: answers(one.document.provider_department), _NOT_SERVED, code, department)
        left = _in_mode(left, item, mode, ask, on)
        left = _keep(left, lambda one: ask.scene in one.scenes, Reason.SCENE_NOT_GRANTED, code, ask.scene)
        left = _keep(left, lambda one: ask.use_basis in one.use_bases, _BASIS_NOT_GRANTED, code, ask.use_basis)
        left = _keep(left, lambda one: one.bounds.allows_purpose(ask.purpose_code), _PURPOSE, code, ask.purpose_code)
        region = self._region(ask.consumer_region, caller, on)
        left = _keep(left, lambda one: one.covers(region, on), Reason.REGION_NOT_GRANTED, code, region)
        placed = self._place(left, ask.item_code, region, provider, on)
        left = self._among_parties([one for one, _ in placed], ask, caller, on)
        left = _keep(left, lambda one: ask.lawful_basis in one.lawful_bases, _LAWFUL, code, ask.lawful_basis)
        if ask.lawful_basis is LawfulBasis.CONSENT and not ask.consent_ref:
            raise Refusal(Reason.CONSENT_MISSING)
        return [(one, territory) for one, territory in placed if one in left]

    def _place(self, left: list[_Conditions], code: str, region: str, provider: str, on: date) -> list[_Candidate]:
        """Return the grants whose agreement, where one narrows them, has the region, each with the other side's."""
        placed = [(one, self._territory(one, region, provider, on)) for one in left]
        placed = [one for one in placed if one[1] is EVERYWHERE or one[1].codes]
        if not placed:
            agreement = left[0].document.agreement or "an agreement"
            raise Refusal(Reason.AGREEMENT_NOT_COVERED, f"{code}: {region} is in no pair of {agreement}")
        return placed

    def _territory(self, conditions: _Conditions, region: str, provider: str, on: date) -> Territory:
        agreement = conditions.document.agreement
        if not (agreement or conditions.needs_agreement):
            return EVERYWHERE
        return self._agreements.territory(agreement, conditions.record_region, region, provider, on)

    def _among_parties(self, left: list[_Conditions], ask: Ask, caller: Caller, on: date) -> list[_Conditions]:
        operator, body = caller.operator, ask.end_user_org
        if ask.channel is Channel.COUNTER and not (operator.ref and operator.unit):
            raise Refusal(Reason.OPERATOR_MISSING)
        if (operator.ref or operator.unit) and not self.parties.employs(caller.department, operator.unit):
            raise Refusal(Reason.OPERATOR_UNKNOWN, f"expected a unit of {caller.department}, found another")
        if not body:
            if ask.onward_consent_no:
                raise Refusal(Reason.ONWARD_NOT_AGREED, "expected a body beside the number of the consent, found none")
            return left
        if not self.parties.serves(caller.department, body):
            raise Refusal(Reason.END_USER_UNKNOWN, f"expected a body that {caller.department} serves, found another")
        number = ask.onward_consent_no
        left = [one for one in left if one.bounds.supplies(body, number, on)]
        if not left:
            raise Refusal(Reason.ONWARD_NOT_AGREED, f"{ask.item_code}: expected the provider's consent for {body}")
        return left

    def _region(self, code: str, caller: Caller, on: date) -> str:
        province = caller.province
        resolved = self.regions.resolve(code, on)
        if resolved is Unresolved.AMBIGUOUS:
            meant = self.regions.meaning(code, on)
            successors = ", ".join(meant.successors if meant else ())
            raise Refusal(Reason.REGION_AMBIGUOUS, f"expected one of {successors}, found {code}")
        if isinstance(resolved, Unresolved) or resolved[:2] != province[:2]:
            raise Refusal(Reason.REGION_NOT_GRANTED, f"expected a region of {province} on {on}, found {code}")
        if not self.parties.belongs(caller.department, province):
            raise Refusal(Reason.REGION_NOT_GRANTED, f"expected a department of {province}, found {caller.department}")
        place = self.parties.department(caller.department).region
        if not self.regions.covers(place, resolved, on):
            raise Refusal(Reason.REGION_NOT_GRANTED, f"expected a region within {place}, found {code}")
        return resolved


def _choose(candidates: list[_Candidate], asked: frozenset[str], code: str) -> _Candidate:
    """Return the first that covers the fields by its grant and by its agreement."""
    granted = [one for one in candidates if asked <= one[0].fields]
    if not granted:
        raise Refusal(Reason.FIELD_NOT_GRANTED, f"{code}: expected fields of {candidates[0][0].document.id}")
    for one in granted:
        if asked <= one[0].agreed:
            return one
    raise Refusal(Reason.AGREEMENT_NOT_COVERED, f"{code}: expected fields of {granted[0][0].document.agreement}")


def _keep(
    held: list[_Conditions], allows: Callable[[_Conditions], bool], reason: Reason, code: str, found: str
) -> list[_Conditions]:
    left = [one for one in held if allows(one)]
    if not left:
        raise Refusal(reason, f"{code}: {found}")
    return left


def _in_mode(held: list[_Conditions], item: Item, sought: SharingMode, ask: Ask, on: date) -> list[_Conditions]:
    """Return the grants by which the item may be asked in this mode, for so many rows; a batch is an approved one."""
    rows = ask.keys.rows
    require_mode(item, sought, rows)
    left = [one for one in held if one.bounds.mode(sought) is not None]
    if not left:
        document = held[0].document
        raise Refusal(Reason.MODE_NOT_GRANTED, f"{document.id}: expected {name_modes(document.modes)}, found {sought}")
    if item.subjects and rows:
        bounding = [(one.document.id, mode) for one in left if (mode := one.bounds.mode(sought)) is not None]
        left = [one for one in left if one.bounds.allows_rows(sought, rows)]
        if not left:
            raise rows_refusal(*bounding[0], rows)
    if not (item.subjects and sought is SharingMode.BATCH):
        if ask.batch_no:
            raise Refusal(Reason.BATCH_NOT_APPROVED, "expected no number of a batch where none is exchanged, found one")
        return left
    named = left[0].document.id
    left = [one for one in left if one.bounds.approves(ask.batch_no, on)]
    if not left:
        raise Refusal(Reason.BATCH_NOT_APPROVED, f"{named}: expected the number of a batch approved on {on}")
    return left


def _most_rows(item: Item, conditions: _Conditions, sought: SharingMode) -> int:
    """The most rows of the answer: as many as item and grant both allow in this mode."""
    declared, granted = item.mode(sought), conditions.bounds.mode(sought)
    return 0 if declared is None or granted is None else min(declared.max_rows, granted.max_rows)


def _conditions(grant: GrantDocument, item: Item | None, agreements: Agreements, regions: Regions) -> _Conditions:
    fields = frozenset(grant.fields)
    agreed = agreements.fields(grant.agreement, grant.item_code, grant.item_version) if grant.agreement else fields
    return _Conditions(
        document=grant,
        scenes=frozenset(grant.scenes),
        use_bases=frozenset(grant.use_bases),
        lawful_bases=frozenset(grant.lawful_bases),
        fields=fields,
        agreed=agreed,
        record_region=item.record_region if item is not None else "",
        needs_agreement=item is not None and item.agreement and grant.provider_province != grant.consumer_province,
        regions=tuple(meant for code in grant.regions for meant in regions.meanings(code)),
        bounds=GrantBounds(grant),
    )
