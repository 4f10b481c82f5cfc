"""Claims about the quarantine: a hit takes an item out of service, restarts or not, until an administrator lifts it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.assembly.quarantine import FILE, QuarantineInvalid, open_quarantine
from gateway.audit.retention.backup import copied_files
from gateway.audit.storage.reader import LogReader
from gateway.border.status import from_rpc_error
from gateway.cli.demo.questions import open_channel
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.guards import LeakGuard
from gateway.leakguard.quarantine import Quarantine
from gateway.wire.v1 import steward_pb2, steward_pb2_grpc
from tests.clients import administrator_of, reviewer_of
from tests.province import ITEMS, Two, plausible
from tests.road.test_system_leaks import libraries

CODE = "CY-CU-02"
NAMED = "51999919600101001X"


def strict(two: Two) -> None:
    """Let the provider's item ask for quarantine, as its file would."""
    running = two.nodes["sichuan"]
    rooms = running.node.in_force.rooms
    item = replace(ITEMS[CODE], quarantine=True)

    class Catalogue:
        """Grants the strict item."""

        items = rooms.catalogue.items

        def authorise(self, arrival: Any, caller: Any) -> Any:
            """Grant as before."""
            return replace(rooms.catalogue.authorise(arrival, caller), item=item)

        def hold_fetched(self, arrival: Any, grant: Any, raw: Any) -> None:
            """Hold as before."""
            rooms.catalogue.hold_fetched(arrival, grant, raw)

    guard = LeakGuard([item], quarantine=running.foundation.quarantine)
    running.node.in_force.rooms = replace(rooms, catalogue=Catalogue(), leakguard=guard)  # type: ignore[arg-type]  # on purpose


async def refused(two: Two) -> Reason:
    """Ask for the libraries of a region; return why that is refused."""
    with pytest.raises(Refusal) as caught:
        await two.query(libraries(two))
    return caught.value.reason


def acts(two: Two) -> bytes:
    """Every entry of the provider's log."""
    with LogReader(two.world["sichuan"].settings.log_path) as reader:
        return b"".join(row[2] for chunk in reader.rows(0, reader.count()) for row in chunk)


async def lift(two: Two, code: str = CODE) -> bool:
    """Lift as an administrator."""
    province = two.world["sichuan"]
    async with open_channel(province, administrator_of(province)) as opened:
        stub: Any = steward_pb2_grpc.StewardStub(opened)
        lifted: bool = (await stub.Lift(steward_pb2.LiftRequest(item_code=code), timeout=5)).lifted
        return lifted


async def test_a_hit_takes_the_item_out_of_service_until_an_administrator_lifts_it(two: Two) -> None:
    """The next question is refused before the platform is asked, both acts are entries, and then it serves again."""
    strict(two)
    platform = two.platforms["sichuan"]
    platform.answer = lambda asked: [{**page, "library_name": [NAMED] * 3} for page in plausible(asked)]
    assert Reason.LEAK_BLOCKED == await refused(two)
    asked = len(platform.asked)
    platform.answer = plausible
    assert Reason.ITEM_QUARANTINED == await refused(two)
    assert asked == len(platform.asked)
    assert await lift(two)
    assert 3 == (await two.query(libraries(two))).page.rows
    assert not await lift(two)
    recorded = acts(two)
    assert b'"quarantine"' in recorded
    assert b'"lift_quarantine"' in recorded
    assert NAMED.encode() not in recorded


async def test_status_names_what_is_out_of_service(two: Two) -> None:
    """An administrator sees the item and the remedy, and the metric says 1."""
    running = two.nodes["sichuan"]
    running.foundation.quarantine.take(CODE)
    province = two.world["sichuan"]
    async with open_channel(province, administrator_of(province)) as opened:
        stub: Any = steward_pb2_grpc.StewardStub(opened)
        status = await stub.GetStatus(steward_pb2.GetStatusRequest(), timeout=5)
        (part,) = [part for part in status.parts if part.name == f"item:{CODE}"]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Lift(steward_pb2.LiftRequest(item_code="no item"), timeout=5)
    assert not part.serving
    assert "chuanyu node lift" in part.detail
    assert Reason.REQUEST_INVALID == from_rpc_error(caught.value).reason


async def test_only_an_administrator_lifts(two: Two) -> None:
    """A reviewer's certificate is not for this service."""
    province = two.world["sichuan"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = steward_pb2_grpc.StewardStub(opened)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Lift(steward_pb2.LiftRequest(item_code=CODE), timeout=5)
    assert Reason.ROLE_NOT_ALLOWED == from_rpc_error(caught.value).reason


async def test_a_restart_puts_nothing_back(two: Two) -> None:
    """The quarantine is on disk before the refusal travels."""
    strict(two)
    two.platforms["sichuan"].answer = lambda asked: [{**page, "library_name": [NAMED] * 3} for page in plausible(asked)]
    assert Reason.LEAK_BLOCKED == await refused(two)
    await two.stop("sichuan")
    await two.start("sichuan")
    assert (CODE,) == two.nodes["sichuan"].foundation.quarantine.codes


def test_a_file_that_says_nothing_stops_the_start(tmp_path: Path) -> None:
    """Which items are safe is not known then; without a file nothing is out of service."""
    assert () == open_quarantine(tmp_path).codes
    for text in ("", "{", "{}", "[1]"):
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        with pytest.raises(QuarantineInvalid, match="expected a list of item codes"):
            open_quarantine(tmp_path)


def test_a_backup_keeps_what_is_out_of_service(tmp_path: Path) -> None:
    """A restored node does not serve what the guard took out of service."""
    open_quarantine(tmp_path).take(CODE)
    assert [FILE] == [str(path) for path, _ in copied_files({FILE: tmp_path / FILE}, with_keys=False)]


def test_a_disk_that_fails_never_puts_an_item_back() -> None:
    """Taking works in memory; lifting fails as a whole."""

    def full(codes: tuple[str, ...]) -> None:
        raise OSError(28, "no space left on device")

    quarantine = Quarantine((), full)
    assert quarantine.take(CODE)
    assert not quarantine.take(CODE)
    with pytest.raises(Refusal, match="ITEM_QUARANTINED"):
        quarantine.admit(CODE)
    with pytest.raises(OSError, match="no space"):
        quarantine.lift(CODE)
    assert (CODE,) == quarantine.codes
    assert not quarantine.lift("CY-ID-02")
