"""The demo's cases of consents and emergencies are questions in order but for their one fault."""

from __future__ import annotations

from gateway.catalogue.loader import load_items
from gateway.cli.demo.consents import CASES, OTHER
from gateway.ground.refusals import Reason

CONSENTS = {Reason.CONSENT_UNKNOWN, Reason.CONSENT_NOT_COVERING, Reason.CONSENT_WITHDRAWN}


def test_each_case_has_a_reason_of_its_own_and_an_item_with_that_basis() -> None:
    """So none of them is refused for its item."""
    items = {item.code: item for item in load_items()}
    assert {*CONSENTS, Reason.EMERGENCY_REASON_MISSING} == {case.expected for case in CASES}
    assert len(CASES) == len({case.expected for case in CASES})
    for case in CASES:
        assert str(case.changes["lawful_basis"]) in items[case.item].lawful_bases
        assert case.case.zh != case.case.en
    assert OTHER.startswith("519999")
