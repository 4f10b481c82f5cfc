"""`chuanyu audit request` and `approve`: what is wrong is named, and no half of a request is left."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.entries.acts import KINDS, PERSONAL, DualControlAct
from gateway.cli.audit.approved_target import OPTIONS
from keys.certificate import read_claims
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


STATED = ("--entry", "a.example/log:1")
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
    line = (*ASK, *signing, "--out", out) if command == "request" else ("audit", "approve", out, *signing, *STATED)
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


def make_request(out: Path, reviewer: list[object], *more: object) -> dict[str, Any]:
    """Ask for the opening of an entry."""
    return succeed(*ASK, *reviewer, "--out", out, *more)


def test_the_second_person_states_the_person_and_signs(
    reviewer: list[object], security: list[object], tmp_path: Path
) -> None:
    """The number is not in the file; without it, or with another one, nothing is signed."""
    (tmp_path / "number").write_text(NUMBER, encoding="ascii")
    (tmp_path / "other").write_text("510104190005041239", encoding="ascii")
    out = tmp_path / "approval"
    number = ("--number-file", tmp_path / "number")
    asked = succeed("audit", "request", "subject_history", "--reason", "case 17", *number, *reviewer, "--out", out)
    assert NUMBER not in out.read_text(encoding="utf-8")
    before = out.read_bytes()
    code, words = found("audit", "approve", out, *security)
    assert 2 == code
    assert "reviewer-1 asks for: subject_history; on: a person, who is not in the file; reason: case 17" in words
    code, words = found("audit", "approve", out, *security, "--number-file", tmp_path / "other")
    assert (1, "another target than that of the request") == (code, words)
    assert before == out.read_bytes()
    approved = succeed("audit", "approve", out, *security, *number)
    assert ("subject_history", "case 17", 2) == (approved["act"], approved["reason"], approved["signatures"])
    assert asked["approval"] == approved["approval"]
    fail("audit", "approve", out, *security, *number)


def test_every_act_has_its_option_and_its_kind_of_target() -> None:
    """A new act cannot be asked for without a way to state on what it is done."""
    assert set(DualControlAct) == OPTIONS.keys() == KINDS.keys()
    assert {one.value for one in DualControlAct} - PERSONAL == TARGETS.keys()


TARGETS = {
    "close_emergency": (
        "--emergency",
        "a.example/log:01980000-0000-7000-8000-000000000001",
        "a.example/log:01980000-0000-7000-8000-000000000002",
    ),
    "open_body": ("--entry", "a.example/log:1", "a.example/log:2"),
    "retain": ("--entries", "a.example/log:0-511 years:3", "a.example/log:0-767 years:3"),
    "shred": ("--month", "a.example/log:2023-10", "a.example/log:2023-11"),
    "widen": ("--limits", "a.example/log years:3 withheld:a", "a.example/log years:3 withheld:a,b"),
}


@pytest.mark.parametrize("act", TARGETS)
def test_a_target_of_no_person_is_read_before_it_is_signed(
    reviewer: list[object], security: list[object], tmp_path: Path, act: str
) -> None:
    """It stands in the file in clear, held against its digest; who signs states it."""
    option, target, other = TARGETS[act]
    out = tmp_path / "approval"
    succeed("audit", "request", act, "--reason", "case 17", option, target, *reviewer, "--out", out)
    code, words = found("audit", "approve", out, *security)
    assert (2, True) == (code, f"on: {target}; reason: case 17" in words)
    assert (1, "another target than that of the request") == found("audit", "approve", out, *security, option, other)
    approved = succeed("audit", "approve", out, *security, option, target)
    assert (target, 2) == (approved["on"], approved["signatures"])


@pytest.mark.parametrize("act", sorted(TARGETS.keys() - {"open_body"}))
@pytest.mark.parametrize("text", ["", "x", "a.example/log", "a.example/log:x"])
def test_a_target_in_another_form_is_wrong_usage(reviewer: list[object], tmp_path: Path, act: str, text: str) -> None:
    """Nothing is written."""
    line = ("audit", "request", act, "--reason", "case 17", TARGETS[act][0], text, *reviewer)
    code, words = found(*line, "--out", tmp_path / "out")
    assert (2, True) == (code, words.startswith(TARGETS[act][0]))
    assert not (tmp_path / "out").exists()


def test_a_file_whose_target_was_exchanged_is_not_signed(
    reviewer: list[object], security: list[object], tmp_path: Path
) -> None:
    """What is shown would not be what is signed."""
    out = tmp_path / "approval"
    make_request(out, reviewer)
    out.write_text(out.read_text(encoding="utf-8").replace("a.example/log:1", "a.example/log:2"), encoding="utf-8")
    code, words = found("audit", "approve", out, *security, "--entry", "a.example/log:2")
    assert (1, True) == (code, "the target that the request was made for" in words)


def refused(out: Path, signing: list[object], *more: object) -> str:
    """Try to approve the opening of the entry; return why nothing is signed."""
    before = out.read_bytes()
    code, words = found("audit", "approve", out, *signing, *STATED, *more)
    assert (1, before) == (code, out.read_bytes())
    return words


def test_what_the_server_would_refuse_is_refused_when_it_is_signed(
    sound: World, reviewer: list[object], security: list[object], tmp_path: Path
) -> None:
    """The reviewer again, a second reviewer, another role, the reviewer's name in another certificate."""
    out = tmp_path / "approval"
    make_request(out, reviewer)
    assert "second person" in refused(out, reviewer)
    for role, name, why in (
        ("reviewer", "reviewer-2", "found one twice"),
        ("administrator", "admin-1", "persons with the roles"),
        ("application", "app-1", "persons with the roles"),
        ("security", "reviewer-1", "found one twice"),
    ):
        assert why in refused(out, enrol(sound, tmp_path / role, role, name))
    assert 2 == succeed("audit", "approve", out, *security, *STATED)["signatures"]


def test_a_request_of_another_role_is_not_made(sound: World, tmp_path: Path) -> None:
    """An administrator cannot be one of the two."""
    administrator = enrol(sound, tmp_path / "admin", "administrator", "admin-2")
    assert "persons with the roles" in found(*ASK, *administrator, "--out", tmp_path / "out")[1]
    assert not (tmp_path / "out").exists()


def test_a_request_that_has_lapsed_is_not_signed(
    reviewer: list[object], security: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be refused, and the next request would bear a stale approval."""
    out = tmp_path / "approval"
    make_request(out, reviewer)

    class Later(datetime):
        """A clock a day ahead."""

        @classmethod
        def now(cls, tz: Any = None) -> Later:
            """The time in a day."""
            return cls.fromtimestamp(time.time() + 86_400, tz)

    monkeypatch.setattr("gateway.cli.audit.approval.datetime", Later)
    assert "in force" in refused(out, security)


def test_a_revoked_certificate_signs_nothing_where_the_list_is_given(
    sound: World, reviewer: list[object], tmp_path: Path
) -> None:
    """And one of another authority neither."""
    out = tmp_path / "approval"
    make_request(out, reviewer)
    gone = enrol(sound, tmp_path / "gone", "security", "security-9")
    office = sound.copy(tmp_path / "office") / "sc-ca"
    serial = f"{read_claims(Path(str(gone[1])).read_bytes()).serial:x}"
    succeed("keys", "revoke", "--authority", office, serial, "--reason", "left")
    judged = ("--ca", sound / "sc-ca" / "authority.crt", "--crl", office / "authority.crl")
    assert "is revoked" in refused(out, gone, *judged)
    assert "authority of 510000" in refused(out, gone, "--ca", sound / "cq-ca" / "authority.crt")
    assert "--crl without --ca" in misuse("audit", "approve", out, *gone, *STATED, "--crl", office / "authority.crl")
    assert 2 == succeed("audit", "approve", out, *gone, *STATED)["signatures"]
