"""Undoes a pseudonym, for whoever holds the root of the masking keys and has two persons' consent to use it.

Nothing on the road calls this, and a test sees that one module alone does: the reviewers' door, after both consents
have been checked and recorded. No question for data can reach it.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from collections.abc import Mapping
from typing import Any, Final

from gateway.ground.item import Level
from gateway.ground.vocabulary.names import BlockCipher
from gateway.masking.ciphers import BLOCK, inverse
from gateway.masking.faults import MaskingError
from gateway.masking.keys import FieldKey, MaskKeys
from gateway.masking.manifest import VERSION
from gateway.masking.pseudonym import DIGITS, NIBBLES, NUMBER, PAD, TEXT, pack, use_of
from gateway.masking.tokens import LETTERS, TOKEN_LETTERS

_FOUND: Final = "expected a token made under this key, found another"
_FROM_NIBBLES: Final = str.maketrans(NIBBLES, DIGITS)
_TO_HEX: Final = str.maketrans(LETTERS, "0123456789abcdef")


def recover_by(manifest: bytes, field: str, token: str, keys: MaskKeys) -> str:
    """Return the value behind a token of a field, by the manifest of the masks that made it.

    Raises:
        MaskingError: the manifest is of another version, has no such pseudonym, was made under another root, or the
            token is none of its key.
    """
    try:
        told = json.loads(manifest)
        if told["manifest"] != VERSION:
            raise MaskingError(f"expected masks of version {VERSION}, found another")
        made = [(cipher, key_id, _derive(keys, cipher, told, field)) for cipher, key_id in _pseudonyms(told, field)]
    except MaskingError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MaskingError("expected a manifest of masks, found another form") from error
    for cipher, key_id, key in made:
        if key.key_id != key_id:
            raise MaskingError(f"expected the key {key_id}, found {key.key_id} under this root")
        try:
            return recover(token, key.secret, cipher)
        except MaskingError:
            continue
    raise MaskingError(_FOUND)


def _derive(keys: MaskKeys, cipher: BlockCipher, told: Mapping[str, Any], field: str) -> FieldKey:
    return keys.derive(
        use_of(cipher),
        recipient=told["recipient"],
        item=told["item"],
        field=field,
        purpose=told["scene"],
        epoch=told["key_epoch"],
    )


def _pseudonyms(told: Mapping[str, Any], field: str) -> list[tuple[BlockCipher, str]]:
    """Return the cipher and the key's identifier of each pseudonym that a field may leave as, a minor's too."""
    masks = [mask for one in told["fields"] if one["name"] == field for mask in (one, one.get("minor", one))]
    found = [mask for mask in masks if mask["operator"] == Level.PSEUDONYM]
    if not found:
        raise MaskingError(f"expected a field that leaves as a pseudonym, found {field} of another level or none")
    return [(BlockCipher(mask["params"].get("cipher", BlockCipher.AES)), mask["key_id"]) for mask in found]


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
        value = _unpack(block)
        if pack(value) == block:
            return value
    except (ValueError, MaskingError):
        pass
    raise MaskingError(_FOUND)


def _unpack(block: bytes) -> str:
    if block[0] == NUMBER:
        return block[1:].hex().rstrip("0").translate(_FROM_NIBBLES)
    if not block[0]:
        return b2a_base64(block[1:], newline=False).decode("ascii").rstrip(PAD)
    length = block[0] & ~TEXT
    if not block[0] & TEXT or length >= BLOCK:
        raise MaskingError(_FOUND)
    return block[1 : 1 + length].decode("utf-8", "surrogatepass")
