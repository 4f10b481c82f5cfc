"""TLS contexts: nothing below TLS 1.3, and no caller without a certificate."""

from __future__ import annotations

import ssl
from types import SimpleNamespace
from typing import Any

from gateway.telemetry.tls import tls_context

URI = "spiffe://510000.chuanyu/node/one"


def test_a_servers_context_requires_a_certificate_over_tls_1_3(pki: Any) -> None:
    """Both, always."""
    key, certificate = pki.leaf("own", URI)
    pair: Any = SimpleNamespace(key_pem=key, certificate_pem=certificate)
    context = tls_context(pair, pki.root("own"))
    assert (ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_3) == (context.verify_mode, context.minimum_version)
