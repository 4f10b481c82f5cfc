"""`chuanyu audit request` and `approve`: what is wrong is named, and no half of a request is left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.listener import WRONG_FILES, make_files, options_of
from tests.cli.world import World, fail, invoke, misuse, succeed
from tests.samples import NUMBER


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and certificates, right and wrong ones."""
    return make_files(tmp_path_factory.mktemp("approval"))


def enrol(world: World, root: Path, role: str, name: str) -> list[object]:
    """Enrol a person with Sichuan's authority; return the options by which that person signs."""
    place = root / name
    succeed("keys", "request", place, "--province", "sichuan", "--role", role, "--name", name)
    uri = f"spiffe://510000.chuanyu/{role}/{name}"
    issue = ("keys", "issue", "--authority", world / "sc-ca", place / "tls.csr", "--out", place / "tls.crt")
    succeed(*issue, "--identity", uri)
    return [
        "--cert", place / "tls.crt", "--key-file", place / "tls.key", "--passphrase-file", place / "passphrase",
    ]  # fmt: skip


@pytest.fixture(name="reviewer", scope="module")
def _reviewer(sound: World, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """The options by which a reviewer signs."""
    return enrol(sound, tmp_path_factory.mktemp("persons"), "reviewer", "reviewer-1")


@pytest.fixture(name="security", scope="module")
def _security(sound: World, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """The options by which a security administrator signs."""
    return enrol(sound, tmp_path_factory.mktemp("persons"), "security", "security-1")


ASK = ("audit", "request", "open_body", "--reason", "case 17", "--entry", "a.example/log:1")


def found(*line: object) -> tuple[int, str]:
    """Run a command that must fail; return its exit code and what it found, in English."""
    result = invoke(*line, "--json")
    assert result.exit_code, result.output
    return result.exit_code, json.loads(result.stdout)["error"]["found"]["en"]


@pytest.mark.parametrize("wrong", [name for name, (changes, _) in WRONG_FILES.items() if "ca" not in changes])
@pytest.mark.parametrize("command", ["request", "approve"])
def test_a_file_that_cannot_be_used_is_named(
    files: Path, tmp_path: Path, reviewer: list[object], command: str, wrong: str
) -> None:
    """A certificate that is none, or another's, never gets into a request, where the node alone would find it."""
    changes, named = WRONG_FILES[wrong]
    given = options_of(files, "", **{name: files / file for name, file in changes.items()})
    pairs = list(zip(given[::2], given[1::2], strict=True))
    signing = [word for pair in pairs if pair[0] not in ("--gateway", "--ca") for word in pair]
    out = tmp_path / "approval"
    if command == "approve":
        succeed(*ASK, *reviewer, "--out", out)
    before = out.read_bytes() if out.exists() else None
    line = (*ASK, *signing, "--out", out) if command == "request" else ("audit", "approve", out, *signing)
    code, text = found(*line)
    assert 2 == code
    assert named in text
    assert before == (out.read_bytes() if out.exists() else None)


@pytest.mark.parametrize("text", ["", "1", ":1", "log:", "log:-1", "log:x", "log:1.5"])
def test_an_entry_that_is_none_is_wrong_usage(reviewer: list[object], tmp_path: Path, text: str) -> None:
    """An entry is the name of a log and an index."""
    line = ("audit", "request", "open_body", "--reason", "case 17", "--entry", text, "--out", tmp_path / "out")
    code, words = found(*line, *reviewer)
    assert (2, True) == (code, words.startswith("--entry"))
    assert not (tmp_path / "out").exists()


def test_an_act_that_is_none_is_wrong_usage(reviewer: list[object], tmp_path: Path) -> None:
    """The acts that need two persons are listed."""
    result = invoke("audit", "request", "erase", "--reason", "case 17", *reviewer, "--out", tmp_path / "out")
    assert 2 == result.exit_code
    assert "subject_history" in result.stderr


@pytest.mark.parametrize("hours", ["0", "24.1", "-1", "soon"])
def test_a_span_out_of_its_bounds_is_wrong_usage(reviewer: list[object], tmp_path: Path, hours: str) -> None:
    """A request lapses within a day."""
    assert 2 == invoke(*ASK, *reviewer, "--out", tmp_path / "out", "--hours", hours).exit_code


def test_a_person_without_a_number_is_wrong_usage(reviewer: list[object], tmp_path: Path) -> None:
    """The number comes from a file or standard input alone."""
    line = ("audit", "request", "subject_history", "--reason", "case 17", *reviewer, "--out", tmp_path / "out")
    assert (2, "no number, or more than one") == found(*line)


def test_a_pseudonym_without_its_field_is_wrong_usage(reviewer: list[object], tmp_path: Path) -> None:
    """A pseudonym is one of a field."""
    (tmp_path / "token").write_text("a" * 32, encoding="ascii")
    line = ("audit", "request", "recover_pseudonym", "--reason", "case 17", "--entry", "log:1", *reviewer)
    assert (2, "no --field") == found(*line, "--token-file", tmp_path / "token", "--out", tmp_path / "out")


def test_a_request_is_never_written_over_another(reviewer: list[object], tmp_path: Path) -> None:
    """The other may bear a signature already."""
    out = tmp_path / "out"
    out.write_bytes(b"another")
    assert 2 == found(*ASK, *reviewer, "--out", out)[0]
    assert b"another" == out.read_bytes()


@pytest.mark.parametrize("octets", [None, b"", b"{}", b"[]", b"no JSON", bytes(range(256)), b"{" * 100_000])
def test_a_request_that_is_none_is_not_signed(security: list[object], tmp_path: Path, octets: bytes | None) -> None:
    """The file stays as it is."""
    file = tmp_path / "approval"
    if octets is not None:
        file.write_bytes(octets)
    fail("audit", "approve", file, *security, exit_code=2 if octets is None else 1)
    assert octets == (file.read_bytes() if file.exists() else None)


def test_a_directory_is_no_request(security: list[object], tmp_path: Path) -> None:
    """It is named."""
    assert str(tmp_path) in misuse("audit", "approve", tmp_path, *security)


def test_the_second_person_signs_and_reads_what_is_asked(
    reviewer: list[object], security: list[object], tmp_path: Path
) -> None:
    """The number is not in the file; a third signature, or the reviewer's own, is refused."""
    (tmp_path / "number").write_text(NUMBER, encoding="ascii")
    out = tmp_path / "approval"
    line = ("audit", "request", "subject_history", "--reason", "case 17", "--number-file", tmp_path / "number")
    asked = succeed(*line, *reviewer, "--out", out)
    assert NUMBER not in out.read_text(encoding="utf-8")
    fail("audit", "approve", out, *reviewer)
    approved = succeed("audit", "approve", out, *security)
    assert ("subject_history", "case 17", 2) == (approved["act"], approved["reason"], approved["signatures"])
    assert asked["approval"] == approved["approval"]
    fail("audit", "approve", out, *security)
