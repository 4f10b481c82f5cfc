"""Claims about regions and addresses: rolled up along the dated history, and nothing finer than a city comes out."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.assembly.build import places_of
from gateway.catalogue.loader import load_regions
from gateway.catalogue.regions import Regions
from gateway.masking import generalise
from gateway.masking.context import Context
from gateway.masking.faults import MaskingError
from gateway.masking.places import NO_PLACES, STATE, Place, Places
from tests.masking.pages import TODAY

PLACES = places_of(load_regions(), TODAY)
HERE = Context(TODAY)


@pytest.mark.parametrize(
    ("city", "province", "code"),
    [
        ("510100", "510000", "510104"),
        ("510900", "510000", "510903"),
        ("510000", "510000", "510000"),
        ("500000", "500000", "500112"),
        ("500000", "500000", "500235"),
        ("500000", "500000", "500199"),
        ("500000", "500000", "510212"),
        ("500000", "500000", "512201"),
        ("500000", "500000", "512301"),
        ("500000", "500000", "513521"),
        ("110000", "110000", "110105"),
        ("440300", "440000", "440305"),
    ],
)
def test_a_region_becomes_its_city_and_its_province(city: str, province: str, code: str) -> None:
    """Counties roll up; abolished codes lie where their successors do; codes not known go by their digits."""
    assert (city, None) == generalise.city(PLACES)((code, None), HERE)
    assert (province, None) == generalise.province(PLACES)((code, None), HERE)


@pytest.mark.parametrize(
    ("city", "code"),
    [
        ("511300", "512921"),
        ("511700", "513021"),
        ("511800", "513101"),
        ("511500", "512501"),
        ("511000", "512401"),
        ("511400", "511128"),
        ("511100", "511123"),
        ("512000", "511023"),
        ("510100", "512081"),
        ("511900", "513025"),
        ("511600", "513031"),
        ("511600", "512925"),
        ("510800", "512931"),
        ("510500", "512502"),
        ("510300", "512522"),
        ("510600", "512724"),
        ("510900", "512832"),
        ("511400", "513822"),
        ("510100", "513902"),
        ("510600", "519001"),
        ("511700", "513002"),
        ("500000", "511221"),
        ("500000", "511481"),
        ("500000", "512125"),
    ],
)
def test_an_abolished_county_lies_in_the_city_of_its_successor(city: str, code: str) -> None:
    """A12e: county by county, for most abolished prefectures were divided; 犍为 (511123) never left 乐山."""
    assert (city, None) == generalise.city(PLACES)((code, None), HERE)


@pytest.mark.parametrize(
    "code", ["512400", "512500", "512600", "512700", "512800", "512900", "513000", "513900", "512999"]
)
def test_a_prefecture_that_was_divided_is_no_one_city(code: str) -> None:
    """A12e: where several succeed, the province is all that is said, never a code that exists nowhere."""
    assert ("510000", "510000") == (PLACES.city_of(code), PLACES.province_of(code))


def test_every_code_of_sichuan_and_chongqing_becomes_a_city_of_today() -> None:
    """A12e: whatever six digits of an abolished prefecture, known or not, what comes out stands today."""
    regions = load_regions()
    abolished = {code[:4] for code, *_ in regions.rolled_up(TODAY) if not _stands(regions, code)}
    for prefix in abolished:
        for county in range(100):
            city = PLACES.city_of(f"{prefix}{county:02d}")
            assert _stands(regions, city), f"{prefix}{county:02d}"


def _stands(regions: Regions, code: str) -> bool:
    meant = regions.meaning(code, TODAY)
    return meant is not None and meant.in_force(TODAY)


def test_an_abolished_code_lies_where_it_lay_while_it_stood() -> None:
    """On the last day of Sichuan's Chongqing its code lies in Sichuan."""
    before = places_of(load_regions(), date(1997, 6, 17))
    assert ("510200", "510000") == (before.city_of("510212"), before.province_of("510212"))


@pytest.mark.parametrize("made", [generalise.city(PLACES), generalise.province(NO_PLACES)])
@pytest.mark.parametrize(
    "code", ["", "51010", "5101040", "010104", "51010A", "５１０１０４", "510104\n", "成都市", "510104\n510105"]
)
def test_what_is_no_region_code_fails(made: object, code: str) -> None:
    """A value of another form never passes through."""
    for column in ((code,), ("510104", code), (code, None)):
        with pytest.raises(MaskingError, match="expected region codes"):
            made(column, HERE)  # type: ignore[operator]  # both are operators


@pytest.mark.parametrize(
    ("expected", "address"),
    [
        ("510100", "四川省成都市锦江区样例路1号"),
        ("510100", "四川 成都市锦江区样例路1号"),
        ("510100", "成都样例路１号"),
        ("510100", "中国四川省成都市"),
        ("513200", "四川省阿坝藏族羌族自治州样例县"),
        ("510900", "四川省船山区样例街"),
        ("510000", "四川省样例县"),
        ("500000", "重庆市渝北区样例路"),
        ("500000", "重庆渝中区"),
        ("500000", "四川省重庆市沙坪坝区样例路"),
        (STATE, "样例市江北区样例路"),
        (STATE, "渝北区样例路"),
        (STATE, "某某路1号，四川省成都市"),
        (STATE, ""),
        (STATE, "\ud800"),
    ],
)
def test_an_address_becomes_the_city_by_which_it_begins(expected: str, address: str) -> None:
    """Full and short names, without blanks; a county alone, or nothing known, becomes the state."""
    assert (expected, None) == generalise.address_city(PLACES)((address, None), HERE)


@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=60), st.text("四川省成都市重庆锦江区 1路", max_size=30)), max_size=20
    )
)
def test_any_address_becomes_a_code_that_is_known(addresses: list[str | None]) -> None:
    """Six digits of a city, a province or the state, whatever the text; row by row as in the column."""
    masked = generalise.address_city(PLACES)(tuple(addresses), HERE)
    assert tuple(generalise.address_city(PLACES)((each,), HERE)[0] for each in addresses) == masked
    assert [each is None for each in addresses] == [cell is None for cell in masked]
    assert all(cell is None or (len(str(cell)) == 6 and str(cell).endswith("00")) for cell in masked)


def test_counties_of_one_name_in_one_province_are_not_told_apart() -> None:
    """Where a province has two of a name, the province is all that is said."""
    twice = Places(
        [Place("510000", "四川省", "510000", "510000")]
        + [Place(f"51{city}02", "市中区", f"51{city}00", "510000") for city in ("10", "11")]
    )
    assert "510000" == twice.city_in("四川省市中区样例路")
