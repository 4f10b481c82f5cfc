"""The body of an entry holds the inputs of a decision, and never a number of a person."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.audit.entries.inputs import WITHHELD, inputs_of
from gateway.ground.evidence import Operator
from tests.audit.logs import CALLER
from tests.samples import NUMBER, arrival, ask, grant

OLD_NUMBER = "519999600101001"
"""A synthetic identity number of the first generation, 15 digits."""


def _inputs(name: str, value: object) -> Any:
    """Return one input of a question that says this, and was refused before it was judged."""
    changes: dict[str, Any] = {name: value}
    return inputs_of(arrival(ask(**changes)), None)[name]


@pytest.mark.parametrize(
    "number",
    [NUMBER, NUMBER.lower(), OLD_NUMBER, f"YW-{NUMBER}", "519999 19600101 001X", "519999-600101-001", f"{NUMBER}/2"],
)
@pytest.mark.parametrize("name", ["business_no", "consent_ref"])
def test_an_identity_number_in_place_of_a_departments_own_is_withheld(name: str, number: str) -> None:
    """Neither generation of the number, parted or not, alone or within another, comes into the log."""
    assert WITHHELD == _inputs(name, number)


def test_an_identity_number_in_place_of_a_staff_number_is_withheld() -> None:
    """An official is a person too; the unit stays."""
    inputs = inputs_of(arrival(ask(operator=Operator(NUMBER, "cq-hrss-1"))), None)
    assert (WITHHELD, "cq-hrss-1") == (inputs["operator"], inputs["operator_unit"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"核对{NUMBER}的卡", f"核对{WITHHELD}的卡"),
        ("电话 138-0000-0000 核对", f"电话 {WITHHELD} 核对"),
        ("卡 6222 0000 0000 0000 与 13800000000", f"卡 {WITHHELD} 与 {WITHHELD}"),
        ("第 1234567890 号", "第 1234567890 号"),
        ("办理业务", "办理业务"),
    ],
)
@pytest.mark.parametrize("name", ["purpose", "end_user_org"])
def test_free_text_loses_what_is_as_long_as_a_personal_number(name: str, text: str, expected: str) -> None:
    """Eleven digits and more go, ten and fewer stay, and so do the words around."""
    assert expected == _inputs(name, text)


@pytest.mark.parametrize("number", ["", "YW-1", "20261124999900000078", "519999601301001", "5199996001010"])
def test_a_departments_own_number_stays(number: str) -> None:
    """A long number without the form of an identity number, and one that is too short to be any, is recorded."""
    assert number == _inputs("business_no", number)


def test_a_question_refused_before_it_was_judged_has_no_grant() -> None:
    """Its inputs are those that it names itself."""
    arrived = arrival(ask(fields=("card_status",)), application="spiffe://chongqing.example/app/9")
    assert {
        "application": "spiffe://chongqing.example/app/9",
        "batch_no": "",
        "business_no": "YW-1",
        "channel": "online",
        "consent_ref": "",
        "end_user_org": "",
        "fields": ["card_status"],
        "lawful_basis": "statutory_duty",
        "onward_consent_no": "",
        "operator": "",
        "operator_unit": "",
        "purpose": "办理业务",
        "purpose_code": "card-business",
        "region_pair": "500000-510000",
        "terminal": "ipv4:127.0.0.1:1",
    } == inputs_of(arrived, None)


def test_an_allowed_question_has_its_grant_and_the_application_that_was_recognised() -> None:
    """What was granted stands in place of what was asked or vouched for."""
    inputs = inputs_of(arrival(ask(), application="spiffe://claimed"), (CALLER, grant(fields=("valid_to",))))
    assert str(CALLER.application) == inputs["application"]
    assert ["valid_to"] == inputs["fields"]
    assert ("G-1", "d" * 64) == (inputs["grant_id"], inputs["item_digest"])
    assert ["510000/application-list@1", "500000/catalogue@1"] == inputs["list_versions"]
