"""Application item lists (应用事项清单) as signed documents, and where an item stands on them.

Sichuan keeps one kind of list, Chongqing two: the drafts of the two regulations named catalogue and list in one article
(Sichuan's 18) and in two (Chongqing's 15 and 19). The kinds that a province keeps are data of the roster.
Rules: a list binds an item by code, version and two digests, of its core and of the province's own profile; dates are
days in China Standard Time, both ends included; of the lists of one kind the highest version in effect counts, so that
an expired newer list never falls back to an older one; of a province's kinds one that carries the item is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from gateway.catalogue.digest import digest
from gateway.catalogue.schema import CODE, PROVINCE, SHA256, Faults, Table
from gateway.catalogue.toml_text import render
from gateway.ground.item import Item
from gateway.ground.refusals import Reason, Refusal

LIST_CONTEXT: Final = "item list"
"""The context under which a list is signed."""


class ListKind(StrEnum):
    """The kinds of list that a province may keep."""

    CATALOGUE = "catalogue"
    APPLICATION_LIST = "application-list"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One item on a list, by the digests of its core and of the province's profile; inactive while it is suspended."""

    code: str
    version: int
    digest: str
    profile: str
    active: bool


@dataclass(frozen=True, slots=True)
class ItemList:
    """One version of one province's list of one kind. `effective_from` and `effective_to` are included."""

    province: str
    kind: ListKind
    version: int
    issued_at: datetime
    effective_from: date
    effective_to: date
    entries: tuple[ListEntry, ...]

    @property
    def name(self) -> str:
        """`<province>/<kind>@<version>`, as the audit entry names it."""
        return f"{self.province}/{self.kind}@{self.version}"


def entry_of(item: Item, profile: str, *, active: bool) -> ListEntry:
    """Return the entry that puts an item, as it reads now, on a list; `profile` is the digest of the province's."""
    return ListEntry(item.code, item.version, digest(item), profile, active)


def render_list(document: ItemList) -> bytes:
    """Return the list as TOML: the bytes to be signed. The same list always gives the same bytes."""
    return render(
        {
            "province": document.province,
            "kind": str(document.kind),
            "version": document.version,
            "issued_at": document.issued_at,
            "effective_from": document.effective_from,
            "effective_to": document.effective_to,
            "entries": [
                {
                    "code": entry.code,
                    "version": entry.version,
                    "digest": entry.digest,
                    "profile": entry.profile,
                    "active": entry.active,
                }
                for entry in document.entries
            ],
        }
    )


def read_list(file: str, data: Mapping[str, object], faults: Faults) -> ItemList:
    """Return the list of a parsed file, its signature unjudged; whatever is wrong is added to `faults`."""
    table = Table(file, "", data, faults)
    document = ItemList(
        province=table.text("province", PROVINCE),
        kind=table.choice("kind", ListKind),
        version=table.integer("version", 1, 999_999),
        issued_at=table.moment("issued_at"),
        effective_from=table.day("effective_from"),
        effective_to=table.day("effective_to"),
        entries=tuple(
            ListEntry(
                code=entry.text("code", CODE),
                version=entry.integer("version", 1, 9999),
                digest=entry.text("digest", SHA256),
                profile=entry.text("profile", SHA256),
                active=entry.boolean("active"),
            )
            for entry in table.tables("entries")
        ),
    )
    table.close()
    if document.effective_to < document.effective_from:
        table.fault("effective_to", f"expected a day from {document.effective_from} on, found {document.effective_to}")
    if len({(entry.code, entry.version) for entry in document.entries}) < len(document.entries):
        table.fault("entries", "expected each item once, found one twice")
    return document


class ListIndex:
    """All lists, indexed when built; never changed afterwards."""

    __slots__ = ("_provinces",)

    def __init__(self, lists: Iterable[ItemList]) -> None:
        kinds: dict[str, dict[ListKind, list[tuple[ItemList, str, dict[tuple[str, int], ListEntry]]]]] = {}
        for document in sorted(lists, key=lambda one: one.version, reverse=True):
            entries = {(entry.code, entry.version): entry for entry in document.entries}
            of_kind = kinds.setdefault(document.province, {}).setdefault(document.kind, [])
            of_kind.append((document, document.name, entries))
        self._provinces = {province: tuple(tuple(of[kind]) for kind in sorted(of)) for province, of in kinds.items()}

    def require(
        self, key: tuple[str, int], core: str, profiles: Mapping[str, str], provinces: tuple[str, ...], on: date
    ) -> tuple[str, ...]:
        """Return the names of the lists on which an item stands active; at least one of each province.

        Args:
            key: code and version of the item.
            core: its digest, which the entry must bear.
            profiles: the digest of each province's profile, which the entry on its list must bear.
            provinces: the provinces whose lists must carry it; one of them within a province, two across.
            on: the day.

        Raises:
            Refusal: ITEM_NOT_LISTED, which names the list that has another core or profile; LIST_EXPIRED where only an
                expired list carries it.
        """
        found: list[str] = []
        expired = ""
        for province in provinces:
            standing = self._on(key, core, profiles.get(province, ""), province, on)
            if not standing.names and not standing.lapsed:
                raise Refusal(Reason.ITEM_NOT_LISTED, f"{key[0]} v{key[1]}: {standing.differs or _nowhere(province)}")
            if not standing.names:
                expired = expired or standing.lapsed
            found += standing.names
        if expired:
            raise Refusal(Reason.LIST_EXPIRED, f"{expired}: expected in effect on {on}")
        return tuple(found)

    def _on(self, key: tuple[str, int], core: str, profile: str, province: str, on: date) -> _Standing:
        names: list[str] = []
        lapsed = differs = ""
        for versions in self._provinces.get(province, ()):
            for document, name, entries in versions:
                if document.effective_from > on:
                    continue
                entry = entries.get(key)
                if entry is not None and entry.active:
                    if entry.digest != core:
                        differs = f"expected the core that {name} lists, found another"
                    elif entry.profile != profile:
                        differs = f"expected the profile that {name} lists, found {'another' if profile else 'none'}"
                    elif on <= document.effective_to:
                        names.append(name)
                    else:
                        lapsed = name
                break
        return _Standing(names, lapsed, differs)


class _Standing(NamedTuple):
    """Where an item stands on a province's lists: those in effect, one that lapsed, and why one does not count."""

    names: list[str]
    lapsed: str
    differs: str


def _nowhere(province: str) -> str:
    return f"expected on a list of {province}"
