"""A session of PostgreSQL that writes or reads a log: how it is opened, and what it must be for a lock to hold.

The lock of the one writer belongs to a session. So the session must be ours alone, from one transaction to the next: a
pooler that hands the server's sessions round would leave the lock behind with somebody else.

The driver is an extra: without it the import of this module raises StoreInvalid.
"""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from gateway.audit.storage.database import PostgresPlace
from gateway.audit.storage.recovery import LogTaken, StoreInvalid, StoreUnreachable
from gateway.audit.storage.schema import MIN_POSTGRES
from keys.keystore import KeystoreError, read_private

try:
    import asyncpg
except ModuleNotFoundError:
    raise StoreInvalid(
        "expected the library asyncpg for a log in PostgreSQL, found none. Install chuanyu-gateway[postgres]"
    ) from None

PATIENCE: Final = 10.0
"""Seconds for a connection or a statement."""
LOCK_PATIENCE_MS: Final = 2_000
"""Milliseconds for which a reopened log waits until the server has ended the session that was dropped."""
HOLDERS: Final = (
    "SELECT l.pid, a.application_name, a.client_addr::text AS client FROM pg_locks l LEFT JOIN pg_stat_activity a "
    "USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32 | l.objid::bigint) = $1 "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""The sessions that hold the advisory lock of a key."""
_SAFE: Final = {"fsync": ("on",), "full_page_writes": ("on",), "synchronous_commit": ("on", "remote_apply")}
FAULTS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


def lock_key(schema: str) -> int:
    """Return the key of the advisory lock of the log in a schema: 64 bits, signed."""
    return int.from_bytes(sha256(f"chuanyu audit log {schema}".encode()).digest()[:8], "big", signed=True)


def describe_unusable(error: BaseException) -> StoreUnreachable:
    """Return the error of a server that cannot be used now."""
    return StoreUnreachable(
        f"the audit log in PostgreSQL cannot be used: {type(error).__name__}: {error}. "
        "Check the server, the connection file and the rights of its user"
    )


async def connect(place: PostgresPlace, patience: float, **settings: str) -> Any:
    """Open a session of the server in which a log lies.

    Raises:
        StoreInvalid: the schema's name or the connection file is not what it must be.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", place.schema):
        raise StoreInvalid(f"expected a schema of lower-case letters, digits and _, found {place.schema!r}")
    try:
        dsn = (await asyncio.to_thread(read_private, place.dsn_file)).decode().strip()
    except (KeystoreError, UnicodeDecodeError) as error:
        raise StoreUnreachable(f"expected the connection URI of the audit log in a private file: {error}") from error
    _require_root_certificate(dsn)
    try:
        return await asyncpg.connect(
            dsn,
            timeout=PATIENCE,
            command_timeout=patience,
            server_settings={"application_name": "chuanyu audit", "search_path": place.schema, **settings},
        )
    except ValueError:  # its text may repeat the URI, and with it a password
        raise StoreUnreachable(
            f"expected one PostgreSQL connection URI in {place.dsn_file}, found none. "
            "It has the form postgresql://USER:PASSWORD@HOST:5432/DATABASE?sslmode=verify-full&sslrootcert=FILE"
        ) from None


async def take_lock(connection: Any, key: int, patience_ms: int) -> bool:
    """Take the lock of the one writer for this session, at once or within so many milliseconds; tell whether it is."""
    if await connection.fetchval("SELECT pg_try_advisory_lock($1)", key):
        return True
    if not patience_ms:
        return False
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = {patience_ms}")
            await connection.execute("SELECT pg_advisory_lock($1)", key)
    except asyncpg.LockNotAvailableError:
        return False
    return True


async def require_own_session(connection: Any) -> None:
    """Refuse a pooler: behind one, the process that answers is not the one that the connection was told of.

    Raises:
        StoreInvalid: the session is not ours alone.
    """
    named, found = connection.get_server_pid(), await connection.fetchval("SELECT pg_backend_pid()")
    if named != found:
        raise _pooled(f"the connection is told of process {named}, and {found} answers")


async def require_lock(connection: Any, key: int) -> None:
    """Refuse a session that has not kept the lock from one transaction to the next, as in a pooler's transaction mode.

    Raises:
        StoreInvalid: another session has it now.
    """
    async with connection.transaction():
        holders = await connection.fetch(HOLDERS, key)
        ours = await connection.fetchval("SELECT pg_backend_pid()")
    if ours not in [holder["pid"] for holder in holders]:
        where = ", ".join(str(holder["pid"]) for holder in holders) or "no process"
        raise _pooled(f"process {ours} answers, and {where} has the lock just taken")


def _pooled(found: str) -> StoreUnreachable:
    return StoreUnreachable(
        f"expected a session of PostgreSQL that is ours alone, found a pooler: {found}. The lock of the one writer "
        "belongs to a session: name the server itself in the connection file, not PgBouncer or another pooler"
    )


async def name_holder(connection: Any, schema: str) -> LogTaken:
    """Return the error that names who has the lock of a log, as far as the server tells."""
    holders = await connection.fetch(HOLDERS, lock_key(schema))
    shown = "; ".join(
        f"process {one['pid']} of the server, {one['application_name'] or 'unnamed'} from {one['client'] or 'here'}"
        for one in holders
    )
    return LogTaken(
        f"another process writes the log in {schema} ({shown or 'its session has just ended'}). Stop it first: a log "
        "has one writer. A session that a pooler left behind ends with SELECT pg_terminate_backend(PROCESS)"
    )


def _require_root_certificate(dsn: str) -> None:
    """Refuse a URI that wants the server's certificate verified and names no authority that can be read.

    Raises:
        StoreInvalid: the file is named in it; nothing else of the URI is.
    """
    try:
        query = parse_qs(urlsplit(dsn).query)
    except ValueError:
        return  # no URI: the driver says so
    if query.get("sslmode", [os.environ.get("PGSSLMODE", "")])[-1] not in ("verify-ca", "verify-full"):
        return
    named = query.get("sslrootcert", [os.environ.get("PGSSLROOTCERT", "")])[-1]
    file = Path(named) if named else Path("~/.postgresql/root.crt").expanduser()
    try:
        ssl.create_default_context(cafile=file)
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise StoreUnreachable(
            f"expected the certificate of the server's authority in PEM at {file}, found: {why}. Name its file in the "
            "connection URI: …?sslmode=verify-full&sslrootcert=/etc/chuanyu/db-authority.pem"
        ) from error


async def assert_safe(connection: Any) -> None:
    """Set and assert what durability rests on."""
    version = int(await connection.fetchval("SHOW server_version_num"))
    if version < MIN_POSTGRES:
        raise StoreUnreachable(f"expected PostgreSQL {MIN_POSTGRES} or later, found {version}. Upgrade the server")
    if await connection.fetchval("SELECT pg_is_in_recovery()"):
        raise StoreUnreachable("expected a primary server, found a standby. Name the primary in the connection file")
    if await connection.fetchval("SHOW synchronous_commit") not in _SAFE["synchronous_commit"]:
        await connection.execute("SET synchronous_commit = on")
    for name, wanted in _SAFE.items():
        found = await connection.fetchval(f"SHOW {name}")
        if found not in wanted:
            raise StoreUnreachable(f"expected {name} to be {' or '.join(wanted)}, found {found}. Set it on the server")
