"""`chuanyu demo`: a place that cannot keep its data is named before anything is started."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.world import invoke


def found(path: Path) -> tuple[int, str]:
    """Run the demo with a place that it must refuse; return the exit code and what it found, in English."""
    result = invoke("demo", "--keep", path, "--json")
    return result.exit_code, json.loads(result.stdout)["error"]["found"]["en"]


def test_a_directory_that_holds_something_is_wrong_usage(tmp_path: Path) -> None:
    """What is there stays."""
    (tmp_path / "data").write_bytes(b"of others")
    assert (2, f"{tmp_path} is not empty") == found(tmp_path)
    assert b"of others" == (tmp_path / "data").read_bytes()


def test_a_file_is_wrong_usage(tmp_path: Path) -> None:
    """Nodes are kept in a directory."""
    path = tmp_path / "file"
    path.write_bytes(b"of others")
    assert (2, f"{path} is not empty") == found(path)
    assert b"of others" == path.read_bytes()


def test_an_unknown_option_is_wrong_usage() -> None:
    """Nothing is started."""
    assert 2 == invoke("demo", "--persons", "5").exit_code
