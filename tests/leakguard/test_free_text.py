"""Claims about a question's own text before it leaves the asker."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.ground.evidence import Column, Operator, Page
from gateway.ground.item import Kind
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.guards import LeakGuard
from tests.samples import NUMBER, ask

GUARD = LeakGuard(())


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ({"purpose": "identity_number"}, {"purpose": "核验 509998197702020017"}),
        ({"purpose": "mobile_phone"}, {"purpose": "回电 100-1234-5678"}),
        ({"purpose": "bank_card"}, {"purpose": "账户 9999981234567890"}),
        ({"purpose": "raw_value"}, {"purpose": "为王一办理"}),
        ({"purpose": "raw_value"}, {"purpose": "王 一"}),
        ({"purpose": "raw_value"}, {"purpose": "号段 9919-6001 的核验"}),
        ({"business_no": "identity_number, raw_date, raw_value"}, {"business_no": NUMBER}),
        ({"business_no": "bank_card"}, {"business_no": "9999981234567890"}),
        ({"operator.ref": "identity_number"}, {"operator": Operator("509998197702020017", "窗口")}),
        ({"operator.unit": "mobile_phone"}, {"operator": Operator("A1", "窗口 10012345678")}),
        ({"consent_ref": "identity_number"}, {"consent_ref": "C-509998197702020017"}),
        ({"end_user_org": "mobile_phone"}, {"end_user_org": "景区 10012345678"}),
        (
            {"purpose": "mobile_phone", "business_no": "mobile_phone"},
            {"purpose": "10012345678", "business_no": "10012345678"},
        ),
    ],
)
def test_text_with_a_number_or_a_key_is_refused(expected: dict[str, str], changes: dict[str, Any]) -> None:
    """Every field that holds one is named with its detectors, and no value is repeated."""
    with pytest.raises(Refusal) as caught:
        GUARD.inspect_free_text(ask(**changes))
    assert Reason.FREE_TEXT_LEAK is caught.value.reason
    found = {each.field: each.description.rpartition("found ")[2] for each in caught.value.violations}
    assert expected == found
    assert "10012345678" not in f"{caught.value}{caught.value.violations}"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"business_no": "YW-20261124-000123"},
        {"business_no": "202611240000000001"},
        {"consent_ref": "123456789012345678901"},
        {"end_user_org": "91510100MA00000000"},
        {"purpose": "办理 2026-01-01 至 2026-12-31 的业务"},
        {"purpose": "", "business_no": ""},
    ],
)
def test_text_without_either_passes(changes: dict[str, Any]) -> None:
    """Serial numbers, registers' numbers and dates are what these fields are for."""
    GUARD.inspect_free_text(ask(**changes))


@pytest.mark.parametrize("purpose", ["号段 9919-6001 的核验", "9919 6001", "尾号 0101003X"])
def test_part_of_a_number_is_found_without_another_key_beside_it(purpose: str) -> None:
    """The cheap look asks each key by itself (mutants 17): no other key, short or long, has to sound with it."""
    keys = Page(1, (Column("social_security_no", Kind.STRING, (NUMBER,)), Column("card_no", Kind.STRING, ("Z" * 9,))))
    for known in (keys, Page(1, keys.columns[:1])):
        with pytest.raises(Refusal) as caught:
            GUARD.inspect_free_text(ask(purpose=purpose, keys=known))
        assert ["purpose"] == [each.field for each in caught.value.violations]
