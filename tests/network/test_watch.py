"""The independent monitor beside two real nodes: what it sees over real mutual TLS, and what it remembers on disk."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.assembly.pages import serve_pages
from gateway.assembly.run import RunningNode
from gateway.assembly.witnessing import clock_s, cosigners
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, parse_checkpoint, parse_note, sign_note
from gateway.audit.tlog.tree import leaf_hash
from gateway.cli.main import app
from gateway.monitor.follower import NODE
from gateway.monitor.settings import MonitorSettings
from gateway.monitor.sources import AccessRefused, Certificate, HttpsWitness, LedgerSource
from gateway.monitor.watch import FollowedLog, open_log, visit_once
from gateway.serving.acts import Requester
from gateway.witness.reading import WitnessPlace
from gateway.witness.submission import Unreachable
from keys.identity import Role
from tests.clients import administrator_of, client_of, reviewer_of
from tests.commands import CliRunner
from tests.network.test_fetch import keep
from tests.network.test_witness import log_signer, witness_socket
from tests.province import Two, until

OTHER = {"sichuan": "chongqing", "chongqing": "sichuan"}


def is_cosigned(node: RunningNode) -> bool:
    """Whether no entry of a node waits for a cosignature."""
    return node.witnessing.cosignatures.lag().entries == 0


@dataclass
class Watched:
    """Both nodes with their witness ports, and a monitor of both logs on a machine of its own."""

    two: Two
    place: Path
    stack: AsyncExitStack
    serving: dict[str, AsyncExitStack] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The monitor's settings."""
        return self.place / "watch.toml"

    async def serve(self, name: str) -> None:
        """Serve a province's witness port."""
        self.serving[name] = AsyncExitStack()
        await self.serving[name].enter_async_context(
            serve_pages(self.two.nodes[name], witness_socket(self.two.world[name]))
        )

    async def hush(self, name: str) -> None:
        """Close a province's witness port."""
        await self.serving.pop(name).aclose()

    async def settle(self) -> None:
        """Wait until each node's log is cosigned as it is."""
        for node in self.two.nodes.values():
            await until("all cosigned", partial(is_cosigned, node))

    def write(self, **changes: str) -> None:
        """Write the settings of both logs; `changes` replace a text by another."""
        text = '[watch]\ndirectory = "records"\nmetrics_file = "watch.prom"\ntimeout_seconds = 5\n'
        for name, other in OTHER.items():
            own, witness = self.two.world[name], self.two.world[other]
            text += (
                f'[[logs]]\nkeys = "{own.settings.log_vkey_path}"\nnode = "{own.target}"\n'
                f'authority = "{own.settings.authority_path}"\ncertificate = "{name}/tls.crt"\nkey = "{name}/tls.key"\n'
                f'passphrase_file = "{name}/passphrase"\n'
                f'[[logs.witnesses]]\nkeys = "{witness.settings.witness_vkey_path}"\n'
                f'address = "localhost:{witness.settings.listen.witness_port}"\n'
                f'authority = "{witness.settings.authority_path}"\n'
            )
        for old, new in changes.items():
            text = text.replace(old, new)
        self.config.write_text(text, encoding="utf-8")

    async def once(self) -> tuple[int, list[dict[str, Any]]]:
        """Run the command once, as cron does; return its exit code and its lines."""
        await self.settle()
        line = ["audit", "watch", "--config", str(self.config), "--once", "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, app, line)
        return result.exit_code, [json.loads(text) for text in result.stdout.splitlines() if text.startswith("{")]


@pytest.fixture
async def watched(two: Two, tmp_path: Path) -> AsyncIterator[Watched]:
    """All in order, and nothing followed yet."""
    async with AsyncExitStack() as stack:
        made = Watched(two, tmp_path, stack)
        for name, province in two.world.items():
            await made.serve(name)
            keep(tmp_path / name, reviewer_of(province))
        made.write()
        yield made
        for name in list(made.serving):
            await made.hush(name)


def news(lines: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """The alarms that began and ended: province, alarm, event."""
    return [(one["log"][:6], one["alarm"], one["event"]) for one in lines if one["event"].startswith("alarm")]


async def test_both_logs_are_followed_from_their_nodes_and_witnesses(watched: Watched) -> None:
    """Each province's reviewer's certificate is enough; later runs go on where the first ended, and say nothing."""
    code, lines = await watched.once()
    assert (0, []) == (code, news(lines))
    first = {one["log"]: one["size"] for one in lines if one["event"] == "state"}
    assert 2 == len(first)
    assert 0 < min(first.values())
    for _ in range(3):
        await watched.two.query(watched.two.ask())
    code, lines = await watched.once()
    assert (0, []) == (code, news(lines))
    for one in lines:
        assert one["size"] > first[one["log"]]
        assert all(size > first[one["log"]] for size in one["witnessed"].values())
    metrics = (watched.place / "watch.prom").read_text(encoding="utf-8")
    assert all(f'chuanyu_watch_size{{log="{one["log"]}"}} {one["size"]}' in metrics for one in lines)


async def test_a_rolled_back_log_is_found_with_both_notes(watched: Watched) -> None:
    """Yesterday's file, put back: the node itself waits for its witness, and the monitor raises the alarm."""
    two, path = watched.two, watched.two.world["chongqing"].settings.log_path
    await two.stop("chongqing")
    kept = {name: name + ".old" for name in (path.name, path.name + "-wal") if path.with_name(name).exists()}
    for name, old in kept.items():
        shutil.copy(path.with_name(name), path.with_name(old))
    await watched.hush("chongqing")
    await two.start("chongqing")
    await watched.serve("chongqing")
    await two.query(two.ask())
    assert 0 == (await watched.once())[0]
    await watched.hush("chongqing")
    await two.stop("chongqing")
    for file in path.parent.glob(path.name + "*"):
        if not file.name.endswith((".old", ".lock")):
            file.unlink()
    for name, old in kept.items():
        path.with_name(old).rename(path.with_name(name))
    await two.start("chongqing", serving=False)
    await watched.serve("chongqing")
    node = two.nodes["chongqing"]
    await until("the contradiction", lambda: node.witnessing.cosignatures.contradiction)
    line = ["audit", "watch", "--config", str(watched.config), "--once", "--json"]
    result = await asyncio.to_thread(CliRunner().invoke, app, line)
    lines = [json.loads(text) for text in result.stdout.splitlines() if text.startswith("{")]
    assert (1, ("500000", "LOG_ROLLED_BACK", "alarm_begins")) == (result.exit_code, news(lines)[0])
    evidence = next(one["evidence"] for one in lines if one.get("alarm") == "LOG_ROLLED_BACK")
    assert 2 == len(json.loads(await asyncio.to_thread(Path(evidence).read_bytes))["notes"])


def forge(watched: Watched, lie: str, true: bytes) -> bytes:
    """What the witness shows of Sichuan's log in place of the truth; it has its own keys, and for a fork the log's."""
    text = parse_note(true).text
    found = parse_checkpoint(text)
    log, witness = log_signer(watched.two.world["sichuan"]), cosigners(watched.two.nodes["chongqing"].keys.witness)
    match lie:
        case "fork":
            return sign_note(checkpoint_text(Checkpoint(found.origin, found.size, leaf_hash(b"x"))), (log, *witness))
        case "fork on the way":
            other = Checkpoint(found.origin, found.size - 1, leaf_hash(b"x"))
            return sign_note(checkpoint_text(other), (log, *witness))
        case "ahead":
            other = Checkpoint(found.origin, found.size + 1_000, leaf_hash(b"x"))
            return sign_note(checkpoint_text(other), (log, *witness))
        case "stripped":
            return sign_note(text, (log,))
        case "unsigned by the log":
            return sign_note(text, witness)
    return true.replace(found.origin.encode(), b"another.example")


LIES = {
    "fork": "LOG_FORKED",
    "fork on the way": "LOG_FORKED",
    "ahead": "LOG_ROLLED_BACK",
    "stripped": "COSIGNATURE_MISSING",
    "unsigned by the log": "SIGNATURE_INVALID",
    "another log": "ORIGIN_WRONG",
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_witness_that_lies_or_a_log_that_shows_it_another_face(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    """Over real connections; a fork is kept with both notes, and the other log is in order."""
    witness = watched.two.nodes["chongqing"].witnessing.witness
    true = witness.checkpoint

    async def lies(origin: str) -> bytes:
        return forge(watched, lie, await true(origin))

    await watched.hush("chongqing")
    monkeypatch.setattr(witness, "checkpoint", lies)
    await watched.serve("chongqing")
    code, lines = await watched.once()
    assert (1, [("510000", LIES[lie], "alarm_begins")]) == (code, news(lines))
    evidence = [one["evidence"] for one in lines if one["event"] == "alarm_begins"]
    assert [bool(one) for one in evidence] == [lie in ("fork", "fork on the way", "ahead")]


async def test_a_witness_that_is_silent_and_comes_back(watched: Watched) -> None:
    """Told at once where there is one visit, and once; the other log is in order all the time."""
    assert 0 == (await watched.once())[0]
    await watched.hush("chongqing")
    code, lines = await watched.once()
    assert (1, [("510000", "WITNESS_SILENT", "alarm_begins")]) == (code, news(lines))
    code, lines = await watched.once()
    assert (1, []) == (code, news(lines))
    await watched.serve("chongqing")
    code, lines = await watched.once()
    assert (0, [("510000", "WITNESS_SILENT", "alarm_ends")]) == (code, news(lines))


async def test_a_socket_that_hangs_is_silence_and_delays_no_other_log(watched: Watched) -> None:
    """It takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        target = watched.two.world["sichuan"].target
        watched.write(**{target: f"127.0.0.1:{hanging.getsockname()[1]}", "timeout_seconds = 5": "timeout_seconds = 1"})
        code, lines = await watched.once()
    assert (1, [("510000", "NODE_SILENT", "alarm_begins")]) == (code, news(lines))
    sizes = {one["log"][:6]: one["size"] for one in lines if one["event"] == "state"}
    assert (0, True) == (sizes["510000"], sizes["500000"] > 0)


async def test_a_witness_whose_keys_were_not_given_is_named(watched: Watched) -> None:
    """The note holds for the log, and for nobody whom the settings know."""
    sichuan, chongqing = (watched.two.world[name].settings.witness_vkey_path for name in ("sichuan", "chongqing"))
    watched.write(**{str(chongqing): str(sichuan)})
    code, lines = await watched.once()
    assert (1, [("510000", "WITNESS_UNKNOWN", "alarm_begins")]) == (code, news(lines))


@pytest.mark.parametrize("who", ["administrator", "other province", "revoked"])
async def test_a_certificate_without_the_right_is_refused_at_once(watched: Watched, who: str) -> None:
    """By the node and by the witness; the monitor says so, and of both."""
    sichuan = watched.two.world["sichuan"]
    client = {
        "administrator": lambda: administrator_of(sichuan),
        "other province": lambda: reviewer_of(watched.two.world["chongqing"]),
        "revoked": lambda: client_of(sichuan, Role.REVIEWER, "reviewer-7"),
    }[who]()
    keep(watched.place / "sichuan", client)
    if who == "revoked":
        serial = next(s for s, uri in sichuan.authority.list_issued().items() if uri == client.identity.uri)
        crl = sichuan.authority.revoke(serial, "test", now=datetime.now(UTC))
        for name, province in watched.two.world.items():
            province.settings.revocation_path(sichuan.code).write_bytes(crl)
            await watched.two.nodes[name].reload(
                Requester(f"spiffe://{province.code}.chuanyu/administrator/administrator-1")
            )
    code, lines = await watched.once()
    begun = {one["subject"] for one in lines if one["event"] == "alarm_begins" and one["alarm"] == "ACCESS_REFUSED"}
    # A reviewer of Chongqing is one of the witness's own, and may read there.
    witness = set() if who == "other province" else {"500000.chuanyu/witness/gateway-1"}
    assert (1, {NODE} | witness) == (code, begun)


def opened(watched: Watched) -> list[FollowedLog]:
    """Both logs, in this process."""
    settings = MonitorSettings.load(watched.config)
    settings.watch.directory.mkdir(exist_ok=True)
    return [open_log(settings, log, once=True, clock_s=clock_s, report=lambda *_: None) for log in settings.logs]


async def test_a_certificate_that_is_replaced_on_disk_is_taken_up(watched: Watched) -> None:
    """A half-replaced pair is not, and that is told; the connection is dialled anew with the new one."""
    logs = opened(watched)
    sichuan = logs[0]
    settings = MonitorSettings.load(watched.config)
    await visit_once(logs, settings)
    before = sichuan.certificate.pair.certificate_pem
    renewed = client_of(watched.two.world["sichuan"], Role.REVIEWER, "reviewer-1")
    (watched.place / "sichuan" / "tls.crt").write_bytes(renewed.certificate_pem)
    await visit_once(logs, settings)
    assert before == sichuan.certificate.pair.certificate_pem
    assert sichuan.certificate.fault
    keep(watched.place / "sichuan", renewed)
    await visit_once(logs, settings)
    assert (renewed.certificate_pem, "") == (sichuan.certificate.pair.certificate_pem, sichuan.certificate.fault)
    await visit_once(logs, settings)
    assert [] == [one.alarm for log in logs for one in log.follower.alarms.list_raised()]


async def test_sources_tell_refusals_from_silence(watched: Watched, tmp_path: Path) -> None:
    """A node that is down, an authority that is another's, a file that is not there."""
    sichuan = watched.two.world["sichuan"]
    folder = watched.place / "sichuan"
    certificate = Certificate(folder / "tls.crt", folder / "tls.key", folder / "passphrase")
    authority = sichuan.settings.authority_path
    wrong = watched.two.world["chongqing"].settings.authority_path
    for target, root in (("127.0.0.1:1", authority), (sichuan.target, wrong), (sichuan.target, tmp_path / "absent")):
        source = LedgerSource(target, "", root, certificate, 2)
        with pytest.raises(Unreachable):
            await source.checkpoint()
        await source.close()
    place = WitnessPlace("localhost", sichuan.settings.listen.witness_port, "", "localhost")
    for root in (wrong, tmp_path / "absent"):
        with pytest.raises(Unreachable):
            await HttpsWitness(place, root, certificate, 2).note(sichuan.settings.log_origin)
    keep(folder, sichuan.portal)
    portal = Certificate(folder / "tls.crt", folder / "tls.key", folder / "passphrase")
    with pytest.raises(AccessRefused):
        await HttpsWitness(place, authority, portal, 2).note(sichuan.settings.log_origin)


async def begin(watched: Watched) -> asyncio.subprocess.Process:
    """Begin the monitor as a process of its own, and wait for its first words."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "audit", "watch", "--config", str(watched.config), "--json",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(30):
        for _ in range(2):
            assert b'"event": "state"' in await process.stdout.readline()
    return process


@pytest.mark.kills
async def test_a_monitor_that_is_killed_goes_on_and_one_that_is_stopped_ends_well(watched: Watched) -> None:
    """What it knew before SIGKILL is on disk; SIGTERM ends it with 0; a second one beside it is refused."""
    watched.write(**{"[watch]": "[watch]\nevery_seconds = 1"})
    metrics = watched.place / "watch.prom"
    process = await begin(watched)
    await until("a visit", metrics.exists)
    await until("records", lambda: len(list((watched.place / "records").glob("*.number"))) == 2)
    records = sorted((watched.place / "records").glob("*.json"))
    beside = await asyncio.to_thread(
        CliRunner().invoke, app, ["audit", "watch", "--config", str(watched.config), "--once"]
    )
    assert 2 == beside.exit_code
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert records == sorted((watched.place / "records").glob("*.json"))
    process = await begin(watched)
    process.send_signal(signal.SIGTERM)
    assert 0 == await asyncio.wait_for(process.wait(), 20)
    assert (0, []) == ((found := await watched.once())[0], news(found[1]))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[watch]", "[watch", "TOML"),
        ("[watch]", "[watch]\never_seconds = 5", "ever_seconds"),
        ('directory = "records"', 'directory = "watch.toml"', "can be written"),
        ('passphrase_file = "sichuan/passphrase"', 'passphrase_file = "absent"', "absent"),
    ],
)
async def test_settings_that_cannot_be_used_end_with_the_next_step(
    watched: Watched, old: str, new: str, words: str
) -> None:
    """Nothing is followed in part."""
    watched.write(**{old: new})
    result = await asyncio.to_thread(
        CliRunner().invoke, app, ["audit", "watch", "--config", str(watched.config), "--once", "--json"]
    )
    told = json.loads([text for text in result.stdout.splitlines() if text.startswith("{")][-1])
    assert 2 == result.exit_code
    assert words in told["error"]["found"]["en"]
    assert told["error"]["next"]["zh"]


@pytest.mark.parametrize("text", ["no key", "quorum none\n"])
async def test_keys_and_policies_that_cannot_be_used_are_named(watched: Watched, text: str) -> None:
    """A policy that asks for nobody is none: the monitor would never miss a witness."""
    (watched.place / "given").write_text(text, encoding="utf-8")
    keys = str(watched.two.world["sichuan"].settings.log_vkey_path)
    given = str(watched.place / "given")
    for change in ({f'keys = "{keys}"': f'keys = "{given}"'}, {"[[logs]]": f'[[logs]]\npolicy_file = "{given}"'}):
        watched.write(**change)
        line = ["audit", "watch", "--config", str(watched.config), "--once", "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, app, line)
        told = json.loads([one for one in result.stdout.splitlines() if one.startswith("{")][-1])
        assert (2, True) == (result.exit_code, given in told["error"]["found"]["en"])
