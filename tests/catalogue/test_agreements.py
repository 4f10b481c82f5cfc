"""An agreement narrows a grant: pairs of regions, items and fields, in both directions, and nothing else."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.agreements import (
    MAX_PAIRS,
    AgreementDocument,
    Agreements,
    CoveredItem,
    read_agreement,
    render_agreement,
    require_known,
    require_of_grant,
)
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.grants import GrantDocument
from gateway.catalogue.schema import Faults
from gateway.ground.evidence import EVERYWHERE, Arrival, Caller, Grant
from gateway.ground.refusals import Reason, Refusal
from tests.catalogue.documents import (
    CHONGQING,
    FIELDS,
    FUTURE,
    ITEMS,
    PAST,
    REGIONS,
    SICHUAN,
    TODAY,
    agreement_document,
    asking,
    caller,
    catalogue,
    grant_document,
    item_list,
    packaged,
    spoilt,
)

NARROWED = grant_document(agreement="A-SN-TN")
MIRRORED = grant_document(
    id="G-2026-002",
    consumer_province=SICHUAN,
    consumer_department="sc-hrss",
    provider_province=CHONGQING,
    regions=(SICHUAN,),
    agreement="A-SN-TN",
)


def from_chongqing(region: str, **changes: object) -> tuple[Arrival, Caller]:
    """Make Chongqing's question to Sichuan, from a region."""
    return asking(consumer_region=region, **changes), caller()


def from_sichuan(region: str) -> tuple[Arrival, Caller]:
    """Make Sichuan's question to Chongqing, from a region."""
    asked = asking(provider_province=CHONGQING, consumer_region=region, consumer_department="sc-hrss")
    return asked, caller(province=SICHUAN, department="sc-hrss")


def refused(made: Catalogue, asked: tuple[Arrival, Caller]) -> Reason:
    """Return why a question is refused."""
    with pytest.raises(Refusal) as caught:
        made.authorise(*asked)
    return caught.value.reason


def allowed(
    *agreements: AgreementDocument, grants: tuple[GrantDocument, ...] = (NARROWED, MIRRORED), province: str = SICHUAN
) -> Catalogue:
    """Make a catalogue with these agreements."""
    return catalogue(province=province, grants=grants, agreements=agreements)


@pytest.mark.parametrize("province", [SICHUAN, CHONGQING])
def test_suining_and_tongnan_ask_each_other(province: str) -> None:
    """On both sides of the border, in both directions; the records are those of the other's region."""
    made = allowed(agreement_document(), province=province)
    tongnan = made.authorise(*from_chongqing("500152")).territory
    assert ("A-SN-TN", "region_code") == (tongnan.agreement, tongnan.field)
    assert REGIONS.within("510900", TODAY, REGIONS.standing(TODAY)) == tongnan.codes
    for suining in ("510900", "510903", "510981", "510922"):
        assert {"500152", "500223", "510227", "512123"} == made.authorise(*from_sichuan(suining)).territory.codes


@pytest.mark.parametrize("province", [SICHUAN, CHONGQING])
def test_nanchong_and_tongnan_do_not(province: str) -> None:
    """营山 asks as little as 涪陵 does; nor does the province itself, which lies in no pair."""
    made = allowed(agreement_document(), province=province)
    for region in ("511300", "511322", SICHUAN):
        assert Reason.AGREEMENT_NOT_COVERED == refused(made, from_sichuan(region))
    for region in ("500102", CHONGQING):
        assert Reason.AGREEMENT_NOT_COVERED == refused(made, from_chongqing(region))


def test_records_of_nanchong_lie_outside_and_of_ambiguous_ones_nothing_is_certain() -> None:
    """511322 is 营山, 510902 became two districts, a city is wider than a county, and no place is no place."""
    territory = allowed(agreement_document()).authorise(*from_chongqing("500152")).territory
    assert {"510903", "510922"} <= territory.codes
    assert territory.codes.isdisjoint({"511322", "510902", "511300", SICHUAN, "500152", "519999", "", None})
    assert {"511322", "512930", "500152", "500223"} <= territory.outside
    uncertain = {"510902", "500112", "511300", "510900", SICHUAN, "511071", "519999", "", None}
    assert territory.outside.isdisjoint({*territory.codes, *uncertain})


def test_a_grant_without_an_agreement_is_narrowed_by_none() -> None:
    """An agreement is no other way to a grant, and takes nothing from grants that do not name it."""
    made = allowed(agreement_document(), grants=(grant_document(),))
    assert EVERYWHERE == made.authorise(*from_chongqing("500102")).territory
    assert Reason.GRANT_MISSING == refused(made, from_sichuan("510900"))


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "A-OTHER"},
        {"valid_from": PAST[0], "valid_until": PAST[1]},
        {"valid_from": FUTURE[0], "valid_until": FUTURE[1]},
        {"items": (CoveredItem("CY-SS-03", 1, ("insured",)),)},
        {"items": (CoveredItem("CY-ID-02", 2, FIELDS),)},
        {"items": (CoveredItem("CY-ID-02", 1, FIELDS[:1]),)},
        {"pairs": (("500102", "510900"),)},
        {"pairs": (("500112", "511600"),)},
    ],
)
def test_what_the_agreement_does_not_name_is_refused(changes: dict[str, object]) -> None:
    """Another agreement, other days, another item or version, fewer fields, another pair."""
    assert Reason.AGREEMENT_NOT_COVERED == refused(allowed(agreement_document(**changes)), from_chongqing("500152"))


def test_a_grant_whose_agreement_is_not_there_allows_nothing() -> None:
    """It was withdrawn."""
    assert Reason.AGREEMENT_NOT_COVERED == refused(allowed(), from_chongqing("500152"))


def test_an_abolished_partner_covers_nothing() -> None:
    """渝北 is two regions now: neither it nor 两江 asks under a pair of its code, and no record is in it."""
    pair = agreement_document(pairs=(("500112", "511600"),))
    made = allowed(pair)
    for region in ("500157", "500109"):
        assert Reason.AGREEMENT_NOT_COVERED == refused(made, from_chongqing(region))
    assert Reason.REGION_AMBIGUOUS == refused(made, from_chongqing("500112"))
    assert Reason.AGREEMENT_NOT_COVERED == refused(made, from_sichuan("511602"))


def test_the_first_grant_that_covers_region_and_fields_is_used() -> None:
    """Two grants, one for each of two agreements."""
    other = agreement_document(id="A-NC-TN", pairs=(("500152", "511300"),), items=(CoveredItem("CY-ID-02", 1, FIELDS),))
    grants = (
        replace(NARROWED, id="G-A", agreement="A-GONE"),
        replace(NARROWED, id="G-B", agreement="A-SN-TN"),
        replace(NARROWED, id="G-C", agreement="A-NC-TN"),
    )
    less = agreement_document(items=(CoveredItem("CY-ID-02", 1, FIELDS[:1]),))
    made = allowed(less, other, grants=grants)
    assert "G-B" == made.authorise(*from_chongqing("500152", fields=FIELDS[:1])).grant_id
    both = made.authorise(*from_chongqing("500152"))
    assert ("G-C", "A-NC-TN") == (both.grant_id, both.territory.agreement)
    assert "511322" in both.territory.codes


def test_an_item_that_needs_an_agreement_is_asked_under_none_within_a_province_alone() -> None:
    """Across provinces a grant without one allows nothing, and is a fault where it is loaded."""
    needing = replace(packaged("CY-ID-02"), agreement=True)
    at_home = grant_document(
        consumer_province=SICHUAN, consumer_department="sc-hrss", provider_province=SICHUAN, regions=(SICHUAN,)
    )
    lists = [item_list(province, items=[needing]) for province in (SICHUAN, CHONGQING)]
    made = catalogue(
        items=[needing], lists=lists, grants=[grant_document(), at_home], agreements=[agreement_document()]
    )
    assert Reason.AGREEMENT_NOT_COVERED == refused(made, from_chongqing("500152"))
    asked = asking(consumer_region="511300"), caller(province=SICHUAN, department="sc-hrss")
    assert EVERYWHERE == made.authorise(*asked).territory
    narrowed = catalogue(items=[needing], lists=lists, grants=[NARROWED], agreements=[agreement_document()])
    assert narrowed.authorise(*from_chongqing("500152")).territory.codes
    faults = Faults()
    require_of_grant("g", grant_document(), needing, {"A-SN-TN"}, (), faults)
    require_of_grant("g", at_home, needing, {"A-SN-TN"}, (), faults)
    assert ["expected an agreement, since CY-ID-02 needs one, found none"] == [one.message for one in faults.found]


def test_a_day_later_is_another_day() -> None:
    """What was worked out on one day does not outlive the agreement, nor the region."""
    made = Agreements([agreement_document(valid_until=TODAY)], REGIONS)
    assert made.territory("A-SN-TN", "f", "500152", SICHUAN, TODAY).codes
    assert not made.territory("A-SN-TN", "f", "500152", SICHUAN, date(2026, 11, 25)).codes
    assert made.territory("A-SN-TN", "f", "500152", SICHUAN, TODAY).codes
    assert not made.territory("A-SN-TN", "f", "500152", "530000", TODAY).codes


DATA: dict[str, Any] = tomllib.loads(render_agreement(agreement_document()).decode())


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("id",), "a b", "id"),
        (("version",), 0, "version"),
        (("version",), ..., "version"),
        (("provinces",), ["500000"], "provinces"),
        (("provinces",), ["500000", "500000"], "provinces"),
        (("provinces",), ["500000", "510000", "520000"], "provinces"),
        (("provinces",), ["510000", "500000"], "pairs[0].regions"),
        (("parties",), ["one"], "parties"),
        (("document_no",), "", "document_no"),
        (("pairs",), [], "pairs"),
        (("pairs",), [{"regions": ["500152", "510900"]}] * 2, "pairs"),
        (("pairs", 0, "regions"), ["510900", "500152"], "pairs[0].regions"),
        (("pairs", 0, "regions"), ["500152", "500110"], "pairs[0].regions"),
        (("pairs", 0, "regions"), ["500152", "SC-CDGX"], "pairs[0].regions"),
        (("pairs", 0, "colour"), "red", "pairs[0].colour"),
        (("items",), [], "items"),
        (("items", 0, "fields"), [], "items[0].fields"),
        (("items",), [{"code": "CY-ID-02", "version": 1, "fields": ["f"]}] * 2, "items"),
        (("valid_until",), date(2025, 1, 1), "valid_until"),
        (("valid_from",), "2026", "valid_from"),
        (("colour",), "red", "colour"),
    ],
)
def test_a_document_that_is_none_is_a_fault(path: tuple[str | int, ...], value: object, fault: str) -> None:
    """An empty list never means everything, and a pair has a region of each province in their order."""
    faults = Faults()
    read_agreement("a.toml", spoilt(DATA, path, value), faults)
    assert fault in [one.path for one in faults.found]


def test_an_agreement_has_so_many_pairs() -> None:
    """Beyond is a fault."""
    faults = Faults()
    many = [(f"50{place // 1000:01d}{place % 1000:03d}", "510900") for place in range(MAX_PAIRS + 1)]
    read_agreement("a", tomllib.loads(render_agreement(agreement_document(pairs=tuple(many))).decode()), faults)
    assert ["pairs"] == [one.path for one in faults.found]


def test_an_agreement_reads_back_as_it_was_written() -> None:
    """Without a fault, and to the same value and bytes."""
    faults = Faults()
    assert agreement_document() == read_agreement("a", DATA, faults)
    faults.settle()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pairs": (("500152", "510999"),)}, "found 510999"),
        ({"items": (CoveredItem("CY-ID-02", 9, FIELDS),)}, "found CY-ID-02 v9"),
        ({"items": (CoveredItem("CY-ID-02", 1, ("card_form", "colour")),)}, "found colour"),
        ({"items": (CoveredItem("CY-ID-01", 1, ("match_code",)),)}, "tell their region, found CY-ID-01"),
    ],
)
def test_what_does_not_exist_cannot_be_agreed(changes: dict[str, object], message: str) -> None:
    """Regions, items, fields, and an item whose records tell their region."""
    faults = Faults()
    require_known("a", agreement_document(**changes), {(one.code, one.version): one for one in ITEMS}, REGIONS, faults)
    assert message in "\n".join(map(str, faults.found))


@pytest.mark.parametrize(
    ("grant", "item", "message"),
    [
        (grant_document(), "CY-ID-01", ""),
        (NARROWED, "CY-ID-02", ""),
        (replace(NARROWED, agreement="A-WITHDRAWN"), "CY-ID-02", ""),
        (replace(NARROWED, agreement="A-MISSING"), "CY-ID-02", "agreement that is there, found A-MISSING"),
        (replace(NARROWED, consumer_province=SICHUAN), "CY-ID-02", "none within a province"),
        (NARROWED, "CY-ID-01", "no record of CY-ID-01 tells its region"),
    ],
)
def test_a_grant_names_an_agreement_that_can_narrow_it(grant: GrantDocument, item: str, message: str) -> None:
    """One that is there or declared withdrawn, across the border, for records that tell their region."""
    faults = Faults()
    require_of_grant("g", grant, packaged(item), {"A-SN-TN"}, {"A-WITHDRAWN"}, faults)
    assert message in "\n".join(map(str, faults.found))
    assert bool(message) is bool(faults.found)


AGREED = st.lists(
    st.builds(
        agreement_document,
        id=st.sampled_from(["A-SN-TN", "A-2"]),
        pairs=st.lists(
            st.tuples(
                st.sampled_from(["500152", "500102", "500000", "500112"]),
                st.sampled_from(["510900", "510903", "511300", "510000"]),
            ),
            min_size=1,
            max_size=3,
            unique=True,
        ).map(tuple),
        items=st.sampled_from([FIELDS, FIELDS[:1], FIELDS[1:]]).map(lambda of: (CoveredItem("CY-ID-02", 1, of),)),
        valid_until=st.sampled_from([TODAY, PAST[1], FUTURE[1]]),
    ),
    max_size=2,
    unique_by=lambda one: one.id,
)
GRANTED = st.lists(
    st.builds(
        grant_document,
        id=st.sampled_from(["G-1", "G-2", "G-3"]),
        regions=st.sampled_from([("500000",), ("500152",), ("500102", "500152")]),
        fields=st.sampled_from([FIELDS, FIELDS[:1]]),
        valid_until=st.sampled_from([TODAY, PAST[1]]),
        agreement=st.sampled_from(["", "A-SN-TN", "A-2"]),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: one.id,
)


@given(
    GRANTED,
    AGREED,
    st.booleans(),
    st.sampled_from(["500152", "500102", "500105", "500000"]),
    st.sampled_from([FIELDS, FIELDS[:1], FIELDS[1:]]),
    st.sampled_from(["510903", "511322", "510902", "510000"]),
)
def test_nothing_gets_through_that_the_narrowest_does_not_allow(
    grants: list[GrantDocument],
    agreements: list[AgreementDocument],
    active: bool,
    region: str,
    fields: tuple[str, ...],
    record: str,
) -> None:
    """Whatever documents are in force: what is answered is allowed by lists, a grant and its agreement alone."""
    made = catalogue(grants=grants, agreements=agreements, lists=[item_list(), item_list(CHONGQING, active=active)])
    found = answered(made, region, fields, record)
    if found is None:
        return
    assert active
    (granted,) = [one for one in grants if one.id == found.grant_id]
    assert TODAY <= granted.valid_until
    assert set(fields) <= set(granted.fields)
    assert any(REGIONS.covers(outer, region, TODAY) for outer in granted.regions)
    if granted.agreement:
        (agreed,) = [one for one in agreements if one.id == granted.agreement]
        assert TODAY <= agreed.valid_until
        assert set(fields) <= set(agreed.items[0].fields)
        assert any(
            REGIONS.covers(asker, region, TODAY) and REGIONS.covers(holder, record, TODAY)
            for asker, holder in agreed.pairs
        )


def answered(made: Catalogue, region: str, fields: tuple[str, ...], record: str) -> Grant | None:
    """Return the grant by which a record of a region would be answered; None where it would not."""
    try:
        found = made.authorise(*from_chongqing(region, fields=fields))
    except Refusal:
        return None
    return found if found.territory == EVERYWHERE or record in found.territory.codes else None
