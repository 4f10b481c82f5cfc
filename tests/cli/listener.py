"""A listener with mutual TLS on loopback, for the commands that call a node: what it answers, a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from grpc_status import rpc_status

from gateway.border.status import to_status
from gateway.ground.refusals import Reason, Refusal

PASSPHRASE: Final = b"correct horse"


def _certify(
    name: str, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by, by_key = issuer or (subject, key)
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(by_key, hashes.SHA256())
    )
    return built, key


def _write_pem(key: ec.EllipticCurvePrivateKey, passphrase: bytes = b"") -> bytes:
    algorithm: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        algorithm = serialization.BestAvailableEncryption(passphrase)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, algorithm)


def make_files(directory: Path) -> Path:
    """Make an authority, the pairs of a gateway and of a caller, a pair of another authority, and passphrases."""
    encoding = serialization.Encoding.PEM
    authority, authority_key = _certify("authority", None)
    (directory / "ca.crt").write_bytes(authority.public_bytes(encoding))
    for name, issuer in (("server", (authority.subject, authority_key)), ("app", (authority.subject, authority_key))):
        certificate, key = _certify(name, issuer)
        (directory / f"{name}.crt").write_bytes(certificate.public_bytes(encoding))
        (directory / f"{name}.key").write_bytes(_write_pem(key, PASSPHRASE if name == "app" else b""))
    other, other_key = _certify("other", None)
    (directory / "other.crt").write_bytes(other.public_bytes(encoding))
    (directory / "other.key").write_bytes(_write_pem(other_key, PASSPHRASE))
    (directory / "plain.key").write_bytes(_write_pem(other_key))
    (directory / "passphrase").write_bytes(PASSPHRASE + b"\n")
    (directory / "wrong").write_bytes(b"another passphrase\n")
    (directory / "empty").write_bytes(b"\n")
    (directory / "garbage").write_bytes(bytes(range(256)))
    for path in directory.iterdir():
        path.chmod(0o600)
    (directory / "open").write_bytes(PASSPHRASE)
    (directory / "open").chmod(0o644)
    return directory


@contextmanager
def listen(files: Path, service: str, handlers: Mapping[str, Any]) -> Iterator[str]:
    """Listen for a service with its method handlers; yield `localhost:port`."""
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(f"gateway.wire.v1.{service}", dict(handlers)),)
    )
    pair = ((files / "server.key").read_bytes(), (files / "server.crt").read_bytes())
    credentials = grpc.ssl_server_credentials([pair], (files / "ca.crt").read_bytes(), require_client_auth=True)
    target = f"localhost:{server.add_secure_port('localhost:0', credentials)}"
    server.start()
    try:
        yield target
    finally:
        server.stop(None).wait()


def answer_with(request: Any, give: Callable[[Any], Any]) -> Any:
    """Return the handler of a method that gives one answer, or raises a Refusal, or an RpcCode that it ends with."""

    def handle(asked: Any, context: grpc.ServicerContext) -> Any:
        try:
            return give(asked)
        except Refusal as refusal:
            context.abort_with_status(rpc_status.to_status(to_status(refusal)))
        except Ended as ended:
            context.abort(ended.code, "the entry cannot be read")

    return grpc.unary_unary_rpc_method_handler(handle, request.FromString, lambda answer: answer.SerializeToString())


def stream_with(request: Any, give: Callable[[Any], list[Any]]) -> Any:
    """Return the handler of a method that gives a stream of answers, or raises as in `answer_with`."""

    def handle(asked: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            yield from give(asked)
        except Refusal as refusal:
            context.abort_with_status(rpc_status.to_status(to_status(refusal)))

    return grpc.unary_stream_rpc_method_handler(handle, request.FromString, lambda answer: answer.SerializeToString())


class Ended(Exception):
    """A call that ends with a code of gRPC and no reason of ours."""

    def __init__(self, code: grpc.StatusCode) -> None:
        super().__init__(code.name)
        self.code = code


def refuse(reason: Reason) -> Callable[[Any], Any]:
    """Return a giver that refuses every call."""

    def give(asked: Any) -> Any:
        raise Refusal(reason, "as the test says")

    return give


def options_of(files: Path, target: str, **changes: Path | str) -> list[str]:
    """Return the options of a connection; `changes` replace the file of one, by its name with underscores."""
    options: dict[str, Path | str] = {
        "gateway": target,
        "cert": files / "app.crt",
        "key_file": files / "app.key",
        "ca": files / "ca.crt",
        "passphrase_file": files / "passphrase",
    }
    words = ((f"--{name.replace('_', '-')}", str(value)) for name, value in {**options, **changes}.items())
    return [word for pair in words for word in pair]


WRONG_FILES: Final = {
    "no certificate": ({"cert": "absent"}, "absent"),
    "a certificate that is none": ({"cert": "garbage"}, "no PEM certificate"),
    "a directory for a certificate": ({"cert": "."}, "Is a directory"),
    "another's certificate": ({"cert": "other.crt"}, "belongs to another certificate"),
    "no authority": ({"ca": "absent"}, "absent"),
    "an authority that is none": ({"ca": "garbage"}, "no PEM certificate"),
    "no key": ({"key_file": "absent"}, "absent"),
    "a key that is none": ({"key_file": "garbage"}, "garbage"),
    "a key in the clear": ({"key_file": "plain.key"}, "plain.key"),
    "no passphrase": ({"passphrase_file": "absent"}, "absent"),
    "another passphrase": ({"passphrase_file": "wrong"}, "app.key"),
    "an empty passphrase": ({"passphrase_file": "empty"}, "of 12 to 1023 bytes"),
    "a passphrase that others can read": ({"passphrase_file": "open"}, "open"),
}
"""By what is wrong: the option that names another file of `make_files`, and a word of what is found."""
