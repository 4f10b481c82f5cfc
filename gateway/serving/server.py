"""The listener: gRPC over mutual TLS, with limits, health, live certificate rotation and a graceful stop.

Rules: a client certificate is always required; the certificate in force is read anew for each handshake, so that it
rotates without a stop; message sizes, streams, connections and the seconds of a handshake are bounded. The door
requires TLS 1.3 for each call, since gRPC offers no lower bound.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from gateway.services.door import Door
from gateway.telemetry.listening import CannotListen, write_address
from gateway.telemetry.tls_listener import SHAKE_SECONDS
from gateway.wire.v1 import consent_pb2_grpc, exchange_pb2_grpc, ledger_pb2_grpc, peer_pb2_grpc, steward_pb2_grpc
from keys.rotation import CertifiedKey

SERVICES: Final = (
    "gateway.wire.v1.Exchange",
    "gateway.wire.v1.Consents",
    "gateway.wire.v1.Peer",
    "gateway.wire.v1.Ledger",
    "gateway.wire.v1.Steward",
)

EXCHANGING: Final = frozenset({"", "gateway.wire.v1.Exchange"})
"""The whole node, and the service that serves only while exchanges may be made."""


@dataclass(frozen=True, slots=True)
class Services:
    """The servicers, one for each audience."""

    exchange: exchange_pb2_grpc.ExchangeServicer
    consents: consent_pb2_grpc.ConsentsServicer
    peer: peer_pb2_grpc.PeerServicer
    ledger: ledger_pb2_grpc.LedgerServicer
    steward: steward_pb2_grpc.StewardServicer


@dataclass(frozen=True, slots=True)
class ServerBounds:
    """The most that the listener takes of one message and one connection."""

    max_message_bytes: int
    max_concurrent_streams: int


def count_connections() -> int:
    """Return how many connections the listener may have: three quarters of the descriptors that the process may.

    The rest is for the log, the platform and the links that we dial, which strangers can never take.
    """
    return int(resource.getrlimit(resource.RLIMIT_NOFILE)[0]) * 3 // 4


class Server:
    """One listener on one address. `pair` returns the certificate in force, `roots` every province's authority."""

    def __init__(
        self,
        services: Services,
        door: Door,
        *,
        pair: Callable[[], CertifiedKey],
        roots: Callable[[], bytes],
        bounds: ServerBounds,
    ) -> None:
        self._pair = pair
        self._roots = roots
        self._newest: tuple[CertifiedKey, bytes] | None = None
        self._turning = Lock()
        self._grpc = grpc.aio.server(
            interceptors=[door],
            options=[
                ("grpc.max_receive_message_length", bounds.max_message_bytes),
                ("grpc.max_send_message_length", bounds.max_message_bytes),
                ("grpc.max_concurrent_streams", bounds.max_concurrent_streams),
                ("grpc.max_metadata_size", 16 * 1024),
                ("grpc.keepalive_time_ms", 30_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
                ("grpc.so_reuseport", 0),
                ("grpc.server_handshake_timeout_ms", int(1000 * SHAKE_SECONDS)),
                ("grpc.max_allowed_incoming_connections", count_connections()),
            ],
        )
        exchange_pb2_grpc.add_ExchangeServicer_to_server(services.exchange, self._grpc)
        consent_pb2_grpc.add_ConsentsServicer_to_server(services.consents, self._grpc)
        peer_pb2_grpc.add_PeerServicer_to_server(services.peer, self._grpc)
        ledger_pb2_grpc.add_LedgerServicer_to_server(services.ledger, self._grpc)
        steward_pb2_grpc.add_StewardServicer_to_server(services.steward, self._grpc)
        self._health = health_aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        reflection.enable_server_reflection((*SERVICES, reflection.SERVICE_NAME, health.SERVICE_NAME), self._grpc)

    def configuration(self) -> Any:
        """Return the certificate and the roots for the next handshakes; nothing where they are those of the last call.

        gRPC asks before each handshake, from its own threads, and swaps what it holds for whatever it is given. It
        does not guard that swap against a handshake that begins at the same moment (grpcio 1.85: `sync.cc`, check of
        `prior > 0`, which ends the process), so it must be given something only when there is something new.
        """
        pair, roots = self._pair(), self._roots()
        with self._turning:
            if (pair, roots) == self._newest:
                return None
            self._newest = (pair, roots)
        return grpc.ssl_server_certificate_configuration(
            [(pair.key_pem, pair.certificate_pem)], root_certificates=roots
        )

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port.

        Raises:
            CannotListen: the address cannot be listened on.
        """
        address = write_address(host, port)
        credentials = grpc.dynamic_ssl_server_credentials(
            self.configuration(), self.configuration, require_client_authentication=True
        )
        try:
            bound = self._grpc.add_secure_port(address, credentials)
        except RuntimeError as error:  # gRPC has logged the cause, and says here that it failed
            raise CannotListen(address, "in use, or none of this machine's addresses") from error
        await self._grpc.start()
        return int(bound)

    async def report_health(self, state: bool, *, reading: bool) -> None:
        """Answer health checks of the whole node and of every service from now on.

        `state` is that of exchanges, and of the node as a whole; `reading` that of what is served even while a witness
        is awaited: cosigning, the ledger, and administration.
        """
        for name in ("", *SERVICES):
            up = state if name in EXCHANGING else reading
            status = health_pb2.HealthCheckResponse.SERVING if up else health_pb2.HealthCheckResponse.NOT_SERVING
            await self._health.set(name, status)

    async def stop(self, grace_seconds: float) -> None:
        """Stop listening, and end what is still open after the grace."""
        await self._grpc.stop(grace_seconds)
