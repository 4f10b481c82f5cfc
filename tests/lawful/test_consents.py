"""A question is held to the whole of its consent, and to nothing that the consent does not name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.ground.evidence import Ask, Caller, Column, LawfulBasis, NodeUri, Operator, Page
from gateway.ground.item import Kind, LegalClass
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful import consents as consents_module
from gateway.lawful.consents import Consents
from tests.lawful.consents import TODAY, held
from tests.samples import NUMBER, ask, field, grant, item

OTHER = "519999197802021219"
CHILD = "519999201503030018"
CALLER = Caller(NodeUri("n"), NodeUri("a"), "500000", "f" * 64, "cq-hrss", Operator("", ""), -1)
SENSITIVE = item(replace(field("card_status"), legal_class=LegalClass.SENSITIVE), field("valid_to", Kind.DATE))


def question(number: str | None = NUMBER, **changes: Any) -> Ask:
    """Ask by the consent about a person."""
    keys = Page(1, (Column("social_security_no", Kind.STRING, (number,)), Column("name", Kind.STRING, ("王一",))))
    return ask(lawful_basis=LawfulBasis.CONSENT, consent_ref="TY-1", keys=keys, **changes)


def refusal(consents: Consents, of: Ask, **more: Any) -> Refusal | None:
    """Why a question is refused; None where it is not."""
    given = grant(more.get("of_item"), more.get("fields", ("card_status", "valid_to")))
    try:
        consents.require(of, more.get("caller", CALLER), given, more.get("today", TODAY))
    except Refusal as refused:
        return refused
    return None


def reason(consents: Consents, of: Ask, **more: Any) -> Reason | None:
    """The reason alone."""
    found = refusal(consents, of, **more)
    return None if found is None else found.reason


def test_a_question_within_its_consent_goes_on() -> None:
    """On its first and on its last day, for fewer fields, and by the number of 15 digits of the same person."""
    consents = Consents([held()])
    assert None is reason(consents, question())
    assert None is reason(consents, question(), fields=("valid_to",))
    assert None is reason(consents, question(), today=held().signed.record.until)
    assert None is reason(consents, question("519999600101003"))


def test_a_question_on_another_basis_needs_no_consent() -> None:
    """Also where it names one."""
    assert None is reason(Consents(), ask(consent_ref="TY-1"))


def test_0_2_a_word_is_no_consent() -> None:
    """The trial's "x" was answered about two persons."""
    consents = Consents([held()])
    assert Reason.CONSENT_UNKNOWN is reason(consents, replace(question(), consent_ref="x"))


@pytest.mark.parametrize(
    "changes", [{"department": "cq-culture"}, {"province": "510000"}], ids=["department", "province"]
)
def test_a_consent_of_another_department_is_unknown(changes: dict[str, Any]) -> None:
    """A register number means nothing to whom it was not given."""
    assert Reason.CONSENT_UNKNOWN is reason(Consents([held()]), question(), caller=replace(CALLER, **changes))


BEYOND: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("person", {"number": OTHER}, {}, "another person"),
    ("no person", {"number": None}, {}, "another person"),
    ("item", {"item_code": "CY-ID-01"}, {}, "CY-ID-01"),
    ("field", {}, {"fields": ("card_status", "valid_to", "name")}, "found name"),
    ("body", {"end_user_org": "某某银行"}, {}, "receiving body"),
    ("province asked", {"provider_province": "500000"}, {}, "the province that the consent names"),
    ("after its end", {}, {"today": held().signed.record.until + timedelta(1)}, "holds on"),
    ("before it was given", {}, {"today": TODAY - timedelta(1)}, "holds on"),
]


@pytest.mark.parametrize(("changes", "more", "words"), [one[1:] for one in BEYOND], ids=[one[0] for one in BEYOND])
def test_a_question_beyond_its_consent_is_refused(changes: dict[str, Any], more: dict[str, Any], words: str) -> None:
    """One thing at a time; what it says names no person."""
    found = refusal(Consents([held()]), question(**changes), **more)
    assert found is not None
    assert Reason.CONSENT_NOT_COVERING is found.reason
    assert words in found.detail
    assert not any(number in found.detail for number in (NUMBER, OTHER))


def test_each_person_of_a_question_is_the_one_of_the_consent() -> None:
    """A second row cannot ride along, nor a second column."""
    numbers = (NUMBER, OTHER)
    rows = Page(2, (Column("social_security_no", Kind.STRING, numbers),))
    columns = Page(
        1, tuple(Column(name, Kind.STRING, (n,)) for name, n in zip(("id_no", "identity_no"), numbers, strict=True))
    )
    for keys in (rows, columns, Page(1, (Column("card_no", Kind.STRING, ("T1",)),)), Page(0, ())):
        assert Reason.CONSENT_NOT_COVERING is reason(Consents([held()]), replace(question(), keys=keys))


def test_a_sensitive_field_needs_a_separate_consent() -> None:
    """PIPL art. 29; another field does not."""
    joint = Consents([held(separate=False)])
    assert Reason.CONSENT_NOT_COVERING is reason(joint, question(), of_item=SENSITIVE)
    assert None is reason(joint, question(), of_item=SENSITIVE, fields=("valid_to",))
    assert None is reason(Consents([held()]), question(), of_item=SENSITIVE)


def test_a_child_s_consent_is_a_guardian_s() -> None:
    """PIPL art. 31; the guardian may also give a grown person's, but nobody else a child's."""
    assert Reason.CONSENT_NOT_COVERING is reason(Consents([held(CHILD)]), question(CHILD))
    assert None is reason(Consents([held(CHILD, guardian=True)]), question(CHILD))


def test_a_person_of_unknown_age_counts_as_a_child() -> None:
    """A foreigner's number tells no birthday."""
    foreign = "USA0A1234567890123"[:18]
    assert Reason.CONSENT_NOT_COVERING is reason(Consents([held(foreign)]), question(foreign))


def test_a_withdrawn_consent_is_refused_and_nothing_brings_it_back() -> None:
    """Told once more that it stands, it stays withdrawn."""
    consents = Consents([held(withdrawn=True)])
    assert Reason.CONSENT_WITHDRAWN is reason(consents, question())
    consents.put(held())
    assert Reason.CONSENT_WITHDRAWN is reason(consents, question())


def test_consents_are_bounded_and_those_that_are_over_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A department cannot fill the node for others."""
    monkeypatch.setattr(consents_module, "MOST_OF_DEPARTMENT", 2)
    consents = Consents([held(until=TODAY)])
    consents.put(held())
    second = replace(held().signed, record=replace(held().signed.record, number="TY-2"))
    consents.require_room(second)
    consents.put(replace(held(), signed=second))
    with pytest.raises(Refusal) as caught:
        consents.require_room(second)
    assert Reason.OVERLOADED is caught.value.reason
    other = replace(second, record=replace(second.record, department="cq-culture"))
    consents.require_room(other)
    for over in consents.list_over(TODAY + timedelta(days=800)):
        consents.drop(over.key)
    assert 0 == len(consents)
    consents.require_room(second)


def test_a_province_leaves_room_for_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many departments it names."""
    monkeypatch.setattr(consents_module, "MOST_OF_PROVINCE", 1)
    consents = Consents([held()])
    record = held().signed.record
    other = replace(held().signed, record=replace(record, department="cq-culture"))
    with pytest.raises(Refusal) as caught:
        consents.require_room(other)
    assert Reason.OVERLOADED is caught.value.reason
    consents.require_room(replace(other, record=replace(record, province="510000", department="sc-hrss")))


def test_a_held_consent_shows_neither_person_nor_nonce() -> None:
    """In no trace-back, and in no log line."""
    assert f"<consent {held().digest}>" == repr(held())
