"""Masking keys: one for each use, recipient, item, field, purpose and epoch, derived from one root (HKDF, RFC 5869).

Rule: two uses (a level with its cipher, hash, form or bound), two recipients, two purposes or two epochs never share a
key, so what one learns says nothing to another.
Keys are never shown; a key identifier may be, and reveals nothing about the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MIN_ROOT_BYTES: Final = 32
"""Shortest root, in bytes: that of the strongest key derived from it."""
KEY_BYTES: Final = 32
_ID_BYTES: Final = 8
_SALT: Final = b"chuanyu-gateway masking 2"


@dataclass(frozen=True, slots=True, repr=False)
class FieldKey:
    """A derived key: `secret` has 32 bytes; `key_id` is 16 hex digits that name it without revealing it."""

    key_id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"<field key {self.key_id}>"


class MaskKeys:
    """Derives field keys from a root of at least 32 random bytes. The root cannot be shown or serialised."""

    __slots__ = ("_root",)

    def __init__(self, root: bytes) -> None:
        """Take the root.

        Raises:
            ValueError: the root is shorter than 32 bytes.
        """
        if len(root) < MIN_ROOT_BYTES:
            raise ValueError(f"expected a root of at least {MIN_ROOT_BYTES} bytes, found {len(root)}")
        self._root = bytes(root)

    def derive(self, use: str, *, recipient: str, item: str, field: str, purpose: str, epoch: str) -> FieldKey:
        """Return the key of one field for one use, recipient, purpose and epoch; equal arguments give equal keys.

        Every part is preceded by its length, so that no two lists of parts read the same.
        """
        parts = [part.encode() for part in (use, recipient, item, field, purpose, epoch)]
        info = b"".join(len(part).to_bytes(2, "big") + part for part in parts)
        octets = HKDF(SHA256(), KEY_BYTES + _ID_BYTES, _SALT, info).derive(self._root)
        return FieldKey(octets[KEY_BYTES:].hex(), octets[:KEY_BYTES])

    def __repr__(self) -> str:
        return "<mask keys>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("mask keys cannot be serialised")
