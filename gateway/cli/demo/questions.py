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
from gateway.cli.ask.open import Opening
from gateway.cli.ask.question import Wanted, build_ask
from gateway.cli.demo.sealed import Sealed, sealed_in
from gateway.cli.demo.world import EXPIRED, ONE_SIDED, Client, Province, consumer_of, department_of
from gateway.ground.evidence import Channel, Column, LawfulBasis, Page
from gateway.ground.item import Item, Kind
from gateway.ground.refusals import Reason, Refusal
from gateway.masking.sealed import Opener
from gateway.wire.v1 import ask_pb2, exchange_pb2, exchange_pb2_grpc

DEADLINE: Final = 20.0
PAGE_ROWS: Final = 100


async def until_serving(province: Province, client: Client) -> None:
    """Wait until a node serves exchanges: its own health tells, once a witness has confirmed its log."""
    async with channel(province, client) as opened:
        watch: Any = health_pb2_grpc.HealthStub(opened).Watch(health_pb2.HealthCheckRequest())
        async for answer in watch:
            if answer.status == health_pb2.HealthCheckResponse.SERVING:
                return
    raise RuntimeError(f"the node of {province.name} ended before it served")


@dataclass(frozen=True, slots=True)
class Exchanged:
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
    sealed: tuple[Sealed, ...]

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
class Turned:
    """One question that must be refused."""

    case: str
    reason: str
    expected: str

    def json(self) -> dict[str, str]:
        """The refusal as `chuanyu demo --json` prints it."""
        return {"case": self.case, "reason": self.reason, "expected": self.expected}


def channel(province: Province, client: Client) -> grpc.aio.Channel:
    """A connection of a client to its province's gateway."""
    credentials = grpc.ssl_channel_credentials(
        province.authority.certificate_pem, client.key_pem, client.certificate_pem
    )
    options = [("grpc.max_receive_message_length", 8 << 20)]
    return grpc.aio.secure_channel(province.target, credentials, options=options)


def question(
    item: Item, asker: Province, provider: Province, key_row: Mapping[str, str], **changes: Any
) -> ask_pb2.Ask:
    """A question that is in order; `changes` are fields of `Wanted`, `now_us`, or `more` key rows."""
    rows = [key_row, *changes.pop("more", ())]
    now_us = changes.pop("now_us", time.time_ns() // 1000)
    words: dict[str, Any] = {
        "item_code": item.code,
        "item_version": item.version,
        "provider_province": provider.code,
        "department": consumer_of(item, asker.code),
        "region": asker.code,
        "scene": item.scenes[0][0],
        "use_basis": item.use_bases[0][0],
        "purpose": "办理群众申请事项",
        "business_no": "YW-2026-0001",
        "channel": Channel.COUNTER,
        "operator": "op-001",
        "unit": consumer_of(item, asker.code),
        "end_user_org": "",
        "lawful_basis": LawfulBasis(item.lawful_bases[0]),
        "consent_ref": "TY-2026-0001" if item.lawful_bases[0] == LawfulBasis.CONSENT else "",
        "fields": tuple(field.name for field in item.fields),
    }
    columns = tuple(Column(name, Kind.STRING, tuple(row[name] for row in rows)) for name in key_row)
    return build_ask(Wanted(**{**words, **changes}), Page(len(rows), columns), now_us=now_us, entropy=os.urandom(10))


async def ask(stub: Any, message: ask_pb2.Ask, *, paged: bool) -> list[exchange_pb2.QueryResponse]:
    """Ask and take the whole answer.

    Raises:
        Refusal: what the gateway said.
    """
    try:
        if not paged:
            return [await stub.Query(exchange_pb2.QueryRequest(ask=message), timeout=DEADLINE)]
        request = exchange_pb2.StreamRequest(ask=message, page_rows=PAGE_ROWS)
        return [response.answer async for response in stub.Stream(request, timeout=DEADLINE)]
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error


async def exchange(
    stub: Any,
    item: Item,
    asker: Province,
    provider: Province,
    key_rows: Sequence[Mapping[str, str]],
    held: Mapping[str, object],
) -> Exchanged:
    """Ask one item of the other province; directories come in pages, answers about people in one."""
    message = question(item, asker, provider, key_rows[0], more=key_rows[1:])
    try:
        answers = await ask(stub, message, paged=not item.subjects)
    except Refusal as refusal:
        return Exchanged(item, asker.name, provider.name, str(refusal.reason), (), 0, 0, "", -1, held, {}, ())
    pages = [read_page(answer.page) for answer in answers]
    first, receipt = pages[0], answers[0].receipt
    left = {column.name: column.values[0] for column in first.columns} if first.rows else {}
    names = tuple(column.name for column in first.columns)
    rows = sum(page.rows for page in pages)
    withheld = sum(_withheld(item, page) for page in pages)
    opening = Opening(Opener(asker.sealing), item.code, message.request_id)
    sealed = sealed_in(item, first, answers[0].SerializeToString(), opening, held)
    return Exchanged(
        item, asker.name, provider.name, "", names, rows, withheld, receipt.origin, receipt.index, held, left, sealed
    )


def _withheld(item: Item, page: Page) -> int:
    gated = {name for gate in item.gates for name in gate.fields}
    columns = [column.values for column in page.columns if column.name in gated]
    return sum(all(cell is None for cell in row) for row in zip(*columns, strict=True))


async def refusals(
    world: Mapping[str, Province], items: Mapping[str, Item], key_rows: Mapping[str, Mapping[str, str]]
) -> list[Turned]:
    """Ask what must be refused: Chongqing asks Sichuan."""
    asker, provider = world["chongqing"], world["sichuan"]
    item, row = items["CY-ID-02"], key_rows["CY-ID-02"]
    stale_us = time.time_ns() // 1000 - 600_000_000
    number = row["social_security_no"]
    expired = department_of(asker.code, EXPIRED[1])
    one_sided = question(items[ONE_SIDED], asker, provider, {**row, "insurance_type": "unemployment"})
    replayed = question(item, asker, provider, row)
    asked = [
        ("off-list item", Reason.ITEM_NOT_LISTED, one_sided),
        ("wrong scene", Reason.SCENE_NOT_GRANTED, question(item, asker, provider, row, scene="some-other-scene")),
        ("expired grant", Reason.GRANT_EXPIRED, question(item, asker, provider, row, department=expired)),
        ("undeclared field", Reason.FIELD_UNDECLARED, question(item, asker, provider, row, fields=("photo",))),
        ("number in free text", Reason.FREE_TEXT_LEAK, question(item, asker, provider, row, purpose=f"查 {number}")),
        ("stale clock", Reason.REQUEST_STALE, question(item, asker, provider, row, now_us=stale_us)),
    ]
    found = []
    async with channel(asker, asker.portal) as opened:
        stub = exchange_pb2_grpc.ExchangeStub(opened)
        for case, expected, message in asked:
            found.append(Turned(case, await _reason(stub, message), expected))
        await _reason(stub, replayed)
        found.append(Turned("replay", await _reason(stub, replayed), Reason.REQUEST_REPLAYED))
    async with channel(asker, asker.retired) as opened:
        reason = await _reason(exchange_pb2_grpc.ExchangeStub(opened), question(item, asker, provider, row))
        found.append(Turned("revoked certificate", reason, Reason.CERTIFICATE_REVOKED))
    return found


async def _reason(stub: Any, message: ask_pb2.Ask) -> str:
    try:
        await ask(stub, message, paged=False)
    except Refusal as refusal:
        return str(refusal.reason)
    return "RELEASED"
