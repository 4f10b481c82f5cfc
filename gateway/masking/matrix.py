"""Columns of ASCII text as matrices of bytes, one row a value, so that a whole column is worked on at once.

The last cell of a row is a line feed: it tells that all values have one width, and parts them again in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
CHUNK: Final = 16_384
"""Rows that are worked on at a time: what they need stays in the processor's cache."""
LINE_FEED: Final = 0x0A


def matrix_of(values: Sequence[str]) -> Matrix | None:
    """Return the bytes of a column without nulls, line feeds included; nothing if not all are ASCII of one width."""
    text = "\n".join(values)
    if not values or not text.isascii():
        return None
    octets = f"{text}\n".encode()
    width = len(values[0]) + 1
    if len(octets) != width * len(values) or octets.count(b"\n") != len(values):
        return None
    matrix = np.frombuffer(octets, dtype=np.uint8).reshape(-1, width)
    return matrix if (matrix[:, -1] == LINE_FEED).all() else None


def texts_of(matrix: Matrix) -> list[str]:
    """Return the value of each row, which a line feed ends."""
    return matrix.tobytes().decode("ascii").split("\n")[:-1]
