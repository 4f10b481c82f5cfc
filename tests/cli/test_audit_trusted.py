"""Keys of a verification are given from elsewhere or lie beside the log, and it is said which of the two they are."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.tlog.note import SUBTREE
from gateway.audit.verification.conclusion import Conclusion, Finding, Ground, Verdict
from gateway.audit.verification.signatures import accept_all
from gateway.cli.audit.app import app
from gateway.cli.audit.trusted import BESIDE, GIVEN, read_keys
from gateway.cli.audit.verdict import VERDICTS, describe_finding
from gateway.cli.screen import Problem
from tests.audit.attacks import INVENTED, KEPT, SIZE, THIEF, WITNESS, change_notes, forget, without_cosignatures, write
from tests.audit.cosigning import WitnessKey
from tests.audit.logs import ASKER, PROVIDER
from tests.cli.world import succeed
from tests.commands import CliRunner, Result

OTHER = WitnessKey("witness.national.example", SUBTREE, 8)
POLICY = f"log {PROVIDER.vkey}\nwitness w {WITNESS.vkey}\nwitness o {OTHER.vkey}\n"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a node whose log is witnessed."""
    directory = tmp_path_factory.mktemp("node") / "sc"
    asyncio.run(write(directory))
    return directory


@pytest.fixture
def node(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(pristine, tmp_path / "sc"))


def run(node: Path, *more: object) -> Result:
    """Verify it."""
    line = ["verify", node, *more]
    return CliRunner().invoke(app, [str(word) for word in line], env={"COLUMNS": "200"})


def told(node: Path, *more: object) -> tuple[int, str, dict[str, str]]:
    """The exit code, the verdict, and where the keys came from."""
    result = run(node, *more, "--json")
    found: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, found["verdict"], found["keys_from"]


def given(tmp_path: Path, text: str) -> Path:
    """A file from elsewhere."""
    path = tmp_path / "given"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("option", ["--witness-key", "--policy"])
@pytest.mark.parametrize("text", [None, "", "no key", f"log {ASKER.vkey}\nquorum none\n", "quorum none\n", "\udcff"])
def test_a_file_that_cannot_be_used_is_wrong_usage(node: Path, tmp_path: Path, option: str, text: str | None) -> None:
    """Nothing is verified without it; exit code 2."""
    path = tmp_path / "given"
    if text is not None:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    found = run(node, option, path).exception
    assert isinstance(found, Problem)
    assert (2, True, True) == (found.exit_code, bool(found.remedy.zh), bool(found.remedy.en))


@pytest.mark.parametrize(
    ("quorum", "exit_code", "verdict"),
    [
        ("quorum w\n", 0, "proven_and_witnessed"),
        ("group q any w o\nquorum q\n", 0, "proven_and_witnessed"),
        ("group q all w o\nquorum q\n", 3, "not_proven"),
        ("quorum o\n", 3, "not_proven"),
        ("quorum none\n", 0, "proven_and_witnessed"),
    ],
)
def test_a_policy_says_who_must_have_cosigned(
    node: Path, tmp_path: Path, quorum: str, exit_code: int, verdict: str
) -> None:
    """Its log keys are the ones that count, and those beside the log are not asked."""
    both = {"log": "given", "witnesses": "given"}
    assert (exit_code, verdict, both) == told(node, "--policy", given(tmp_path, POLICY + quorum))


def test_a_policy_without_a_witness_leaves_the_logs_key_alone(node: Path, tmp_path: Path) -> None:
    """It knows no witness; the lines of those that lie beside the log are known for what they are."""
    policy = given(tmp_path, f"log {PROVIDER.vkey}\nquorum none\n")
    assert (0, "proven_by_key", {"log": "given", "witnesses": "beside the log"}) == told(node, "--policy", policy)


def test_a_policy_of_another_log_key_finds_no_signature(node: Path, tmp_path: Path) -> None:
    """Though the key beside the log is the one that signed."""
    policy = given(tmp_path, f"log {THIEF.vkey}\nwitness w {WITNESS.vkey}\nquorum w\n")
    assert (3, "not_proven") == told(node, "--policy", policy)[:2]


@pytest.mark.parametrize(
    ("keys", "exit_code", "verdict"),
    [
        ((WITNESS,), 0, "proven_and_witnessed"),
        ((OTHER, WITNESS), 0, "proven_and_witnessed"),
        ((OTHER,), 3, "not_proven"),
        ((INVENTED,), 3, "not_proven"),
    ],
)
def test_any_key_that_was_given_witnesses(
    node: Path, tmp_path: Path, keys: tuple[WitnessKey, ...], exit_code: int, verdict: str
) -> None:
    """One a file, or several in one; a key that never cosigned witnesses nothing, whatever its name."""
    options: list[object] = []
    for number, key in enumerate(keys):
        path = tmp_path / f"{number}.vkey"
        path.write_text(f"# a comment\n{key.vkey}\n", encoding="utf-8")
        options += ["--witness-key", path]
    source = {"log": "beside the log", "witnesses": "given"}
    assert (exit_code, verdict, source) == told(node, *options)


def test_a_key_beyond_its_validity_is_an_alteration(node: Path, tmp_path: Path) -> None:
    """A former key of a witness stands for the seconds of its validity."""
    path = given(tmp_path, f"# from 0 to 1\n{WITNESS.vkey}\n")
    assert (1, "altered") == told(node, "--witness-key", path)[:2]


def test_keys_beside_the_log_know_lines_and_promise_witnesses(node: Path) -> None:
    """They are called what they are."""
    keys = read_keys(node, PROVIDER.name, None, [], None)
    assert (BESIDE, BESIDE, False) == (keys.log_from, keys.witnesses_from, keys.trusted.from_outside)
    assert ({WITNESS.name}, accept_all) == (set(keys.trusted.promised), keys.trusted.accept)
    keys = read_keys(node, PROVIDER.name, node / "audit" / "log.vkey", [node / "outside.vkey"], None)
    assert (GIVEN, GIVEN, True, 1) == (keys.log_from, keys.witnesses_from, keys.trusted.from_outside, len(keys.known))


def test_settings_beside_the_log_promise_the_gateways_of_the_peers(node: Path, tmp_path: Path) -> None:
    """Though every other trace of them was taken from the disk; settings that cannot be read promise nothing."""
    made = tmp_path / "made"
    succeed("node", "init", "--province", "sichuan", "--peer", "chongqing=localhost:7543", made)
    shutil.copy(made / "node.toml", node / "node.toml")
    (node / "audit" / "witnesses.vkey").unlink()
    change_notes(without_cosignatures)(node)
    keys = read_keys(node, PROVIDER.name, None, [], None)
    assert {"500000.chuanyu/witness/gateway-1"} == set(keys.trusted.promised)
    assert (3, "not_proven") == told(node)[:2]
    (node / "node.toml").write_text("[", encoding="utf-8")
    assert set() == set(read_keys(node, PROVIDER.name, None, [], None).trusted.promised)


def test_a_range_is_proven_under_the_newest_checkpoint_that_is_witnessed(node: Path, tmp_path: Path) -> None:
    """By the keys that were given; without a checkpoint that covers it, it is not proven, and not altered."""
    options = ("--from", 3, "--to", 200, "--witness-key", node / "outside.vkey")
    assert (0, "proven_and_witnessed") == told(node, *options)[:2]
    for size in KEPT[1:]:
        forget(size)(node)
    assert (3, "not_proven") == told(node, *options)[:2]


def test_a_person_reads_how_far_by_whom_and_by_keys_from_where(node: Path) -> None:
    """In both languages."""
    shown = run(node, "--witness-key", node / "outside.vkey").stdout
    for text in (
        "已证明，且有见证 proven and witnessed", f"signed up to {SIZE}", f"witnessed up to {SIZE}, ",
        f"已见证至 {SIZE} 条，", f"见证方：{WITNESS.name}", "of witnesses given", "见证方公钥由外部提供",
    ):  # fmt: skip
        assert text in shown
    assert "--witness-key" in run(node).stdout


@pytest.mark.parametrize("ground", Ground)
def test_every_ground_has_words_with_its_entries_and_names(ground: Ground) -> None:
    """No place in a sentence is left open."""
    label = describe_finding(Finding(ground, 3, 9, ("w1", "w2")))
    assert all("{" not in text and text for text in (label.zh, label.en))
    if ground in (Ground.WITNESS_MISSING, Ground.OTHER_KEY):
        assert "w1, w2" in label.zh
    elif ground is not Ground.QUORUM_MISSING:
        assert "3-9" in label.zh
        assert "entries 3-9" in label.en
    assert "3-" not in describe_finding(Finding(ground, 3, 3)).en


def test_every_verdict_has_words() -> None:
    """Each its own, in both languages."""
    assert set(Verdict) == set(VERDICTS)
    assert len(Verdict) == len({label.zh for label in VERDICTS.values()}) == len({one.en for one in VERDICTS.values()})
    assert Conclusion(Verdict.SIGNED, 1, 0, (), (), (), ()).holds
