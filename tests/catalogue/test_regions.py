"""Dated regions: what a code means on a day, what covers what, and when only a person can tell."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.catalogue.regions import Region, RegionLevel, Regions, Unresolved, judge_regions, read_regions
from gateway.catalogue.schema import Faults
from tests.catalogue.documents import REGIONS, TODAY

BEFORE, AFTER = date(2025, 11, 5), date(2025, 11, 6)


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        ("510000", TODAY, "510000"),
        ("510900", TODAY, "510900"),
        ("500152", TODAY, "500152"),
        ("500105", BEFORE, "500105"),
        ("500105", AFTER, "500157"),
        ("500112", BEFORE, "500112"),
        ("500112", AFTER, Unresolved.AMBIGUOUS),
        ("500157", BEFORE, Unresolved.UNKNOWN),
        ("500157", AFTER, "500157"),
        ("500109", AFTER, "500109"),
        ("500100", TODAY, Unresolved.UNKNOWN),
        ("510999", TODAY, Unresolved.UNKNOWN),
        ("", TODAY, Unresolved.UNKNOWN),
        ("CY-GZXQ", TODAY, "CY-GZXQ"),
    ],
)
def test_a_code_resolves_by_the_day(code: str, on: date, expected: str | Unresolved) -> None:
    """渝北 was divided in two: nobody picks one of them silently."""
    assert expected == REGIONS.resolve(code, on)


@pytest.mark.parametrize(
    ("grant", "region", "on", "expected"),
    [
        ("510000", "510000", TODAY, True),
        ("510000", "511321", TODAY, True),
        ("510000", "500152", TODAY, False),
        ("510900", "510921", TODAY, True),
        ("510900", "511321", TODAY, False),
        ("510900", "510000", TODAY, False),
        ("500000", "500152", TODAY, True),
        ("500152", "500152", TODAY, True),
        ("500152", "500000", TODAY, False),
        ("500152", "500151", TODAY, False),
        ("500105", "500105", BEFORE, True),
        ("500105", "500105", AFTER, False),
        ("500157", "500105", AFTER, True),
        ("500000", "500112", AFTER, False),
        ("500000", "500112", BEFORE, True),
        ("510000", "510999", TODAY, False),
        ("599999", "510900", TODAY, False),
        ("510100", "SC-CDGX", TODAY, True),
        ("510100", "SC-TFXQ", TODAY, False),
        ("510000", "SC-TFXQ", TODAY, True),
        ("510000", "CY-GZXQ", TODAY, False),
        ("CY-GZXQ", "CY-GZXQ", TODAY, True),
        ("CY-GZXQ", "511600", TODAY, False),
    ],
)
def test_a_region_covers_what_lies_in_it(grant: str, region: str, on: date, expected: bool) -> None:
    """By prefix of a code in force; a functional area only where all of it is covered."""
    assert expected is REGIONS.covers(grant, region, on)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("510921", "510900"), ("510900", "510900"), ("510000", "510000"), ("500152", "500000"), ("500105", "500000")],
)
def test_the_city_of_a_county_is_its_prefecture(code: str, expected: str) -> None:
    """Chongqing's districts lie in the municipality itself."""
    assert expected == REGIONS.city_of(code)


@pytest.mark.parametrize("code", ["510999", "SC-TFXQ", ""])
def test_what_lies_in_no_one_city_has_none(code: str) -> None:
    """A functional area may lie in two."""
    with pytest.raises(KeyError):
        REGIONS.city_of(code)


def test_all_prefectures_of_sichuan_and_all_districts_of_chongqing_are_there() -> None:
    """Twenty-one, and thirty-seven since two became one."""
    codes = [f"{number:06d}" for number in range(500000, 520000)]
    known = [REGIONS.region(code) for code in codes if REGIONS.knows(code)]
    in_force = [region for region in known if region.in_force(TODAY)]
    assert 21 == sum(region.level is RegionLevel.PREFECTURE for region in in_force)
    assert 37 == sum(region.code.startswith("500") and region.level is RegionLevel.COUNTY for region in in_force)


def test_every_region_names_its_source() -> None:
    """Dated data without a source is a rumour."""
    assert "mzj.cq.gov.cn" in REGIONS.region("500157").source
    assert "GB/T 2260" in REGIONS.region("510900").source


def region(**changes: object) -> dict[str, object]:
    """Return the parsed entry of a region."""
    return {"code": "510921", "name": "县", "name_en": "X", "level": "county", "parents": ["510000"], **changes}


def found(*entries: dict[str, object], **more: object) -> list[str]:
    """Return the paths of the faults of a file with these regions, and of the file as a whole."""
    faults = Faults()
    province = {"code": "510000", "name": "四川省", "name_en": "Sichuan", "level": "province", "parents": []}
    regions = read_regions("x.toml", {"source": "s", "regions": [province, *entries], **more}, faults)
    judge_regions([("x.toml", one) for one in regions], faults)
    return [fault.path for fault in faults.found]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"level": "village"}, "regions[1].level"),
        ({"parents": []}, "regions[1].parents"),
        ({"parents": ["519900"]}, "510921"),
        ({"valid_to": date(2025, 1, 1), "successors": ["519901"]}, "510921"),
        ({"valid_to": date(2025, 1, 1), "successors": ["510921"]}, "510921"),
        ({"successors": ["510000"]}, "regions[1].successors"),
        ({"valid_from": date(2025, 1, 2), "valid_to": date(2025, 1, 1)}, "regions[1].valid_to"),
        ({"valid_from": "2025"}, "regions[1].valid_from"),
        ({"code": "51"}, "regions[1].code"),
        ({"colour": "red"}, "regions[1].colour"),
    ],
)
def test_regions_that_do_not_hold_together_are_faults(changes: dict[str, object], path: str) -> None:
    """Parents and successors are known, and a successor outlasts what it succeeds, so that no chain turns back."""
    assert path in found(region(**changes))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"successor": "519900"}, "510922"),
        ({"successor": "5199"}, "recoded[0].successor"),
        ({"valid_to": "2019"}, "recoded[0].valid_to"),
        ({"counties": []}, "recoded[0].counties"),
        ({"counties": ["510922"]}, "recoded[0].counties"),
        ({"counties": ["510922 县县", "510922 县县"]}, "recoded[0].counties"),
        ({"counties": ["510921 县县"]}, "510921"),
        ({"colour": "red"}, "recoded[0].colour"),
    ],
)
def test_recoded_counties_that_do_not_hold_together_are_faults(changes: dict[str, object], path: str) -> None:
    """A12e: many counties in few lines, as strict as one."""
    entry = {"successor": "510000", "valid_to": date(2019, 1, 1), "counties": ["510922 县县"], **changes}
    prefecture = region(code="510900", level="prefecture")
    assert path in found(prefecture, region(), recoded=[entry])


def test_recoded_counties_hold_together() -> None:
    """A12e: so that the faults above are about what they change."""
    entry = {"successor": "510000", "valid_to": date(2019, 1, 1), "counties": ["510922 县县"]}
    assert [] == found(region(code="510900", level="prefecture"), region(), recoded=[entry])


def test_a_code_stands_once() -> None:
    """Two records of one code would be two truths."""
    assert ["510921", "510921"] == found(region(), region())


def test_a_chain_of_successors_is_followed_to_its_end() -> None:
    """However often a code was abolished."""

    def made(code: str, last: date, successors: tuple[str, ...]) -> Region:
        return Region(code, "县", "X", RegionLevel.COUNTY, (), date.min, last, successors, "s")

    chain = Regions(
        [
            made("510001", date(2000, 1, 1), ("510002",)),
            made("510002", date(2010, 1, 1), ("510003",)),
            made("510003", date.max, ()),
            made("510004", date(2000, 1, 1), ()),
        ]
    )
    assert "510003" == chain.resolve("510001", TODAY)
    assert "510002" == chain.resolve("510001", date(2005, 1, 1))
    assert Unresolved.UNKNOWN is chain.resolve("510004", TODAY)
