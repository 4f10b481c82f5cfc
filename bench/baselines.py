"""The baselines: a bare grpc.aio echo over mutual TLS, and a forwarder that only copies bytes.

Run as a process: `python -m bench.baselines echo|forward CERTIFICATES [TARGET]`; prints its port. Bytes in, bytes out:
no message is parsed, no request is checked, nothing is written.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import grpc

METHOD = "/bench.Bytes/Echo"


def channel_credentials(folder: Path) -> grpc.ChannelCredentials:
    """A client's credentials from a folder of PEM files."""
    return grpc.ssl_channel_credentials(
        (folder / "ca.crt").read_bytes(), (folder / "tls.key").read_bytes(), (folder / "tls.crt").read_bytes()
    )


def server_credentials(folder: Path) -> grpc.ServerCredentials:
    """A server's credentials from a folder of PEM files; clients must show a certificate."""
    return grpc.ssl_server_credentials(
        [((folder / "tls.key").read_bytes(), (folder / "tls.crt").read_bytes())],
        root_certificates=(folder / "ca.crt").read_bytes(),
        require_client_auth=True,
    )


async def serve(role: str, folder: Path, target: str) -> None:
    """Serve until killed."""
    onward: Any = None
    if role == "forward":
        channel = grpc.aio.secure_channel(target, channel_credentials(folder))
        onward = channel.unary_unary(METHOD)

    async def echo(request: bytes, context: Any) -> bytes:
        return request

    async def forward(request: bytes, context: Any) -> bytes:
        answer: bytes = await onward(request, timeout=30)
        return answer

    handler: Any = grpc.unary_unary_rpc_method_handler(echo if onward is None else forward)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Bytes", {"Echo": handler}),))
    port = server.add_secure_port("127.0.0.1:0", server_credentials(folder))
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))
