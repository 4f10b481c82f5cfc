"""The table of attacks on the directories of two real nodes, and what a start makes of a tail that others appended."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.assembly.acts import own_acts
from gateway.audit.entries.acts import TAKE_UP
from gateway.audit.entries.entry import decode
from gateway.audit.storage.reader import LogReader
from gateway.cli.demo.world import DemoProvince
from tests.audit.attack_table import ROWS, End, Facts, Row, append
from tests.audit.logs import database
from tests.audit.test_attack_table import judge
from tests.province import Pristine, StandIn, Two, until


@pytest.fixture(scope="module")
def nodes(pristine: Pristine) -> Iterator[Pristine]:
    """Two nodes that have answered four questions, were cosigned and stopped; `copy` is the folder of both."""

    async def live() -> None:
        from tests.province import two_provinces

        async with two_provinces(pristine) as two:
            for _ in range(4):
                await two.query(two.ask())
            await until(
                "cosigned", lambda: all(not one.witnessing.cosignatures.lag().entries for one in two.nodes.values())
            )

    asyncio.run(live())
    kept = pristine.root.with_name("lived")
    shutil.copytree(pristine.root, kept)
    yield Pristine(pristine.root, kept, pristine.world)
    shutil.rmtree(kept)


@pytest.fixture
def node(nodes: Pristine, tmp_path: Path) -> Path:
    """A copy of Sichuan's log with its public keys; the witness's key is that of Chongqing's own directory."""
    shutil.copytree(nodes.copy / "sichuan" / "audit", tmp_path / "sc" / "audit")
    shutil.copyfile(nodes.copy / "chongqing" / "audit" / "witness.vkey", tmp_path / "sc" / "outside.vkey")
    shutil.copyfile(nodes.copy / "sichuan" / "audit" / "log.vkey", tmp_path / "real.vkey")
    return tmp_path / "sc"


@pytest.mark.parametrize(
    "one", [pytest.param(one, id=one.number) for one in ROWS if one.real and one.end is not End.ELSEWHERE]
)
def test_an_attack_on_a_real_node_is_told(node: Path, one: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found with its place, not proven with its reason, or named as not covered, a minute after it stopped."""
    later = SimpleNamespace(time_ns=lambda: time.time_ns() + 60_000_000_000)
    monkeypatch.setattr("gateway.cli.audit.verify.time", later)
    facts = Facts.of(node)
    one.attack(node, facts)
    judge(node, one, facts)


def taken_up(province: DemoProvince) -> list[tuple[int, str]]:
    """Index and subject of the acts that say what was taken up."""
    with LogReader(database(province.settings.directory)) as reader:
        entries = [(index, decode(reader.entry(index).octets)) for index in range(reader.count())]
    return [(index, one.text("subject")) for index, one in entries if one.text("action") == TAKE_UP]


async def test_a_start_names_the_tail_that_somebody_appended(nodes: Pristine) -> None:
    """It stands in the log before the start, and rests there: nobody can say that the node wrote it unseen."""
    shutil.rmtree(nodes.root)
    shutil.copytree(nodes.copy, nodes.root)
    province = nodes.world["sichuan"]
    facts = Facts.of(province.settings.directory)
    append(province.settings.directory, facts)
    two = Two(nodes.world, {}, {"sichuan": StandIn(), "chongqing": StandIn()})
    try:
        for name in two.world:
            await two.start(name, serving=False)
        for name in two.world:
            await two.serve(name)
    finally:
        for name in list(two.nodes):
            await two.stop(name)
    assert [(facts.size + 1, f"entries:{facts.size}-{facts.size}")] == taken_up(province)
    assert [] == taken_up(nodes.world["chongqing"])


async def test_a_command_on_a_stopped_node_signs_nothing_and_leaves_the_tail_to_the_start(nodes: Pristine) -> None:
    """No checkpoint of a command makes a foreign tail look signed."""
    shutil.rmtree(nodes.root)
    shutil.copytree(nodes.copy, nodes.root)
    settings = nodes.world["sichuan"].settings
    facts = Facts.of(settings.directory)
    append(settings.directory, facts)
    async with own_acts(settings):
        pass
    assert [] == taken_up(nodes.world["sichuan"])
    with LogReader(database(settings.directory)) as reader:
        assert all(size <= facts.size for size, *_ in reader.checkpoints())
