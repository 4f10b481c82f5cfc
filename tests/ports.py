"""Ports for the nodes of the tests: no two test processes on one machine ever get the same.

A world names its ports when it is made, and listens on them when a node starts, which may be minutes later and again
and again. Between, the kernel would give a port of its own range to anybody. These lie below that range, and each
process keeps a block of them to itself by a lock for as long as it runs.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Final

FIRST: Final = 10_240
LAST: Final = 30_000
"""Below the range from which Linux gives ports to clients, which begins at 32,768."""
BLOCK: Final = 256
"""Some forty worlds of six ports; a process that makes more begins again with its first, long stopped."""


@cache
def _reserve_block(process: int) -> cycle[int]:
    """Lock the first block that nobody holds. The descriptor, and with it the lock, stays until the process ends."""
    locks = Path(tempfile.gettempdir()) / f"chuanyu-test-ports-{os.getuid()}"
    locks.mkdir(mode=0o700, exist_ok=True)
    for first in range(FIRST, LAST, BLOCK):
        descriptor = os.open(locks / str(first), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return cycle(range(first, first + BLOCK))
    raise RuntimeError(f"expected a free block of ports, found all taken: {locks}")


def free_ports(count: int) -> list[int]:
    """Return ports of this process's block on which nobody listens now."""
    ports = _reserve_block(os.getpid())
    found: list[int] = []
    for _, port in zip(range(BLOCK), ports, strict=False):
        if len(found) == count:
            break
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
            found.append(port)
    if len(found) < count:
        raise RuntimeError(f"expected {count} free ports of {BLOCK}, found {len(found)}")
    return found
