"""Two real nodes over real mutual TLS: what is answered, what is recorded on both sides, what is refused where."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.audit.entries.entry import decode
from gateway.audit.storage.reader import LogReader
from gateway.border.messages import read_page
from gateway.ground.refusals import Reason, Refusal
from tests.fixed_platform import plausible_key
from tests.province import ITEMS, KEY, Two, plausible, verified


async def refused(two: Two, **changes: Any) -> Reason:
    """The reason for which a question of Chongqing is refused."""
    with pytest.raises(Refusal) as caught:
        await two.query(two.ask(**changes))
    return caught.value.reason


def entries(two: Two, name: str) -> list[tuple[str, str, dict[str, object]]]:
    """Phase, exchange and fields of every entry of a province's log."""
    with LogReader(two.world[name].settings.log_path) as reader:
        found = [decode(row[2]) for chunk in reader.rows(0, reader.count()) for row in chunk]
    return [(entry.phase.value, entry.exchange_id, dict(entry.fields)) for entry in found]


async def test_an_answer_crosses_the_border_masked_and_with_both_receipts(shared_two: Two) -> None:
    """The raw card number stays; both logs hold the exchange."""
    message = shared_two.ask()
    response = await shared_two.query(message)
    page = read_page(response.page)
    raw = plausible(shared_two.platforms["sichuan"].asked[0])[0]
    assert raw["card_no"][0] != page.column("card_no").values[0]
    assert "510000.chuanyu/node/gateway-1" == response.receipt.origin
    assert "500000.chuanyu/node/gateway-1" == response.own_receipt.origin
    ours = decode(response.own_receipt.entry)
    assert ours.fields["peer_leaf"]["index"] == response.receipt.index  # type: ignore[index,call-overload]  # an object


async def test_the_acknowledgement_becomes_the_outcome_entry(two: Two) -> None:
    """Intent, release and outcome at the provider; intent and receipt at the asker."""
    message = two.ask()
    await two.query(message)
    await two.query(two.ask())
    for name in ("chongqing", "sichuan"):
        await two.stop(name)
    of = message.request_id
    assert ["intent", "release", "outcome"] == [p for p, e, _ in entries(two, "sichuan") if e == of]
    assert ["intent", "receipt"] == [p for p, e, _ in entries(two, "chongqing") if e == of]


async def test_both_logs_carry_the_same_blinded_question(shared_two: Two) -> None:
    """So that they can be compared without content."""
    message = shared_two.ask()
    await shared_two.query(message)
    hashes = {
        fields["request_hash"]
        for name in shared_two.world
        for phase, exchange, fields in entries(shared_two, name)
        if exchange == message.request_id and "request_hash" in fields
    }
    assert 1 == len(hashes)


async def test_no_log_holds_the_number_or_the_name(shared_two: Two) -> None:
    """Persons stand in the log as keyed references only."""
    await shared_two.query(shared_two.ask())
    for name in shared_two.world:
        octets = shared_two.world[name].settings.log_path.read_bytes()
        wal = shared_two.world[name].settings.log_path.with_name("log.db-wal").read_bytes()
        assert KEY["social_security_no"].encode() not in octets + wal
        assert KEY["name"].encode() not in octets + wal


async def test_within_a_province_the_same_road_runs_without_the_peer(shared_two: Two) -> None:
    """省内通用: one receipt, no link."""
    message = shared_two.ask()
    message.provider_province = shared_two.world["chongqing"].code
    response = await shared_two.query(message)
    assert "500000.chuanyu/node/gateway-1" == response.receipt.origin
    assert not response.HasField("own_receipt")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"item_code": "CY-XX-99"}, Reason.ITEM_UNKNOWN),
        ({"item_version": 2}, Reason.ITEM_UNKNOWN),
        ({"scene": "some-other-scene"}, Reason.SCENE_NOT_GRANTED),
        ({"use_basis": "some-other-basis"}, Reason.USE_BASIS_NOT_GRANTED),
        ({"department": "cq-transport"}, Reason.GRANT_MISSING),
        ({"department": "sc-hrss"}, Reason.PARTY_UNKNOWN),
        ({"region": "510000"}, Reason.REGION_NOT_GRANTED),
        ({"fields": ("photo",)}, Reason.FIELD_UNDECLARED),
        ({"operator": "", "unit": ""}, Reason.OPERATOR_MISSING),
        ({"now_us": 1_000_000}, Reason.REQUEST_STALE),
    ],
)
async def test_what_is_refused_never_reaches_a_platform(
    shared_two: Two, changes: dict[str, Any], reason: Reason
) -> None:
    """Deny by default: the adapter is not called, and the refusal is recorded."""
    message = shared_two.ask(**changes)
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert reason == caught.value.reason
    assert [] == shared_two.platforms["sichuan"].asked + shared_two.platforms["chongqing"].asked
    found = {f.get("reason_code") for _, e, f in entries(shared_two, "chongqing") if e == message.request_id}
    assert reason.value in found


async def test_a_request_that_breaks_the_contract_gets_all_violations_at_once(shared_two: Two) -> None:
    """One answer tells everything that is wrong."""
    message = shared_two.ask()
    message.request_id = "1"
    message.purpose = ""
    message.fields.append(message.fields[0])
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert Reason.REQUEST_INVALID == caught.value.reason
    assert {"ask.request_id", "ask.purpose"} <= {violation.field for violation in caught.value.violations}
    assert 3 <= len(caught.value.violations)


async def test_a_request_id_serves_once_even_after_a_restart(two: Two) -> None:
    """The replay memory is filled again from the log."""
    message = two.ask()
    await two.query(message)
    with pytest.raises(Refusal) as caught:
        await two.query(message)
    assert Reason.REQUEST_REPLAYED == caught.value.reason
    await two.stop("chongqing")
    await two.start("chongqing")
    with pytest.raises(Refusal) as caught:
        await two.query(message)
    assert Reason.REQUEST_REPLAYED == caught.value.reason


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ({"card_status": ["x"]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"card_no": [7]}, Reason.PLATFORM_ANSWER_INVALID),
        ({"ss_app_status": ["1"]}, Reason.PLATFORM_CODE_UNMAPPED),
    ],
)
async def test_a_refusal_of_the_provider_comes_with_its_receipt(
    shared_two: Two, page: dict[str, list[object]], reason: Reason
) -> None:
    """The asker's own entry commits to the provider's."""
    shared_two.platforms["sichuan"].answer = lambda asked: [{**plausible(asked)[0], **page}]  # type: ignore[dict-item]
    message = shared_two.ask()
    with pytest.raises(Refusal) as caught:
        await shared_two.query(message)
    assert reason == caught.value.reason
    ours = [f for p, e, f in entries(shared_two, "chongqing") if e == message.request_id and p == "refusal"]
    theirs = [f for p, e, f in entries(shared_two, "sichuan") if e == message.request_id and p == "refusal"]
    assert reason.value == ours[0]["reason_code"] == theirs[0]["reason_code"]
    assert "510000.chuanyu/node/gateway-1" == ours[0]["peer_leaf"]["origin"]  # type: ignore[index]  # an object


async def test_a_peer_that_is_down_stops_cross_province_questions_only(two: Two) -> None:
    """In-province answers go on."""
    await two.stop("sichuan")
    assert Reason.PEER_UNAVAILABLE == await refused(two)
    message = two.ask()
    message.provider_province = two.world["chongqing"].code
    assert (await two.query(message)).page.rows == 1


async def test_the_link_comes_back_by_itself(two: Two) -> None:
    """A restarted peer is dialled again."""
    await two.query(two.ask())
    await two.stop("sichuan")
    await two.start("sichuan")
    async with asyncio.timeout(10):
        while True:
            try:
                assert (await two.query(two.ask())).page.rows == 1
                return
            except Refusal as refusal:
                assert refusal.reason in {Reason.PEER_UNAVAILABLE, Reason.DEADLINE_EXCEEDED}


async def test_both_logs_verify_after_many_concurrent_questions(two: Two) -> None:
    """Order, proofs and links hold under concurrency; no answer is lost."""
    responses = await asyncio.gather(*(two.query(two.ask()) for _ in range(50)))
    assert 50 == len({response.receipt.index for response in responses})
    for name in list(two.nodes):
        await two.stop(name)
    for province in two.world.values():
        verdict = verified(province)
        assert () == verdict.faults


async def test_every_item_is_answered_over_the_border(shared_two: Two) -> None:
    """All eight domains, directories page by page; what is pushed or of a case alone is refused by name."""
    from gateway.catalogue.modes import is_served
    from gateway.cli.demo.questions import open_channel, run_exchange
    from gateway.wire.v1 import exchange_pb2_grpc

    asker = shared_two.world["chongqing"]
    async with open_channel(asker, asker.portal) as opened:
        stub = exchange_pb2_grpc.ExchangeStub(opened)
        for item in ITEMS.values():
            keys = {key.name: plausible_key(key) for key in item.keys}
            row = {**keys, **KEY} if item.subjects else keys
            rows = [row] * min(mode.min_rows for mode in item.modes)
            found = await run_exchange(stub, item, asker, shared_two.world["sichuan"], rows, {})
            served = any(map(is_served, item.modes))
            assert ("" if served else "MODE_NOT_SERVED", served) == (found.reason, found.rows > 0), item.code
