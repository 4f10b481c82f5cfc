"""Is what stands beside the entries theirs? Each sealed body and each wrapped key has the digest that its entry names.

The digests are found in the bytes of the entry as they were hashed, which are not read as JSON: a quote within a text
is escaped there, so that the name of a field with its quotes stands at that field alone. An entry of version 2 holds
its body itself and has no digest of its key; such keys are counted. Whether a key is missing, `wraps` asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from gateway.audit.storage.reader import LogReader
from gateway.audit.verification.fault import VerificationFailed

_BODY: Final = b'"body_digest":"'
_WRAP: Final = b'"wrap_digest":"'
_DIGITS: Final = 64


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
        keys = dict(self._reader.keys(start, end))
        for index, octets in enumerate(entries, start):
            found = bodies.get(index)
            wanted = _named(octets, _BODY)
            if (None if found is None else _digest(found)) != (wanted or None):
                raise VerificationFailed(f"body {index}", _describe(found, wanted), index)
            key = keys.get(index)
            if key is None:
                continue
            wanted = _named(octets, _WRAP)
            if not wanted:
                self.unbound += 1
            elif _digest(key) != wanted:
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


def _named(octets: bytes, name: bytes) -> bytes:
    """The digest of that name in an entry; empty where it has none."""
    at = octets.find(name)
    return octets[at + len(name) : at + len(name) + _DIGITS] if at >= 0 else b""


def _digest(octets: bytes) -> bytes:
    return sha256(octets).hexdigest().encode()


def _describe(found: bytes | None, wanted: bytes) -> str:
    if found is None:
        return "the body of the entry is missing"
    return "the body has not the digest of the entry" if wanted else "a body stands beside an entry that has none"
