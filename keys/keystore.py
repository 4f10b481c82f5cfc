"""Private keys and secrets at rest: encrypted under a passphrase, mode 0600, written whole or not at all.

Rules: a file that is looser than 0600, not ours, or a link is refused; so are an unencrypted key and a wrong
passphrase. Keys are PKCS#8 PEM; secrets are 32 bytes under AES-256-GCM with a scrypt key (RFC 7914). Root and
this user could do harm by changing these files. The passphrase should come from systemd's credentials.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from keys.durable import sync

PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey | MLDSA44PrivateKey
MAX_BYTES: Final = 64 * 1024
MIN_PASSPHRASE: Final = 12
MAX_PASSPHRASE: Final = 1023
"""Bytes in a passphrase; OpenSSL takes no longer one."""
_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_MAGIC: Final = b"chuanyu secret v1\n"
_SCRYPT_N: Final = 1 << 14
"""About 40 ms and 16 MiB for each secret."""


class KeystoreError(Exception):
    """A key cannot be used as it lies; says what was found and expected, and in `remedy` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def read_private(path: Path) -> bytes:
    """Return the bytes of a file that only this user may read.

    Raises:
        KeystoreError: it is absent, a link, not a file, another user's, looser than 0600, or too large.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise KeystoreError(
            f"{path}: expected a private file, found: {error.strerror}",
            "restore it from the backup of this node's keys; a new node alone gets new ones, from chuanyu node init",
        ) from error
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        os.close(descriptor)
        raise KeystoreError(f"{path}: expected a regular file, found another kind", "put the key file itself there")
    with os.fdopen(descriptor, "rb") as file:
        mode = stat.S_IMODE(state.st_mode)
        if state.st_uid != os.geteuid():
            raise KeystoreError(f"{path}: expected a file of this user, found uid {state.st_uid}", f"chown it: {path}")
        if mode & 0o177:
            raise KeystoreError(f"{path}: expected mode 0600, found {mode:04o}", f"chmod 600 {path}")
        if state.st_size > MAX_BYTES:
            raise KeystoreError(f"{path}: expected at most {MAX_BYTES} bytes", "put the key file itself there")
        return file.read()


def write_private(path: Path, octets: bytes) -> None:
    """Write a file with mode 0600, whole or not at all, durable when this returns; an older one is replaced."""
    # Never the process number: in a container it is the same after a crash, and the remains would block all writing.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        # The bytes are durable under another name; the replacement is the point of no return for an older file.
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync(path.parent)


class Passphrase:
    """The passphrase of a keystore; its `repr` shows nothing."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        if len(octets) < MIN_PASSPHRASE:
            raise KeystoreError(f"expected a passphrase of at least {MIN_PASSPHRASE} bytes", "choose a longer one")
        if len(octets) > MAX_PASSPHRASE:
            raise KeystoreError(f"expected a passphrase of at most {MAX_PASSPHRASE} bytes", "choose a shorter one")
        self._octets = octets

    @classmethod
    def read(cls, path: Path) -> Passphrase:
        """Read it from systemd's credentials when they hold a file of that name, else from `path` (mode 0600).

        A credential that cannot be used is an error; `path` never steps in for it.

        Raises:
            KeystoreError: the file cannot be read, is too loose (as `read_private`), or its length is refused.
        """
        credentials = os.environ.get("CREDENTIALS_DIRECTORY", "")
        handed_over = Path(credentials) / path.name if credentials else None
        try:
            if handed_over is not None and handed_over.is_file():
                return cls(handed_over.read_bytes().strip())
        except OSError as error:
            raise KeystoreError(
                f"{handed_over}: expected a readable credential, found: {error.strerror}",
                "let the service manager hand it over: LoadCredential=",
            ) from error
        return cls(read_private(path).strip())

    def reveal(self) -> bytes:
        """Return the passphrase itself."""
        return self._octets

    def __repr__(self) -> str:
        return "<passphrase>"


def new_tls_key() -> EllipticCurvePrivateKey:
    """Return a new key for TLS: ECDSA P-256."""
    return generate_private_key(SECP256R1())


def new_signing_key() -> Ed25519PrivateKey:
    """Return a new key for signatures of documents, frames and checkpoints: Ed25519."""
    return Ed25519PrivateKey.generate()


def new_cosigning_key() -> MLDSA44PrivateKey:
    """Return a new key for the second signature of checkpoints and for cosignatures: ML-DSA-44."""
    return MLDSA44PrivateKey.generate()


def save_key(path: Path, key: PrivateKey, passphrase: Passphrase) -> None:
    """Write a private key, encrypted."""
    encryption = BestAvailableEncryption(passphrase.reveal())
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))


def load_key(path: Path, passphrase: Passphrase) -> PrivateKey:
    """Read a private key.

    Raises:
        KeystoreError: as `read_private`; it is not encrypted, the passphrase is wrong, or the kind of key is another.
    """
    octets = read_private(path)
    # At the beginning: of several keys in one file the first is read, and it may not be the encrypted one.
    if not octets.startswith(_ENCRYPTED):
        raise KeystoreError(f"{path}: expected an encrypted key, found another", "encrypt it: openssl pkcs8 -topk8")
    try:
        key = load_pem_private_key(octets, passphrase.reveal())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeystoreError(f"{path}: the passphrase does not open it", "check the passphrase file") from error
    if isinstance(key, (Ed25519PrivateKey, MLDSA44PrivateKey)):
        return key
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise KeystoreError(f"{path}: expected a P-256, Ed25519 or ML-DSA-44 key, found another kind", "make a new key")


def load_tls_key(path: Path, passphrase: Passphrase) -> EllipticCurvePrivateKey:
    """Read a key for TLS; raises KeystoreError as `load_key`, or if it is of another kind."""
    key = load_key(path, passphrase)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise KeystoreError(f"{path}: expected a P-256 key, found another kind", "make it with chuanyu keys request")
    return key


def load_signing_key(path: Path, passphrase: Passphrase) -> Ed25519PrivateKey:
    """Read a key for signatures; raises KeystoreError as `load_key`, or if it is of another kind."""
    key = load_key(path, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeystoreError(f"{path}: expected an Ed25519 key, found another kind", "make it with chuanyu node init")
    return key


def load_cosigning_key(path: Path, passphrase: Passphrase) -> MLDSA44PrivateKey:
    """Read a key for cosignatures; raises KeystoreError as `load_key`, or if it is of another kind."""
    key = load_key(path, passphrase)
    if not isinstance(key, MLDSA44PrivateKey):
        raise KeystoreError(f"{path}: expected an ML-DSA-44 key, found another kind", "make it with chuanyu node init")
    return key


def unencrypted_pem(key: PrivateKey) -> bytes:
    """Return the key as gRPC takes it: PEM, unencrypted. It must stay in memory."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _secret_key(passphrase: Passphrase, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=8, p=1).derive(passphrase.reveal())


def save_secret(path: Path, secret: bytes, passphrase: Passphrase) -> None:
    """Write a secret, encrypted: the magic line, 16 bytes of salt, 12 of nonce, the ciphertext."""
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_secret_key(passphrase, salt)).encrypt(nonce, secret, _MAGIC)
    write_private(path, _MAGIC + salt + nonce + sealed)


def load_secret(path: Path, passphrase: Passphrase) -> bytes:
    """Read a secret.

    Raises:
        KeystoreError: as `read_private`; it is of another format, or the passphrase is wrong.
    """
    octets = read_private(path)
    if not octets.startswith(_MAGIC):
        raise KeystoreError(f"{path}: expected an encrypted secret, found another format", "make it with node init")
    body = octets[len(_MAGIC) :]
    try:
        return AESGCM(_secret_key(passphrase, body[:16])).decrypt(body[16:28], body[28:], _MAGIC)
    except (InvalidTag, ValueError) as error:
        raise KeystoreError(f"{path}: the passphrase does not open it", "check the passphrase file") from error
