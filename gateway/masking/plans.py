"""The room's door: keeps the plans in force and masks the pages of an exchange.

A plan is compiled at its first use and kept: there are as many as granted items, recipients and scenes. Plans of an
epoch that is over are forgotten. The epoch of pseudonyms is the calendar year in China Standard Time.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from gateway.evidence import Arrival, Grant, MaskedPage, RawPage
from gateway.masking.apply import mask
from gateway.masking.context import Context
from gateway.masking.faults import PlanError
from gateway.masking.keys import MaskKeys
from gateway.masking.plan import Plan, compile_plan
from gateway.refusals import Reason, Refusal

_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY_US: Final = 86_400_000_000
_CST_US: Final = 8 * 3_600_000_000
"""China Standard Time is UTC+8 all the year (Asia/Shanghai)."""


def today_of(now_us: int) -> date:
    """Return the day in China Standard Time of a moment in microseconds since 1970 (UTC)."""
    return date.fromordinal(_EPOCH + (now_us + _CST_US) // _DAY_US)


def epoch_of(today: date) -> str:
    """Return the epoch in which a day's pseudonyms are made: its year, four digits."""
    return f"{today.year:04}"


class Masking:
    """Masks under one root of keys. Not shared between threads."""

    __slots__ = ("_epoch", "_keys", "_plans")

    def __init__(self, keys: MaskKeys) -> None:
        self._keys = keys
        self._epoch = ""
        self._plans: dict[tuple[str, str, str], Plan] = {}

    def plan(self, grant: Grant, scene: str, today: date) -> Plan:
        """Return the plan for a grant and scene on a day, compiled at its first use.

        Raises:
            PlanError: the item cannot be masked as it stands.
        """
        epoch = epoch_of(today)
        if epoch != self._epoch:
            self._plans = {}
            self._epoch = epoch
        key = (grant.item_digest, grant.recipient, scene)
        plan = self._plans.get(key)
        if plan is None:
            plan = compile_plan(
                grant.item, grant.recipient, self._keys, epoch, item_digest=grant.item_digest, scene=scene
            )
            self._plans[key] = plan
        return plan

    def mask(self, arrival: Arrival, grant: Grant, raw: RawPage) -> MaskedPage:
        """Return the masked page, built from the grant on the day of the exchange's frozen now.

        Raises:
            Refusal: MASKING_FAILED.
        """
        today = today_of(arrival.now_us)
        try:
            plan = self.plan(grant, arrival.ask.scene, today)
        except PlanError as error:
            raise Refusal(Reason.MASKING_FAILED, str(error)) from error
        return mask(plan, grant, raw, Context(today, raw.first, _subjects(arrival, grant, raw)))


def _subjects(arrival: Arrival, grant: Grant, raw: RawPage) -> tuple[str, ...]:
    """Return the identity numbers of the page's rows, in order; none where the item names no cardholders."""
    if not grant.item.subjects:
        return ()
    name = next(key.name for key in grant.item.keys if key.subject)
    asked = arrival.ask.keys.column(name).values[raw.first : raw.first + raw.page.rows]
    return tuple([value if type(value) is str else "" for value in asked])
