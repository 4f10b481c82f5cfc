"""The rows that named persons must give: who is asked about, by whom, what the row says, and what it says of each cell.

A row is one line of `ROWS`. What it expects is the outcome with every cell that was asked for, or the reason of a
refusal. Rows of items that are not there yet are named in `NOT_ANSWERED` with the reason, and asked nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from adapters.people.planted import PLANTED, TRANSFER_NO
from adapters.people.population import LEAST_PERSONS, population
from adapters.people.records import MOVING, Person
from gateway.border.messages import read_page
from gateway.cli.demo.outcomes import read_row
from gateway.cli.demo.processes import PERSONS, SEED
from gateway.cli.demo.questions import ask, make_question, open_channel
from gateway.cli.demo.world import AGREED, AGREED_PAIR, AGREED_PURPOSE, BATCH_NO, DemoProvince
from gateway.ground.evidence import CellReason
from gateway.ground.item import Item, Label, Outcome
from gateway.ground.refusals import Reason, Refusal
from gateway.wire.v1 import exchange_pb2_grpc

NOBODY: Final = "519999199909090088"
"""A number that nobody has."""
Cells = Mapping[str, object]
_WITHHELD: Final = CellReason.WITHHELD_MINOR
_AGREED: Final = {"region": AGREED_PAIR[0], "purpose_code": AGREED_PURPOSE}


@dataclass(frozen=True, slots=True)
class DemoRow:
    """A row that must be: of a planted person of the province that is asked, under the item's usual question.

    `keys` come on top of number and name, or instead of them; `changes` are those of a question. `cells` are asked
    for, or all fields where there are none.
    """

    person: str
    provider: str
    item: str
    expected: Outcome | Reason
    cells: Cells = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)
    paged: bool = False


@dataclass(frozen=True, slots=True)
class RowFound:
    """What became of a row: `seen` is its outcome or the reason of a refusal, `cells` what its cells said."""

    row: DemoRow
    name: str
    item: Item
    asker: str
    seen: str
    cells: Cells

    @property
    def ok(self) -> bool:
        """Whether the row said what it must, and each cell."""
        return self.seen == self.row.expected and dict(self.cells) == dict(self.row.cells)

    def json(self) -> dict[str, object]:
        """The row as `chuanyu demo --json` prints it."""
        asks = {"item": self.item.code, "from": self.asker, "to": self.row.provider, "keys": dict(self.row.keys)}
        return {
            "person": self.name,
            "asks": asks,
            "expected": {"row": str(self.row.expected), "cells": _write_cells(self.row.cells)},
            "seen": {"row": self.seen, "cells": _write_cells(self.cells)},
            "ok": self.ok,
        }


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """A row that is wanted and that no item gives yet, with the reason."""

    person: str
    asks: str
    reason: Label

    def json(self) -> dict[str, object]:
        """The row as `chuanyu demo --json` prints it."""
        return {"person": self.person, "asks": self.asks, "reason": self.reason.en}


def _write_cells(cells: Cells) -> dict[str, object]:
    return {name: cell if isinstance(cell, bool | int) else str(cell) for name, cell in cells.items()}


ROWS: Final[tuple[DemoRow, ...]] = (
    DemoRow("in_order", "sichuan", "CY-ID-01", Outcome.FOUND, {"matched": True, "card_usable": True}),
    DemoRow("in_order", "sichuan", "CY-ID-01", Outcome.NO_MATCH, keys={"name": "王某乙"}),
    DemoRow("in_order", "sichuan", "CY-ID-01", Outcome.NO_MATCH, keys={"social_security_no": NOBODY}),
    DemoRow("child", "sichuan", "CY-ID-01", Outcome.FOUND, {"matched": True, "card_usable": True}),
    DemoRow(
        "child", "sichuan", "CY-ID-02", Outcome.FOUND,
        {
            **dict.fromkeys(("card_form", "ss_app_status", "bank_app_status", "e_card_status"), _WITHHELD),
            **dict.fromkeys(("region_code", "card_no", "issue_date"), _WITHHELD),
            "ss_app_usable": True, "bank_app_usable": True,
        },
    ),
    DemoRow(
        "child", "sichuan", "CY-HE-01", Outcome.FOUND,
        {"insured_status": True, "filing_status": True, "medical_scheme": _WITHHELD, "region_code": _WITHHELD},
        {"visit_type": "inpatient"},
    ),
    DemoRow("child", "sichuan", "CY-SS-03", Outcome.NOT_APPLICABLE, keys={"insurance_type": "170"}),
    DemoRow("late", "sichuan", "CY-ID-01", Outcome.FOUND, {"matched": True, "card_usable": False}),
    DemoRow("late", "sichuan", "CY-SS-01", Outcome.FOUND, {"confirmation_result": "not_confirmed"}),
    DemoRow("late", "sichuan", "CY-SS-02", Outcome.NOT_HELD, keys={"transfer_no": TRANSFER_NO}),
    DemoRow(
        "moving_away", "sichuan", "CY-SS-02", Outcome.FOUND,
        {"insured_months": 96, "start_month": date(2018, 9, 1), "end_month": date(2026, 8, 1)},
        {"transfer_no": TRANSFER_NO},
    ),
    DemoRow("moving_away", "sichuan", "CY-SS-03", Reason.KEY_CODE_UNKNOWN, keys={"insurance_type": "310"}),
    DemoRow("moving_away", "sichuan", "CY-SS-03", Reason.KEY_CODE_UNKNOWN, keys={"insurance_type": "养老保险"}),
    DemoRow(
        "lost_card", "chongqing", "CY-ID-02", Outcome.FOUND, {"ss_app_status": "lost", "ss_app_usable": False},
    ),
    DemoRow("elder", "chongqing", "CY-TR-01", Outcome.FOUND, {"eligible": True}, {"policy_code": "senior_65"}),
    DemoRow(
        "insured_twice", "sichuan", "CY-SS-05", Reason.ROWS_NOT_GRANTED, keys={"insurance_type": "110"},
        changes={"batch_no": BATCH_NO}, paged=True,
    ),
    DemoRow(
        "of_suining", "sichuan", AGREED, Outcome.FOUND, {"recognised": True, "overdue_flag": False}, changes=_AGREED,
    ),
    DemoRow("of_yingshan", "sichuan", AGREED, Outcome.NOT_APPLICABLE, changes=_AGREED),
    DemoRow("of_yingshan", "sichuan", AGREED, Outcome.FOUND, {"recognised": True}),
    DemoRow(
        "of_yubei", "chongqing", "CY-ID-02", Outcome.FOUND, {"region_code": "500112", "issue_date": date(2019, 1, 1)},
    ),
    DemoRow("in_order", "sichuan", "CY-ID-01", Reason.REGION_AMBIGUOUS, changes={"region": "500112"}),
    DemoRow("on_the_move", "chongqing", "CY-ID-02", Outcome.LATER),
)  # fmt: skip
NOT_ANSWERED: Final = (
    NotAnswered(
        "逝某", "CY-SS-01 lost, still_entitled",
        Label("认证结果代码中尚无“丧失”", "the codes of the result have no `lost` yet"),
    ),
    NotAnswered(
        "逝某", "CY-RS-02", Label("户籍与户口注销核验事项尚未建立", "there is no item for the household register yet")
    ),
    NotAnswered("转某", "CY-SS-02", Label("案件尚未建立，不能按案件区分", "there are no cases yet to ask in or outside of")),
    NotAnswered(
        "失某", "CY-ID-02 lost_temporary, loss_lapses_at; CY-TR-02 transit_usable",
        Label("状态代码中尚无临时挂失，事项尚无到期时间", "there is no code and no field for a temporary loss yet"),
    ),
    NotAnswered(
        "老某", "CY-TR-01 CQ-65-FREE, SN-TN-60",
        Label("事项尚按优待政策而非方案查询，平台不能答复不适用", "the item is asked by policy and not by scheme yet"),
    ),
    NotAnswered(
        "双某", "CY-SS-05 period_from, period_to",
        Label("事项尚无起止年月，不能比对两段参保", "the item has no period yet, so that nothing can overlap"),
    ),
    NotAnswered("—", "CY-TR-03", Label("残疾人优待核验事项尚未建立", "there is no item for disability concessions yet")),
)  # fmt: skip
"""The rows that no item gives yet."""


async def run_rows(world: Mapping[str, DemoProvince], items: Mapping[str, Item]) -> list[RowFound]:
    """Ask for every row, each of the province that is asked from the other one."""
    found = []
    for row in ROWS:
        provider = world[row.provider]
        asker = next(one for one in world.values() if one is not provider)
        who = name_person(row)
        item = items[row.item]
        keys = {**who, **row.keys}
        more: dict[str, Any] = {"fields": tuple(row.cells)} if row.cells else {}
        message = make_question(item, asker, provider, keys, **more, **row.changes)
        cells: Cells = {}
        async with open_channel(asker, asker.portal) as opened:
            try:
                answers = await ask(exchange_pb2_grpc.ExchangeStub(opened), message, paged=row.paged)
            except Refusal as refusal:
                seen = str(refusal.reason)
            else:
                page = read_page(answers[0].page)
                seen, cells = str(page.outcomes[0]), read_row(page, 0)
        found.append(RowFound(row, keys["name"], item, asker.name, seen, cells))
    return found


def name_person(row: DemoRow) -> dict[str, str]:
    """Return number and name of the person of a row."""
    one = PLANTED[row.provider].get(row.person) or _on_the_move()
    return {"social_security_no": one.social_security_no, "name": one.name}


def _on_the_move() -> Person:
    return population("chongqing", SEED, min(PERSONS, LEAST_PERSONS)).people[MOVING]
