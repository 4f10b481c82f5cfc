"""Administrative regions (GB/T 2260) as dated data: which code is in force on a day, and what lies in what.

Rules: a code is data, never an enumeration; an abolished code resolves to its successor, and to `AMBIGUOUS` where it
has several, never to a silent pick; a grant on an abolished code covers nothing, since its successor may be larger.
Days are included at both ends; a bound that no source gives is left open. The province of a person is never read off
an identity number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from typing import Final

from gateway.catalogue.schema import REGION, Faults, Table

STATE: Final = "000000"
"""Stands for the whole country."""
LOCAL_CODE: Final = r"[A-Z]{2}-[A-Z0-9]{2,12}"
"""The local code of a functional area, which GB/T 2260 does not know."""


class RegionLevel(StrEnum):
    """Chongqing has no prefectures: its districts and counties stand at county level below the municipality."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    FUNCTIONAL_AREA = "functional_area"


class Unresolved(Enum):
    """Why a code names no region on a day."""

    AMBIGUOUS = "abolished, with several successors"
    UNKNOWN = "not known on that day"


_PREFIX: Final[Mapping[RegionLevel, int]] = {RegionLevel.PROVINCE: 2, RegionLevel.PREFECTURE: 4}


@dataclass(frozen=True, slots=True)
class Region:
    """One region; a functional area may have several `parents`.

    `valid_from` is `date.min`, and `valid_to` is `date.max`, where the bound is open.
    """

    code: str
    name: str
    name_en: str
    level: RegionLevel
    parents: tuple[str, ...]
    valid_from: date
    valid_to: date
    successors: tuple[str, ...]
    source: str

    def in_force(self, on: date) -> bool:
        """Tell whether the code stands on a day."""
        return self.valid_from <= on <= self.valid_to

    @property
    def prefix(self) -> str:
        """The digits with which every code in the region begins."""
        return self.code[: _PREFIX.get(self.level, len(self.code))]


class Regions:
    """All regions; never changed after it is built."""

    __slots__ = ("_regions",)

    def __init__(self, regions: Iterable[Region]) -> None:
        self._regions = {region.code: region for region in regions}

    def knows(self, code: str) -> bool:
        """Tell whether the code is or was a region."""
        return code in self._regions

    def region(self, code: str) -> Region:
        """Return the region of a code; KeyError if there is none."""
        return self._regions[code]

    def resolve(self, code: str, on: date) -> str | Unresolved:
        """Return the code in force on a day: itself, or the one successor of an abolished code, however far."""
        region = self._regions.get(code)
        while region is not None:
            if region.in_force(on):
                return region.code
            if on < region.valid_from or not region.successors:
                break
            if len(region.successors) > 1:
                return Unresolved.AMBIGUOUS
            region = self._regions.get(region.successors[0])
        return Unresolved.UNKNOWN

    def covers(self, grant_region: str, region: str, on: date) -> bool:
        """Tell whether a region, as it stands on a day, lies within the region of a grant.

        A functional area lies within a region that covers all of its parents.
        """
        outer = self._regions.get(grant_region)
        code = self.resolve(region, on)
        if outer is None or not outer.in_force(on) or isinstance(code, Unresolved):
            return False
        inner = self._regions[code]
        if inner.level is RegionLevel.FUNCTIONAL_AREA and code != grant_region:
            return all(self.covers(grant_region, parent, on) for parent in inner.parents)
        return code.startswith(outer.prefix)

    def city_of(self, code: str) -> str:
        """Return the prefecture of a county, the municipality of one of its districts, otherwise the code itself.

        Raises:
            KeyError: the code is not known, or is a functional area's, which may lie in several.
        """
        region = self._regions[code]
        if region.level is RegionLevel.FUNCTIONAL_AREA:
            raise KeyError(code)
        return region.parents[0] if region.level is RegionLevel.COUNTY else code

    def rolled_up(self, on: date) -> Iterator[tuple[str, str, str, str]]:
        """Yield code, name, city and province of each region of GB/T 2260, as of a day.

        An abolished code lies where its successors do: in their city if they share one, else in their province.
        """
        for code, region in self._regions.items():
            if region.level is not RegionLevel.FUNCTIONAL_AREA:
                yield code, region.name, *self._lies_in(region, on)

    def _lies_in(self, region: Region, on: date) -> tuple[str, str]:
        if region.in_force(on) or on < region.valid_from or not region.successors:
            city = self.city_of(region.code)
            return city, city[:2] + "0000"
        found = [self._lies_in(self._regions[code], on) for code in region.successors]
        cities, provinces = {city for city, _ in found}, {province for _, province in found}
        province = found[0][1] if len(provinces) == 1 else STATE
        return (found[0][0], province) if len(cities) == 1 else (province, province)


def read_regions(file: str, data: Mapping[str, object], faults: Faults) -> tuple[Region, ...]:
    """Return the regions of a parsed file; whatever is wrong is added to `faults`."""
    table = Table(file, "", data, faults)
    source = table.text("source")
    made = tuple(_region(entry, source) for entry in table.tables("regions"))
    moved = tuple(region for entry in table.tables("recoded", empty=True) for region in _recoded(entry, source))
    table.close()
    return made + moved


def judge_regions(regions: Iterable[tuple[str, Region]], faults: Faults) -> None:
    """Add to `faults` codes that occur twice, parents and successors that are not known, and chains that turn back.

    Args:
        regions: pairs of file and region.
        faults: where the faults go.
    """
    placed = tuple(regions)
    known = {region.code: region for _, region in placed}
    if len(known) < len(placed):
        codes = [region.code for _, region in placed]
        for file, region in placed:
            if codes.count(region.code) > 1:
                faults.add(file, region.code, "expected each code once, found it twice")
    for file, region in placed:
        for code in (*region.parents, *region.successors):
            if code not in known:
                faults.add(file, region.code, f"expected a code that is known, found {code}")
        for code in region.successors:
            if code in known and known[code].valid_to <= region.valid_to:
                faults.add(file, region.code, f"expected a successor that outlasts it, found {code}")


def _recoded(table: Table, source: str) -> Iterator[Region]:
    """Yield counties of one last day that lie in one other prefecture now; written as code and name."""
    successors, last = (table.text("successor", REGION),), table.day("valid_to")
    for county in table.texts("counties", f"{REGION} [一-龥]{{2,20}}"):
        code, _, name = county.partition(" ")
        parents = (f"{code[: _PREFIX[RegionLevel.PREFECTURE]]}00",)
        yield Region(code, name, "", RegionLevel.COUNTY, parents, date.min, last, successors, source)


def _region(table: Table, source: str) -> Region:
    level = table.choice("level", RegionLevel)
    area = level is RegionLevel.FUNCTIONAL_AREA
    region = Region(
        code=table.text("code", LOCAL_CODE if area else REGION),
        name=table.text("name"),
        name_en=table.text("name_en"),
        level=level,
        parents=table.texts("parents", REGION, empty=level is RegionLevel.PROVINCE),
        valid_from=table.day("valid_from") if table.has("valid_from") else date.min,
        valid_to=table.day("valid_to") if table.has("valid_to") else date.max,
        successors=table.texts("successors", REGION, empty=True),
        source=table.text("source", empty=True) or source,
    )
    if region.valid_to < region.valid_from:
        table.fault("valid_to", f"expected a day from {region.valid_from} on, found {region.valid_to}")
    if region.successors and region.valid_to == date.max:
        table.fault("successors", "expected none while the code is in force, found some")
    return region
