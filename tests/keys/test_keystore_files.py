"""Keys at rest: what is not ours, not tight or not encrypted is refused; rotation takes whole pairs only."""

import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys.authority import Authority
from keys.certificate import certificate_request
from keys.identity import Identity, Role
from keys.keystore import (
    MAX_BYTES,
    KeystoreError,
    Passphrase,
    load_secret,
    load_signing_key,
    load_tls_key,
    new_signing_key,
    new_tls_key,
    read_private,
    save_key,
    save_secret,
    unencrypted_pem,
    write_private,
)
from keys.rotation import Rotation, load_pair

WORD = Passphrase(b"a passphrase for tests")
OTHER = Passphrase(b"another one for tests")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
NODE = Identity("510000", Role.NODE, "gw-1")


def loosen(path: Path) -> None:
    """Let the group read it."""
    path.chmod(0o640)


def link(path: Path) -> None:
    """Put a link in its place."""
    path.rename(path.with_name("real"))
    path.symlink_to("real")


def expose(path: Path) -> None:
    """Put an unencrypted key in its place."""
    write_private(path, unencrypted_pem(new_tls_key()))


def give_away(path: Path) -> None:
    """Make it another user's."""
    if os.geteuid():
        pytest.skip("only root may give a file away")
    os.chown(path, 65534, -1)


def cut(path: Path) -> None:
    """Lose the end."""
    write_private(path, path.read_bytes()[:60])


def fill(path: Path) -> None:
    """Make it too large."""
    write_private(path, bytes(MAX_BYTES + 1))


def swell(path: Path) -> None:
    """Put a directory in its place."""
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    """Put a pipe in its place, which must not hang the reader."""
    path.unlink()
    os.mkfifo(path, 0o600)


SPOILERS = [pipe, loosen, link, expose, give_away, cut, fill, swell, Path.unlink]


@pytest.mark.parametrize("spoil", SPOILERS)
def test_a_spoilt_key_file_is_refused_with_a_remedy(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """The error says what to do."""
    path = tmp_path / "tls.key"
    save_key(path, new_tls_key(), WORD)
    spoil(path)
    with pytest.raises(KeystoreError) as caught:
        load_tls_key(path, WORD)
    assert caught.value.remedy


@pytest.mark.parametrize("spoil", SPOILERS)
def test_a_spoilt_secret_file_is_refused(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """Secrets lie under the same rules as keys."""
    path = tmp_path / "mask.secret"
    save_secret(path, bytes(range(32)), WORD)
    spoil(path)
    with pytest.raises(KeystoreError):
        load_secret(path, WORD)


def test_any_flipped_byte_of_a_secret_is_refused(tmp_path: Path) -> None:
    """AES-GCM covers magic, salt, nonce and ciphertext; each region is tried."""
    path = tmp_path / "mask.secret"
    save_secret(path, bytes(32), WORD)
    whole = path.read_bytes()
    for at in (0, 18, 33, 34, 45, 46, len(whole) - 1):
        write_private(path, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(KeystoreError):
            load_secret(path, WORD)


def test_keys_and_secrets_open_under_their_passphrase_only(tmp_path: Path) -> None:
    """What was saved comes back; a wrong passphrase or a key of the other kind is refused."""
    signing, secret = new_signing_key(), os.urandom(32)
    save_key(tmp_path / "k", signing, WORD)
    save_secret(tmp_path / "s", secret, WORD)
    assert secret == load_secret(tmp_path / "s", WORD)
    assert unencrypted_pem(signing) == unencrypted_pem(load_signing_key(tmp_path / "k", WORD))
    for load in (load_signing_key, load_secret):
        with pytest.raises(KeystoreError):
            load(tmp_path / ("k" if load is load_signing_key else "s"), OTHER)
    with pytest.raises(KeystoreError):
        load_tls_key(tmp_path / "k", WORD)


def test_written_files_are_private_and_nothing_lies_beside_them(tmp_path: Path) -> None:
    """Mode 0600 whatever the umask, and no temporary file remains."""
    before = os.umask(0)
    try:
        write_private(tmp_path / "x", b"x")
    finally:
        os.umask(before)
    assert 0o600 == (tmp_path / "x").stat().st_mode & 0o777
    assert b"x" == read_private(tmp_path / "x")
    assert ["x"] == [path.name for path in tmp_path.iterdir()]


def test_a_passphrase_hides_itself_and_must_be_long(tmp_path: Path) -> None:
    """Its text shows nothing; fewer than twelve bytes, or a loose file, are refused."""
    assert "tests" not in f"{WORD!r} {WORD}"
    with pytest.raises(KeystoreError):
        Passphrase(b"short")
    (tmp_path / "p").write_text("a passphrase for tests\n", encoding="utf-8")
    (tmp_path / "p").chmod(0o644)
    with pytest.raises(KeystoreError):
        Passphrase.read(tmp_path / "p")


def test_a_passphrase_comes_from_credentials_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A credential that systemd hands over wins over the path."""
    (tmp_path / "word").write_bytes(b"handed over by systemd\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert b"handed over by systemd" == Passphrase.read(Path("/nowhere/word")).reveal()


def test_five_loads_take_less_than_half_a_second_of_processor_time(tmp_path: Path) -> None:
    """Three keys and two secrets, as a node has; the best of three rounds."""
    for name in ("a", "b", "c"):
        save_key(tmp_path / name, new_tls_key(), WORD)
    for name in ("d", "e"):
        save_secret(tmp_path / name, bytes(32), WORD)
    rounds = []
    for _ in range(3):
        begun = time.process_time()
        for name in ("a", "b", "c"):
            load_tls_key(tmp_path / name, WORD)
        for name in ("d", "e"):
            load_secret(tmp_path / name, WORD)
        rounds.append(time.process_time() - begun)
    assert min(rounds) < 0.5


def pair(directory: Path, authority: Authority) -> None:
    """Write a fresh key and its certificate."""
    directory.mkdir()
    key = new_tls_key()
    save_key(directory / "key", key, WORD)
    (directory / "crt").write_bytes(authority.issue(certificate_request(key, NODE), NODE, now=NOW))


def test_rotation_takes_a_whole_pair_and_never_a_half(tmp_path: Path) -> None:
    """With one file replaced the old pair stays in force; with both, the new one is taken, once."""
    authority = Authority.create("510000", WORD, tmp_path / "authority", now=NOW)
    pair(tmp_path / "old", authority)
    pair(tmp_path / "new", authority)
    key, certificate = tmp_path / "old/key", tmp_path / "old/crt"
    rotation = Rotation(key, certificate, WORD)
    first = rotation.pair
    assert not rotation.renew()
    shutil.copy2(tmp_path / "new/key", key)
    assert not rotation.renew()
    assert first == rotation.pair
    shutil.copy2(tmp_path / "new/crt", certificate)
    assert rotation.renew()
    assert load_pair(key, certificate, WORD) == rotation.pair != first
    assert not rotation.renew()


def test_rotation_keeps_the_pair_when_a_file_goes(tmp_path: Path) -> None:
    """A missing certificate changes nothing, and at the start it is refused."""
    pair(tmp_path / "p", Authority.create("510000", WORD, tmp_path / "authority", now=NOW))
    rotation = Rotation(tmp_path / "p/key", tmp_path / "p/crt", WORD)
    (tmp_path / "p/crt").unlink()
    assert not rotation.renew()
    assert "PRIVATE" not in repr(rotation.pair)
    with pytest.raises(KeystoreError):
        Rotation(tmp_path / "p/key", tmp_path / "p/crt", WORD)
