"""Checks that each peer is reached over mutual TLS, has its identity and serves, and that our platform answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from gateway.cli.checks.trust import read_trust
from gateway.cli.details import put_detail
from gateway.cli.provinces import name_province
from gateway.cli.screen import CheckFinding, report_doubt, report_error, report_right, report_wrong
from gateway.ground.item import Label

if TYPE_CHECKING:
    from adapters.contract import Health
    from gateway.settings import Settings
    from gateway.settings.sections import Peer
    from keys.keystore import Passphrase
    from keys.trust import TrustBundle

HEALTH_SECONDS: Final = 5.0


def check_peers(settings: Settings, passphrase: Passphrase, now: datetime) -> Iterator[CheckFinding]:
    """Yield the findings of each peer: the handshake, the identity, the health."""
    from keys.trust import TrustError

    for peer in settings.peers:
        subject = Label(
            f"与{name_province(peer.province).zh} {peer.target} 的连接",
            f"the connection to {name_province(peer.province).en} {peer.target}",
        )
        try:
            bundle = read_trust(settings, peer.province, now)
        except TrustError as error:
            remedy = Label("先接受信任包：chuanyu keys accept", "accept its bundle first: chuanyu keys accept")
            yield report_error(subject, error, remedy)
            continue
        finding = _check_handshake(settings, peer, passphrase, bundle, subject)
        yield finding or report_right(subject, f"TLS 1.3，{peer.node}", f"TLS 1.3, {peer.node}")
        if finding is None:
            yield _check_health(settings, peer, passphrase, bundle)


def _check_handshake(
    settings: Settings, peer: Peer, passphrase: Passphrase, bundle: TrustBundle, subject: Label
) -> CheckFinding | None:
    """Return what is wrong with the handshake, or None."""
    from gateway.cli.checks.handshake import explain_failure, make_context, shake_hands

    try:
        context = make_context(
            settings.tls_certificate_path, settings.tls_key_path, passphrase.reveal, bundle.authority_pem
        )
    except OSError as error:
        remedy = Label("运行 chuanyu node check", "run chuanyu node check")
        return report_error(Label("本节点的密钥与证书", "this node's key and certificate"), error, remedy)
    try:
        shaken = shake_hands(peer.target, context)
    except OSError as error:
        failure = explain_failure(error)
        return report_wrong(subject, failure.found, failure.remedy)
    if shaken.uris != (peer.node,):
        shown = ", ".join(shaken.uris) or "—"
        return report_wrong(
            subject,
            Label(f"对方是 {shown}", f"a certificate of {shown}"),
            Label(f"核对 peers 的 target 与 node（{peer.node}）", f"check target and node ({peer.node}) of peers"),
        )
    return None


def _check_health(settings: Settings, peer: Peer, passphrase: Passphrase, bundle: TrustBundle) -> CheckFinding:
    """Ask the peer's health service, which every machine of a known authority may ask."""
    import grpc
    from grpc_health.v1 import health_pb2

    from gateway.cli.ask.show import describe_refusal
    from gateway.cli.connection import Credentials, open_channel
    from keys.rotation import load_certified_key

    subject = Label(
        f"{name_province(peer.province).zh}网关的状态", f"the state of the gateway of {name_province(peer.province).en}"
    )
    pair = load_certified_key(settings.tls_key_path, settings.tls_certificate_path, passphrase)
    credentials = Credentials(bundle.authority_pem.encode(), pair.certificate_pem, pair.key_pem)
    with open_channel(peer.target, credentials, "") as channel:
        ask = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = ask(health_pb2.HealthCheckRequest(service="gateway.wire.v1.Peer"), timeout=HEALTH_SECONDS)
        except grpc.RpcError as error:
            problem = describe_refusal(error)
            return report_wrong(subject, problem.found, problem.remedy)
    if answer.status == health_pb2.HealthCheckResponse.SERVING:
        return report_right(subject, "正常服务", "serving")
    return report_doubt(
        subject,
        Label("未在服务", "not serving"),
        Label("请对方管理员运行 chuanyu doctor", "ask its administrator to run chuanyu doctor"),
    )


def check_platform(settings: Settings) -> CheckFinding:
    """Open our own platform as the node does, and ask whether it answers."""
    from adapters.contract import PlatformError
    from gateway.assembly.status import tell_words

    subject = Label("本方平台", "our own platform")
    remedy = Label("核对 [platform.options] 与平台本身", "check [platform.options] and the platform itself")
    try:
        health = asyncio.run(_ask_platform(settings))
        serving, detail = health.serving, health.detail
    except (OSError, ValueError, PlatformError) as error:  # of the options, whose words help
        serving, detail = False, tell_words(str(error)) or type(error).__name__
    except Exception as defect:  # of the adapter, whose words are not known to be free of personal values
        serving, detail = False, type(defect).__name__
    if serving:
        return report_right(subject, "正常", "it answers")
    return report_wrong(
        subject, Label(f"不能返回结果：{put_detail(detail).zh}", f"it does not answer: {detail}"), remedy
    )


async def _ask_platform(settings: Settings) -> Health:
    """Return what our adapter says of itself, held to its contract as the node holds it."""
    from gateway.assembly.build import open_platform
    from gateway.assembly.status import read_health

    platform = open_platform(settings)
    try:
        return await read_health(platform)
    finally:
        await platform.close()
