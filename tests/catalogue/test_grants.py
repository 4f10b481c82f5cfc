"""Grants: an empty list refuses to load, and none reaches beyond its item, its department or its province."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date

import pytest

from gateway.catalogue.grants import GrantDocument, Onward, read_grant, render_grant, require_of_item
from gateway.catalogue.schema import Faults
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import LegalBasis, Level, Mode, SharingMode
from tests.catalogue.documents import ITEMS, PARTIES, REGIONS, SICHUAN, grant_document, spoilt

BY_KEY = {(item.code, item.version): item for item in ITEMS}


def beyond(document: GrantDocument) -> list[str]:
    """Return the paths at which a grant reaches too far."""
    faults = Faults()
    require_of_item("x.toml", document, BY_KEY, PARTIES, REGIONS, faults)
    return [fault.path for fault in faults.found]


@pytest.mark.parametrize("column", ["scenes", "use_bases", "lawful_bases", "regions", "fields"])
def test_an_empty_list_in_a_grant_refuses_to_load(column: str) -> None:
    """Empty never means everything."""
    faults = Faults()
    read_grant("x.toml", spoilt(tomllib.loads(render_grant(grant_document()).decode()), [column], []), faults)
    assert [column] == [fault.path for fault in faults.found]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *((column, ...) for column in ("id", "consumer_province", "consumer_department", "provider_province")),
        *((column, ...) for column in ("item_code", "item_version", "scenes", "use_bases", "lawful_bases", "regions")),
        *(
            (column, ...)
            for column in (
                "fields",
                "purposes",
                "modes",
                "legal_bases",
                "provider_department",
                "valid_from",
                "valid_until",
                "approved_by",
            )
        ),
        ("application_no", ...),
        ("application_no", " "),
        ("valid_until", date(2025, 12, 31)),
        ("valid_until", "2026-12-31"),
        ("regions", ["5101"]),
        ("scenes", ["*"]),
        ("fields", ["*"]),
        ("lawful_bases", ["any"]),
        ("id", "../G"),
        ("transferable", True),
    ],
)
def test_a_grant_out_of_form_is_a_fault(column: str, value: object) -> None:
    """共享条例 art. 20 names the columns; there are no wildcards."""
    faults = Faults()
    read_grant("x.toml", spoilt(tomllib.loads(render_grant(grant_document()).decode()), [column], value), faults)
    assert column in [fault.path for fault in faults.found]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"item_code": "CY-XX-99"}, "item_code"),
        ({"item_version": 2}, "item_code"),
        ({"scenes": ("same-city-ticket",)}, "scenes"),
        ({"use_bases": ("tourism-benefit",)}, "use_bases"),
        ({"lawful_bases": (LawfulBasis.CONSENT,)}, "lawful_bases"),
        ({"fields": ("birth_date",)}, "fields"),
        ({"regions": ("510900",)}, "regions"),
        ({"regions": ("500199",)}, "regions"),
        ({"consumer_department": "sc-hrss"}, "consumer_department"),
        ({"consumer_department": "cq-bank"}, "consumer_department"),
        ({"consumer_department": "cq-transport"}, "consumer_department"),
        ({"consumer_province": SICHUAN}, "consumer_department"),
        ({"provider_department": "cq-hrss"}, "provider_department"),
        ({"provider_department": "sc-bank"}, "provider_department"),
        ({"provider_department": "sc-finance"}, "provider_department"),
        ({"provider_department": "sc-finance"}, "fields"),
        ({"modes": (Mode(SharingMode.FILE, 1),)}, "modes"),
        ({"modes": (Mode(SharingMode.API, 2),)}, "modes"),
        ({"modes": (Mode(SharingMode.BATCH, 500),)}, "modes"),
        ({"modes": (Mode(SharingMode.BATCH, 501, 20),)}, "modes"),
        ({"modes": (Mode(SharingMode.BATCH, 30, 40),)}, "modes"),
        ({"legal_bases": (LegalBasis("510000", "某办法", "1", draft=False),)}, "legal_bases"),
        ({"onward": (Onward("sc-library", "ZG-1", date(2026, 1, 1)),)}, "onward"),
        ({"onward": (Onward("cq-bank", "ZG-1", date(2026, 1, 1)),)}, "onward"),
    ],
)
def test_a_grant_reaches_no_further_than_its_item(change: dict[str, object], path: str) -> None:
    """A bank is no party, transport is no consumer of card status, Suining lies in another province."""
    assert path in beyond(grant_document(**change))


def test_a_grant_of_an_earlier_release_is_one_fault_that_names_the_page() -> None:
    """It allows nothing by silence: it does not load, and the upgrade page says what to do."""
    faults, data = Faults(), tomllib.loads(render_grant(grant_document()).decode())
    for column in ("modes", "legal_bases", "purposes", "provider_department", "batch_approvals", "onward"):
        del data[column]
    read_grant("x.toml", {**data, "purpose": "办理业务"}, faults)
    (fault,) = faults.found
    assert "modes" == fault.path
    assert "docs/how-to/upgrade-a-node.md" in fault.message
    assert "earlier release" in fault.message


@pytest.mark.parametrize("column", ["modes", "purposes", "batch_approvals", "onward"])
def test_what_a_grant_names_stands_once(column: str) -> None:
    """Of two bounds of one name nobody could say which holds."""
    faults, data = Faults(), tomllib.loads(render_grant(grant_document()).decode())
    read_grant("x.toml", {**data, column: [data[column][0], data[column][0]]}, faults)
    assert [column] == [fault.path for fault in faults.found]


def test_a_grant_within_its_item_is_good() -> None:
    """The document that the negative cases spoil is good."""
    assert [] == beyond(grant_document())


def test_an_encrypted_field_needs_the_departments_key() -> None:
    """Without a public key nobody could read the field, or the platform's text would leave (mutants 27)."""
    document = grant_document()
    item = BY_KEY[(document.item_code, document.item_version)]
    sealed = replace(item, fields=tuple(replace(field, level=Level.ENCRYPT) for field in item.fields[:1]))
    for expected, of, key in ((["sealing_key"], sealed, ""), ([], sealed, "some key"), ([], item, "")):
        faults = Faults()
        asked = replace(document, fields=(item.fields[0].name,), sealing_key=key)
        require_of_item("x.toml", asked, {(of.code, of.version): of}, PARTIES, REGIONS, faults)
        assert expected == [fault.path for fault in faults.found]


def test_the_version_of_an_item_counts_from_one_to_its_bound() -> None:
    """The bounds themselves are versions, and what lies next to them is none."""
    document = tomllib.loads(render_grant(grant_document()).decode())
    for version, good in ((0, False), (1, True), (9_999, True), (10_000, False)):
        faults = Faults()
        read_grant("x.toml", spoilt(document, ["item_version"], version), faults)
        assert good is (not faults.found)


def test_a_grant_for_nobody_is_none() -> None:
    """A number of persons counts from one: 0 would be read as that nothing is said, so it refuses to load."""
    document = tomllib.loads(render_grant(grant_document()).decode())
    for column in ("operator_day", "department_day"):
        for persons, good in ((-1, False), (0, False), (1, True), (1_000_000, True), (1_000_001, False), ("7", False)):
            faults = Faults()
            read_grant("x.toml", spoilt(document, ["modes", 0, column], persons), faults)
            assert good is (not faults.found)


def test_numbers_of_persons_need_an_item_that_names_persons() -> None:
    """A number that nothing counts would be believed to hold."""
    item = BY_KEY[("CY-ID-02", 1)]
    narrowed = grant_document(modes=(replace(item.modes[0], department_day=5),))
    assert [] == beyond(narrowed)
    faults = Faults()
    directory = replace(item, subjects=False)
    require_of_item("x.toml", narrowed, {(item.code, item.version): directory}, PARTIES, REGIONS, faults)
    assert "modes" in [fault.path for fault in faults.found]
