"""The demo's outcomes: each that a row can have, once, of people who are known, unknown, young or on the move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.border.messages import read_page
from gateway.cli.demo.questions import ask, make_question, open_channel
from gateway.cli.demo.world import BATCH_NO
from gateway.ground.evidence import CellReason, Page
from gateway.ground.item import Item, Outcome
from gateway.ground.refusals import Refusal
from gateway.wire.v1 import exchange_pb2_grpc

if TYPE_CHECKING:
    from adapters.people.records import Person
    from gateway.cli.demo.world import DemoProvince


_NOBODY: Final = "51999919990909008"
"""The first 17 digits of a number that the generator gave to nobody."""


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """One question and what its first row said; `cells` are the values of that row, or why there is none.

    `seen` is the outcome, or the reason of a refusal.
    """

    case: str
    item: Item
    asker: str
    provider: str
    expected: str
    seen: str
    cells: Mapping[str, object]
    later_at_s: int

    @property
    def ok(self) -> bool:
        """Whether the row said what it had to say."""
        return self.seen == self.expected

    def json(self) -> dict[str, object]:
        """The outcome as `chuanyu demo --json` prints it."""
        return {
            "case": self.case,
            "item": self.item.code,
            "from": self.asker,
            "to": self.provider,
            "outcome": self.expected,
            "seen": self.seen,
            "cells": {name: cell if isinstance(cell, bool | int) else str(cell) for name, cell in self.cells.items()},
            "later_at_s": self.later_at_s,
            "ok": self.ok,
        }


@dataclass(frozen=True, slots=True)
class _Case:
    case: str
    provider: str
    code: str
    expected: Outcome
    rows: Sequence[Mapping[str, str]]
    fields: tuple[str, ...]


async def run_outcomes(
    world: Mapping[str, DemoProvince], items: Mapping[str, Item], people: Mapping[str, Sequence[Person]]
) -> list[DemoOutcome]:
    """Ask for each outcome, the provider of each case from the other province."""
    found = []
    for case in _cases(items, people):
        provider = world[case.provider]
        asker = next(one for one in world.values() if one is not provider)
        async with open_channel(asker, asker.portal) as opened:
            stub = exchange_pb2_grpc.ExchangeStub(opened)
            found.append(await _ask_case(stub, case, items[case.code], asker, provider))
    return found


def read_row(page: Page, place: int) -> dict[str, object]:
    """Return the cells of a row; of each that is empty its reason, and nothing where the row is not answered."""
    return {
        column.name: column.reasons[place] if column.values[place] is None else column.values[place]
        for column in page.columns
        if column.values[place] is not None or column.reasons[place] is not CellReason.NOT_ANSWERED
    }


async def _ask_case(stub: Any, case: _Case, item: Item, asker: DemoProvince, provider: DemoProvince) -> DemoOutcome:
    more: dict[str, object] = {"fields": case.fields} if case.fields else {}
    if len(case.rows) > 1:
        more["batch_no"] = BATCH_NO
    message = make_question(item, asker, provider, case.rows[0], more=case.rows[1:], **more)
    try:
        answers = await ask(stub, message, paged=len(case.rows) > 1)
    except Refusal as refusal:
        return DemoOutcome(
            case.case, item, asker.name, provider.name, case.expected, str(refusal.reason), {}, later_at_s=0
        )
    page = next((one for one in map(read_page, (a.page for a in answers)) if case.expected in one.outcomes), None)
    if page is None:
        page = read_page(answers[0].page)
    place = page.outcomes.index(case.expected) if case.expected in page.outcomes else 0
    cells = read_row(page, place)
    outcome = page.outcomes[place]
    later_at_s = page.later_at_s if outcome is Outcome.LATER else 0
    return DemoOutcome(case.case, item, asker.name, provider.name, case.expected, outcome, cells, later_at_s)


def _cases(items: Mapping[str, Item], people: Mapping[str, Sequence[Person]]) -> list[_Case]:
    from adapters.identity_number import check_digit
    from adapters.people.draw import AS_OF
    from adapters.people.records import MOVING

    known = people["sichuan"]
    adult = next(one for one in known if one.birth_date.year < 1990 and one.cards[-1].ss_status == "active")
    child = next(
        one
        for one in known
        if 2 <= AS_OF.year - one.birth_date.year <= 12 and one.cards[-1].ss_status == "active" and not one.deceased
    )
    unconfirmed = next(one for one in known if one.confirmation is None and one.birth_date.year < 1990)
    nobody = {"social_security_no": _NOBODY + check_digit(_NOBODY), "name": adult.name}
    moving = people["chongqing"][MOVING]
    gated = items["CY-SS-05"]
    batch = [{**_who(one), "insurance_type": "110"} for one in known]
    guarded = tuple(name for gate in gated.gates for name in gate.guarded)
    return [
        _Case("adult", "sichuan", "CY-ID-01", Outcome.FOUND, [_who(adult)], ()),
        _Case("child's match", "sichuan", "CY-ID-01", Outcome.FOUND, [_who(child)], ()),
        _Case("child's card", "sichuan", "CY-ID-02", Outcome.FOUND, [_who(child)], ()),
        _Case("wrong name", "sichuan", "CY-ID-01", Outcome.NO_MATCH, [{**_who(adult), "name": child.name}], ()),
        _Case("number of nobody", "sichuan", "CY-ID-01", Outcome.NO_MATCH, [nobody], ()),
        _Case("no such record", "sichuan", "CY-SS-01", Outcome.NOT_HELD, [_who(unconfirmed)], ()),
        _Case(
            "child's pension",
            "sichuan",
            "CY-SS-03",
            Outcome.NOT_APPLICABLE,
            [{**_who(child), "insurance_type": "110"}],
            (),
        ),
        _Case("child's region", "sichuan", "CY-ID-02", Outcome.WITHHELD_MINOR, [_who(child)], ("region_code",)),
        _Case("too few alike", "sichuan", "CY-SS-05", Outcome.WITHHELD_GATE, batch, guarded),
        _Case("records on the move", "chongqing", "CY-FD-04", Outcome.LATER, [_who(moving)], ()),
    ]


def _who(person: Person) -> dict[str, str]:
    return {"social_security_no": person.social_security_no, "name": person.name}
