"""Undoes a pseudonym, for whoever holds the root of the masking keys and has two persons' consent to use it.

Nothing on the road calls this, and a test sees that nothing does: a gateway that serves questions must not be able to
be asked for a value. It may be called only where both consents have been checked and recorded.
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import Final

from gateway.masking.ciphers import BLOCK, BlockCipher, inverse
from gateway.masking.faults import MaskingError
from gateway.masking.pseudonym import DIGITS, NIBBLES, NUMBER, PAD, TEXT, pack
from gateway.masking.tokens import LETTERS, TOKEN_LETTERS

_FOUND: Final = "expected a token made under this key, found another"
_FROM_NIBBLES: Final = str.maketrans(NIBBLES, DIGITS)
_TO_HEX: Final = str.maketrans(LETTERS, "0123456789abcdef")


def recover(token: str, secret: bytes, cipher: BlockCipher = BlockCipher.AES) -> str:
    """Return the value of which `pseudonym` made this token under this secret of 32 bytes.

    A block is full of the value, so a wrong key is not always seen: of five hundred tokens of another key one gives
    letters and digits that mean nothing. Compare the key's identifier with the release's manifest first.

    Raises:
        MaskingError: it is no token of this key and cipher.
    """
    if len(token) != TOKEN_LETTERS or not set(token) <= set(LETTERS):
        raise MaskingError(_FOUND)
    block = inverse(cipher, secret).update(bytes.fromhex(token.translate(_TO_HEX)))
    try:
        value = _unpacked(block)
        if pack(value) == block:
            return value
    except (ValueError, MaskingError):
        pass
    raise MaskingError(_FOUND)


def _unpacked(block: bytes) -> str:
    if block[0] == NUMBER:
        return block[1:].hex().rstrip("0").translate(_FROM_NIBBLES)
    if not block[0]:
        return b2a_base64(block[1:], newline=False).decode("ascii").rstrip(PAD)
    length = block[0] & ~TEXT
    if not block[0] & TEXT or length >= BLOCK:
        raise MaskingError(_FOUND)
    return block[1 : 1 + length].decode("utf-8", "surrogatepass")
