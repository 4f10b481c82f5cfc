"""An emergency lasts a day, names its official and its reason, and is open until it is reviewed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway.ground.evidence import Ask, Caller, LawfulBasis, NodeUri, Operator, RequestId
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful import emergencies as emergencies_module
from gateway.lawful.emergencies import MOST_USES, REVIEW_US, WINDOW_US, Emergencies
from tests.samples import NOW_US, ask

CALLER = Caller(NodeUri("n"), NodeUri("a"), "500000", "f" * 64, "cq-hrss", Operator("W-1", "cq-hrss"), -1)
MONTH_US = 32 * 24 * 3600 * 1_000_000


def refer(operator: Operator, time_us: int) -> str:
    """Refer to an official by a key of the month, as the log does."""
    return f"{operator.unit}.{operator.ref}.{time_us // MONTH_US}"


def question(number: int = 1, **changes: Any) -> Ask:
    """Ask in an emergency."""
    made: dict[str, Any] = {
        "request_id": RequestId(f"01980000-0000-7000-8000-{number:012d}"),
        "lawful_basis": LawfulBasis.EMERGENCY,
        "operator": Operator("W-1", "cq-hrss"),
        "emergency_reason": "急救",
    }
    return ask(**(made | changes))


def use(emergencies: Emergencies, of: Ask, now_us: int = NOW_US) -> str:
    """Use it; return the name of the emergency."""
    found = emergencies.find(of, CALLER, now_us)
    emergencies.keep(found, of.request_id)
    return found.name


def reason(emergencies: Emergencies, of: Ask, now_us: int = NOW_US, caller: Caller = CALLER) -> Reason:
    """Why it is refused."""
    with pytest.raises(Refusal) as caught:
        emergencies.find(of, caller, now_us)
    return caught.value.reason


@pytest.mark.parametrize("operator", [Operator("", ""), Operator("W-1", ""), Operator("", "cq-hrss")])
def test_nobody_acts_in_an_emergency_unnamed(operator: Operator) -> None:
    """Whatever the channel."""
    assert Reason.OPERATOR_MISSING is reason(Emergencies(refer), question(operator=operator))


@pytest.mark.parametrize("words", ["", "  ", "\u3000"])
def test_an_emergency_has_a_reason(words: str) -> None:
    """In words that can be seen."""
    assert Reason.EMERGENCY_REASON_MISSING is reason(Emergencies(refer), question(emergency_reason=words))


def test_one_official_s_questions_of_a_day_are_one_emergency() -> None:
    """Another official's, department's or item's are others."""
    emergencies = Emergencies(refer)
    first = use(emergencies, question(1))
    assert question(1).request_id == first
    assert first == use(emergencies, question(2), NOW_US + WINDOW_US - 1)
    assert question(3).request_id == use(emergencies, question(3, operator=Operator("W-2", "cq-hrss")))
    assert question(4).request_id == use(emergencies, question(4, item_code="CY-ID-01"))
    other = replace(CALLER, department="cq-health")
    assert question(5).request_id == emergencies.find(question(5), other, NOW_US).name
    assert [2, 1, 1] == [len(one.request_ids) for one in emergencies.list_open()]


def test_after_a_day_nothing_more_is_asked_until_the_review_is_closed() -> None:
    """Then the next question is a new emergency; the day may pass into another month."""
    emergencies = Emergencies(refer)
    first = use(emergencies, question(1))
    for later in (WINDOW_US, REVIEW_US, MONTH_US):
        assert Reason.EMERGENCY_NOT_REVIEWED is reason(emergencies, question(2), NOW_US + later)
    emergencies.close(first)
    assert question(2).request_id == use(emergencies, question(2), NOW_US + WINDOW_US)


def test_one_emergency_has_so_many_questions() -> None:
    """A question that comes again over a new link is no other one."""
    emergencies = Emergencies(refer)
    for number in range(MOST_USES):
        use(emergencies, question(number))
    assert Reason.EMERGENCY_NOT_REVIEWED is reason(emergencies, question(MOST_USES))
    assert question(0).request_id == use(emergencies, question(5))
    assert MOST_USES == len(emergencies.list_open()[0].request_ids)


@pytest.mark.parametrize(
    ("bound", "spared"), [("MOST_OF_DEPARTMENT", "500000/cq-health"), ("MOST_OF_PROVINCE", "510000/sc-hrss")]
)
def test_open_reviews_are_bounded(monkeypatch: pytest.MonkeyPatch, bound: str, spared: str) -> None:
    """One more waits until one of them is closed; another department, and another province, has room of its own."""
    monkeypatch.setattr(emergencies_module, bound, 1)
    emergencies = Emergencies(refer)
    first = use(emergencies, question(1))
    other = question(2, operator=Operator("W-2", "cq-hrss"))
    assert Reason.EMERGENCY_NOT_REVIEWED is reason(emergencies, other)
    province, _, department = spared.partition("/")
    assert (
        question(3).request_id
        == emergencies.find(question(3), replace(CALLER, province=province, department=department), NOW_US).name
    )
    emergencies.close(first)
    assert other.request_id == use(emergencies, other)


def test_the_log_gives_back_what_is_open() -> None:
    """From the subjects of the acts alone, in their order."""
    emergencies, again = Emergencies(refer), Emergencies(refer)
    for number in (1, 2):
        found = emergencies.find(question(number), CALLER, NOW_US)
        emergencies.keep(found, question(number).request_id)
        again.take(found.subject(question(number).request_id), NOW_US)
    assert emergencies.list_open() == again.list_open()
    with pytest.raises(ValueError, match="unpack"):
        again.take("another form", NOW_US)


def test_a_review_is_overdue_after_three_days() -> None:
    """Not a microsecond before."""
    emergencies = Emergencies(refer)
    name = use(emergencies, question(1))
    assert (0, 1) == tuple(emergencies.count_overdue(NOW_US + REVIEW_US + late) for late in (-1, 0))
    emergencies.require_open(name)
    emergencies.close(name)
    assert 0 == emergencies.count_overdue(NOW_US + REVIEW_US)
    with pytest.raises(Refusal):
        emergencies.require_open(name)
