"""One handshake with another gateway, and the exact reason when it fails.

Rules: TLS 1.3 with our certificate, as the node itself dials. A server that refuses our certificate says so
when the client has finished already (RFC 8446 section 2), so one byte is read; HTTP/2 servers speak first too (RFC 9113
section 3.4).
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.cli.details import put_detail
from gateway.ground.item import Label

SECONDS: Final = 5.0
"""How long a handshake may take."""


@dataclass(frozen=True, slots=True)
class HandshakeFailure:
    """The reason why no connection came about, and the next step."""

    found: Label
    remedy: Label


@dataclass(frozen=True, slots=True)
class Handshake:
    """A handshake that succeeded: the TLS version and the URIs of the server's certificate."""

    tls_version: str
    uris: tuple[str, ...]


_ASK_TRUST: Final = Label(
    "请对方用 chuanyu keys accept 接受本方信任包，并核对指纹",
    "ask the other side to accept our trust bundle with chuanyu keys accept, fingerprints compared",
)
_RENEW_OURS: Final = Label("换发本节点证书，并核对时钟", "renew this node's certificate, and check the clock")
_NETWORK: Final = Label("核对地址、路由与防火墙", "check the address, the route and the firewall")

VERIFICATION: Final[Mapping[int, HandshakeFailure]] = {
    9: HandshakeFailure(
        Label("对方证书尚未生效", "the other certificate is not valid yet"),
        Label("核对两端时钟", "check both clocks"),
    ),
    10: HandshakeFailure(
        Label("对方证书已过期", "the other certificate has expired"),
        Label("请对方换发节点证书", "ask the other side to renew its node certificate"),
    ),
    62: HandshakeFailure(
        Label("对方证书中没有该主机名", "the other certificate does not name this host"),
        Label("核对 peers 的 target，或请对方重新申请证书", "check the target of peers, or have it issued anew"),
    ),
    64: HandshakeFailure(
        Label("对方证书中没有该地址", "the other certificate does not name this address"),
        Label("核对 peers 的 target，或请对方重新申请证书", "check the target of peers, or have it issued anew"),
    ),
}
"""By OpenSSL's X509_V_ERR codes."""

UNTRUSTED: Final = HandshakeFailure(
    Label("对方证书不是由信任包中的机构签发", "the other certificate is not from the authority of the trust bundle"),
    Label(
        "取得对方现行信任包，核对指纹后 chuanyu keys accept",
        "get its current trust bundle and accept it, fingerprints compared",
    ),
)

ALERTS: Final[Mapping[str, HandshakeFailure]] = {
    "CERTIFICATE_REQUIRED": HandshakeFailure(
        Label("对方没有收到本节点证书", "the other side got no certificate of ours"), _RENEW_OURS
    ),
    "UNKNOWN_CA": HandshakeFailure(
        Label("对方不信任本方证书认证机构", "the other side does not trust our authority"), _ASK_TRUST
    ),
    "CERTIFICATE_UNKNOWN": HandshakeFailure(
        Label("对方不接受本节点证书", "the other side does not take our certificate"), _ASK_TRUST
    ),
    "BAD_CERTIFICATE": HandshakeFailure(
        Label("对方不接受本节点证书", "the other side does not take our certificate"), _ASK_TRUST
    ),
    "CERTIFICATE_EXPIRED": HandshakeFailure(Label("本节点证书已过期", "our certificate has expired"), _RENEW_OURS),
    "CERTIFICATE_REVOKED": HandshakeFailure(Label("本节点证书已被撤销", "our certificate is revoked"), _RENEW_OURS),
    "DECRYPT_ERROR": HandshakeFailure(
        Label("对方无法验证本节点签名", "the other side could not verify our signature"), _ASK_TRUST
    ),
    "PROTOCOL_VERSION": HandshakeFailure(
        Label("对方不支持 TLS 1.3", "the other side does not speak TLS 1.3"),
        Label("请对方启用 TLS 1.3", "ask the other side to enable TLS 1.3"),
    ),
    "WRONG_VERSION_NUMBER": HandshakeFailure(
        Label("该端口不是 TLS", "the port does not speak TLS"),
        Label("核对 peers 的 target", "check the target of peers"),
    ),
    "HANDSHAKE_FAILURE": HandshakeFailure(Label("双方没有共同的算法", "no common cryptography"), _RENEW_OURS),
}
"""By the end of OpenSSL's reason."""

CLOSED: Final = HandshakeFailure(
    Label("对方在握手后关闭连接", "the other side closed the connection after the handshake"), _ASK_TRUST
)


def explain_failure(error: OSError) -> HandshakeFailure:
    """Turn an error of the connection into its reason; an unknown one is given in the system's words."""
    match error:
        case ssl.SSLCertVerificationError():
            return VERIFICATION.get(error.verify_code, UNTRUSTED)
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError() | ConnectionResetError() | BrokenPipeError():
            return CLOSED
        case ssl.SSLError():
            reason = str(getattr(error, "reason", "") or error)
            for end, failure in ALERTS.items():
                if reason.endswith(end):
                    return failure
            return HandshakeFailure(Label(f"TLS 握手失败：{reason}", f"the TLS handshake failed: {reason}"), _ASK_TRUST)
        case socket.gaierror():
            return HandshakeFailure(Label("主机名无法解析", "the host's name is not known"), _NETWORK)
        case ConnectionRefusedError():
            return HandshakeFailure(
                Label("该端口没有程序监听", "nothing listens on the port"),
                Label("请对方启动节点，并核对端口", "ask the other side to start its node, and check the port"),
            )
        case TimeoutError():
            return HandshakeFailure(Label(f"{SECONDS:g} 秒内没有响应", f"no answer within {SECONDS:g} s"), _NETWORK)
    why = error.strerror or type(error).__name__
    return HandshakeFailure(Label(f"无法连接：{put_detail(why).zh}", f"cannot connect: {why}"), _NETWORK)


def make_context(certificate: Path, key: Path, passphrase: Callable[[], bytes], authority_pem: str) -> ssl.SSLContext:
    """Return what a handshake needs: our pair, and the only authority that may have signed the other side's.

    `passphrase` is asked when the key is opened, and not kept.

    Raises:
        OSError: a file cannot be read, the passphrase does not open the key, or the pair does not fit.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["h2"])
    context.load_verify_locations(cadata=authority_pem)
    context.load_cert_chain(certificate, key, passphrase)
    return context


def split_target(target: str) -> tuple[str, int]:
    """Return host and port of `host:port`; an IPv6 address stands in brackets."""
    host, _, port = target.rpartition(":")
    return re.sub(r"^\[(.*)\]$", r"\1", host), int(port)


def shake_hands(target: str, context: ssl.SSLContext) -> Handshake:
    """Connect, shake hands and read the first byte.

    Raises:
        OSError: as `explain` tells.
    """
    host, port = split_target(target)
    with (
        socket.create_connection((host, port), timeout=SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        if not secure.recv(1):
            raise ConnectionResetError
        return Handshake(secure.version() or "", read_uris(secure))


def read_uris(secure: ssl.SSLSocket) -> tuple[str, ...]:
    """Return the URIs of the certificate that the other side of a connection has shown."""
    names = (secure.getpeercert() or {}).get("subjectAltName", ())
    return tuple(str(name[1]) for name in names if isinstance(name, tuple) and name[0] == "URI")
