"""Signing keys with names, after C2SP signed-note: Ed25519, type 0x01.

The text form of a public key is a vkey: name, key id and key; all three are checked against each other. Verification
raises; it never returns a boolean. The national suite (SM2 with SM3) would be a second pair of classes like these.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519: Final = b"\x01"
_NAME: Final = re.compile(r"[^\s+]{1,128}")


class SignatureInvalid(Exception):
    """A signature does not verify."""


class VerifierInvalid(ValueError):
    """The text is no verifier key."""


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the four bytes by which a note names the key (C2SP signed-note, signature type 0x01)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name."""

    name: str
    public_key: bytes
    _key: Ed25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None or len(self.public_key) != 32:
            raise VerifierInvalid("expected a name without spaces and plus signs, and a key of 32 bytes")
        object.__setattr__(self, "_key", Ed25519PublicKey.from_public_bytes(self.public_key))

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a note names the key."""
        return key_id(self.name, self.public_key)

    @property
    def vkey(self) -> str:
        """The key's text form."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public_key).decode()}"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if the signature is good.

        Raises:
            SignatureInvalid: otherwise.
        """
        try:
            self._key.verify(signature, message)
        except InvalidSignature as error:
            raise SignatureInvalid(f"the signature is not by {self.name}") from error

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read a key's text form.

        Raises:
            VerifierInvalid: when name, key id and key do not agree, or the type is not Ed25519.
        """
        parts = vkey.strip().split("+", 2)
        if len(parts) != 3 or re.fullmatch(r"[0-9a-f]{8}", parts[1]) is None:
            raise VerifierInvalid("expected name+hash+key, found another form")
        try:
            octets = base64.b64decode(parts[2], validate=True)
        except binascii.Error as error:
            raise VerifierInvalid("expected the key in base64") from error
        if octets[:1] != ED25519:
            raise VerifierInvalid("expected a key of type 0x01 (Ed25519)")
        made = cls(parts[0], octets[1:])
        if made.key_id.hex() != parts[1] or base64.b64encode(octets).decode() != parts[2]:
            raise VerifierInvalid("the key id does not belong to name and key")
        return made


class Signer:
    """A private key with its name."""

    __slots__ = ("_key", "key_id", "name", "verifier")

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.name = name
        self._key = key
        self.verifier = Verifier(name, key.public_key().public_bytes_raw())
        self.key_id = self.verifier.key_id

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature (RFC 8032)."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"<signer {self.name}>"
