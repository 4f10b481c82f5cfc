"""A further witness, of another make, over HTTPS with mutual TLS: it cosigns beside the peer, as the policy counts."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import replace
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from gateway.assembly.run import RunningNode
from gateway.audit.tlog.note import parse_note
from gateway.ground.alarms import Alarm
from gateway.ground.refusals import Reason
from gateway.settings import Settings
from keys.trust import TrustError
from tests.cli.world import succeed
from tests.network.c2sp_witness import Witness, certificate, serving
from tests.ports import free_ports
from tests.province import Pristine, StandIn, Two, reason_of, until, verified

SC = "510000.chuanyu/witness/gateway-1"
THIRD = "witness.university.example/1"


class World(Two):
    """Both provinces, not started, and a third witness of Chongqing's log, not serving."""

    third: Witness
    pair: Path
    port: int

    def policy(self, needed: str, url: str = "") -> None:
        """Have Chongqing's node count its witnesses so: `any`, or `all` of the peer and the third."""
        province = self.world["chongqing"]
        folder = province.settings.directory
        bundle = json.loads(province.settings.bundle_path("510000").read_bytes())
        peers = [one["vkey"] for one in bundle["witnesses"]["spiffe://510000.chuanyu/node/gateway-1"]]
        address = url or f"https://localhost:{self.port}/"
        lines = [f"log {province.settings.log_vkey_path.read_text(encoding='utf-8').split()[0]}"]
        lines += [f"witness sc{at} {vkey}" for at, vkey in enumerate(peers)]
        lines += [f"witness third{at} {vkey} {address}" for at, vkey in enumerate(self.third.vkeys)]
        lines += ["group sc any sc0 sc1", "group third any third0 third1", f"group q {needed} sc third", "quorum q"]
        (folder / "witnesses.policy").write_text("\n".join(lines) + "\n", encoding="utf-8")
        text = province.config.read_text(encoding="utf-8")
        table = '[witness]\npolicy_file = "witnesses.policy"\nauthorities_file = "witness-ca.pem"\n'
        province.config.write_text(f"{text}\n{table}", encoding="utf-8")
        self.world = {**self.world, "chongqing": replace(province, settings=Settings.load(province.config))}

    def serving(self) -> AbstractContextManager[int]:
        """Let the third witness serve those who have a certificate of Chongqing's authority."""
        clients = self.world["chongqing"].authority.certificate_pem.decode()
        return serving(self.third, self.pair, clients, self.port)


@pytest.fixture
async def world(pristine: Pristine) -> AsyncIterator[World]:
    """Nothing runs yet."""
    made = World(pristine.restore(), {}, {"sichuan": StandIn(), "chongqing": StandIn()})
    settings = made.world["chongqing"].settings
    vkey = settings.log_vkey_path.read_text(encoding="utf-8").split()[0]
    made.third = Witness(THIRD, {settings.log_origin: vkey})
    _, made.pair = certificate(settings.directory)
    (made.port,) = free_ports(1)
    yield made
    for name in list(made.nodes):
        await made.stop(name)


def ringing(node: RunningNode) -> set[tuple[Alarm, str]]:
    """The alarms of a node, each with whom it is about."""
    return {(one.alarm, one.subject) for one in node.alarms.list_active()}


def all_cosigned(world: World) -> bool:
    """Whether both witnesses have cosigned all of Chongqing's log."""
    stands = world.nodes["chongqing"].witnessing.cosignatures
    return all(stands.lag(name).entries == 0 for name in (SC, THIRD))


async def test_checkpoints_are_cosigned_by_both_and_every_reader_names_both(world: World, tmp_path: Path) -> None:
    """With both types of key each; the log verifies, and its evidence bundle is verified offline under the policy."""
    world.policy("all")
    with world.serving():
        for name in ("sichuan", "chongqing"):
            await world.start(name, serving=False)
        for name in ("sichuan", "chongqing"):
            await world.serve(name)
        assert None is await reason_of(world)
        await until("all cosigned", lambda: all_cosigned(world))
        for name in ("chongqing", "sichuan"):
            await world.stop(name)
    province = world.world["chongqing"]
    node = province.settings.directory
    assert {province.settings.identity.uri} == set(world.third.callers)
    assert {200} == set(world.third.statuses) - {409}
    assert () == verified(province).faults
    told = await asyncio.to_thread(succeed, "audit", "verify", node)
    assert [SC, THIRD] == told["witnessed"]["witnesses"]
    out, policy = tmp_path / "e.zip", node / "witnesses.policy"
    await asyncio.to_thread(succeed, "audit", "bundle", node, "--out", out, "--policy", policy)
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "e")
    note = (tmp_path / "e" / "checkpoint").read_bytes()
    names = sorted(line.name for line in parse_note(note).signatures)
    assert sorted([province.settings.log_origin, SC, THIRD] * 2) == names
    judge = [sys.executable, "-I", str(tmp_path / "e" / "verify.py"), str(tmp_path / "e")]
    line = [*judge, "--json", "--policy", str(policy)]
    offline = await asyncio.to_thread(subprocess.run, line, capture_output=True, text=True, check=False)
    assert 0 == offline.returncode, offline.stdout + offline.stderr
    assert all(name in offline.stdout for name in ("sc0", "third0", "third1"))


async def test_where_both_must_cosign_nothing_is_answered_before_the_third_has(world: World) -> None:
    """It waits, names whom it does not reach, and serves as soon as the third is there."""
    world.policy("all")
    for name in ("sichuan", "chongqing"):
        await world.start(name, serving=False)
    await world.serve("sichuan")
    node = world.nodes["chongqing"]
    await until("the alarm", lambda: (Alarm.WITNESS_UNREACHABLE, THIRD) in ringing(node))
    assert Reason.WITNESS_AWAITED is await reason_of(world)
    assert Reason.WITNESS_AWAITED is await reason_of(world, within=True)
    with world.serving():
        await world.serve("chongqing")
        assert None is await reason_of(world)
        await until("the alarm to end", lambda: (Alarm.WITNESS_UNREACHABLE, THIRD) not in ringing(node))


async def test_where_either_is_enough_the_thirds_absence_stops_nothing_and_is_told(world: World) -> None:
    """Its lag grows and its alarm rings; questions are answered in both directions of the border and within it."""
    world.policy("any")
    for name in ("sichuan", "chongqing"):
        await world.start(name, serving=False)
    for name in ("sichuan", "chongqing"):
        await world.serve(name)
    node = world.nodes["chongqing"]
    assert None is await reason_of(world)
    assert None is await reason_of(world, within=True)
    await until("the alarm", lambda: (Alarm.WITNESS_UNREACHABLE, THIRD) in ringing(node))
    assert node.log.size == node.witnessing.cosignatures.lag(THIRD).entries
    await until("the quorum", lambda: node.witnessing.cosignatures.lag().entries == 0)


async def test_where_either_is_enough_the_third_confirms_the_log_while_the_peer_is_down(world: World) -> None:
    """The province's own questions are answered; across the border nobody is there to answer."""
    world.policy("any")
    with world.serving():
        await world.start("chongqing")
        assert None is await reason_of(world, within=True)
        assert None is not await reason_of(world)
        assert 0 == world.nodes["chongqing"].witnessing.cosignatures.size_of(SC)


async def test_a_third_that_has_seen_another_log_stops_every_answer(world: World) -> None:
    """Whatever the peer has cosigned: two histories are two histories."""
    world.policy("any")
    origin = world.world["chongqing"].settings.log_origin
    with world.serving():
        for name in ("sichuan", "chongqing"):
            await world.start(name, serving=False)
        for name in ("sichuan", "chongqing"):
            await world.serve(name)
        await until("all cosigned", lambda: all_cosigned(world))
        size, _ = world.third.seen[origin]
        world.third.seen[origin] = size, b"x" * 32
        node = world.nodes["chongqing"]
        await reason_of(world, within=True)
        await until("the contradiction", lambda: node.witnessing.cosignatures.contradiction)
        assert Reason.LOG_CONTRADICTED is await reason_of(world)
        assert (Alarm.LOG_CONTRADICTED, THIRD) in ringing(node)


async def test_a_third_that_does_not_know_the_log_has_not_cosigned_it(world: World) -> None:
    """Its refusal is told with its status, and counts for no quorum."""
    world.policy("all")
    world.third.logs.clear()
    with world.serving():
        for name in ("sichuan", "chongqing"):
            await world.start(name, serving=False)
        node = world.nodes["chongqing"]
        await until("the alarm", lambda: (Alarm.WITNESS_UNREACHABLE, THIRD) in ringing(node))
        assert any("404" in one.detail for one in node.alarms.list_active())
        assert not node.witnessing.cosignatures.confirmed


async def test_the_witness_answers_nobody_without_a_certificate(world: World) -> None:
    """Nor is a witness believed whose own certificate is of another authority than that of the settings."""
    world.policy("any")
    with world.serving():
        context = ssl.create_default_context(cafile=str(world.world["chongqing"].settings.directory / "witness-ca.pem"))
        connection = HTTPSConnection("localhost", world.port, context=context, timeout=5)
        with pytest.raises(OSError, match=r"."):
            await asyncio.to_thread(_ask, connection)
        connection.close()
        certificate(world.world["chongqing"].settings.directory)
        await world.start("chongqing", serving=False)
        node = world.nodes["chongqing"]
        await until("the alarm", lambda: (Alarm.WITNESS_UNREACHABLE, THIRD) in ringing(node))
        assert [] == world.third.statuses


def _ask(connection: HTTPSConnection) -> int:
    connection.request("POST", "/add-checkpoint", b"old 0\n\n")
    return connection.getresponse().status


@pytest.mark.parametrize("url", ["http://witness.example/", "ftp://witness.example/"])
async def test_a_witness_over_an_open_way_is_refused_at_the_start(world: World, url: str) -> None:
    """Only HTTPS leaves the machine."""
    world.policy("any", url)
    with pytest.raises(TrustError, match="expected an https address"):
        await world.start("chongqing", serving=False)
