"""The roster: provinces, departments, and the applications, units and bodies that stand behind them.

Rules: only departments and bodies authorised by law are parties (政务数据共享条例 art. 2); a bank, a library or a bus
company is a body that one department serves. An application acts for the departments that its entry names, and for no
other, and only within its province. An official acts in a unit of the department that asks; a department is a unit of
its own. A department acts for regions in its own place; its level is that of its place. A node answers for the
departments of its province that its roster names in `answering`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.catalogue.lists import ListKind
from gateway.catalogue.regions import RegionLevel, Regions
from gateway.catalogue.schema import BODY, DEPARTMENT, PROVINCE, REGION, Faults, Table
from gateway.ground.item import Label
from keys.identity import Identity, IdentityError, Role


class DepartmentType(StrEnum):
    """The types of department that the regulation names (Sichuan, art. 4), and the government service centres."""

    HRSS = "hrss"
    GOVERNMENT_SERVICE = "government-service"
    DEVELOPMENT_REFORM = "development-reform"
    EDUCATION = "education"
    PUBLIC_SECURITY = "public-security"
    CIVIL_AFFAIRS = "civil-affairs"
    FINANCE = "finance"
    HOUSING = "housing"
    TRANSPORT = "transport"
    CULTURE_TOURISM = "culture-tourism"
    HEALTH = "health"
    HEALTH_SECURITY = "health-security"
    DISABLED_PERSONS = "disabled-persons"


class GovernmentLevel(StrEnum):
    """省、市(州)、县(市、区)、乡镇(街道)."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"


_LEVELS: Final[Mapping[GovernmentLevel, frozenset[RegionLevel]]] = {
    GovernmentLevel.PROVINCE: frozenset({RegionLevel.PROVINCE}),
    GovernmentLevel.PREFECTURE: frozenset({RegionLevel.PREFECTURE}),
    GovernmentLevel.COUNTY: frozenset({RegionLevel.COUNTY}),
    GovernmentLevel.TOWNSHIP: frozenset({RegionLevel.COUNTY}),
}
"""The level of the place of a department: GB/T 2260 goes down to counties, so a township stands in its county."""


@dataclass(frozen=True, slots=True)
class Province:
    """One province and the kinds of list that it keeps."""

    code: str
    label: Label
    list_kinds: tuple[ListKind, ...]


@dataclass(frozen=True, slots=True)
class Department:
    """One department. `region` is its place, a code of GB/T 2260: that of its county where the level is a township.

    `sharing_office_head` is a post, not a name: it answers for the sharing office (art. 11).
    """

    code: str
    label: Label
    province: str
    level: GovernmentLevel
    region: str
    type: DepartmentType
    sharing_office_head: str


@dataclass(frozen=True, slots=True)
class Application:
    """One application: the URI of its certificate and the departments that it acts for."""

    uri: str
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in which officials of one department act: a window, an office, a county's agency."""

    code: str
    label: Label
    department: str


@dataclass(frozen=True, slots=True)
class Body:
    """A body that one department serves and that is no party itself: a library, a bank, a bus company."""

    code: str
    label: Label
    department: str


class Parties:
    """The whole roster; never changed after it is built."""

    __slots__ = ("_acts", "_answering", "_bodies", "_departments", "_provinces", "_units")

    def __init__(
        self,
        provinces: Iterable[Province],
        departments: Iterable[Department],
        applications: Iterable[Application],
        *,
        units: Iterable[Unit] = (),
        bodies: Iterable[Body] = (),
        answering: Iterable[str] = (),
    ) -> None:
        self._provinces = {province.code: province for province in provinces}
        self._departments = {department.code: department for department in departments}
        self._acts = {application.uri: frozenset(application.departments) for application in applications}
        self._units = {unit.code: unit.department for unit in units}
        self._bodies = {body.code: body.department for body in bodies}
        self._answering = frozenset(answering)

    def knows(self, uri: str) -> bool:
        """Tell whether an application is registered."""
        return uri in self._acts

    def may_act(self, uri: str, department: str) -> bool:
        """Tell whether an application is registered and acts for a department."""
        return department in self._acts.get(uri, ())

    def belongs(self, department: str, province: str) -> bool:
        """Tell whether a department is registered in a province."""
        found = self._departments.get(department)
        return found is not None and found.province == province

    def department(self, code: str) -> Department:
        """Return a department; KeyError if it is not registered."""
        return self._departments[code]

    @property
    def departments(self) -> tuple[Department, ...]:
        """Every department, in the order of registration."""
        return tuple(self._departments.values())

    def employs(self, department: str, unit: str) -> bool:
        """Tell whether officials of a unit act for a department: it is the department, or registered with it."""
        return unit == department or self._units.get(unit) == department

    def serves(self, department: str, body: str) -> bool:
        """Tell whether a body is registered as one that a department serves."""
        return self._bodies.get(body) == department

    def answers(self, department: str) -> bool:
        """Tell whether this node answers for a department."""
        return department in self._answering

    def keeps(self, province: str, kind: ListKind) -> bool:
        """Tell whether a province keeps lists of a kind."""
        found = self._provinces.get(province)
        return found is not None and kind in found.list_kinds


@dataclass(frozen=True, slots=True)
class Roster:
    """The entries that one file adds to the roster; `version` counts the contents of that file."""

    provinces: tuple[Province, ...]
    departments: tuple[Department, ...]
    applications: tuple[Application, ...]
    version: int = 1
    units: tuple[Unit, ...] = ()
    bodies: tuple[Body, ...] = ()
    answering: tuple[str, ...] = ()


def read_roster(file: str, data: Mapping[str, object], faults: Faults) -> Roster:
    """Return what a parsed file registers; whatever is wrong in form is added to `faults`."""
    table = Table(file, "", data, faults)
    roster = Roster(
        provinces=tuple(
            Province(entry.text("code", PROVINCE), _label(entry), entry.choices("list_kinds", ListKind))
            for entry in table.tables("provinces", empty=True)
        ),
        departments=tuple(
            Department(
                code=entry.text("code", DEPARTMENT),
                label=_label(entry),
                province=entry.text("province", PROVINCE),
                level=entry.choice("level", GovernmentLevel),
                region=entry.text("region", REGION),
                type=entry.choice("type", DepartmentType),
                sharing_office_head=entry.text("sharing_office_head"),
            )
            for entry in table.tables("departments", empty=True)
        ),
        applications=tuple(
            Application(_application_uri(entry), entry.texts("departments", DEPARTMENT))
            for entry in table.tables("applications", empty=True)
        ),
        version=table.integer("version", 1, 999_999, absent=1),
        units=tuple(
            Unit(entry.text("code", DEPARTMENT), _label(entry), entry.text("department", DEPARTMENT))
            for entry in table.tables("units", empty=True)
        ),
        bodies=tuple(
            Body(entry.text("code", BODY), _label(entry), entry.text("department", DEPARTMENT))
            for entry in table.tables("bodies", empty=True)
        ),
        answering=table.texts("answering", DEPARTMENT, empty=True),
    )
    table.close()
    return roster


def register(rosters: Iterable[tuple[str, Roster]], faults: Faults) -> Parties:
    """Return the roster of all files together; what occurs twice, or names what is not registered, is a fault."""
    provinces: dict[str, Province] = {}
    departments: dict[str, Department] = {}
    applications: dict[str, Application] = {}
    units: dict[str, Unit] = {}
    bodies: dict[str, Body] = {}
    placed = tuple(rosters)
    for file, roster in placed:
        for province in roster.provinces:
            _once(file, province.code, provinces, faults)
            provinces[province.code] = province
        for department in roster.departments:
            _once(file, department.code, departments, faults)
            departments[department.code] = department
        for application in roster.applications:
            _once(file, application.uri, applications, faults)
            applications[application.uri] = application
        for unit in roster.units:
            _once(file, unit.code, units, faults)
            units[unit.code] = unit
        for body in roster.bodies:
            _once(file, body.code, bodies, faults)
            bodies[body.code] = body
    for file, roster in placed:
        for department in roster.departments:
            if department.province not in provinces:
                faults.add(file, department.code, f"expected a registered province, found {department.province}")
        for application in roster.applications:
            for code in application.departments:
                if code not in departments:
                    faults.add(file, application.uri, f"expected a registered department, found {code}")
                elif application.uri and Identity.parse(application.uri).province != departments[code].province:
                    faults.add(file, application.uri, f"expected a department of its own province, found {code}")
        _require_registered(file, roster, departments, faults)
    return Parties(
        provinces.values(),
        departments.values(),
        applications.values(),
        units=units.values(),
        bodies=bodies.values(),
        answering=(code for _, roster in placed for code in roster.answering),
    )


def _require_registered(file: str, roster: Roster, departments: Mapping[str, Department], faults: Faults) -> None:
    registered: tuple[Unit | Body, ...] = (*roster.units, *roster.bodies)
    for one in registered:
        if one.department not in departments:
            faults.add(file, one.code, f"expected a registered department, found {one.department}")
    for unit in roster.units:
        if unit.code in departments:
            faults.add(file, unit.code, "expected a code of its own, found that of a department")
    for code in roster.answering:
        if code not in departments:
            faults.add(file, "answering", f"expected a registered department, found {code}")


def judge_places(rosters: Iterable[tuple[str, Roster]], regions: Regions, faults: Faults) -> None:
    """Add to `faults` each department whose place is not known, lies elsewhere or is of another level than its own."""
    for file, roster in rosters:
        for department in roster.departments:
            levels = regions.levels(department.region)
            if department.region[:2] != department.province[:2] or not levels & _LEVELS[department.level]:
                faults.add(
                    file,
                    department.code,
                    f"expected a place of {department.province} at the level {department.level}, "
                    f"found {department.region}",
                )


def _label(table: Table) -> Label:
    inner = table.table("label")
    label = Label(inner.text("zh"), inner.text("en"))
    inner.close()
    return label


def _application_uri(table: Table) -> str:
    uri = table.text("uri")
    try:
        if uri and Identity.parse(uri).role is not Role.APPLICATION:
            table.fault("uri", f"expected the identity of an application, found {uri}")
    except IdentityError as error:
        table.fault("uri", str(error))
        return ""
    return uri


def _once(file: str, code: str, known: Mapping[str, object], faults: Faults) -> None:
    if code in known:
        faults.add(file, code, "expected once, found twice")
