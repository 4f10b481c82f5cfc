"""A suspension reaches what runs, on two real nodes (issue 12, 15; trial 0.9): one page at most leaves after it."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import grpc

from gateway.audit.entries.entry import Entry, Phase, decode
from gateway.audit.review.standing import read_standing
from gateway.audit.storage.reader import LogReader
from gateway.border.status import from_rpc_error
from gateway.catalogue.grants import GRANT_CONTEXT, read_grant, render_grant
from gateway.catalogue.lists import LIST_CONTEXT, read_list, render_list
from gateway.catalogue.schema import Faults
from gateway.cli.demo.questions import open_channel
from gateway.cli.demo.world import BATCH_NO
from gateway.ground.refusals import Reason
from gateway.serving.acts import Requester
from gateway.wire.v1 import exchange_pb2, exchange_pb2_grpc
from keys.document import sign_document
from tests.province import KEY, Two

ROWS: Final = 300
BY_LIST, BY_GRANT = "CY-ID-02", "CY-TR-01"
"""The item that the provider suspends on its list, and the one whose grant the asking side sees end."""


@asynccontextmanager
async def streaming(two: Two, code: str) -> AsyncIterator[Any]:
    """Ask for many persons, one a page."""
    extra = {"policy_code": "senior_65"} if code == BY_GRANT else {}
    message = two.ask(code, keys=extra, more=[{**KEY, **extra}] * (ROWS - 1), batch_no=BATCH_NO)
    asker = two.world["chongqing"]
    async with open_channel(asker, asker.portal) as opened:
        stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
        yield stub.Stream(exchange_pb2.StreamRequest(ask=message, page_rows=1), timeout=60)


def suspend(two: Two) -> None:
    """Sign the next version of Sichuan's list, on which the item is suspended, and give it to Sichuan's node."""
    own = two.world["sichuan"]
    (path,) = own.settings.lists_directory.glob("510000-*.toml")
    old = read_list("", tomllib.loads(path.read_text("utf-8")), Faults())
    entries = tuple(replace(one, active=one.code != BY_LIST) for one in old.entries)
    octets = render_list(replace(old, version=2, entries=entries))
    path = path.with_name("second.toml")
    path.write_bytes(octets)
    path.with_name(path.name + ".sig").write_bytes(sign_document(LIST_CONTEXT, octets, own.lists))


def end_grant(two: Two) -> None:
    """Sign the next version of Sichuan's grant, which has ended, and give it to Chongqing's node."""
    own, other = two.world["sichuan"], two.world["chongqing"]
    (path,) = other.settings.grants_directory.glob(f"G-510000-cq-*-{BY_GRANT}.toml")
    old = read_grant("", tomllib.loads(path.read_text("utf-8")), Faults())
    ended = replace(old, version=2, valid_from=old.valid_from - timedelta(9), valid_until=old.valid_from)
    octets = render_grant(ended)
    path.write_bytes(octets)
    path.with_name(path.name + ".sig").write_bytes(sign_document(GRANT_CONTEXT, octets, own.lists))


def entries_of(two: Two, name: str) -> list[Entry]:
    """Return every entry of a log."""
    with LogReader(two.world[name].settings.log_path) as reader:
        return [decode(row[2]) for chunk in reader.rows(0, reader.count()) for row in chunk]


async def end_of(call: Any) -> tuple[int, Reason | None]:
    """Read a stream to its end; return the pages that came, and why it was refused."""
    pages = 0
    try:
        async for _ in call:
            pages += 1
    except grpc.aio.AioRpcError as error:
        return pages, from_rpc_error(error).reason
    return pages, None


async def test_0_9_a_stream_ends_within_one_page_of_a_suspension_on_either_side(two: Two) -> None:
    """By the provider's list and by the asker's grant; both logs say why, and what changed stands before it."""
    async with streaming(two, BY_LIST) as listed, streaming(two, BY_GRANT) as granted:
        await anext(aiter(listed))
        await anext(aiter(granted))
        suspend(two)
        end_grant(two)
        await two.nodes["sichuan"].reload(Requester("administrator"))
        await two.nodes["chongqing"].reload(Requester("administrator"))
        (pages, reason), (other_pages, other_reason) = await end_of(listed), await end_of(granted)
    assert (Reason.ITEM_NOT_LISTED, Reason.GRANT_EXPIRED) == (reason, other_reason)
    assert max(pages, other_pages) < ROWS - 1
    sichuan, chongqing = entries_of(two, "sichuan"), entries_of(two, "chongqing")
    assert ["list 510000"] == judged(sichuan, BY_LIST, Phase.RELEASE, Reason.ITEM_NOT_LISTED)
    assert ["grant G-510000"] == judged(chongqing, BY_GRANT, Phase.RECEIPT, Reason.GRANT_EXPIRED)
    (refusal,) = [entry for entry in chongqing if (entry.phase, entry.text("item_code")) == (Phase.REFUSAL, BY_LIST)]
    assert Reason.ITEM_NOT_LISTED == refusal.text("reason_code")
    assert "510000.chuanyu" in str(refusal.fields["peer_leaf"])


def judged(log: list[Entry], code: str, phase: Phase, reason: Reason) -> list[str]:
    """Hold a log to its suspension: one page after it at most, then the refusal; return what the reload named."""
    at, reload = next((n, one) for n, one in enumerate(log) if one.text("subject") == "reload")
    after = [one for one in log[at + 1 :] if one.text("item_code") == code]
    assert sum(one.phase is phase for one in after) <= 1
    (refusal,) = [one for one in log if one.phase is Phase.REFUSAL and one.text("item_code") == code]
    assert (reason, "administrator") == (refusal.text("reason_code"), reload.text("actor"))
    return [name.split("/")[0].split("-cq")[0] for name in reload.names("documents")]


async def test_0_7_a_start_that_a_witness_confirmed_records_every_document(two: Two) -> None:
    """Next to the entry of the start; the second start records nothing, since nothing has changed."""
    settings = two.world["sichuan"].settings
    await two.stop("sichuan")
    with LogReader(settings.log_path) as reader:
        standing = list(read_standing(reader))
    assert len(list(settings.grants_directory.glob("*.toml"))) == sum(one.kind == "grant" for one in standing)
    first = [entry for entry in entries_of(two, "sichuan") if entry.text("action") == "documents"]
    assert first
    assert {"start"} == {entry.text("subject") for entry in first}
    await two.start("sichuan")
    await two.stop("sichuan")
    again = [entry for entry in entries_of(two, "sichuan") if entry.text("action") == "documents"]
    assert first == again
