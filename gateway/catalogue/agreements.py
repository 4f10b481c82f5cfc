"""Agreements between a place in one province and a place in another (市（州）、区县协同), as signed documents.

An agreement names pairs of regions, items and their fields. It never allows: it narrows the grants that name it, on
both sides of a question: the asker's region and the record's region must be a pair of it. Both provinces sign, each in
a file of its own beside the document, so that neither can widen it alone.
Rules: what an agreement does not name it does not cover; a pair covers in both directions; a code that is abolished
covers nothing; the record's region is that of the field with the code AAB301 of the item, as it resolves on the day of
the question; one that is empty, not known, ambiguous or wider than a county and in no pair is neither in nor out.
Days are days in China Standard Time.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from gateway.catalogue.grants import GrantDocument
from gateway.catalogue.regions import Regions
from gateway.catalogue.schema import CODE, DOCUMENT, FIELD, PROVINCE, REGION, Faults, Table
from gateway.catalogue.toml_text import render
from gateway.ground.evidence import Territory
from gateway.ground.item import Item

AGREEMENT_CONTEXT: Final = "agreement"
"""The context under which an agreement is signed."""
MAX_PAIRS: Final = 1000
"""Pairs of one agreement at most: every county of one province with five of the other."""
_SIDES: Final = 2
_REMEMBERED: Final = 4096
"""Territories of one day that are remembered."""


@dataclass(frozen=True, slots=True)
class CoveredItem:
    """An item in an agreement, with the fields that may leave under it."""

    code: str
    version: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgreementDocument:
    """One agreement. `pairs` have a region of the first and one of the second of `provinces`, in this order.

    `parties` are the bodies that agreed, in the same order. `version` counts the agreements of one identifier.
    """

    id: str
    version: int
    provinces: tuple[str, str]
    parties: tuple[str, str]
    document_no: str
    pairs: tuple[tuple[str, str], ...]
    items: tuple[CoveredItem, ...]
    valid_from: date
    valid_until: date


def render_agreement(document: AgreementDocument) -> bytes:
    """Return the agreement as TOML: the bytes to be signed. The same agreement always gives the same bytes."""
    return render(
        {
            "id": document.id,
            "version": document.version,
            "provinces": document.provinces,
            "parties": document.parties,
            "document_no": document.document_no,
            "valid_from": document.valid_from,
            "valid_until": document.valid_until,
            "pairs": [{"regions": pair} for pair in document.pairs],
            "items": [{"code": one.code, "version": one.version, "fields": one.fields} for one in document.items],
        }
    )


def read_agreement(file: str, data: Mapping[str, object], faults: Faults) -> AgreementDocument:
    """Return the agreement of a parsed file, its signatures unjudged; whatever is wrong is added to `faults`."""
    table = Table(file, "", data, faults)
    document = AgreementDocument(
        id=table.text("id", DOCUMENT),
        version=table.integer("version", 1, 999_999),
        provinces=_two(table, "provinces", PROVINCE),
        parties=_two(table, "parties"),
        document_no=table.text("document_no"),
        pairs=tuple(_two(entry, "regions", REGION) for entry in table.tables("pairs")),
        items=tuple(
            CoveredItem(entry.text("code", CODE), entry.integer("version", 1, 9999), entry.texts("fields", FIELD))
            for entry in table.tables("items")
        ),
        valid_from=table.day("valid_from"),
        valid_until=table.day("valid_until"),
    )
    table.close()
    if document.valid_until < document.valid_from:
        table.fault("valid_until", f"expected a day from {document.valid_from} on, found {document.valid_until}")
    if len(document.pairs) > MAX_PAIRS or len(set(document.pairs)) < len(document.pairs):
        table.fault("pairs", f"expected at most {MAX_PAIRS} distinct pairs, found more or one twice")
    if len({(one.code, one.version) for one in document.items}) < len(document.items):
        table.fault("items", "expected each item once, found one twice")
    for place, pair in enumerate(document.pairs):
        if any(code[:2] != province[:2] for code, province in zip(pair, document.provinces, strict=True)):
            table.fault(f"pairs[{place}].regions", f"expected a region of each of {', '.join(document.provinces)}")
    return document


def _two(table: Table, key: str, pattern: str = "") -> tuple[str, str]:
    found = table.texts(key, pattern)
    if len(found) != _SIDES:
        table.fault(key, f"expected two entries, found {len(found)}")
        return "", ""
    return found[0], found[1]


def require_known(
    file: str, document: AgreementDocument, items: Mapping[tuple[str, int], Item], regions: Regions, faults: Faults
) -> None:
    """Add to `faults` wherever an agreement names a region, an item or a field that does not exist."""
    for pair in document.pairs:
        for code in pair:
            if not regions.knows(code):
                faults.add(file, "pairs", f"expected a region that is known, found {code}")
    for one in document.items:
        item = items.get((one.code, one.version))
        if item is None:
            faults.add(file, "items", f"expected an item that exists, found {one.code} v{one.version}")
            continue
        if not item.record_region:
            faults.add(file, "items", f"expected an item whose records tell their region, found {one.code}")
        unknown = sorted(set(one.fields) - {field.name for field in item.fields})
        if unknown:
            faults.add(file, "items", f"expected fields of {one.code}, found {', '.join(unknown)}")


def require_of_grant(
    file: str, grant: GrantDocument, item: Item, agreements: Container[str], withdrawn: Container[str], faults: Faults
) -> None:
    """Add to `faults` where a grant names an agreement that cannot narrow it, or none where its item needs one.

    Args:
        file: the grant's.
        grant: names the agreement.
        item: the grant's.
        agreements: the identifiers of those that are there.
        withdrawn: the identifiers of those declared withdrawn, whose grants stay and allow nothing.
        faults: where the faults go.
    """
    if not grant.agreement:
        if item.agreement and grant.provider_province != grant.consumer_province:
            faults.add(file, "agreement", f"expected an agreement, since {item.code} needs one, found none")
        return
    if grant.agreement not in agreements and grant.agreement not in withdrawn:
        faults.add(file, "agreement", f"expected an agreement that is there, found {grant.agreement}")
    if grant.provider_province == grant.consumer_province:
        faults.add(file, "agreement", "expected none within a province, found one")
    if not item.record_region:
        faults.add(file, "agreement", f"expected none, since no record of {item.code} tells its region, found one")


class Agreements:
    """All agreements by their identifiers. What a pair covers is worked out once a day; nothing else ever changes."""

    __slots__ = ("_counties", "_documents", "_fields", "_on", "_regions", "_standing", "_territories", "_within")

    def __init__(self, documents: Iterable[AgreementDocument], regions: Regions) -> None:
        self._documents = {document.id: document for document in documents}
        self._fields = {
            (document.id, one.code, one.version): frozenset(one.fields)
            for document in self._documents.values()
            for one in document.items
        }
        self._regions = regions
        self._on = date.min
        self._standing: Mapping[str, str] = {}
        self._counties: frozenset[str] = frozenset()
        self._within: dict[str, frozenset[str]] = {}
        self._territories: dict[tuple[str, str, str, str], Territory] = {}

    def fields(self, agreement: str, code: str, version: int) -> frozenset[str]:
        """Return the fields of an item that an agreement covers; none where it does not name the item."""
        return self._fields.get((agreement, code, version), frozenset())

    def territory(self, agreement: str, field: str, region: str, provider: str, on: date) -> Territory:
        """Return what a question from a region may be answered with; no codes where no pair covers it.

        Args:
            agreement: its identifier; one that is not here covers nothing.
            field: the item's field that tells a record's region.
            region: the asker's, as it stands on the day.
            provider: the province that holds the records.
            on: the day.
        """
        if on != self._on:
            self._on = on
            self._standing = self._regions.standing(on)
            self._counties = self._regions.counties(on, self._standing)
            self._within.clear()
            self._territories.clear()
        key = (agreement, field, region, provider)
        found = self._territories.get(key)
        if found is None:
            if len(self._territories) >= _REMEMBERED:
                self._territories.clear()
            codes = frozenset[str]().union(*self._partners(agreement, region, provider, on))
            found = self._territories[key] = Territory(agreement, field, codes, self._counties - codes)
        return found

    def _partners(self, agreement: str, region: str, provider: str, on: date) -> Iterable[frozenset[str]]:
        """Yield the codes of the places of the provider that are paired with the asker's."""
        document = self._documents.get(agreement)
        if document is None or not document.valid_from <= on <= document.valid_until:
            return
        if provider not in document.provinces:
            return
        theirs = document.provinces.index(provider)
        for pair in document.pairs:
            if self._regions.covers(pair[1 - theirs], region, on):
                yield self._codes_within(pair[theirs], on)

    def _codes_within(self, region: str, on: date) -> frozenset[str]:
        if region not in self._within:
            self._within[region] = self._regions.within(region, on, self._standing)
        return self._within[region]
