"""The roster: who is a party, and which application acts for whom."""

from __future__ import annotations

import pytest

from gateway.catalogue.lists import ListKind
from gateway.catalogue.parties import DepartmentType, Parties, judge_places, read_roster, register
from gateway.catalogue.schema import CatalogueError, Faults
from tests.catalogue.documents import CHONGQING, PARTIES, REGIONS, SICHUAN

LABEL = {"zh": "厅", "en": "department"}
URI = "spiffe://510000.chuanyu/application/hrss"
PROVINCE = {"code": SICHUAN, "label": LABEL, "list_kinds": ["application-list"]}
DEPARTMENT = {
    "code": "sc-hrss",
    "label": LABEL,
    "province": SICHUAN,
    "level": "province",
    "region": SICHUAN,
    "type": "hrss",
    "sharing_office_head": "负责人",
}
UNIT = {"code": "window-1", "label": LABEL, "department": "sc-hrss"}
BODY = {"code": "91510100MA00000000", "label": LABEL, "department": "sc-hrss"}
APPLICATION = {"uri": URI, "departments": ["sc-hrss"]}


def roster(**changes: object) -> Parties:
    """Return the roster of one file."""
    faults = Faults()
    data = {"provinces": [PROVINCE], "departments": [DEPARTMENT], "applications": [APPLICATION], **changes}
    parties = register([("x.toml", read_roster("x.toml", data, faults))], faults)
    faults.settle()
    return parties


def test_an_application_acts_for_its_departments_alone() -> None:
    """And an unknown one for none."""
    parties = roster()
    assert parties.knows(URI)
    assert parties.may_act(URI, "sc-hrss")
    assert not parties.may_act(URI, "sc-finance")
    assert not parties.may_act(URI, "")
    assert not parties.knows(URI + "2")
    assert not parties.may_act(URI + "2", "sc-hrss")


def test_a_department_belongs_to_its_province() -> None:
    """Whatever its code looks like."""
    parties = roster()
    assert parties.belongs("sc-hrss", SICHUAN)
    assert not parties.belongs("sc-hrss", CHONGQING)
    assert not parties.belongs("cq-hrss", CHONGQING)


def test_units_and_bodies_stand_behind_one_department() -> None:
    """A department is a unit of its own; an unknown code stands behind nobody."""
    parties = roster(units=[UNIT], bodies=[BODY], answering=["sc-hrss"])
    assert parties.employs("sc-hrss", "window-1")
    assert parties.employs("sc-hrss", "sc-hrss")
    assert not parties.employs("cq-hrss", "window-1")
    assert not parties.employs("sc-hrss", "window-2")
    assert not parties.employs("sc-hrss", "")
    assert parties.serves("sc-hrss", "91510100MA00000000")
    assert not parties.serves("cq-hrss", "91510100MA00000000")
    assert not parties.serves("sc-hrss", "")
    assert parties.answers("sc-hrss")
    assert not roster().answers("sc-hrss")


@pytest.mark.parametrize(
    ("level", "region", "good"),
    [
        ("province", SICHUAN, True),
        ("province", "510900", False),
        ("province", CHONGQING, False),
        ("prefecture", "510900", True),
        ("prefecture", "510903", False),
        ("prefecture", SICHUAN, False),
        ("county", "510903", True),
        ("county", "510900", False),
        ("county", "500152", False),
        ("township", "510903", True),
        ("township", "510900", False),
        ("county", "519999", False),
    ],
)
def test_the_level_of_a_department_is_that_of_its_place(level: str, region: str, *, good: bool) -> None:
    """And its place lies in its province."""
    faults = Faults()
    made = read_roster("x.toml", {"departments": [{**DEPARTMENT, "level": level, "region": region}]}, faults)
    judge_places([("x.toml", made)], REGIONS, faults)
    assert good is (not faults.found)


def test_a_department_that_is_not_registered_is_a_key_error() -> None:
    """There is no department by default."""
    with pytest.raises(KeyError):
        roster().department("sc-bank")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"departments": [DEPARTMENT, DEPARTMENT]}, "sc-hrss"),
        ({"departments": [{**DEPARTMENT, "province": CHONGQING}]}, "sc-hrss"),
        ({"departments": [{**DEPARTMENT, "type": "bank"}]}, "departments[0].type"),
        ({"departments": [{**DEPARTMENT, "level": "village"}]}, "departments[0].level"),
        ({"departments": [{**DEPARTMENT, "sharing_office_head": ""}]}, "departments[0].sharing_office_head"),
        ({"departments": []}, URI),
        ({"applications": [APPLICATION, APPLICATION]}, URI),
        ({"applications": [{**APPLICATION, "departments": []}]}, "applications[0].departments"),
        ({"applications": [{**APPLICATION, "departments": ["sc-bank"]}]}, URI),
        ({"applications": [{**APPLICATION, "uri": "hrss"}]}, "applications[0].uri"),
        ({"applications": [{**APPLICATION, "uri": "spiffe://510000.chuanyu/node/hrss"}]}, "applications[0].uri"),
        ({"applications": [{**APPLICATION, "uri": URI.replace("510000", "500000")}]}, URI.replace("510000", "500000")),
        ({"applications": [{**APPLICATION, "role": "any"}]}, "applications[0].role"),
        ({"provinces": [PROVINCE, PROVINCE]}, SICHUAN),
        ({"provinces": [{**PROVINCE, "list_kinds": []}]}, "provinces[0].list_kinds"),
        ({"banks": []}, "banks"),
        ({"departments": [{**DEPARTMENT, "region": "5100"}]}, "departments[0].region"),
        ({"units": [UNIT, UNIT]}, "window-1"),
        ({"units": [{**UNIT, "department": "sc-bank"}]}, "window-1"),
        ({"units": [{**UNIT, "code": "sc-hrss"}]}, "sc-hrss"),
        ({"bodies": [BODY, BODY]}, "91510100MA00000000"),
        ({"bodies": [{**BODY, "department": "sc-bank"}]}, "91510100MA00000000"),
        ({"bodies": [{**BODY, "code": "某某银行"}]}, "bodies[0].code"),
        ({"answering": ["sc-bank"]}, "answering"),
    ],
)
def test_a_roster_that_does_not_hold_together_is_refused(changes: dict[str, object], path: str) -> None:
    """A bank is no department; an application without departments is no party."""
    with pytest.raises(CatalogueError) as caught:
        roster(**changes)
    assert path in [fault.path for fault in caught.value.faults]


@pytest.mark.parametrize("prefix", ["sc", "cq"])
@pytest.mark.parametrize(
    "kind",
    [
        *("hrss", "government-service", "transport", "culture-tourism", "health-security", "health", "finance"),
        "civil-affairs",
    ],
)
def test_each_province_has_the_departments_of_the_demonstration(prefix: str, kind: str) -> None:
    """One of each type, under a code that tells province and type."""
    department = PARTIES.department(f"{prefix}-{kind}")
    assert DepartmentType(kind) is department.type
    assert {"sc": SICHUAN, "cq": CHONGQING}[prefix] == department.province


@pytest.mark.parametrize(
    ("province", "kind", "expected"),
    [
        (SICHUAN, ListKind.APPLICATION_LIST, True),
        (SICHUAN, ListKind.CATALOGUE, False),
        (CHONGQING, ListKind.APPLICATION_LIST, True),
        (CHONGQING, ListKind.CATALOGUE, True),
        ("530000", ListKind.APPLICATION_LIST, False),
    ],
)
def test_sichuan_keeps_one_kind_of_list_and_chongqing_two(province: str, kind: ListKind, expected: bool) -> None:
    """As the drafts of their regulations had it."""
    assert expected is PARTIES.keeps(province, kind)
