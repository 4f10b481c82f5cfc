"""An entry as a syslog message (RFC 5424): one line, framed for a stream (RFC 6587 section 3.4.1, as RFC 5425 asks).

Pure. Facility 13, log audit. The structured data bear the entry's place in the log (`origin`, `index`, `leafHash`), so
that every line can be proven; the message is the header as JSON behind the byte order mark that marks UTF-8. A message
has no line end within it: a file has one message a line, and octet counting is for TCP and TLS alone.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

import orjson

from gateway.audit.entries.entry import Entry
from gateway.audit.review import ocsf

FACILITY: Final = 13
_SEVERITY: Final = {ocsf.INFORMATIONAL: 6, ocsf.LOW: 4, ocsf.HIGH: 1}
"""RFC 5424 section 6.2.1: informational, warning, alert."""
DOCUMENTATION: Final = 32473
"""The enterprise number that RFC 5612 keeps for examples; an organisation with a number of its own gives that."""
_CONTROL: Final = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
_BOM: Final = b"\xef\xbb\xbf"
MAX_HOST: Final = 255
"""Characters of a host name (RFC 5424 section 6)."""


def format_message(
    entry: Entry, *, origin: str, index: int, leaf_hash: bytes, host: str, enterprise: int = DOCUMENTATION
) -> bytes:
    """Return one message without its frame.

    Raises:
        ValueError: the host name is not 1 to 255 printable characters of ASCII, or the number is negative.
    """
    if not 1 <= len(host) <= MAX_HOST or not all("!" <= sign <= "~" for sign in host):
        raise ValueError("expected a host name of 1 to 255 printable ASCII characters, found another")
    if enterprise < 0:
        raise ValueError(f"expected an enterprise number, found {enterprise}")
    moment = datetime.fromtimestamp(entry.number("time_utc_us") / 1e6, UTC)
    place = {
        "origin": origin,
        "index": str(index),
        "leafHash": leaf_hash.hex(),
        "phase": str(entry.phase),
        "exchange": entry.exchange_id,
        "item": entry.text("item_code"),
        "reason": entry.text("reason_code"),
    }
    data = " ".join(f'{name}="{_escape(value)}"' for name, value in place.items() if value)
    head = (
        f"<{FACILITY * 8 + _SEVERITY[ocsf.severity(entry)]}>1 {moment.isoformat(timespec='microseconds')[:-6]}Z {host} "
        f"chuanyu-gateway - {entry.text('action')[:32] or '-'} [entry@{enterprise} {data}] "
    )
    text = orjson.dumps(
        ocsf.header(entry, origin=origin, index=index, leaf_hash=leaf_hash), option=orjson.OPT_SORT_KEYS
    )
    return head.encode() + _BOM + text


def frame(octets: bytes) -> bytes:
    """Return a message behind its length, as a stream needs it (octet counting)."""
    return str(len(octets)).encode() + b" " + octets


def _escape(value: str) -> str:
    """Escape a parameter's value (RFC 5424 section 6.3.3); a control character, which could end a line, is replaced."""
    plain = _CONTROL.sub("\ufffd", value)
    return plain.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
