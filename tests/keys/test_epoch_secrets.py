"""A month's secret is made once, read while it is there, and destroyed for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from keys.epochs import SECRET_BYTES, EpochSecrets
from keys.keystore import KeystoreError, Passphrase, save_secret

PASSPHRASE = Passphrase(b"correct horse battery")


def secrets_in(directory: Path) -> EpochSecrets:
    """The secrets in a directory that need not exist."""
    return EpochSecrets(directory / "epochs", PASSPHRASE)


def test_a_secret_is_read_back_and_each_month_has_its_own(tmp_path: Path) -> None:
    """Made at random, private to the node's user."""
    secrets = secrets_in(tmp_path)
    assert () == secrets.names() == secrets.destroyed_names()
    one, other = secrets.make("2026-11"), secrets.make("2026-12")
    assert SECRET_BYTES == len(one)
    assert one != other
    assert (one, other) == (secrets.load("2026-11"), secrets.load("2026-12"))
    assert ("2026-11", "2026-12") == secrets.names()
    path = tmp_path / "epochs" / "2026-11.secret"
    assert (0o600, 0o700) == (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777)
    assert one not in path.read_bytes()


def test_a_secret_is_never_made_twice(tmp_path: Path) -> None:
    """Neither while it is there nor after it was destroyed: what was written under it would stay closed unseen."""
    secrets = secrets_in(tmp_path)
    secrets.make("2026-11")
    with pytest.raises(KeystoreError):
        secrets.make("2026-11")
    secrets.destroy("2026-11")
    with pytest.raises(KeystoreError):
        secrets.make("2026-11")


def test_a_destroyed_secret_is_gone_and_its_mark_stays(tmp_path: Path) -> None:
    """Its bytes were overwritten before the file was removed; destroying again changes nothing."""
    secrets = secrets_in(tmp_path)
    secrets.make("2026-11")
    path = tmp_path / "epochs" / "2026-11.secret"
    again = tmp_path / "same file"
    again.hardlink_to(path)
    before = again.read_bytes()
    secrets.destroy("2026-11")
    assert not path.exists()
    assert before != again.read_bytes()
    secrets.destroy("2026-11")
    assert (("2026-11",), ()) == (secrets.destroyed_names(), secrets.names())
    with pytest.raises(KeystoreError, match="destroyed"):
        secrets.load("2026-11")


def test_a_destruction_that_was_cut_short_is_ended_by_another(tmp_path: Path) -> None:
    """With the mark the secret is no longer given out, even while its file is there."""
    secrets = secrets_in(tmp_path)
    secrets.make("2026-11")
    mark = tmp_path / "epochs" / "2026-11.destroyed"
    mark.touch(mode=0o600)
    with pytest.raises(KeystoreError, match="destroyed"):
        secrets.load("2026-11")
    secrets.destroy("2026-11")
    assert [mark] == list(mark.parent.iterdir())


@pytest.mark.parametrize("name", ["", "2026", "2026-13", "2026-1", "../2026-11", "2026-11/x", "2026-11\n"])
def test_what_is_no_month_names_no_secret(tmp_path: Path, name: str) -> None:
    """No path is made of it."""
    secrets = secrets_in(tmp_path)
    for act in (secrets.make, secrets.load, secrets.destroy):
        with pytest.raises(KeystoreError, match="month"):
            act(name)
    assert [] == list(tmp_path.iterdir())


def test_a_secret_of_another_length_or_passphrase_is_refused(tmp_path: Path) -> None:
    """Nothing is opened with half a key."""
    secrets = secrets_in(tmp_path)
    secrets.make("2026-11")
    save_secret(tmp_path / "epochs" / "2026-12.secret", b"short", PASSPHRASE)
    with pytest.raises(KeystoreError, match="64 bytes"):
        secrets.load("2026-12")
    with pytest.raises(KeystoreError, match="passphrase"):
        EpochSecrets(tmp_path / "epochs", Passphrase(b"another passphrase")).load("2026-11")


def test_a_month_that_never_was_is_not_destroyed(tmp_path: Path) -> None:
    """A name that was typed wrongly is told."""
    with pytest.raises(KeystoreError, match="none"):
        secrets_in(tmp_path).destroy("2026-11")
