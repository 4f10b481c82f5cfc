"""Step 3: every reason to refuse, and the order in which they are looked for."""

from __future__ import annotations

import time
import timeit
from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest

from gateway.catalogue.lists import ListKind
from gateway.ground.clock import china_day
from gateway.ground.evidence import Channel, Column, LawfulBasis, Operator, Page
from gateway.ground.item import Kind
from gateway.ground.refusals import Reason, Refusal
from tests.catalogue.documents import (
    BATCH_NO,
    BODY,
    CHONGQING,
    FIELDS,
    FUTURE,
    ITEMS,
    ONWARD_NO,
    PARTIES,
    PAST,
    SICHUAN,
    UNIT,
    asking,
    caller,
    catalogue,
    grant_document,
    item_list,
    packaged,
    parties,
)
from tests.samples import NOW_US, NUMBER, arrival, ask, modes

EMPTY = Page(0, ())


def people(rows: int) -> Page:
    """Return the keys of so many people."""
    return ask(subjects=rows).keys


def twice(keys: Page) -> Page:
    """Return the keys with one column twice."""
    return replace(keys, columns=(*keys.columns, keys.columns[0]))


def reason(change: dict[str, object], **others: object) -> Reason:
    """Return why the sample's catalogue refuses the sample's question with some fields changed."""
    with pytest.raises(Refusal) as caught:
        catalogue().authorise(asking(**change), caller(**others))
    return caught.value.reason


def test_a_question_within_the_grant_is_allowed() -> None:
    """The grant names the item, the recipient, the fields as asked, the document and both lists."""
    found = catalogue().authorise(asking(), caller())
    assert "CY-ID-02" == found.item.code
    assert "G-2026-001" == found.grant_id
    assert "500000/cq-hrss" == found.recipient
    assert FIELDS == found.fields
    assert ("510000/application-list@1", "500000/application-list@1") == found.list_versions
    assert 64 == len(found.item_digest)


@pytest.mark.parametrize("side", [SICHUAN, CHONGQING])
def test_both_sides_of_the_border_decide_alike(side: str) -> None:
    """Provider and consumer call the same function and get the same grant."""
    assert "G-2026-001" == catalogue(province=side).authorise(asking(), caller()).grant_id


def test_a_node_that_is_neither_side_grants_nothing() -> None:
    """A third province's node cannot stand in for either."""
    with pytest.raises(Refusal) as caught:
        catalogue(province="530000").authorise(asking(), caller())
    assert Reason.GRANT_MISSING == caught.value.reason


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"item_code": "CY-XX-99"}, Reason.ITEM_UNKNOWN),
        ({"item_version": 2}, Reason.ITEM_UNKNOWN),
        ({"provider_province": "530000"}, Reason.ITEM_NOT_LISTED),
        ({"item_code": "CY-ID-01"}, Reason.GRANT_MISSING),
        ({"provider_province": CHONGQING}, Reason.GRANT_MISSING),
        ({"scene": "card-reissue"}, Reason.SCENE_NOT_GRANTED),
        ({"scene": ""}, Reason.SCENE_NOT_GRANTED),
        ({"use_basis": "government-service-duty"}, Reason.USE_BASIS_NOT_GRANTED),
        ({"use_basis": ""}, Reason.USE_BASIS_NOT_GRANTED),
        ({"consumer_region": "510900"}, Reason.REGION_NOT_GRANTED),
        ({"consumer_region": "599999"}, Reason.REGION_NOT_GRANTED),
        ({"consumer_region": "500112"}, Reason.REGION_AMBIGUOUS),
        ({"lawful_basis": LawfulBasis.EMERGENCY}, Reason.LAWFUL_BASIS_NOT_GRANTED),
        ({"channel": Channel.COUNTER}, Reason.OPERATOR_MISSING),
        ({"fields": ()}, Reason.FIELD_UNDECLARED),
        ({"fields": ("card_form", "card_form")}, Reason.FIELD_UNDECLARED),
        ({"fields": ("card_form", "diagnosis")}, Reason.FIELD_UNDECLARED),
        ({"fields": ("card_form", "card_no")}, Reason.FIELD_NOT_GRANTED),
        ({"keys": EMPTY}, Reason.KEY_INVALID),
    ],
)
def test_a_question_outside_the_documents_is_refused(change: dict[str, object], expected: Reason) -> None:
    """Each part of the envelope is held to the item, the lists and the grant."""
    assert expected == reason(change)


def test_another_department_holds_no_grant() -> None:
    """A grant is one department's, even within its province."""
    assert Reason.GRANT_MISSING == reason({}, department="cq-finance")


def test_the_same_department_code_of_another_province_holds_no_grant() -> None:
    """A department is named with its province."""
    assert Reason.GRANT_MISSING == reason({}, province=SICHUAN)


@pytest.mark.parametrize("days", [PAST, FUTURE])
def test_a_grant_outside_its_dates_is_refused(days: tuple[date, date]) -> None:
    """The period of use has a first and a last day."""
    held = grant_document(valid_from=days[0], valid_until=days[1])
    with pytest.raises(Refusal) as caught:
        catalogue(grants=[held]).authorise(asking(), caller())
    assert Reason.GRANT_EXPIRED == caught.value.reason


@pytest.mark.parametrize("day", ["valid_from", "valid_until"])
def test_the_first_and_the_last_day_of_a_grant_count(day: str) -> None:
    """Both ends are included."""
    held = grant_document(**{day: date(2026, 11, 24)})
    assert held.id == catalogue(grants=[held]).authorise(asking(), caller()).grant_id


def test_days_are_those_of_china() -> None:
    """The day turns at 16:00 UTC."""
    sixteen = NOW_US // 86_400_000_000 * 86_400_000_000 + 16 * 3_600_000_000
    assert date(2026, 11, 24) == china_day(sixteen - 1)
    assert date(2026, 11, 25) == china_day(sixteen)


def test_consent_as_basis_names_the_consent() -> None:
    """A consent without its register number is none."""
    held = grant_document(lawful_bases=(LawfulBasis.CONSENT,))
    bare = asking(lawful_basis=LawfulBasis.CONSENT)
    with pytest.raises(Refusal) as caught:
        catalogue(grants=[held]).authorise(bare, caller())
    assert Reason.CONSENT_MISSING == caught.value.reason
    named = asking(lawful_basis=LawfulBasis.CONSENT, consent_ref="TY-1")
    assert held.id == catalogue(grants=[held]).authorise(named, caller()).grant_id


@pytest.mark.parametrize("operator", [Operator("", "cq-hrss"), Operator("N-17", "")])
def test_a_counter_needs_reference_and_unit(operator: Operator) -> None:
    """Half an operator is none."""
    assert Reason.OPERATOR_MISSING == reason({"channel": Channel.COUNTER}, operator=operator)


def test_a_counter_with_an_operator_is_allowed() -> None:
    """The operator is the caller's, as the gatehouse saw it."""
    counter = asking(channel=Channel.COUNTER)
    found = catalogue().authorise(counter, caller(operator=Operator("N-17", "cq-hrss")))
    assert "G-2026-001" == found.grant_id


@pytest.mark.parametrize(("region", "allowed"), [("510900", True), ("510921", True), ("511300", False)])
def test_a_bilateral_grant_covers_its_own_cities_alone(region: str, allowed: bool) -> None:
    """Suining may ask Chongqing where the grant names Suining; Nanchong may not."""
    held = grant_document(
        consumer_province=SICHUAN, consumer_department="sc-hrss", provider_province=CHONGQING, regions=("510900",)
    )
    asked = asking(provider_province=CHONGQING, consumer_region=region, consumer_department="sc-hrss")
    asker = caller(province=SICHUAN, department="sc-hrss")
    if allowed:
        assert held.id == catalogue(grants=[held]).authorise(asked, asker).grant_id
        return
    with pytest.raises(Refusal) as caught:
        catalogue(grants=[held]).authorise(asked, asker)
    assert Reason.REGION_NOT_GRANTED == caught.value.reason


@pytest.mark.parametrize("region", ["510104", "510107", "511502", "513338", "510000"])
def test_a_provincial_grant_serves_every_county(region: str) -> None:
    """锦江、武侯、翠屏: a department of a county works under its province's grant."""
    held = grant_document(
        consumer_province=SICHUAN, consumer_department="sc-hrss", provider_province=CHONGQING, regions=("510000",)
    )
    asked = asking(provider_province=CHONGQING, consumer_region=region, consumer_department="sc-hrss")
    asker = caller(province=SICHUAN, department="sc-hrss")
    assert held.id == catalogue(grants=[held]).authorise(asked, asker).grant_id


def test_an_abolished_district_asks_as_its_one_successor() -> None:
    """500105 became 500157: a grant on 500157 serves it, a grant on 500105 serves nobody any more."""
    asked = asking(consumer_region="500105")
    held = grant_document(regions=("500157",))
    assert held.id == catalogue(grants=[held]).authorise(asked, caller()).grant_id
    with pytest.raises(Refusal) as caught:
        catalogue(grants=[grant_document(regions=("500105",))]).authorise(asked, caller())
    assert Reason.REGION_NOT_GRANTED == caught.value.reason


def test_of_several_grants_the_first_that_allows_it_is_used() -> None:
    """Grants add up only as wholes: each question lies within one of them."""
    narrow = grant_document(id="G-A", scenes=("card-reissue",))
    expired = grant_document(id="G-B", valid_from=PAST[0], valid_until=PAST[1])
    wide = grant_document(id="G-C")
    assert "G-C" == catalogue(grants=[wide, narrow, expired]).authorise(asking(), caller()).grant_id


def test_two_grants_are_never_joined() -> None:
    """The scene of one grant with the region of another is no grant."""
    one = grant_document(id="G-A", scenes=("card-service",), regions=("500152",))
    other = grant_document(id="G-B", scenes=("card-reissue",), regions=("500109",))
    with pytest.raises(Refusal) as caught:
        catalogue(grants=[one, other]).authorise(asking(consumer_region="500109"), caller())
    assert Reason.REGION_NOT_GRANTED == caught.value.reason


def test_within_a_province_its_own_list_is_enough() -> None:
    """省内通用 needs no list of the neighbour."""
    held = grant_document(
        consumer_province=SICHUAN, consumer_department="sc-hrss", provider_province=SICHUAN, regions=("510000",)
    )
    asked = asking(consumer_region="511300")
    found = catalogue(lists=[item_list()], grants=[held]).authorise(
        asked, caller(province=SICHUAN, department="sc-hrss")
    )
    assert ("510000/application-list@1",) == found.list_versions


def test_an_expired_list_stops_the_item() -> None:
    """A list has a last day, and nothing older takes its place."""
    lists = [item_list(), item_list(CHONGQING, version=1), item_list(CHONGQING, version=2, days=PAST)]
    with pytest.raises(Refusal) as caught:
        catalogue(lists=lists).authorise(asking(), caller())
    assert Reason.LIST_EXPIRED == caught.value.reason


def test_an_item_that_changed_after_it_was_listed_is_not_listed() -> None:
    """The list binds the whole item: one field unmasked, and it stands nowhere."""
    listed = packaged("CY-ID-02")
    changed = replace(listed, modes=modes(listed.max_rows + 1))
    others = [item for item in ITEMS if item.code != "CY-ID-02"]
    with pytest.raises(Refusal) as caught:
        catalogue(items=[*others, changed]).authorise(asking(), caller())
    assert Reason.ITEM_NOT_LISTED == caught.value.reason


def test_the_checks_come_in_their_fixed_order() -> None:
    """With everything wrong, mending one thing after another uncovers the reasons in the order of the module."""
    operator = Operator("N-17", UNIT)
    wrong: dict[str, object] = {
        "purpose_code": "curiosity",
        "end_user_org": "some-bank",
        "batch_no": "PC-0",
        "item_code": "CY-XX-99",
        "provider_province": "530000",
        "scene": "x",
        "use_basis": "x",
        "consumer_region": "510900",
        "lawful_basis": LawfulBasis.EMERGENCY,
        "channel": Channel.COUNTER,
        "fields": ("diagnosis",),
        "keys": people(2),
    }
    held = grant_document(lawful_bases=(LawfulBasis.CONSENT,))
    asker, roster = caller(department="cq-finance"), parties(answering=())
    single = replace(held, modes=held.modes[:1])
    mends: list[tuple[Reason, dict[str, object]]] = [
        (Reason.ITEM_UNKNOWN, {"item_code": "CY-ID-02"}),
        (Reason.ITEM_NOT_LISTED, {"provider_province": SICHUAN}),
        (Reason.GRANT_MISSING, {}),
        (Reason.PROVIDER_NOT_SERVED, {}),
        (Reason.ROWS_NOT_GRANTED, {"keys": people(20)}),
        (Reason.MODE_NOT_GRANTED, {}),
        (Reason.BATCH_NOT_APPROVED, {"batch_no": BATCH_NO}),
        (Reason.SCENE_NOT_GRANTED, {"scene": "card-service"}),
        (Reason.USE_BASIS_NOT_GRANTED, {"use_basis": "card-administration"}),
        (Reason.PURPOSE_NOT_GRANTED, {"purpose_code": "card-business"}),
        (Reason.REGION_NOT_GRANTED, {"consumer_region": "500152"}),
        (Reason.OPERATOR_MISSING, {}),
        (Reason.OPERATOR_UNKNOWN, {}),
        (Reason.END_USER_UNKNOWN, {"end_user_org": BODY}),
        (Reason.ONWARD_NOT_AGREED, {"onward_consent_no": ONWARD_NO}),
        (Reason.LAWFUL_BASIS_NOT_GRANTED, {"lawful_basis": LawfulBasis.CONSENT}),
        (Reason.CONSENT_MISSING, {"consent_ref": "TY-1", "keys": twice(people(20))}),
        (Reason.FIELD_UNDECLARED, {"fields": ("card_no",)}),
        (Reason.FIELD_NOT_GRANTED, {"fields": FIELDS}),
        (Reason.KEY_INVALID, {}),
    ]
    for expected, mend in mends:
        with pytest.raises(Refusal) as caught:
            catalogue(grants=[single], roster=roster).authorise(asking(page_rows=20, **wrong), asker)
        assert expected == caught.value.reason
        wrong.update(mend)
        if expected is Reason.GRANT_MISSING:
            asker = caller()
        if expected is Reason.PROVIDER_NOT_SERVED:
            roster = PARTIES
        if expected is Reason.MODE_NOT_GRANTED:
            single = held
        if expected is Reason.OPERATOR_MISSING:
            asker = caller(operator=Operator("N-17", "sc-hrss"))
        if expected is Reason.OPERATOR_UNKNOWN:
            asker = caller(operator=operator)


def test_an_expired_list_and_a_missing_one_is_a_missing_one() -> None:
    """Not listed is told before expired, whichever side is which."""
    with pytest.raises(Refusal) as caught:
        catalogue(lists=[item_list(days=PAST)]).authorise(asking(), caller())
    assert Reason.ITEM_NOT_LISTED == caught.value.reason


def test_no_refusal_repeats_a_personal_value() -> None:
    """A key that is too long is told by name, row and length."""
    keys = Page(
        1,
        (
            Column("social_security_no", Kind.STRING, (NUMBER + "9",)),
            Column("name", Kind.STRING, ("王一",)),
        ),
    )
    with pytest.raises(Refusal) as caught:
        catalogue().authorise(asking(keys=keys), caller())
    assert Reason.KEY_INVALID == caught.value.reason
    assert NUMBER not in str(caught.value)
    assert "王一" not in str(caught.value)


def test_a_suspended_entry_on_one_of_chongqings_lists_leaves_the_other() -> None:
    """Either of Chongqing's two lists carries an item."""
    lists = [
        item_list(),
        item_list(CHONGQING, ListKind.CATALOGUE, active=False),
        item_list(CHONGQING, ListKind.APPLICATION_LIST),
    ]
    assert "500000/application-list@1" in catalogue(lists=lists).authorise(asking(), caller()).list_versions


def test_the_catalogue_cannot_be_changed() -> None:
    """A reload builds a new one; what a question met stays as it was."""
    made = catalogue()
    with pytest.raises(FrozenInstanceError):
        made.province = CHONGQING  # type: ignore[misc]  # the test shows that it is frozen
    with pytest.raises(TypeError):
        made.items["CY-ID-02", 1] = ITEMS[0]  # type: ignore[index]  # the test shows that it is frozen


def test_a_decision_is_cheap() -> None:
    """Every index is made when the catalogue is built; the bound of 100 us leaves room for a busy machine."""
    made, asked, asker = catalogue(), arrival(asking().ask), caller()
    best = min(timeit.repeat(lambda: made.authorise(asked, asker), timer=time.thread_time, number=1000, repeat=5))
    assert best < 0.1


def test_what_is_granted_and_listed_today_is_named_and_nothing_else() -> None:
    """An item whose list has lapsed is not, though its grant stands."""
    sound = catalogue(grants=[grant_document()])
    (held,) = sound.grants
    assert (held.item_code,) == sound.granted_and_listed(date(2026, 11, 24))
    assert () == sound.granted_and_listed(date(2100, 1, 1))
