"""Columns of decimal digits as numbers and back; every cell of a matrix is an ASCII digit."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gateway.masking.matrix import Matrix, Words

ZERO: Final = 0x30
"""The digit 0 in ASCII."""
_ZERO: Final = np.uint8(ZERO)
_SMALL: Final = 9
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""The weight of each of the first 17 digits of an identity number (GB 11643, ISO 7064 MOD 11-2)."""
CHECKS: Final = "10X98765432"
"""The check character for each remainder of the weighted sum modulo 11."""
_MODULUS: Final = len(CHECKS)


def numbers_of(digits: Matrix) -> Words:
    """Return the number that each row's digits write, most significant first; at most 19 of them."""
    number = digits[:, 0].astype(_room(digits.shape[1]))
    number -= ZERO
    for at in range(1, digits.shape[1]):
        number *= 10
        number += digits[:, at] - _ZERO
    return number.astype(np.uint64)


def write_numbers(numbers: Words, into: Matrix) -> None:
    """Write each number as the digits of its row, with leading zeros."""
    left: npt.NDArray[np.unsignedinteger[Any]] = numbers.astype(_room(into.shape[1]))
    digit = np.empty_like(left)
    for at in reversed(range(into.shape[1])):
        whole = left // 10
        np.multiply(whole, 10, out=digit)
        np.subtract(left, digit, out=digit)
        np.add(digit, ZERO, out=into[:, at], casting="unsafe")
        left = whole


def _room(digits: int) -> type[np.unsignedinteger[Any]]:
    """Return the smaller word where all numbers of so many digits fit in it: it is twice as quick."""
    return np.uint32 if digits <= _SMALL else np.uint64


def check_index(digits: str) -> int:
    """Return the place in `CHECKS` of the check character of an identity number's first 17 digits."""
    return sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % _MODULUS


def check_indexes(digits: Matrix) -> npt.NDArray[np.uint32]:
    """Return what `check_index` gives for each row of 17 digits."""
    total = np.zeros(len(digits), dtype=np.uint32)
    for at, weight in enumerate(_WEIGHTS):
        total += digits[:, at] * np.uint32(weight)
    total -= np.uint32(ZERO * sum(_WEIGHTS))
    return total - total // np.uint32(_MODULUS) * np.uint32(_MODULUS)
