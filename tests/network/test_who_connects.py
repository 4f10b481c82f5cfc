"""Who may connect: each client that must be refused is, and the node's log says for which reason."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.border.status import from_rpc_error
from gateway.cli.demo.questions import open_channel
from gateway.cli.demo.world import Client
from gateway.ground.refusals import Reason, Refusal
from gateway.wire.v1 import exchange_pb2, exchange_pb2_grpc, ledger_pb2, ledger_pb2_grpc, steward_pb2, steward_pb2_grpc
from keys.authority import Authority
from keys.certificate import certificate_request
from keys.identity import Identity, Role
from keys.keystore import Passphrase, new_tls_key, unencrypted_pem
from tests.clients import administrator_of, client_of, reviewer_of
from tests.province import Two


async def reason(two: Two, client: Client) -> Reason:
    """The reason for which a client's question is refused."""
    with pytest.raises(Refusal) as caught:
        await two.query(two.ask(), client=client)
    return caught.value.reason


async def test_a_revoked_certificate_is_refused_at_the_call(shared_two: Two) -> None:
    """The handshake knows no revocation; the door does."""
    assert Reason.CERTIFICATE_REVOKED == await reason(shared_two, shared_two.world["chongqing"].retired)


async def test_the_right_authority_but_an_unknown_party_is_refused(shared_two: Two) -> None:
    """A certificate alone makes no party."""
    stranger = client_of(shared_two.world["chongqing"], Role.APPLICATION, "stranger")
    assert Reason.PARTY_UNKNOWN == await reason(shared_two, stranger)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADMINISTRATOR, Role.ADAPTER, Role.NODE])
async def test_another_role_is_refused(shared_two: Two, role: Role) -> None:
    """Each service has one audience."""
    other = client_of(shared_two.world["chongqing"], role, "someone")
    assert Reason.ROLE_NOT_ALLOWED == await reason(shared_two, other)


async def test_the_other_provinces_application_must_ask_its_own_gateway(shared_two: Two) -> None:
    """A known authority, but not a party of this node."""
    assert Reason.PARTY_UNKNOWN == await reason(shared_two, shared_two.world["sichuan"].portal)


async def test_an_authority_cannot_vouch_for_another_provinces_identity(shared_two: Two, tmp_path: Path) -> None:
    """Sichuan's authority names a Chongqing application: its own name constraints end the handshake."""
    forged = _foreign(shared_two.world["sichuan"].authority, Identity("500000", Role.APPLICATION, "portal"))
    assert Reason.PEER_UNAVAILABLE == await reason(shared_two, forged)


def _foreign(authority: Authority, identity: Identity) -> Client:
    """A certificate as a rogue authority would issue it, past its own checks."""
    key = new_tls_key()
    rogue = Authority(identity.province, authority._directory, authority._key, authority.certificate_pem)
    pem = rogue.issue(certificate_request(key, identity), identity, now=datetime.now(UTC))
    return Client(identity, unencrypted_pem(key), pem)


def _expired(two: Two, tmp_path: Path) -> Client:
    identity = Identity("500000", Role.APPLICATION, "portal")
    key = new_tls_key()
    past = datetime.now(UTC) - timedelta(days=400)
    pem = two.world["chongqing"].authority.issue(certificate_request(key, identity), identity, now=past, days=1)
    return Client(identity, unencrypted_pem(key), pem)


def _unknown(two: Two, tmp_path: Path) -> Client:
    identity = Identity("500000", Role.APPLICATION, "portal")
    authority = Authority.create("500000", Passphrase(b"another authority"), tmp_path / "other", now=datetime.now(UTC))
    key = new_tls_key()
    pem = authority.issue(certificate_request(key, identity), identity, now=datetime.now(UTC))
    return Client(identity, unencrypted_pem(key), pem)


@pytest.mark.parametrize("make", [_expired, _unknown], ids=["expired", "unknown authority"])
async def test_a_handshake_that_must_fail_does(
    shared_two: Two, tmp_path: Path, make: Callable[[Two, Path], Client]
) -> None:
    """The call never begins."""
    with pytest.raises(Refusal) as caught:
        await shared_two.query(shared_two.ask(), client=make(shared_two, tmp_path))
    assert Reason.PEER_UNAVAILABLE == caught.value.reason


async def test_without_a_certificate_nothing_is_served(shared_two: Two) -> None:
    """Not even health."""
    province = shared_two.world["chongqing"]
    credentials = grpc.ssl_channel_credentials(province.authority.certificate_pem)
    async with grpc.aio.secure_channel(province.target, credentials) as opened:
        stub: Any = health_pb2_grpc.HealthStub(opened)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert grpc.StatusCode.UNAVAILABLE == caught.value.code()


async def test_health_is_for_every_identified_machine(shared_two: Two) -> None:
    """Whoever may connect may ask how the node is."""
    province = shared_two.world["chongqing"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = health_pb2_grpc.HealthStub(opened)
        assert health_pb2.HealthCheckResponse.SERVING == (await stub.Check(health_pb2.HealthCheckRequest())).status


async def test_health_can_be_watched(shared_two: Two) -> None:
    """The state comes at once and stays open for changes."""
    province = shared_two.world["chongqing"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = health_pb2_grpc.HealthStub(opened)
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=5)
        assert health_pb2.HealthCheckResponse.SERVING == (await watch.read()).status
        watch.cancel()


async def test_a_call_without_a_deadline_is_refused(shared_two: Two) -> None:
    """Deadlines are mandatory."""
    province = shared_two.world["chongqing"]
    async with open_channel(province, province.portal) as opened:
        stub: Any = exchange_pb2_grpc.ExchangeStub(opened)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Query(exchange_pb2.QueryRequest(ask=shared_two.ask()))
    assert Reason.DEADLINE_MISSING == from_rpc_error(caught.value).reason


async def test_a_reviewer_reads_and_proves_and_that_is_recorded(two: Two) -> None:
    """The newest checkpoint, an entry with its path, a range, a consistency proof."""
    await two.query(two.ask())
    province = two.world["chongqing"]
    async with open_channel(province, reviewer_of(province)) as opened:
        stub: Any = ledger_pb2_grpc.LedgerStub(opened)
        assert b"500000.chuanyu" in (await stub.GetCheckpoint(ledger_pb2.GetCheckpointRequest())).checkpoint
        receipt = (await stub.GetEntry(ledger_pb2.GetEntryRequest(index=1))).receipt
        assert receipt.path
        listed = [e.index async for e in stub.ListEntries(ledger_pb2.ListEntriesRequest(start=0, limit=3))]
        assert [0, 1, 2] == listed
        proof = await stub.ProveConsistency(ledger_pb2.ProveConsistencyRequest(first_size=2, second_size=3))
        assert proof.path
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.GetEntry(ledger_pb2.GetEntryRequest(index=10_000))
        acts = [e.entry async for e in stub.ListEntries(ledger_pb2.ListEntriesRequest(start=0, limit=1000))]
    assert any(b"read_entry" in entry and b"reviewer-1" in entry for entry in acts)


async def test_an_administrator_reloads_and_a_revocation_is_in_force_at_the_next_call(two: Two) -> None:
    """No restart, no waiting for the handshake to be made again."""
    province = two.world["chongqing"]
    await two.query(two.ask())
    serial = next(s for s, uri in province.authority.list_issued().items() if uri == province.portal.identity.uri)
    crl = province.authority.revoke(serial, "test", now=datetime.now(UTC))
    province.settings.revocation_path(province.code).write_bytes(crl)
    async with open_channel(province, administrator_of(province)) as opened:
        stub: Any = steward_pb2_grpc.StewardStub(opened)
        status = await stub.GetStatus(steward_pb2.GetStatusRequest())
        parts = {"audit", "platform", "peer:510000", "witness:510000.chuanyu/witness/gateway-1"}
        assert parts == {part.name for part in status.parts}
        reloaded = await stub.Reload(steward_pb2.ReloadRequest())
        assert "CY-ID-02" in reloaded.active_items
    assert Reason.CERTIFICATE_REVOKED == await reason(two, province.portal)


async def test_a_reload_of_a_broken_list_changes_nothing(two: Two) -> None:
    """All or nothing: what was in force stays in force."""
    province = two.world["chongqing"]
    broken = next(province.settings.lists_directory.glob("*.toml"))
    broken.write_bytes(broken.read_bytes() + b"\n# changed\n")
    async with open_channel(province, administrator_of(province)) as opened:
        stub: Any = steward_pb2_grpc.StewardStub(opened)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Reload(steward_pb2.ReloadRequest())
    assert Reason.REQUEST_INVALID == from_rpc_error(caught.value).reason
    assert 1 == (await two.query(two.ask())).page.rows


async def test_many_handshakes_at_once_are_all_served(shared_two: Two) -> None:
    """gRPC is given a certificate when there is a new one, not for each handshake: the swap is not guarded in it."""
    province = shared_two.world["chongqing"]
    listener = shared_two.nodes["chongqing"].server
    assert listener.configuration() is None  # the one of the start was given

    async def served() -> Any:
        credentials = grpc.ssl_channel_credentials(
            province.authority.certificate_pem, reviewer_of(province).key_pem, reviewer_of(province).certificate_pem
        )
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.secure_channel(province.target, credentials, options=options) as opened:
            stub: Any = health_pb2_grpc.HealthStub(opened)
            return (await stub.Check(health_pb2.HealthCheckRequest(), timeout=30)).status

    found = await asyncio.gather(*(served() for _ in range(120)))
    assert {health_pb2.HealthCheckResponse.SERVING} == set(found)
