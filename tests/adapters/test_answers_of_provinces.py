"""What both provinces answer about the awkward people: the same by the same rules, from unlike platforms."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from adapters.contract import Platform, PlatformError
from adapters.identity_number import modern
from adapters.people.awkward import AWKWARD, COMPLETE
from adapters.people.population import population
from adapters.people.records import Person
from adapters.people.samples import sample_rows, samples
from tests.adapters.stand_ins import PERSONS, SEED, fetch, one, outcome

PEOPLE = {name: population(name, SEED, PERSONS).people for name in ("sichuan", "chongqing")}


@pytest.fixture(params=sorted(PEOPLE))
def province(request: pytest.FixtureRequest) -> str:
    """Name the province."""
    return str(request.param)


@pytest.fixture
def platform(province: str, sichuan: Platform, chongqing: Platform) -> Platform:
    """Open the province's platform."""
    return {"sichuan": sichuan, "chongqing": chongqing}[province]


def _who(person: Person) -> dict[str, str]:
    return {"social_security_no": person.social_security_no, "name": person.name}


def _case(province: str, case: str) -> Person:
    return PEOPLE[province][AWKWARD[case]]


async def test_every_item_has_a_sample_that_is_answered(platform: Platform, province: str) -> None:
    """Every field of the complete person holds something, but the employer of an elder."""
    for code, row in samples(province, SEED, PERSONS).items():
        page = (await fetch(platform, code, row))[0]
        empty = {name for name, values in page.items() if values[0] is None}
        assert empty <= {"employer"}, code


@pytest.mark.parametrize("case", AWKWARD)
async def test_every_awkward_person_is_found_and_told_right(platform: Platform, province: str, case: str) -> None:
    """Whatever the name, the number or the district."""
    person = _case(province, case)
    card = person.cards[-1]
    found = await one(platform, "CY-ID-02", _who(person))
    assert {
        "card_form": card.card_form,
        "ss_app_status": card.ss_status,
        "ss_app_usable": card.ss_status == "active",
        "bank_app_status": card.bank_status,
        "bank_app_usable": card.bank_status == "active",
        "e_card_status": card.e_card_status,
        "region_code": card.region_code,
        "card_no": card.card_no,
        "issue_date": card.issue_date,
    } == found


async def test_all_people_are_told_right_in_one_page(platform: Platform, province: str) -> None:
    """Three hundred subjects, one page, in order."""
    people = PEOPLE[province]
    (page,) = await fetch(platform, "CY-ID-02", *map(_who, people))
    assert [person.cards[-1].card_no for person in people] == list(page["card_no"])
    assert [person.cards[-1].issue_date for person in people] == list(page["issue_date"])


@pytest.mark.parametrize(
    ("item", "field", "key", "attribute"),
    [("CY-TR-01", "eligible", "policy_code", "concessions"), ("CY-TO-01", "eligible", "scheme", "tickets")],
)
async def test_entitlements_are_told_right(
    platform: Platform, province: str, item: str, field: str, key: str, attribute: str
) -> None:
    """Who has no record is not eligible."""
    value = {"policy_code": "senior_65", "scheme": "annual_pass"}[key]
    people = PEOPLE[province]
    (page,) = await fetch(platform, item, *({**_who(person), key: value} for person in people))
    expected = [
        next((held.eligible for held in getattr(person, attribute) if held.code == value), False) for person in people
    ]
    assert expected == list(page[field])
    assert {True, False} == set(expected)


async def test_insurance_is_told_right(platform: Platform, province: str) -> None:
    """Who has no record is not insured."""
    people = PEOPLE[province]
    (page,) = await fetch(platform, "CY-SS-03", *({**_who(one), "insurance_type": "110"} for one in people))
    expected = [
        next((held.status for held in person.insurances if held.insurance_type == "110"), "not_insured")
        for person in people
    ]
    assert expected == list(page["insured_status"])


async def test_amounts_keep_every_digit(platform: Platform, province: str) -> None:
    """As text, whatever the platform holds them in."""
    person = PEOPLE[province][COMPLETE]
    rows = sample_rows(person)
    assert person.transfer is not None
    assert str(person.transfer.amount) == (await one(platform, "CY-SS-02", rows["CY-SS-02"]))["transfer_amount"]
    paid = person.disbursements[0]
    assert str(paid.amount) == (await one(platform, "CY-FD-03", rows["CY-FD-03"]))["payment_amount"]


# the identity check


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "found"),
        ({"card_no": ""}, "found"),
        ({"name": "无名氏"}, "no_match"),
        ({"card_no": "T99999999"}, "no_match"),
        ({"social_security_no": "519999193001010014"}, "no_match"),
        ({"social_security_no": "not a number"}, "no_match"),
        ({"social_security_no": ""}, "no_match"),
        ({"social_security_no": "%"}, "no_match"),
        ({"social_security_no": "' OR '1'='1"}, "no_match"),
        ({"social_security_no": "\u0000"}, "no_match"),
    ],
)
async def test_the_identity_check_says_what_is_so(
    platform: Platform, province: str, change: dict[str, str], said: str
) -> None:
    """A wrong name and a number of nobody are one answer."""
    row = {**samples(province, SEED)["CY-ID-01"], **change}
    assert said == await outcome(platform, "CY-ID-01", row)
    if said == "found":
        assert {"matched": True, "card_usable": True} == await one(platform, "CY-ID-01", row)


async def test_a_former_name_does_not_match(platform: Platform, province: str) -> None:
    """The register's name counts."""
    person = _case(province, "name_change")
    row = {**_who(person), "name": str(person.former_name)}
    assert "no_match" == await outcome(platform, "CY-ID-01", row)


async def test_an_old_card_is_invalid_though_the_person_matches(platform: Platform, province: str) -> None:
    """The card that is given counts, not the newest."""
    person = _case(province, "two_cards")
    old = {**_who(person), "card_no": person.cards[0].card_no}
    assert {"matched": True, "card_usable": False} == await one(platform, "CY-ID-01", old)
    assert (await one(platform, "CY-ID-01", _who(person)))["card_usable"]


async def test_the_card_of_a_deceased_person_is_invalid(platform: Platform, province: str) -> None:
    """Cancelled, and so told."""
    found = await one(platform, "CY-ID-01", _who(_case(province, "deceased")))
    assert {"matched": True, "card_usable": False} == found


async def test_a_legacy_number_is_found_in_both_forms(platform: Platform, province: str) -> None:
    """The platform holds 15 digits; the counter may type 18."""
    person = _case(province, "legacy_number")
    row = {**_who(person), "social_security_no": modern(person.social_security_no)}
    assert "found" == await outcome(platform, "CY-ID-01", row)


@pytest.mark.parametrize("dot", ["\u2022", "\u30fb", "\uff65", " \u00b7 ", "."])
async def test_another_middle_dot_is_the_same_name(platform: Platform, province: str, dot: str) -> None:
    """Keyboards have many."""
    person = _case(province, "minority_name")
    row = {**_who(person), "name": person.name.replace("\u00b7", dot)}
    assert "found" == await outcome(platform, "CY-ID-01", row)


async def test_a_name_without_its_middle_dot_is_the_same(platform: Platform, province: str) -> None:
    """A10: many forms leave the dot out; a letter that is left out makes another name."""
    person = _case(province, "minority_name")
    whole = person.name.replace("\u00b7", "")
    for name, expected in ((whole, "found"), (whole[:-1], "no_match")):
        row = {**_who(person), "name": name}
        assert expected == await outcome(platform, "CY-ID-01", row)


# nothing is told to strangers


@pytest.mark.parametrize("change", [{"name": "无名氏"}, {"social_security_no": "519999193001010014"}])
async def test_a_stranger_learns_nothing(platform: Platform, province: str, change: dict[str, str]) -> None:
    """A wrong name and an unknown number get the same row, in every item."""
    for code, row in samples(province, SEED).items():
        if "name" in row:
            assert "no_match" == await outcome(platform, code, {**row, **change}), code


async def test_a_wrong_account_is_denied_and_the_right_one_not_shown(platform: Platform, province: str) -> None:
    """The asker learns that it does not match, and nothing about the account that would."""
    row = {**samples(province, SEED)["CY-FD-01"], "bank_account": "9999980000000000000"}
    expected = {"account_match": False, "account_state": None, "bank_code": None, "bank_account": None}
    assert expected == await one(platform, "CY-FD-01", row)


async def test_the_account_of_somebody_else_is_denied(platform: Platform, province: str) -> None:
    """It must be the payee's own."""
    other = PEOPLE[province][0].cards[-1].bank_account
    row = {**samples(province, SEED)["CY-FD-01"], "bank_account": other}
    assert False is (await one(platform, "CY-FD-01", row))["account_match"]


async def test_an_unknown_payee_is_neither_confirmed_nor_denied(platform: Platform, province: str) -> None:
    """Null, not false."""
    row = {**samples(province, SEED)["CY-FD-01"], "social_security_no": "519999193001010014"}
    assert "no_match" == await outcome(platform, "CY-FD-01", row)


@pytest.mark.parametrize(
    ("code", "key", "said"),
    [
        ("CY-FD-03", "payment_no", "not_held"),
        ("CY-SS-02", "transfer_no", "not_held"),
        ("CY-TR-02", "card_no", "no_match"),
        ("CY-FI-02", "card_no", "no_match"),
    ],
)
async def test_the_record_of_somebody_else_is_not_told(
    platform: Platform, province: str, code: str, key: str, said: str
) -> None:
    """A number of a record opens only the asked person's."""
    other = sample_rows(PEOPLE[province][AWKWARD["compound_surname"]])
    assert key in other[code]
    row = {**samples(province, SEED)[code], key: other[code][key]}
    assert said == await outcome(platform, code, row)


async def test_who_never_confirmed_is_known_but_has_no_confirmation(platform: Platform, province: str) -> None:
    """That a person is known and that a confirmation is held are two things."""
    person = next(one for one in PEOPLE[province] if one.confirmation is None)
    assert "not_held" == await outcome(platform, "CY-SS-01", _who(person))
    assert "no_match" == await outcome(platform, "CY-SS-01", {**_who(person), "name": "无名氏"})


@pytest.mark.parametrize(
    ("code", "key"), [("CY-SS-03", "insurance_type"), ("CY-TR-01", "policy_code"), ("CY-HE-01", "visit_type")]
)
@pytest.mark.parametrize("value", ["", "never", "pension", "养老保险", "QYYL", "\u0000", "%"])
async def test_an_unknown_parameter_is_no_match(
    platform: Platform, province: str, code: str, key: str, value: str
) -> None:
    """Local codes are not shared values."""
    row = {**samples(province, SEED)[code], key: value}
    assert "no_match" == await outcome(platform, code, row)


# directories


async def test_a_directory_is_asked_by_province_city_and_county(platform: Platform, province: str) -> None:
    """Each prefix holds the next."""
    county = PEOPLE[province][COMPLETE].region_code
    sizes = []
    for region in (county, f"{county[:4]}00", f"{county[:2]}0000"):
        (page,) = await fetch(platform, "CY-FI-01", {"region_code": region})
        assert all(str(code).startswith(region.rstrip("0")[:6]) for code in page["region_code"])
        sizes.append(len(page["region_code"]))
    assert 0 < sizes[0] <= sizes[1] <= sizes[2]
    assert sizes[0] < sizes[2]


@pytest.mark.parametrize(
    "region", ["", "51", "510", "5109000", "%%%%%%", "______", "51 900", "abcdef", "５１０９００", "000000"]
)
async def test_a_region_that_is_none_has_no_rows(platform: Platform, region: str) -> None:
    """No page at all, and no pattern of the database."""
    assert [] == await fetch(platform, "CY-TO-02", {"region_code": region})


async def test_a_directory_comes_in_pages_of_a_stable_order(platform: Platform, province: str) -> None:
    """Each record once."""
    region = {"region_code": {"sichuan": "510000", "chongqing": "500000"}[province]}
    pages = await fetch(platform, "CY-CU-02", region, page_rows=7, fields=("library_code",))
    codes = [code for page in pages for code in page["library_code"]]
    assert {7} == {len(page["library_code"]) for page in pages[:-1]}
    assert sorted(set(codes), key=str) == codes
    assert len(codes) == len((await fetch(platform, "CY-CU-02", region))[0]["library_code"])


# questions that are not served


@pytest.mark.parametrize(
    "change",
    [
        {"item_code": "CY-XX-99"},
        {"item_version": 2},
        {"item_version": 0},
        {"fields": ("card_uid",)},
        {"fields": ("matched", "AZ01.AAZ501")},
        {"fields": ("matched", "matched")},
        {"fields": ()},
        {"keys": {}},
        {"keys": {"social_security_no": ["1"]}},
        {"keys": {"social_security_no": ["1"], "name": ["a"], "phone": ["2"]}},
        {"keys": {"social_security_no": ["1", "2"], "name": ["a"]}},
        {"keys": {"social_security_no": [], "name": []}},
        {"page_rows": 0},
        {"page_rows": 10_001},
    ],
)
async def test_a_question_that_is_not_served_is_an_error(platform: Platform, change: dict[str, Any]) -> None:
    """Before the platform is asked."""
    from adapters.contract import Question

    good: dict[str, Any] = {
        "item_code": "CY-ID-01",
        "item_version": 1,
        "keys": {"social_security_no": ["519999193001010014"], "name": ["无名氏"]},
        "fields": ("matched",),
        "page_rows": 10,
        "deadline_seconds": 5.0,
    }
    with pytest.raises(PlatformError) as caught:
        async for _ in platform.fetch(Question(**{**good, **change})):
            pass
    assert "519999193001010014" not in str(caught.value)
    assert PlatformError is type(caught.value)


async def test_an_abolished_district_stays_in_the_records(platform: Platform, province: str) -> None:
    """Historical records keep their code; the catalogue decides what it means today."""
    for case, code in (("abolished_region_jiangbei", "500105"), ("abolished_region_yubei", "500112")):
        person = _case(province, case)
        found = await one(platform, "CY-HE-01", {**_who(person), "visit_type": "inpatient"})
        assert code == found["region_code"]


async def test_a_child_is_told_with_its_birth_date_for_the_gateway_to_judge(platform: Platform, province: str) -> None:
    """The stricter masks for people under 14 are the gateway's."""
    person = _case(province, "minor")
    found = await one(platform, "CY-TR-01", {**_who(person), "policy_code": "senior_60"})
    assert date(2013, 3, 15) == found["birth_date"]
    assert False is found["eligible"]
