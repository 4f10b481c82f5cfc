"""Evidence of a log that contradicts itself or ours: written once, private, and never over an earlier finding."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.audit.tlog.witness import Fork
from gateway.witness.evidence import write_contradiction, write_fork

FORK = Fork("log.chongqing.example/1", 5, b"ours\n", b"theirs \xff\n")


def test_an_earlier_finding_of_the_same_is_never_written_over(tmp_path: Path) -> None:
    """The first one holds the proof; a later one could be made up to hide it."""
    path = write_fork(tmp_path / "evidence", FORK)
    before = path.read_bytes()
    again = write_fork(tmp_path / "evidence", Fork(FORK.origin, FORK.size, b"other\n", b"notes\n"))
    assert (path, before) == (again, path.read_bytes())


def test_a_finding_that_cannot_be_written_is_not_passed_over(tmp_path: Path) -> None:
    """The caller learns of it."""
    (tmp_path / "evidence").write_bytes(b"")
    with pytest.raises(OSError, match="evidence"):
        write_fork(tmp_path / "evidence", FORK)


def test_findings_are_for_the_nodes_user_alone(tmp_path: Path) -> None:
    """Directory and file."""
    path = write_fork(tmp_path / "evidence", FORK)
    assert (0o700, 0o600) == (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777)


def test_a_name_that_another_log_chose_makes_no_path(tmp_path: Path) -> None:
    """Only its digest stands in the file's name."""
    path = write_fork(tmp_path / "evidence", Fork("../../../x", 1, b"", b""))
    assert tmp_path / "evidence" == path.parent
    assert re.fullmatch(r"fork-[0-9a-f]{12}-1\.json", path.name)


def test_a_fork_is_written_with_both_notes(tmp_path: Path) -> None:
    """Together they prove it; bytes that are no text are replaced, since a signature over them holds nothing."""
    found = json.loads(write_fork(tmp_path / "evidence", FORK).read_text(encoding="utf-8"))
    assert ("fork", FORK.origin, 5, ["ours\n", "theirs \ufffd\n"]) == (
        found["kind"],
        found["origin"],
        found["size"],
        found["notes"],
    )


def test_a_contradiction_is_written_with_our_note_and_what_the_witness_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Durably; one file for each witness and size."""
    synced: list[int] = []
    monkeypatch.setattr("gateway.witness.evidence.os.fsync", synced.append)
    path = write_contradiction(tmp_path, "log.sichuan.example/1", "w", "it has seen 9", 5, b"our note\n")
    assert 1 == len(synced)
    expected = {
        "kind": "contradiction",
        "origin": "log.sichuan.example/1",
        "witness": "w",
        "said": "it has seen 9",
        "size": 5,
        "notes": ["our note\n"],
    }
    found = json.loads(path.read_text(encoding="utf-8"))
    assert expected == {key: value for key, value in found.items() if key not in {"zh", "en"}}
    assert path != write_contradiction(tmp_path, "log.sichuan.example/1", "w", "it has seen 9", 6, b"our note\n")
    assert path != write_contradiction(tmp_path, "log.sichuan.example/1", "v", "it has seen 9", 5, b"our note\n")
