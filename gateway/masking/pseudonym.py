"""PSEUDONYM: a token of 32 letters that only one recipient gets for a value, the same within one epoch.

The value is packed into one block of 16 bytes and the block is permuted by AES-256 or SM4 under the field's key: a
whole column is one call. A permutation is injective, so no two values share a token, and who holds the key can undo it
(`gateway.masking.recovery`).

 number   up to 30 digits, `X` and `x`, four bits each, padded with zeros; 1 to 10 stand for the digits
 alnum    up to 20 letters and digits of ASCII, six bits each, padded with a sign that is neither
 text     whatever else, up to 15 bytes of UTF-8, behind a byte that holds their number

The first byte of a block tells the form. Rules: a value that fits in none is an error. Spelling counts: `x` and `X`
give two tokens. Null stays null.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable, Sequence
from string import ascii_letters, digits
from typing import Any, Final

import numpy as np

from gateway.ground.item import Level
from gateway.ground.vocabulary.names import BlockCipher
from gateway.masking.ciphers import BLOCK, permutation
from gateway.masking.faults import MaskingError
from gateway.masking.matrix import CHUNK, Matrix, matrix_of
from gateway.masking.tokens import Column, letters, of_present

MAX_DIGITS: Final = 30
"""Digits in a block: 30 times 4 bits beside the byte of the form."""
MAX_ALNUM: Final = 20
"""Letters and digits in a block: 20 times 6 bits beside the byte of the form."""
MAX_OCTETS: Final = 15
"""Bytes of UTF-8 in a block beside the byte of the form."""
NUMBER: Final = 0x40
"""First byte of a block that holds a number."""
TEXT: Final = 0x80
"""Set in the first byte of a block that holds text."""
PAD: Final = "/"
DIGITS: Final = "0123456789Xx"
NIBBLES: Final = "123456789abc"
"""The hexadecimal digit that stands for each of `DIGITS`."""
_WORTHWHILE: Final = 16
"""Fewest values for which packing them together is quicker than one by one."""
_ALNUM: Final = (digits + ascii_letters).encode()
_NUMBERS: Final = f"{DIGITS}\n".encode()
_TO_NIBBLES: Final = str.maketrans(DIGITS, NIBBLES)
_CODES: Final = bytes(DIGITS.encode().find(octet) + 1 for octet in range(256))
"""The four bits for each of `DIGITS`; 0 for whatever else, and so for the line feed, which pads an odd width."""


def pack(value: str) -> bytes:
    """Return the block of a value: 16 bytes, another for every other value.

    Raises:
        MaskingError: the value does not fit in a block.
    """
    length = len(value)
    if value and length <= MAX_DIGITS and not value.strip(DIGITS):
        return bytes((NUMBER,)) + bytes.fromhex(value.translate(_TO_NIBBLES).ljust(MAX_DIGITS, "0"))
    if length <= MAX_ALNUM and value.isascii() and (value.isalnum() or not value):
        return b"\0" + a2b_base64(value.ljust(MAX_ALNUM, PAD))
    if length <= MAX_OCTETS:
        octets = value.encode("utf-8", "surrogatepass")
        if len(octets) <= MAX_OCTETS:
            return bytes((TEXT | len(octets),)) + octets.ljust(MAX_OCTETS, b"\0")
    raise MaskingError(
        f"expected up to {MAX_DIGITS} digits, {MAX_ALNUM} letters and digits, or {MAX_OCTETS} bytes of text, found more"
    )


def pack_numbers(numbers: Matrix) -> Matrix:
    """Return the blocks of a matrix of digits, `X` and `x`, at most 30 a row beside the line feed."""
    codes = np.frombuffer(numbers.tobytes().translate(_CODES), dtype=np.uint8).reshape(numbers.shape)
    blocks = np.zeros((len(numbers), BLOCK), dtype=np.uint8)
    blocks[:, 0] = NUMBER
    for at in range(numbers.shape[1] // 2):
        blocks[:, 1 + at] = codes[:, 2 * at] << 4 | codes[:, 2 * at + 1]
    return blocks


def pack_column(values: Sequence[str]) -> bytes | memoryview:
    """Return the blocks of a column of values, one after another: what `pack` gives for each.

    Columns of numbers of one width, and of other letters and digits, are packed all at once.

    Raises:
        MaskingError: a value does not fit in a block.
    """
    if len(values) < _WORTHWHILE:
        return b"".join(map(pack, values))
    matrix = matrix_of(values)
    if matrix is not None and 1 < matrix.shape[1] <= MAX_DIGITS + 1:
        others = matrix.tobytes().translate(None, _NUMBERS)
        if not others:
            return pack_numbers(matrix).reshape(-1).data
        if matrix.shape[1] <= MAX_ALNUM + 1 and not others.translate(None, _ALNUM) and _no_row_is_a_number(matrix):
            return _pack_alnum(matrix)
    return b"".join(map(pack, values))


def _no_row_is_a_number(matrix: Matrix) -> bool:
    """Tell whether no row is a number: then all are of one form."""
    codes = np.frombuffer(matrix.tobytes().translate(_CODES), dtype=np.uint8).reshape(matrix.shape)
    return bool((codes[:, :-1] == 0).any(axis=1).all())


def _pack_alnum(matrix: Matrix) -> bytes:
    padded = np.full((len(matrix), MAX_ALNUM), ord(PAD), dtype=np.uint8)
    padded[:, : matrix.shape[1] - 1] = matrix[:, :-1]
    blocks = np.zeros((len(matrix), BLOCK), dtype=np.uint8)
    blocks[:, 1:] = np.frombuffer(a2b_base64(padded.data), dtype=np.uint8).reshape(-1, BLOCK - 1)
    return blocks.tobytes()


def use_of(cipher: BlockCipher) -> str:
    """Return for what use a pseudonym's key is derived."""
    return f"{Level.PSEUDONYM} {cipher}"


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
