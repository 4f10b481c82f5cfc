"""The room's door: keeps the plans in force and masks the pages of an exchange.

All plans are compiled at start, from the grants in force; when the epoch of pseudonyms turns, which is the calendar
year in China Standard Time, each is compiled anew at its next use. A question without a plan in force is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from gateway.ground.clock import china_day
from gateway.ground.evidence import Arrival, Grant, MaskedPage, RawPage
from gateway.ground.item import Item
from gateway.ground.refusals import Reason, Refusal
from gateway.masking.apply import mask
from gateway.masking.conflicts import require_unspliced
from gateway.masking.context import NO_ENVELOPE, Context
from gateway.masking.faults import MaskingError, PlanError
from gateway.masking.keys import MaskKeys
from gateway.masking.places import NO_PLACES, Places
from gateway.masking.plan import Plan, compile_plan
from gateway.masking.sealed import envelope

Place = tuple[str, str, str]
"""Which plan: the item's digest, the recipient, the scene."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order to compile plans: a grant of ours. `fields` are those that it allows.

    `sealing_key` is the consuming department's public key, 32 bytes; empty where the grant names none.
    """

    item: Item
    item_digest: str
    recipient: str
    scenes: tuple[str, ...]
    fields: tuple[str, ...]
    sealing_key: bytes = b""


def epoch_of(today: date) -> str:
    """Return the epoch in which a day's pseudonyms are made: its year, four digits."""
    return f"{today.year:04}"


class Masking:
    """Masks under one root of keys. Not shared between threads."""

    __slots__ = ("_epoch", "_keys", "_manifests", "_orders", "_places", "_plans")

    def __init__(self, keys: MaskKeys, orders: Iterable[Order], today: date, places: Places = NO_PLACES) -> None:
        """Compile every plan that the orders may need; `places` are the regions as they stand today.

        Raises:
            PlanError: an item cannot be masked as it stands, or the masks of two items for one recipient can be
                spliced; a recipient has two sealing keys for one item.
        """
        self._keys, self._places = keys, places
        self._manifests: dict[str, bytes] = {}
        ordered = tuple(orders)
        _require_recipients_apart(ordered)
        self._orders: dict[Place, Order] = {}
        for order in ordered:
            for scene in order.scenes:
                known = self._orders.setdefault((order.item_digest, order.recipient, scene), order)
                if known.sealing_key != order.sealing_key:
                    raise PlanError(order.item.code, "", f"one sealing key of {order.recipient}", "several")
        self._epoch = epoch_of(today)
        self._plans = {place: self._compile(place) for place in self._orders}

    @property
    def plans(self) -> Mapping[Place, Plan]:
        """The plans in force."""
        return self._plans

    def plan(self, grant: Grant, scene: str, today: date) -> Plan:
        """Return the plan for a grant and scene on a day.

        Raises:
            PlanError: none is in force.
        """
        epoch = epoch_of(today)
        if epoch != self._epoch:
            self._plans, self._epoch = {}, epoch
        place = (grant.item_digest, grant.recipient, scene)
        plan = self._plans.get(place)
        if plan is None:
            if place not in self._orders:
                raise PlanError(grant.item.code, "", "a plan for the item, recipient and scene", "none in force")
            plan = self._plans[place] = self._compile(place)
        return plan

    def manifest(self, profile: str) -> bytes:
        """Return what the plans of a profile do, see `manifest`.

        Raises:
            KeyError: none of it was made.
        """
        return self._manifests[profile]

    def mask(self, arrival: Arrival, grant: Grant, raw: RawPage) -> MaskedPage:
        """Return the masked page, built from the grant on the day of the exchange's frozen now.

        Raises:
            Refusal: MASKING_FAILED.
        """
        today = china_day(arrival.now_us)
        try:
            plan = self.plan(grant, arrival.ask.scene, today)
        except PlanError as error:
            raise Refusal(Reason.MASKING_FAILED, str(error)) from error
        rows = range(raw.first, raw.first + raw.page.rows)
        page = NO_ENVELOPE
        if plan.sealing_key:
            try:
                page = envelope(plan.sealing_key, plan.item_code, arrival.ask.request_id)
            except MaskingError as error:
                raise Refusal(Reason.MASKING_FAILED, f"{plan.item_code}: {error}") from error
        return mask(plan, grant, raw, Context(today, rows, _subjects(arrival, grant, raw), page))

    def _compile(self, place: Place) -> Plan:
        item_digest, recipient, scene = place
        order = self._orders[place]
        plan = compile_plan(
            order.item,
            recipient,
            self._keys,
            self._epoch,
            item_digest=item_digest,
            scene=scene,
            sealing_key=order.sealing_key,
            places=self._places,
        )
        self._manifests[plan.profile] = plan.manifest
        return plan


def _subjects(arrival: Arrival, grant: Grant, raw: RawPage) -> tuple[str, ...]:
    """Return the identity numbers of the page's rows, in order; none where the item names no cardholders."""
    if not grant.item.subjects:
        return ()
    name = next(key.name for key in grant.item.keys if key.subject)
    asked = arrival.ask.keys.column(name).values[raw.first : raw.first + raw.page.rows]
    return tuple([value if type(value) is str else "" for value in asked])


def _require_recipients_apart(orders: tuple[Order, ...]) -> None:
    """Hold together what each recipient may see over all its grants."""
    for recipient in sorted({order.recipient for order in orders}):
        theirs = [order for order in orders if order.recipient == recipient]
        granted: dict[str, frozenset[str]] = {}
        for order in theirs:
            granted[order.item.code] = granted.get(order.item.code, frozenset()) | set(order.fields)
        require_unspliced([order.item for order in theirs], granted)
