"""Time stamps by a real responder (`openssl ts`) over real HTTP: what is kept, what is refused, what never stops."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.audit.tlog.note import Checkpoint, checkpoint_text, parse_note, sign_note
from gateway.witness.timestamp import Authority, Stamp, StampRefused, keep_stamped
from keys.signer import Signer

NOW = datetime.now(UTC)
LOG = Signer.generate("510000.chuanyu/node/gateway-1")
CONF = """[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def note(size: int = 7) -> bytes:
    """A signed checkpoint."""
    return sign_note(checkpoint_text(Checkpoint(LOG.name, size, b"r" * 32)), (LOG,))


def name(text: str) -> x509.Name:
    """A certificate's name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(
    subject: str, key: EllipticCurvePrivateKey, issuer: str, by: EllipticCurvePrivateKey, *, stamps: bool
) -> x509.Certificate:
    """An authority's certificate, or that of its responder."""
    builder = (
        x509.CertificateBuilder(issuer_name=name(issuer), subject_name=name(subject), public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=not stamps, path_length=None), critical=True)
    )
    if stamps:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(by, SHA256())


@dataclass
class Responder:
    """A time-stamp authority on this machine; a test may bend what it answers."""

    folder: Path
    url: str = ""
    status: int = 200
    kind: str = "application/timestamp-reply"
    replay: bytes = b""
    asked: list[bytes] = field(default_factory=list)

    def answer(self, query: bytes) -> bytes:
        """Stamp a query, by openssl."""
        self.asked.append(query)
        if self.replay:
            return self.replay
        (self.folder / "query").write_bytes(query)
        subprocess.run(
            ["openssl", "ts", "-reply", "-queryfile", "query", "-signer", "tsa.pem", "-inkey", "tsa.key",
             "-config", "tsa.cnf", "-section", "one", "-out", "reply"],
            cwd=self.folder, check=True, capture_output=True, timeout=20,
        )  # fmt: skip
        return (self.folder / "reply").read_bytes()


@pytest.fixture
def responder(tmp_path: Path) -> Iterator[Responder]:
    """A responder that answers."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl absent: install the Debian package `openssl`")
    root, tsa = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    (tmp_path / "root.pem").write_bytes(
        certificate("root", root, "root", root, stamps=False).public_bytes(Encoding.PEM)
    )
    (tmp_path / "tsa.pem").write_bytes(certificate("tsa", tsa, "root", root, stamps=True).public_bytes(Encoding.PEM))
    (tmp_path / "tsa.key").write_bytes(tsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "serial").write_text("01", encoding="utf-8")
    (tmp_path / "tsa.cnf").write_text(CONF.format(folder=tmp_path), encoding="utf-8")
    made = Responder(tmp_path)

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = made.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(made.status)
            self.send_header("Content-Type", made.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, text: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    made.url = f"http://127.0.0.1:{server.server_port}/tsr"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


def authority(responder: Responder, *, clock: float | None = None, roots: str = "root.pem") -> Authority:
    """The authority as a node knows it."""
    found = Authority.open(responder.url, responder.folder / roots, 5, time.time)
    return Authority(found.url, found.roots, found.seconds, lambda: clock if clock is not None else time.time())


async def test_a_checkpoint_is_stamped_and_the_stamp_verifies_on_its_own(responder: Responder) -> None:
    """Of its size, near our time, over its text; anybody with the roots can check it later."""
    before = time.time()
    stamp = await authority(responder).stamp(note(9))
    assert 9 == stamp.size
    assert before - 2 <= stamp.time_us / 1e6 <= time.time() + 2
    assert stamp.time_us / 1e6 == authority(responder).verify(stamp.token, parse_note(note(9)).text)


async def test_a_stamp_of_another_checkpoint_is_refused(responder: Responder) -> None:
    """It says nothing of this one."""
    stamp = await authority(responder).stamp(note(9))
    with pytest.raises(StampRefused, match="does not hold"):
        authority(responder).verify(stamp.token, parse_note(note(10)).text)


async def test_an_old_answer_is_refused(responder: Responder) -> None:
    """The nonce is ours and new."""
    responder.replay = (await authority(responder).stamp(note())).token
    with pytest.raises(StampRefused, match="does not hold"):
        await authority(responder).stamp(note())


async def test_a_stamp_of_strangers_is_refused(responder: Responder) -> None:
    """Only the roots of the settings count."""
    key = generate_private_key(SECP256R1())
    stranger = certificate("root", key, "root", key, stamps=False).public_bytes(Encoding.PEM)
    (responder.folder / "other.pem").write_bytes(stranger)
    with pytest.raises(StampRefused, match="does not hold"):
        await authority(responder, roots="other.pem").stamp(note())


async def test_a_stamp_far_from_our_clock_is_refused(responder: Responder) -> None:
    """Either clock is wrong: a person must look."""
    with pytest.raises(StampRefused, match="near ours"):
        await authority(responder, clock=time.time() + 3600).stamp(note())


@pytest.mark.parametrize(("status", "kind"), [(500, "application/timestamp-reply"), (200, "text/html")])
async def test_another_answer_is_refused(responder: Responder, status: int, kind: str) -> None:
    """A proxy's page is no stamp."""
    responder.status, responder.kind = status, kind
    with pytest.raises(StampRefused, match="expected 200"):
        await authority(responder).stamp(note())


@pytest.mark.parametrize("body", [b"x", b"0" * 70_000])
async def test_bytes_that_are_no_stamp_are_refused(responder: Responder, body: bytes) -> None:
    """Nor is an answer without end read."""
    responder.replay = body
    with pytest.raises(StampRefused):
        await authority(responder).stamp(note())


@pytest.mark.parametrize("roots", [b"", b"no certificate"])
def test_roots_that_cannot_be_read_are_told(responder: Responder, roots: bytes) -> None:
    """At the start, by the file's name."""
    (responder.folder / "bad.pem").write_bytes(roots)
    with pytest.raises(StampRefused, match=r"bad\.pem"):
        authority(responder, roots="bad.pem")


async def test_each_new_checkpoint_is_stamped_once_and_a_dead_authority_only_rings(responder: Responder) -> None:
    """The same size is not stamped again; a failure is told and tried again."""
    kept: list[Stamp] = []
    told: asyncio.Queue[str] = asyncio.Queue()
    newest = note(5)

    async def save(stamp: Stamp) -> None:
        kept.append(stamp)

    def run(one: Authority) -> asyncio.Task[None]:
        return asyncio.create_task(
            keep_stamped(one, lambda: newest, save, lambda why, stamp: told.put_nowait(why), 0.001)
        )

    task = run(authority(responder))
    assert "" == await told.get()
    newest = note(6)
    assert "" == await told.get()
    task.cancel()
    assert [5, 6] == [stamp.size for stamp in kept]
    assert 2 == len(responder.asked)
    dead = Authority("http://127.0.0.1:9/tsr", authority(responder).roots, 1, time.time)
    task = run(dead)
    assert "refused" in (await told.get()).lower()
    assert "refused" in (await told.get()).lower()
    task.cancel()
    assert 2 == len(kept)
