"""Stand-ins for the keys of witnesses and a log's second key, from seeds, for tests alone."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from gateway.audit.tlog.cosignature import CosignatureVerifier, Cosigner
from gateway.audit.tlog.note import COSIGNATURE, make_vkey

TIME_S = 1_800_000_000
"""The second in which they sign, unless told otherwise."""


class WitnessKey:
    """Signs raw messages under a name and a type; `at` is the cosigner, `verifier` its public half."""

    def __init__(self, name: str, algorithm: int, seed: int | bytes = 1) -> None:
        octets = seed if isinstance(seed, bytes) else bytes([seed]) * 32
        if algorithm == COSIGNATURE:
            self._key: Ed25519PrivateKey | MLDSA44PrivateKey = Ed25519PrivateKey.from_private_bytes(octets)
        else:
            self._key = MLDSA44PrivateKey.from_seed_bytes(octets)
        made = make_vkey(name, self._key.public_key().public_bytes_raw(), algorithm)
        self.name = name
        self.algorithm = algorithm
        self.key_id = made.key_id
        self.vkey = str(made)
        self.verifier = CosignatureVerifier(made)

    def sign(self, message: bytes) -> bytes:
        """Return the raw signature of a message."""
        return self._key.sign(message)

    def at(self, time_s: int = TIME_S) -> Cosigner:
        """The cosigner whose clock stands at a second."""
        return Cosigner(self, self.algorithm, lambda: time_s)
