"""The stand-in platforms as the tests use them, certificates for mutual TLS, and a real PostgreSQL."""

from __future__ import annotations

import datetime
import ipaddress
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from adapters.chongqing.service import Service
from adapters.conformance import ExpectedItem, read_items
from adapters.contract import Columns, Platform, Question
from adapters.kinds import open_platform
from adapters.people.population import population
from adapters.people.records import Population
from adapters.people.samples import samples
from adapters.signature import Credentials

ITEMS = Path(__file__).parents[2] / "gateway" / "catalogue" / "items"
SEED = 7
PERSONS = 300
SECRET = b"0123456789abcdef-synthetic-secret"
CREDENTIALS = Credentials("trial-gateway@synthetic", "s_500000000000_1", SECRET)
NOW_MS = 1_795_500_000_000
GATEWAY = "spiffe://chuanyu.example/510000/node/trial"


def expectations(province: str) -> tuple[ExpectedItem, ...]:
    """Return the catalogue's items with the province's samples."""
    return read_items(ITEMS, samples(province, SEED))


async def fetch(
    platform: Platform,
    code: str,
    *rows: dict[str, str],
    fields: tuple[str, ...] | None = None,
    page_rows: int = 500,
    seconds: float = 10.0,
) -> list[Columns]:
    """Ask a platform about these key rows; all fields that it serves unless some are named."""
    served = {item.code: item for item in (await platform.describe()).items}[code]
    names = [key.name for key in served.keys if any(key.name in row for row in rows)]
    question = Question(
        item_code=code,
        item_version=served.version,
        keys={name: [row.get(name) for row in rows] for name in names},
        fields=fields if fields is not None else tuple(one.name for one in served.fields),
        page_rows=page_rows,
        deadline_seconds=seconds,
    )
    return [page.columns async for page in platform.fetch(question)]


async def outcome(platform: Platform, code: str, row: dict[str, str]) -> str:
    """Return what the platform says of one person; a row that is not found must have nothing but nulls."""
    (served,) = [item for item in (await platform.describe()).items if item.code == code]
    fields = tuple(field.name for field in served.fields)
    keys = {name: [value] for name, value in row.items()}
    (page,) = [page async for page in platform.fetch(Question(code, served.version, keys, fields, 10, 5.0))]
    (said,) = page.outcomes
    if said != "found":
        assert {None} == {value for values in page.columns.values() for value in values}
    return said


async def one(platform: Platform, code: str, row: dict[str, str]) -> dict[str, object]:
    """Return the one row that answers one key row."""
    (page,) = await fetch(platform, code, row)
    return {name: value for name, (value,) in page.items()}


@cache
def _people(persons: int) -> Population:
    return population("chongqing", SEED, persons)


@asynccontextmanager
async def chongqing_service(persons: int = PERSONS) -> AsyncIterator[tuple[Service, str]]:
    """Run Chongqing's stand-in in this loop; yields it and its URL."""
    service = Service(_people(persons), CREDENTIALS, real_now_ms)
    server = await service.start("127.0.0.1", 0)
    try:
        yield service, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def real_now_ms() -> int:
    """Return the clock's milliseconds, as the service under test reads them."""
    return int(datetime.datetime.now(datetime.UTC).timestamp() * 1000)


def open_chongqing(url: str, directory: Path) -> Platform:
    """Open the adapter of Chongqing with the stand-in's secret."""
    return open_platform("chongqing", chongqing_options(url, directory))


def chongqing_options(url: str, directory: Path) -> dict[str, object]:
    """Write the stand-in's secret and return the options that name it."""
    secret = directory / "secret"
    secret.touch(mode=0o600)
    secret.write_bytes(SECRET)
    return {"url": url, "sid": CREDENTIALS.sid, "rid": CREDENTIALS.rid, "secret_file": str(secret)}


@dataclass(frozen=True, slots=True)
class Pem:
    """A certificate and its key, as PEM texts."""

    chain: bytes
    key: bytes


class Authority:
    """An authority that lives as long as a test."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(self._name, self._key).add_extension(x509.BasicConstraints(True, 0), critical=True)
        self.pem = builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def issue(self, *names: x509.GeneralName) -> Pem:
        """Issue a certificate for these subject alternative names."""
        key = ec.generate_private_key(ec.SECP256R1())
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = (
            self._builder(x509.Name([]), key)
            .add_extension(x509.SubjectAlternativeName(names), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return Pem(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
        )

    def server(self) -> Pem:
        """Issue a certificate for the loopback address."""
        return self.issue(x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost"))

    def client(self, uri: str = GATEWAY) -> Pem:
        """Issue a certificate for a gateway."""
        return self.issue(x509.UniformResourceIdentifier(uri))

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=1))
            .not_valid_after(now + datetime.timedelta(hours=1))
        )


@contextmanager
def postgres_server(*settings: str) -> Iterator[str]:
    """Run a PostgreSQL of its own on a unix socket and yield its DSN; skips where it is not installed.

    `settings` are the server's, as `name=value`; without any it does not sync.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("PostgreSQL absent: install the Debian package `postgresql`")
    user = pwd.getpwuid(os.geteuid()) if os.geteuid() else _unprivileged()
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    os.chown(home, user.pw_uid, user.pw_gid)
    programs, data = found[-1].parent, home / "data"

    def run(program: str, *arguments: str) -> None:
        with (home / "log").open("ab") as log:
            command = [str(programs / program), "-D", str(data), *arguments]
            subprocess.run(command, check=True, user=user.pw_uid, group=user.pw_gid, cwd=home, stdout=log, stderr=log)

    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-k {home} -c listen_addresses='' -c shared_buffers=16MB"
        options += "".join(f" -c {setting}" for setting in settings or ("fsync=off",))
        run("pg_ctl", "-w", "-l", str(home / "server.log"), "-o", options, "start")
        try:
            yield f"postgresql:///postgres?host={home}&user=postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("PostgreSQL absent: expected a user postgres or nobody to run it")
