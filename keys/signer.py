"""A named signing key and its public half, in the text form of C2SP signed-note.

Rules:
- A key is known by its name *and* its key id; the id binds name, signature type and public key together.
- `Verifier.parse` checks all three parts of a vkey against each other and accepts one spelling only.
- A `Signer` never shows its private key: neither `repr`, nor equality, nor any attribute's text.

vkey = `<name>+<key id, 8 lower-case hex digits>+<base64(type ‖ public key)>`,
key id = SHA-256(name ‖ 0x0A ‖ type ‖ public key)[:4].
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from typing import Final, Self

from keys.suite import ED25519_SHA256, PrivateKey, SignatureInvalid, Suite

__all__ = ["KEY_ID_SIZE", "MAX_KEY_NAME", "SignatureInvalid", "Signer", "Verifier", "VkeyError"]

KEY_ID_SIZE: Final = 4
"""Bytes in a key id."""

MAX_KEY_NAME: Final = 256
"""Characters in a key name: a log origin is a short URL without scheme, so more is an accident or an attack."""

_VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class VkeyError(ValueError):
    """The text or the parts are not a public key in the C2SP form."""


def _require_name(name: str) -> None:
    """Refuse a name that C2SP signed-note does not allow: empty, with a space, a plus or a control character."""
    if not 0 < len(name) <= MAX_KEY_NAME:
        raise VkeyError(f"expected a key name of 1 to {MAX_KEY_NAME} characters, found {len(name)}")
    if "+" in name or not name.isprintable() or any(character.isspace() for character in name):
        raise VkeyError("expected a key name of printable characters without space or plus, found another character")


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named public key. Guarantees a well-formed name and key length; not that anyone should trust it.

    Args:
        name: the key's name; no space, no plus.
        public_key: as the suite encodes it, 32 bytes for Ed25519.

    Raises:
        VkeyError: a part is not in its form.
    """

    name: str
    public_key: bytes
    suite: Suite = field(default=ED25519_SHA256, repr=False)
    key_id: bytes = field(init=False)
    """Four bytes that begin each signature line; a hint for look-up, too short to be a proof."""

    def __post_init__(self) -> None:
        _require_name(self.name)
        if len(self.public_key) != self.suite.public_key_size:
            raise VkeyError(
                f"expected a public key of {self.suite.public_key_size} bytes, found {len(self.public_key)}"
            )
        # The key id is SHA-256 in C2SP whatever the suite hashes with: it names the key, it does not protect it.
        digest = hashlib.sha256(self.name.encode() + b"\n" + self.suite.signature_type + self.public_key).digest()
        object.__setattr__(self, "key_id", digest[:KEY_ID_SIZE])

    @property
    def vkey(self) -> str:
        """The one text form of this key."""
        body = base64.b64encode(self.suite.signature_type + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{body}"

    def __str__(self) -> str:
        return self.vkey

    @classmethod
    def parse(cls, vkey: str, suite: Suite = ED25519_SHA256) -> Self:
        """Read a public key from its text form; `Verifier.parse(x).vkey == x` whenever it returns.

        Raises:
            VkeyError: the text is in another form, of another suite, or its key id does not match name and key.
        """
        found = _VKEY.fullmatch(vkey)
        if found is None:
            raise VkeyError("expected <name>+<8 hex digits>+<base64>, found another form")
        name, key_id, body = found.groups()
        try:
            data = base64.b64decode(body, validate=True)
        except binascii.Error:
            raise VkeyError("expected padded base64 after the key id, found another encoding") from None
        kind = suite.signature_type
        if not data.startswith(kind):
            raise VkeyError(f"expected signature type {kind.hex()}, found {data[: len(kind)].hex()}")
        parsed = cls(name, data[len(kind) :], suite)
        if parsed.vkey != vkey:
            raise VkeyError(
                f"expected key id {parsed.key_id.hex()} and canonical base64, found {key_id} or other base64"
            )
        return parsed

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return only if this key made `signature` over exactly `message`.

        Raises:
            SignatureInvalid: in every other case.
        """
        self.suite.verify(self.public_key, message, signature)


@dataclass(frozen=True, slots=True, eq=False)
class Signer:
    """A named private key. It signs what it is given: what may be signed is decided by its owner.

    Args:
        name: the key's name; the verifier bears the same.
        private_key: a key of `suite`.

    Raises:
        VkeyError: the name is not allowed.
        TypeError: the key belongs to another suite.
    """

    name: str
    private_key: PrivateKey = field(repr=False)
    suite: Suite = field(default=ED25519_SHA256, repr=False)
    verifier: Verifier = field(init=False)

    def __post_init__(self) -> None:
        public_key = self.suite.public_key(self.private_key)
        object.__setattr__(self, "verifier", Verifier(self.name, public_key, self.suite))

    @classmethod
    def generate(cls, name: str, suite: Suite = ED25519_SHA256) -> Self:
        """Make a signer with a fresh key that lives in memory only, until `keys.keystore` saves it."""
        return cls(name, suite.generate(), suite)

    @property
    def key_id(self) -> bytes:
        """The key id of the public half."""
        return self.verifier.key_id

    def sign(self, message: bytes) -> bytes:
        """Return the signature over exactly `message`; callers put a context in front of what they sign."""
        return self.suite.sign(self.private_key, message)
