"""What a question's lawful basis needs before it goes on."""

from __future__ import annotations

import pytest

from gateway.ground.evidence import LawfulBasis
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful.basis import LawfulBases
from gateway.lawful.consents import Consents
from gateway.lawful.emergencies import Emergencies
from tests.lawful.consents import held
from tests.lawful.test_consents import question as consented
from tests.lawful.test_emergencies import CALLER, question, refer
from tests.samples import NOW_US, arrival, ask, grant


class Acts:
    """A log that notes what it is asked to record, or takes nothing."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, str]] = []
        self.serves = True

    async def record(self, subject: str, actor: str) -> None:
        """Note a use."""
        if not self.serves:
            raise Refusal(Reason.AUDIT_NOT_DURABLE)
        self.recorded.append((subject, actor))


async def test_a_use_of_an_emergency_is_recorded_before_it_goes_on() -> None:
    """With the emergency, the item, the department and the question; a question on another basis leaves nothing."""
    acts = Acts()
    bases = LawfulBases(Consents([held()]), Emergencies(refer), acts.record)
    for of in (ask(), consented()):
        await bases.admit(arrival(of), CALLER, grant())
    assert [] == acts.recorded
    await bases.admit(arrival(question(1)), CALLER, grant())
    ((subject, actor),) = acts.recorded
    first = question(1).request_id
    assert [first, "CY-ID-02", "500000/cq-hrss", first] == [subject.split()[n] for n in (0, 1, 2, 4)]
    assert "a" == actor
    assert "急救" not in subject


async def test_an_emergency_that_cannot_be_recorded_answers_nothing() -> None:
    """It stays open, so that a log that fails opens no second one."""
    acts = Acts()
    acts.serves = False
    bases = LawfulBases(Consents(), Emergencies(refer), acts.record)
    with pytest.raises(Refusal) as caught:
        await bases.admit(arrival(question(1)), CALLER, grant())
    assert Reason.AUDIT_NOT_DURABLE is caught.value.reason
    assert 1 == len(bases.emergencies.list_open())


async def test_a_consent_is_asked_for_again_before_each_page() -> None:
    """Withdrawn meanwhile, it allows no further one."""
    bases = LawfulBases(Consents([held()]), Emergencies(refer), Acts().record)
    of = arrival(consented())
    assert LawfulBasis.CONSENT is of.ask.lawful_basis
    await bases.admit(of, CALLER, grant())
    bases.consents.put(held(withdrawn=True))
    with pytest.raises(Refusal) as caught:
        bases.require(of, CALLER, grant(), NOW_US)
    assert Reason.CONSENT_WITHDRAWN is caught.value.reason
