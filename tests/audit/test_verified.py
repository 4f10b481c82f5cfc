"""The note of the last verification reminds, and never stops anything."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gateway.audit.verification.verified import last_verified, note_verified


def test_a_verification_is_noted_with_its_time(tmp_path: Path) -> None:
    """The later note takes the place of the earlier one, and nothing else is left behind."""
    path = tmp_path / "verified.json"
    assert last_verified(path) is None
    before = int(time.time())
    note_verified(path, 3)
    note_verified(path, 4)
    noted = last_verified(path)
    assert noted is not None
    assert before <= noted <= time.time()
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "octets", [b"", b"{", b"[]", b"1", b"null", b"{}", b'{"time_s":"x"}', b'{"time_s":null}', b"\xff"]
)
def test_a_note_in_another_form_is_none(tmp_path: Path, octets: bytes) -> None:
    """Then the alarm rings, as when there is no note."""
    (tmp_path / "verified.json").write_bytes(octets)
    assert last_verified(tmp_path / "verified.json") is None


def test_a_place_that_cannot_be_written_is_passed_over(tmp_path: Path) -> None:
    """The verification was good all the same."""
    note_verified(tmp_path / "absent" / "verified.json", 3)
    assert last_verified(tmp_path / "absent" / "verified.json") is None
