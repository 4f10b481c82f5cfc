"""How an exchange's cost grows with the log: so many entries are written, and followed by the twin, before it runs."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping

from gateway.assembly.node_keys import NodeKeys, load_node_keys
from gateway.audit.entries.entry import Phase, Result
from gateway.audit.entries.epochs import Epochs
from gateway.audit.entries.references import References
from gateway.audit.entries.writing import LogIdentity, encode_act
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.sealing import Sealing
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.verification.sm3_mirror import FILE, SUFFIX, Sm3Mirror
from gateway.cli.demo.world import DemoProvince
from gateway.settings import Settings
from keys.signer import Signer


def prefill(world: Mapping[str, DemoProvince], name: str, entries: int) -> None:
    """Write entries into the log of a node that does not run, seal them, and let its twin follow."""
    settings, code = world[name].settings, world[name].code
    own = load_node_keys(settings)
    asyncio.run(_write(settings, code, own, entries))
    signer = Signer(own.log[0].name + SUFFIX, own.log[0].private_key)
    with LogReader(settings.log_path) as reader, Sm3Mirror(settings.audit.directory / FILE, reader) as twin:
        twin.follow(signer, _clock_us())


def _clock_us() -> int:
    return time.time_ns() // 1000


async def _seal(log: AuditLog, store: Store, settings: Settings, book: LogIdentity) -> None:
    """Seal what was written, as the node would have while it grew."""
    journal = Journal(
        log, book, peers={}, clock_us=_clock_us, random=os.urandom, require_witnessed=lambda provinces: None
    )
    sealing = Sealing(log, store, settings.log_path, journal.record_seal, lambda why: None, linger_seconds=0.0)
    while await sealing.advance():
        pass


async def _write(settings: Settings, code: str, own: NodeKeys, entries: int) -> None:
    store = await Store.open(settings.log_path)
    log = await AuditLog.open(store, own.log[0], clock_us=_clock_us)
    book = LogIdentity(own.log[0].name, settings.identity.uri, References(own.subjects, code), Epochs({}))
    try:
        for done in range(log.size, entries, 4096):
            last = None
            for number in range(done, min(done + 4096, entries)):
                text = f"01980000-0000-7000-8000-{number:012x}"
                entry = encode_act(
                    book, action="fill", subject=str(number), result=Result.PERMIT, event_id=text, time_us=1
                )
                last = log.record(entry.octets, exchange_id="", phase=Phase.ADMIN, time_us=1)
            if last is not None:
                await log.wait_durable(last)
        await _seal(log, store, settings, book)
    finally:
        await log.close()
