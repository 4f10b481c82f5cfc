"""PSEUDONYM: a token of 32 letters that only one recipient gets for a value, the same within one epoch.

The value is packed into one block of 16 bytes and the block is permuted by AES-256 or SM4 under the field's key: a
whole column is one call. A permutation is injective, so no two values share a token, and who holds the key can undo it
(`gateway.masking.recovery`).

 form 0   up to 20 letters and digits of ASCII, six bits each, padded with a sign that is neither
 form 1   other text, up to 15 bytes of UTF-8, behind a byte that holds their number

Rules: a value that fits in neither form is an error. Spelling counts: `x` and `X` give two tokens. Null stays null.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable, Sequence
from string import ascii_letters, digits
from typing import Any, Final

import numpy as np

from gateway.masking.ciphers import BLOCK, BlockCipher, permutation
from gateway.masking.faults import MaskingError
from gateway.masking.matrix import CHUNK, Matrix, matrix_of
from gateway.masking.tokens import Column, letters, of_present

MAX_ALNUM: Final = 20
"""Letters and digits in a block: 20 times 6 bits beside the byte of the form."""
MAX_OCTETS: Final = 15
"""Bytes of UTF-8 in a block beside the byte of the form."""
OTHER: Final = 0x80
"""Set in the first byte of a block of form 1."""
PAD: Final = "/"
_WORTHWHILE: Final = 16
"""Fewest values for which packing them together is quicker than one by one."""
_ALNUM: Final = (digits + ascii_letters).encode()


def pack(value: str) -> bytes:
    """Return the block of a value: 16 bytes, another for every other value.

    Raises:
        MaskingError: the value does not fit in a block.
    """
    length = len(value)
    if length <= MAX_ALNUM and value.isascii() and (value.isalnum() or not value):
        return b"\0" + a2b_base64(value.ljust(MAX_ALNUM, PAD))
    if length <= MAX_OCTETS:
        octets = value.encode("utf-8", "surrogatepass")
        if len(octets) <= MAX_OCTETS:
            return bytes((OTHER | len(octets),)) + octets.ljust(MAX_OCTETS, b"\0")
    raise MaskingError(f"expected up to {MAX_ALNUM} letters and digits, or {MAX_OCTETS} bytes of text, found more")


def pack_matrix(text: Matrix) -> bytes:
    """Return the blocks of a matrix of letters and digits, at most 20 a row beside the line feed."""
    padded = np.full((len(text), MAX_ALNUM), ord(PAD), dtype=np.uint8)
    padded[:, : text.shape[1] - 1] = text[:, :-1]
    return _spread(a2b_base64(padded.data))


def pack_column(values: Sequence[str]) -> bytes:
    """Return the blocks of a column of values, one after another: what `pack` gives for each.

    Columns of letters and digits are packed all at once: decoded together, then spread over the blocks.

    Raises:
        MaskingError: a value does not fit in a block.
    """
    if len(values) < _WORTHWHILE:
        return b"".join(map(pack, values))
    matrix = matrix_of(values)
    if matrix is not None and matrix.shape[1] <= MAX_ALNUM + 1:
        if not matrix.tobytes().translate(None, _ALNUM + b"\n"):
            return pack_matrix(matrix)
    elif matrix is None and max(map(len, values)) <= MAX_ALNUM:
        text = "".join(values)
        if text.isascii() and not text.encode().translate(None, _ALNUM):
            return _spread(a2b_base64("".join([value.ljust(MAX_ALNUM, PAD) for value in values])))
    return b"".join(map(pack, values))


def _spread(octets: bytes) -> bytes:
    """Return each 15 bytes behind the byte of form 0."""
    blocks = np.zeros((len(octets) // MAX_OCTETS, BLOCK), dtype=np.uint8)
    blocks[:, 1:] = np.frombuffer(octets, dtype=np.uint8).reshape(-1, MAX_OCTETS)
    return blocks.tobytes()


def pseudonym(secret: bytes, cipher: BlockCipher = BlockCipher.AES) -> Callable[[tuple[Any, ...]], Column]:
    """Return the operator under a secret of 32 bytes. Not shared between threads."""
    permute = permutation(cipher, secret).update

    def tokens(values: Sequence[str]) -> Sequence[str]:
        if len(values) <= CHUNK:
            return letters(permute(pack_column(values)))
        made: list[str] = []
        for at in range(0, len(values), CHUNK):
            made += letters(permute(pack_column(values[at : at + CHUNK])))
        return made

    return lambda values: of_present(values, tokens)
