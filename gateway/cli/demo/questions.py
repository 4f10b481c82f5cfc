"""The demo's questions: every item both ways, and what must be refused."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.border.messages import read_page
from gateway.border.status import from_rpc_error
from gateway.cli.ask.open import AnswerOpener
from gateway.cli.ask.question import AskDetails, build_ask
from gateway.cli.demo.parties import find_consumer, find_department, name_unit
from gateway.cli.demo.sealed import SealedField, find_sealed
from gateway.cli.demo.world import BATCH_NO, EXPIRED, ONE_SIDED, PURPOSE, Client, DemoProvince
from gateway.ground.evidence import Channel, Column, LawfulBasis, Page
from gateway.ground.item import Item, Kind, SharingMode
from gateway.ground.refusals import Reason, Refusal
from gateway.masking.sealed import Opener
from gateway.wire.v1 import ask_pb2, exchange_pb2, exchange_pb2_grpc

DEADLINE: Final = 20.0
PAGE_ROWS: Final = 100


async def wait_until_serving(province: DemoProvince, client: Client) -> None:
    """Wait until a node serves exchanges by its own health, which it does once a witness has confirmed its log."""
    async with open_channel(province, client) as opened:
        watch: Any = health_pb2_grpc.HealthStub(opened).Watch(health_pb2.HealthCheckRequest())
        async for answer in watch:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return
    raise RuntimeError(f"the node of {province.name} ended before it served")


@dataclass(frozen=True, slots=True)
class DemoExchange:
    """One question and what came of it; `held` is what the platform holds of its first row, `left` is what left.

    `withheld` counts the rows of which a batch gate, or the person's age, let no value of the gate's columns leave.
    """

    item: Item
    asker: str
    provider: str
    reason: str
    columns: tuple[str, ...]
    rows: int
    withheld: int
    origin: str
    index: int
    held: Mapping[str, object]
    left: Mapping[str, object]
    sealed: tuple[SealedField, ...]

    @property
    def decision(self) -> str:
        """`released` or `refused`."""
        return "refused" if self.reason else "released"

    def json(self) -> dict[str, object]:
        """The exchange as `chuanyu demo --json` prints it."""
        return {
            "item": self.item.code,
            "domain": self.item.domain.value,
            "from": self.asker,
            "to": self.provider,
            "decision": self.decision,
            "reason": self.reason,
            "columns": list(self.columns),
            "rows": self.rows,
            "withheld": self.withheld,
            "receipt": {"origin": self.origin, "index": self.index},
            "sealed": [one.json() for one in self.sealed],
        }


@dataclass(frozen=True, slots=True)
class DemoRefusal:
    """One question that must be refused."""

    case: str
    reason: str
    expected: str

    def json(self) -> dict[str, str]:
        """The refusal as `chuanyu demo --json` prints it."""
        return {"case": self.case, "reason": self.reason, "expected": self.expected}


def open_channel(province: DemoProvince, client: Client) -> grpc.aio.Channel:
    """Open a connection of a client to its province's gateway."""
    credentials = grpc.ssl_channel_credentials(
        province.authority.certificate_pem, client.key_pem, client.certificate_pem
    )
    options = [("grpc.max_receive_message_length", 8 << 20)]
    return grpc.aio.secure_channel(province.target, credentials, options=options)


def make_question(
    item: Item, asker: DemoProvince, provider: DemoProvince, key_row: Mapping[str, str], **changes: Any
) -> ask_pb2.Ask:
    """Make a question that is in order; `changes` are fields of `AskDetails`, `now_us`, or `more` key rows."""
    rows = [key_row, *changes.pop("more", ())]
    now_us = changes.pop("now_us", time.time_ns() // 1000)
    words: dict[str, Any] = {
        "item_code": item.code,
        "item_version": item.version,
        "provider_province": provider.code,
        "department": find_consumer(item, asker.code),
        "region": asker.code,
        "scene": item.scenes[0][0],
        "use_basis": item.use_bases[0][0],
        "purpose": "办理群众申请事项",
        "business_no": "YW-2026-0001",
        "channel": Channel.COUNTER,
        "operator": "op-001",
        "unit": name_unit(find_consumer(item, asker.code)),
        "end_user_org": "",
        "lawful_basis": LawfulBasis(item.lawful_bases[0]),
        "consent_ref": "TY-2026-0001" if item.lawful_bases[0] == LawfulBasis.CONSENT else "",
        "emergency_reason": "",
        "fields": tuple(field.name for field in item.fields),
        "purpose_code": PURPOSE,
    }
    if "department" in changes and "unit" not in changes:
        words["unit"] = name_unit(changes["department"])
    columns = tuple(Column(name, Kind.STRING, tuple(row[name] for row in rows)) for name in key_row)
    return build_ask(
        AskDetails(**{**words, **changes}), Page(len(rows), columns), now_us=now_us, entropy=os.urandom(10)
    )


async def ask(stub: Any, message: ask_pb2.Ask, *, paged: bool) -> list[exchange_pb2.QueryResponse]:
    """Ask and take the whole answer.

    Raises:
        Refusal: as the gateway gave it.
    """
    try:
        if not paged:
            return [await stub.Query(exchange_pb2.QueryRequest(ask=message), timeout=DEADLINE)]
        request = exchange_pb2.StreamRequest(ask=message, page_rows=PAGE_ROWS)
        return [response.answer async for response in stub.Stream(request, timeout=DEADLINE)]
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error


async def run_exchange(
    stub: Any,
    item: Item,
    asker: DemoProvince,
    provider: DemoProvince,
    key_rows: Sequence[Mapping[str, str]],
    held: Mapping[str, object],
) -> DemoExchange:
    """Ask one item of the other province; directories and batches come in pages, other answers about people in one."""
    paged = not item.subjects or item.mode(SharingMode.API) is None
    batch_no = BATCH_NO if paged and item.subjects else ""
    message = make_question(item, asker, provider, key_rows[0], more=key_rows[1:], batch_no=batch_no)
    try:
        answers = await ask(stub, message, paged=paged)
    except Refusal as refusal:
        return DemoExchange(item, asker.name, provider.name, str(refusal.reason), (), 0, 0, "", -1, held, {}, ())
    pages = [read_page(answer.page) for answer in answers]
    first, receipt = pages[0], answers[0].receipt
    left = {column.name: column.values[0] for column in first.columns} if first.rows else {}
    names = tuple(column.name for column in first.columns)
    rows = sum(page.rows for page in pages)
    withheld = sum(_count_withheld(item, page) for page in pages)
    opener = AnswerOpener(Opener(asker.sealing), item.code, message.request_id)
    sealed = find_sealed(item, first, answers[0].SerializeToString(), opener, held)
    return DemoExchange(
        item, asker.name, provider.name, "", names, rows, withheld, receipt.origin, receipt.index, held, left, sealed
    )


def _count_withheld(item: Item, page: Page) -> int:
    gated = {name for gate in item.gates for name in gate.fields}
    columns = [column.values for column in page.columns if column.name in gated]
    return sum(all(cell is None for cell in row) for row in zip(*columns, strict=True))


async def run_refusals(
    world: Mapping[str, DemoProvince], items: Mapping[str, Item], key_rows: Mapping[str, Mapping[str, str]]
) -> list[DemoRefusal]:
    """Ask what must be refused: Chongqing asks Sichuan."""
    asker, provider = world["chongqing"], world["sichuan"]
    item, row = items["CY-ID-02"], key_rows["CY-ID-02"]
    stale_us = time.time_ns() // 1000 - 600_000_000
    number = row["social_security_no"]
    expired = find_department(asker.code, EXPIRED[1])
    one_sided = make_question(items[ONE_SIDED], asker, provider, {**row, "insurance_type": "210"})
    replayed = make_question(item, asker, provider, row)
    asked = [
        ("off-list item", Reason.ITEM_NOT_LISTED, one_sided),
        ("wrong scene", Reason.SCENE_NOT_GRANTED, make_question(item, asker, provider, row, scene="some-other-scene")),
        ("expired grant", Reason.GRANT_EXPIRED, make_question(item, asker, provider, row, department=expired)),
        ("undeclared field", Reason.FIELD_UNDECLARED, make_question(item, asker, provider, row, fields=("photo",))),
        (
            "number in free text",
            Reason.FREE_TEXT_LEAK,
            make_question(item, asker, provider, row, purpose=f"查 {number}"),
        ),
        ("stale clock", Reason.REQUEST_STALE, make_question(item, asker, provider, row, now_us=stale_us)),
    ]
    found = []
    async with open_channel(asker, asker.portal) as opened:
        stub = exchange_pb2_grpc.ExchangeStub(opened)
        for case, expected, message in asked:
            found.append(DemoRefusal(case, await read_reason(stub, message), expected))
        await read_reason(stub, replayed)
        found.append(DemoRefusal("replay", await read_reason(stub, replayed), Reason.REQUEST_REPLAYED))
    async with open_channel(asker, asker.retired) as opened:
        reason = await read_reason(exchange_pb2_grpc.ExchangeStub(opened), make_question(item, asker, provider, row))
        found.append(DemoRefusal("revoked certificate", reason, Reason.CERTIFICATE_REVOKED))
    return found


async def read_reason(stub: Any, message: ask_pb2.Ask, *, paged: bool = False) -> str:
    """Ask, and return the reason of the refusal; `RELEASED` where the question is answered."""
    try:
        await ask(stub, message, paged=paged)
    except Refusal as refusal:
        return str(refusal.reason)
    return "RELEASED"
