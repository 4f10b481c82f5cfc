"""Administrative regions (GB/T 2260) as dated data: which code is in force on a day, and what lies in what.

Rules: a code is data, never an enumeration, and needs a day, for codes were given again: 500110 was 万盛区 to 2010
and is 綦江区, codes of 5114 were places of 涪陵 and are of 眉山. A region is known by its code and its first day.
An abolished code resolves to its successor, and to `AMBIGUOUS` where it has several that are not one region today,
never to a silent pick; a grant on an abolished code covers nothing, since its successor may be larger.
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
_NAME: Final = "[一-龥]{2,20}"


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
    """One region; a functional area may have several `parents`, and `aliases`: codes that tables of statistics give it.

    `valid_from` is `date.min`, and `valid_to` is `date.max`, where the bound is open. `name_en` is empty for
    counties that are no more.
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
    aliases: tuple[str, ...] = ()

    def in_force(self, on: date) -> bool:
        """Tell whether the code stands on a day."""
        return self.valid_from <= on <= self.valid_to

    @property
    def prefix(self) -> str:
        """The digits with which every code in the region begins."""
        return self.code[: _PREFIX.get(self.level, len(self.code))]


class Regions:
    """All regions; never changed after it is built. `codes` are all that name one, of whatever time."""

    __slots__ = ("_of_code", "codes")

    def __init__(self, regions: Iterable[Region]) -> None:
        of_code: dict[str, list[Region]] = {}
        for region in regions:
            for code in (region.code, *region.aliases):
                of_code.setdefault(code, []).append(region)
        self._of_code = {code: tuple(sorted(ones, key=lambda one: one.valid_to)) for code, ones in of_code.items()}
        self.codes = tuple(sorted(self._of_code))

    def knows(self, code: str) -> bool:
        """Tell whether the code is or was a region."""
        return code in self._of_code

    def meanings(self, code: str) -> tuple[Region, ...]:
        """Return all regions that a code ever named, the oldest first; none where it is not known."""
        return self._of_code.get(code, ())

    def levels(self, code: str) -> frozenset[RegionLevel]:
        """Return the levels at which a code stands or stood; none where it is not known."""
        return frozenset(region.level for region in self.meanings(code))

    def meaning(self, code: str, on: date) -> Region | None:
        """Return the region that a code written on a day names: the one in force, else the last that was before it."""
        for region in reversed(self._of_code.get(code, ())):
            if region.valid_from <= on:
                return region
        return None

    def resolve(self, code: str, on: date, *, written: date | None = None) -> str | Unresolved:
        """Return the code in force on a day: itself, or what became of an abolished code, however far.

        Args:
            code: as a record or a question has it.
            on: the day for which it is asked.
            written: the day on which the code was written down; `on` itself where it is not known.
        """
        region = self.meaning(code, on if written is None else written)
        return Unresolved.UNKNOWN if region is None else self._resolved(region, on)

    def _resolved(self, region: Region, on: date) -> str | Unresolved:
        if region.in_force(on):
            return region.code
        successors = self._successors(region)
        if on < region.valid_from or not successors:
            return Unresolved.UNKNOWN
        found = {self._resolved(one, on) for one in successors}
        return found.pop() if len(found) == 1 else Unresolved.AMBIGUOUS

    def _successors(self, region: Region) -> tuple[Region, ...]:
        """The regions that follow: of each successor's meanings the first that outlasts the region."""
        return tuple(
            next(one for one in self._of_code[code] if one.valid_to > region.valid_to) for code in region.successors
        )

    def covers(self, grant_region: str, region: str, on: date) -> bool:
        """Tell whether a region, as it stands on a day, lies within the region of a grant.

        A functional area lies within a region that covers all of its parents.
        """
        outer, code = self.meaning(grant_region, on), self.resolve(region, on)
        if outer is None or not outer.in_force(on) or isinstance(code, Unresolved):
            return False
        return self._holds(outer, code, on)

    def _holds(self, outer: Region, code: str, on: date) -> bool:
        """Tell whether a code in force lies within a region in force."""
        if not code[:1].isalpha() or code == outer.code:
            return code.startswith(outer.prefix)
        parents = [self.resolve(parent, on) for area in self._of_code[code] for parent in area.parents]
        return all(not isinstance(parent, Unresolved) and self._holds(outer, parent, on) for parent in parents)

    def standing(self, on: date) -> Mapping[str, str]:
        """Return every code that names one region on a day, abolished ones and aliases too, with that region's code."""
        resolved = ((code, self.resolve(code, on)) for code in self._of_code)
        return {code: now for code, now in resolved if not isinstance(now, Unresolved)}

    def within(self, grant_region: str, on: date, standing: Mapping[str, str]) -> frozenset[str]:
        """Return all codes that lie within a region on a day; `standing` is what they are on that day."""
        outer = self.meaning(grant_region, on)
        if outer is None or not outer.in_force(on):
            return frozenset()
        return frozenset(code for code, now in standing.items() if self._holds(outer, now, on))

    def counties(self, on: date, standing: Mapping[str, str]) -> frozenset[str]:
        """Return all codes that name one county or district on a day; `standing` is what codes are on that day."""
        named = ((code, self.meaning(now, on)) for code, now in standing.items())
        return frozenset(code for code, region in named if region and region.level is RegionLevel.COUNTY)

    def lineage(self, region: Region, on: date) -> tuple[Region, ...]:
        """Return the region after all that it lies in, the province first; of an area that lies in several, one way."""
        if not region.parents:
            return (region,)
        parent = self.meaning(region.parents[0], min(on, region.valid_to))
        return (region,) if parent is None else (*self.lineage(parent, on), region)

    def full_name(self, region: Region, on: date) -> str:
        """Return the Chinese name after the names of all that the region lies in, such as 四川省遂宁市船山区."""
        return "".join(one.name for one in self.lineage(region, on))

    def rolled_up(self, on: date) -> Iterator[tuple[str, str, str, str]]:
        """Yield code, name, city and province of each region of GB/T 2260, as of a day.

        An abolished code lies where its successors do: in their city if they share one, else in their province.
        """
        for code, meanings in self._of_code.items():
            region = self.meaning(code, on) or meanings[0]
            if region.level is not RegionLevel.FUNCTIONAL_AREA:
                yield code, region.name, *self._lies_in(region, on)

    def _lies_in(self, region: Region, on: date) -> tuple[str, str]:
        if region.in_force(on) or on < region.valid_from or not region.successors:
            city = _city_of(region)
            return city, city[:2] + "0000"
        found = [self._lies_in(one, on) for one in self._successors(region)]
        cities, provinces = {city for city, _ in found}, {province for _, province in found}
        province = found[0][1] if len(provinces) == 1 else STATE
        return (found[0][0], province) if len(cities) == 1 else (province, province)


def _city_of(region: Region) -> str:
    return region.parents[0] if region.level is RegionLevel.COUNTY else region.code


def read_regions(file: str, data: Mapping[str, object], faults: Faults) -> tuple[Region, ...]:
    """Return the regions of a parsed file; whatever is wrong is added to `faults`."""
    table = Table(file, "", data, faults)
    source = table.text("source")
    made = tuple(_region(entry, source) for entry in table.tables("regions"))
    counties = tuple(one for entry in table.tables("counties", empty=True) for one in _counties(entry, source))
    moved = tuple(one for entry in table.tables("recoded", empty=True) for one in _recoded(entry, source))
    table.close()
    return made + counties + moved


def judge_regions(regions: Iterable[tuple[str, Region]], faults: Faults) -> None:
    """Add to `faults` codes with two meanings on one day, parents and successors that are not known, chains that end.

    Args:
        regions: pairs of file and region.
        faults: where the faults go.
    """
    placed = tuple(regions)
    known: dict[str, list[Region]] = {}
    for _, region in placed:
        for code in (region.code, *region.aliases):
            known.setdefault(code, []).append(region)
    for file, region in placed:
        for code in (region.code, *region.aliases):
            others = [one for one in known[code] if one is not region]
            if any(one.valid_from <= region.valid_to and region.valid_from <= one.valid_to for one in others):
                faults.add(file, region.code, f"expected one meaning of {code} a day, found two")
        for code in (*region.parents, *region.successors):
            if code not in known:
                faults.add(file, region.code, f"expected a code that is known, found {code}")
        for code in region.successors:
            if code in known and all(one.valid_to <= region.valid_to for one in known[code]):
                faults.add(file, region.code, f"expected a successor that outlasts it, found {code}")


def _counties(table: Table, source: str) -> Iterator[Region]:
    """Yield counties of one parent that stand; written as code, name and English name."""
    parents, first = (table.text("parent", REGION),), _first_day(table)
    for county in table.texts("counties", f"{REGION} {_NAME} [A-Z][A-Za-z' ]{{1,39}}"):
        code, name, name_en = (*county.split(" ", 2), "", "")[:3]
        yield Region(code, name, name_en, RegionLevel.COUNTY, parents, first, date.max, (), source)


def _recoded(table: Table, source: str) -> Iterator[Region]:
    """Yield counties of one last day; written as code, name and successors, with bars between them."""
    parent = table.text("parent", REGION, empty=True)
    first, last = _first_day(table), table.day("valid_to")
    for county in table.texts("counties", rf"{REGION} {_NAME} {REGION}(\|{REGION})*"):
        code, name, after = (*county.split(" "), "", "")[:3]
        parents = (parent or f"{code[: _PREFIX[RegionLevel.PREFECTURE]]}00",)
        yield Region(code, name, "", RegionLevel.COUNTY, parents, first, last, tuple(after.split("|")), source)


def _first_day(table: Table) -> date:
    return table.day("valid_from") if table.has("valid_from") else date.min


def _region(table: Table, source: str) -> Region:
    level = table.choice("level", RegionLevel)
    area = level is RegionLevel.FUNCTIONAL_AREA
    region = Region(
        code=table.text("code", LOCAL_CODE if area else REGION),
        name=table.text("name"),
        name_en=table.text("name_en"),
        level=level,
        parents=table.texts("parents", REGION, empty=level is RegionLevel.PROVINCE),
        valid_from=_first_day(table),
        valid_to=table.day("valid_to") if table.has("valid_to") else date.max,
        successors=table.texts("successors", REGION, empty=True),
        source=table.text("source", empty=True) or source,
        aliases=table.texts("aliases", REGION, empty=True),
    )
    if region.valid_to < region.valid_from:
        table.fault("valid_to", f"expected a day from {region.valid_from} on, found {region.valid_to}")
    if region.successors and region.valid_to == date.max:
        table.fault("successors", "expected none while the code is in force, found some")
    return region
