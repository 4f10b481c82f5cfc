"""`chuanyu demo`: a place that cannot keep its data is named before anything is started."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest

from gateway.cli.connection import read_pair
from gateway.cli.demo.show import describe_kept
from gateway.cli.demo.world import PROVINCES, build_world
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


@pytest.fixture(name="kept", scope="module")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world as `--keep` leaves it."""
    root = tmp_path_factory.mktemp("kept")
    build_world(root, platforms={name: ("sichuan", {"path": str(root / "x.db")}) for name in ("sichuan", "chongqing")})
    return root


@pytest.mark.parametrize("name", ["sichuan", "chongqing"])
def test_the_authority_of_a_kept_demo_can_be_used(kept: Path, tmp_path: Path, name: str) -> None:
    """A newcomer issues, revokes and signs with it, by the commands alone."""
    place, new = kept / "authorities" / name, tmp_path / "portal-2"
    identity = f"spiffe://{PROVINCES[name]}.chuanyu/application/portal"
    for arguments in (
        ("keys", "request", "--province", name, "--role", "application", "--name", "portal", new),
        ("keys", "issue", "--authority", place, new / "tls.csr", "--out", new / "tls.crt", "--identity", identity),
        ("keys", "publish", "--authority", place),
        ("keys", "bundle", "--authority", place, "--node", kept / name, "--out", tmp_path / "new.bundle"),
    ):
        result = invoke(*arguments)
        assert 0 == result.exit_code, result.stderr


@pytest.mark.parametrize("name", ["sichuan", "chongqing"])
def test_the_clients_of_a_kept_demo_open_with_the_passphrase_beside_them(kept: Path, name: str) -> None:
    """One asks, the other runs the node; nobody but the user reads the keys."""
    places = sorted((kept / "clients" / name).iterdir())
    assert ["administrator", "portal"] == [place.name for place in places]
    for place in places:
        text, _ = read_pair(place / "tls.crt", place / "tls.key", place / "passphrase")
        assert text == (place / "tls.crt").read_text("utf-8")
        assert {0o600} == {stat.S_IMODE((place / file).stat().st_mode) for file in ("tls.key", "passphrase")}


def test_what_a_kept_demo_says_names_files_that_are_there(kept: Path) -> None:
    """In both languages alike."""
    for label in describe_kept(kept):
        for text in (label.zh, label.en):
            named = re.findall(rf"{re.escape(str(kept))}[A-Za-z./-]*", text)
            assert named
            assert [] == [one for one in named if not Path(one).exists()]
