"""`chuanyu node rotate-log` and `renew-witness`: keys turn, old proofs stay valid, a lost witness begins anew."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from gateway.audit.log import AuditLog
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import NoteInvalid, parse_checkpoint, parse_note, sign_note, verify_note
from gateway.audit.tlog.validity import read_log_keys
from gateway.settings import Settings
from gateway.witness.state import WitnessLost, WitnessState
from keys.keystore import Passphrase
from keys.signer import Signer
from keys.signing_keys import KeyPair, load_log_keys, load_witness_keys
from keys.validity import read_key_file
from tests.cli.world import fail, succeed

INIT = ("node", "init", "--province", "sichuan")


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> Settings:
    """A node that was made and never ran."""
    succeed(*INIT, tmp_path / "node")
    return Settings.load(tmp_path / "node" / "node.toml")


def log_keys(settings: Settings) -> KeyPair:
    """The private keys of the log in force."""
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    return load_log_keys((settings.log_key_path, settings.log_second_key_path), settings.log_vkey_path, passphrase)


def newest(settings: Settings) -> bytes:
    """The newest kept checkpoint."""
    with LogReader(settings.log_path) as reader:
        return reader.newest_checkpoints(1)[0][1]


def verify(settings: Settings, note: bytes) -> int:
    """The size of a checkpoint that the log's keys sign; raises NoteInvalid."""
    keys = read_log_keys(settings.log_vkey_path.read_text(encoding="utf-8"))
    return parse_checkpoint(verify_note(note, keys)).size


async def grow(settings: Settings, signer: Signer) -> None:
    """Sign the log anew with a key, as a start does."""
    log = await AuditLog.open(await Store.open(settings.log_path), signer, clock_us=lambda: time.time_ns() // 1000)
    await log.close()


def test_old_checkpoints_verify_after_a_rotation_and_new_ones_too(settings: Settings) -> None:
    """Rotate, then verify the old; the former private key is gone."""
    old, former = newest(settings), log_keys(settings)[0]
    found = succeed("node", "rotate-log", settings.directory)
    assert (2, 1) == (found["from_size"], verify(settings, old))  # the rotation is an entry itself
    now = log_keys(settings)[0]
    assert former.verifier != now.verifier
    asyncio.run(grow(settings, now))
    assert 2 == verify(settings, newest(settings))
    assert 0 == len(list(settings.keys.directory.glob("*.next.*")))


def test_a_former_key_signs_nothing_beyond_its_term(settings: Settings) -> None:
    """One that leaks after its rotation cannot make the log longer."""
    former = log_keys(settings)[0]
    text = parse_note(newest(settings)).text
    succeed("node", "rotate-log", settings.directory)
    longer = text.replace(b"\n1\n", b"\n3\n")
    assert longer != text
    with pytest.raises(NoteInvalid):
        verify(settings, sign_note(longer, (former,)))


def test_announced_keys_are_known_before_they_sign(settings: Settings) -> None:
    """A bundle made in between names both; then the announced ones take over."""
    before = log_keys(settings)
    succeed("node", "rotate-log", settings.directory, "--announce")
    assert before[0].verifier == log_keys(settings)[0].verifier
    announced = [term.vkey for term in read_key_file(settings.log_vkey_path.read_text(encoding="utf-8"))][2:]
    assert "announced already" in fail("node", "rotate-log", settings.directory, "--announce")
    succeed("node", "rotate-log", settings.directory)
    assert announced == [key.verifier.vkey for key in log_keys(settings)]
    terms = read_key_file(settings.log_vkey_path.read_text(encoding="utf-8"))
    assert [None, None, 4, 4] == [term.last for term in terms]


def test_a_running_node_is_not_rotated(settings: Settings) -> None:
    """Its lock is held."""

    async def held() -> str:
        store = await Store.open(settings.log_path)
        try:
            return await asyncio.to_thread(fail, "node", "rotate-log", settings.directory)
        finally:
            await store.close()

    assert "another process writes" in asyncio.run(held())


@pytest.mark.parametrize("lost", [True, False])
def test_a_witness_begins_anew_under_new_keys_only(settings: Settings, lost: bool) -> None:
    """With or without the old state, which is kept under another name."""
    if lost:
        settings.witness_path.unlink()
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    private = (settings.witness_key_path, settings.witness_second_key_path)
    former = load_witness_keys(private, settings.witness_vkey_path, passphrase)
    succeed("node", "renew-witness", settings.directory)
    now = load_witness_keys(private, settings.witness_vkey_path, passphrase)
    assert {key.verifier for key in former}.isdisjoint(key.verifier for key in now)
    assert (0 if lost else 1) == len(
        [f for f in settings.audit.directory.glob("witness.db.retired-*") if f.suffix != ".lock"]
    )

    async def opened(pair: KeyPair) -> None:
        state = await WitnessState.open(settings.witness_path, [key.verifier.vkey for key in pair])
        await state.close()

    asyncio.run(opened(now))
    with pytest.raises(WitnessLost):
        asyncio.run(opened(former))
