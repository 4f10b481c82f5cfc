"""Reads the catalogue from files: the only module of the room that touches a disk or a signature.

1 read      every TOML file of items, regions and parties; strictly, all faults at once
2 verify    every list, grant and agreement against its detached signatures, before a byte of it is believed
3 hold      lists to the roster, grants to their items, departments and regions, agreements to items and regions
4 build     a new `Catalogue`, or nothing

Rules: fail closed: one fault anywhere and no catalogue is made, so that the one in force stays. A list or a grant
without a `.sig` beside it is a fault, and so is a signature by another province's key; an agreement has two. The harm
of changed files: a writer of items makes them stop, since a signed list no longer matches their digest; a writer of the
roster decides who is a party, one of regions what lies in which, so they are kept as closely as the node's settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from gateway.catalogue.agreements import (
    AGREEMENT_CONTEXT,
    AgreementDocument,
    read_agreement,
    require_known,
    require_of_grant,
)
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.files import (
    SIGNATURE_SUFFIX,
    Verifiers,
    list_files,
    parse_toml,
    read_octets,
    read_once,
    signature_of,
    verify,
)
from gateway.catalogue.grants import GRANT_CONTEXT, GrantDocument, read_grant, require_of_item
from gateway.catalogue.items import read_item
from gateway.catalogue.lists import LIST_CONTEXT, ItemList, read_list
from gateway.catalogue.numbers import WITHDRAWN, number_document, number_roster, read_withdrawn
from gateway.catalogue.parties import Parties, Roster, judge_places, read_roster, register
from gateway.catalogue.profiles import Profile, Profiles, judge_keys, judge_profile, read_profile, require_of_profile
from gateway.catalogue.regions import Region, Regions, judge_regions, read_regions
from gateway.catalogue.schema import DOCUMENT, Faults
from gateway.ground.documents import DocumentKind, Withdrawal
from gateway.ground.item import Item

PACKAGED: Final = Path(__file__).parent
"""The folder of the items, regions and departments that are shipped."""
PROFILES: Final = "profile"
"""The directory of the provinces' profiles in a node's catalogue."""
Document = TypeVar("Document", ItemList, GrantDocument)
Content = TypeVar("Content", ItemList, GrantDocument, AgreementDocument, Roster, Profile)
Read = Callable[[str, Mapping[str, object], Faults], Document]


class _Placed(NamedTuple, Generic[Content]):
    """What a file says, and the SHA-256 of its bytes."""

    file: str
    content: Content
    digest: str


@dataclass(frozen=True, slots=True)
class CataloguePaths:
    """Directories of `*.toml` files; those of `lists`, `grants` and `agreements` have their signatures beside them.

    That of `agreements` need not be there: without agreements less is allowed, never more.
    """

    items: tuple[Path, ...]
    profiles: Path
    regions: Path
    parties: tuple[Path, ...]
    lists: Path
    grants: Path
    agreements: Path

    @property
    def withdrawn(self) -> Path:
        """The file of declared withdrawals, which need not be there."""
        return self.lists.with_name(WITHDRAWN)

    @classmethod
    def beside(cls, directory: Path) -> CataloguePaths:
        """Return the directories in `directory`: its profiles, its own regions or where it has none those shipped.

        The items are those shipped and the directory's own `items` together, the roster likewise with `parties`.
        """
        return cls(
            items=item_directories(directory),
            profiles=directory / PROFILES,
            regions=_own_or_packaged(directory, "regions"),
            parties=(PACKAGED / "parties", directory / "parties"),
            lists=directory / "lists",
            grants=directory / "grants",
            agreements=directory / "agreements",
        )


def item_directories(directory: Path) -> tuple[Path, ...]:
    """Return the directories of the items beside a node's settings: those shipped, and its own where it has some."""
    own = directory / "items"
    return (PACKAGED / "items", own) if own.is_dir() else (PACKAGED / "items",)


def load_items(*directories: Path) -> tuple[Item, ...]:
    """Return the items of some directories, else those shipped, in the order of code and version.

    Raises:
        CatalogueError: with every fault of every file; one code and version stands once.
    """
    faults = Faults()
    items = _items(directories or (PACKAGED / "items",), faults)
    faults.settle()
    return items


def load_profiles(directory: Path) -> tuple[Profile, ...]:
    """Return the profiles below a directory `profile`, province by province; none where it is not there.

    They are read, not held to their items.

    Raises:
        CatalogueError: with every fault of every file.
    """
    faults = Faults()
    placed = _profiles(directory, faults)
    faults.settle()
    return tuple(one.content for one in placed)


def load_regions(directory: Path = PACKAGED / "regions") -> Regions:
    """Return the regions of a directory.

    Raises:
        CatalogueError: with every fault of every file.
    """
    faults = Faults()
    regions = _regions(directory, faults)
    faults.settle()
    return regions


def load_parties(directories: Sequence[Path] = (PACKAGED / "parties",)) -> Parties:
    """Return the roster of all the directories together.

    Raises:
        CatalogueError: with every fault of every file.
    """
    faults = Faults()
    parties = _register(_rosters(directories, faults), faults)
    faults.settle()
    return parties


def load_catalogue(paths: CataloguePaths, *, province: str, verifiers: Verifiers) -> Catalogue:
    """Return what is in force with these files.

    Args:
        paths: where the files stand.
        province: our own.
        verifiers: the list keys of each province; a province without one can sign nothing.

    Raises:
        CatalogueError: with every fault of every file; then nothing of it is in force.
    """
    faults = Faults()
    items = _items(paths.items, faults)
    regions = _regions(paths.regions, faults)
    placed = _profiles(paths.profiles, faults)
    rosters = _rosters(paths.parties, faults)
    judge_places(((one.file, one.content) for one in rosters), regions, faults)
    parties = _register(rosters, faults)
    withdrawn = _withdrawn(paths.withdrawn, faults)
    lists = _read_signed(paths.lists, read_list, LIST_CONTEXT, "province", verifiers, faults)
    grants = _read_signed(paths.grants, read_grant, GRANT_CONTEXT, "provider_province", verifiers, faults)
    agreements = _read_agreements(paths.agreements, verifiers, faults)
    faults.settle()  # what does not read cannot be held to the rest
    _require_lists(lists, parties, faults)
    by_key = {(item.code, item.version): item for item in items}
    profiles = _require_profiles(placed, by_key, parties, verifiers, faults)
    _require_own_ids([(file, agreement.id) for file, agreement, _ in agreements], faults)
    for file, agreement, _ in agreements:
        require_known(file, agreement, by_key, regions, faults)
    _require_own_ids([(file, grant.id) for file, grant, _ in grants], faults)
    there = {agreement.id for _, agreement, _ in agreements}
    gone = {one.name for one in withdrawn if one.kind is DocumentKind.AGREEMENT}
    for file, grant, _ in grants:
        require_of_item(file, grant, by_key, parties, regions, faults)
        require_of_profile(file, grant, profiles, faults)
        if (item := by_key.get((grant.item_code, grant.item_version))) is not None:
            require_of_grant(file, grant, item, there, gone, faults)
    faults.settle()
    return Catalogue.of(
        province=province,
        items=items,
        profiles=profiles,
        lists=(one.content for one in lists),
        grants=(one.content for one in grants),
        agreements=(one.content for one in agreements),
        regions=regions,
        parties=parties,
        documents=(
            *(number_document(one.content, one.digest) for one in lists),
            *(number_document(one.content, one.digest) for one in grants),
            *(number_document(one.content, one.digest) for one in agreements),
            *(number_roster(Path(one.file), one.content, one.digest) for one in _own(rosters)),
        ),
        withdrawn=withdrawn,
    )


def _own_or_packaged(directory: Path, name: str) -> Path:
    own = directory / name
    return own if own.is_dir() else PACKAGED / name


def _items(directories: Iterable[Path], faults: Faults) -> tuple[Item, ...]:
    items: dict[tuple[str, int], Item] = {}
    for path, octets in (one for directory in directories for one in list_files(directory, faults, empty=False)):
        item, found = _read_item(path, octets)
        faults.found += found
        if item is None:
            continue
        if (item.code, item.version) in items:
            faults.add(str(path), "code", f"expected an item of its own, found {item.code} v{item.version} twice")
        items[item.code, item.version] = item
    return tuple(items[key] for key in sorted(items))


def _profiles(directory: Path, faults: Faults) -> list[_Placed[Profile]]:
    """The profiles of each province stand in a directory of its code; where there are none, no item is in force."""
    made = []
    for place in sorted(directory.iterdir()) if directory.is_dir() else ():
        for path, octets in list_files(place, faults, empty=True):
            profile, found = _read_profile(path, octets)
            faults.found += found
            if profile is None:
                continue
            if profile.province != place.name:
                faults.add(str(path), "province", f"expected {place.name}, as its directory, found {profile.province}")
            made.append(_Placed(str(path), profile, sha256(octets).hexdigest()))
    return made


def _require_profiles(
    placed: Sequence[_Placed[Profile]],
    items: Mapping[tuple[str, int], Item],
    parties: Parties,
    verifiers: Verifiers,
    faults: Faults,
) -> Profiles:
    """Hold each profile to its item, its province's roster and the keys that sign here; each stands once."""
    practice = judge_keys(verifiers, faults)
    seen: set[tuple[str, str, int]] = set()
    for file, one, _ in placed:
        judge_profile(file, one, items.get(one.key), parties, faults, practice=practice)
        if (one.province, *one.key) in seen:
            faults.add(file, "code", f"expected a profile of its own, found {one.code} v{one.version} twice")
        seen.add((one.province, *one.key))
    return Profiles(one.content for one in placed)


def _regions(directory: Path, faults: Faults) -> Regions:
    placed: list[tuple[str, Region]] = []
    for path, octets in list_files(directory, faults, empty=False):
        regions, found = _read_regions(path, octets)
        faults.found += found
        placed += [(str(path), region) for region in regions or ()]
    judge_regions(placed, faults)
    return Regions(region for _, region in placed)


def _rosters(directories: Iterable[Path], faults: Faults) -> list[_Placed[Roster]]:
    made = []
    for directory in directories:
        for path, octets in list_files(directory, faults, empty=False):
            data = parse_toml(path, octets, faults)
            if data is not None:
                made.append(_Placed(str(path), read_roster(str(path), data, faults), sha256(octets).hexdigest()))
    for one in _own(made):
        if not re.fullmatch(DOCUMENT, Path(one.file).stem):
            faults.add(
                one.file, "", f"expected a file name of the form {DOCUMENT}, since the log names it, found another"
            )
    return made


def _own(rosters: Iterable[_Placed[Roster]]) -> list[_Placed[Roster]]:
    """The files of the node's own roster, without those shipped."""
    return [one for one in rosters if not Path(one.file).is_relative_to(PACKAGED)]


def _register(rosters: Iterable[_Placed[Roster]], faults: Faults) -> Parties:
    return register([(one.file, one.content) for one in rosters], faults)


def _withdrawn(path: Path, faults: Faults) -> tuple[Withdrawal, ...]:
    if not path.exists():
        return ()
    octets = read_octets(path, faults)
    data = None if octets is None else parse_toml(path, octets, faults)
    return () if data is None else read_withdrawn(str(path), data, faults)


def _read_signed(
    directory: Path, read: Read[Document], context: str, signer: str, verifiers: Verifiers, faults: Faults
) -> list[_Placed[Document]]:
    made = []
    for path, octets in list_files(directory, faults, empty=True):
        data = parse_toml(path, octets, faults)
        if data is None:
            continue
        province = str(data.get(signer, ""))  # unproven: it only says whose key to try
        beside = path.with_name(path.name + SIGNATURE_SUFFIX)
        if verify(path, beside, octets, context, province, verifiers, faults):
            made.append(_Placed(str(path), read(str(path), data, faults), sha256(octets).hexdigest()))
    return made


def _read_agreements(directory: Path, verifiers: Verifiers, faults: Faults) -> list[_Placed[AgreementDocument]]:
    """Each is signed by both of its provinces; one signature says nothing."""
    made = []
    for path, octets in list_files(directory, faults, empty=True) if directory.exists() else ():
        data = parse_toml(path, octets, faults)
        if data is None:
            continue
        document = read_agreement(str(path), data, faults)  # unproven: its provinces only say whose keys to try
        proven = [
            verify(path, signature_of(path, province), octets, AGREEMENT_CONTEXT, province, verifiers, faults)
            for province in document.provinces
            if province
        ]
        if proven == [True, True]:
            made.append(_Placed(str(path), document, sha256(octets).hexdigest()))
    return made


def _require_own_ids(placed: Iterable[tuple[str, str]], faults: Faults) -> None:
    seen: set[str] = set()
    for file, name in placed:
        if name in seen:
            faults.add(file, "id", f"expected an identifier of its own, found {name} twice")
        seen.add(name)


def _require_lists(lists: Sequence[_Placed[ItemList]], parties: Parties, faults: Faults) -> None:
    seen: set[str] = set()
    for file, one, _ in lists:
        if not parties.keeps(one.province, one.kind):
            faults.add(file, "kind", f"expected a kind of list that {one.province} keeps, found {one.kind}")
        if one.name in seen:
            faults.add(file, "version", f"expected a version of its own, found {one.name} twice")
        seen.add(one.name)


_read_item = read_once(read_item)
_read_profile = read_once(read_profile)
_read_regions = read_once(read_regions)
