"""What a grant bounds beside its lists of codes: the mode and its rows, the batch, the purpose, the parties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.catalogue.bounds import GrantBounds
from gateway.catalogue.grants import BatchApproval, GrantDocument, Onward
from gateway.catalogue.lists import ItemList
from gateway.ground.evidence import Channel, Operator
from gateway.ground.item import Item, Mode, SharingMode
from gateway.ground.refusals import Reason, Refusal
from tests.catalogue.documents import (
    BATCH_NO,
    BODY,
    CHONGQING,
    ITEMS,
    ONWARD_NO,
    SICHUAN,
    UNIT,
    YEAR,
    asking,
    caller,
    catalogue,
    grant_document,
    item_list,
    packaged,
    parties,
)
from tests.samples import ask

RELEASED = None
YESTERDAY = date(2026, 11, 23)
API, BATCH = Mode(SharingMode.API, 1), Mode(SharingMode.BATCH, 500, 20)


def reason(
    *,
    grants: tuple[GrantDocument, ...] = (),
    items: tuple[Item, ...] = ITEMS,
    province: str = SICHUAN,
    operator: Operator | None = None,
    rows: int = 1,
    page_rows: int = 0,
    **change: object,
) -> Reason | None:
    """Return why a question is refused on one side; None where it is allowed."""
    asked = asking(page_rows=page_rows, keys=ask(subjects=rows).keys, **change)
    asker = caller(operator=operator or Operator("", ""))
    try:
        catalogue(grants=grants, items=items, province=province).authorise(asked, asker)
    except Refusal as refusal:
        return refusal.reason
    return None


def batch(rows: int = 20, **change: object) -> dict[str, object]:
    """Return the question of a batch."""
    return {"rows": rows, "page_rows": 20, "batch_no": BATCH_NO, **change}


@pytest.mark.parametrize("side", [SICHUAN, CHONGQING])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, RELEASED),
        ({"rows": 2}, Reason.ROWS_NOT_GRANTED),
        ({"rows": 500}, Reason.ROWS_NOT_GRANTED),
        ({"page_rows": 1}, Reason.ROWS_NOT_GRANTED),
        (batch(1), Reason.ROWS_NOT_GRANTED),
        (batch(19), Reason.ROWS_NOT_GRANTED),
        (batch(20), RELEASED),
        (batch(500), RELEASED),
        (batch(501), Reason.ROWS_NOT_GRANTED),
        (batch(batch_no=""), Reason.BATCH_NOT_APPROVED),
        (batch(batch_no="PC-2026-002"), Reason.BATCH_NOT_APPROVED),
        ({"batch_no": BATCH_NO}, Reason.BATCH_NOT_APPROVED),
        ({"purpose_code": "curiosity"}, Reason.PURPOSE_NOT_GRANTED),
        ({"purpose_code": ""}, Reason.PURPOSE_NOT_GRANTED),
        ({"purpose": "个人兴趣"}, RELEASED),
    ],
)
def test_mode_rows_batch_and_purpose_bind_on_both_sides(
    side: str, change: dict[str, object], expected: Reason | None
) -> None:
    """One person by Query, twenty to five hundred by Stream under an approved number; free text decides nothing."""
    assert expected == reason(province=side, **change)  # type: ignore[arg-type]  # the table names the arguments


@pytest.mark.parametrize(
    ("modes", "change", "expected"),
    [
        ((API,), batch(), Reason.MODE_NOT_GRANTED),
        ((BATCH,), {}, Reason.MODE_NOT_GRANTED),
        ((Mode(SharingMode.FILE, 1),), {}, Reason.MODE_NOT_GRANTED),
        ((replace(API, case_only=True), BATCH), {}, Reason.MODE_NOT_GRANTED),
        ((replace(BATCH, max_rows=30),), batch(31), Reason.ROWS_NOT_GRANTED),
        ((replace(BATCH, min_rows=100),), batch(99), Reason.ROWS_NOT_GRANTED),
        ((replace(BATCH, min_rows=100),), batch(100), RELEASED),
    ],
)
def test_a_grant_narrows_the_modes_of_its_item(
    modes: tuple[Mode, ...], change: dict[str, object], expected: Reason | None
) -> None:
    """The mode and the rows of the grant bind where they are narrower than the item's."""
    assert expected == reason(grants=(grant_document(modes=modes),), **change)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("modes", "change", "expected"),
    [
        ((API,), batch(), Reason.MODE_NOT_GRANTED),
        ((BATCH,), {}, Reason.MODE_NOT_GRANTED),
        ((Mode(SharingMode.FILE, 500),), {}, Reason.MODE_NOT_SERVED),
        ((Mode(SharingMode.PUSH, 1),), {}, Reason.MODE_NOT_SERVED),
        ((replace(API, case_only=True),), {}, Reason.MODE_NOT_SERVED),
        ((replace(API, case_only=True), BATCH), {}, Reason.MODE_NOT_SERVED),
        ((Mode(SharingMode.FILE, 500), API), {}, RELEASED),
        ((replace(BATCH, max_rows=30),), batch(31), Reason.ROWS_NOT_GRANTED),
    ],
)
def test_an_item_binds_whatever_its_grant_says(
    modes: tuple[Mode, ...], change: dict[str, object], expected: Reason | None
) -> None:
    """The catalogue is built past the loader here, so that the grant is the wider one of the two."""
    one = replace(packaged("CY-ID-02"), modes=modes)
    others = tuple(item for item in ITEMS if item.code != one.code)
    items = (*others, one)
    made = catalogue(items=items, lists=[_listed(items, SICHUAN), _listed(items, CHONGQING)])
    rows, page_rows = int(str(change.get("rows", 1))), int(str(change.get("page_rows", 0)))
    rest = {name: value for name, value in change.items() if name not in ("rows", "page_rows")}
    asked = asking(page_rows=page_rows, keys=ask(subjects=rows).keys, **rest)
    if expected is RELEASED:
        assert "CY-ID-02" == made.authorise(asked, caller()).item.code
        return
    with pytest.raises(Refusal) as caught:
        made.authorise(asked, caller())
    assert expected == caught.value.reason


def test_a_mode_that_is_not_served_is_refused_by_name() -> None:
    """The refusal says which modes the item has."""
    one = replace(packaged("CY-ID-02"), modes=(Mode(SharingMode.FILE, 1), replace(API, case_only=True)))
    items = (one,)
    made = catalogue(items=items, lists=[_listed(items, SICHUAN), _listed(items, CHONGQING)])
    with pytest.raises(Refusal) as caught:
        made.authorise(asking(), caller())
    assert "CY-ID-02: file, api (case_only)" == caught.value.detail


@pytest.mark.parametrize("side", [SICHUAN, CHONGQING])
@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        (Operator("N-17", UNIT), RELEASED),
        (Operator("N-17", "cq-hrss"), RELEASED),
        (Operator("N-17", "nobody-knows"), Reason.OPERATOR_UNKNOWN),
        (Operator("N-17", "sc-hrss"), Reason.OPERATOR_UNKNOWN),
        (Operator("N-17", "sc-hrss-window-1"), Reason.OPERATOR_UNKNOWN),
        (Operator("N-17", "cq-finance"), Reason.OPERATOR_UNKNOWN),
        (Operator("N-17", ""), Reason.OPERATOR_MISSING),
    ],
)
def test_an_official_acts_in_a_unit_of_the_department(side: str, operator: Operator, expected: Reason | None) -> None:
    """A unit of nobody, of the other province or of another department is refused at the counter."""
    assert expected == reason(province=side, channel=Channel.COUNTER, operator=operator)


def test_an_operator_is_held_to_the_department_on_every_channel() -> None:
    """A wrong unit is wrong online, too."""
    assert Reason.OPERATOR_UNKNOWN == reason(channel=Channel.ONLINE, operator=Operator("N-17", "sc-hrss"))


@pytest.mark.parametrize("side", [SICHUAN, CHONGQING])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"end_user_org": BODY, "onward_consent_no": ONWARD_NO}, RELEASED),
        ({"end_user_org": BODY}, Reason.ONWARD_NOT_AGREED),
        ({"end_user_org": BODY, "onward_consent_no": "ZG-2"}, Reason.ONWARD_NOT_AGREED),
        ({"onward_consent_no": ONWARD_NO}, Reason.ONWARD_NOT_AGREED),
        ({"end_user_org": "某某银行"}, Reason.END_USER_UNKNOWN),
        ({"end_user_org": "sc-library", "onward_consent_no": ONWARD_NO}, Reason.END_USER_UNKNOWN),
    ],
)
def test_a_body_is_supplied_with_the_providers_consent_alone(
    side: str, change: dict[str, object], expected: Reason | None
) -> None:
    """A bank behind a department gets nothing, and a registered body only under the number of the grant."""
    assert expected == reason(province=side, **change)  # type: ignore[arg-type]  # the table names the arguments


@pytest.mark.parametrize(
    ("onward", "expected"),
    [
        ((), Reason.ONWARD_NOT_AGREED),
        ((Onward("cq-bank", ONWARD_NO, YEAR[1]),), Reason.ONWARD_NOT_AGREED),
        ((Onward(BODY, ONWARD_NO, YESTERDAY),), Reason.ONWARD_NOT_AGREED),
        ((Onward(BODY, ONWARD_NO, date(2026, 11, 24)),), RELEASED),
    ],
)
def test_the_consent_to_supply_is_of_one_body_until_a_day(onward: tuple[Onward, ...], expected: Reason | None) -> None:
    """Its last day counts."""
    held = grant_document(onward=onward)
    assert expected == reason(grants=(held,), end_user_org=BODY, onward_consent_no=ONWARD_NO)


def test_the_approval_of_a_batch_ends() -> None:
    """On its last day the batch may be exchanged, and no later."""
    for until, expected in ((YESTERDAY, Reason.BATCH_NOT_APPROVED), (date(2026, 11, 24), RELEASED)):
        held = grant_document(batch_approvals=(BatchApproval(BATCH_NO, until),))
        assert expected == reason(grants=(held,), **batch())  # type: ignore[arg-type]  # the batch's arguments


def test_a_node_answers_for_the_departments_of_its_roster_alone() -> None:
    """The asker's own node does not judge whom the provider's node answers for."""
    roster = parties(answering=("sc-finance",))
    with pytest.raises(Refusal) as caught:
        catalogue(roster=roster).authorise(asking(), caller())
    assert Reason.PROVIDER_NOT_SERVED == caught.value.reason
    made = catalogue(roster=roster, province=CHONGQING)
    assert "G-2026-001" == made.authorise(asking(), caller()).grant_id


def test_the_bounds_of_an_empty_grant_allow_nothing() -> None:
    """What a grant does not name it does not allow."""
    bounds = GrantBounds(grant_document(modes=(), purposes=(), batch_approvals=(), onward=()))
    today = date(2026, 11, 24)
    assert bounds.mode(SharingMode.API) is None
    assert not bounds.allows_rows(SharingMode.API, 1)
    assert not bounds.allows_purpose("card-business")
    assert not bounds.approves(BATCH_NO, today)
    assert not bounds.supplies(BODY, ONWARD_NO, today)


def _listed(items: tuple[Item, ...], province: str) -> ItemList:
    return item_list(province, items=items)
