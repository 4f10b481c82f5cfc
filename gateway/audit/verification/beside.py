"""Is what stands beside the entries theirs? Each sealed body and each wrapped key has the digest that its entry names.

The digests are found in the bytes of the entry as they were hashed, which are not read as JSON. The fields of an entry
are in order: before the digest of the body stands the action alone, and that of the key is the last. An entry of
version 2 holds its body itself and has no digest of its key; such keys are counted. Whether a key is missing, `wraps`
asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from gateway.audit.storage.reader import LogReader
from gateway.audit.verification.fault import VerificationFailed

_BODY: Final = b'"body_digest":"'
_WRAP: Final = b'"wrap_digest":"'
_END: Final = b'"}'
_DIGITS: Final = 64
_NEAR: Final = 64
"""Bytes of an entry within which the digest of its body begins: an action has at most 32 characters."""


class Beside:
    """Compares bodies and wrapped keys with the digests in the entries, range by range.

    `unbound` counts the keys of which no entry at hand has the digest.
    """

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self.unbound = 0

    def check(self, start: int, entries: Sequence[bytes]) -> None:
        """Compare what stands beside entries, the first of which has the index `start`; some may have no bytes.

        Raises:
            VerificationFailed: a body is missing, another stands in its place, or one beside an entry that has none; or
                a wrapped key is not that of which the entry has the digest.
        """
        end = start + len(entries)
        bodies = dict(self._reader.bodies(start, end))
        wanted = {index for index, octets in enumerate(entries, start) if octets.find(_BODY, 0, _NEAR) >= 0}
        for index in sorted(wanted | bodies.keys()):
            named, body = _of_body(entries[index - start]), bodies.get(index)
            if body is None:
                raise VerificationFailed(f"body {index}", "the body of the entry is missing", index)
            if not named:
                raise VerificationFailed(f"body {index}", "a body stands beside an entry that has none", index)
            if _digest(body) != named:
                raise VerificationFailed(f"body {index}", "the body has not the digest of the entry", index)
        for index, key in self._reader.keys(start, end):
            named = _of_key(entries[index - start])
            if not named:
                self.unbound += 1
            elif _digest(key) != named:
                raise VerificationFailed(f"wrap {index}", "the wrapped key has not the digest of the entry", index)

    def end(self) -> None:
        """Return if nothing stands beside entries that there are not.

        Raises:
            VerificationFailed: a body or a wrapped key has an index before the first entry or beyond the last.
        """
        astray = self._reader.astray()
        if astray is not None:
            table, index = astray
            raise VerificationFailed(f"{table} {index}", f"there is no entry {index} beside which it could stand", -1)


def _of_body(octets: bytes) -> bytes:
    """The digest of its body in an entry; empty where it has none."""
    at = octets.find(_BODY, 0, _NEAR)
    return octets[at + len(_BODY) : at + len(_BODY) + _DIGITS] if at >= 0 else b""


def _of_key(octets: bytes) -> bytes:
    """The digest of its wrapped key in an entry; empty where it has none."""
    digest = octets[-_DIGITS - len(_END) : -len(_END)]
    return digest if octets.endswith(_WRAP + digest + _END) else b""


def _digest(octets: bytes) -> bytes:
    return sha256(octets).hexdigest().encode()
