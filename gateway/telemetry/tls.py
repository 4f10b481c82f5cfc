"""TLS contexts of our HTTPS listeners and of the servers that we ask, made from certificates in memory."""

from __future__ import annotations

import os
import ssl

from keys.rotation import CertifiedKey


def tls_context(pair: CertifiedKey, roots: bytes) -> ssl.SSLContext:
    """Return a server's context: TLS 1.3 at least, and a client certificate of these authorities required.

    The key passes through an anonymous file in memory, since the standard library reads keys from files alone.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_verify_locations(cadata=roots.decode())
    _load(context, pair)
    return context


def client_context(pair: CertifiedKey, roots: str) -> ssl.SSLContext:
    """Return a client's context that shows this certificate where asked; TLS 1.2 at least, since others' servers vary.

    `roots` are the authorities of the server, PEM; those of the system where there are none.
    """
    context = ssl.create_default_context(cadata=roots or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load(context, pair)
    return context


def _load(context: ssl.SSLContext, pair: CertifiedKey) -> None:
    with os.fdopen(os.memfd_create("pair", os.MFD_CLOEXEC), "wb", buffering=0) as file:
        file.write(pair.key_pem + b"\n" + pair.certificate_pem)
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
