"""What declared columns refuse: one question a case, each of which must be refused for the reason of its own column.

A case is one line of `CASES`, or of a table that another module of the demo adds to it: the item, what is changed in a
question that is in order, how many persons it names and whether it is asked page by page. Chongqing asks Sichuan, whose
node, and its own, hold the question to item, grant and roster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.cli.demo.parties import find_consumer, name_body
from gateway.cli.demo.questions import make_question, open_channel, read_reason
from gateway.cli.demo.world import BATCH_NO, ONWARD_NO, DemoProvince
from gateway.ground.item import Item, Label
from gateway.ground.refusals import Reason
from gateway.wire.v1 import exchange_pb2_grpc

BODY: Final = "<body>"
"""Stands for the body that the asking department serves."""


@dataclass(frozen=True, slots=True)
class DeclaredCase:
    """One question that a declared column refuses."""

    case: Label
    expected: Reason
    item: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    rows: int = 1
    paged: bool = False


@dataclass(frozen=True, slots=True)
class DeclaredFound:
    """What became of a case; `seen` is `RELEASED` where it was answered."""

    case: Label
    expected: str
    seen: str

    @property
    def ok(self) -> bool:
        """Whether it was refused for its own reason."""
        return self.seen == self.expected

    def json(self) -> dict[str, object]:
        """The case as `chuanyu demo --json` prints it."""
        return {"case": self.case.en, "expected": self.expected, "seen": self.seen, "ok": self.ok}


CASES: Final[tuple[DeclaredCase, ...]] = (
    DeclaredCase(
        Label("单条核验事项被批量查询 500 人", "500 persons of an item for single questions, as a batch"),
        Reason.MODE_NOT_GRANTED, "CY-ID-01", {"batch_no": BATCH_NO}, rows=500, paged=True,
    ),
    DeclaredCase(
        Label("单条核验事项一次查询 9 人", "nine persons of an item for a household, in one question"),
        Reason.ROWS_NOT_GRANTED, "CY-ID-01", rows=9,
    ),
    DeclaredCase(
        Label("仅供批量比对的事项被单条查询", "one person of an item for batches alone"),
        Reason.MODE_NOT_GRANTED, "CY-SS-05",
    ),
    DeclaredCase(
        Label("批量交换只含 1 人", "a batch of one person"),
        Reason.ROWS_NOT_GRANTED, "CY-SS-05", {"batch_no": BATCH_NO}, paged=True,
    ),
    DeclaredCase(
        Label("批量交换超过 500 人", "a batch of 501 persons"),
        Reason.ROWS_NOT_GRANTED, "CY-SS-05", {"batch_no": BATCH_NO}, rows=501, paged=True,
    ),
    DeclaredCase(
        Label("批量交换未填批次审批编号", "a batch without the number of its approval"),
        Reason.BATCH_NOT_APPROVED, "CY-SS-05", rows=20, paged=True,
    ),
    DeclaredCase(
        Label("批次未经提供方审批", "a batch that the provider did not approve"),
        Reason.BATCH_NOT_APPROVED, "CY-SS-05", {"batch_no": "PC-0"}, rows=20, paged=True,
    ),
    DeclaredCase(
        Label("推送事项被查询", "a question of an item that is pushed"), Reason.MODE_NOT_SERVED, "CY-DM-01",
    ),
    DeclaredCase(
        Label("未登记的银行索取收款账户", "a bank that is not registered gets an account"),
        Reason.END_USER_UNKNOWN, "CY-FD-04", {"end_user_org": "some-bank"},
    ),
    DeclaredCase(
        Label("未登记的银行核验身份", "a bank that is not registered checks an identity"),
        Reason.END_USER_UNKNOWN, "CY-ID-01", {"end_user_org": "some-bank"},
    ),
    DeclaredCase(
        Label("未取得转供同意的机构索取收款账户", "a registered body gets an account without the provider's consent"),
        Reason.ONWARD_NOT_AGREED, "CY-FD-04", {"end_user_org": BODY, "onward_consent_no": ONWARD_NO},
    ),
    DeclaredCase(
        Label("转供同意编号不符", "onward supply under a number that is not the provider's"),
        Reason.ONWARD_NOT_AGREED, "CY-CU-01", {"end_user_org": BODY, "onward_consent_no": "ZG-0"},
    ),
    DeclaredCase(
        Label("经办人单位无人登记", "an operator of a unit that nobody registered"),
        Reason.OPERATOR_UNKNOWN, "CY-ID-01", {"unit": "nobody-knows"},
    ),
    DeclaredCase(
        Label("经办人单位属于另一省（市）", "an operator of a unit of the other province"),
        Reason.OPERATOR_UNKNOWN, "CY-ID-01", {"unit": "sc-hrss"},
    ),
    DeclaredCase(
        Label("用途为个人兴趣", "a purpose that no grant names"),
        Reason.PURPOSE_NOT_GRANTED, "CY-ID-01", {"purpose_code": "curiosity", "purpose": "个人兴趣"},
    ),
)  # fmt: skip


async def run_declared(
    world: Mapping[str, DemoProvince],
    items: Mapping[str, Item],
    key_rows: Mapping[str, Mapping[str, str]],
    cases: Sequence[DeclaredCase] = CASES,
) -> list[DeclaredFound]:
    """Ask every case of Sichuan through Chongqing's gateway."""
    asker, provider = world["chongqing"], world["sichuan"]
    found = []
    async with open_channel(asker, asker.portal) as opened:
        stub = exchange_pb2_grpc.ExchangeStub(opened)
        for case in cases:
            item = items[case.item]
            row = key_rows[case.item] if case.item in key_rows else _sample(item, key_rows["CY-ID-02"])
            message = make_question(
                item, asker, provider, row, more=[row] * (case.rows - 1), **_named(case, item, asker)
            )
            seen = await read_reason(stub, message, paged=case.paged)
            found.append(DeclaredFound(case.case, str(case.expected), seen))
    return found


def _named(case: DeclaredCase, item: Item, asker: DemoProvince) -> dict[str, Any]:
    body = name_body(find_consumer(item, asker.code))
    return {name: body if value == BODY else value for name, value in case.changes.items()}


def _sample(item: Item, person: Mapping[str, str]) -> dict[str, str]:
    """A key row of an item that no platform holds: the person, and of a coded key its first code."""
    codes = {key.name: key.codes[0][0] for key in item.keys if key.codes}
    return {key.name: codes.get(key.name, person.get(key.name, "1")) for key in item.keys if key.required}
