"""Private keys and secrets at rest: encrypted under a passphrase, mode 0600, written whole or not at all.

Rules: a file that is looser than 0600, not ours, or a link is refused; so are an unencrypted key and a wrong
passphrase. Keys are PKCS#8 PEM; secrets are 32 bytes under AES-256-GCM with a scrypt key (RFC 7914). Root and
this user could do harm by changing these files. The passphrase should come from systemd's credentials.
"""

from __future__ import annotations

import errno
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
from keys.files import read_file

PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey | MLDSA44PrivateKey
MAX_BYTES: Final = 64 * 1024
MIN_PASSPHRASE: Final = 12
MAX_PASSPHRASE: Final = 1023
"""Bytes in a passphrase; OpenSSL takes no longer one."""
_ENCRYPTED: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_MAGIC: Final = b"chuanyu secret v1\n"
_SCRYPT_N: Final = 1 << 14
"""About 40 ms and 16 MiB for each secret."""


_SYSTEM: Final = {errno.ENOENT: "文件不存在", errno.EACCES: "没有权限", errno.ELOOP: "是符号链接"}
_ITSELF: Final = ("put the key file itself there", "请将密钥文件本身放在该处")
_BACKUP: Final = ("restore it from the backup of the same keys", "从同一套密钥的备份恢复")


class KeystoreError(Exception):
    """A key cannot be used as it lies: what was found and expected, and in `remedy` what to do.

    `zh` and `remedy_zh` are the same in Chinese.
    """

    def __init__(self, message: str, zh: str, remedy: tuple[str, str]) -> None:
        super().__init__(message)
        self.zh = zh
        self.remedy, self.remedy_zh = remedy


class WrongPassphrase(KeystoreError):
    """What lies there does not open under the passphrase: that is another one, or the file is damaged."""

    def __init__(self, path: Path, passphrase: Passphrase) -> None:
        file = str(passphrase.source or "")
        super().__init__(
            f"{path}: the passphrase does not open it, or the file is damaged",
            f"{path}：口令不能打开该文件，或文件已损坏",
            (
                f"put the passphrase under which it was written into {file or 'the passphrase file'}; "
                "where that is lost, or the file is damaged, restore both from one backup",
                f"将当初加密时的口令写入 {file or '口令文件'}；口令遗失或文件损坏的，从同一备份恢复两者",
            ),
        )


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
            f"{path}：预期仅本用户可读的文件，实际：{_SYSTEM.get(error.errno or 0, error.strerror)}",
            (
                "check the path, or restore it from the backup of the same keys; "
                "chuanyu node init makes new ones, and for a new node alone",
                "核对路径，或从同一套密钥的备份恢复；chuanyu node init 只为新节点生成新密钥",
            ),
        ) from error
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        os.close(descriptor)
        raise KeystoreError(
            f"{path}: expected a regular file, found another kind", f"{path}：预期普通文件，实际不是", _ITSELF
        )
    with os.fdopen(descriptor, "rb") as file:
        mode = stat.S_IMODE(state.st_mode)
        if state.st_uid != os.geteuid():
            raise KeystoreError(
                f"{path}: expected a file of this user, found uid {state.st_uid}",
                f"{path}：应归本用户所有，实际归 uid {state.st_uid}",
                (f"chown {os.geteuid()} {path}",) * 2,
            )
        if mode & 0o177:
            raise KeystoreError(
                f"{path}: expected mode 0600, found {mode:04o}",
                f"{path}：权限预期 0600，实际为 {mode:04o}",
                (f"chmod 600 {path}",) * 2,
            )
        if state.st_size > MAX_BYTES:
            raise KeystoreError(
                f"{path}: expected at most {MAX_BYTES} bytes, found {state.st_size}",
                f"{path}：应不超过 {MAX_BYTES} 字节，实际 {state.st_size} 字节",
                _ITSELF,
            )
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
    """The passphrase of a keystore, and the file from which it came; its `repr` shows nothing."""

    __slots__ = ("_octets", "source")

    def __init__(self, octets: bytes, source: Path | None = None) -> None:
        if not MIN_PASSPHRASE <= len(octets) <= MAX_PASSPHRASE:
            where = f"{source}: " if source else ""
            raise KeystoreError(
                f"{where}expected a passphrase of {MIN_PASSPHRASE} to {MAX_PASSPHRASE} bytes, found {len(octets)}",
                f"{where}口令预期 {MIN_PASSPHRASE} 至 {MAX_PASSPHRASE} 字节，实际 {len(octets)} 字节",
                (
                    "put the whole passphrase into its file; for new keys, choose one of that length",
                    "将完整的口令写入口令文件；新密钥请选用该长度的口令",
                ),
            )
        self._octets = octets
        self.source = source

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
                return cls(read_file(handed_over).strip(), handed_over)
        except OSError as error:
            raise KeystoreError(
                f"{handed_over}: expected a readable credential, found: {error.strerror}",
                f"{handed_over}：预期可读的凭据，实际：{error.strerror}",
                ("let the service manager hand it over: LoadCredential=", "由服务管理器交付：LoadCredential="),
            ) from error
        return cls(read_private(path).strip(), path)

    def save(self, path: Path) -> None:
        """Write it to a file with mode 0600, from which `read` takes it."""
        write_private(path, self._octets + b"\n")

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
        raise KeystoreError(
            f"{path}: expected an encrypted key, found another",
            f"{path}：预期加密的私钥，实际不是",
            (
                f"encrypt it: openssl pkcs8 -topk8 -in {path} -out {path}.new; a damaged one comes from the backup",
                f"加密：openssl pkcs8 -topk8 -in {path} -out {path}.new；已损坏的从备份恢复",
            ),
        )
    try:
        key = load_pem_private_key(octets, passphrase.reveal())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise WrongPassphrase(path, passphrase) from error
    if isinstance(key, (Ed25519PrivateKey, MLDSA44PrivateKey)):
        return key
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return key
    raise _is_another(path, "P-256, Ed25519 or ML-DSA-44", "P-256、Ed25519 或 ML-DSA-44")


def _is_another(path: Path, expected: str, expected_zh: str) -> KeystoreError:
    return KeystoreError(
        f"{path}: expected a key of the kind {expected}, found another kind",
        f"{path}：预期 {expected_zh} 私钥，实际不是",
        _BACKUP,
    )


def load_tls_key(path: Path, passphrase: Passphrase) -> EllipticCurvePrivateKey:
    """Read a key for TLS; raises KeystoreError as `load_key`, or if it is of another kind."""
    key = load_key(path, passphrase)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise _is_another(path, "P-256", "P-256")
    return key


def load_signing_key(path: Path, passphrase: Passphrase) -> Ed25519PrivateKey:
    """Read a key for signatures; raises KeystoreError as `load_key`, or if it is of another kind."""
    key = load_key(path, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise _is_another(path, "Ed25519", "Ed25519")
    return key


def load_cosigning_key(path: Path, passphrase: Passphrase) -> MLDSA44PrivateKey:
    """Read a key for cosignatures; raises KeystoreError as `load_key`, or if it is of another kind."""
    key = load_key(path, passphrase)
    if not isinstance(key, MLDSA44PrivateKey):
        raise _is_another(path, "ML-DSA-44", "ML-DSA-44")
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
        raise KeystoreError(
            f"{path}: expected an encrypted secret, found another format",
            f"{path}：预期加密的密钥，实际为其他格式",
            _BACKUP,
        )
    body = octets[len(_MAGIC) :]
    try:
        return AESGCM(_secret_key(passphrase, body[:16])).decrypt(body[16:28], body[28:], _MAGIC)
    except (InvalidTag, ValueError) as error:
        raise WrongPassphrase(path, passphrase) from error
