"""What is synced exists; what does not exist is an error, never passed over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keys.durable import sync


def test_files_and_directories_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by the descriptor of that very file, which is closed again even where the sync fails."""
    (tmp_path / "file").write_bytes(b"x")
    synced: list[int] = []
    real = os.fsync

    def watch(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    sync(tmp_path / "file")
    sync(tmp_path)
    assert [(tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino] == synced


def test_a_sync_that_fails_is_told_and_leaves_no_descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes may be lost: the caller must know."""
    opened: list[int] = []

    def fail(descriptor: int) -> None:
        opened.append(descriptor)
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        sync(tmp_path)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It is never made."""
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "absent")
