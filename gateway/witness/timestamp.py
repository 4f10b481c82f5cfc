"""Time stamps (RFC 3161): a third party says that a checkpoint existed at a time, whatever both provinces say.

What is stamped is the text of the checkpoint (origin, size, root), so that cosignatures that come later change nothing.
Off the way of every exchange: a dead authority is an alarm, never a stop. A token is kept only after it was verified
against the authority's roots, our nonce and our own clock. Needs the extra `tsa`.
"""

from __future__ import annotations

import asyncio
import importlib.util
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509

from gateway.audit.tlog.note import parse_checkpoint, parse_note
from gateway.witness.reach import post
from gateway.witness.submission import Unreachable
from keys.files import read_file

CONTENT_TYPE: Final = "application/timestamp-query"
ANSWER_TYPE: Final = "application/timestamp-reply"
CLOCK_SECONDS: Final = 60.0
"""How far the time of a stamp may be from our own clock."""
RETRY_SECONDS: Final = 60.0
"""Pause after a stamp that did not come."""


class StampRefused(Exception):
    """The authority gave no stamp, or one that does not hold; the message says which check failed."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A verified time stamp: of how many entries, its time in microseconds since 1970, and the authority's answer."""

    size: int
    time_us: int
    token: bytes


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamp authority: where it answers, and the certificates by which its stamps and its HTTPS are judged."""

    url: str
    roots: tuple[x509.Certificate, ...]
    seconds: float
    clock: Callable[[], float]

    @classmethod
    def open(cls, url: str, roots: Path, seconds: float, clock: Callable[[], float]) -> Authority:
        """Read the roots.

        Raises:
            StampRefused: they cannot be read, or the extra `tsa` is not installed.
        """
        if importlib.util.find_spec("rfc3161_client") is None:
            raise StampRefused("expected the extra tsa. Install it: pip install 'chuanyu-gateway[tsa]'")
        try:
            return cls(url, tuple(x509.load_pem_x509_certificates(read_file(roots))), seconds, clock)
        except (OSError, ValueError) as error:
            raise StampRefused(f"{roots}: expected the authority's roots in PEM, found: {error}") from error

    async def stamp(self, note: bytes) -> Stamp:
        """Have a checkpoint stamped, and verify what comes.

        Raises:
            StampRefused: no valid stamp came.
        """
        return await asyncio.to_thread(self._stamp, parse_note(note).text)

    def _stamp(self, text: bytes) -> Stamp:
        from rfc3161_client import TimestampRequestBuilder

        request = TimestampRequestBuilder().data(text).nonce(nonce=True).cert_request(cert_request=True).build()
        try:
            status, kind, answer = post(self.url, request.as_bytes(), CONTENT_TYPE, self._context, self.seconds)
        except Unreachable as error:
            raise StampRefused(str(error)) from error
        if status != 200 or kind != ANSWER_TYPE:
            raise StampRefused(f"expected 200 and {ANSWER_TYPE}, found {status} and {kind}")
        time_s = self.verify(answer, text, nonce=request.nonce)
        if abs(time_s - self.clock()) > CLOCK_SECONDS:
            raise StampRefused(f"expected a time near ours, found one {time_s - self.clock():+.0f} s away")
        return Stamp(parse_checkpoint(text).size, int(time_s * 1_000_000), answer)

    def verify(self, token: bytes, text: bytes, *, nonce: int | None = None) -> float:
        """Return the time that a stamp of a checkpoint's text bears, in seconds since 1970.

        Raises:
            StampRefused: it does not hold, or is of another text or another request.
        """
        from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

        builder = VerifierBuilder(roots=list(self.roots), nonce=nonce)
        try:
            response = decode_timestamp_response(token)
            builder.build().verify_message(response, text)
        except (VerificationError, ValueError) as error:
            raise StampRefused(f"the stamp does not hold: {error}") from error
        return float(response.tst_info.gen_time.timestamp())

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context()


async def keep_stamped(
    authority: Authority,
    newest: Callable[[], bytes],
    save: Callable[[Stamp], Awaitable[None]],
    report: Callable[[str, Stamp | None], None],
    seconds: float,
) -> None:
    """Stamp the newest cosigned checkpoint every so often, when it is a new one, until cancelled.

    `report` gets why no stamp came, or an empty text and the stamp.
    """
    done = 0
    while True:
        note = newest()
        size = parse_checkpoint(parse_note(note).text).size if note else 0
        if size <= done:
            await asyncio.sleep(min(seconds, RETRY_SECONDS))
            continue
        try:
            stamp = await authority.stamp(note)
            await save(stamp)
        except Exception as error:
            report(str(error) or type(error).__name__, None)
            await asyncio.sleep(min(seconds, RETRY_SECONDS))
            continue
        done = size
        report("", stamp)
        await asyncio.sleep(seconds)
