"""The cryptographic suite: which signature and which hash the gateway's documents, frames and logs use.

Rules:
- Everything that signs or hashes a document goes through a `Suite`; TLS does not (it stays ECDSA P-256, X.509).
- Verification raises and never returns a boolean, so that a forgotten `if` cannot pass a forgery.
- A suite owns one C2SP signature type byte, so a key of one suite can never be read as a key of another.

The default is Ed25519 (RFC 8032) with SHA-256. Checkpoints of the audit log are signed a second time with ML-DSA-44
(FIPS 204), and cosignatures of witnesses have types of their own (C2SP tlog-cosignature): one key has one type.

The national suite (SM2 signatures GB/T 32918, SM3 GB/T 32905) is another suite of the same interface: its type byte is
0xff followed by a long identifier (C2SP signed-note, "own types"), its keys are 65-byte SM2 points. It needs a library
with SM2 (Tongsuo, or a hardware module) and is supplied by the deployment; nothing here pretends to be it.
"""

import hashlib
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey


class SignatureInvalid(Exception):
    """The signature is not one that this key made over this message."""


class PrivateKey(Protocol):
    """An opaque private key of some suite: it can sign, and only its own suite may ask more of it."""

    def sign(self, data: bytes, /) -> bytes:
        """Return the signature over `data`."""


class Suite(Protocol):
    """The interface of a signature suite. Implementations hold no state."""

    @property
    def name(self) -> str:
        """The suite's name in settings and reports."""

    @property
    def signature_type(self) -> bytes:
        """The C2SP signature type: what precedes the public key in a vkey."""

    @property
    def public_key_size(self) -> int:
        """Bytes in an encoded public key."""

    def generate(self) -> PrivateKey:
        """Make a fresh private key from the operating system's randomness."""

    def public_key(self, key: PrivateKey) -> bytes:
        """Return the encoded public key of `key`. Raises TypeError for a key of another suite."""

    def sign(self, key: PrivateKey, message: bytes) -> bytes:
        """Return the signature of `key` over `message`."""

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> None:
        """Return only if `signature` is good. Raises SignatureInvalid otherwise."""

    def hash(self, data: bytes) -> bytes:
        """Return the digest of `data`, 32 bytes."""


class Ed25519Sha256:
    """Ed25519 signatures (RFC 8032, pure) and SHA-256.

    Cosignatures have a type byte of their own, so that none passes for a log's signature.
    """

    __slots__ = ("name", "signature_type")

    public_key_size: Final = 32

    def __init__(self, name: str, signature_type: bytes) -> None:
        self.name: Final = name
        self.signature_type: Final = signature_type

    def generate(self) -> Ed25519PrivateKey:
        """Make a fresh Ed25519 key."""
        return Ed25519PrivateKey.generate()

    def public_key(self, key: PrivateKey) -> bytes:
        """Return the 32-byte public key. Raises TypeError if `key` is not Ed25519."""
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"expected an Ed25519 private key, found {type(key).__name__}")
        return key.public_key().public_bytes_raw()

    def sign(self, key: PrivateKey, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return key.sign(message)

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> None:
        """Return only if `signature` is good. Raises SignatureInvalid otherwise, also for a key that is no point."""
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise SignatureInvalid("expected an ed25519 signature of this key over this message") from None

    def hash(self, data: bytes) -> bytes:
        """Return SHA-256 of `data`."""
        return hashlib.sha256(data).digest()


class MlDsa44Cosigning:
    """ML-DSA-44 signatures (FIPS 204, pure, empty context) for checkpoints and their cosignatures, and SHA-256."""

    __slots__ = ()

    name: Final = "ml-dsa-44-cosignature"
    signature_type: Final = b"\x06"
    public_key_size: Final = 1312

    def generate(self) -> MLDSA44PrivateKey:
        """Make a fresh ML-DSA-44 key."""
        return MLDSA44PrivateKey.generate()

    def public_key(self, key: PrivateKey) -> bytes:
        """Return the 1,312-byte public key. Raises TypeError if `key` is not ML-DSA-44."""
        if not isinstance(key, MLDSA44PrivateKey):
            raise TypeError(f"expected an ML-DSA-44 private key, found {type(key).__name__}")
        return key.public_key().public_bytes_raw()

    def sign(self, key: PrivateKey, message: bytes) -> bytes:
        """Return the 2,420-byte signature."""
        return key.sign(message)

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> None:
        """Return only if `signature` is good. Raises SignatureInvalid otherwise, also for a key of another size."""
        try:
            MLDSA44PublicKey.from_public_bytes(public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise SignatureInvalid("expected an ml-dsa-44 signature of this key over this message") from None

    def hash(self, data: bytes) -> bytes:
        """Return SHA-256 of `data`."""
        return hashlib.sha256(data).digest()


ED25519_SHA256: Final[Suite] = Ed25519Sha256("ed25519-sha256", b"\x01")
"""The default suite."""
ED25519_COSIGNING: Final[Suite] = Ed25519Sha256("ed25519-cosignature", b"\x04")
"""For a witness's key of type 0x04."""
ML_DSA_44_COSIGNING: Final[Suite] = MlDsa44Cosigning()
"""For a log's second key and a witness's key, type 0x06."""
