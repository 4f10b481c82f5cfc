"""`chuanyu audit archive`, and searches and exports that go on across archives, on a node that has retained."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.retention.archive import digest_file, parquet
from gateway.audit.tlog.tree import leaf_hash
from gateway.cli.audit.whole import find_archives
from gateway.cli.language import choose
from tests.cli.old_node import MONTH, OLD, approve_retain, cosign, make, sign_log
from tests.cli.world import fail, invoke, succeed


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a node whose first 512 entries lie in an archive, by an act that nothing has signed yet."""
    node = make(tmp_path_factory.mktemp("node") / "sc")
    succeed("audit", "retain", node, "--apply", "--approval", approve_retain(node))
    return node


@pytest.fixture(scope="module")
def retained(unsigned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after its node has signed the act."""
    node = Path(shutil.copytree(unsigned, tmp_path_factory.mktemp("signed") / "sc"))
    asyncio.run(sign_log(node))
    return node


@pytest.fixture
def node(retained: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(retained, tmp_path / "sc"))


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """`--lang` sets the language of the process; the next test begins without one."""
    yield
    choose(None)


def archive_of(node: Path) -> Path:
    """Its one archive."""
    return node / "audit" / "archive" / f"{0:012d}-{OLD:012d}.parquet"


def key_of(node: Path) -> Path:
    """The log's public key."""
    return node / "audit" / "log.vkey"


def read(*line: object, exit_code: int = 0) -> dict[str, Any]:
    """Run a command; return what it says as JSON."""
    result = invoke(*line, "--json")
    assert exit_code == result.exit_code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_an_archive_is_compared_with_the_act_and_with_the_file_beside_it(node: Path) -> None:
    """Each digest that is there is named; with none the archive is not wholly proven."""
    file, alone = archive_of(node), node / "alone.parquet"
    assert ["retain act", "sha256 file"] == read("audit", "archive", file, "--node", node)["digest_compared_with"]
    shutil.copy(file, alone)
    assert ["retain act"] == read("audit", "archive", alone, "--node", node)["digest_compared_with"]
    key = ("--vkey", key_of(node))
    assert ["sha256 file"] == read("audit", "archive", file, *key)["digest_compared_with"]
    assert [] == read("audit", "archive", alone, *key, exit_code=3)["digest_compared_with"]
    assert "compared with nothing" in invoke("audit", "archive", alone, *key).stdout


def test_an_archive_and_its_digest_file_that_were_changed_together_are_found_by_the_act(node: Path) -> None:
    """Who owns the disk owns the file beside it, and not the log's act."""
    octets = archive_of(node).read_bytes().replace(b"parquet-cpp", b"parquet-cqq")  # bytes that no entry needs
    changed = node / "changed.parquet"
    changed.write_bytes(octets)
    digest_file(changed).write_text(f"{sha256(octets).hexdigest()}  changed.parquet\n", encoding="utf-8")
    assert ["sha256 file"] == read("audit", "archive", changed, "--vkey", key_of(node))["digest_compared_with"]
    assert "expected a file of SHA-256" in fail("audit", "archive", changed, "--node", node)


def forge(node: Path) -> str:
    """Write the archive anew with a remark in each row, and the file beside it; return its digest."""
    import pyarrow as arrow

    file = archive_of(node)
    table = parquet().read_table(file)
    more = table.append_column("remark", arrow.array(["forged"] * table.num_rows))
    parquet().write_table(more.replace_schema_metadata(table.schema.metadata), file)
    return write_digest(file)


def spoil(node: Path) -> str:
    """Change bytes of the archive that no entry needs, and the file beside it; return its digest."""
    file = archive_of(node)
    file.write_bytes(file.read_bytes().replace(b"parquet-cpp", b"parquet-cqq"))
    return write_digest(file)


def write_digest(file: Path) -> str:
    """Write the file beside an archive anew; return the digest."""
    digest = sha256(file.read_bytes()).hexdigest()
    digest_file(file).write_text(f"{digest}  {file.name}\n", encoding="utf-8")
    return digest


def write_act(node: Path, digest: str, *, added: bool) -> None:
    """Without a key: change the act of retention so that it names a digest, or add another that does."""
    log = sqlite3.connect(node / "audit" / "log.db")
    with log:
        row = list(log.execute('SELECT * FROM entry WHERE instr(octets, \'"action":"retain"\')').fetchone())
        row[2] = re.sub(rb"sha256:[0-9a-f]{64}", b"sha256:" + digest.encode(), row[2])
        row[1] = leaf_hash(row[2])
        if added:
            row[0] = log.execute("SELECT max(idx) + 1 FROM entry").fetchone()[0]
        log.execute("DELETE FROM entry WHERE idx = ?", row[:1])
        log.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    log.close()


def test_an_act_that_nothing_signs_proves_nothing(unsigned: Path) -> None:
    """Anybody who owns the disk may have added it: exit 3, and it says so."""
    told = read("audit", "archive", archive_of(unsigned), "--node", unsigned, exit_code=3)
    assert ["unsigned retain act", "sha256 file"] == told["digest_compared_with"]
    assert (520, 0) == (told["entry"], told["signed_to"])
    said = invoke("--lang", "en", "audit", "archive", archive_of(unsigned), "--node", unsigned)
    assert "no signed checkpoint covers the act of retention" in " ".join(said.stdout.split())
    assert "the archive holds" not in said.stdout


@pytest.mark.parametrize("change", [forge, spoil])
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("added", [True, False])
def test_an_act_without_a_key_makes_no_altered_archive_good(
    unsigned: Path, retained: Path, tmp_path: Path, change: Callable[[Path], str], signed: bool, added: bool
) -> None:
    """Whether it is added or changed in its place: only what nothing had signed at all is left as not proven."""
    node = Path(shutil.copytree(retained if signed else unsigned, tmp_path / "sc"))
    write_act(node, change(node), added=added)
    result = invoke("audit", "archive", archive_of(node), "--node", node)
    assert (3 if change is spoil and not signed and not added else 1) == result.exit_code, result.output


def test_a_history_waits_for_the_checkpoint_over_the_act_of_retention(unsigned: Path, node: Path) -> None:
    """Without one there is nothing to prove it under: it is said, and the same question is answered later."""
    whose = ("--department", "cq-hrss", "--since", MONTH, "--until", MONTH)
    said = fail("--lang", "en", "audit", "named", unsigned, *whose, exit_code=5)
    assert "no checkpoint over all seals and acts of retention" in said
    assert 0 == read("audit", "named", node, *whose, exit_code=3)["entries_after_checkpoint"]


def test_entries_after_the_checkpoint_are_told_as_not_covered(node: Path) -> None:
    """Whoever appends one without a key does not stand in the answer, and not unsaid either."""
    whose = ("--department", "cq-hrss", "--since", MONTH, "--until", MONTH)
    before = read("audit", "named", node, *whose, exit_code=3)
    write_act(node, "a" * 64, added=True)
    after = read("audit", "named", node, *whose, exit_code=3)
    assert (0, 1) == (before.pop("entries_after_checkpoint"), after.pop("entries_after_checkpoint"))
    assert before == after
    said = " ".join(invoke("--lang", "en", "audit", "named", node, *whose).stdout.split())
    assert "not covered: 1 entries after this checkpoint" in said


def test_a_remark_is_refused_by_the_key_alone(node: Path) -> None:
    """Any reader of Parquet would show it as part of the record."""
    forge(node)
    assert "found 'remark'" in fail("--lang", "en", "audit", "archive", archive_of(node), "--vkey", key_of(node))


def test_an_act_is_proven_by_witnesses_that_are_given(node: Path, unsigned: Path) -> None:
    """Where they are, the checkpoint over it must bear their cosignature: its name is told, or it is not proven."""
    peer = unsigned.parent / "world" / "cq"
    line = ("audit", "archive", archive_of(node), "--node", node, "--witness-key", peer / "audit" / "witness.vkey")
    assert [] == read(*line, exit_code=3)["witnesses"]
    asyncio.run(cosign(node, peer))
    told = read(*line)
    assert (521, 1, "given") == (told["signed_to"], len(told["witnesses"]), told["keys_from"]["witnesses"])


def test_a_key_of_another_log_proves_nothing(node: Path, unsigned: Path) -> None:
    """It is told as such, and not as an alteration."""
    other = unsigned.parent / "world" / "cq" / "audit" / "log.vkey"
    fail("audit", "archive", archive_of(node), "--node", node, "--vkey", other, exit_code=2)


def test_a_file_that_is_not_there_is_wrong_usage(node: Path) -> None:
    """It is not told as an archive that was altered."""
    assert "no file" in fail("audit", "archive", node / "absent.parquet", "--node", node, exit_code=2)


def test_a_search_goes_on_across_the_archive(node: Path) -> None:
    """The archives of the node's own directory, or those that are given."""
    whole = read("audit", "search", node, "--phase", "release", "--limit", 1000)
    assert (260, True, []) == (whole["found"], whole["complete"], whole["missing"])
    assert [1, 3] == [entry["index"] for entry in whole["entries"]][:2]
    away = node.parent / "elsewhere"
    archive_of(node).parent.rename(away)
    partial = read("audit", "search", node, "--phase", "release", "--limit", 1000, exit_code=3)
    assert (4, False, [[0, OLD - 1]]) == (partial["found"], partial["complete"], partial["missing"])
    given = read("audit", "search", node, "--phase", "release", "--limit", 1000, "--archives", away)
    assert whole == given


def test_a_missing_archive_is_said_on_the_screen(node: Path) -> None:
    """In the language of the run."""
    archive_of(node).unlink()
    said = invoke("--lang", "en", "audit", "search", node, "--phase", "release")
    assert (3, True) == (said.exit_code, f"the entries 0-{OLD - 1} lie in archives" in " ".join(said.stdout.split()))


def test_who_asks_for_what_is_live_is_answered_in_full(node: Path) -> None:
    """An archive that is missing matters to none of it."""
    archive_of(node).unlink()
    day = read("audit", "search", node, "--action", "retain", "--since", "2026-01-01")
    assert (1, True) == (day["found"], day["complete"])


def test_an_export_begins_at_0_after_a_retention(node: Path, tmp_path: Path) -> None:
    """Every entry, with its leaf hash (R11)."""
    out = tmp_path / "events.jsonl"
    told = read("audit", "export", node, "--as", "ocsf", "--out", out)
    assert (told["entries"], True) == (told["next_index"], told["complete"])
    events = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [*range(told["next_index"])] == [event["unmapped"]["index"] for event in events]


def test_an_export_without_the_archive_says_what_is_missing(node: Path, tmp_path: Path) -> None:
    """Without a cursor it goes on; with one it would pass over entries for good."""
    archive_of(node).unlink()
    told = read("audit", "export", node, "--as", "ocsf", "--out", tmp_path / "out", exit_code=3)
    assert (False, [[0, OLD - 1]]) == (told["complete"], told["missing"])
    assert told["next_index"] - OLD == told["entries"]
    cursor = ("--cursor", tmp_path / "cursor")
    found = fail("audit", "export", node, "--as", "ocsf", "--out", tmp_path / "more", *cursor, exit_code=2)
    assert f"the entries 0-{OLD - 1} lie in no archive at hand" in found
    assert not (tmp_path / "cursor").exists()
    (tmp_path / "cursor").write_text(f"{OLD}\n", encoding="ascii")
    assert read("audit", "export", node, "--as", "ocsf", "--out", tmp_path / "more", *cursor)["complete"]


@pytest.mark.parametrize("command", ["search", "export"])
def test_a_damaged_archive_is_named(node: Path, tmp_path: Path, command: str) -> None:
    """Which file, and what to do; nothing of it is passed over."""
    file = archive_of(node)
    file.write_bytes(file.read_bytes()[:-9])
    more = ("--as", "ocsf", "--out", tmp_path / "out") if command == "export" else ()
    assert f"{file.name} cannot be read" in fail("audit", command, node, *more)
    assert "没有文件夹" in invoke("--lang", "zh", "audit", "search", node, "--archives", tmp_path / "none").stderr


def test_the_archives_are_those_of_the_settings(node: Path) -> None:
    """Where the log lies on a server, its directory has settings alone."""
    assert archive_of(node).parent == find_archives(node)
    archive_of(node).parent.rename(node / "moved")
    assert node / "audit" / "archive" == find_archives(node)
