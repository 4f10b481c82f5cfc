"""A province's certificate authority: issues from requests, keeps a register, revokes.

Certificates are ECDSA P-256 with SHA-256 after RFC 5280, with the key usages that strict verifiers ask for. A request
is honoured for the identity that the operator expects and for no other. The register (one JSON line for each issue) is
synced before a certificate is handed out, so that every certificate in the world can be revoked. Programs that work in
one directory at once wait for each other, so that no line is lost and no list number is given twice.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from keys.certificate import common_name, identity_of
from keys.files import read_file
from keys.identity import Identity, Role, trust_domain
from keys.issuer import UNREADABLE, describe_form, is_p256, read_issuer
from keys.keystore import KeystoreError, Passphrase, load_tls_key, new_tls_key, save_key, write_private

SKEW: Final = timedelta(minutes=5)
"""Backdating of certificates, for machines whose clock is a little behind."""
CRL_DAYS: Final = 30
"""Days for which a revocation list holds."""
_FILES: Final = ("authority.key", "authority.crt", "register.jsonl")
_SERVERS: Final = frozenset({Role.NODE, Role.ADAPTER})
_RESTORE: Final = ("restore the authority's directory from its backup", "从备份恢复证书认证机构的文件夹")


class AuthorityError(Exception):
    """The authority does not do what was asked; says what was found and expected."""


class RequestUnreadable(AuthorityError):
    """Octets are no certificate signing request in PEM."""


class Authority:
    """One province's authority, in a directory of its own."""

    def __init__(self, province: str, directory: Path, key: EllipticCurvePrivateKey, certificate_pem: bytes) -> None:
        self.province = province
        self.certificate_pem = certificate_pem
        self._directory = directory
        self._key = key
        self._certificate = x509.load_pem_x509_certificate(certificate_pem)

    @classmethod
    def create(
        cls, province: str, passphrase: Passphrase, directory: Path, *, now: datetime, days: int = 3650
    ) -> Authority:
        """Make a new authority with a key and a self-signed certificate; refuses a directory that has one.

        Raises:
            AuthorityError: there is an authority already, or a part of one, such as its register.
            IdentityError: `province` is no province code.
        """
        domain = trust_domain(province)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(os.path.lexists(directory / name) for name in _FILES):
            raise AuthorityError(f"expected a directory without an authority, found one in {directory}")
        key = new_tls_key()
        name = _name(province)
        public = key.public_key()
        builder = (
            x509.CertificateBuilder(issuer_name=name, subject_name=name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - SKEW)
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            # TLS itself then refuses a leaf of this authority that names another province (RFC 5280 section 4.2.1.10).
            .add_extension(x509.NameConstraints([x509.UniformResourceIdentifier(domain)], None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )
        pem = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
        save_key(directory / "authority.key", key, passphrase)
        write_private(directory / "authority.crt", pem)
        write_private(directory / "register.jsonl", b"")
        made = cls(province, directory, key, pem)
        made.publish(now=now)
        return made

    @classmethod
    def open(cls, province: str, passphrase: Passphrase, directory: Path) -> Authority:
        """Open an authority; makes nothing.

        Raises:
            KeystoreError: its key cannot be used, its certificate is another key's or province's, or its register is
                missing or spoilt.
        """
        key = load_tls_key(directory / "authority.key", passphrase)
        try:
            pem = (directory / "authority.crt").read_bytes()
            certificate = read_issuer(pem)
        except (OSError, ValueError) as error:
            raise KeystoreError(
                f"{directory}: expected an authority's certificate, found none",
                f"{directory}：应有证书认证机构的证书，实际没有",
                _RESTORE,
            ) from error
        if certificate.public_key() != key.public_key() or certificate.subject != _name(province):
            raise KeystoreError(
                f"{directory}: expected the authority of {province}, found another's",
                f"{directory}：预期 {province} 的证书认证机构，实际为其他机构",
                _RESTORE,
            )
        opened = cls(province, directory, key, pem)
        opened.list_issued()
        return opened

    def issue(self, request_pem: bytes, expected: Identity, *, now: datetime, days: int = 365) -> bytes:
        """Return a certificate in PEM for a request, and register it.

        Raises:
            AuthorityError: the request is malformed, its own signature fails, its key is no P-256 key, or it names
                another identity than the expected one of this province; or the certificate would hold for no time.
            CertificateError: it names no identity.
        """
        try:
            request = x509.load_pem_x509_csr(request_pem)
            public, extensions = request.public_key(), request.extensions
            own = is_p256(public) and request.is_signature_valid
        except UNREADABLE as error:
            form = describe_form(request_pem, "req")
            raise RequestUnreadable(f"expected a certificate signing request in PEM, found {form}") from error
        if not own:
            raise AuthorityError("expected a request signed by its own P-256 key, found another")
        identity = identity_of(extensions)
        if identity != expected or identity.province != self.province:
            raise AuthorityError(f"expected a request of {expected.uri} in {self.province}, found {identity.uri}")
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        _require_names(names, identity)
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH]
        purposes += [ExtendedKeyUsageOID.SERVER_AUTH] if identity.role in _SERVERS else []
        serial = x509.random_serial_number()
        until = min(now + timedelta(days=days), self._certificate.not_valid_after_utc)
        if until <= now:
            raise AuthorityError(f"expected a certificate that holds after {now}, found an end at {until}")
        builder = (
            x509.CertificateBuilder(issuer_name=self._certificate.subject, subject_name=common_name(identity.name))
            .public_key(public)
            .serial_number(serial)
            .not_valid_before(now - SKEW)
            .not_valid_after(until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(x509.SubjectAlternativeName(list(names)), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        certificate = builder.sign(self._key, SHA256())
        line = {"serial": f"{serial:x}", "identity": identity.uri, "until": until.isoformat(), "at": now.isoformat()}
        with self._alone():
            self._register(line)
        # From here on the certificate may be anywhere; its line is on disk.
        return certificate.public_bytes(Encoding.PEM)

    def list_issued(self) -> dict[int, str]:
        """Return serial numbers and identities of all that was issued."""
        return {int(line["serial"], 16): line["identity"] for line in self._lines() if "identity" in line}

    def revoke(self, serial: int, reason: str, *, now: datetime) -> bytes:
        """Revoke a certificate that this authority issued; return the new revocation list in PEM.

        Raises:
            AuthorityError: no certificate of that serial number was issued here.
        """
        with self._alone():
            if serial not in self.list_issued():
                raise AuthorityError(f"expected the serial number of a certificate issued here, found {serial:x}")
            if not any("revoked" in line and int(line["serial"], 16) == serial for line in self._lines()):
                self._register({"serial": f"{serial:x}", "revoked": now.isoformat(), "reason": reason})
            return self._publish(now, CRL_DAYS)

    def publish(self, *, now: datetime, days: int = CRL_DAYS) -> bytes:
        """Write and return a new revocation list in PEM; its number is one more than the last one's."""
        with self._alone():
            return self._publish(now, days)

    def _publish(self, now: datetime, days: int) -> bytes:
        number = 1 + sum(1 for line in self._lines() if "list" in line)
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=self._certificate.subject, last_update=now - SKEW, next_update=now + timedelta(days=days)
        )
        builder = builder.add_extension(x509.CRLNumber(number), critical=False).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        for line in self._lines():
            if "revoked" in line:
                builder = builder.add_revoked_certificate(
                    x509.RevokedCertificateBuilder(
                        serial_number=int(line["serial"], 16), revocation_date=datetime.fromisoformat(line["revoked"])
                    ).build()
                )
        pem = builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM)
        # The number is spent before the list is handed out: two lists of one number would contradict each other.
        self._register({"list": str(number), "at": now.isoformat()})
        write_private(self._directory / "authority.crl", pem)
        return pem

    def _lines(self) -> list[dict[str, str]]:
        path = self._directory / "register.jsonl"
        try:
            octets = read_file(path)
            # A torn last line was never synced, so what it was to record was never handed out.
            whole = octets[: octets.rfind(b"\n") + 1]
            lines: list[dict[str, str]] = [json.loads(line) for line in whole.splitlines()]
        except (OSError, ValueError, RecursionError) as error:
            raise KeystoreError(
                f"{path}: expected a whole register, found none", f"{path}：登记簿缺失或不完整", _RESTORE
            ) from error
        if not all(_is_line(line) for line in lines):
            raise KeystoreError(
                f"{path}: expected a register of objects, found another line",
                f"{path}：登记簿中有格式不符的行",
                _RESTORE,
            )
        return lines

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep every other program off the register; it is only ever appended to, so its file is the lock."""
        descriptor = os.open(self._directory / "register.jsonl", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _register(self, line: Mapping[str, str]) -> None:
        path = self._directory / "register.jsonl"
        octets = read_file(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "ab") as file:
            file.truncate(octets.rfind(b"\n") + 1)
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _is_line(line: object) -> bool:
    """Tell whether a line of the register is one of an issue, of a revocation, or of a list."""
    if not isinstance(line, dict) or not all(isinstance(value, str) for value in line.values()):
        return False
    try:
        if "revoked" in line:
            datetime.fromisoformat(line["revoked"])
        return "list" in line or int(line["serial"], 16) >= 0
    except (KeyError, ValueError):
        return False


def _name(province: str) -> x509.Name:
    """The distinguished name of a province's authority."""
    return common_name(f"chuanyu authority {province}")


def _require_names(names: x509.SubjectAlternativeName, identity: Identity) -> None:
    """Refuse names of other kinds, and host names for a holder that is no server."""
    kinds = (x509.UniformResourceIdentifier, x509.DNSName, x509.IPAddress)
    if not all(isinstance(name, kinds) for name in names):
        raise AuthorityError("expected names that are URIs, host names and addresses, found another kind")
    if identity.role not in _SERVERS and len(list(names)) != 1:
        raise AuthorityError(f"expected no host name for the role {identity.role}, found {len(list(names)) - 1}")


def _usage(*, signs: bool) -> x509.KeyUsage:
    """A key's usage: certificates and lists for an authority, signatures of handshakes for a leaf."""
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
