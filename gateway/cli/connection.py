"""A client's connection from the command line: its certificate, its key under a passphrase, the authority it trusts.

Rules: the private key is decrypted in memory only; a client certificate is always shown; a file that
cannot be used is named, its content never is.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.screen import Problem
from gateway.ground.item import Label
from gateway.ground.os_errors import describe_os_error

if TYPE_CHECKING:
    import grpc
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate

    from keys.keystore import KeystoreError, Passphrase

MAX_MESSAGE_BYTES: Final = 16 << 20
"""The greatest answer that the command line takes."""
PASSPHRASE_BYTES: Final = 32
"""Random bytes of a new passphrase."""
_HOST: Final = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*")


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """PEM: the trusted authority, our certificate, and its private key unencrypted."""

    authority_pem: bytes
    certificate_pem: bytes
    key_pem: bytes


def read_file(path: Path, what: Label) -> bytes:
    """Return a file's bytes.

    Raises:
        Problem: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        why = describe_os_error(error)
        raise Problem(
            Label(f"{path}：{why.zh}", f"{path}: {why.en}"),
            Label(f"可读的文件：{what.zh}", f"a readable file: {what.en}"),
            Label("核对路径和文件权限", "check the path and the file's permissions"),
            exit_code=2,
        ) from error


def read_pem(path: Path, what: Label, tool: str) -> bytes:
    """Return the bytes of a file that should be PEM; `tool` is the command of openssl for its kind.

    Raises:
        Problem: it cannot be read, or is DER; then the next step is the command that converts it.
    """
    from keys.issuer import is_der

    octets = read_file(path, what)
    if is_der(octets):
        command = f"openssl {tool} -inform DER -in {path} -out {path}.pem"
        raise Problem(
            Label(f"{path} 是 DER 编码", f"{path} in DER"),
            Label(f"PEM 编码：{what.zh}", f"PEM: {what.en}"),
            Label(
                f"用 {command} 转换后，使用转换所得文件",
                f"convert it with {command}, then use the file that this makes",
            ),
            exit_code=2,
        )
    return octets


def read_personal(path: Path | None, what: Label) -> str:
    """Return what a person gave in a file, or on standard input where the path is `-`, without the blanks around it.

    Nothing where there is no path. Shown nowhere, and never taken from a command line, which others can see.

    Raises:
        Problem: the file cannot be read.
    """
    if path is None:
        return ""
    text = sys.stdin.readline() if str(path) == "-" else read_file(path, what).decode("utf-8", "replace")
    return text.strip()


def describe_keystore_error(error: KeystoreError, *, exit_code: int = 1) -> Problem:
    """Turn an error of the keystore into a problem; the exit code is 2 for a file that the command line names."""
    return Problem(
        Label(error.zh, str(error)),
        Label("仅本用户可读（0600）、以口令加密的密钥文件", "a key file encrypted under its passphrase, mode 0600"),
        Label(error.remedy_zh, error.remedy),
        exit_code=exit_code,
    )


def read_passphrase(path: Path) -> Passphrase:
    """Return the passphrase of a file.

    Raises:
        Problem: the file cannot be used, or its passphrase is too short.
    """
    from keys.keystore import KeystoreError, Passphrase

    try:
        return Passphrase.read(path)
    except KeystoreError as error:
        raise describe_keystore_error(error, exit_code=2) from error


def make_passphrase(path: Path, *, given: bool) -> Passphrase:
    """Return the passphrase of `path`; unless it was given, a new random one is written there first.

    Raises:
        Problem: as `read_passphrase`.
    """
    import secrets

    from keys.keystore import write_private

    if not given:
        write_private(path, secrets.token_urlsafe(PASSPHRASE_BYTES).encode() + b"\n")
    return read_passphrase(path)


def read_credentials(authority: Path, certificate: Path, key: Path, passphrase: Path) -> Credentials:
    """Read what a client shows, and check that the key belongs to the certificate.

    Raises:
        Problem: a file cannot be used, the key cannot be decrypted, or it is another certificate's.
    """
    from cryptography import x509

    from keys.keystore import unencrypted_pem

    authority_pem = read_pem(authority, Label("证书认证机构", "the authority's certificate"), "x509")
    certificate_pem = read_pem(certificate, Label("证书", "the certificate"), "x509")
    private = read_key(key, passphrase)
    try:
        certified = x509.load_pem_x509_certificate(certificate_pem)
        x509.load_pem_x509_certificates(authority_pem)
    except ValueError as error:
        raise Problem(
            Label("不是 PEM 证书", "no PEM certificate"),
            Label(f"{certificate} 和 {authority} 是 PEM 证书", f"PEM certificates in {certificate} and {authority}"),
            Label("核对 --cert 与 --ca", "check --cert and --ca"),
            exit_code=2,
        ) from error
    _require_pair(certified, certificate, private, key)
    return Credentials(authority_pem, certificate_pem, unencrypted_pem(private))


def read_key(path: Path, passphrase: Path) -> EllipticCurvePrivateKey:
    """Return a private key; raises Problem where a file cannot be used, or the passphrase does not open the key."""
    from keys.keystore import KeystoreError, load_tls_key

    try:
        return load_tls_key(path, read_passphrase(passphrase))
    except KeystoreError as error:
        raise describe_keystore_error(error, exit_code=2) from error


def read_pair(certificate: Path, key: Path, passphrase: Path) -> tuple[str, EllipticCurvePrivateKey]:
    """Return a certificate in PEM and its private key.

    Raises:
        Problem: a file cannot be used, the key cannot be decrypted, or it is another certificate's.
    """
    from cryptography import x509

    pem = read_pem(certificate, Label("证书", "the certificate"), "x509")
    private = read_key(key, passphrase)
    try:
        certified = x509.load_pem_x509_certificate(pem)
        text = pem.decode("ascii")
    except ValueError as error:
        raise Problem(
            Label("不是 PEM 证书", "no PEM certificate"),
            Label(f"{certificate} 是 PEM 证书", f"a PEM certificate in {certificate}"),
            Label("核对 --cert", "check --cert"),
            exit_code=2,
        ) from error
    _require_pair(certified, certificate, private, key)
    return text, private


def _require_pair(certified: Certificate, certificate: Path, private: EllipticCurvePrivateKey, key: Path) -> None:
    if certified.public_key() != private.public_key():
        raise Problem(
            Label(f"{key} 不是该证书的私钥", f"{key} belongs to another certificate"),
            Label(f"{certificate} 的私钥", f"the private key of {certificate}"),
            Label("核对 --cert 与 --key-file", "check --cert and --key-file"),
            exit_code=2,
        )


def require_host(name: str) -> str:
    """Return the name of a host as a certificate can bear it: an address, or a DNS name in ASCII (RFC 1123, RFC 5890).

    Raises:
        Problem: it is neither.
    """
    try:
        ip_address(name)
    except ValueError:
        if not _HOST.fullmatch(name):
            raise Problem(
                Label(f"主机名“{name[:80]}”", f"the host name {name[:80]!r}"),
                Label("地址，或 ASCII 主机名", "an address, or a host name in ASCII"),
                Label("国际化域名改写为 xn-- 形式", "write an internationalised name in its form xn--"),
                exit_code=2,
            ) from None
    return name


def is_unspecified(host: str) -> bool:
    """Tell whether a listener's host means every address of the machine, so that nobody can dial it by that name."""
    try:
        return ip_address(host.strip("[]")).is_unspecified
    except ValueError:
        return False


def open_channel(target: str, credentials: Credentials, server_name: str) -> grpc.Channel:
    """Return a channel with mutual TLS; `server_name` is the name that the server's certificate must hold.

    Raises:
        Problem: the target is no host and port.
    """
    import grpc

    if not re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}", target):
        raise Problem(
            Label(f"地址“{target}”", f"the address {target!r}"),
            Label("主机:端口", "host:port"),
            Label("改正 --gateway，例如 gateway.example:7443", "correct --gateway, for example gateway.example:7443"),
            exit_code=2,
        )
    options: list[tuple[str, str | int]] = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)]
    if server_name:
        options.append(("grpc.ssl_target_name_override", server_name))
    secure = grpc.ssl_channel_credentials(credentials.authority_pem, credentials.key_pem, credentials.certificate_pem)
    return grpc.secure_channel(target, secure, options)
