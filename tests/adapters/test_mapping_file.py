"""Mapping files: the two that ship agree with the items; a wrong one does not load."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from adapters.mapping import ListingItem, SubjectItem
from adapters.mapping_file import MappingInvalid, read_mapping
from adapters.people.benefits import INSURANCE_TYPES, POLICIES, SCHEMES, VISIT_TYPES
from tests.adapters.stand_ins import ITEMS

ADAPTERS = Path(__file__).parents[2] / "adapters"
PROVINCES = ("sichuan", "chongqing")
GOOD = """
name = "trial"
[codes.card_status]
"1" = "active"
[codes.flag]
"1" = true
[items.CY-ID-02]
version = 1
place = "AC01"
subject = "AC01.AAC002"
joins = [{ table = "AZ01", on = "AAC001" }]
compare = [{ key = "name", source = "AC01.AAC003" }]
[items.CY-ID-02.fields]
card_status = { source = "AZ01.AAZ502", as = "code", codes = "card_status" }
"""


def _items() -> list[dict[str, Any]]:
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(ITEMS.glob("*.toml"))]


@pytest.mark.parametrize("province", PROVINCES)
def test_a_province_serves_exactly_the_items_of_the_catalogue(province: str) -> None:
    """Codes, versions, keys with their options, fields with their kinds."""
    mapping = read_mapping(ADAPTERS / province / "mapping.toml")
    items = _items()
    assert {item["code"] for item in items} == set(mapping.items)
    for item in items:
        served = mapping.items[item["code"]]
        assert item["version"] == served.version
        assert item["subjects"] == isinstance(served, SubjectItem)
        assert {key["name"] for key in item["keys"]} == set(served.keys)
        assert {(one["name"], one["kind"]) for one in item["fields"]} == {
            (rule.name, rule.kind) for rule in served.rules.values()
        }
        optional = served.optional if isinstance(served, SubjectItem) else frozenset()
        assert {key["name"] for key in item["keys"] if not key["required"]} == set(optional)


@pytest.mark.parametrize("province", PROVINCES)
def test_code_tables_lead_to_the_items_codes_and_to_all_of_them(province: str) -> None:
    """A shared value that no local code reaches would never be said; one outside the set would be refused."""
    raw = tomllib.loads((ADAPTERS / province / "mapping.toml").read_text(encoding="utf-8"))
    for item in _items():
        for field in item["fields"]:
            entry = raw["items"][item["code"]]["fields"][field["name"]]
            if not field.get("codes"):
                continue
            said = set(entry.get("verdict", {}).values()) | set(raw["codes"].get(entry.get("codes"), {}).values())
            said |= {entry[name] for name in ("absent",) if name in entry}
            codes = field["codes"].partition(":")[2].split(",") if isinstance(field["codes"], str) else field["codes"]
            assert set(codes) == said, (item["code"], field["name"])


@pytest.mark.parametrize("province", PROVINCES)
def test_coded_keys_take_the_shared_values(province: str) -> None:
    """Both provinces understand the same parameters."""
    shared = {
        "insurance_type": {*INSURANCE_TYPES, "120"},
        "policy_code": set(POLICIES),
        "scheme": set(SCHEMES),
        "visit_type": set(VISIT_TYPES),
    }
    mapping = read_mapping(ADAPTERS / province / "mapping.toml")
    found = {
        pick.key: set(pick.codes)
        for item in mapping.items.values()
        if isinstance(item, SubjectItem)
        for pick in item.picks
        if pick.codes is not None
    }
    assert shared == found


@pytest.mark.parametrize("province", PROVINCES)
def test_every_item_about_people_compares_the_name(province: str) -> None:
    """A number alone could be tried out."""
    for item in read_mapping(ADAPTERS / province / "mapping.toml").items.values():
        if not isinstance(item, ListingItem):
            assert "name" in {compare.key for compare in item.compares if not compare.optional}


def test_the_provinces_are_unlike() -> None:
    """Other places, other sources, other codes: what they share is the contract alone."""
    both = [read_mapping(ADAPTERS / province / "mapping.toml") for province in PROVINCES]
    sources = [{rule.source for item in one.items.values() for rule in item.rules.values()} - {""} for one in both]
    assert set() == sources[0] & sources[1]
    assert set() == {item.place for item in both[0].items.values()} & {item.place for item in both[1].items.values()}


def test_a_good_file_loads(tmp_path: Path) -> None:
    """So that the refusals below are about what they change."""
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    assert ("social_security_no", "name") == read_mapping(tmp_path / "good.toml").items["CY-ID-02"].keys


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "trial"', ""),
        ('name = "trial"', 'name = "trial"\nsurprise = 1'),
        ("version = 1", "version = 1\nsurprise = 1"),
        ("version = 1", ""),
        ('place = "AC01"', 'place = "AC01; DROP TABLE AC01"'),
        ('place = "AC01"', 'place = "AC01\\""'),
        ('place = "AC01"', 'place = "/a/../b"'),
        ('place = "AC01"', 'place = "/a?b=c"'),
        ('place = "AC01"', 'place = "/a"'),
        ('place = "AC01"', 'place = "AC01"\nreturned = "AC01.AAC003"'),
        ('place = "AC01"', 'place = "/a"\nreturned = "ry; sfzhm"'),
        ('subject = "AC01.AAC002"', 'subject = "AC01.AAC002\' OR 1=1"'),
        ('"AZ01.AAZ502"', '"AZ01.AAZ502 "'),
        ('"AZ01.AAZ502"', '"AZ01..AAZ502"'),
        ('table = "AZ01"', 'table = "AZ01--"'),
        ('on = "AAC001"', 'on = "1=1"'),
        ('as = "code"', 'as = "eval"'),
        ('as = "code"', 'as = "text"'),
        ('as = "code"', 'as = "boolean"'),
        ('codes = "card_status"', 'codes = "flag"'),
        ('codes = "card_status"', 'codes = "nothing"'),
        (', codes = "card_status" }', " }"),
        ('key = "name"', 'key = "other"'),
        ('key = "name"', 'key = "Name"'),
        ('source = "AC01.AAC003" }', 'source = "AC01.AAC003", optional = true }'),
        ("card_status = {", "Card-Status = {"),
        ('{ source = "AZ01.AAZ502", as = "code", codes = "card_status" }', "{ verdict = { match = 1 } }"),
        (
            '{ source = "AZ01.AAZ502", as = "code", codes = "card_status" }',
            '{ verdict = { match = "a", invalid = true } }',
        ),
        (
            '{ source = "AZ01.AAZ502", as = "code", codes = "card_status" }',
            '{ verdict = { match = "a", no_match = "b" } }',
        ),
        ('source = "AC01.AAC003" }', 'source = "AC01.AAC003", told = true }'),
        ('place = "AC01"', 'place = "AC01"\nheld = "AZ01; AAZ500"'),
        ('place = "AC01"', 'place = "AC01"\nlater = "AZ01..AAZ500"'),
        ('place = "AC01"', 'place = "AC01"\nvalid = { field = "card_status", in = ["active"] }'),
        ('place = "AC01"', 'place = "AC01"\nvalid = { source = "AZ01.AAZ502", as = "text", in = [] }'),
        ('place = "AC01"', 'place = "AC01"\ninapplicable = { verdict = { match = true }, in = [true] }'),
        ("[items.CY-ID-02]", "[items.CY-ID-02"),
    ],
)
def test_a_wrong_file_does_not_load(tmp_path: Path, old: str, new: str) -> None:
    """An adapter with a doubtful mapping does not start."""
    assert old in GOOD
    (tmp_path / "wrong.toml").write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(MappingInvalid):
        read_mapping(tmp_path / "wrong.toml")


@pytest.mark.parametrize(
    ("place", "returned", "loads"),
    [
        ("BL02", "", True),
        ("/ml/cg", ', returned = "wz.dqh"', True),
        ("/ml/cg", "", False),
        ("BL02", ', returned = "BL02.AAB301"', False),
        ("/ml/cg", ', returned = "wz; dqh"', False),
        ("/ml/cg", ', held = "wz.dqh"', False),
    ],
)
def test_a_directory_says_where_a_row_names_its_region(tmp_path: Path, place: str, returned: str, loads: bool) -> None:
    """A1: a service's by `returned`, a database's by the column that was asked; it is read whatever fields are."""
    text = f"""name = "trial"
[codes]
[items.CY-CU-01]
version = 1
place = "{place}"
region = {{ key = "region_code", source = "BL02.AAB301"{returned} }}
order = "BL02.BLE001"
[items.CY-CU-01.fields]
venue_code = {{ source = "BL02.BLE001", as = "text" }}
"""
    (tmp_path / "listing.toml").write_text(text, encoding="utf-8")
    if not loads:
        with pytest.raises(MappingInvalid):
            read_mapping(tmp_path / "listing.toml")
        return
    item = read_mapping(tmp_path / "listing.toml").items["CY-CU-01"]
    assert ("wz.dqh" if returned else "BL02.AAB301") == item.returned == item.sources(("venue_code",))[1]


@pytest.mark.parametrize("province", PROVINCES)
def test_every_answer_about_a_person_says_whose_it_is(province: str) -> None:
    """A1: the source of the number is asked for first, whatever fields are."""
    for item in read_mapping(ADAPTERS / province / "mapping.toml").items.values():
        if isinstance(item, SubjectItem):
            expected = item.subject if province == "sichuan" else "ry.sfzhm"
            assert expected == item.returned == item.sources(())[0]


def test_a_file_without_items_does_not_load(tmp_path: Path) -> None:
    """An adapter that serves nothing is a mistake."""
    (tmp_path / "empty.toml").write_text('name = "trial"\n[codes]\n[items]\n', encoding="utf-8")
    with pytest.raises(MappingInvalid, match="at least one item"):
        read_mapping(tmp_path / "empty.toml")
