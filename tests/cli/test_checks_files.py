"""The places of a node's files: there, of their kind, of the node's user, and closed to others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.cli.checks.files import check_files, judge_place
from gateway.cli.screen import CheckStatus
from gateway.ground.item import Label
from gateway.settings import Settings

SUBJECT = Label("某物", "something")
TEXT = b'[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings file of a node whose places are as they should be."""
    path = tmp_path / "node.toml"
    path.write_bytes(TEXT)
    path.chmod(0o640)
    for name in ("keys", "trust", "catalogue", "audit"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o700 if name in ("keys", "audit") else 0o755)
    return path


def judge_all(config: Path) -> dict[str, CheckStatus]:
    """Return the status of each place by its subject."""
    return {one.subject.en: one.status for one in check_files(config, Settings.parse(TEXT, config.parent))}


def test_a_place_that_is_not_there_is_wrong(tmp_path: Path) -> None:
    """The error of the system stands with the path."""
    finding = judge_place(SUBJECT, tmp_path / "absent", private=True, directory=True)
    assert (CheckStatus.WRONG, f"{tmp_path / 'absent'}: No such file or directory") == (
        finding.status,
        finding.found.en,
    )


@pytest.mark.parametrize(("directory", "kind"), [(True, "a directory"), (False, "a file")])
def test_a_place_of_another_kind_is_wrong(tmp_path: Path, directory: bool, kind: str) -> None:
    """A file where a directory should be, and a directory where a file should be."""
    (tmp_path / "file").write_bytes(b"")
    finding = judge_place(SUBJECT, tmp_path if not directory else tmp_path / "file", private=False, directory=directory)
    assert CheckStatus.WRONG is finding.status
    assert f"which is not {kind}" in finding.found.en


@pytest.mark.parametrize(("user", "expected"), [(4242, CheckStatus.WRONG), (0, CheckStatus.RIGHT)])
def test_a_place_of_another_user_is_wrong_and_one_of_root_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, expected: CheckStatus
) -> None:
    """Whoever owns a place can open it to others; root can in any case."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    path.chmod(0o600)
    state = list(path.stat())
    state[4] = user
    monkeypatch.setattr(Path, "stat", lambda self: os.stat_result(state))
    monkeypatch.setattr(os, "geteuid", lambda: 4243)
    assert expected is judge_place(SUBJECT, path, private=True, directory=False).status


@pytest.mark.parametrize(
    ("mode", "private", "remedy"),
    [
        (0o620, False, "chmod go-w"),
        (0o602, False, "chmod go-w"),
        (0o640, True, "chmod go-rwx"),
        (0o604, True, "chmod go-rwx"),
        (0o601, True, "chmod go-rwx"),
    ],
)
def test_a_mode_that_opens_a_place_to_others_is_wrong(tmp_path: Path, mode: int, private: bool, remedy: str) -> None:
    """The mode is shown, and the command that corrects it."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    path.chmod(mode)
    finding = judge_place(SUBJECT, path, private=private, directory=False)
    assert (CheckStatus.WRONG, f"{path} with mode {mode:04o}") == (finding.status, finding.found.en)
    assert f"{remedy} {path}" == finding.remedy.en


@pytest.mark.parametrize(("mode", "private"), [(0o644, False), (0o600, True), (0o400, True)])
def test_a_place_that_is_closed_to_others_is_right(tmp_path: Path, mode: int, private: bool) -> None:
    """What is not secret may be read by everybody."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    path.chmod(mode)
    assert CheckStatus.RIGHT is judge_place(SUBJECT, path, private=private, directory=False).status


@pytest.mark.parametrize(
    ("name", "mode", "subject"),
    [
        ("node.toml", 0o660, "the settings file"),
        ("keys", 0o750, "the directory of keys"),
        ("trust", 0o775, "the directory of trust"),
        ("catalogue", 0o775, "the catalogue"),
        ("audit", 0o710, "the directory of the audit log"),
    ],
)
def test_each_place_of_a_node_is_held_to_its_own_rule(config: Path, name: str, mode: int, subject: str) -> None:
    """Keys and the log are private; the others may be read and not written."""
    assert {CheckStatus.RIGHT} == set(judge_all(config).values())
    (config.parent / name).chmod(mode)
    assert [subject] == [one for one, status in judge_all(config).items() if status is CheckStatus.WRONG]
