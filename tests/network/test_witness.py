"""Two real nodes witness each other over real mutual TLS: start rules, rollback, fork, lost state, outage, recovery."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from gateway.assembly.pages import serve_pages
from gateway.assembly.run import RunningNode
from gateway.audit.tlog.layout import read_bundle
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, open_note, parse_checkpoint, parse_note, sign_note
from gateway.audit.tlog.tree import EMPTY_ROOT, leaf_hash, root_of
from gateway.audit.tlog.witness import write_request
from gateway.cli.demo.world import Client, DemoProvince
from gateway.ground.alarms import Alarm
from gateway.ground.refusals import Reason, Refusal
from gateway.telemetry.listening import open_socket
from gateway.telemetry.metrics import Metrics
from gateway.witness.cosignatures import Limit
from gateway.witness.state import WitnessLost
from keys.keystore import Passphrase, load_signing_key
from keys.signer import Signer
from tests.clients import administrator_of, reviewer_of
from tests.province import Pristine, StandIn, Two, reason_of, until, verified

CQ, SC = "500000.chuanyu/witness/gateway-1", "510000.chuanyu/witness/gateway-1"


@pytest.fixture
async def stopped(pristine: Pristine) -> AsyncIterator[Two]:
    """Both provinces, made and not started."""
    two = Two(pristine.restore(), {}, {"sichuan": StandIn(), "chongqing": StandIn()})
    yield two
    for name in list(two.nodes):
        await two.stop(name)


def cosigned(node: RunningNode) -> bool:
    """Whether no entry of a node waits for a cosignature."""
    return node.witnessing.cosignatures.lag().entries == 0


def ringing(node: RunningNode) -> set[Alarm]:
    """The alarms of a node."""
    return {one.alarm for one in node.alarms.list_active()}


async def test_two_fresh_nodes_confirm_each_other(stopped: Two) -> None:
    """Whoever starts first serves Cosign and waits; no deadlock."""
    await stopped.start("chongqing", serving=False)
    assert not stopped.nodes["chongqing"].witnessing.cosignatures.confirmed
    assert Reason.WITNESS_AWAITED is await reason_of(stopped)
    assert Reason.WITNESS_AWAITED is await reason_of(stopped, within=True)
    await stopped.start("sichuan")
    await stopped.serve("chongqing")
    assert None is await reason_of(stopped)


async def test_nothing_is_added_to_a_log_that_no_witness_has_confirmed(stopped: Two) -> None:
    """Acts wait and are recorded afterwards: what is added to a log that was rolled back would contradict it."""
    await stopped.start("chongqing", serving=False)
    node = stopped.nodes["chongqing"]
    size = node.log.size
    await node.node.acts.record("read_checkpoint", "", "spiffe://500000.chuanyu/reviewer/reviewer-1")
    await reason_of(stopped)
    assert size == node.log.size
    await stopped.start("sichuan")
    await stopped.serve("chongqing")
    await until("start, documents and reading recorded", lambda: node.log.size == size + 3)


async def test_two_restarted_nodes_confirm_each_other(two: Two) -> None:
    """From what is on both disks."""
    assert None is await reason_of(two)
    for name in ("chongqing", "sichuan"):
        await two.stop(name)
    for name in ("chongqing", "sichuan"):
        await two.start(name, serving=False)
    for name in ("chongqing", "sichuan"):
        await two.serve(name)
    assert None is await reason_of(two)


async def test_a_node_that_starts_while_its_witness_is_down_waits_for_it(two: Two) -> None:
    """And serves as soon as the witness is back."""
    for name in ("chongqing", "sichuan"):
        await two.stop(name)
    await two.start("chongqing", serving=False)
    node = two.nodes["chongqing"]
    await until("the alarm", lambda: Alarm.WITNESS_UNREACHABLE in ringing(node))
    assert Reason.WITNESS_AWAITED is await reason_of(two, within=True)
    await two.start("sichuan")
    await two.serve("chongqing")
    assert None is await reason_of(two)
    await until("the alarm to end", lambda: Alarm.WITNESS_UNREACHABLE not in ringing(node))


async def test_a_rolled_back_log_is_refused(two: Two) -> None:
    """Yesterday's file, put back: the witness has seen more, and nothing is answered or added."""
    await two.stop("chongqing")
    path = two.world["chongqing"].settings.log_path
    for name in (path.name, path.name + "-wal"):
        if path.with_name(name).exists():
            shutil.copy(path.with_name(name), path.with_name(name + ".old"))
    await two.start("chongqing")
    for _ in range(3):
        assert None is await reason_of(two)
    await two.stop("chongqing")
    for file in path.parent.glob(path.name + "*"):
        if not file.name.endswith((".old", ".lock")):
            file.unlink()
    for old in path.parent.glob("*.old"):
        old.rename(old.with_suffix(""))
    await two.start("chongqing", serving=False)
    node = two.nodes["chongqing"]
    size = node.log.size
    await until("the contradiction", lambda: node.witnessing.cosignatures.contradiction)
    assert Reason.LOG_CONTRADICTED is await reason_of(two)
    assert Reason.LOG_CONTRADICTED is await reason_of(two, within=True)
    assert Alarm.LOG_CONTRADICTED in ringing(node)
    assert size == node.log.size
    (evidence,) = node.settings.evidence_directory.iterdir()
    assert ("contradiction", SC) == tuple(json.loads(evidence.read_bytes())[key] for key in ("kind", "witness"))


async def test_an_outage_of_the_peer_stops_questions_across_provinces_and_they_come_back(two: Two) -> None:
    """Within the province answers go on all the time."""
    node = two.nodes["chongqing"]
    standing = node.witnessing.cosignatures
    standing._cross_province = Limit(60, 3)
    await two.stop("sichuan")
    for _ in range(3):
        assert None is await reason_of(two, within=True)
    assert Reason.LOG_UNWITNESSED is await reason_of(two)
    assert None is await reason_of(two, within=True)
    await two.start("sichuan")
    await until("the lag to end", lambda: not standing.lag(SC).beyond(Limit(60, 3)))
    async with asyncio.timeout(10):
        while await reason_of(two) is not None:
            pass


async def test_a_witness_that_lost_its_state_does_not_start(two: Two) -> None:
    """It would cosign a second history; it is retired with its keys."""
    await two.stop("sichuan")
    two.world["sichuan"].settings.witness_path.unlink()
    with pytest.raises(WitnessLost, match="renew-witness"):
        await two.start("sichuan")


async def test_a_witness_whose_state_was_rolled_back_is_not_believed(two: Two) -> None:
    """It says less than it has cosigned; both sides ring."""
    await two.stop("sichuan")
    path = two.world["sichuan"].settings.witness_path
    kept = {file: file.read_bytes() for file in path.parent.glob("witness.db*")}
    await two.start("sichuan")
    assert None is await reason_of(two)
    chongqing = two.nodes["chongqing"]
    await until("a cosigned log", lambda: chongqing.witnessing.cosignatures.lag().entries == 0)
    await two.stop("sichuan")
    for file in path.parent.glob("witness.db*"):
        file.unlink()
    for file, octets in kept.items():
        file.write_bytes(octets)
    size = chongqing.witnessing.cosignatures.size_of(SC)
    assert None is await reason_of(two, within=True)
    await two.start("sichuan", serving=False)
    await until("the alarm", lambda: Alarm.WITNESS_FORGOT in ringing(chongqing))
    await until("its own alarm", lambda: Alarm.WITNESS_FORGOT in ringing(two.nodes["sichuan"]))
    assert size == chongqing.witnessing.cosignatures.size_of(SC)


def log_signer(province: DemoProvince) -> Signer:
    """The key that signs a province's receipts, as whoever holds its disk and passphrase has it."""
    settings = province.settings
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    return Signer(settings.log_origin, load_signing_key(settings.log_key_path, passphrase))


async def test_two_roots_for_one_size_are_a_fork_with_evidence(two: Two) -> None:
    """The witness keeps both notes and stops exchanging with that province; within its own it goes on."""
    sichuan = two.nodes["sichuan"]
    origin = two.world["chongqing"].settings.log_origin
    await until("something cosigned", lambda: two.nodes["chongqing"].witnessing.cosignatures.size_of(SC) > 0)
    note = await sichuan.witnessing.witness.checkpoint(origin)
    seen = parse_checkpoint(parse_note(note).text)
    forged = sign_note(checkpoint_text(Checkpoint(origin, seen.size, b"f" * 32)), (log_signer(two.world["chongqing"]),))
    identity = two.world["chongqing"].settings.identity
    decision = await sichuan.witnessing.add_checkpoint(identity, write_request(seen.size, (), forged))
    assert 422 == decision.status
    (evidence,) = sichuan.settings.evidence_directory.iterdir()
    found = json.loads(evidence.read_bytes())
    roots = {parse_checkpoint(parse_note(one.encode()).text).root for one in found["notes"]}
    assert ("fork", origin, seen.size, 2) == (found["kind"], found["origin"], found["size"], len(roots))
    assert Alarm.PEER_LOG_FORKED in ringing(sichuan)
    assert Reason.PEER_LOG_FORKED is await reason_of(two)
    again = await sichuan.witnessing.add_checkpoint(identity, write_request(seen.size, (), note))
    assert 403 == again.status


async def test_a_node_speaks_for_its_own_log_alone(two: Two) -> None:
    """Another origin is unknown to the witness, however well signed."""
    sichuan, identity = two.nodes["sichuan"], two.world["chongqing"].settings.identity
    other = Signer.generate("500000.chuanyu/node/other")
    note = sign_note(checkpoint_text(Checkpoint(other.name, 0, EMPTY_ROOT)), (other,))
    assert 404 == (await sichuan.witnessing.add_checkpoint(identity, write_request(0, (), note))).status


async def test_the_witness_turns_a_flood_away(two: Two) -> None:
    """A peer needs one cosignature a second."""
    sichuan, identity = two.nodes["sichuan"], two.world["chongqing"].settings.identity
    with pytest.raises(Refusal) as caught:
        for _ in range(100):
            await sichuan.witnessing.add_checkpoint(identity, b"no request")
    assert Reason.RATE_LIMITED is caught.value.reason


async def test_stored_checkpoints_bear_both_signatures_and_both_cosignatures(two: Two) -> None:
    """And the log with them verifies as a whole."""
    assert None is await reason_of(two)
    for name in ("chongqing", "sichuan"):
        await until("all cosigned", partial(cosigned, two.nodes[name]))
    note = two.nodes["chongqing"].witnessing.cosigning.published
    names = sorted(line.name for line in parse_note(note).signatures)
    assert [two.world["chongqing"].settings.log_origin] * 2 + [SC] * 2 == names
    for name in ("chongqing", "sichuan"):
        await two.stop(name)
        assert () == verified(two.world[name]).faults


def get(
    province: DemoProvince, client: Client, path: str, folder: Path, body: bytes | None = None
) -> tuple[int, bytes]:
    """One request over mutual TLS to a node's witness port."""
    context = ssl.create_default_context(cadata=province.authority.certificate_pem.decode())
    pem = folder / f"client-{os.urandom(4).hex()}.pem"
    pem.write_bytes(client.certificate_pem + client.key_pem)
    context.load_cert_chain(pem)
    connection = http.client.HTTPSConnection(
        "localhost", province.settings.listen.witness_port, context=context, timeout=5
    )
    try:
        connection.request("GET" if body is None else "POST", path, body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def witness_socket(province: DemoProvince) -> socket.socket:
    """The address of a province's witness port, taken as `run_node` takes it."""
    listen = province.settings.listen
    return open_socket(listen.host, listen.witness_port)


def node_client(two: Two, name: str) -> Client:
    """A province's node, as a client."""
    pair = two.nodes[name].pair()
    return Client(two.world[name].settings.identity, pair.key_pem, pair.certificate_pem)


async def test_the_witness_answers_plain_c2sp_http(two: Two, tmp_path: Path) -> None:
    """add-checkpoint and the monitoring address, for the peer's node."""
    province, node = two.world["sichuan"], two.nodes["sichuan"]
    origin = two.world["chongqing"].settings.log_origin
    chongqing = two.nodes["chongqing"]
    await until("all cosigned", lambda: chongqing.witnessing.cosignatures.lag().entries == 0)
    async with serve_pages(node, witness_socket(province)):
        client = node_client(two, "chongqing")
        address = f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint"
        status, note = await asyncio.to_thread(get, province, client, address, tmp_path)
        assert (200, await node.witnessing.witness.checkpoint(origin)) == (status, note)
        size = parse_checkpoint(parse_note(note).text).size
        own = sign_note(parse_note(note).text, (log_signer(two.world["chongqing"]),))
        status, lines = await asyncio.to_thread(
            get, province, client, "/add-checkpoint", tmp_path, write_request(size, (), own)
        )
        assert 200 == status
        assert 2 == len(open_note(own + lines, chongqing.trust.witness_verifiers(province.settings.identity.uri)).good)
        status, body = await asyncio.to_thread(
            get, province, client, "/add-checkpoint", tmp_path, write_request(0, (), own)
        )
        assert (409, b"%d\n" % size) == (status, body)
        assert 400 == (await asyncio.to_thread(get, province, client, "/add-checkpoint", tmp_path, b"x" * 200_000))[0]
        assert 404 == (await asyncio.to_thread(get, province, client, f"/{'0' * 64}/checkpoint", tmp_path))[0]


async def test_our_log_is_served_as_tiles_to_those_who_may_read_it(two: Two, tmp_path: Path) -> None:
    """Hashes to peers and reviewers; entries to our reviewers alone, each reading recorded."""
    province, node = two.world["sichuan"], two.nodes["sichuan"]
    assert None is await reason_of(two)
    await until("all cosigned", lambda: node.witnessing.cosignatures.lag().entries == 0)
    async with serve_pages(node, witness_socket(province)):
        peer = node_client(two, "chongqing")
        status, note = await asyncio.to_thread(get, province, peer, "/checkpoint", tmp_path)
        seen = parse_checkpoint(parse_note(note).text)
        assert 200 == status
        _, hashes = await asyncio.to_thread(get, province, peer, f"/tile/0/000.p/{seen.size}", tmp_path)
        leaves = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
        assert seen.root == root_of(leaves)
        bundle = f"/tile/entries/000.p/{seen.size}"
        assert 403 == (await asyncio.to_thread(get, province, peer, bundle, tmp_path))[0]
        assert 403 == (await asyncio.to_thread(get, province, administrator_of(province), bundle, tmp_path))[0]
        size = node.log.size
        status, octets = await asyncio.to_thread(get, province, reviewer_of(province), bundle, tmp_path)
        assert (200, leaves) == (status, [leaf_hash(entry) for entry in read_bundle(octets)])
        assert size + 1 == node.log.size
        for wrong in ("/tile/0/000.p/200", "/tile/0/0", "/tile/9/000", "/tile/entries/001", "/other"):
            assert 404 == (await asyncio.to_thread(get, province, reviewer_of(province), wrong, tmp_path))[0], wrong
        assert 403 == (await asyncio.to_thread(get, province, province.portal, "/checkpoint", tmp_path))[0]
        assert 401 == (await asyncio.to_thread(get, province, province.retired, "/checkpoint", tmp_path))[0]


async def test_a_node_without_a_witness_in_a_bundle_says_what_to_do(pristine: Pristine) -> None:
    """A start that names the bundle and the command, not a node that waits forever."""
    world = pristine.restore()
    node = RunningNode(world["sichuan"].settings, Metrics(), platform=StandIn())
    bundle = world["sichuan"].settings.bundle_path("500000")
    found = json.loads(bundle.read_bytes())
    del found["witnesses"]
    bundle.write_text(json.dumps(found, sort_keys=True, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    with pytest.raises(Exception, match="chuanyu keys bundle"):
        await node.start()
