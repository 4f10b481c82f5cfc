"""A node that wrote 520 entries four years ago, in a file or in PostgreSQL: what retention may take out today.

The other province's gateway has cosigned its log just now, and two persons of the province can approve.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from gateway.audit.entries.acts import KINDS, DualControlAct
from gateway.audit.entries.entry import Entry, decode
from gateway.audit.entries.epochs import EpochKey, Epochs
from gateway.audit.entries.references import References
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.retention.rules import RetentionTarget
from gateway.audit.storage.database import LogPlace, PostgresPlace, place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.tlog.cosignature import Cosigner, read_vkeys
from gateway.audit.tlog.note import COSIGNATURE, SUBTREE, add_signatures, parse_note
from gateway.audit.tlog.validity import read_log_keys
from gateway.audit.verification.verify import verify_log
from gateway.cli.own_log import load_node_settings
from gateway.cli.settings_file import load_settings
from keys.approval import Approval, ApprovalRequest, Target, sign, target_of
from keys.authority import Authority
from keys.certificate import certificate_request
from keys.epochs import EpochSecrets
from keys.identity import Identity, Role
from keys.keystore import Passphrase, load_secret, load_signing_key, new_tls_key
from keys.signer import Signer
from keys.signing_keys import load_witness_keys
from tests.audit.logs import CALLER, CLEARED, copied, question, server
from tests.cli.world import build
from tests.samples import grant
from tests.wide import budgets

THEN_US: Final = time.time_ns() // 1000 - 4 * 366 * 24 * 3600 * 1_000_000
MONTH: Final = time.strftime("%Y-%m", time.gmtime(THEN_US / 1e6))
EXCHANGES: Final = 260
ENTRIES: Final = 2 * EXCHANGES
OLD: Final = 512
"""Entries of whole tiles, which may leave."""


def make(node: Path, schema: PostgresPlace | None = None) -> Path:
    """Make the node's directory, and its log in it or in a schema that is not there; return the directory.

    Beside it stands the world of both provinces, from which `approve` has its authority.
    """
    world = build(node.parent / "world")
    shutil.copytree(world / "sc", node)
    if schema is not None:
        table = f'\n[audit]\nstore = "postgresql"\ndsn_file = "{schema.dsn_file}"\n'
        with (node / "node.toml").open("a", encoding="utf-8") as file:
            file.write(f'{table}database_schema = "{schema.schema}"\n')
        for former in (node / "audit").glob("log.db*"):
            former.unlink()
    asyncio.run(_write(node))
    asyncio.run(cosign(node, world / "cq"))
    shutil.copyfile(world / "cq" / "audit" / "witness.vkey", node / "audit" / "witnesses.vkey")
    return node


async def cosign(node: Path, peer: Path, time_s: int | None = None) -> None:
    """Have a gateway alone cosign the newest checkpoint of a node's log, now or in another second."""
    signing = load_settings(peer / "node.toml")
    passphrase = Passphrase.read(signing.keys.passphrase_file)
    paths = (signing.witness_key_path, signing.witness_second_key_path)
    pair = load_witness_keys(paths, signing.witness_vkey_path, passphrase)
    at = int(time.time()) if time_s is None else time_s
    store = await Store.open(place(node))
    try:
        size, note = await store.last_checkpoint()
        time_us, _ = await store.kept_checkpoint(size)
        text = parse_note(note).text
        origin = load_settings(node / "node.toml").log_origin.encode()
        own = [line for line in note[len(text) + 1 :].splitlines(keepends=True) if line.split()[1] == origin]
        note = b"".join((text, b"\n", *own))
        algorithms = (COSIGNATURE, SUBTREE)
        lines = [Cosigner(key, kind, lambda: at).line(text) for key, kind in zip(pair, algorithms, strict=True)]
        await store.save_checkpoint(size, time_us, add_signatures(note, lines))
    finally:
        await store.close()


async def sign_log(node: Path) -> None:
    """Have the log sign all that it holds, as a start of its node does."""
    settings = load_node_settings(node)
    passphrase = Passphrase.read(settings.keys.passphrase_file)
    signer = Signer(settings.log_origin, load_signing_key(settings.log_key_path, passphrase))
    log = await AuditLog.open(await Store.open(place(node)), signer, clock_us=lambda: time.time_ns() // 1000)
    await log.close()


@cache
def _person(world: Path, role: Role, name: str) -> tuple[str, EllipticCurvePrivateKey]:
    """A person of Sichuan, certified by its authority."""
    key, identity = new_tls_key(), Identity("510000", role, name)
    passphrase = Passphrase.read(world / "sc-ca" / "passphrase")
    authority = Authority.open("510000", passphrase, world / "sc-ca")
    now = datetime.now(UTC)
    return authority.issue(certificate_request(key, identity), identity, now=now).decode(), key


def approve(
    pristine: Path,
    act: DualControlAct,
    value: str,
    *,
    hours: float = 8,
    ago: timedelta = timedelta(),
    persons: Sequence[tuple[Role, str]] = ((Role.REVIEWER, "reviewer-1"), (Role.SECURITY, "security-1")),
) -> Path:
    """Write an approval of an act by two persons of the world beside a pristine node; return the file."""
    nonce = os.urandom(16).hex()
    asked_at = datetime.now(UTC).replace(microsecond=0) - ago
    target = target_of(KINDS[act], nonce, value)
    request = ApprovalRequest(act.value, target, "case 17", nonce, asked_at, asked_at + timedelta(hours=hours))
    approval = Approval(request, (), Target(KINDS[act], value))
    for role, name in persons:
        approval = sign(approval, *_person(pristine.parent / "world", role, name))
    file = pristine.parent / f"approval-{nonce}"
    file.write_bytes(approval.octets())
    return file


def approve_retain(pristine: Path, last: int = OLD - 1, **more: Any) -> Path:
    """Write the approval by which the old entries may leave."""
    origin = load_settings(pristine / "node.toml").log_origin
    return approve(pristine, DualControlAct.RETAIN, str(RetentionTarget(origin, 0, last, 3)), **more)


def approve_shred(pristine: Path, month: str = MONTH, **more: Any) -> Path:
    """Write the approval by which a month may be destroyed."""
    origin = load_settings(pristine / "node.toml").log_origin
    return approve(pristine, DualControlAct.SHRED, f"{origin}:{month}", **more)


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
        await server(place, f"DROP SCHEMA IF EXISTS {place.schema} CASCADE")
    await Store.create(place, settings.log_origin, created_us=THEN_US)
    epochs = Epochs({MONTH: EpochKey.of(EpochSecrets(settings.epochs_directory, passphrase).make(MONTH))})
    signer = Signer(settings.log_origin, load_signing_key(settings.log_key_path, passphrase))
    log = await AuditLog.open(await Store.open(place), signer, clock_us=lambda: THEN_US)
    references = References(load_secret(settings.subjects_secret_path, passphrase), "510000", epochs.salt)
    book = LogIdentity(signer.name, settings.identity.uri, references, epochs)
    desk = Journal(
        log,
        book,
        peers={},
        clock_us=lambda: THEN_US,
        random=os.urandom,
        require_witnessed=lambda _: None,
        persons=budgets(),
    )
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
    witnesses = read_vkeys((node / "audit" / "witnesses.vkey").read_text(encoding="utf-8"))
    return verify_log(place(node), keys, witnesses=witnesses).holds
