"""One field of a message in its wire form, made of bytes that are at hand.

A message that was serialised once goes into the message around it as it is: neither parsed nor serialised again. The
result is what protobuf itself would write (Encoding, "Length-Delimited Records"), and a parser takes the fields of a
message in any order, so the bytes may be appended to those of the message around it.

Not checked here: that the bytes are the message that the field holds. The caller has made them.
"""

from __future__ import annotations

from typing import Final

_LENGTH_DELIMITED: Final = 2
"""The wire type of an embedded message."""


def encode_field(number: int, octets: bytes) -> bytes:
    """Return field `number` with the serialised message `octets` in it: tag, length, bytes."""
    return _encode_varint(number << 3 | _LENGTH_DELIMITED) + _encode_varint(len(octets)) + octets


def _encode_varint(value: int) -> bytes:
    """Return a number in seven bits a byte, the lowest first; every byte but the last has its high bit set."""
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
