"""Ed25519 as RFC 8032 section 5.1 has it: verification alone, in integers; about ten milliseconds a signature.

Strict: S is below the order of the group, points are in their one encoding, and the equation is the one without the
cofactor, compared byte by byte. Keys of small order are judged as by OpenSSL: the equation decides.
"""

from __future__ import annotations

import hashlib
from typing import Tuple

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
ROOT = pow(2, (PRIME - 1) // 4, PRIME)
"""A square root of -1."""
NEUTRAL = (0, 1, 1, 0)

Point = Tuple[int, int, int, int]
"""X, Y, Z, T in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z."""


def add_points(one: Point, other: Point) -> Point:
    """Return the sum of two points (RFC 8032 5.1.4)."""
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % PRIME, (y1 + x1) * (y2 + x2) % PRIME
    c, d = 2 * t1 * t2 * CURVE % PRIME, 2 * z1 * z2 % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def decode_point(octets: bytes) -> Point | None:
    """Return the point of an encoding, None for what encodes none or is not its one encoding (RFC 8032 5.1.3)."""
    number = int.from_bytes(octets, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if len(octets) != 32 or y >= PRIME:
        return None
    square = (y * y - 1) * pow(CURVE * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * ROOT % PRIME
    if (x * x - square) % PRIME or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = PRIME - x
    return x, y, 1, x * y % PRIME


def encode_point(point: Point) -> bytes:
    """Return the encoding of a point (RFC 8032 5.1.2)."""
    x, y, z, _ = point
    inverse = pow(z, PRIME - 2, PRIME)
    x, y = x * inverse % PRIME, y * inverse % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE_Y = 4 * pow(5, PRIME - 2, PRIME) % PRIME
BASE = decode_point(_BASE_Y.to_bytes(32, "little")) or NEUTRAL


def verify_ed25519(public: bytes, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature of 64 bytes holds for a message under a public key of 32 bytes (RFC 8032 5.1.7)."""
    key = decode_point(public)
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    factor = int.from_bytes(digest, "little") % ORDER
    minus = (PRIME - key[0], key[1], key[2], PRIME - key[3])
    steps = (None, BASE, minus, add_points(BASE, minus))
    point: Point = NEUTRAL
    for bit in range(252, -1, -1):  # S times the base, less the factor times the key, in one walk over both
        point = add_points(point, point)
        step = steps[(scalar >> bit & 1) | (factor >> bit & 1) << 1]
        if step is not None:
            point = add_points(point, step)
    return encode_point(point) == signature[:32]
