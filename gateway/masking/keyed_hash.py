"""KEYED_HASH: a token of 32 letters from a keyed hash of the whole value, whatever its length. Nobody can undo it.

HMAC (RFC 2104) with SHA-256 or SM3 (GB/T 32905), cut to its first 128 bits: two of a thousand million values share a
token with a chance below one in 10^20. Text is hashed as UTF-8; spelling counts. Null stays null.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gateway.ground.vocabulary.names import Hash
from gateway.masking.tokens import TOKEN_BYTES, Column, letters, of_present
from keys.hmac import Hmac


def digests(secret: bytes, which: Hash = Hash.SHA256) -> Callable[[str], bytes]:
    """Return the keyed hash of a text under a secret of 32 bytes, cut to 128 bits.

    Raises:
        ValueError: this Python's OpenSSL does not know the hash.
    """
    keyed = Hmac(secret, which.value)
    return lambda value: keyed.digest(value.encode("utf-8", "surrogatepass"))[:TOKEN_BYTES]


def keyed_hash(secret: bytes, which: Hash = Hash.SHA256) -> Callable[[tuple[Any, ...]], Column]:
    """Return the operator under a secret of 32 bytes; raises ValueError as `digests`."""
    digest = digests(secret, which)

    def tokens(values: Sequence[str]) -> Sequence[str]:
        return letters(b"".join(map(digest, values)))

    return lambda values: of_present(values, tokens)
