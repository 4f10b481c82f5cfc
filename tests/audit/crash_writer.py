"""Writes to an audit log until it is killed; prints index and leaf hash of each entry once it is acknowledged."""

from __future__ import annotations

import asyncio
import os
import sys
from hashlib import sha256
from pathlib import Path

from gateway.audit.entries.entry import Phase
from gateway.audit.log import AuditLog
from tests.audit.logs import opened

BODY = b"b" * 700


async def write(log: AuditLog, who: int) -> None:
    """Write entries one after the other, for ever."""
    number = 0
    while True:
        entry = b'%d %d "body_digest":"%s"' % (who, number, sha256(BODY).hexdigest().encode())
        log.record(b"intent " + entry, exchange_id="x", phase=Phase.INTENT, time_us=1, waits=False)
        pending = log.record(
            entry,
            exchange_id="x",
            phase=Phase.RELEASE,
            time_us=1,
            body=BODY,
            wrapped=b"w" * 60,
            epoch="2026-11",
        )
        receipt = await log.wait_durable(pending)
        os.write(1, b"%d %s\n" % (receipt.index, receipt.leaf_hash.hex().encode()))
        number += 1


async def main(path: Path) -> None:
    """Eight writers at once."""
    async with opened(path) as log:
        await asyncio.gather(*(write(log, who) for who in range(8)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
