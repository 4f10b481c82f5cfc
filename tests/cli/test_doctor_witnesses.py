"""What `doctor` says of the node that runs: its metrics over mutual TLS, its witnesses' lag, its peers' clocks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.cli.checks.own_metrics import read_metrics
from gateway.cli.checks.witnesses import check_lag, judge_lag
from gateway.cli.doctor import judge_running
from gateway.cli.screen import CheckFinding, CheckStatus
from gateway.ground.evidence import Sender
from gateway.ground.refusals import Reason, Refusal
from gateway.settings import Settings
from gateway.telemetry.exposition import Exposition
from gateway.telemetry.listening import open_socket
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.refusals import Refusals
from keys.keystore import Passphrase
from keys.rotation import CertifiedKey, load_certified_key
from tests.cli.world import METRICS_PORT, World

NAME = "500000.chuanyu/witness/gateway-1"
ALONE = Settings.parse(b'[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n', Path("/"))


def pair_of(world: World, node: str) -> CertifiedKey:
    """The key and certificate of a node."""
    keys = world / node / "keys"
    return load_certified_key(keys / "tls.key", keys / "tls.crt", Passphrase.read(keys / "passphrase"))


@asynccontextmanager
async def shown(
    world: World, metrics: Metrics, *, pair: CertifiedKey, judge: Callable[[Sender], object] = lambda sender: None
) -> AsyncIterator[Settings]:
    """Serve metrics as Sichuan's node does; yields the settings under which they are looked for."""
    roots = b"".join((world / f"{one}-ca" / "authority.crt").read_bytes() for one in ("sc", "cq"))
    exposition = Exposition(metrics.registry, judge=judge, healthy=lambda: True, refusals=Refusals(metrics))
    async with exposition.serving(open_socket("localhost", 0), pair=lambda: pair, roots=lambda: roots) as port:
        text = world.config.read_text("utf-8").replace(f"metrics_port = {METRICS_PORT}", f"metrics_port = {port}")
        world.config.write_text(text, "utf-8")
        yield Settings.load(world.config)


def looked(settings: Settings) -> list[CheckFinding]:
    """What the doctor finds."""
    return list(judge_running(settings, Passphrase.read(settings.keys.passphrase_file)))


async def test_lag_and_clock_are_read_from_the_running_node_over_mutual_tls(world: World) -> None:
    """With the node's own certificate; each finding names what was found and the limit."""
    metrics = Metrics()
    metrics.observe_witness_lag(NAME, lambda: 45.0, lambda: 12.0)
    metrics.observe_witness_lag("quorum", lambda: 0.0, lambda: 0.0)
    metrics.count_frame("spiffe://500000.chuanyu/node/gateway-1", 1, 12_000)
    async with shown(world, metrics, pair=pair_of(world, "sc")) as settings:
        found = await asyncio.to_thread(looked, settings)
    told = {one.subject.en: (one.status, one.found.en) for one in found}
    assert CheckStatus.RIGHT == told["the metrics of the running node"][0]
    judgement, words = told[f"the witness lag of {NAME}"]
    assert CheckStatus.DOUBTFUL == judgement
    assert words.startswith("12 entries, 45 s; limit 10000 entries, 60 s")
    assert CheckStatus.RIGHT == told["the witness lag of the quorum"][0]
    assert (CheckStatus.RIGHT, "+0.012 s from ours, limit 5 s") == told["the clock of Chongqing (500000)"]


async def test_another_node_on_the_port_is_not_believed(world: World) -> None:
    """Neither one of another authority nor one of another name: nothing that it says is used."""
    metrics = Metrics()
    metrics.observe_witness_lag(NAME, lambda: 0.0, lambda: 0.0)
    async with shown(world, metrics, pair=pair_of(world, "cq")) as settings:
        found = await asyncio.to_thread(looked, settings)
    assert [CheckStatus.DOUBTFUL] * 3 == [one.status for one in found]


@pytest.mark.parametrize(
    ("error", "status"), [(Refusal(Reason.ROLE_NOT_ALLOWED), 403), (ValueError("510104199003072317"), 500)]
)
async def test_a_node_that_turns_the_reader_away_is_named(world: World, error: Exception, status: int) -> None:
    """Its status is what is told, and nothing was measured; the judge was shown the reader's own certificate."""
    judged: list[Sender] = []

    def nobody(sender: Sender) -> None:
        judged.append(sender)
        raise error

    async with shown(world, Metrics(), pair=pair_of(world, "sc"), judge=nobody) as settings:
        found = await asyncio.to_thread(looked, settings)
    assert f"expected the metrics, found the status {status}" in found[0].found.en
    assert {pair_of(world, "sc").certificate_pem} == {one.certificate_pem.encode() for one in judged}
    assert [CheckStatus.DOUBTFUL] * 3 == [one.status for one in found]


async def test_metrics_in_the_clear_are_not_taken(world: World) -> None:
    """A program that answers on the port without TLS is no node."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "localhost", 0)
    port = server.sockets[0].getsockname()[1]
    text = world.config.read_text("utf-8").replace(f"metrics_port = {METRICS_PORT}", f"metrics_port = {port}")
    world.config.write_text(text, "utf-8")
    settings = Settings.load(world.config)
    async with server:
        with pytest.raises(OSError, match=r"."):
            await asyncio.to_thread(read_metrics, settings, Passphrase.read(settings.keys.passphrase_file))


def test_a_node_that_does_not_run_has_measured_nothing(world: World) -> None:
    """Doubts, each with what to do; no failure."""
    found = looked(Settings.load(world.config))
    assert [CheckStatus.DOUBTFUL] * 3 == [one.status for one in found]
    assert all(one.remedy.zh and one.remedy.en for one in found)


@pytest.mark.parametrize(
    ("seconds", "entries", "judgement"),
    [
        (0, 0, CheckStatus.RIGHT),
        (30, 5_000, CheckStatus.RIGHT),
        (31, 1, CheckStatus.DOUBTFUL),
        (1, 5_001, CheckStatus.DOUBTFUL),
        (60, 10_000, CheckStatus.DOUBTFUL),
        (61, 1, CheckStatus.WRONG),
        (1, 10_001, CheckStatus.WRONG),
        (float("nan"), 0, CheckStatus.WRONG),
        (0, float("nan"), CheckStatus.WRONG),
        (float("inf"), 1, CheckStatus.WRONG),
    ],
)
def test_a_lag_is_judged_against_the_limits_of_the_settings(
    seconds: float, entries: float, judgement: CheckStatus
) -> None:
    """In seconds and in entries; beyond half of either it is a doubt."""
    assert judgement == judge_lag(ALONE, NAME, seconds, entries).status


@pytest.mark.parametrize(
    "text",
    [
        "",
        'chuanyu_witness_lag_seconds{witness="quorum"} 0',
        'chuanyu_witness_lag_entries{witness="quorum"} 0',
        'chuanyu_witness_lag_seconds{peer="quorum"} 0\nchuanyu_witness_lag_entries{peer="quorum"} 0',
    ],
)
def test_what_is_not_told_whole_was_not_measured(text: str) -> None:
    """Half a measure is none."""
    (found,) = check_lag(ALONE, text)
    assert CheckStatus.DOUBTFUL == found.status
