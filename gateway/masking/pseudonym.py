"""PSEUDONYM: a token of 32 letters that only one recipient gets for a value, the same within one epoch.

The value is packed into one block of 16 bytes and the block is permuted by AES-256 (FIPS 197) under the field's key. A
permutation of single blocks is what the code-book mode is: a whole column is one call. It is injective, so no two
values share a token, and who holds the key can undo it. The letters are a to p, a hexadecimal digit each, so that no
token ever looks like a number.

 form 0   up to 20 letters and digits of ASCII, six bits each, padded with a sign that is neither
 form 1   other text, up to 15 bytes of UTF-8, behind a byte that holds their number

Rules: a value that fits in neither form is an error. Spelling counts: `x` and `X` give two tokens. Null stays null.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Callable, Sequence
from string import ascii_letters, digits
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.masking.faults import MaskingError

MAX_ALNUM: Final = 20
"""Letters and digits in a block: 20 times 6 bits beside the byte of the form."""
MAX_OCTETS: Final = 15
"""Bytes of UTF-8 in a block beside the byte of the form."""
_BLOCK: Final = 16
_WORTHWHILE: Final = 16
"""Fewest values for which packing them together is quicker than one by one."""
_ALNUM: Final = (digits + ascii_letters).encode()
_OTHER: Final = 0x80
_LETTERS: Final = bytes.maketrans(b"0123456789abcdef", b"abcdefghijklmnop")


def pack(value: str) -> bytes:
    """Return the block of a value: 16 bytes, another for every other value.

    Raises:
        MaskingError: the value does not fit in a block.
    """
    length = len(value)
    if length <= MAX_ALNUM and value.isascii() and (value.isalnum() or not value):
        return b"\0" + a2b_base64(value.ljust(MAX_ALNUM, "/"))
    if length <= MAX_OCTETS:
        octets = value.encode("utf-8", "surrogatepass")
        if len(octets) <= MAX_OCTETS:
            return bytes((_OTHER | len(octets),)) + octets.ljust(MAX_OCTETS, b"\0")
    raise MaskingError(f"expected up to {MAX_ALNUM} letters and digits, or {MAX_OCTETS} bytes of text, found more")


def pack_column(values: Sequence[str]) -> bytes:
    """Return the blocks of a column of values, one after another: what `pack` gives for each.

    Columns of letters and digits are packed all at once: decoded together, then spread over the blocks byte by byte.

    Raises:
        MaskingError: a value does not fit in a block.
    """
    text = "".join(values)
    if (
        len(values) < _WORTHWHILE
        or not text.isascii()
        or text.encode().translate(None, _ALNUM)
        or max(map(len, values)) > MAX_ALNUM
    ):
        return b"".join(map(pack, values))
    octets = a2b_base64("".join([value.ljust(MAX_ALNUM, "/") for value in values]))
    blocks = bytearray(_BLOCK * len(values))
    for at in range(_BLOCK - 1):
        blocks[at + 1 :: _BLOCK] = octets[at :: _BLOCK - 1]
    return bytes(blocks)


def pseudonym(secret: bytes) -> Callable[[tuple[Any, ...]], tuple[str | None, ...]]:
    """Return the operator under a key of 32 bytes.

    Each block is permuted by itself, so the cipher's context is kept between columns: it carries nothing over.
    """
    permute = Cipher(algorithms.AES256(secret), modes.ECB()).encryptor().update  # noqa: S305  # nosec B305 - one block a value

    def tokens(values: tuple[Any, ...]) -> tuple[str | None, ...]:
        present = [value for value in values if value is not None] if None in values else values
        if not present:
            return (None,) * len(values)
        letters = permute(pack_column(present)).hex("z", _BLOCK).encode().translate(_LETTERS).decode().split("z")
        if len(letters) == len(values):
            return tuple(letters)
        rest = iter(letters)
        return tuple([None if value is None else next(rest) for value in values])

    return tokens
