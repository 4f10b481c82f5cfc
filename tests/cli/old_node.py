"""A node that wrote 520 entries four years ago, in a file or in PostgreSQL: what retention may take out today."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path
from typing import Final

from gateway.audit.entries.entry import Entry, decode
from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.entries.references import References
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.storage.database import LogPlace, PostgresPlace, place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.tlog.validity import read_log_keys
from gateway.audit.verification.verify import verify_log
from gateway.cli.own_log import load_node_settings
from keys.epochs import EpochSecrets
from keys.keystore import Passphrase, load_secret, load_signing_key
from keys.signer import Signer
from tests.audit.logs import CALLER, CLEARED, copied, question, server
from tests.cli.world import succeed
from tests.samples import grant

THEN_US: Final = time.time_ns() // 1000 - 4 * 366 * 24 * 3600 * 1_000_000
MONTH: Final = time.strftime("%Y-%m", time.gmtime(THEN_US / 1e6))
EXCHANGES: Final = 260
ENTRIES: Final = 2 * EXCHANGES
OLD: Final = 512
"""Entries of whole tiles, which may leave."""


def make(node: Path, schema: PostgresPlace | None = None) -> Path:
    """Make the node's directory, and its log in it or in a schema that is not there; return the directory."""
    given = () if schema is None else ("--audit-dsn-file", schema.dsn_file, "--audit-schema", schema.schema)
    succeed("node", "init", node, "--province", "sichuan", *given)
    asyncio.run(_write(node))
    return node


def copy(node: Path, to: Path, schema: PostgresPlace | None = None) -> Path:
    """Copy the directory, and a log that is not in it into a schema that is not there; return the directory."""
    shutil.copytree(node, to)
    former = place_of(load_node_settings(node))
    if isinstance(former, PostgresPlace) and schema is not None:
        asyncio.run(copied(former, schema, load_node_settings(node).log_origin))
        config = to / "node.toml"
        config.write_text(config.read_text(encoding="utf-8").replace(former.schema, schema.schema), encoding="utf-8")
    return to


async def _write(node: Path) -> None:
    """Begin the log anew, since its first entry is of today, and write what a node wrote four years ago."""
    settings = load_node_settings(node)
    place, passphrase = place_of(settings), Passphrase.read(settings.keys.passphrase_file)
    if isinstance(place, Path):
        place.unlink()
    else:
        await server(place, f"DROP SCHEMA {place.schema} CASCADE")
    await Store.create(place, settings.log_origin, created_us=THEN_US)
    epochs = Epochs({MONTH: EpochKey.of(EpochSecrets(settings.epochs_directory, passphrase).make(MONTH))})
    signer = Signer(settings.log_origin, load_signing_key(settings.log_key_path, passphrase))
    log = await AuditLog.open(await Store.open(place), signer, clock_us=lambda: THEN_US)
    references = References(load_secret(settings.subjects_secret_path, passphrase), "510000", epochs.salt)
    book = LogIdentity(signer.name, settings.identity.uri, references, epochs)
    desk = Journal(log, book, peers={}, clock_us=lambda: THEN_US, random=os.urandom, require_witnessed=lambda _: None)
    for number in range(EXCHANGES):
        exchange = desk.begin_provider(question(number, now_us=THEN_US))
        exchange.intend(CALLER, grant())
        await exchange.release(CLEARED)
    await log.close()


def place(node: Path) -> LogPlace:
    """Where the node's log lies."""
    return place_of(load_node_settings(node))


def acts(node: Path) -> list[Entry]:
    """The acts that the log records."""
    with LogReader(place(node)) as reader:
        return [decode(row.octets) for row in reader.acts()]


def holds(node: Path) -> bool:
    """Whether the log holds."""
    keys = read_log_keys((node / "audit" / "log.vkey").read_text(encoding="utf-8"))
    return verify_log(place(node), keys).holds
