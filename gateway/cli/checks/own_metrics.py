"""The metrics of the node that runs here, read over mutual TLS with the node's own certificate.

What answers must be this very node: a certificate of our own authority with our own identity. Its host name is not
compared, since the name under which others dial the node need not be one of this machine.
"""

from __future__ import annotations

import re
from http.client import HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Final

from gateway.cli.checks.handshake import make_context, read_uris
from gateway.cli.connection import is_unspecified
from keys.files import read_text

if TYPE_CHECKING:
    from gateway.settings import Settings
    from keys.keystore import Passphrase

SECONDS: Final = 2.0
MAX_BYTES: Final = 4 << 20


def read_metrics(settings: Settings, passphrase: Passphrase) -> str:
    """Return the metrics of this node as Prometheus text.

    Raises:
        OSError: no node answers, it is not this one, or it does not show them; or our own pair cannot be used.
    """
    authority = read_text(settings.authority_path)
    context = make_context(settings.tls_certificate_path, settings.tls_key_path, passphrase.reveal, authority)
    context.check_hostname = False
    host = settings.listen.host
    near = "localhost" if is_unspecified(host) else host
    connection = HTTPSConnection(near, settings.listen.metrics_port, timeout=SECONDS, context=context)
    try:
        connection.connect()
        found = read_uris(connection.sock)
        if found != (settings.identity.uri,):
            raise OSError(f"expected {settings.identity.uri}, found {', '.join(found) or 'no identity'}")
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"expected the metrics, found the status {answer.status}")
        return answer.read(MAX_BYTES).decode(errors="replace")
    except HTTPException as error:
        raise OSError(type(error).__name__) from error
    finally:
        connection.close()


def read_gauge(text: str, name: str, label: str) -> dict[str, float]:
    """Return the values of a gauge by the value of its one label; none where the text has none."""
    lines = re.findall(rf'^{name}\{{{label}="([^"\\]*)"\}} (\S+)$', text, re.MULTILINE)
    return {of: _read_number(value) for of, value in lines}


def _read_number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return float("nan")
