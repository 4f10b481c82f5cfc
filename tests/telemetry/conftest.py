"""Real certificates for the tests of this room: two authorities, and leaves of any dates."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

BOTH = (ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)


class Pki:
    """Authorities by name, made when first named."""

    SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._authorities: dict[str, tuple[EllipticCurvePrivateKey, x509.Certificate]] = {}

    def root(self, authority: str) -> bytes:
        """Return an authority's certificate, PEM."""
        return self._authority(authority)[1].public_bytes(Encoding.PEM)

    def leaf(
        self,
        authority: str,
        uri: str,
        first_day: int = -1,
        last_day: int = 30,
        *,
        purposes: tuple[x509.ObjectIdentifier, ...] = BOTH,
        signer: EllipticCurvePrivateKey | None = None,
        more_names: int = 0,
    ) -> tuple[bytes, bytes]:
        """Return key and certificate, PEM, valid on these days from today; `signer` replaces the issuer's key."""
        own, issuer = self._authority(authority)
        signer, key = signer or own, generate_private_key(SECP256R1())
        names = [x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")]
        names += [x509.DNSName(f"name-{number}.example") for number in range(more_names)]
        certificate = (
            self._builder("leaf", issuer.subject, key, first_day, last_day)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own.public_key()), critical=False)
            .sign(signer, SHA256())
        )
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return pem, certificate.public_bytes(Encoding.PEM)

    def forged(self, authority: str, uri: str) -> tuple[bytes, bytes]:
        """Return a pair whose certificate names an authority that never signed it."""
        return self.leaf(authority, uri, signer=generate_private_key(SECP256R1()))

    def client(
        self, trusts: str, pair: tuple[bytes, bytes] | None, *, greatest: ssl.TLSVersion | None = None
    ) -> ssl.SSLContext:
        """Return a client's context that trusts an authority and shows a certificate, or none."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self.root(trusts).decode())
        context.set_alpn_protocols(["h2"])
        if greatest is not None:
            context.maximum_version = greatest
        if pair is not None:
            context.load_cert_chain(*self.files(pair))
        return context

    def files(self, pair: tuple[bytes, bytes]) -> tuple[Path, Path]:
        """Write a pair, and return the files of certificate and key."""
        count = len(list(self._directory.iterdir()))
        certificate, key = self._directory / f"{count}.crt", self._directory / f"{count}.key"
        key.write_bytes(pair[0])
        certificate.write_bytes(pair[1])
        return certificate, key

    def _authority(self, name: str) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
        if name not in self._authorities:
            key = generate_private_key(SECP256R1())
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
            usage = x509.KeyUsage(
                digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
            )  # fmt: skip
            certificate = (
                self._builder(name, subject, key, -20, 100)
                .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
                .add_extension(usage, critical=True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            )
            if name == "constrained":  # as a province's authority is, to its own name
                domain = x509.UniformResourceIdentifier("510000.chuanyu")
                certificate = certificate.add_extension(x509.NameConstraints([domain], None), critical=True)
            signed = certificate.sign(key, SHA256())
            self._authorities[name] = (key, signed)
        return self._authorities[name]

    @staticmethod
    def _builder(
        name: str, issuer: x509.Name, key: EllipticCurvePrivateKey, first_day: int, last_day: int
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return x509.CertificateBuilder(
            subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
            issuer_name=issuer,
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now + timedelta(days=first_day),
            not_valid_after=now + timedelta(days=last_day),
        )


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The authorities of one test run."""
    return Pki(tmp_path_factory.mktemp("pki"))
