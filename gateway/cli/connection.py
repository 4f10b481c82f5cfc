"""A client's connection from the command line: its certificate, its key under a passphrase, the authority it trusts.

Rules: the private key is decrypted in memory only; a client certificate is always shown; a file that
cannot be used is named, its content never is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.screen import Problem
from gateway.item import Label

if TYPE_CHECKING:
    import grpc

MAX_MESSAGE_BYTES: Final = 16 << 20
"""The greatest answer that the command line takes."""


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
        why = error.strerror or type(error).__name__
        raise Problem(
            Label(f"{path}：{why}", f"{path}: {why}"),
            Label(f"可读的文件：{what.zh}", f"a readable file: {what.en}"),
            Label("核对路径和文件权限", "check the path and the file's permissions"),
        ) from error


def read_passphrase(path: Path) -> bytes:
    """Return the passphrase of a file, without the newline at its end.

    Raises:
        Problem: the file cannot be read, or is empty.
    """
    passphrase = read_file(path, Label("口令", "a passphrase")).rstrip(b"\r\n")
    if not passphrase:
        raise Problem(
            Label(f"{path} 是空的", f"{path} is empty"),
            Label("含口令的文件", "a file that holds a passphrase"),
            Label("把口令写入该文件，权限 0600", "write the passphrase into it, mode 0600"),
        )
    return passphrase


def read_credentials(authority: Path, certificate: Path, key: Path, passphrase: Path) -> Credentials:
    """Read what a client shows, and check that the key belongs to the certificate.

    Raises:
        Problem: a file cannot be read, the key cannot be decrypted, or it is another certificate's.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    certificate_pem = read_file(certificate, Label("证书", "the certificate"))
    authority_pem = read_file(authority, Label("证书机构", "the authority's certificate"))
    try:
        private = serialization.load_pem_private_key(
            read_file(key, Label("私钥", "the private key")), read_passphrase(passphrase)
        )
    except (ValueError, TypeError) as error:
        raise Problem(
            Label(f"{key} 无法用该口令解开", f"{key} cannot be opened with this passphrase"),
            Label("加密的 PEM 私钥及其口令", "an encrypted PEM private key and its passphrase"),
            Label("核对 --key-file 与 --passphrase-file", "check --key-file and --passphrase-file"),
        ) from error
    spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        certified = x509.load_pem_x509_certificate(certificate_pem).public_key()
        x509.load_pem_x509_certificates(authority_pem)
    except ValueError as error:
        raise Problem(
            Label("不是 PEM 证书", "no PEM certificate"),
            Label(f"{certificate} 和 {authority} 是 PEM 证书", f"PEM certificates in {certificate} and {authority}"),
            Label("核对 --cert 与 --ca", "check --cert and --ca"),
        ) from error
    if certified.public_bytes(*spki) != private.public_key().public_bytes(*spki):
        raise Problem(
            Label(f"{key} 不是该证书的私钥", f"{key} belongs to another certificate"),
            Label(f"{certificate} 的私钥", f"the private key of {certificate}"),
            Label("核对 --cert 与 --key-file", "check --cert and --key-file"),
        )
    key_pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Credentials(authority_pem, certificate_pem, key_pem)


def open_channel(target: str, credentials: Credentials, server_name: str) -> grpc.Channel:
    """Return a channel with mutual TLS; `server_name` is the name that the server's certificate must hold.

    Raises:
        Problem: the target is no host and port.
    """
    import grpc

    if not re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}", target):
        raise Problem(
            Label(f"地址 {target!r}", f"the address {target!r}"),
            Label("主机:端口", "host:port"),
            Label("改正 --gateway，例如 gateway.example:7443", "correct --gateway, for example gateway.example:7443"),
        )
    options: list[tuple[str, str | int]] = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)]
    if server_name:
        options.append(("grpc.ssl_target_name_override", server_name))
    secure = grpc.ssl_channel_credentials(credentials.authority_pem, credentials.key_pem, credentials.certificate_pem)
    return grpc.secure_channel(target, secure, options)
