"""A reviewer of either province reads what the other province's witness cosigned of a log; nobody else does."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.assembly.pages import serve_pages
from gateway.assembly.witnessing import READINGS_AT_ONCE
from gateway.audit.tlog.note import COSIGNATURE, Checkpoint, checkpoint_text, parse_checkpoint, parse_note, sign_note
from gateway.audit.tlog.tree import leaf_hash
from gateway.cli.demo.world import Client, DemoProvince
from gateway.cli.main import app
from gateway.serving.acts import Requester
from keys.identity import Role
from keys.keystore import Passphrase, save_key
from tests.audit.cosigning import WitnessKey
from tests.clients import administrator_of, client_of, reviewer_of
from tests.commands import CliRunner
from tests.network.test_witness import get, log_signer, node_client, witness_socket
from tests.province import Two, until

WORD = Passphrase(b"a passphrase for tests of reviewers")


@asynccontextmanager
async def witnessing(two: Two, name: str) -> AsyncIterator[str]:
    """A province's witness port, served once it has cosigned all of the other log; gives the address."""
    other = next(one for one in two.nodes if one != name)
    await until("all cosigned", lambda: two.nodes[other].witnessing.cosignatures.lag().entries == 0)
    async with serve_pages(two.nodes[name], witness_socket(two.world[name])) as port:
        yield f"localhost:{port}"


def path_of(province: DemoProvince) -> str:
    """Where a witness shows what it cosigned of a province's log."""
    return f"/{hashlib.sha256(province.settings.log_origin.encode()).hexdigest()}/checkpoint"


def keep(folder: Path, client: Client) -> list[str]:
    """Leave a client's pair as files; return the options that name them."""
    folder.mkdir(parents=True, exist_ok=True)
    key = load_pem_private_key(client.key_pem, None)
    assert isinstance(key, EllipticCurvePrivateKey)
    for name in ("tls.key", "passphrase"):
        (folder / name).unlink(missing_ok=True)
    save_key(folder / "tls.key", key, WORD)
    (folder / "tls.crt").write_bytes(client.certificate_pem)
    WORD.save(folder / "passphrase")
    named = {"--cert": "tls.crt", "--key-file": "tls.key", "--passphrase-file": "passphrase"}
    return [word for option, name in named.items() for word in (option, str(folder / name))]


def line(two: Two, place: str, folder: Path, client: Client | None = None, log: str = "sichuan") -> list[str]:
    """The command by which a reviewer of a log's province fetches what the other province cosigned."""
    witness = two.world["chongqing" if log == "sichuan" else "sichuan"]
    (folder / "ca.pem").write_bytes(witness.authority.certificate_pem)
    return [
        "audit", "fetch", "--from", place, "--out", str(folder / "note"),
        "--vkey", str(two.world[log].settings.log_vkey_path),
        "--witness-key", str(witness.settings.witness_vkey_path), "--ca", str(folder / "ca.pem"),
        *keep(folder / "pair", client or reviewer_of(two.world[log])),
    ]  # fmt: skip


async def run(line: list[str]) -> tuple[int, dict[str, Any]]:
    """Run a command beside the nodes, which live in this loop and log to the same output; return exit code and JSON."""
    result = await asyncio.to_thread(CliRunner().invoke, app, [*line, "--json"])
    (told,) = [text for text in result.stdout.splitlines() if text.startswith("{")]
    return result.exit_code, json.loads(told)


async def test_each_provinces_reviewer_reads_of_the_own_log_at_the_others_witness(two: Two, tmp_path: Path) -> None:
    """And of no other log; the node, the own reviewer and the own administrator read as before."""
    sichuan, chongqing = two.world["sichuan"], two.world["chongqing"]
    async with witnessing(two, "chongqing"):
        for client in (
            reviewer_of(sichuan), reviewer_of(chongqing), administrator_of(chongqing), node_client(two, "sichuan"),
        ):  # fmt: skip
            status, note = await asyncio.to_thread(get, chongqing, client, path_of(sichuan), tmp_path)
            assert (200, sichuan.settings.log_origin) == (status, parse_checkpoint(parse_note(note).text).origin)
        refused = {
            administrator_of(sichuan): 403,
            client_of(sichuan, Role.SECURITY, "security-1"): 403,
            client_of(chongqing, Role.SECURITY, "security-1"): 403,
            client_of(sichuan, Role.ADAPTER, "adapter-1"): 403,
            client_of(sichuan, Role.NODE, "gateway-2"): 403,
            sichuan.portal: 403,
            chongqing.portal: 403,
            sichuan.retired: 401,
        }
        for client, expected in refused.items():
            status, body = await asyncio.to_thread(get, chongqing, client, path_of(sichuan), tmp_path)
            assert (expected, False) == (status, b"510000" in body), client.identity
        assert 404 == (await asyncio.to_thread(get, chongqing, reviewer_of(sichuan), path_of(chongqing), tmp_path))[0]
        for path in ("/checkpoint", "/tile/0/000.p/1", "/tile/entries/000.p/1"):
            assert 403 == (await asyncio.to_thread(get, chongqing, reviewer_of(sichuan), path, tmp_path))[0], path


async def test_a_reviewer_who_reads_too_often_waits_and_the_readings_are_counted(two: Two, tmp_path: Path) -> None:
    """Another reviewer, and the node, are not held up by that one."""
    sichuan, chongqing = two.world["sichuan"], two.world["chongqing"]
    counted = two.nodes["chongqing"].node.metrics.registry
    async with witnessing(two, "chongqing"):
        found = [
            (await asyncio.to_thread(get, chongqing, reviewer_of(sichuan), path_of(sichuan), tmp_path))[0]
            for _ in range(3 * READINGS_AT_ONCE)
        ]
        assert {200, 429} == set(found)
        other = client_of(sichuan, Role.REVIEWER, "reviewer-2")
        assert 200 == (await asyncio.to_thread(get, chongqing, other, path_of(sichuan), tmp_path))[0]
        peer = node_client(two, "sichuan")
        assert 200 == (await asyncio.to_thread(get, chongqing, peer, path_of(sichuan), tmp_path))[0]
    read = counted.get_sample_value("chuanyu_witness_readings_total", {"province": "510000"})
    assert found.count(200) + 1 == read


async def test_a_revoked_reviewer_reads_nothing(two: Two, tmp_path: Path) -> None:
    """From the next reading on, once the list is in force here."""
    sichuan, chongqing = two.world["sichuan"], two.world["chongqing"]
    reviewer = client_of(sichuan, Role.REVIEWER, "reviewer-3")
    async with witnessing(two, "chongqing"):
        assert 200 == (await asyncio.to_thread(get, chongqing, reviewer, path_of(sichuan), tmp_path))[0]
        serial = next(s for s, uri in sichuan.authority.list_issued().items() if uri == reviewer.identity.uri)
        crl = sichuan.authority.revoke(serial, "test", now=datetime.now(UTC))
        chongqing.settings.revocation_path(sichuan.code).write_bytes(crl)
        await two.nodes["chongqing"].reload(Requester("spiffe://500000.chuanyu/administrator/administrator-1"))
        assert 401 == (await asyncio.to_thread(get, chongqing, reviewer, path_of(sichuan), tmp_path))[0]


async def test_what_is_fetched_is_verified_stored_and_compared_with_the_log(two: Two, tmp_path: Path) -> None:
    """First, the same again, newer; then the log on its node's disk holds all of it."""
    async with witnessing(two, "chongqing") as place:
        code, first = await run(line(two, place, tmp_path))
        assert (0, "first", True) == (code, first["finding"], first["holds"])
        assert ["500000.chuanyu/witness/gateway-1"] == list(first["cosigned"])
        assert {"log": "given", "witnesses": "given"} == first["keys_from"]
        stored = (tmp_path / "note").read_bytes()
        assert first["size"] == parse_checkpoint(parse_note(stored).text).size
    async with witnessing(two, "chongqing") as place:
        assert (0, "same") == ((again := await run(line(two, place, tmp_path)))[0], again[1]["finding"])
    await two.query(two.ask())
    async with witnessing(two, "chongqing") as place:
        code, newer = await run(line(two, place, tmp_path))
        assert (0, "newer", True) == (code, newer["finding"], newer["size"] > first["size"])
        assert stored != (tmp_path / "note").read_bytes()
    (tmp_path / "note").write_bytes(stored)
    keys = str(two.world["chongqing"].settings.witness_vkey_path)
    sichuan = str(two.world["sichuan"].settings.directory)
    compared = ["audit", "consistency", sichuan, "--stored", str(tmp_path / "note"), "--witness-key", keys]
    code, found = await run(compared)
    assert (0, "grown", first["cosigned"]) == (code, found["finding"], found["stored_cosigned"])


@pytest.mark.parametrize(("size", "finding"), [(0, "fork"), (1_000, "older")])
async def test_a_note_that_contradicts_the_stored_one_never_replaces_it(
    two: Two, tmp_path: Path, size: int, finding: str
) -> None:
    """Both are kept, the exit code is an alarm's, and what is kept first is not written over."""
    other = WitnessKey("witness.national.example", COSIGNATURE, 8)
    async with witnessing(two, "chongqing") as place:
        command = line(two, place, tmp_path)
        assert 0 == (await run(command))[0]
        true = (tmp_path / "note").read_bytes()
        shown = parse_checkpoint(parse_note(true).text)
        text = checkpoint_text(Checkpoint(shown.origin, shown.size + size, leaf_hash(b"other")))
        stored = sign_note(text, (log_signer(two.world["sichuan"]), other.at()))
        (tmp_path / "note").write_bytes(stored)
        (tmp_path / "other.vkey").write_text(other.vkey, encoding="utf-8")
        command += ["--witness-key", str(tmp_path / "other.vkey")]
        code, found = await run(command)
        assert (1, finding, False) == (code, found["finding"], found["holds"])
        assert stored == (tmp_path / "note").read_bytes()
        evidence = tmp_path / "note.contradiction"
        assert str(evidence) == found["evidence"] == (await run(command))[1]["evidence"]
        assert true == evidence.read_bytes()
        evidence.write_bytes(b"of an earlier contradiction")
        assert f"{evidence}-2" == (await run(command))[1]["evidence"]
        assert b"of an earlier contradiction" == evidence.read_bytes()


async def test_what_cannot_be_proven_or_stored_is_not_written(two: Two, tmp_path: Path) -> None:
    """A key of nobody who cosigned, a file that is something else, a person without the right, a log not cosigned."""
    sichuan, chongqing = two.world["sichuan"], two.world["chongqing"]
    other = WitnessKey("500000.chuanyu/witness/gateway-1", COSIGNATURE, 8)
    (tmp_path / "other.vkey").write_text(other.vkey, encoding="utf-8")

    def ending(code: int, found: tuple[int, dict[str, Any]], words: str) -> None:
        assert code == found[0], found
        assert words in found[1]["error"]["found"]["en"]
        assert found[1]["error"]["next"]["zh"]
        assert not (tmp_path / "note").exists()

    async with witnessing(two, "chongqing") as place:
        command = line(two, place, tmp_path)
        at = command.index("--witness-key") + 1
        ending(1, await run([*command[:at], str(tmp_path / "other.vkey"), *command[at + 1 :]]), "not proven")
        ending(3, await run(line(two, place, tmp_path, administrator_of(sichuan))), "403: PARTY_UNKNOWN")
        ending(3, await run(line(two, place, tmp_path, sichuan.portal)), "403: ROLE_NOT_ALLOWED")
        foreign = [*line(two, place, tmp_path), "--vkey", str(chongqing.settings.log_vkey_path)]
        ending(5, await run(foreign), "cosigned nothing")
        ending(2, await run([*line(two, place, tmp_path), "--log", "another"]), "names of logs")
        ending(2, await run([*line(two, "nowhere", tmp_path)]), "the address")
        (tmp_path / "note").write_bytes(b"of another kind")
        assert 2 == (await run(line(two, place, tmp_path)))[0]
        assert b"of another kind" == (tmp_path / "note").read_bytes()
        (tmp_path / "note").unlink()
        wrong = line(two, place, tmp_path)
        shutil.copy(sichuan.settings.authority_path, tmp_path / "ca.pem")
        ending(4, await run(wrong), "authority")
    ending(4, await run(line(two, place, tmp_path)), "listens")
