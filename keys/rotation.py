"""Live rotation of a certificate: notices new files, and takes them only when key and certificate belong together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.files import read_file
from keys.issuer import UNREADABLE, is_der
from keys.keystore import KeystoreError, Passphrase, load_tls_key, unencrypted_pem

_ISSUE: Final = (
    "have the request issued by the province's authority: chuanyu keys issue",
    "由本方证书认证机构按该请求签发证书：chuanyu keys issue",
)
_UNUSABLE: Final[tuple[type[Exception], ...]] = (OSError, *UNREADABLE)


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A private key (PEM, unencrypted, in memory only) with its certificate and the time until which that holds."""

    key_pem: bytes
    certificate_pem: bytes
    not_after: datetime

    def __repr__(self) -> str:
        return f"<key and certificate until {self.not_after}>"


def load_certified_key(key_path: Path, certificate_path: Path, passphrase: Passphrase) -> CertifiedKey:
    """Read a key and its certificate.

    Raises:
        KeystoreError: either cannot be read, or they do not belong together.
    """
    key = load_tls_key(key_path, passphrase)
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = b""
    try:
        pem = read_file(certificate_path)
        certificate = x509.load_pem_x509_certificate(pem)
        certified = certificate.public_key().public_bytes(*form)
    except _UNUSABLE as error:
        der, name = is_der(pem), certificate_path.name
        convert = f"openssl x509 -inform DER -in {name} -out {name}.pem"
        found = ("DER", "为 DER 编码") if der else ("another thing", "不是") if pem else ("none", "没有")
        raise KeystoreError(
            f"{certificate_path}: expected a certificate in PEM, found {found[0]}",
            f"{certificate_path}：预期 PEM 编码的证书，实际{found[1]}",
            (f"convert it with {convert}", f"用 {convert} 转换") if der else _ISSUE,
        ) from error
    if certified != key.public_key().public_bytes(*form):
        raise KeystoreError(
            f"{certificate_path}: expected the certificate of {key_path.name}, found that of another key",
            f"{certificate_path}：预期 {key_path.name} 的证书，实际属于另一私钥",
            _ISSUE,
        )
    return CertifiedKey(unencrypted_pem(key), pem, certificate.not_valid_after_utc)


class Rotation:
    """The pair in force. `renew` looks at the files; a half-replaced pair is not taken."""

    def __init__(self, key_path: Path, certificate_path: Path, passphrase: Passphrase) -> None:
        self._paths = (key_path, certificate_path)
        self._passphrase = passphrase
        # Looked at before reading: a change between the two is then noticed, not missed.
        self._seen = self._state()
        self.certified = load_certified_key(key_path, certificate_path, passphrase)

    def renew(self) -> bool:
        """Take a new pair if the files changed; tell whether one was. Files are tried once until they change again.

        Raises:
            KeystoreError: the files changed and do not belong together; the pair in force stays in force.
        """
        state = self._state()
        if state == self._seen:
            return False
        self._seen = state
        self.certified = load_certified_key(*self._paths, self._passphrase)
        return True

    def _state(self) -> tuple[tuple[int, int, int], ...]:
        found = []
        for path in self._paths:
            try:
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, status.st_ino))
            except OSError:
                found.append((0, 0, 0))
        return tuple(found)
