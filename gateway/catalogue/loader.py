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
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
from gateway.catalogue.grants import GRANT_CONTEXT, GrantDocument, read_grant, require_of_item
from gateway.catalogue.items import read_item
from gateway.catalogue.lists import LIST_CONTEXT, ItemList, read_list
from gateway.catalogue.numbers import WITHDRAWN, number_document, number_roster, read_withdrawn
from gateway.catalogue.parties import Parties, Roster, judge_places, read_roster, register
from gateway.catalogue.regions import Region, Regions, judge_regions, read_regions
from gateway.catalogue.schema import DOCUMENT, CatalogueFault, Faults
from gateway.ground.documents import DocumentKind, Withdrawal
from gateway.ground.item import Item
from keys.document import DocumentInvalid, verify_document
from keys.files import read_file
from keys.signer import Verifier

PACKAGED: Final = Path(__file__).parent
"""The folder of the items, regions and departments that are shipped."""
MAX_FILE: Final = 4 * 1024 * 1024
"""Bytes of one file at most: a list of ten thousand items has about 1.5 MiB."""
_KEPT: Final = 2048
"""Files of one kind whose content is remembered."""
SIGNATURE_SUFFIX: Final = ".sig"
"""Added to a document's file name for its detached signatures; after the province's code where two provinces sign."""

Document = TypeVar("Document", ItemList, GrantDocument)
Content = TypeVar("Content", ItemList, GrantDocument, AgreementDocument, Roster)
Made = TypeVar("Made")
Read = Callable[[str, Mapping[str, object], Faults], Document]
Verifiers = Mapping[str, Sequence[Verifier]]
"""For each province the keys by which its lists and grants may be signed; more than one while a key turns."""


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

    items: Path
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
        """Return the directories in `directory`: its own items and regions, or where it has none those shipped.

        The roster is the departments shipped and the directory's own `parties` together.
        """
        return cls(
            items=items_directory(directory),
            regions=_own_or_packaged(directory, "regions"),
            parties=(PACKAGED / "parties", directory / "parties"),
            lists=directory / "lists",
            grants=directory / "grants",
            agreements=directory / "agreements",
        )


def items_directory(directory: Path) -> Path:
    """Return the directory of items that is in force beside a node's settings: its own, otherwise the one shipped."""
    return _own_or_packaged(directory, "items")


def load_items(directory: Path = PACKAGED / "items") -> tuple[Item, ...]:
    """Return the items of a directory, in the order of code and version.

    Raises:
        CatalogueError: with every fault of every file.
    """
    faults = Faults()
    items = _items(directory, faults)
    faults.settle()
    return items


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
    _require_own_ids([(file, agreement.id) for file, agreement, _ in agreements], faults)
    for file, agreement, _ in agreements:
        require_known(file, agreement, by_key, regions, faults)
    _require_own_ids([(file, grant.id) for file, grant, _ in grants], faults)
    there = {agreement.id for _, agreement, _ in agreements}
    gone = {one.name for one in withdrawn if one.kind is DocumentKind.AGREEMENT}
    for file, grant, _ in grants:
        require_of_item(file, grant, by_key, parties, regions, faults)
        if (item := by_key.get((grant.item_code, grant.item_version))) is not None:
            require_of_grant(file, grant, item, there, gone, faults)
    faults.settle()
    return Catalogue.of(
        province=province,
        items=items,
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


def _items(directory: Path, faults: Faults) -> tuple[Item, ...]:
    items: dict[tuple[str, int], Item] = {}
    for path, octets in _files(directory, faults, empty=False):
        item, found = _read_item(path, octets)
        faults.found += found
        if item is None:
            continue
        if (item.code, item.version) in items:
            faults.add(str(path), "code", f"expected an item of its own, found {item.code} v{item.version} twice")
        items[item.code, item.version] = item
    return tuple(items[key] for key in sorted(items))


def _regions(directory: Path, faults: Faults) -> Regions:
    placed: list[tuple[str, Region]] = []
    for path, octets in _files(directory, faults, empty=False):
        regions, found = _read_regions(path, octets)
        faults.found += found
        placed += [(str(path), region) for region in regions or ()]
    judge_regions(placed, faults)
    return Regions(region for _, region in placed)


def _rosters(directories: Iterable[Path], faults: Faults) -> list[_Placed[Roster]]:
    made = []
    for directory in directories:
        for path, octets in _files(directory, faults, empty=False):
            data = _parse(path, octets, faults)
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
    octets = _octets(path, faults)
    data = None if octets is None else _parse(path, octets, faults)
    return () if data is None else read_withdrawn(str(path), data, faults)


def _read_signed(
    directory: Path, read: Read[Document], context: str, signer: str, verifiers: Verifiers, faults: Faults
) -> list[_Placed[Document]]:
    made = []
    for path, octets in _files(directory, faults, empty=True):
        data = _parse(path, octets, faults)
        if data is None:
            continue
        province = str(data.get(signer, ""))  # unproven: it only says whose key to try
        beside = path.with_name(path.name + SIGNATURE_SUFFIX)
        if _verify(path, beside, octets, context, province, verifiers, faults):
            made.append(_Placed(str(path), read(str(path), data, faults), sha256(octets).hexdigest()))
    return made


def _read_agreements(directory: Path, verifiers: Verifiers, faults: Faults) -> list[_Placed[AgreementDocument]]:
    """Each is signed by both of its provinces; one signature says nothing."""
    made = []
    for path, octets in _files(directory, faults, empty=True) if directory.exists() else ():
        data = _parse(path, octets, faults)
        if data is None:
            continue
        document = read_agreement(str(path), data, faults)  # unproven: its provinces only say whose keys to try
        proven = [
            _verify(path, signature_of(path, province), octets, AGREEMENT_CONTEXT, province, verifiers, faults)
            for province in document.provinces
            if province
        ]
        if proven == [True, True]:
            made.append(_Placed(str(path), document, sha256(octets).hexdigest()))
    return made


def signature_of(document: Path, province: str) -> Path:
    """Return where the signature of one of several provinces over a document stands."""
    return document.with_name(f"{document.name}.{province}{SIGNATURE_SUFFIX}")


def _verify(
    path: Path, beside: Path, octets: bytes, context: str, province: str, verifiers: Verifiers, faults: Faults
) -> bool:
    if not beside.is_file():
        faults.add(str(path), "", f"expected its signature in {beside.name}, found none")
        return False
    signatures = _octets(beside, faults)
    if signatures is None:
        return False
    try:
        verify_document(context, octets, signatures, verifiers.get(province, ()))
    except (DocumentInvalid, ValueError) as error:
        faults.add(
            str(path), "", f"expected a {context} signed by {province or 'a province'}, found otherwise: {error}"
        )
        return False
    return True


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


def _once(
    read: Callable[[str, Mapping[str, object], Faults], Made],
) -> Callable[[Path, bytes], tuple[Made | None, tuple[CatalogueFault, ...]]]:
    """Return a reader that reads the same bytes at one path once a process: a reload finds nearly all unchanged.

    What is read depends on the path and the bytes alone, and is never changed.
    """

    @lru_cache(maxsize=_KEPT)
    def read_once(path: Path, octets: bytes) -> tuple[Made | None, tuple[CatalogueFault, ...]]:
        faults = Faults()
        data = _parse(path, octets, faults)
        made = None if data is None else read(str(path), data, faults)
        return made, tuple(faults.found)

    return read_once


def _files(directory: Path, faults: Faults, *, empty: bool) -> list[tuple[Path, bytes]]:
    if not directory.is_dir():
        faults.add(str(directory), "", "expected a directory, found none")
        return []
    made = []
    for path in sorted(directory.glob("*.toml")):
        octets = _octets(path, faults)
        if octets is not None:
            made.append((path, octets))
    if not made and not empty:
        faults.add(str(directory), "", "expected at least one file *.toml, found none")
    return made


def _octets(path: Path, faults: Faults) -> bytes | None:
    try:
        return read_file(path, MAX_FILE)
    except OSError as error:
        faults.add(str(path), "", f"expected a file that can be read, found {error.strerror or type(error).__name__}")
        return None


def _parse(path: Path, octets: bytes, faults: Faults) -> Mapping[str, object] | None:
    try:
        return tomllib.loads(octets.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        faults.add(str(path), "", f"expected TOML in UTF-8, found otherwise: {error}")
        return None


_read_item = _once(read_item)
_read_regions = _once(read_regions)
