"""SM3 (GB/T 32905-2016): by OpenSSL where Python's has it, else by these lines, which are slow."""

from __future__ import annotations

import hashlib
import struct
from typing import Any

WORD = 0xFFFFFFFF


def _turn(value: int, by: int) -> int:
    return (value << by | value >> 32 - by) & WORD if by else value


def _compress(state: list[int], block: bytes) -> list[int]:
    words = list(struct.unpack(">16I", block))
    for at in range(16, 68):
        x = words[at - 16] ^ words[at - 9] ^ _turn(words[at - 3], 15)
        words.append(x ^ _turn(x, 15) ^ _turn(x, 23) ^ _turn(words[at - 13], 7) ^ words[at - 6])
    a, b, c, d, e, f, g, h = state
    for at in range(64):
        constant = _turn(0x79CC4519 if at < 16 else 0x7A879D8A, at % 32)
        one = _turn((_turn(a, 12) + e + constant) & WORD, 7)
        two = one ^ _turn(a, 12)
        if at < 16:
            three, four = a ^ b ^ c, e ^ f ^ g
        else:
            three, four = a & b | a & c | b & c, e & f | ~e & g
        three = (three + d + two + (words[at] ^ words[at + 4])) & WORD
        four = (four + h + one + words[at]) & WORD
        a, b, c, d = three, a, _turn(b, 9), c
        e, f, g, h = four ^ _turn(four, 9) ^ _turn(four, 17), e, _turn(f, 19), g
    new = (a, b, c, d, e, f, g, h)
    return [state[at] ^ new[at] for at in range(8)]


class OwnSm3:
    """SM3 by this file's own lines, with the two methods of `hashlib` that are used here."""

    def __init__(self) -> None:
        self._state = [
            0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
        ]  # fmt: skip
        self._rest, self._count = b"", 0

    def update(self, octets: bytes) -> None:
        """Take more of the message."""
        self._count += len(octets)
        self._rest += octets
        whole = len(self._rest) // 64 * 64
        for at in range(0, whole, 64):
            self._state = _compress(self._state, self._rest[at : at + 64])
        self._rest = self._rest[whole:]

    def hexdigest(self) -> str:
        """Return the digest of what was taken; nothing more may be taken then."""
        bits = struct.pack(">Q", 8 * self._count)
        self.update(b"\x80" + b"\x00" * ((55 - self._count) % 64) + bits)
        return struct.pack(">8I", *self._state).hex()


def new_sm3() -> Any:
    """Return a new SM3 of OpenSSL, or of this file's own lines."""
    try:
        return hashlib.new("sm3")
    except ValueError:
        return OwnSm3()
