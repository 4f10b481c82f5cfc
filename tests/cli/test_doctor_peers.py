"""`chuanyu doctor` against real listeners with mutual TLS: each reason why a peer is not reached is told apart."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from adapters.contract import Health, PlatformUnavailable
from gateway.cli.checks.handshake import explain_failure, split_target
from gateway.cli.checks.peers import check_peers, check_platform
from gateway.cli.screen import CheckFinding, CheckStatus
from gateway.settings import Settings
from keys.keystore import Passphrase
from keys.rotation import CertifiedKey, load_certified_key
from tests.cli.world import CQ_PORT, World, judge, succeed
from tests.samples import NUMBER


def _pair(directory: Path) -> CertifiedKey:
    passphrase = Passphrase.read(directory / "passphrase")
    return load_certified_key(directory / "tls.key", directory / "tls.crt", passphrase)


@contextmanager
def _gateway(pair: CertifiedKey, roots: bytes, *, serving: bool = True) -> Iterator[int]:
    """A listener with mutual TLS and health, as a gateway has; yields its port."""
    server = grpc.server(ThreadPoolExecutor(2))
    servicer = health.HealthServicer()
    state = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
    servicer.set("gateway.wire.v1.Peer", state)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    credentials = grpc.ssl_server_credentials([(pair.key_pem, pair.certificate_pem)], roots, require_client_auth=True)
    port = server.add_secure_port("localhost:0", credentials)
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def _roots(world: World, *provinces: str) -> bytes:
    return b"".join((world / f"{province}-ca" / "authority.crt").read_bytes() for province in provinces)


def _point(world: World, target: str) -> Settings:
    """Let Sichuan's node dial Chongqing's at another place."""
    text = world.config.read_text("utf-8").replace(f"localhost:{CQ_PORT}", target)
    world.config.write_text(text, "utf-8")
    return Settings.load(world.config)


def _look(settings: Settings) -> list[CheckFinding]:
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    return list(check_peers(settings, passphrase, datetime.now(UTC)))


def test_a_sound_peer_is_reached_and_serves(world: World) -> None:
    """TLS 1.3, the identity of the settings, health SERVING."""
    with _gateway(_pair(world / "cq" / "keys"), _roots(world, "sc", "cq")) as port:
        found = _look(_point(world, f"localhost:{port}"))
    assert [CheckStatus.RIGHT, CheckStatus.RIGHT] == [one.status for one in found], found
    assert "spiffe://500000.chuanyu/node/gateway-1" in found[0].found.en


def test_a_peer_that_does_not_serve_is_a_doubt(world: World) -> None:
    """It is there, and says so itself."""
    with _gateway(_pair(world / "cq" / "keys"), _roots(world, "sc", "cq"), serving=False) as port:
        found = _look(_point(world, f"localhost:{port}"))
    assert [CheckStatus.RIGHT, CheckStatus.DOUBTFUL] == [one.status for one in found]


def test_a_peer_that_does_not_trust_us_is_told(world: World) -> None:
    """It has not accepted our bundle: the reason comes after the handshake."""
    with _gateway(_pair(world / "cq" / "keys"), _roots(world, "cq")) as port:
        (found,) = _look(_point(world, f"localhost:{port}"))
    assert CheckStatus.WRONG == found.status
    assert "keys accept" in found.remedy.en, found


def test_a_peer_of_another_authority_is_told(world: World) -> None:
    """Its certificate is not from the authority of the bundle."""
    with _gateway(_pair(world / "sc" / "keys"), _roots(world, "sc", "cq")) as port:
        (found,) = _look(_point(world, f"localhost:{port}"))
    assert "not from the authority of the trust bundle" in found.found.en


def test_a_peer_of_another_name_is_told(world: World) -> None:
    """The authority is right, the node is not the one of the settings."""
    succeed(
        "node", "init", "--province", "chongqing", "--name", "gateway-2", "--dialled-as", "localhost", world / "two"
    )
    keys = world / "two" / "keys"
    issue = ("keys", "issue", "--authority", world / "cq-ca", keys / "tls.csr", "--out", keys / "tls.crt")
    succeed(*issue, "--identity", "spiffe://500000.chuanyu/node/gateway-2")
    with _gateway(_pair(keys), _roots(world, "sc", "cq")) as port:
        (found,) = _look(_point(world, f"localhost:{port}"))
    assert "a certificate of spiffe://500000.chuanyu/node/gateway-2" == found.found.en


def test_a_peer_under_a_name_that_its_certificate_lacks_is_told(world: World) -> None:
    """The certificate names `localhost`, not the address."""
    with _gateway(_pair(world / "cq" / "keys"), _roots(world, "sc", "cq")) as port:
        (found,) = _look(_point(world, f"127.0.0.1:{port}"))
    assert "does not name this address" in found.found.en


def test_a_port_on_which_nobody_listens_is_told(world: World) -> None:
    """The peer's node is not running."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        (found,) = _look(_point(world, f"127.0.0.1:{held.getsockname()[1]}"))
    assert "nothing listens on the port" == found.found.en


def test_a_host_that_has_no_name_is_told(world: World) -> None:
    """RFC 6761 keeps `invalid` for this."""
    (found,) = _look(_point(world, "gateway.invalid:7443"))
    assert "the host's name is not known" == found.found.en


@contextmanager
def _listener(context: ssl.SSLContext | None, greeting: bytes) -> Iterator[int]:
    """A listener that takes one connection, with TLS or without, says something and closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    if context is None:
                        connection.recv(512)
                        connection.sendall(greeting)
                    else:
                        with context.wrap_socket(connection, server_side=True) as secure:
                            secure.sendall(greeting)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            thread.join(10)


def test_a_port_without_tls_is_told(world: World) -> None:
    """Something else listens there."""
    with _listener(None, b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        (found,) = _look(_point(world, f"localhost:{port}"))
    assert "the port does not speak TLS" == found.found.en


def test_a_peer_below_tls_1_3_is_told(world: World) -> None:
    """An older version is never agreed on."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    keys = world / "cq" / "keys"
    context.load_cert_chain(keys / "tls.crt", keys / "tls.key", (keys / "passphrase").read_text("utf-8").strip())
    with _listener(context, b"x") as port:
        (found,) = _look(_point(world, f"localhost:{port}"))
    assert "the other side does not speak TLS 1.3" == found.found.en


def test_a_peer_that_closes_after_the_handshake_is_told(world: World) -> None:
    """Without an alert nothing more is known than that."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    keys = world / "cq" / "keys"
    context.load_cert_chain(keys / "tls.crt", keys / "tls.key", (keys / "passphrase").read_text("utf-8").strip())
    with _listener(context, b"") as port:
        (found,) = _look(_point(world, f"localhost:{port}"))
    assert "closed the connection" in found.found.en


def test_a_peer_without_a_bundle_is_not_dialled(world: World) -> None:
    """There is nobody to be trusted yet."""
    (world / "sc" / "trust" / "500000.bundle").unlink()
    (found,) = _look(Settings.load(world.config))
    assert "500000.bundle" in found.found.en


def test_without_our_own_certificate_nothing_is_dialled(world: World) -> None:
    """The fault is ours, and told as ours."""
    (world / "sc" / "keys" / "tls.crt").unlink()
    (found,) = _look(Settings.load(world.config))
    assert "this node's key and certificate" == found.subject.en


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (TimeoutError(), "no answer within"),
        (ConnectionRefusedError(), "nothing listens"),
        (ConnectionResetError(), "closed the connection"),
        (OSError(113, "No route to host"), "No route to host"),
        (OSError(), "OSError"),
        (ssl.SSLError(), "the TLS handshake failed"),
    ],
)
def test_every_error_becomes_a_reason_and_a_remedy(error: OSError, part: str) -> None:
    """What is not known is told in the system's words, never in silence."""
    failure = explain_failure(error)
    assert part in failure.found.en
    assert failure.found.zh
    assert failure.remedy.zh


@pytest.mark.parametrize(
    ("target", "host"), [("gateway.example:7443", "gateway.example"), ("[2001:db8::1]:7443", "2001:db8::1")]
)
def test_a_target_is_a_host_and_a_port(target: str, host: str) -> None:
    """An IPv6 address loses its brackets."""
    assert (host, 7443) == split_target(target)


def test_a_platform_that_cannot_be_opened_is_wrong(world: World) -> None:
    """Its options do not fit."""
    (world / "sc" / "platform.db").unlink()
    assert CheckStatus.WRONG == check_platform(Settings.load(world.config)).status


class _Mute:
    """A platform that says it does not serve, says nothing at all, or fails."""

    def __init__(self, *, hangs: bool = False, detail: str = "the view is missing", error: str = "") -> None:
        self._hangs = hangs
        self._detail = detail
        self._error = error
        self.closed = False

    async def health(self) -> Health:
        """Answer, or never."""
        if self._hangs:
            await asyncio.Event().wait()
        if self._error:
            raise OSError(self._error)
        return Health(serving=False, detail=self._detail)

    async def close(self) -> None:
        """Take note."""
        self.closed = True


@pytest.mark.parametrize(
    ("hangs", "part"), [(False, "the view is missing"), (True, "the adapter did not answer within two seconds")]
)
def test_a_platform_that_does_not_answer_is_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch, hangs: bool, part: str
) -> None:
    """It says so, or does not answer in time; it is closed either way."""
    mute = _Mute(hangs=hangs)
    monkeypatch.setattr("gateway.assembly.build.open_platform", lambda settings: mute)
    monkeypatch.setattr("gateway.assembly.status.HEALTH_SECONDS", 0.05)
    found = check_platform(Settings.load(world.config))
    assert CheckStatus.WRONG == found.status
    assert part in found.found.en
    assert mute.closed


@pytest.mark.parametrize(
    "mute",
    [_Mute(detail=f"row of {NUMBER}"), _Mute(detail="\x1b[31mred\u202e"), _Mute(error=f"row of {NUMBER}")],
    ids=["number", "controls", "error"],
)
def test_what_an_adapter_says_of_its_health_is_held_to_its_contract(
    world: World, monkeypatch: pytest.MonkeyPatch, mute: _Mute
) -> None:
    """F8: no personal number and no escape reaches the terminal, as none reaches an administrator of the node."""
    monkeypatch.setattr("gateway.assembly.build.open_platform", lambda settings: mute)
    found = check_platform(Settings.load(world.config))
    assert (CheckStatus.WRONG, True) == (found.status, mute.closed)
    for told in (found.found.zh, found.found.en):
        assert NUMBER not in told
        assert told.isprintable()


@pytest.mark.parametrize("kind", [OSError, ValueError, PlatformUnavailable])
def test_why_a_platform_cannot_be_opened_is_scanned_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    """F8: the words are kept where they may be told, and withheld where they hold a number."""

    def open_platform(settings: Settings) -> None:
        raise kind(words)

    monkeypatch.setattr("gateway.assembly.build.open_platform", open_platform)
    words = f"\x1b[2Jrow of {NUMBER}"
    found = check_platform(Settings.load(world.config))
    assert (CheckStatus.WRONG, False, True) == (found.status, NUMBER in found.found.en, found.found.en.isprintable())
    words = "expected the option path"
    assert words in check_platform(Settings.load(world.config)).found.en


def test_a_defect_of_an_adapter_is_told_by_its_kind_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words may hold a personal value."""

    def open_platform(settings: Settings) -> None:
        raise KeyError("519999199001010010")

    monkeypatch.setattr("gateway.assembly.build.open_platform", open_platform)
    found = check_platform(Settings.load(world.config))
    assert (CheckStatus.WRONG, "it does not answer: KeyError") == (found.status, found.found.en)


def test_doctor_shows_machine_and_surroundings(world: World) -> None:
    """One table; exit code 1 since the peer does not run."""
    code, found = judge("doctor", "--config", world.config)
    assert 1 == code
    assert {"Python's version", "the kernel clock", "our own platform", "the clock of Chongqing (500000)"} <= set(found)
    assert "wrong" == found[f"the connection to Chongqing (500000) localhost:{CQ_PORT}"][0]


def test_doctor_tells_faults_of_the_settings(tmp_path: Path) -> None:
    """And looks at the machine all the same."""
    code, found = judge("doctor", "--config", tmp_path / "absent.toml")
    assert 1 == code
    assert "Python's version" in found


def test_doctor_without_a_node_looks_at_the_machine() -> None:
    """Before anything is set up."""
    code, found = judge("doctor")
    wrong = [name for name, (judgement, _) in found.items() if judgement == "wrong"]
    assert bool(wrong) == bool(code)
