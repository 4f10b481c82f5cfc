"""Runs the stand-in for Chongqing's platform: a service full of synthetic people. For trials, never for service.

    python -m adapters.chongqing.platform --port P --seed N --persons 10000 --secret-file F

Prints `{"listening": port, …}` on one line when it answers, and ends on SIGTERM or SIGINT. Port 0 takes a free one. A
secret file that does not exist is made, readable by its owner alone, so that a gateway on this machine can read it too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.chongqing.service import Service
from adapters.people.population import population
from adapters.signature import Credentials, read_secret

NAME: Final = "chongqing"
SID: Final = "s_500000000000_1"
RID: Final = "trial-gateway@synthetic"


def now_ms() -> int:
    """Return the milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


async def serve(host: str, port: int, service: Service, persons: int) -> None:
    """Serve until a signal asks for the end."""
    server = await service.start(host, port)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    listening = server.sockets[0].getsockname()[1]
    started = {"listening": listening, "platform": NAME, "persons": persons, "synthetic": True}
    print(json.dumps(started), flush=True)
    try:
        await ended.wait()
    finally:
        server.close()


def secret(path: Path) -> bytes:
    """Read the secret file, or make one of 32 random bytes in hexadecimal. Raises as `read_secret` does."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(32)}\n")
    return read_secret(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m adapters.chongqing.platform", description="Run the stand-in.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--persons", type=int, default=10_000)
    parser.add_argument("--secret-file", type=Path, required=True)
    parser.add_argument("--sid", default=SID, help="the service's identifier")
    parser.add_argument("--rid", default=RID, help="the asker's identifier")
    chosen = parser.parse_args(arguments)
    try:
        credentials = Credentials(chosen.rid, chosen.sid, secret(chosen.secret_file))
        service = Service(population(NAME, chosen.seed, chosen.persons), credentials, now_ms)
        asyncio.run(serve(chosen.host, chosen.port, service, chosen.persons))
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
