"""Every declared column of item, list, grant and roster changes a decision, or is documentation by name.

The walk goes over the fields of the records themselves, so that a new column fails here until it is enforced, or stands
in `DOCUMENTATION` with its reason. A column is enforced where another value of it is a fault of the documents, or
another answer to one of two questions: a single one at a counter, for a body, and a batch.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.grants import BatchApproval, GrantDocument, Onward, read_grant, render_grant, require_of_item
from gateway.catalogue.items import read_item
from gateway.catalogue.lists import ItemList, ListEntry, entry_of, read_list, render_list
from gateway.catalogue.loader import PACKAGED
from gateway.catalogue.parties import (
    Application,
    Body,
    Department,
    Province,
    Roster,
    Unit,
    judge_places,
    read_roster,
    register,
)
from gateway.catalogue.schema import Faults
from gateway.ground.evidence import Channel, Operator
from gateway.ground.item import Item, Mode
from gateway.ground.refusals import Refusal
from tests.catalogue.documents import (
    BATCH_NO,
    BODY,
    CHONGQING,
    ONWARD_NO,
    REGIONS,
    SICHUAN,
    UNIT,
    asking,
    caller,
    grant_document,
    item_data,
    item_list,
)
from tests.samples import ask

ROOT: Final = Path(__file__).parents[2]
URI: Final = "spiffe://500000.chuanyu/application/hrss"
LABEL: Final = {"zh": "名", "en": "name"}
Data = dict[str, Any]

DOCUMENTATION: Final[Mapping[str, str]] = {
    "Item.label": "the item's name, shown to people",
    "Item.domain": "the domain under which lists and pages group the item",
    "Item.description": "shown to people",
    "Item.venue": "where the card is shown, for people",
    "Item.card_forms": "whether card or phone is shown at the counter; the gateway sees neither",
    "Item.catalogue_name": "the name in the catalogue of government data (art. 13)",
    "Item.provider_unit": "the provider in words (art. 13); provider_department of the grant binds",
    "Item.data_format": "art. 13; the kinds of the fields bind",
    "Item.update_frequency": "how often the platform renews its data; the gateway keeps none",
    "Item.grading": "the grade of the data (art. 13); the legal class of each field binds",
    "Item.pia_no": "the number of the assessment, for reviewers",
    "Item.secrecy_review_no": "the number of the review, for reviewers",
    "Item.approved_by": "the post that answers for the item, for reviewers",
    "ItemList.issued_at": "when the list was signed; its days of effect bind",
    "GrantDocument.approved_by": "the post that answers for the grant, for reviewers",
    "GrantDocument.application_no": "the number of the application for sharing, for reviewers",
    "Province.label": "shown to people",
    "Department.label": "shown to people",
    "Department.sharing_office_head": "the post that answers for the sharing office (art. 11), for people",
    "Unit.label": "shown to people",
    "Body.label": "shown to people",
}
"""Columns that decide nothing, each with what it is for."""

PROVEN: Final[Mapping[str, tuple[str, str]]] = {
    "Item.quarantine": ("tests/leakguard/test_guards.py", "quarantine=quarantine"),
    "Item.minors": ("tests/catalogue/test_item_rules.py", '"minors"'),
    "Item.gates": ("tests/network/test_gate.py", "test_one_person_named_often_opens_no_gate"),
    "GrantDocument.sealing_key": (
        "tests/catalogue/test_grants.py",
        "test_an_encrypted_field_needs_the_departments_key",
    ),
    "GrantDocument.agreement": ("tests/catalogue/test_agreements.py", "test_nanchong_and_tongnan_do_not"),
    "Item.agreement": ("tests/catalogue/test_agreements.py", "agreement=True"),
    "GrantDocument.version": ("tests/ground/test_documents.py", "lower"),
    "Roster.version": ("tests/catalogue/test_numbers.py", "roster"),
}
"""Columns that another room decides by, with the tests that show it and a word of them."""

RECORDS: Final = (
    Item, Mode, ItemList, ListEntry, GrantDocument, BatchApproval, Onward,
    Roster, Province, Department, Application, Unit, Body,
)  # fmt: skip


@dataclass
class World:
    """Every document as data of its file; Chongqing's HRSS department asks Sichuan's for one item."""

    item: Data
    grant: Data
    lists: list[Data]
    roster: Data

    @classmethod
    def sound(cls) -> World:
        """Return documents by which both questions are allowed."""
        data = item_data()
        listed = read_item("item.toml", data, Faults())
        lists = [item_list(province, items=[listed]) for province in (SICHUAN, CHONGQING)]
        shipped = tomllib.loads((PACKAGED / "parties" / "departments.toml").read_text(encoding="utf-8"))
        roster = {
            **shipped,
            "applications": [{"uri": URI, "departments": ["cq-hrss"]}],
            "units": [{"code": UNIT, "label": LABEL, "department": "cq-hrss"}],
            "bodies": [{"code": BODY, "label": LABEL, "department": "cq-hrss"}],
            "answering": ["sc-hrss"],
        }
        grant = tomllib.loads(render_grant(grant_document()).decode())
        return cls(data, grant, [tomllib.loads(render_list(one).decode()) for one in lists], deepcopy(roster))

    def decide(self, *, relisted: bool = True) -> tuple[str, ...]:
        """Return the faults of the documents, or the answers to both questions; an item is listed as it reads."""
        faults = Faults()
        item = read_item("item", self.item, faults)
        grant = read_grant("grant", self.grant, faults)
        lists = [read_list("list", one, faults) for one in self.lists]
        roster = read_roster("roster", self.roster, faults)
        if faults.found:
            return tuple(sorted({f"{one.file} {one.path}" for one in faults.found}))
        judge_places([("roster", roster)], REGIONS, faults)
        parties = register([("roster", roster)], faults)
        require_of_item("grant", grant, {(item.code, item.version): item}, parties, REGIONS, faults)
        for one in lists:
            if not parties.keeps(one.province, one.kind):
                faults.add("list", "kind", one.name)
        if faults.found:
            return tuple(sorted({f"{one.file} {one.path}" for one in faults.found}))
        if relisted:
            lists = [replace(one, entries=(entry_of(item, active=True),)) for one in lists]
        made = Catalogue.of(
            province=SICHUAN, items=[item], lists=lists, grants=[grant], regions=REGIONS, parties=parties
        )
        if not parties.may_act(URI, "cq-hrss"):
            return ("PARTY_UNKNOWN",)
        return tuple(_answer(made, rows, page_rows, **more) for rows, page_rows, more in QUESTIONS)


QUESTIONS: Final[tuple[tuple[int, int, Mapping[str, Any]], ...]] = (
    (1, 0, {"channel": Channel.COUNTER, "end_user_org": BODY, "onward_consent_no": ONWARD_NO}),
    (20, 20, {"batch_no": BATCH_NO}),
)


def _answer(made: Catalogue, rows: int, page_rows: int, **more: Any) -> str:
    asked = asking(page_rows=page_rows, keys=ask(subjects=rows).keys, **more)
    try:
        found = made.authorise(asked, caller(operator=Operator("N-17", UNIT)))
    except Refusal as refusal:
        return str(refusal.reason)
    return f"{found.grant_id} {found.max_rows} {found.fields} {found.list_versions} {found.persons_day}"


Change = Callable[[World], None]


def put(part: str, *path: str | int, value: Any) -> Change:
    """Return a change of one value in a part of the world."""

    def change(world: World) -> None:
        inner: Any = getattr(world, part)
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value

    return change


def department(column: str, value: str, code: str = "cq-hrss") -> Change:
    """Return a change of one column of one department."""

    def change(world: World) -> None:
        next(one for one in world.roster["departments"] if one["code"] == code)[column] = value

    return change


SCENE: Final = {"code": "other-scene", "label": LABEL}
OTHER_BASIS: Final = {"province": SICHUAN, "text": "某办法", "article": "1", "draft": False}
LISTED: Final = "entries"
CHANGES: Final[Mapping[str, Change]] = {
    "Item.code": put("item", "code", value="CY-ID-99"),
    "Item.version": put("item", "version", value=2),
    "Item.sharing_class": put("item", "sharing_class", value="unconditional"),
    "Item.modes": put("item", "modes", value=[{"mode": "file", "max_rows": 1}]),
    "Item.use_conditions": put("item", "use_conditions", value=""),
    "Item.providers": put("item", "providers", value=["finance"]),
    "Item.consumers": put("item", "consumers", value=["transport"]),
    "Item.scenes": put("item", "scenes", value=[SCENE]),
    "Item.use_bases": put("item", "use_bases", value=[SCENE]),
    "Item.legal_bases": put("item", "legal_bases", value=[OTHER_BASIS]),
    "Item.lawful_bases": put("item", "lawful_bases", value=["consent"]),
    "Item.keys": put("item", "keys", 1, "max_len", value=1),
    "Item.fields": put("item", "fields", 0, "name", value="another_field"),
    "Item.subjects": put("item", "subjects", value=False),
    "Item.outcomes": put("item", "outcomes", value=["found"]),
    "Item.age_from": put("item", "age_from", value="no_such_column"),
    "Mode.mode": put("item", "modes", 0, "mode", value="push"),
    "Mode.max_rows": put("item", "modes", 1, "max_rows", value=100),
    "Mode.min_rows": put("item", "modes", 1, "min_rows", value=21),
    "Mode.case_only": put("item", "modes", 0, "case_only", value=True),
    "Mode.operator_day": put("grant", "modes", 0, "operator_day", value=5),
    "Mode.department_day": put("grant", "modes", 0, "department_day", value=5),
    "ItemList.province": put("lists", 1, "province", value="530000"),
    "ItemList.kind": put("lists", 0, "kind", value="catalogue"),
    "ItemList.version": put("lists", 0, "version", value=2),
    "ItemList.effective_from": put("lists", 0, "effective_from", value=date(2026, 12, 1)),
    "ItemList.effective_to": put("lists", 0, "effective_to", value=date(2026, 1, 2)),
    "ItemList.entries": put("lists", 0, "entries", 0, "active", value=False),
    "ListEntry.code": put("lists", 0, LISTED, 0, "code", value="CY-ID-99"),
    "ListEntry.version": put("lists", 0, LISTED, 0, "version", value=2),
    "ListEntry.digest": put("lists", 0, LISTED, 0, "digest", value="0" * 64),
    "ListEntry.active": put("lists", 0, LISTED, 0, "active", value=False),
    "GrantDocument.id": put("grant", "id", value="G-2"),
    "GrantDocument.consumer_province": put("grant", "consumer_province", value=SICHUAN),
    "GrantDocument.consumer_department": put("grant", "consumer_department", value="cq-government-service"),
    "GrantDocument.provider_province": put("grant", "provider_province", value=CHONGQING),
    "GrantDocument.provider_department": put("grant", "provider_department", value="sc-finance"),
    "GrantDocument.item_code": put("grant", "item_code", value="CY-ID-99"),
    "GrantDocument.item_version": put("grant", "item_version", value=2),
    "GrantDocument.modes": put("grant", "modes", value=[{"mode": "api", "max_rows": 1}]),
    "GrantDocument.scenes": put("grant", "scenes", value=["card-reissue"]),
    "GrantDocument.use_bases": put("grant", "use_bases", value=["other-basis"]),
    "GrantDocument.legal_bases": put("grant", "legal_bases", value=[OTHER_BASIS]),
    "GrantDocument.lawful_bases": put("grant", "lawful_bases", value=["consent"]),
    "GrantDocument.regions": put("grant", "regions", value=["500152"]),
    "GrantDocument.fields": put("grant", "fields", value=["card_form"]),
    "GrantDocument.purposes": put("grant", "purposes", value=[SCENE]),
    "GrantDocument.valid_from": put("grant", "valid_from", value=date(2026, 12, 1)),
    "GrantDocument.valid_until": put("grant", "valid_until", value=date(2026, 1, 2)),
    "GrantDocument.batch_approvals": put("grant", "batch_approvals", value=[]),
    "GrantDocument.onward": put("grant", "onward", value=[]),
    "BatchApproval.number": put("grant", "batch_approvals", 0, "number", value="PC-0"),
    "BatchApproval.valid_until": put("grant", "batch_approvals", 0, "valid_until", value=date(2026, 1, 2)),
    "Onward.body": put("grant", "onward", 0, "body", value="cq-bank"),
    "Onward.number": put("grant", "onward", 0, "number", value="ZG-0"),
    "Onward.valid_until": put("grant", "onward", 0, "valid_until", value=date(2026, 1, 2)),
    "Roster.provinces": put("roster", "provinces", value=[]),
    "Roster.departments": put("roster", "departments", value=[]),
    "Roster.applications": put("roster", "applications", value=[]),
    "Roster.units": put("roster", "units", value=[]),
    "Roster.bodies": put("roster", "bodies", value=[]),
    "Roster.answering": put("roster", "answering", value=["sc-finance"]),
    "Province.code": put("roster", "provinces", 0, "code", value="530000"),
    "Province.list_kinds": put("roster", "provinces", 0, "list_kinds", value=["catalogue"]),
    "Department.code": department("code", "cq-other"),
    "Department.province": department("province", SICHUAN),
    "Department.level": department("level", "county"),
    "Department.region": department("region", SICHUAN),
    "Department.type": department("type", "transport"),
    "Application.uri": put("roster", "applications", 0, "uri", value=URI + "-2"),
    "Application.departments": put("roster", "applications", 0, "departments", value=["cq-finance"]),
    "Unit.code": put("roster", "units", 0, "code", value="another-window"),
    "Unit.department": put("roster", "units", 0, "department", value="cq-finance"),
    "Body.code": put("roster", "bodies", 0, "code", value="another-body"),
    "Body.department": put("roster", "bodies", 0, "department", value="cq-finance"),
}
"""For each column that binds another value of it."""


def columns() -> set[str]:
    """Return every column of every record."""
    return {f"{record.__name__}.{one.name}" for record in RECORDS for one in fields(record)}


def test_every_column_binds_or_is_documentation_by_name() -> None:
    """Each stands in one table and in no other."""
    tables = (set(CHANGES), set(PROVEN), set(DOCUMENTATION))
    assert columns() == set().union(*tables)
    assert len(columns()) == sum(map(len, tables))
    assert all(reason.strip() for reason in DOCUMENTATION.values())


def test_the_documents_that_are_changed_are_sound() -> None:
    """Both questions are answered, so that whatever changes is the column's doing."""
    single, batch = World.sound().decide()
    assert single.startswith("G-2026-001 1 ")
    assert batch.startswith("G-2026-001 500 ")


@pytest.mark.parametrize("column", sorted(CHANGES))
def test_another_value_of_a_column_is_another_decision(column: str) -> None:
    """A fault of the documents, a refusal, or another grant or list by which the question is allowed."""
    relisted = not column.startswith("ListEntry") and column != "ItemList.entries"
    world = World.sound()
    before = world.decide(relisted=relisted)
    CHANGES[column](world)
    assert before != world.decide(relisted=relisted)


@pytest.mark.parametrize("column", sorted(PROVEN))
def test_what_another_room_decides_by_is_shown_there(column: str) -> None:
    """The tests that are named are there, and are about the column."""
    path, word = PROVEN[column]
    assert word in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("column", sorted(DOCUMENTATION))
def test_documentation_decides_nothing(column: str) -> None:
    """What is said to decide nothing decides nothing: nobody relies on it by mistake."""
    record, _, name = column.partition(".")
    world = World.sound()
    before = world.decide()
    if name == "label" and record != "Item":
        rows = {"Province": "provinces", "Department": "departments", "Unit": "units", "Body": "bodies"}[record]
        world.roster[rows][0]["label"] = {"zh": "别名", "en": "another name"}
    elif record == "Department":
        world.roster["departments"][0][name] = "另一岗位"
    elif record == "ItemList":
        world.lists[0][name] = world.lists[1][name].replace(year=2024)
    elif record == "GrantDocument":
        world.grant[name] = "另一个"
    else:
        world.item[name] = _other(world.item[name], name)
    assert before == world.decide()


def _other(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {"zh": "别名", "en": "another name"}
    if isinstance(value, list):
        return value[:1]
    return "culture" if name == "domain" else f"{value} 2"
