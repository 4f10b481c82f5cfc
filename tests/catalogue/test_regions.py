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
        ("510104", TODAY, "510104"),
        ("510902", TODAY, Unresolved.AMBIGUOUS),
        ("510902", date(2003, 12, 31), "510902"),
        ("510102", TODAY, Unresolved.AMBIGUOUS),
        ("512081", TODAY, "510185"),
        ("512424", TODAY, "510185"),
        ("512201", TODAY, "500101"),
        ("512301", TODAY, "500102"),
        ("510217", TODAY, "500111"),
        ("500239", TODAY, "500114"),
        ("510802", TODAY, "510802"),
        ("511071", TODAY, "SC-NJJK"),
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
    ("code", "written", "expected", "name"),
    [
        ("500110", date(2009, 6, 1), "500110", "重庆市万盛区"),
        ("500110", date(2012, 6, 1), "500110", "重庆市綦江区"),
        ("500111", date(2009, 6, 1), "500111", "重庆市双桥区"),
        ("511402", date(1996, 6, 1), "500102", "四川省涪陵市枳城区"),
        ("511402", date(1999, 6, 1), "500102", "四川省涪陵市枳城区"),
        ("511402", date(2001, 6, 1), "511402", "四川省眉山市东坡区"),
        ("511422", date(1996, 6, 1), "500230", "四川省涪陵市丰都县"),
        ("511422", date(2010, 6, 1), "511403", "四川省眉山市彭山县"),
        ("511400", date(1996, 6, 1), "500000", "四川省涪陵市"),
        ("500105", date(2019, 6, 1), "500157", "重庆市江北区"),
        ("500112", date(2019, 6, 1), Unresolved.AMBIGUOUS, "重庆市渝北区"),
        ("510902", date(2001, 6, 1), Unresolved.AMBIGUOUS, "四川省遂宁市市中区"),
        ("510802", date(2001, 6, 1), "510802", "四川省广元市市中区"),
        ("511002", date(2001, 6, 1), "511002", "四川省内江市市中区"),
        ("SC-CDGX", date(2020, 6, 1), "SC-CDGX", "四川省成都市成都高新区"),
    ],
)
def test_a_code_means_what_it_meant_on_the_day_it_was_written(
    code: str, written: date, expected: str | Unresolved, name: str
) -> None:
    """Codes were given again: without its day a code of 涪陵 reads as one of 眉山."""
    meant = REGIONS.meaning(code, written)
    assert meant is not None
    assert (expected, name) == (REGIONS.resolve(code, TODAY, written=written), REGIONS.full_name(meant, written))


@pytest.mark.parametrize(
    ("code", "city", "province"),
    [
        ("510921", "510900", "510000"),
        ("510900", "510900", "510000"),
        ("510000", "510000", "510000"),
        ("500152", "500000", "500000"),
        ("500112", "500000", "500000"),
        ("510902", "510900", "510000"),
        ("511402", "511400", "510000"),
        ("512900", "510000", "510000"),
    ],
)
def test_a_code_is_rolled_up_once(code: str, city: str, province: str) -> None:
    """To its prefecture; Chongqing's districts lie in the municipality itself, and a code given again is today's."""
    assert [(code, city, province)] == [(one, *rest) for one, _, *rest in REGIONS.rolled_up(TODAY) if one == code]


@pytest.mark.parametrize(("province", "counties"), [("51", 183), ("50", 37)])
def test_every_county_of_both_provinces_is_there(province: str, counties: int) -> None:
    """183 of Sichuan, and of the 38 that Chongqing had the 37 that are left since two became one."""
    assert counties == len([code for code in _standing(RegionLevel.COUNTY) if code.startswith(province)])
    assert 21 == len(_standing(RegionLevel.PREFECTURE))


def _standing(level: RegionLevel) -> list[str]:
    found = (REGIONS.meaning(code, TODAY) for code in REGIONS.codes)
    return [one.code for one in found if one is not None and one.level is level and one.in_force(TODAY)]


def test_every_code_that_is_no_more_leads_to_regions_of_today() -> None:
    """Somewhere along the years each county came to lie in one that stands, or in several of which nobody picks one."""
    standing = {*_standing(RegionLevel.COUNTY), *_standing(RegionLevel.PREFECTURE), *_standing(RegionLevel.PROVINCE)}
    for code in REGIONS.codes:
        for meant in REGIONS.meanings(code):
            if meant.level is RegionLevel.COUNTY:
                found = REGIONS.resolve(code, TODAY, written=min(meant.valid_to, TODAY))
                assert found is Unresolved.AMBIGUOUS or found in standing, (code, meant.name)


def test_what_lies_within_a_region_is_told_by_every_code_that_a_record_may_have() -> None:
    """An ambiguous code lies within nothing, not even where all of its successors do."""
    standing = REGIONS.standing(TODAY)
    within = REGIONS.within("510900", TODAY, standing)
    assert {"510900", "510903", "510904", "510981", "510922", "512835"} <= within
    assert within.isdisjoint({"510902", "511304", "510000", "500152"})
    assert {"500157", "500105"} == {
        code for code in REGIONS.within("500157", TODAY, standing) if code.startswith("500")
    }
    assert frozenset() == REGIONS.within("500112", TODAY, standing)
    assert {"511071", "SC-NJJK"} <= REGIONS.within("511000", TODAY, standing)
    for code in REGIONS.codes:
        assert (code in within) is REGIONS.covers("510900", code, TODAY), code


def test_a_county_is_told_by_every_code_that_names_one_and_one_alone() -> None:
    """What is wider, ambiguous, not known or an area of a local code could lie here as well as there."""
    counties = REGIONS.counties(TODAY, REGIONS.standing(TODAY))
    assert {"511322", "510903", "510922", "500152", "500223", "500157", "500105"} <= counties
    assert counties.isdisjoint({"510900", "510000", "510902", "500112", "511071", "SC-NJJK", "519999"})


def test_every_region_names_its_source() -> None:
    """Dated data without a source is a rumour."""
    assert all(meant.source for code in REGIONS.codes for meant in REGIONS.meanings(code))
    assert "mzj.cq.gov.cn" in REGIONS.meanings("500157")[0].source
    assert all("MIT" in REGIONS.meanings(code)[-1].source for code in ("510900", "510104"))
    assert "LGPL" in REGIONS.meanings("510902")[0].source


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
        ({"aliases": ["SC-CDGX"]}, "regions[1].aliases"),
        ({"colour": "red"}, "regions[1].colour"),
    ],
)
def test_regions_that_do_not_hold_together_are_faults(changes: dict[str, object], path: str) -> None:
    """Parents and successors are known, and a successor outlasts what it succeeds, so that no chain turns back."""
    assert path in found(region(**changes))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"valid_to": "2019"}, "recoded[0].valid_to"),
        ({"counties": []}, "recoded[0].counties"),
        ({"counties": ["510922 县县"]}, "recoded[0].counties"),
        ({"counties": ["510922 县县 510000|"]}, "recoded[0].counties"),
        ({"counties": ["510922 县县 510000", "510922 县县 510000"]}, "recoded[0].counties"),
        ({"counties": ["510921 县县 510000"]}, "510921"),
        ({"counties": ["510922 县县 519900"]}, "510922"),
        ({"parent": "519900"}, "510922"),
        ({"parent": "5199"}, "recoded[0].parent"),
        ({"colour": "red"}, "recoded[0].colour"),
    ],
)
def test_recoded_counties_that_do_not_hold_together_are_faults(changes: dict[str, object], path: str) -> None:
    """A12e: many counties in few lines, as strict as one."""
    entry = {"valid_to": date(2019, 1, 1), "counties": ["510922 县县 510000"], **changes}
    prefecture = region(code="510900", level="prefecture")
    assert path in found(prefecture, region(), recoded=[entry])


def test_recoded_counties_hold_together() -> None:
    """A12e: so that the faults above are about what they change."""
    entry = {"valid_to": date(2019, 1, 1), "counties": ["510922 县县 510000"]}
    assert [] == found(region(code="510900", level="prefecture"), region(), recoded=[entry])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"parent": "519900"}, "510922"),
        ({"counties": ["510922 县县"]}, "counties[0].counties"),
        ({"counties": []}, "counties[0].counties"),
        ({"valid_to": date(2019, 1, 1)}, "counties[0].valid_to"),
    ],
)
def test_counties_of_a_parent_that_do_not_hold_together_are_faults(changes: dict[str, object], path: str) -> None:
    """They stand: what is no more has its last day and its successor in another table."""
    entry = {"parent": "510000", "counties": ["510922 县县 Xian"], **changes}
    assert path in found(region(), counties=[entry])


def test_a_code_means_one_region_a_day() -> None:
    """Two records of one code on one day would be two truths, and so would an alias that is a code."""
    assert ["510921", "510921"] == found(region(), region())
    earlier, later = {"valid_to": date(2003, 12, 31)}, {"valid_from": date(2004, 1, 1)}
    assert [] == found(region(**earlier), region(**later))
    assert ["510921", "510921"] == found(region(valid_to=date(2004, 1, 1)), region(**later))
    area = {"code": "SC-AA", "level": "functional_area", "aliases": ["510921"]}
    assert ["510921", "SC-AA"] == found(region(), region(**area))


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
