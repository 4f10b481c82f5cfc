"""Keys and policies from elsewhere are given to every command in one way, and each says whose keys it used."""

from __future__ import annotations

import asyncio
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import COSIGNATURE, NoteInvalid, add_signatures, parse_note, sign_note
from gateway.audit.verification.signatures import accept_all
from gateway.audit.verification.witnessed import choose_covering
from tests.audit.attacks import INVENTED, NOW_S, SIZE, THIEF, WITNESS, change_notes, forget, without_cosignatures, write
from tests.audit.cosigning import WitnessKey
from tests.audit.logs import PROVIDER, Verifying, database
from tests.cli.world import fail, invoke, misuse, succeed

OTHER = WitnessKey("witness.national.example", COSIGNATURE, 8)
POLICY = f"log {PROVIDER.vkey}\nwitness w {WITNESS.vkey}\nwitness o {OTHER.vkey}\n"
BOTH = {"log": "given", "witnesses": "given"}
MIXED = {"log": "beside the log", "witnesses": "given"}
NEITHER = {"log": "beside the log", "witnesses": "beside the log"}


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


def file(place: Path, name: str, text: str) -> Path:
    """A file from elsewhere."""
    path = place / name
    path.write_text(text, encoding="utf-8")
    return path


def line(command: str, node: Path, place: Path) -> list[object]:
    """A command over the log, that writes elsewhere."""
    return {
        "prove": ["audit", "prove", node, 3, "--out", place / "out.proof"],
        "consistency": ["audit", "consistency", node, "--stored", place / "stored"],
        "bundle": ["audit", "bundle", node, "--out", place / "out.zip"],
    }[command]


COMMANDS = ("bundle", "consistency", "prove")


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_whose_keys_from_where(node: Path, tmp_path: Path, command: str) -> None:
    """In JSON by code, on a screen in the reader's language."""
    policy = file(tmp_path, "policy", POLICY + "quorum w\n")
    assert NEITHER == succeed(*line(command, node, tmp_path))["keys_from"]
    for name in ("out.proof", "out.zip"):
        (tmp_path / name).unlink(missing_ok=True)
    assert MIXED == succeed(*line(command, node, tmp_path), "--witness-key", node / "outside.vkey")["keys_from"]
    for name in ("out.proof", "out.zip"):
        (tmp_path / name).unlink(missing_ok=True)
    assert BOTH == succeed(*line(command, node, tmp_path), "--policy", policy)["keys_from"]
    for name in ("out.proof", "out.zip"):
        (tmp_path / name).unlink(missing_ok=True)
    shown = invoke(*line(command, node, tmp_path), "--policy", policy).stdout
    assert "of the log given, of witnesses given" in shown
    assert "日志公钥由外部提供，见证方公钥由外部提供" in shown


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--policy", "--witness-key", "--vkey"])
@pytest.mark.parametrize("text", [None, "", "no key"])
def test_a_file_that_cannot_be_used_is_wrong_usage(
    node: Path, tmp_path: Path, command: str, option: str, text: str | None
) -> None:
    """Nothing is written by other keys in its place."""
    given = tmp_path / "given"
    if text is not None:
        given.write_text(text, encoding="utf-8")
    misuse(*line(command, node, tmp_path), option, given)
    assert [] == [path for path in tmp_path.iterdir() if path.name.startswith(("out", "stored"))]


@pytest.mark.parametrize("command", ["bundle", "prove"])
@pytest.mark.parametrize("key", [OTHER, INVENTED])
def test_a_witness_that_never_cosigned_proves_nothing(
    node: Path, tmp_path: Path, command: str, key: WitnessKey
) -> None:
    """Though its name be that of one who did: nothing is wrong with the log, and it is not cosigned yet."""
    given = file(tmp_path, "given", key.vkey)
    fail(*line(command, node, tmp_path), "--witness-key", given, exit_code=5)
    fail(*line(command, node, tmp_path), "--policy", file(tmp_path, "policy", POLICY + "quorum o\n"), exit_code=5)
    assert [] == [path for path in tmp_path.iterdir() if path.name.startswith("out")]


def test_a_bundle_takes_a_policy_or_keys(node: Path, tmp_path: Path) -> None:
    """Not both: what is not used would be believed to count. Keys that were given become its policy."""
    policy = file(tmp_path, "policy", POLICY + "quorum w\n")
    for more in (("--witness-key", node / "outside.vkey"), ("--vkey", node / "audit" / "log.vkey")):
        assert "together" in misuse(*line("bundle", node, tmp_path), "--policy", policy, *more)
    (node / "audit" / "witnesses.vkey").write_text(f"{OTHER.vkey}\n", encoding="utf-8")
    succeed(*line("bundle", node, tmp_path), "--witness-key", node / "outside.vkey")
    with zipfile.ZipFile(tmp_path / "out.zip") as bundle:
        (name,) = [one for one in bundle.namelist() if "policy" in one]
        text = bundle.read(name).decode()
    assert WITNESS.vkey in text
    assert OTHER.vkey not in text


def test_a_proof_stands_under_a_cosigned_checkpoint_where_there_is_one(node: Path, tmp_path: Path) -> None:
    """And says by whom; without one it says that nobody cosigned."""
    change_notes(without_cosignatures, f"size = {SIZE}")(node)
    found = succeed(*line("prove", node, tmp_path))
    assert (260, [WITNESS.name]) == (found["size"], found["witnesses"])
    change_notes(without_cosignatures)(node)
    found = succeed(*line("prove", node, tmp_path))
    assert (SIZE, []) == (found["size"], found["witnesses"])
    assert "witnessed by nobody" in invoke(*line("prove", node, tmp_path)).stdout
    fail(*line("prove", node, tmp_path), "--witness-key", node / "outside.vkey", exit_code=5)
    for size in (6, 260, SIZE):
        forget(size)(node)
    assert "covers" in fail(*line("prove", node, tmp_path), exit_code=5)


@pytest.mark.parametrize("command", ["prove", "consistency"])
def test_a_checkpoint_whose_cosignature_does_not_hold_condemns(node: Path, tmp_path: Path, command: str) -> None:
    """Of a key that was given."""

    def forged(note: bytes) -> bytes:
        text = parse_note(note).text
        signed = WITNESS.at(NOW_S).line(text.replace(str(SIZE).encode(), b"7"))
        return add_signatures(note, [signed])

    change_notes(forged, f"size = {SIZE}")(node)
    fail(
        *line(command, node, tmp_path), "--witness-key", node / "outside.vkey", exit_code=1 if command == "prove" else 2
    )


def test_a_stored_checkpoint_may_be_one_that_a_witness_gave(node: Path, tmp_path: Path) -> None:
    """Its cosignature is verified and shown; one of the log's key alone is no worse than before."""
    with LogReader(database(node)) as reader:
        notes = {size: note for size, _, note in reader.checkpoints()}
    stored = tmp_path / "stored"
    stored.write_bytes(notes[260])
    found = succeed(*line("consistency", node, tmp_path), "--witness-key", node / "outside.vkey")
    assert ("grown", {WITNESS.name: NOW_S}) == (found["finding"], found["stored_cosigned"])
    stored.write_bytes(without_cosignatures(notes[260]))
    assert (
        {} == succeed(*line("consistency", node, tmp_path), "--witness-key", node / "outside.vkey")["stored_cosigned"]
    )


def test_a_stored_checkpoint_that_witnesses_alone_signed_is_none_of_the_log(node: Path, tmp_path: Path) -> None:
    """Witnesses sign for what a log has signed, and never in its place."""
    with LogReader(database(node)) as reader:
        note = next(note for size, _, note in reader.checkpoints() if size == 260)
    text = parse_note(note).text
    stored = tmp_path / "stored"
    for signers in ((WITNESS.at(NOW_S),), (THIEF, WITNESS.at(NOW_S))):
        stored.write_bytes(sign_note(text, signers))
        assert "the log" in misuse(*line("consistency", node, tmp_path), "--witness-key", node / "outside.vkey")


def test_the_covering_checkpoint_is_chosen_by_who_counts(node: Path) -> None:
    """None where none covers; a signature that does not hold is never passed over."""
    log = [Verifying(PROVIDER)]
    with LogReader(database(node)) as reader:
        found = choose_covering(reader, 3, log, [WITNESS.verifier], accept_all)
        assert found is not None
        assert (SIZE, {WITNESS.name: NOW_S}) == (found.size, found.cosigned)
        refused = choose_covering(reader, 3, log, [WITNESS.verifier], lambda cosigned: {})
        assert refused is not None
        assert (SIZE, {}) == (refused.size, refused.cosigned)
        assert None is choose_covering(reader, SIZE, log, [WITNESS.verifier], accept_all)
        with pytest.raises(NoteInvalid):
            choose_covering(reader, 3, [Verifying(THIEF)], [], accept_all)


def test_keys_are_shown_as_json_whatever_the_language(node: Path, tmp_path: Path) -> None:
    """A program reads one thing."""
    found: dict[str, Any] = {}
    for language in ("zh", "en"):
        result = invoke("--lang", language, *line("consistency", node, tmp_path), "--json")
        found[language] = json.loads(result.stdout)["keys_from"]
    assert found["zh"] == found["en"] == NEITHER
