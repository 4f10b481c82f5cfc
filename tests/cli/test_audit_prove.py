"""`chuanyu audit prove`: a proof that cannot be written is told, and what is in its place stays."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.audit.logs import five_entries
from tests.cli.world import invoke, misuse


@pytest.fixture(name="node", scope="module")
def _node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a node that has stopped."""
    directory = tmp_path_factory.mktemp("node")
    asyncio.run(five_entries(directory))
    return directory


@pytest.mark.parametrize("place", ["absent/proof", "file/proof", "directory"])
def test_a_place_that_cannot_be_written_is_named(node: Path, tmp_path: Path, place: str) -> None:
    """Nothing is left of the proof."""
    (tmp_path / "file").write_bytes(b"of others")
    (tmp_path / "directory").mkdir()
    assert str(tmp_path / place) in misuse("audit", "prove", node, 0, "--out", tmp_path / place)
    assert [tmp_path / "directory", tmp_path / "file"] == sorted(tmp_path.iterdir())
    assert b"of others" == (tmp_path / "file").read_bytes()


@pytest.mark.parametrize("command", ["prove", "show"])
@pytest.mark.parametrize("index", [5, 2**63 - 1, 2**63, 10**30])
def test_an_index_beyond_the_log_is_wrong_usage(node: Path, command: str, index: int) -> None:
    """However great it is."""
    result = invoke("audit", command, node, index, "--json")
    assert 2 == result.exit_code
    assert "an index from 0 to 4" == json.loads(result.stdout)["error"]["expected"]["en"]
