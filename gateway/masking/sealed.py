"""ENCRYPT: cells that the consuming department alone can open; the gateways between carry them and cannot.

HPKE (RFC 9180, base mode: X25519, HKDF-SHA256, AES-256-GCM), one encapsulation a page. It seals a key made for
the page; each field has a key derived from that one, and each cell is sealed under its field's key.

 cell     head, then AES-256-GCM of the padded value, its nonce the row's number
 head     80 bytes, the same on the whole page: encapsulated key (32), sealed page key (32) with its tag (16)
 binding  of the head: item and request; of the cell: item, request, field and row, as additional data
 value    a byte for its type, then text in UTF-8; null is a value too, so that it is not told
 padding  0x80 and zeros (ISO/IEC 7816-4); all cells of a column on a page have one length, one of `SIZES`

Rules: a cell that is moved to another row, field, item or request does not open. A lost private key is a lost page.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from gateway.ground.evidence import Value
from gateway.masking.context import Context, Envelope, Operator
from gateway.masking.faults import MaskingError

SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
KEY_BYTES: Final = 32
"""Of a public key, a private key and a page's key."""
TAG_BYTES: Final = 16
HEAD_BYTES: Final = 2 * KEY_BYTES + TAG_BYTES
SIZES: Final = (64, 256, 1_024, 4_096, 20_480)
"""Bytes that a padded value may have: the last holds the longest text of the contract."""
_LABEL: Final = b"chuanyu-gateway sealed page 1"
_NONCE_BYTES: Final = 12
_END: Final = b"\x80"
_TYPES: Final[dict[type, bytes]] = {type(None): b"n", str: b"s", int: b"i", date: b"d"}


def key_id_of(public: bytes) -> str:
    """Return 16 hex digits that name a public key."""
    digest = Hash(SHA256())
    digest.update(public)
    return digest.finalize()[:8].hex()


def binding_of(item: str, request_id: str) -> bytes:
    """Return what the cells of one answer are bound to; every part is preceded by its length."""
    parts = [part.encode() for part in (item, request_id)]
    return _LABEL + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def envelope(public: bytes, item: str, request_id: str) -> Envelope:
    """Return a page's envelope to a public key of 32 bytes.

    Raises:
        MaskingError: it is no public key that anything can be sealed to.
    """
    secret, binding = AESGCM.generate_key(8 * KEY_BYTES), binding_of(item, request_id)
    try:
        head = SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(public), info=binding)
    except ValueError:
        raise MaskingError("expected a public key that a page can be sealed to, found another") from None
    return Envelope(head, secret, binding)


def encrypt(field: str) -> Operator:
    """Return the operator of a field."""

    def sealed(values: tuple[Any, ...], context: Context) -> tuple[Value, ...]:
        page, rows = context.envelope, context.rows
        if not page.head:
            raise MaskingError("expected an envelope for the page, found none")
        if len(rows) != len(values):
            raise MaskingError(f"expected the places of {len(values)} rows, found {len(rows)}")
        if not values:
            return ()
        seal, head, bound = _cipher(page.secret, field).encrypt, page.head, _bound(page.binding, field)
        plain = [_written(value) for value in values]
        size = _size(max(map(len, plain)) + len(_END))
        cells = [(text + _END).ljust(size, b"\0") for text in plain]
        return tuple(
            [
                head + seal(row.to_bytes(_NONCE_BYTES, "big"), cell, bound + row.to_bytes(8, "big"))
                for row, cell in zip(rows, cells, strict=True)
            ]
        )

    return sealed


class Opener:
    """Opens cells with the department's private key of 32 bytes. Keeps the key of the last page."""

    __slots__ = ("_head", "_private", "_secret")

    def __init__(self, private: bytes) -> None:
        self._private = X25519PrivateKey.from_private_bytes(private)
        self._head, self._secret = b"", b""

    def open(self, cell: bytes, *, item: str, request_id: str, field: str, row: int) -> Value:
        """Return the value of a cell; decimals are text. `row` is its place in the whole answer, from 0.

        Raises:
            MaskingError: the cell was not sealed to this key for this place, or is no cell.
        """
        binding = binding_of(item, request_id)
        head, sealed = cell[:HEAD_BYTES], cell[HEAD_BYTES:]
        try:
            if head != self._head:
                self._secret, self._head = SUITE.decrypt(head, self._private, info=binding), head
            nonce, bound = row.to_bytes(_NONCE_BYTES, "big"), _bound(binding, field) + row.to_bytes(8, "big")
            padded = _cipher(self._secret, field).decrypt(nonce, sealed, bound)
        except (InvalidTag, ValueError):
            raise MaskingError(
                "expected a cell sealed to this key, item, request, field and row, found another"
            ) from None
        return _read(padded.rstrip(b"\0")[: -len(_END)])


def _cipher(secret: bytes, field: str) -> AESGCM:
    return AESGCM(HKDFExpand(SHA256(), KEY_BYTES, b"field " + field.encode()).derive(secret))


def _bound(binding: bytes, field: str) -> bytes:
    name = field.encode()
    return binding + len(name).to_bytes(2, "big") + name


def _size(octets: int) -> int:
    for size in SIZES:
        if octets <= size:
            return size
    raise MaskingError(f"expected at most {SIZES[-1]} bytes of text, found more")


def _written(value: Value) -> bytes:
    kind = _TYPES.get(type(value))
    if kind is None:
        raise MaskingError("expected text, a whole number or a date, found another type")
    text = value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
    return kind + text.encode("utf-8", "surrogatepass")


def _read(octets: bytes) -> Value:
    kind, text = octets[:1], octets[1:].decode("utf-8", "surrogatepass")
    match kind:
        case b"n":
            return None
        case b"i":
            return int(text)
        case b"d":
            return date.fromisoformat(text)
        case _:
            return text
