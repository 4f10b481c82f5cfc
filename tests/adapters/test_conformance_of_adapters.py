"""Both provinces' adapters pass the suite, in process and over gRPC, on every database that they support."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.conformance import run
from adapters.contract import Platform
from adapters.kinds import open_platform
from adapters.remote import ClientCertificates, RemotePlatform
from adapters.serve import ServerCertificates, serve
from tests.adapters.stand_ins import GATEWAY, Authority, expectations


async def _over_grpc(platform: Platform, province: str) -> None:
    authority = Authority("trial")
    server, client = authority.server(), authority.client()
    served = await serve(
        platform, "127.0.0.1:0", ServerCertificates(server.chain, server.key, authority.pem), {GATEWAY}
    )
    remote = RemotePlatform(f"127.0.0.1:{served.port}", ClientCertificates(client.chain, client.key, authority.pem))
    try:
        assert [] == await run(remote, expectations(province))
        assert await platform.describe() == await remote.describe()
    finally:
        await remote.close()
        await served.stop()


async def test_sichuan_passes_the_suite(sichuan: Platform) -> None:
    """Over SQLite, in process."""
    assert [] == await run(sichuan, expectations("sichuan"))


async def test_chongqing_passes_the_suite(chongqing: Platform) -> None:
    """Over HTTP with signed headers, in process."""
    assert [] == await run(chongqing, expectations("chongqing"))


async def test_sichuan_passes_the_suite_over_grpc(sichuan: Platform) -> None:
    """As a remote platform with mutual TLS."""
    await _over_grpc(sichuan, "sichuan")


async def test_chongqing_passes_the_suite_over_grpc(chongqing: Platform) -> None:
    """As a remote platform with mutual TLS."""
    await _over_grpc(chongqing, "chongqing")


@pytest.mark.postgres
async def test_sichuan_passes_the_suite_on_postgresql(postgres_dsn: str) -> None:
    """The same schema and mapping on a real PostgreSQL."""
    platform = open_platform("sichuan", {"dsn": postgres_dsn})
    try:
        assert [] == await run(platform, expectations("sichuan"))
    finally:
        await platform.close()


@pytest.mark.postgres
async def test_both_databases_give_the_same_answers(postgres_dsn: str, sichuan_file: Path) -> None:
    """A platform that moves to PostgreSQL answers as before."""
    from tests.adapters.stand_ins import fetch

    sqlite = open_platform("sichuan", {"path": str(sichuan_file)})
    postgres = open_platform("sichuan", {"dsn": postgres_dsn})
    try:
        for item in expectations("sichuan"):
            known = {name: str(value) for name, value in item.known.items()}
            assert await fetch(sqlite, item.code, known) == await fetch(postgres, item.code, known)
    finally:
        await sqlite.close()
        await postgres.close()
