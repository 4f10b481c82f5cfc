"""Step 3 of both roads, its end: what a question's lawful basis needs, beside that the grant names it.

A statutory duty needs nothing more. A consent is a document that covers the question, also before each page. An
emergency is recorded as a use that two persons will review, and that is durable before anything is asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gateway.ground.clock import china_day
from gateway.ground.evidence import Arrival, Caller, Grant, LawfulBasis
from gateway.lawful.consents import Consents
from gateway.lawful.emergencies import Emergencies

RecordUse = Callable[[str, str], Awaitable[None]]
"""Records a use of an emergency, by the subject of the act and who asks, and returns when it is durable."""


class LawfulBases:
    """The room of the lawful basis of one node. A reload does not touch it."""

    def __init__(self, consents: Consents, emergencies: Emergencies, record_use: RecordUse) -> None:
        self.consents = consents
        self.emergencies = emergencies
        self._record_use = record_use

    async def admit(self, arrival: Arrival, caller: Caller, grant: Grant) -> None:
        """Return where a question may rest on its basis, once a use of an emergency is durable.

        Raises:
            Refusal: as `require`; OPERATOR_MISSING, EMERGENCY_REASON_MISSING, EMERGENCY_NOT_REVIEWED; AUDIT_NOT_DURABLE
                where the use cannot be recorded.
        """
        self.require(arrival, caller, grant, arrival.now_us)
        ask = arrival.ask
        if ask.lawful_basis is not LawfulBasis.EMERGENCY:
            return
        emergency = self.emergencies.find(ask, caller, arrival.now_us)
        # It is kept before the log is waited for: two questions at once open one emergency, and none escapes its bound.
        self.emergencies.keep(emergency, ask.request_id)
        await self._record_use(emergency.subject(ask.request_id), caller.application)

    def require(self, arrival: Arrival, caller: Caller, grant: Grant, now_us: int) -> None:
        """Return where a question that rests on a consent may go on at a time.

        Raises:
            Refusal: CONSENT_UNKNOWN, CONSENT_WITHDRAWN, CONSENT_NOT_COVERING.
        """
        self.consents.require(arrival.ask, caller, grant, china_day(now_us))
