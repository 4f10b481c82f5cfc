"""The pairs of keys that a node makes for its log and as a witness: Ed25519 and ML-DSA-44, private and public halves.

Used by `node init`, when a log's keys are rotated and when a witness begins anew. Private halves are encrypted files;
public halves stand in one file a pair, with former keys and their terms (`keys.terms`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

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
from keys.terms import KeyTerm, in_force, read_terms, write_terms

Pair = tuple[Signer, Signer]
"""The Ed25519 key and the ML-DSA-44 key, under one name."""
Paths = tuple[Path, Path]
"""Where their private halves are, in the same order."""


def new_log_keys(origin: str, private: Paths, public: Path, passphrase: Passphrase) -> Pair:
    """Make and save the keys of a log that begins."""
    return _new(origin, private, public, passphrase, ED25519_SHA256)


def new_witness_keys(name: str, private: Paths, public: Path, passphrase: Passphrase) -> Pair:
    """Make and save the keys of a witness that begins."""
    return _new(name, private, public, passphrase, ED25519_COSIGNING)


def load_log_keys(private: Paths, public: Path, passphrase: Passphrase) -> Pair:
    """Open the keys of a log. Raises KeystoreError when one cannot be used, or does not belong to its public half."""
    return _load(private, public, passphrase, ED25519_SHA256)


def load_witness_keys(private: Paths, public: Path, passphrase: Passphrase) -> Pair:
    """Open the keys of a witness. Raises KeystoreError as `load_log_keys`."""
    return _load(private, public, passphrase, ED25519_COSIGNING)


def announce(name: str, private: Paths, public: Path, passphrase: Passphrase, *, first: int, suite: Suite) -> None:
    """Make the keys that will take over, and tell of them in the file of public keys; nothing is signed with them yet.

    Whoever takes the next trust bundle knows them before the first signature, so that a rotation interrupts nobody.

    Raises:
        KeystoreError: keys have been announced already.
    """
    if any(_next(path).exists() for path in private):
        raise KeystoreError(f"{_next(private[0])}: keys are announced already", "rotate, then announce the next ones")
    terms = read_terms(public.read_text(encoding="utf-8"))
    pair = _make(name, (_next(private[0]), _next(private[1])), passphrase, suite)
    _write(public, (*terms, *(KeyTerm(key.verifier.vkey, first) for key in pair)))


def succeed(name: str, private: Paths, public: Path, passphrase: Passphrase, *, first: int, suite: Suite) -> Pair:
    """Let the announced keys take over, or new ones where none were announced; return them.

    The term of the former keys ends at `first`: a size for a log, a second for a witness. Their private halves are
    replaced; their public halves stay, so that what they signed still verifies.
    """
    terms = read_terms(public.read_text(encoding="utf-8"))
    if _next(private[0]).exists():
        pair = (
            Signer(name, load_signing_key(_next(private[0]), passphrase), suite),
            Signer(name, load_cosigning_key(_next(private[1]), passphrase), ML_DSA_44_COSIGNING),
        )
    else:
        pair = _make(name, (_next(private[0]), _next(private[1])), passphrase, suite)
    vkeys = [key.verifier.vkey for key in pair]
    begun = {term.vkey: term.first for term in terms}
    now = tuple(KeyTerm(vkey, begun.get(vkey, first)) for vkey in vkeys)
    ended = (term if term.last is not None else term.closed(max(first, term.first)) for term in terms)
    for path in private:
        _next(path).replace(path)
    _write(public, (*now, *(term for term in ended if term.vkey not in vkeys)))
    return pair


def _next(path: Path) -> Path:
    return path.with_name(f"{path.stem}.next{path.suffix}")


def _new(name: str, private: Paths, public: Path, passphrase: Passphrase, suite: Suite) -> Pair:
    pair = _make(name, private, passphrase, suite)
    _write(public, [KeyTerm(key.verifier.vkey) for key in pair])
    return pair


def _make(name: str, private: Paths, passphrase: Passphrase, suite: Suite) -> Pair:
    first, second = new_signing_key(), new_cosigning_key()
    save_key(private[0], first, passphrase)
    save_key(private[1], second, passphrase)
    return Signer(name, first, suite), Signer(name, second, ML_DSA_44_COSIGNING)


def _write(public: Path, terms: Sequence[KeyTerm]) -> None:
    beside = public.with_name(f".{public.name}.new")
    beside.write_text(write_terms(terms), encoding="utf-8")
    beside.replace(public)


def _load(private: Paths, public: Path, passphrase: Passphrase, suite: Suite) -> Pair:
    """Open both keys, and hold them to the public halves in force: what nobody could verify is not signed with."""
    try:
        terms = read_terms(public.read_text(encoding="utf-8"))
        told = (in_force(terms, suite), in_force(terms, ML_DSA_44_COSIGNING))
    except (OSError, ValueError) as error:
        raise KeystoreError(f"{public}: expected public keys, found: {error}", f"restore {public}") from error
    first = Signer(told[0].name, load_signing_key(private[0], passphrase), suite)
    second = Signer(told[1].name, load_cosigning_key(private[1], passphrase), ML_DSA_44_COSIGNING)
    for path, key, verifier in zip(private, (first, second), told, strict=True):
        if key.verifier != verifier:
            raise KeystoreError(
                f"{path}: expected the key of {public.name}, found another", "restore the pair from the backup"
            )
    return first, second
