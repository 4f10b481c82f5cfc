"""Two provinces behind their ports: a platform that answers what a test says, and both nodes in this process.

The nodes are the real ones: real gRPC, real mutual TLS, real audit logs on disk; only the platforms are stand-ins.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest

from adapters.contract import AnswerPage, Columns, Description, Health, Question
from gateway.assembly.run import RunningNode
from gateway.audit.tlog.cosignature import read_vkeys
from gateway.audit.tlog.validity import read_log_keys
from gateway.audit.verification.verify import LogVerdict, verify_log
from gateway.border.status import from_rpc_error
from gateway.catalogue.loader import load_items
from gateway.cli.demo.questions import make_question, open_channel
from gateway.cli.demo.world import EXTRA, Client, DemoProvince, build_world
from gateway.ground.item import Item
from gateway.ground.refusals import Reason, Refusal
from gateway.telemetry.metrics import Metrics
from gateway.wire.v1 import ask_pb2, exchange_pb2, exchange_pb2_grpc
from tests.answers import all_found
from tests.fixed_platform import plausible_cell as cell
from tests.ports import free_ports

ITEMS: Mapping[str, Item] = {item.code: item for item in load_items()}
KEY: Mapping[str, str] = {"social_security_no": "51999919600101003X", "name": "王一"}
Answer = Callable[[Question], Sequence[AnswerPage | Columns]]


def plausible(asked: Question) -> list[Columns]:
    """One plausible row a subject, or three rows for an item without subjects."""
    item = ITEMS[asked.item_code]
    rows = len(next(iter(asked.keys.values()))) if item.subjects else 3
    return [
        {name: [cell(item.field(name))] * min(asked.page_rows, rows - start) for name in asked.fields}
        for start in range(0, rows, asked.page_rows)
    ]


@dataclass
class StandIn:
    """A platform whose answers a test may replace; it counts what it was asked."""

    answer: Answer = plausible
    asked: list[Question] = field(default_factory=list)

    async def describe(self) -> Description:
        """Say nothing of itself."""
        return Description("stand-in", ())

    async def fetch(self, question: Question) -> AsyncIterator[AnswerPage]:
        """Give what the test says."""
        self.asked.append(question)
        for page in self.answer(question):
            yield page if isinstance(page, AnswerPage) else all_found(page, subjects=ITEMS[question.item_code].subjects)

    async def health(self) -> Health:
        """Answer."""
        return Health(serving=True, detail="")

    async def close(self) -> None:
        """Nothing to close."""


@dataclass
class Two:
    """Both provinces, running."""

    world: Mapping[str, DemoProvince]
    nodes: dict[str, RunningNode]
    platforms: Mapping[str, StandIn]

    def ask(self, code: str = "CY-ID-02", keys: Mapping[str, str] | None = None, **changes: Any) -> ask_pb2.Ask:
        """A question of Chongqing to Sichuan, in order but for `changes`; `keys` come on top of the usual two."""
        row = {**KEY, **(keys or {})}
        return make_question(ITEMS[code], self.world["chongqing"], self.world["sichuan"], row, **changes)

    async def query(self, message: ask_pb2.Ask, *, client: Client | None = None) -> exchange_pb2.QueryResponse:
        """Ask Chongqing's gateway; raise Refusal for what it says otherwise."""
        asker = self.world["chongqing"]
        async with open_channel(asker, client or asker.portal) as opened:
            stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
            try:
                response: exchange_pb2.QueryResponse = await stub.Query(
                    exchange_pb2.QueryRequest(ask=message), timeout=10
                )
            except grpc.aio.AioRpcError as error:
                raise from_rpc_error(error) from error
            return response

    async def start(self, name: str, *, serving: bool = True) -> None:
        """Start one node; by default wait until a witness has confirmed its log."""
        node = RunningNode(self.world[name].settings, Metrics(), platform=self.platforms[name])
        await node.start()
        self.nodes[name] = node
        if serving:
            await self.serve(name)

    async def serve(self, name: str) -> None:
        """Wait until a node serves exchanges."""
        async with asyncio.timeout(15):
            await self.nodes[name].until_serving()

    async def stop(self, name: str) -> None:
        """Stop one node gracefully."""
        await self.nodes.pop(name).stop()


def verified(province: DemoProvince) -> LogVerdict:
    """Verify a province's log from disk, cosignatures included, as a reviewer would."""
    settings = province.settings
    keys = read_log_keys(settings.log_vkey_path.read_text(encoding="utf-8"))
    witnesses = read_vkeys(settings.witnesses_vkey_path.read_text(encoding="utf-8"))
    return verify_log(settings.log_path, keys, witnesses=witnesses)


def make_world(root: Path, limits: str = "", extra: Sequence[Path] = ()) -> dict[str, DemoProvince]:
    """Make the files of both provinces; `extra` are directories of items beside the packaged ones and the demo's."""
    options: dict[str, tuple[str, Mapping[str, object]]] = {
        name: ("sichuan", {"path": "none"}) for name in ("sichuan", "chongqing")
    }
    return build_world(
        root, platforms=options, limits=limits or "drain_seconds = 2", extra=(EXTRA, *extra), ports=free_ports
    )


@dataclass
class Pristine:
    """The files of a world as they were made, to begin each test with; making them takes longer than copying."""

    root: Path
    copy: Path
    world: Mapping[str, DemoProvince]

    def restore(self) -> Mapping[str, DemoProvince]:
        """Put all files back as they were."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.copy, self.root)
        return self.world


def make_pristine(folder: Path, limits: str = "", extra: Sequence[Path] = ()) -> Pristine:
    """Make a world, and a copy of its files."""
    root, copy = folder / "world", folder / "pristine"
    world = make_world(root, limits, extra)
    shutil.copytree(root, copy)
    return Pristine(root, copy, world)


@asynccontextmanager
async def two_provinces(pristine: Pristine) -> AsyncIterator[Two]:
    """Both provinces in this process, until the test ends."""
    two = Two(pristine.restore(), {}, {"sichuan": StandIn(), "chongqing": StandIn()})
    try:
        for name in two.world:
            await two.start(name, serving=False)
        for name in two.world:
            await two.serve(name)
        yield two
    finally:
        for name in list(two.nodes):
            await two.stop(name)


async def until(what: str, holds: Callable[[], object]) -> None:
    """Look until something holds, for 15 s at most; say what did not."""
    for _ in range(750):
        if holds():
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"expected within 15 s: {what}")


async def reason_of(two: Two, *, within: bool = False) -> Reason | None:
    """Why a question of Chongqing is refused; None where it is answered."""
    message = two.ask()
    if within:
        message.provider_province = two.world["chongqing"].code
    try:
        await two.query(message)
    except Refusal as refusal:
        return refusal.reason
    return None
