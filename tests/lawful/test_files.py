"""Consents on disk: whole or not there, readable by the owner alone, and what is no consent allows nothing."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.lawful.files import ConsentFiles
from tests.lawful.consents import held


def test_a_consent_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """In each of its states."""
    files = ConsentFiles(tmp_path / "consents")
    assert [] == list(files.read())
    for state in (held(), replace(held(), withdrawn=True, recorded=False), replace(held(), told=False)):
        files.write(state)
        assert [state] == list(files.read())


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    """It holds what tells who the person is."""
    files = ConsentFiles(tmp_path)
    files.write(held())
    (path,) = tmp_path.iterdir()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_a_write_that_fails_leaves_the_former_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is killed between leaves either, never half of one."""
    files = ConsentFiles(tmp_path)
    files.write(held())

    def fail(descriptor: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space"):
        files.write(held(withdrawn=True))
    assert [held()] == list(files.read())


def test_a_file_that_is_no_consent_allows_nothing_and_stays(tmp_path: Path) -> None:
    """Also one under another's name: a person can look at it."""
    files = ConsentFiles(tmp_path)
    files.write(held())
    (path,) = tmp_path.iterdir()
    octets = path.read_bytes()
    for name, content in (("a" * 64, octets), ("b" * 64, b"{}"), ("c" * 64, b"\xff"), ("d" * 64, octets[:-9])):
        (tmp_path / f"{name}.json").write_bytes(content)
    assert [held()] == list(files.read())
    assert 5 == len(list(tmp_path.iterdir()))


def test_a_consent_that_is_over_leaves(tmp_path: Path) -> None:
    """Once, and again without a fault."""
    files = ConsentFiles(tmp_path)
    files.write(held())
    for _ in range(2):
        files.remove(held())
    assert [] == list(tmp_path.iterdir())
