"""Step 3 of both paths: may this department ask this question? The answer is a `Grant` or a refusal.

The checks, in their fixed order; the first that fails is the reason:
 1 item     it exists in that version; it stands on the lists of both provinces, or of the one; none expired
 2 grant    the department holds one; in its dates; for the scene; the use basis; the region; the lawful basis
 3 envelope consent is named where it is the basis; an operator at the counter
 4 fields   declared by the item; covered by the grant
 5 keys     the item's keys, their kinds, lengths and rows

Deny by default. Where several grants could serve, each check leaves those that pass it, and the first in the order of
their identifiers is used. Both sides of the border call the same function. Not checked here: who the caller is
(`gatehouse`), personal numbers in free text (`leakguard`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from gateway.catalogue.digest import digest
from gateway.catalogue.grants import GrantDocument
from gateway.catalogue.lists import ItemList, ListIndex
from gateway.catalogue.parties import Parties
from gateway.catalogue.question import QuestionForm
from gateway.catalogue.regions import Region, Regions, Unresolved
from gateway.ground.clock import china_day
from gateway.ground.documents import NumberedDocument, Withdrawal
from gateway.ground.evidence import Arrival, Ask, Caller, Channel, Grant, LawfulBasis
from gateway.ground.item import Item
from gateway.ground.refusals import Reason, Refusal

ItemKey = tuple[str, int]
"""Code and version of an item."""


@dataclass(frozen=True, slots=True)
class _Entry:
    item: Item
    digest: str
    form: QuestionForm


@dataclass(frozen=True, slots=True)
class _Conditions:
    """A grant, made ready for comparison."""

    document: GrantDocument
    scenes: frozenset[str]
    use_bases: frozenset[str]
    lawful_bases: frozenset[LawfulBasis]
    fields: frozenset[str]
    regions: tuple[Region, ...]

    def covers(self, region: str, on: date) -> bool:
        """Tell whether a code in force lies in one of the grant's regions that are in force."""
        return any(region.startswith(outer.prefix) and outer.in_force(on) for outer in self.regions)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The documents in force at one node. A reload builds a new one."""

    province: str
    items: Mapping[ItemKey, Item]
    lists: tuple[ItemList, ...]
    grants: tuple[GrantDocument, ...]
    regions: Regions
    parties: Parties
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
        documents: tuple[NumberedDocument, ...] = (),
        withdrawn: tuple[Withdrawal, ...] = (),
    ) -> Catalogue:
        """Build the catalogue and its indexes from documents whose signatures are checked; `province` is our own.

        `documents` are the numbers of the lists, the grants and the node's own roster, `withdrawn` those that are gone.
        """
        by_key = {(item.code, item.version): item for item in items}
        all_lists = tuple(lists)
        all_grants = tuple(sorted(grants, key=lambda grant: grant.id))
        conditions: dict[tuple[str, str, str, ItemKey], tuple[_Conditions, ...]] = {}
        for grant in all_grants:
            asked = (grant.item_code, grant.item_version)
            key = (grant.consumer_province, grant.consumer_department, grant.provider_province, asked)
            conditions[key] = (*conditions.get(key, ()), _conditions(grant, regions))
        return cls(
            province=province,
            items=MappingProxyType(by_key),
            lists=all_lists,
            grants=all_grants,
            regions=regions,
            parties=parties,
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
            Refusal: ITEM_UNKNOWN, ITEM_NOT_LISTED, LIST_EXPIRED, GRANT_MISSING, GRANT_EXPIRED, SCENE_NOT_GRANTED,
                USE_BASIS_NOT_GRANTED, REGION_AMBIGUOUS, REGION_NOT_GRANTED, LAWFUL_BASIS_NOT_GRANTED, CONSENT_MISSING,
                OPERATOR_MISSING, FIELD_UNDECLARED, FIELD_NOT_GRANTED, KEY_INVALID.
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
        candidates = self._granted(ask, caller, key, on)
        _require_envelope(ask, caller)
        asked = entry.form.require_fields(ask.fields)
        for conditions in candidates:
            if asked <= conditions.fields:
                break
        else:
            raise Refusal(Reason.FIELD_NOT_GRANTED, f"{ask.item_code}: expected fields of {candidates[0].document.id}")
        entry.form.require_keys(ask.keys, on)
        return Grant(
            item=entry.item,
            item_digest=entry.digest,
            grant_id=conditions.document.id,
            recipient=f"{consumer}/{caller.department}",
            fields=ask.fields,
            list_versions=lists,
        )

    def _granted(self, ask: Ask, caller: Caller, key: ItemKey, on: date) -> list[_Conditions]:
        provider = ask.provider_province
        held = self._conditions.get((caller.province, caller.department, provider, key), ())
        if not held or self.province not in (provider, caller.province):
            raise Refusal(Reason.GRANT_MISSING, f"{ask.item_code}: {caller.department} holds none of {provider}")
        left = [
            conditions for conditions in held if conditions.document.valid_from <= on <= conditions.document.valid_until
        ]
        if not left:
            raise Refusal(Reason.GRANT_EXPIRED, f"{held[0].document.id}: expected valid on {on}")
        left = [conditions for conditions in left if ask.scene in conditions.scenes]
        if not left:
            raise Refusal(Reason.SCENE_NOT_GRANTED, f"{ask.item_code}: {ask.scene}")
        left = [conditions for conditions in left if ask.use_basis in conditions.use_bases]
        if not left:
            raise Refusal(Reason.USE_BASIS_NOT_GRANTED, f"{ask.item_code}: {ask.use_basis}")
        region = self._region(ask.consumer_region, caller.province, on)
        left = [conditions for conditions in left if conditions.covers(region, on)]
        if not left:
            raise Refusal(Reason.REGION_NOT_GRANTED, f"{ask.item_code}: {region}")
        left = [conditions for conditions in left if ask.lawful_basis in conditions.lawful_bases]
        if not left:
            raise Refusal(Reason.LAWFUL_BASIS_NOT_GRANTED, f"{ask.item_code}: {ask.lawful_basis}")
        return left

    def _region(self, code: str, province: str, on: date) -> str:
        resolved = self.regions.resolve(code, on)
        if resolved is Unresolved.AMBIGUOUS:
            successors = ", ".join(self.regions.region(code).successors)
            raise Refusal(Reason.REGION_AMBIGUOUS, f"expected one of {successors}, found {code}")
        if isinstance(resolved, Unresolved) or resolved[:2] != province[:2]:
            raise Refusal(Reason.REGION_NOT_GRANTED, f"expected a region of {province} on {on}, found {code}")
        return resolved


def _require_envelope(ask: Ask, caller: Caller) -> None:
    if ask.lawful_basis is LawfulBasis.CONSENT and not ask.consent_ref:
        raise Refusal(Reason.CONSENT_MISSING)
    if ask.channel is Channel.COUNTER and not (caller.operator.ref and caller.operator.unit):
        raise Refusal(Reason.OPERATOR_MISSING)


def _conditions(grant: GrantDocument, regions: Regions) -> _Conditions:
    return _Conditions(
        document=grant,
        scenes=frozenset(grant.scenes),
        use_bases=frozenset(grant.use_bases),
        lawful_bases=frozenset(grant.lawful_bases),
        fields=frozenset(grant.fields),
        regions=tuple(regions.region(code) for code in grant.regions if regions.knows(code)),
    )
