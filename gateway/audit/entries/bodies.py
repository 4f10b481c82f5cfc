"""The encrypted body of an entry: every input of the decision, for those who may open it.

Pure but for the random bytes that are given in. A body is the JSON object of the inputs, padded with spaces to a
multiple of 128 bytes, behind a salt of 32 bytes; both are encrypted (AES-256-GCM) under a data key of this entry
alone, bound to the log and the event. The data key is wrapped (RFC 3394) by the key of the month. Sealed body and
wrapped key stand beside the entry, which has their digests: the key can be destroyed while the entry, and every proof
of it, stays, and who is given an entry gets no ciphertext with it. An entry of version 2 holds its body itself, and no
digest of the key.

AES-GCM alone would let who holds keys open one ciphertext to two texts. Therefore the entry also commits to the text:
HMAC-SHA-256 under the salt, which hides it for good once the data key is gone.
"""

from __future__ import annotations

import hmac
from binascii import Error, a2b_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from gateway.audit.entries.entry import Cell, Entry
from gateway.audit.entries.epochs import EpochKey
from keys.hmac import Hmac

PADDING: Final = 128
"""A body's length says no more of its texts than how many of these it fills."""
WRAPPED_SIZE: Final = 40
"""Bytes of a wrapped data key."""
MAX_BODY_BYTES: Final = 24_576
"""Longest sealed body."""
_SALT: Final = 32
_KEY: Final = 32
_NONCE: Final = 12

TEXTS: Final = frozenset(
    {
        "application",
        "batch_no",
        "business_no",
        "channel",
        "consent_ref",
        "emergency_reason",
        "end_user_org",
        "grant_id",
        "item_digest",
        "lawful_basis",
        "onward_consent_no",
        "operator",
        "operator_unit",
        "purpose",
        "purpose_code",
        "region_pair",
        "terminal",
    }
)
"""The inputs that are texts; the others are lists of texts."""
LISTS: Final = frozenset({"fields", "list_versions"})


class BodyInvalid(Exception):
    """A body cannot be opened, or is not what its entry commits to. The message holds no value of it."""


class SealedBody(NamedTuple):
    """A body as it stands beside its entry, the wrapped data key, and what the entry has of both: three hex texts."""

    octets: bytes
    wrapped: bytes
    commit: str
    body_digest: str
    wrap_digest: str


@dataclass(frozen=True, slots=True)
class Body:
    """An opened body: the inputs, and the text and salt by which anybody can check the entry's commitment to it."""

    inputs: dict[str, Cell]
    text: str
    salt: bytes


def seal(
    inputs: Mapping[str, Cell], key: EpochKey, *, origin: str, event_id: str, random: Callable[[int], bytes]
) -> SealedBody:
    """Encrypt the inputs of a decision for one entry."""
    text = orjson.dumps(inputs, option=orjson.OPT_SORT_KEYS)
    text = text.ljust(-(-len(text) // PADDING) * PADDING)
    drawn = random(_SALT + _KEY + _NONCE)
    salt, data_key, nonce = drawn[:_SALT], drawn[_SALT:-_NONCE], drawn[-_NONCE:]
    octets = nonce + AESGCM(data_key).encrypt(nonce, salt + text, _bound(origin, event_id))
    wrapped = aes_key_wrap(key.wrapping, data_key)
    return SealedBody(octets, wrapped, _commitment(salt, text), digest_of(octets), digest_of(wrapped))


def digest_of(octets: bytes) -> str:
    """Return the digest that an entry has of its sealed body, or of the wrapped key: SHA-256 in hex."""
    return sha256(octets).hexdigest()


def open_body(entry: Entry, stored: bytes, wrapped: bytes, key: EpochKey) -> Body:
    """Return what an entry's body holds, after it was held against the commitment.

    Args:
        entry: the entry that has the body; a release names it by `prev_event`.
        stored: the sealed body beside it; empty for an entry of version 2, which holds its own.
        wrapped: its wrapped data key.
        key: the key of its month, `key_epoch`.

    Raises:
        BodyInvalid: when the entry has none, the keys do not open it, or it is not what the entry commits to.
    """
    if not entry.has_body:
        raise BodyInvalid("the entry has no body; the one of its intent holds the inputs")
    octets = _sealed(entry, stored, wrapped)
    try:
        data_key = aes_key_unwrap(key.wrapping, wrapped)
    except (InvalidUnwrap, ValueError):
        raise BodyInvalid("the wrapped key is not one of this month's key, or was altered") from None
    try:
        envelope = AESGCM(data_key).decrypt(
            octets[:_NONCE], octets[_NONCE:], _bound(entry.text("origin"), entry.text("event_id"))
        )
    except (InvalidTag, ValueError):
        raise BodyInvalid("the body does not open with its key: it is of another entry, or was altered") from None
    salt, text = envelope[:_SALT], envelope[_SALT:]
    return Body(check_body(entry, salt, text), text.decode(), salt)


def check_body(entry: Entry, salt: bytes, text: bytes) -> dict[str, Cell]:
    """Return the inputs that an opened body holds, after its text was held against what the entry commits to.

    Raises:
        BodyInvalid: the entry commits to no body, or to another.
    """
    if not hmac.compare_digest(_commitment(salt, text), entry.text("commit")):
        raise BodyInvalid("the body is not the one that the entry commits to")
    return _read(text)


def _sealed(entry: Entry, stored: bytes, wrapped: bytes) -> bytes:
    """The sealed body of an entry; since version 3 body and wrapped key have the digests that the entry has of them."""
    within = entry.text("body")
    if within:
        try:
            return a2b_base64(within, strict_mode=True)
        except Error:
            raise BodyInvalid("the body is not in base64") from None
    if digest_of(stored) != entry.text("body_digest"):
        raise BodyInvalid("the body beside the entry is missing, of another entry, or was altered")
    if digest_of(wrapped) != entry.text("wrap_digest"):
        raise BodyInvalid("the wrapped key is that of another entry, or was altered")
    return stored


def _commitment(salt: bytes, text: bytes) -> str:
    return Hmac(salt).digest(text).hex()


def _bound(origin: str, event_id: str) -> bytes:
    return f"chuanyu body v1\0{origin}\0{event_id}".encode()


def _read(text: bytes) -> dict[str, Cell]:
    try:
        inputs = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BodyInvalid("the body is no JSON object") from None
    if not isinstance(inputs, dict) or not inputs.keys() <= TEXTS | LISTS:
        raise BodyInvalid("the body has a field that bodies do not have")
    for name, value in inputs.items():
        parts = value if name in LISTS and isinstance(value, list) else [value] if name in TEXTS else [None]
        if not all(isinstance(part, str) for part in parts):
            raise BodyInvalid(f"the body's field {name} does not hold what it must")
    return inputs
