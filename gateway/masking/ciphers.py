"""The two block ciphers behind the keyed operators: AES-256 (FIPS 197) and SM4 (GB/T 32907), 16-byte blocks each.

Rule: each block is permuted by itself, which is what the code-book mode is. That is right where a block holds one whole
value, or the state of one round, and nowhere else.
"""

from __future__ import annotations

from typing import Final, Protocol

from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher, algorithms, modes
from cryptography.utils import Buffer

from gateway.ground.vocabulary.names import BlockCipher

BLOCK: Final = 16
"""Bytes of a block."""
SPARE: Final = BLOCK - 1
"""Bytes that `update_into` wants beyond what it writes."""


class Permutation(Protocol):
    """A keyed permutation of blocks. It carries nothing over from call to call; not shared between threads."""

    def update(self, data: Buffer, /) -> bytes:
        """Return as many whole blocks, each permuted by itself."""

    def update_into(self, data: Buffer, buf: Buffer, /) -> int:
        """Write what `update` returns into a buffer that is `SPARE` bytes longer, and return how many were written."""


def permutation(cipher: BlockCipher, secret: bytes) -> Permutation:
    """Return the permutation under a secret of 32 bytes, of which SM4 takes the first 16."""
    return over(_algorithm(cipher, secret))


def inverse(cipher: BlockCipher, secret: bytes) -> Permutation:
    """Return what undoes `permutation` under the same secret."""
    return _each_block(_algorithm(cipher, secret)).decryptor()


def over(algorithm: BlockCipherAlgorithm) -> Permutation:
    """Return the permutation that a cipher and its key are."""
    return _each_block(algorithm).encryptor()


def _algorithm(cipher: BlockCipher, secret: bytes) -> BlockCipherAlgorithm:
    return algorithms.SM4(secret[:BLOCK]) if cipher is BlockCipher.SM4 else algorithms.AES256(secret)


def _each_block(algorithm: BlockCipherAlgorithm) -> Cipher[modes.ECB]:
    return Cipher(algorithm, modes.ECB())  # noqa: S305  # nosec B305 - one value, or the state of one round, a block
