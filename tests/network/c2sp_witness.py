"""A witness of its own make, after the text of C2SP tlog-witness: HTTPS that asks for a certificate, nothing of ours.

It shares no code with the gateway: the note, the proof and both cosignatures (0x04, 0x06) are read and made here from
the specifications, with the standard library and `cryptography`. Its state is in memory and lives as long as it does.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from cryptography.x509.oid import NameOID


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grows(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether a consistency proof holds; RFC 9162 section 2.1.4.2."""
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for value in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(value, fr), node_hash(value, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, value)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and (fr, sr) == (old_root, new_root)


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """C2SP signed-note: the first four bytes of a hash."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


class Witness:
    """The state and the keys of one witness. `logs` are the vkeys that it trusts, by origin."""

    def __init__(self, name: str, logs: dict[str, str]) -> None:
        self.name = name
        self.logs = logs
        self.seen: dict[str, tuple[int, bytes]] = {}
        self.callers: list[str] = []
        self.statuses: list[int] = []
        self._turn = threading.Lock()
        self._ed = Ed25519PrivateKey.generate()
        self._ml = MLDSA44PrivateKey.generate()
        self._publics = {4: self._ed.public_key().public_bytes_raw(), 6: self._ml.public_key().public_bytes_raw()}

    @property
    def vkeys(self) -> list[str]:
        """Its verifier keys, one of each type."""
        return [
            f"{self.name}+{key_id(self.name, kind, public).hex()}+{base64.b64encode(bytes([kind]) + public).decode()}"
            for kind, public in self._publics.items()
        ]

    def add_checkpoint(self, body: bytes) -> tuple[int, str, bytes]:
        """Answer a request: status, content type, body; one at a time, as the state is."""
        with self._turn:
            answer = self._judge(body)
            self.statuses.append(answer[0])
            return answer

    def _judge(self, body: bytes) -> tuple[int, str, bytes]:
        try:
            head, note = body.split(b"\n\n", 1)
            first, *lines = head.decode().split("\n")
            old = int(first.removeprefix("old "))
            proof = [base64.b64decode(line, validate=True) for line in lines]
            text, signatures = note.rsplit(b"\n\n", 1)
            text += b"\n"
            origin, size, root = text.decode().split("\n")[:3]
            new, new_root = int(size), base64.b64decode(root, validate=True)
        except ValueError:
            return 400, "text/plain", b"malformed\n"
        if old > new:
            return 400, "text/plain", b"old beyond new\n"
        if origin not in self.logs:
            return 404, "text/plain", b"unknown log\n"
        if not self._signed(self.logs[origin], text, signatures):
            return 403, "text/plain", b"not signed\n"
        known, known_root = self.seen.get(origin, (0, b""))
        if old != known:
            return 409, "text/x.tlog.size", b"%d\n" % known
        if not grows(known, known_root, new, new_root, proof):
            return 422, "text/plain", b"no proof\n"
        self.seen[origin] = new, new_root
        return 200, "text/plain", self._cosign(text, origin, new, new_root)

    def _signed(self, vkey: str, text: bytes, signatures: bytes) -> bool:
        name, _, encoded = vkey.split("+", 2)
        public = base64.b64decode(encoded)
        wanted = key_id(name, public[0], public[1:])
        for line in signatures.decode().splitlines():
            _, signer, value = line.split(" ")
            octets = base64.b64decode(value)
            if signer == name and octets[:4] == wanted:
                try:
                    Ed25519PublicKey.from_public_bytes(public[1:]).verify(octets[4:], text)
                except InvalidSignature:
                    return False
                return True
        return False

    def _cosign(self, text: bytes, origin: str, size: int, root: bytes) -> bytes:
        now = int(time.time())
        stamp = now.to_bytes(8, "big")
        plain = self._ed.sign(f"cosignature/v1\ntime {now}\n".encode() + text)
        names = [bytes([len(one)]) + one.encode() for one in (self.name, origin)]
        span = (0).to_bytes(8, "big") + size.to_bytes(8, "big")
        subtree = self._ml.sign(b"subtree/v1\n\x00" + names[0] + stamp + names[1] + span + root)
        made = [(4, plain), (6, subtree)]
        lines = [
            f"— {self.name} "
            + base64.b64encode(key_id(self.name, kind, self._publics[kind]) + stamp + signature).decode()
            for kind, signature in made
        ]
        return ("\n".join(lines) + "\n").encode()


def certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate of the witness's own authority for this machine; return it, and it with its key, as PEM."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a witness of its own")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, pair = folder / "witness-ca.pem", folder / "witness-pair.pem"
    pem = made.public_bytes(serialization.Encoding.PEM)
    public.write_bytes(pem)
    pair.write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, pair


@contextmanager
def serving(witness: Witness, pair: Path, clients: str, port: int = 0) -> Iterator[int]:
    """Serve a witness over mutual TLS 1.3 to clients of these authorities (PEM); yields the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            shown = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
            names = (shown or {}).get("subjectAltName", ())
            witness.callers += [str(name[1]) for name in names if isinstance(name, tuple) and name[0] == "URI"]
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, answer = (
                witness.add_checkpoint(body) if self.path == "/add-checkpoint" else (404, "text/plain", b"")
            )
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            return

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=clients)
    context.load_cert_chain(pair)
    with Server(("127.0.0.1", port), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(10)
