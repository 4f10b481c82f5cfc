"""A stand-in for a log key: an Ed25519 key from a seed, for tests alone."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.tlog.note import make_vkey


class LogKey:
    """Signs notes under a name."""

    def __init__(self, name: str, seed: int = 1) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        made = make_vkey(name, self._key.public_key().public_bytes_raw())
        self.name = name
        self.key_id = made.key_id
        self.vkey = str(made)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        return self._key.sign(message)
