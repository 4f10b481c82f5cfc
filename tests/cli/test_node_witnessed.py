"""`chuanyu node witnessed`: another log's newest checkpoint leaves as it was cosigned, and only one that is known."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.audit.tlog.witness import LastCosigned
from gateway.witness.state import WitnessState
from keys.validity import read_key_file
from tests.cli.world import World, invoke

LOG = "500000.chuanyu/node/gateway-1"
NOTE = b"a note with its signatures"


@pytest.fixture(name="known")
def _known(world: World) -> Path:
    """The directory of a node that has cosigned seven entries of the other province's log."""
    node = world / "sc"
    vkeys = [one.vkey for one in read_key_file((node / "audit" / "witness.vkey").read_text("utf-8"))]

    async def remember() -> None:
        state = await WitnessState.open(node / "audit" / "witness.db", vkeys)
        try:
            await state.remember(LOG, LastCosigned(7, bytes(32), NOTE), None, 1_700_000_000_000_000)
        finally:
            await state.close()

    asyncio.run(remember())
    return node


def test_the_newest_checkpoint_is_written_as_it_was_cosigned(known: Path, tmp_path: Path) -> None:
    """Byte for byte: a restore verifies it by the log's own key."""
    out = tmp_path / "newest"
    result = invoke("node", "witnessed", known, "--log", LOG, "--out", out, "--json")
    assert 0 == result.exit_code, result.stderr
    assert NOTE == out.read_bytes()
    said = json.loads(result.stdout)
    assert (LOG, 7, str(out)) == (said["log"], said["size"], said["file"])


def test_a_log_that_was_never_cosigned_is_refused_with_the_known_ones(known: Path, tmp_path: Path) -> None:
    """And nothing is written."""
    result = invoke("node", "witnessed", known, "--log", LOG + "/2", "--out", tmp_path / "newest")
    assert 1 == result.exit_code
    assert LOG in result.stderr.replace(LOG + "/2", "")
    assert not (tmp_path / "newest").exists()


def test_a_file_that_is_there_is_never_replaced(known: Path, tmp_path: Path) -> None:
    """An older checkpoint may be the only trace of another history."""
    out = tmp_path / "newest"
    out.write_bytes(b"kept")
    assert 0 != invoke("node", "witnessed", known, "--log", LOG, "--out", out).exit_code
    assert b"kept" == out.read_bytes()


@pytest.mark.parametrize("octets", [None, b"no database" * 100])
def test_a_state_that_cannot_be_read_is_told(known: Path, tmp_path: Path, octets: bytes | None) -> None:
    """Without an exception of Python."""
    for file in (known / "audit").glob("witness.db*"):
        file.unlink()
    if octets is not None:
        (known / "audit" / "witness.db").write_bytes(octets)
    result = invoke("node", "witnessed", known, "--log", LOG, "--out", tmp_path / "newest")
    assert 1 == result.exit_code
    assert "node check" in result.stderr
