"""The pairs of keys that a node makes for its log and as a witness: Ed25519 and ML-DSA-44, private and public halves.

Used by `node init`, when a log's keys are rotated and when a witness begins anew. Private halves are encrypted files;
public halves stand in one file a pair, with former keys and their validity (`keys.validity`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from keys.files import read_text
from keys.keystore import (
    KeystoreError,
    Passphrase,
    load_cosigning_key,
    load_signing_key,
    new_cosigning_key,
    new_signing_key,
    save_key,
)
from keys.signer import Signer
from keys.suite import ED25519_COSIGNING, ED25519_SHA256, ML_DSA_44_COSIGNING, Suite
from keys.validity import KeyValidity, read_key_file, select_in_force, write_key_file

KeyPair = tuple[Signer, Signer]
"""The Ed25519 key and the ML-DSA-44 key, under one name."""
Paths = tuple[Path, Path]
"""The files of their private halves, in the same order."""


def new_log_keys(origin: str, private: Paths, public: Path, passphrase: Passphrase) -> KeyPair:
    """Make and save the keys of a log that begins."""
    return _new(origin, private, public, passphrase, ED25519_SHA256)


def new_witness_keys(name: str, private: Paths, public: Path, passphrase: Passphrase) -> KeyPair:
    """Make and save the keys of a witness that begins."""
    return _new(name, private, public, passphrase, ED25519_COSIGNING)


def load_log_keys(private: Paths, public: Path, passphrase: Passphrase) -> KeyPair:
    """Open the keys of a log. Raises KeystoreError when one cannot be used, or does not belong to its public half."""
    return _load(private, public, passphrase, ED25519_SHA256)


def load_witness_keys(private: Paths, public: Path, passphrase: Passphrase) -> KeyPair:
    """Open the keys of a witness. Raises KeystoreError as `load_log_keys`."""
    return _load(private, public, passphrase, ED25519_COSIGNING)


def announce_keys(name: str, private: Paths, public: Path, passphrase: Passphrase, *, first: int, suite: Suite) -> None:
    """Make the keys that will take over, and tell of them in the file of public keys; nothing is signed with them yet.

    Whoever takes the next trust bundle knows them before the first signature, so that a rotation interrupts nobody.

    Raises:
        KeystoreError: keys have been announced already.
    """
    if any(_next(path).exists() for path in private):
        raise KeystoreError(
            f"{_next(private[0])}: keys are announced already",
            f"{_next(private[0])}：下一对密钥已公布",
            ("rotate, then announce the next ones", "先轮换，再公布下一对"),
        )
    validities = read_key_file(read_text(public))
    pair = _make(name, (_next(private[0]), _next(private[1])), passphrase, suite)
    _write(public, (*validities, *(KeyValidity(key.verifier.vkey, first) for key in pair)))


def rotate_keys(
    name: str, private: Paths, public: Path, passphrase: Passphrase, *, first: int, suite: Suite
) -> KeyPair:
    """Let the announced keys take over, or new ones where none were announced; return them.

    The validity of the former keys ends at `first`: a size for a log, a second for a witness. Their private halves are
    replaced; their public halves stay, so that what they signed still verifies.
    """
    validities = read_key_file(read_text(public))
    if _next(private[0]).exists():
        pair = (
            Signer(name, load_signing_key(_next(private[0]), passphrase), suite),
            Signer(name, load_cosigning_key(_next(private[1]), passphrase), ML_DSA_44_COSIGNING),
        )
    else:
        pair = _make(name, (_next(private[0]), _next(private[1])), passphrase, suite)
    vkeys = [key.verifier.vkey for key in pair]
    begun = {one.vkey: one.first for one in validities}
    now = tuple(KeyValidity(vkey, begun.get(vkey, first)) for vkey in vkeys)
    ended = (one if one.last is not None else one.end(max(first, one.first)) for one in validities)
    # The point of no return: the private halves of the former keys are gone, and they sign nothing any more.
    for path in private:
        _next(path).replace(path)
    _write(public, (*now, *(one for one in ended if one.vkey not in vkeys)))
    return pair


def _next(path: Path) -> Path:
    return path.with_name(f"{path.stem}.next{path.suffix}")


def _new(name: str, private: Paths, public: Path, passphrase: Passphrase, suite: Suite) -> KeyPair:
    pair = _make(name, private, passphrase, suite)
    _write(public, [KeyValidity(key.verifier.vkey) for key in pair])
    return pair


def _make(name: str, private: Paths, passphrase: Passphrase, suite: Suite) -> KeyPair:
    first, second = new_signing_key(), new_cosigning_key()
    save_key(private[0], first, passphrase)
    save_key(private[1], second, passphrase)
    return Signer(name, first, suite), Signer(name, second, ML_DSA_44_COSIGNING)


def _write(public: Path, validities: Sequence[KeyValidity]) -> None:
    beside = public.with_name(f".{public.name}.new")
    beside.write_text(write_key_file(validities), encoding="utf-8")
    beside.replace(public)


def _load(private: Paths, public: Path, passphrase: Passphrase, suite: Suite) -> KeyPair:
    """Open both keys, and hold them to the public halves in force: what nobody could verify is not signed with."""
    try:
        validities = read_key_file(read_text(public))
        public_keys = (select_in_force(validities, suite), select_in_force(validities, ML_DSA_44_COSIGNING))
    except (OSError, ValueError) as error:
        raise KeystoreError(
            f"{public}: expected public keys, found: {error}",
            f"{public}：预期公钥，实际：{error}",
            (f"restore {public} from its backup", f"从备份恢复 {public}"),
        ) from error
    first = Signer(public_keys[0].name, load_signing_key(private[0], passphrase), suite)
    second = Signer(public_keys[1].name, load_cosigning_key(private[1], passphrase), ML_DSA_44_COSIGNING)
    for path, key, verifier in zip(private, (first, second), public_keys, strict=True):
        if key.verifier != verifier:
            raise KeystoreError(
                f"{path}: expected the key of {public.name}, found another",
                f"{path}：预期 {public.name} 的私钥，实际为另一私钥",
                ("restore the pair from the backup", "从备份恢复成对的文件"),
            )
    return first, second
