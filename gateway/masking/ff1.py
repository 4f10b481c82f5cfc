"""FF1 (NIST SP 800-38G rev. 1, second public draft): a keyed permutation of numerals of one length.

The construction takes any cipher of 16-byte blocks: over AES it is the standard's, over SM4 it is the same
construction and no national mode. Ten rounds; a domain below a million is refused, as revision 1 requires.

A round of one numeral string works on Python's integers. A round of a column works on 64-bit words: all blocks of a
round differ in their last eight bytes, and by a tweak in their first eight, so that one call permutes them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from gateway.masking.ciphers import BLOCK, SPARE, Permutation
from gateway.masking.matrix import CHUNK, Words

MIN_DOMAIN: Final = 1_000_000
"""Fewest values of the domain: radix to the power of the length."""
LARGEST: Final = 2**96
"""No half has more values: then one block holds all that a round needs of it. It is the case up to 56 digits."""
ROUNDS: Final = 10
WORDS_BELOW: Final = 2**56
"""Each half of a column's numerals is less than this, so that eight bits more fit into a word."""
WORD: Final = 8
"""Bytes of a word."""


class Ff1:
    """FF1 for numerals of one radix and length under one cipher and key.

    A numeral string is given as two numbers, its first `length // 2` numerals and the rest, most significant first.
    """

    __slots__ = ("_b", "_cipher", "_d", "_left", "_length", "_radix", "_right")

    def __init__(self, cipher: Permutation, length: int, radix: int = 10) -> None:
        """Take the cipher, the length and the radix.

        Raises:
            ValueError: the domain is below a million, the radix is not 2 to 65,536, or a half is over 96 bits.
        """
        if not 2 <= radix <= 2**16:
            raise ValueError(f"expected a radix of 2 to 65536, found {radix}")
        if radix**length < MIN_DOMAIN:
            raise ValueError(f"expected a domain of at least {MIN_DOMAIN} values, found {radix} to the power {length}")
        self._cipher, self._length, self._radix = cipher, length, radix
        half = length // 2
        if radix ** (length - half) > LARGEST:
            raise ValueError(f"expected halves of at most {LARGEST.bit_length() - 1} bits, found {length} numerals")
        self._left, self._right = radix**half, radix ** (length - half)
        self._b = ((self._right - 1).bit_length() + 7) // 8
        self._d = 4 * ((self._b + 3) // 4) + 4

    def encrypt(self, left: int, right: int, tweak: bytes = b"") -> tuple[int, int]:
        """Return the two halves of the permuted numeral string."""
        mix = self._mixer(tweak)
        for modulus, turn in zip((self._left, self._right) * 5, range(ROUNDS), strict=True):
            left, right = right, (left + mix(turn, right)) % modulus
        return left, right

    def encrypt_columns(self, left: Words, right: Words, tweaks: Words | None = None) -> tuple[Words, Words]:
        """Return what `encrypt` gives for each row; a row's tweak is a word of eight bytes, without tweaks it is empty.

        Raises:
            ValueError: a half has too many values for a word.
        """
        if self._right > WORDS_BELOW:
            raise ValueError(f"expected halves below {WORDS_BELOW}, found {self._right}")
        one, other = left.copy(), right.copy()
        room = _Room(min(CHUNK, len(left)))
        for at in range(0, len(left), CHUNK):
            rows = slice(at, at + CHUNK)
            self._rounds(one[rows], other[rows], None if tweaks is None else tweaks[rows], room)
        return one, other

    def _head(self, tweak: int) -> bytes:
        """Return the permuted first block, which tells the parameters and is the same in every round (step 5)."""
        half = (self._length // 2) % 256
        told = bytes((1, 2, 1)) + self._radix.to_bytes(3, "big") + bytes((10, half))
        return self._cipher.update(told + self._length.to_bytes(4, "big") + tweak.to_bytes(4, "big"))

    def _mixer(self, tweak: bytes) -> Callable[[int, int], int]:
        """Return what a round adds, by its number and the half that it works from (steps 6.i to 6.v).

        Whole blocks of the tweak are the same in every round, so they are worked in here.
        """
        update, number_bits, drop = self._cipher.update, 8 * self._b, 8 * (BLOCK - self._d)
        told = tweak + bytes((-len(tweak) - self._b - 1) % BLOCK)
        state = int.from_bytes(self._head(len(tweak)), "big")
        while len(told) >= BLOCK:
            mixed = state ^ int.from_bytes(told[:BLOCK], "big")
            state, told = int.from_bytes(update(mixed.to_bytes(BLOCK, "big")), "big"), told[BLOCK:]
        base = state ^ int.from_bytes(told.ljust(BLOCK, b"\0"), "big")

        def mix(turn: int, number: int) -> int:
            block = base ^ (turn << number_bits) ^ number
            state: int = int.from_bytes(update(block.to_bytes(BLOCK, "big")), "big") >> drop
            return state

        return mix

    def _rounds(self, left: Words, right: Words, tweaks: Words | None, room: _Room) -> None:
        """Replace both halves of a chunk by the permuted ones.

        The halves change places after a round, which needs no copy: after ten rounds each is where it was.
        """
        count = len(left)
        blocks, octets, states, mixed, spare = room.of(count)
        head = self._head(0 if tweaks is None else 8)
        high, low = (np.uint64(int.from_bytes(head[at : at + 8], "big")) for at in (0, 8))
        blocks[:, 0] = (high if tweaks is None else tweaks ^ high).byteswap()
        for turn in range(ROUNDS):
            modulus = np.uint64((self._left, self._right)[turn % 2])
            np.bitwise_xor(right, low ^ np.uint64(turn << 8 * self._b), out=spare)
            blocks[:, 1] = spare.byteswap(True)
            self._cipher.update_into(octets, room.written)
            np.copyto(mixed, states[:, 0])
            _reduce(mixed.byteswap(True), modulus, spare)
            if self._d > WORD:
                rest = states[:, 1].byteswap()
                for shift in (56, 48, 40, 32):
                    mixed <<= np.uint64(8)
                    mixed |= rest >> np.uint64(shift) & np.uint64(0xFF)
                    _reduce(mixed, modulus, spare)
            left += mixed
            np.subtract(left, modulus, out=spare)
            np.minimum(left, spare, out=left)  # a difference below 0 turns into a large number
            left, right = right, left


class _Room:
    """Arrays that the chunks of one column share, so that no round asks for memory."""

    __slots__ = ("_blocks", "_mixed", "_spare", "_states", "written")

    def __init__(self, rows: int) -> None:
        self._blocks = np.empty((rows, 2), dtype=np.uint64)
        states = np.empty(BLOCK * rows + SPARE, dtype=np.uint8)
        self.written = states.data
        self._states = states[: BLOCK * rows].view(np.uint64).reshape(rows, 2)
        self._mixed, self._spare = np.empty(rows, dtype=np.uint64), np.empty(rows, dtype=np.uint64)

    def of(self, rows: int) -> tuple[Words, memoryview, Words, Words, Words]:
        """Return blocks, their bytes, the permuted blocks, and two words a row, for so many rows."""
        blocks = self._blocks[:rows]
        octets = blocks.view(np.uint8).reshape(-1).data
        return blocks, octets, self._states[:rows], self._mixed[:rows], self._spare[:rows]


def _reduce(number: Words, modulus: np.uint64, spare: Words) -> None:
    """Replace numbers by their remainders; a division by one number and a product are quicker than `remainder`."""
    np.floor_divide(number, modulus, out=spare)
    np.multiply(spare, modulus, out=spare)
    np.subtract(number, spare, out=number)
