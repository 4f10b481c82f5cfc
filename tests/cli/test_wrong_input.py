"""Whatever path a command is given, it ends with an exit code of the reference and says what was wrong, untraced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.cli.world import World, invoke, node_uri

KINDS: Final = ("missing", "garbage", "empty", "folder", "text")
"""What stands where a file or a directory of ours should."""
LINES: Final = (
    "backup {bad} {new}",
    "restore {bad} {new}",
    "doctor --config {bad}",
    "audit verify {bad}",
    "audit verify {node} --vkey {bad}",
    "audit consistency {bad} --stored {new}",
    "audit consistency {node} --stored {new} --vkey {bad}",
    "audit twin {bad}",
    "audit twin {node} --vkey {bad}",
    "audit show {bad} 0",
    "audit search {bad}",
    "audit prove {bad} 0",
    "audit prove {node} 0 --vkey {bad}",
    "audit replay {bad} 0 --record {bad}",
    "audit replay {node} 0 --record {bad}",
    "audit reconcile {bad} {node}",
    "audit reconcile {node} {bad}",
    "audit retain {bad}",
    "audit retain {node} --vkey {bad}",
    "audit shred {bad} --month 2020-01",
    "audit archive {bad} --node {node}",
    "audit archive {bad} --vkey {bad}",
    "audit bundle {bad} --out {new}",
    "audit bundle {node} --out {new} --policy {bad}",
    "audit export {bad} --as ocsf --out {new}",
    "audit export {node} --as syslog --to localhost:1 --ca {bad}",
    "audit migrate {bad}",
    "audit migrate {node} --vkey {bad}",
    "node check --config {bad}",
    "node run --config {bad}",
    "node rotate-log {bad}",
    "node renew-witness {bad}",
    "node init {new} --province sichuan --passphrase-file {bad}",
    "keys authority init {new} --province sichuan --passphrase-file {bad}",
    "keys issue {bad} --authority {authority} --out {new}",
    "keys issue {node}/keys/tls.csr --authority {bad} --out {new}",
    "keys revoke ff --authority {bad} --reason lost",
    "keys publish --authority {bad}",
    "keys publish --authority {authority} --passphrase-file {bad}",
    "keys bundle --authority {bad} --node {node} --out {new}",
    "keys bundle --authority {authority} --node {bad} --out {new}",
    "keys accept --node {bad} {root}/cq.bundle {root}/cq.sig --fingerprint 00",
    "keys accept --node {node} {bad} {root}/cq.sig --fingerprint 00",
    "keys accept --node {node} {root}/cq.bundle {bad} --fingerprint 00",
    "keys accept-list --node {bad} {authority}/authority.crl --province sichuan",
    "keys accept-list --node {node} {bad} --province sichuan",
    "keys sign-list {bad} --authority {authority}",
    "keys sign-grant {bad} --authority {authority}",
    "keys sign-agreement {bad} --authority {authority}",
    "keys sign-grant {node}/node.toml --authority {authority}",
)
WRITTEN: Final = (
    "audit bundle {node} --out {bad}",
    "audit export {node} --as ocsf --out {bad}",
    "audit prove {node} 0 --out {bad}",
    "keys draft-list {bad} --config {node} --province sichuan --until 2030-01-01",
    "keys draft-agreement {bad} --id A --document-no 1 --pair 500152:510900 --item CY-ID-02 --until 2030-01-01",
    "keys bundle --authority {authority} --node {node} --out {bad}",
    "keys issue {node}/keys/tls.csr --authority {authority} --identity {identity} --out {bad}",
    "node init {bad} --province sichuan",
    "keys authority init {bad} --province sichuan",
    "keys request {bad} --province sichuan --role reviewer --name a",
    "keys sealing {bad}",
    "backup {node} {bad}",
)
"""Commands that write to a place where they cannot: below a file."""


def make_bad(root: Path, kind: str) -> Path:
    """Make what stands where a file of ours should."""
    path = root / kind
    match kind:
        case "garbage":
            path.write_bytes(bytes(range(256)) * 20)
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("[]\n", encoding="ascii")
        case "folder":
            path.mkdir()
            (path / "file").write_bytes(b"")
    return path


def words_of(line: str, world: World, bad: Path, root: Path) -> Iterator[str]:
    """Yield the words of a line, its places filled in."""
    for word in line.split():
        yield word.format(
            bad=bad,
            new=root / "new",
            node=world / "sc",
            authority=world / "sc-ca",
            root=world.root,
            identity=node_uri("sc"),
        )


def require_told(words: list[str]) -> None:
    """Run a command that must fail; require that it says what was found, what was expected and what to do."""
    more = [] if words[:2] == ["node", "run"] else ["--json"]
    result = invoke(*words, *more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (1, 2, 4), result.output
    if not more:
        assert "处理建议 next" in result.output
        return
    answer = json.loads(result.stdout)
    if "findings" in answer:
        assert any("wrong" == one["judgement"] and one["next"]["zh"] for one in answer["findings"])
        return
    assert all(answer["error"][part][words] for part in ("found", "expected", "next") for words in ("zh", "en"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("line", LINES)
def test_a_wrong_path_is_told(sound: World, tmp_path: Path, line: str, kind: str) -> None:
    """Nothing is made in the place where the result should have gone."""
    bad = make_bad(tmp_path, kind)
    require_told(list(words_of(line, sound, bad, tmp_path)))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("line", WRITTEN)
def test_a_place_that_cannot_be_written_is_told(sound: World, tmp_path: Path, line: str) -> None:
    """A file stands where a directory should."""
    (tmp_path / "file").write_bytes(b"of others")
    require_told(list(words_of(line, sound, tmp_path / "file" / "below", tmp_path)))
    assert b"of others" == (tmp_path / "file").read_bytes()
