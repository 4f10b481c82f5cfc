"""Tokens of letters: 16 bytes are written as 32 letters from a to p, a hexadecimal digit each.

Letters alone, so that no token ever looks like a number, to a reader or to the leak guard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gateway.masking.matrix import LINE_FEED, Matrix, texts_of

TOKEN_BYTES: Final = 16
TOKEN_LETTERS: Final = 2 * TOKEN_BYTES
LETTERS: Final = "abcdefghijklmnop"
_WORTHWHILE: Final = 64
"""Fewest tokens for which a table of letters is quicker than hexadecimal digits and a translation."""
_FROM_HEX: Final = bytes.maketrans(b"0123456789abcdef", LETTERS.encode())
_PAIRS: Final = np.frombuffer("".join([high + low for high in LETTERS for low in LETTERS]).encode(), dtype=np.uint16)

Column = tuple[str | None, ...]


def letters_matrix(octets: bytes) -> Matrix:
    """Return the letters of each 16 bytes, a row each, ended by a line feed."""
    rows = len(octets) // TOKEN_BYTES
    made = np.empty((rows, TOKEN_LETTERS + 1), dtype=np.uint8)
    made[:, -1] = LINE_FEED
    pairs = np.take(_PAIRS, np.frombuffer(octets, dtype=np.uint8).reshape(rows, TOKEN_BYTES), mode="clip")
    made[:, :-1] = pairs.view(np.uint8)
    return made


def letters(octets: bytes) -> list[str]:
    """Return the token of each 16 bytes."""
    if len(octets) >= _WORTHWHILE * TOKEN_BYTES:
        return texts_of(letters_matrix(octets))
    return octets.hex("z", TOKEN_BYTES).encode().translate(_FROM_HEX).decode().split("z") if octets else []


def of_present(values: tuple[Any, ...], masked: Callable[[Sequence[Any]], Sequence[str]]) -> Column:
    """Return a column of what `masked` makes of the values that are not null, each in its row; null stays null."""
    if all(values) or None not in values:
        return tuple(masked(values))
    rest = iter(masked([value for value in values if value is not None]))
    return tuple([None if value is None else next(rest) for value in values])
