"""Does the index of subjects have each token of each entry, and nothing else? Compared as sets, in two streams.

Each pair of token and index is hashed under a key that is drawn anew each time, and the hashes are added up. Two sets
with equal sums are equal: who does not know the key cannot make others. So nothing is looked up and nothing is kept,
and only when the sums differ is the first place searched for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import blake2b
from typing import Final

from gateway.audit.entries.entry import Entry, decode
from gateway.audit.entries.references import tokens_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.schema import INDEXED_SINCE
from gateway.audit.verification.fault import VerificationFailed

_MODULUS: Final = (1 << 256) - 1


class SubjectIndex:
    """Compares the index of subjects of a log with its entries; `take` each entry, then `check`."""

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._key = os.urandom(32)
        self._sum = 0
        self._from = -1

    def take(self, index: int, entry: Entry) -> None:
        """Add the tokens of an entry; those of version 1 were written without an index."""
        if entry.number("v") > 1 and self._from < 0:
            self._from = index
        if self._from >= 0 and entry.text("subject_tokens"):
            self._sum += sum(self._hash(token, index) for token in tokens_of(entry))

    def check(self, size: int) -> None:
        """Compare with the index, as far as it is about the first `size` entries, all of which were taken.

        A database of an older schema has no such index.

        Raises:
            VerificationFailed: the first row that is missing, should not be there, or lies where no look-up finds it.
        """
        if self._from < 0 or self._reader.version < INDEXED_SINCE:
            return
        stored, furthest = 0, (-1, b"")
        for token, index, in_its_run in self._reader.subjects():
            if not in_its_run:
                raise VerificationFailed(
                    f"subject {token.hex()}/{index}", "the token is not in the run of its entry", index
                )
            if self._is_about(index, size):
                stored += self._hash(token, index)
            furthest = max(furthest, (index, token))
        if (stored - self._sum) % _MODULUS:
            raise self._find(size)
        index, token = furthest
        if index >= self._reader.count():
            raise VerificationFailed(
                f"subject {token.hex()}/{index}", "the index has a token beyond the entries", index
            )

    def _is_about(self, index: int, size: int) -> bool:
        return self._from <= index < size or index < 0

    def _hash(self, token: bytes, index: int) -> int:
        return int.from_bytes(blake2b(token + index.to_bytes(8, signed=True), key=self._key, digest_size=32).digest())

    def _find(self, size: int) -> VerificationFailed:
        for token, index, _ in self._reader.subjects():
            if not self._is_about(index, size):
                continue
            if index < 0 or token not in tokens_of(decode(self._reader.entry(index).octets)):
                return VerificationFailed(
                    f"subject {token.hex()}/{index}", "the index has a token that the entry has not", index
                )
        for index, token in self._wanted(size):
            if index not in self._reader.indexes_of([token], index, index + 1):
                return VerificationFailed(
                    f"subject {token.hex()}/{index}", "the index lacks a token of the entry", index
                )
        return VerificationFailed("subject", "the index of subjects changed while it was read")

    def _wanted(self, size: int) -> Iterator[tuple[int, bytes]]:
        for rows in self._reader.rows(self._from, size):
            for row in rows:
                for token in sorted(tokens_of(decode(row[2]))):
                    yield row[0], token
