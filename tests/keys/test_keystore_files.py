"""Keys at rest: what is not ours, not tight or not encrypted is refused; rotation takes whole pairs only."""

import os
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from keys.authority import Authority
from keys.certificate import certificate_request
from keys.identity import Identity, Role
from keys.keystore import (
    MAX_BYTES,
    KeystoreError,
    Passphrase,
    WrongPassphrase,
    load_key,
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
from keys.rotation import Rotation, load_certified_key

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
    """With one file replaced the old pair stays in force, and that is said once; with both, the new one is taken."""
    authority = Authority.create("510000", WORD, tmp_path / "authority", now=NOW)
    pair(tmp_path / "old", authority)
    pair(tmp_path / "new", authority)
    key, certificate = tmp_path / "old/key", tmp_path / "old/crt"
    rotation = Rotation(key, certificate, WORD)
    first = rotation.certified
    assert not rotation.renew()
    shutil.copy2(tmp_path / "new/key", key)
    with pytest.raises(KeystoreError, match="that of another key"):
        rotation.renew()
    assert not rotation.renew()
    assert first == rotation.certified
    shutil.copy2(tmp_path / "new/crt", certificate)
    assert rotation.renew()
    assert load_certified_key(key, certificate, WORD) == rotation.certified != first
    assert not rotation.renew()


def test_rotation_keeps_the_pair_when_a_file_goes(tmp_path: Path) -> None:
    """A missing certificate changes nothing, and at the start it is refused."""
    pair(tmp_path / "p", Authority.create("510000", WORD, tmp_path / "authority", now=NOW))
    rotation = Rotation(tmp_path / "p/key", tmp_path / "p/crt", WORD)
    (tmp_path / "p/crt").unlink()
    with pytest.raises(KeystoreError):
        rotation.renew()
    assert "PRIVATE" not in repr(rotation.certified)
    with pytest.raises(KeystoreError):
        Rotation(tmp_path / "p/key", tmp_path / "p/crt", WORD)


def plain_first(path: Path) -> None:
    """Put an unencrypted key before the encrypted one."""
    write_private(path, unencrypted_pem(new_tls_key()) + path.read_bytes())


def label_first(path: Path) -> None:
    """Hide an unencrypted key behind the words of an encrypted one."""
    write_private(path, b"# BEGIN ENCRYPTED PRIVATE KEY\n" + unencrypted_pem(new_tls_key()))


def another_curve(path: Path) -> None:
    """Put a P-384 key in its place."""
    save_key(path, generate_private_key(SECP384R1()), WORD)


def another_kind(path: Path) -> None:
    """Put a key in its place that is neither for TLS nor for signatures."""
    sealed = BestAvailableEncryption(WORD.reveal())
    write_private(path, X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed))


def no_asn1(path: Path) -> None:
    """Keep the frame and lose the content."""
    write_private(path, b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")


@pytest.mark.parametrize("spoil", [plain_first, label_first, another_curve, another_kind, no_asn1])
def test_what_is_no_encrypted_key_of_our_kinds_is_refused(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """Neither a disguise nor a foreign kind passes, and no exception of the parser escapes."""
    path = tmp_path / "tls.key"
    save_key(path, new_tls_key(), WORD)
    spoil(path)
    for load in (load_key, load_tls_key, load_signing_key):
        with pytest.raises(KeystoreError):
            load(path, WORD)


@pytest.mark.parametrize("spoil", [expose, plain_first, label_first])
def test_an_unencrypted_key_is_named_as_such(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    """Nobody looks for the fault in the passphrase."""
    path = tmp_path / "tls.key"
    save_key(path, new_tls_key(), WORD)
    spoil(path)
    with pytest.raises(KeystoreError, match="expected an encrypted key"):
        load_key(path, WORD)


@pytest.mark.parametrize("size", [0, 1, 11, 1024, 5000])
def test_a_passphrase_of_another_length_is_refused(size: int) -> None:
    """Too short to hold, or longer than OpenSSL takes; the error does not show it."""
    with pytest.raises(KeystoreError) as caught:
        Passphrase(b"x" * size)
    assert "xx" not in str(caught.value)


@pytest.mark.parametrize("size", [12, 1023])
def test_keys_and_secrets_take_the_shortest_and_the_longest_passphrase(tmp_path: Path, size: int) -> None:
    """What `Passphrase` accepts opens what it closed."""
    word, key = Passphrase(b"x" * size), new_tls_key()
    save_key(tmp_path / "k", key, word)
    save_secret(tmp_path / "s", bytes(32), word)
    assert unencrypted_pem(key) == unencrypted_pem(load_tls_key(tmp_path / "k", word))
    assert bytes(32) == load_secret(tmp_path / "s", word)


def test_a_credential_that_cannot_be_read_is_no_reason_to_look_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file at the path never steps in for what the service manager handed over."""
    write_private(tmp_path / "word", b"the file at the path")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/word").write_bytes(b"handed over by systemd")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))

    def denied(path: Path, limit: int = 0) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("keys.keystore.read_file", denied)
    with pytest.raises(KeystoreError, match="Permission denied"):
        Passphrase.read(tmp_path / "word")


def test_a_short_credential_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a longer one lies at the path."""
    write_private(tmp_path / "word", b"the file at the path")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/word").write_bytes(b"short\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with pytest.raises(KeystoreError):
        Passphrase.read(tmp_path / "word")


def test_a_passphrase_comes_from_its_path_where_credentials_hold_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credentials of other names do not count."""
    write_private(tmp_path / "word", b"the file at the path\n")
    (tmp_path / "credentials").mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    assert b"the file at the path" == Passphrase.read(tmp_path / "word").reveal()


def test_remains_of_a_crash_do_not_block_writing(tmp_path: Path) -> None:
    """In a container the process number is the same again."""
    (tmp_path / f".x.{os.getpid()}.new").write_bytes(b"torn")
    write_private(tmp_path / "x", b"whole")
    assert b"whole" == read_private(tmp_path / "x")


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole or not at all."""
    write_private(tmp_path / "x", b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(tmp_path / "x", b"new")
    assert b"old" == read_private(tmp_path / "x")
    assert ["x"] == [path.name for path in tmp_path.iterdir()]


def test_writing_replaces_a_link_and_never_follows_it(tmp_path: Path) -> None:
    """What the link pointed to stays as it was."""
    (tmp_path / "target").write_bytes(b"another's")
    (tmp_path / "x").symlink_to("target")
    write_private(tmp_path / "x", b"new")
    assert b"another's" == (tmp_path / "target").read_bytes()
    assert b"new" == read_private(tmp_path / "x")


def test_a_strict_umask_does_not_make_a_file_that_its_owner_cannot_use(tmp_path: Path) -> None:
    """Mode 0600 exactly."""
    before = os.umask(0o777)
    try:
        write_private(tmp_path / "x", b"x")
    finally:
        os.umask(before)
    assert 0o600 == (tmp_path / "x").stat().st_mode & 0o777


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o602, 0o610, 0o700, 0o644, 0o777])
def test_any_bit_beyond_0600_is_refused(tmp_path: Path, mode: int) -> None:
    """Each bit counts."""
    write_private(tmp_path / "x", b"x")
    (tmp_path / "x").chmod(mode)
    with pytest.raises(KeystoreError, match=f"found {mode:04o}"):
        read_private(tmp_path / "x")


@pytest.mark.parametrize("octets", [b"", b"x", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_rotation_keeps_the_pair_when_the_certificate_is_damaged(tmp_path: Path, octets: bytes) -> None:
    """No other exception of the parser reaches the loop that renews."""
    pair(tmp_path / "p", Authority.create("510000", WORD, tmp_path / "authority", now=NOW))
    rotation = Rotation(tmp_path / "p/key", tmp_path / "p/crt", WORD)
    first = rotation.certified
    (tmp_path / "p/crt").write_bytes(octets)
    with pytest.raises(KeystoreError):
        rotation.renew()
    assert first == rotation.certified


def test_rotation_takes_the_pair_whose_certificate_came_first(tmp_path: Path) -> None:
    """The order in which the two files are replaced does not matter, nor does a look in between."""
    authority = Authority.create("510000", WORD, tmp_path / "authority", now=NOW)
    pair(tmp_path / "old", authority)
    pair(tmp_path / "new", authority)
    rotation = Rotation(tmp_path / "old/key", tmp_path / "old/crt", WORD)
    shutil.copy2(tmp_path / "new/crt", tmp_path / "old/crt")
    with pytest.raises(KeystoreError):
        rotation.renew()
    shutil.copy2(tmp_path / "new/key", tmp_path / "old/key")
    assert rotation.renew()
    assert (tmp_path / "new/crt").read_bytes() == rotation.certified.certificate_pem


@pytest.mark.parametrize("kind", ["key", "secret"])
def test_a_passphrase_that_does_not_open_names_its_own_file_and_both_ways_out(tmp_path: Path, kind: str) -> None:
    """In both languages: which file to put right, and what to restore where the passphrase is lost."""
    path, file = tmp_path / kind, tmp_path / "passphrase"
    written = Passphrase(b"correct horse battery")
    if kind == "key":
        save_key(path, new_tls_key(), written)
    else:
        save_secret(path, b"secret", written)
    write_private(file, b"another passphrase\n")
    with pytest.raises(WrongPassphrase, match="the passphrase does not open it, or the file is damaged") as caught:
        _ = (load_key if kind == "key" else load_secret)(path, Passphrase.read(file))
    for said in (caught.value.remedy, caught.value.remedy_zh):
        assert str(file) in said
    assert "restore both from one backup" in caught.value.remedy
    assert "从同一备份恢复两者" in caught.value.remedy_zh
    assert str(path) in caught.value.zh


def test_a_passphrase_of_a_wrong_length_names_its_file(tmp_path: Path) -> None:
    """And shows nothing of itself."""
    file = tmp_path / "passphrase"
    write_private(file, b"short")
    with pytest.raises(KeystoreError, match=f"{file}: expected a passphrase of 12 to [0-9]+ bytes, found 5") as caught:
        Passphrase.read(file)
    assert "short" not in f"{caught.value} {caught.value.zh} {caught.value.remedy}"
