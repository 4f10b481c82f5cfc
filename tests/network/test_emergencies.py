"""An emergency over both provinces: recorded on both sides, open until two persons close it, and over restarts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from gateway.assembly import lawful
from gateway.audit.entries.acts import EMERGENCY_USE
from gateway.audit.entries.entry import decode
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.border.status import from_rpc_error
from gateway.cli.demo.questions import open_channel
from gateway.cli.demo.world import Client
from gateway.ground.alarms import Alarm, Alarms
from gateway.ground.evidence import Channel, LawfulBasis
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful import emergencies as emergencies_module
from gateway.wire.v1 import ask_pb2, ledger_pb2, ledger_pb2_grpc
from tests.clients import reviewer_of
from tests.network.test_review import approved, security_of
from tests.province import Pristine, Two, make_pristine, two_provinces, until

NAMES = ("sichuan", "chongqing")


@pytest.fixture(name="pristine", scope="module")
def _pristine(tmp_path_factory: pytest.TempPathFactory) -> Pristine:
    return make_pristine(tmp_path_factory.mktemp("emergencies"))


@pytest.fixture(name="two")
async def _two(pristine: Pristine) -> AsyncIterator[Two]:
    async with two_provinces(pristine) as two:
        yield two


def question(two: Two, **changes: Any) -> ask_pb2.Ask:
    """Ask in an emergency."""
    made = {"lawful_basis": LawfulBasis.EMERGENCY, "emergency_reason": "急救病人参保地"} | changes
    return two.ask("CY-HE-01", {"visit_type": "inpatient"}, **made)


async def reason(two: Two, message: ask_pb2.Ask) -> Reason | None:
    """Why a question is refused; None where it is answered."""
    try:
        await two.query(message)
    except Refusal as refusal:
        return refusal.reason
    return None


async def listed(two: Two, name: str) -> list[ledger_pb2.Emergency]:
    """What a province's reviewer has to look at."""
    async with open_channel(two.world[name], reviewer_of(two.world[name])) as channel:
        stub: Any = ledger_pb2_grpc.LedgerStub(channel)
        return list((await stub.ListEmergencies(ledger_pb2.ListEmergenciesRequest(), timeout=10)).emergencies)


async def close(two: Two, name: str, emergency: str, *persons: Client, target: str = "") -> None:
    """Close a review by an approval of both persons, or of these."""
    province = two.world[name]
    place = f"{province.settings.log_origin}:{target or emergency}"
    signers = persons or (reviewer_of(province), security_of(province))
    approval = approved("close_emergency", "emergency", place, *signers)
    async with open_channel(province, reviewer_of(province)) as channel:
        stub: Any = ledger_pb2_grpc.LedgerStub(channel)
        try:
            request = ledger_pb2.CloseEmergencyRequest(emergency=emergency, approval=approval)
            await stub.CloseEmergency(request, timeout=10)
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error


async def restart(two: Two) -> None:
    """Stop both nodes, and start them again."""
    for name in NAMES:
        await two.stop(name)
    for name in NAMES:
        await two.start(name, serving=False)
    for name in NAMES:
        await two.serve(name)


async def test_0_2_an_emergency_names_its_official_and_its_reason(two: Two) -> None:
    """The trial's question needed neither; nothing is asked of the platform without them."""
    assert Reason.EMERGENCY_REASON_MISSING is await reason(two, question(two, emergency_reason=""))
    unnamed = question(two, operator="", unit="", channel=Channel.ONLINE)
    unnamed.ClearField("operator")
    assert Reason.OPERATOR_MISSING is await reason(two, unnamed)
    number = question(two, emergency_reason="查 51999919600101003X")
    assert Reason.FREE_TEXT_LEAK is await reason(two, number)
    assert [] == two.platforms["sichuan"].asked
    assert [[], []] == [await listed(two, name) for name in NAMES]


async def test_an_emergency_is_open_on_both_sides_until_two_persons_close_it(two: Two) -> None:
    """Also over a restart: the log alone knows what is open, and what is closed."""
    first, second = question(two), question(two)
    for message in (first, second):
        assert None is await reason(two, message)
    for name in NAMES:
        (one,) = await listed(two, name)
        assert (first.request_id, [first.request_id, second.request_id]) == (one.emergency, list(one.request_ids))
    await restart(two)
    for name in NAMES:
        (one,) = await listed(two, name)
        assert 2 == len(one.request_ids)
        await close(two, name, one.emergency)
    for _ in range(2):
        assert [[], []] == [await listed(two, name) for name in NAMES]
        await restart(two)


async def test_one_person_closes_nothing(two: Two) -> None:
    """Nor two for another emergency, nor anybody twice."""
    assert None is await reason(two, question(two))
    (one,) = await listed(two, "sichuan")
    province = two.world["sichuan"]
    other = "01980000-0000-7000-8000-000000000001"
    for persons, target in (((reviewer_of(province),), ""), ((security_of(province),), ""), ((), other)):
        with pytest.raises(Refusal) as caught:
            await close(two, "sichuan", one.emergency, *persons, target=target)
        assert Reason.APPROVAL_INVALID is caught.value.reason
    assert 1 == len(await listed(two, "sichuan"))
    await close(two, "sichuan", one.emergency)
    with pytest.raises(Refusal) as caught:
        await close(two, "sichuan", one.emergency)
    assert Reason.REQUEST_INVALID is caught.value.reason


async def test_after_its_day_it_must_be_reviewed_and_an_overdue_review_rings(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On both sides; the platform is not asked."""
    assert None is await reason(two, question(two))
    monkeypatch.setattr(emergencies_module, "WINDOW_US", 0)
    monkeypatch.setattr(emergencies_module, "REVIEW_US", 0)
    assert Reason.EMERGENCY_NOT_REVIEWED is await reason(two, question(two))
    assert 1 == len(two.platforms["sichuan"].asked)
    for name in NAMES:
        alarms = two.nodes[name].alarms

        def rings(alarms: Alarms = alarms) -> bool:
            return Alarm.EMERGENCY_REVIEW_OVERDUE in {one.alarm for one in alarms.list_active()}

        await until("the alarm rings", rings)
    for name in NAMES:
        (one,) = await listed(two, name)
        await close(two, name, one.emergency)
    assert None is await reason(two, question(two))


async def test_the_log_s_acts_tell_neither_the_person_nor_the_reason(two: Two) -> None:
    """The official stands in them by reference; the reason is in the encrypted body."""
    assert None is await reason(two, question(two))
    for name in NAMES:
        with LogReader(place_of(two.world[name].settings)) as reader:
            acts = [row.octets for row in reader.acts() if decode(row.octets).text("action") == EMERGENCY_USE]
        assert 1 == len(acts)
        text = acts[0].decode()
        assert not [word for word in ("急救", "51999919600101003", "op-001") if word in text]
    assert lawful.TELL_SECONDS > 0
