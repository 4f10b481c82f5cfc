"""The checks of the audit log and of the witness's state, on files alone: each thing that is wrong is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, sign_note
from gateway.cli.checks.log import check_log, check_witness
from gateway.cli.screen import CheckFinding, CheckStatus
from gateway.settings import Settings
from keys.signer import Signer
from keys.suite import ED25519_COSIGNING
from tests.audit.logs import ASKER, PROVIDER, five_entries
from tests.audit.signing import LogKey

WITNESS, OTHER = (Signer.generate("witness.example/1", ED25519_COSIGNING).verifier.vkey for _ in range(2))
RIGHT, WRONG = CheckStatus.RIGHT, CheckStatus.WRONG
Row = tuple[str, CheckStatus, str]


def parse(directory: Path, more: str = "") -> Settings:
    """Return the settings of a node in this directory."""
    text = f'[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n{more}'
    return Settings.parse(text.encode(), directory)


def list_rows(findings: Iterable[CheckFinding]) -> list[Row]:
    """Return subject, status and what was found, in English, of each finding."""
    return [(one.subject.en, one.status, one.found.en) for one in findings]


@pytest.fixture
async def directory(tmp_path: Path) -> Path:
    """The directory of a node whose log has five entries."""
    await five_entries(tmp_path)
    return tmp_path


def keep_checkpoint(directory: Path, key: LogKey, size: int) -> None:
    """Put a checkpoint of this size, signed by this key, in place of those that are kept."""
    note = sign_note(checkpoint_text(Checkpoint(PROVIDER.name, size, b"r" * 32)), [key])
    connection = sqlite3.connect(directory / "audit" / "log.db")
    with connection:
        connection.execute("UPDATE checkpoint SET size = ?, note = ?", (size, note))
    connection.close()


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("CREATE TABLE spy (a)", "the table spy is none of version 4 of the schema"),
        (
            "CREATE TRIGGER up AFTER INSERT ON tile BEGIN SELECT 1; END",
            "the trigger up is none of version 4 of the schema",
        ),
        ("DROP INDEX entry_by_time", "the index entry_by_time is missing"),
    ],
)
def test_what_is_not_the_log_s_in_its_database_is_wrong(directory: Path, statement: str, found: str) -> None:
    """Before a start refuses it; the rest of the log is told as well."""
    with sqlite3.connect(directory / "audit" / "log.db") as log:
        log.execute(statement)
    log.close()
    rows = list_rows(check_log(parse(directory)))
    assert [("the schema of the audit log", WRONG, found)] == [row for row in rows if row[1] is WRONG]
    assert "the audit log" in [subject for subject, *_ in rows]


@pytest.mark.parametrize("octets", [None, b"", b"\xff", b"log+x"])
def test_a_log_without_a_usable_key_is_wrong(directory: Path, octets: bytes | None) -> None:
    """Nothing of the log is believed then."""
    path = directory / "audit" / "log.vkey"
    path.unlink() if octets is None else path.write_bytes(octets)
    ((subject, status, _),) = list_rows(check_log(parse(directory)))
    assert ("the public key of the audit log", WRONG) == (subject, status)


@pytest.mark.parametrize("octets", [None, b"no database" * 100])
def test_a_file_that_is_no_log_is_wrong(directory: Path, octets: bytes | None) -> None:
    """The next step is the backup."""
    path = directory / "audit" / "log.db"
    path.unlink() if octets is None else path.write_bytes(octets)
    (finding,) = check_log(parse(directory))
    assert ("the audit log", WRONG) == (finding.subject.en, finding.status)
    assert "from its backup" in finding.remedy.en


def test_the_log_of_another_node_is_wrong(directory: Path) -> None:
    """Both names are shown."""
    (directory / "audit" / "log.vkey").write_text(ASKER.vkey, encoding="utf-8")
    found = f"{PROVIDER.name}, with the key of {ASKER.name}"
    assert [("the audit log", WRONG, found)] == list_rows(check_log(parse(directory)))


def test_a_log_of_an_earlier_release_is_wrong(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next step is the command that migrates it."""
    monkeypatch.setattr("gateway.audit.storage.schema.SCHEMA_VERSION", 99)
    (finding,) = check_log(parse(directory))
    assert WRONG is finding.status
    assert "this release writes version 99" in finding.found.en
    assert "chuanyu audit migrate" in finding.remedy.en


@pytest.mark.parametrize(
    ("key", "size", "found"),
    [(PROVIDER, 6, "6 entries signed, 5 in the log"), (LogKey(PROVIDER.name, seed=9), 5, "")],
)
def test_a_checkpoint_that_the_log_does_not_hold_is_wrong(directory: Path, key: LogKey, size: int, found: str) -> None:
    """It is of more entries than there are, or signed by another key of the same name."""
    keep_checkpoint(directory, key, size)
    log, checkpoint = list_rows(check_log(parse(directory)))
    assert ("the newest kept checkpoint", WRONG) == checkpoint[:2]
    assert found in checkpoint[2]
    assert RIGHT is log[1]


def test_a_sound_log_is_right(directory: Path) -> None:
    """Its entries are counted, and its newest checkpoint is well signed."""
    keep_checkpoint(directory, PROVIDER, 5)
    assert [
        ("the audit log", RIGHT, f"{PROVIDER.name}, 5 entries"),
        ("the newest kept checkpoint", RIGHT, "at 5 entries, well signed"),
    ] == list_rows(check_log(parse(directory)))


def test_a_log_without_a_checkpoint_is_right(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that has not run yet has kept none."""
    monkeypatch.setattr(LogReader, "checkpoint_after", lambda self, index: None)
    assert ("the newest kept checkpoint", RIGHT, "none yet") == list_rows(check_log(parse(directory)))[-1]


def put_witness(directory: Path, *bound: str, declared: str = WITNESS) -> None:
    """Write the state of a witness that is bound to these keys, and the file of its keys."""
    (directory / "audit").mkdir(exist_ok=True)
    (directory / "audit" / "witness.vkey").write_text(f"{declared}\n", encoding="utf-8")
    connection = sqlite3.connect(directory / "audit" / "witness.db")
    with connection:
        connection.execute("CREATE TABLE witness (vkey TEXT PRIMARY KEY)")
        connection.executemany("INSERT INTO witness VALUES (?)", [(one,) for one in bound])
    connection.close()


@pytest.mark.parametrize("lost", ["witness.vkey", "witness.db"])
def test_a_witness_whose_state_or_keys_are_lost_is_wrong(tmp_path: Path, lost: str) -> None:
    """No new state is made on the way: it would let the witness cosign a fork."""
    put_witness(tmp_path, WITNESS)
    (tmp_path / "audit" / lost).unlink()
    (finding,) = check_witness(parse(tmp_path))
    assert WRONG is finding.status
    assert "chuanyu node renew-witness" in finding.remedy.en
    assert not (tmp_path / "audit" / lost).exists()


@pytest.mark.parametrize("bound", [(), (OTHER,), (WITNESS, OTHER)])
def test_the_state_of_another_witness_is_wrong(tmp_path: Path, bound: tuple[str, ...]) -> None:
    """Also where it is bound to nothing, or to a key more."""
    put_witness(tmp_path, *bound)
    assert [("the state of the witness", WRONG, "that of other keys")] == list_rows(check_witness(parse(tmp_path)))


def test_evidence_of_a_contradiction_is_wrong(tmp_path: Path) -> None:
    """Three files are named at most."""
    put_witness(tmp_path, WITNESS)
    (tmp_path / "audit" / "evidence").mkdir()
    for name in "dcba":
        (tmp_path / "audit" / "evidence" / f"{name}.json").write_bytes(b"{}")
    found = list_rows(check_witness(parse(tmp_path)))
    assert ("evidence of a contradiction", WRONG, "a.json, b.json, c.json") == found[1]


@pytest.mark.parametrize(("text", "status"), [(None, WRONG), ("quorum nobody\n", WRONG), ("quorum none\n", RIGHT)])
def test_a_policy_that_is_named_is_read(tmp_path: Path, text: str | None, status: CheckStatus) -> None:
    """One that is not there, or is none, is wrong."""
    put_witness(tmp_path, WITNESS)
    if text is not None:
        (tmp_path / "policy").write_text(f"log {PROVIDER.vkey}\n{text}", encoding="utf-8")
    found = list_rows(check_witness(parse(tmp_path, "[witness]\npolicy_file = 'policy'\n")))
    assert ("the policy of witnesses", status) == found[-1][:2]


def test_a_witness_with_its_own_keys_is_right(tmp_path: Path) -> None:
    """Without a policy none is spoken of."""
    put_witness(tmp_path, WITNESS)
    assert [("the state of the witness", RIGHT, "that of our keys")] == list_rows(check_witness(parse(tmp_path)))
