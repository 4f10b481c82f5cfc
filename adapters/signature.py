"""The signed headers of the national exchange platform (国家数据共享交换平台), made and checked.

    gjgxjhpt_rid    who asks            gjgxjhpt_sid     which service
    gjgxjhpt_rtime  when, milliseconds since 1970-01-01
    gjgxjhpt_sign   Base64(HMAC-SHA256(appsecret, sid + rid + rtime))

The scheme signs neither body nor path and has no nonce: within the time window a message can be repeated or altered by
whoever reads it. That is what the convention gives; TLS to the platform must give the rest.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

RID: Final = "gjgxjhpt_rid"
SID: Final = "gjgxjhpt_sid"
RTIME: Final = "gjgxjhpt_rtime"
SIGN: Final = "gjgxjhpt_sign"
WINDOW_MS: Final = 300_000
"""How far a time may lie from ours, either way."""
LEAST_SECRET: Final = 16
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_@.-]{1,128}", re.ASCII)


class SignatureRefused(Exception):
    """The headers do not prove who asks; the message names the header, never its value."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The asking party, the service and the secret; `repr` hides the secret."""

    rid: str
    sid: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        for name, value in (("rid", self.rid), ("sid", self.sid)):
            if not _IDENTIFIER.fullmatch(value):
                raise ValueError(f"{name}: expected 1 to 128 of letters, digits and _@.-, found something else")
        if len(self.secret) < LEAST_SECRET:
            raise ValueError(f"secret: expected at least {LEAST_SECRET} bytes, found {len(self.secret)}")

    def headers(self, now_ms: int) -> dict[str, str]:
        """Return the four headers for a request made at this time."""
        return {RID: self.rid, SID: self.sid, RTIME: str(now_ms), SIGN: self.sign(str(now_ms))}

    def sign(self, rtime: str) -> str:
        """Return the signature over sid, rid and a time."""
        digest = hmac.new(self.secret, f"{self.sid}{self.rid}{rtime}".encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode("ascii")

    def check(self, headers: Mapping[str, str], now_ms: int) -> None:
        """Return if the headers (names in lower case) are signed with our secret, for us, and now.

        Raises:
            SignatureRefused: a header missing, another service or asker, a wrong signature, a time out of the window.
        """
        for name, expected in ((SID, self.sid), (RID, self.rid)):
            if not hmac.compare_digest(headers.get(name, "").encode(), expected.encode()):
                raise SignatureRefused(f"{name}: expected the agreed one, found another")
        rtime = headers.get(RTIME, "")
        if not re.fullmatch(r"[0-9]{1,15}", rtime, re.ASCII):
            raise SignatureRefused(f"{RTIME}: expected milliseconds, found something else")
        if not hmac.compare_digest(headers.get(SIGN, "").encode(), self.sign(rtime).encode()):
            raise SignatureRefused(f"{SIGN}: expected our signature, found another")
        if abs(int(rtime) - now_ms) > WINDOW_MS:
            raise SignatureRefused(f"{RTIME}: expected a time within {WINDOW_MS} ms of ours, found another")


def read_secret(path: Path) -> bytes:
    """Read the shared secret from its file, without the end of the line.

    Raises:
        ValueError: others than its owner may read the file, or it is too short.
        OSError: it cannot be read.
    """
    if path.stat().st_mode & 0o077:
        raise ValueError("secret file: expected to be readable by its owner alone (mode 600), found others allowed")
    secret = path.read_bytes().strip()
    if len(secret) < LEAST_SECRET:
        raise ValueError(f"secret file: expected at least {LEAST_SECRET} bytes, found {len(secret)}")
    return secret
