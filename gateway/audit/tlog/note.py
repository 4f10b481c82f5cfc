"""Signed notes and checkpoints (C2SP signed-note v1.0.0 and tlog-checkpoint v1.0.0), and the keys that sign them.

Pure. A note is a text and signature lines; a checkpoint is a note whose text names an origin, a size and a root.
Parsing is strict: what could be read in two ways is not read. A signature of a known key that fails condemns the whole
note; an unknown key is passed over; a note without a good signature of a known key is refused.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.audit.tlog.tree import HASH_SIZE

ED25519: Final = 0x01
"""The signature type of a log that signs with Ed25519."""
COSIGNATURE: Final = 0x04
"""The type of a cosignature with Ed25519 (C2SP tlog-cosignature, `cosignature/v1`)."""
SUBTREE: Final = 0x06
"""The type of a cosignature, or of a log's second signature, with ML-DSA-44 (`subtree/v1`)."""
MAX_NOTE_BYTES: Final = 65_536
"""Longest note that is read: room for 20 signature lines of the post-quantum kind."""
MAX_SIGNATURES: Final = 32
"""Most signature lines of a note; the specification asks for at least 16."""

_PUBLIC_SIZES: Final = {ED25519: 32, COSIGNATURE: 32, SUBTREE: 1312}
_VKEY = re.compile(r"(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_DASH: Final = "\u2014 "


class NoteInvalid(Exception):
    """A note, checkpoint or key is not well-formed, or its signatures do not hold."""


class NoteSigner(Protocol):
    """A key that signs notes: its name, the four bytes of its key id, and the raw signature over a text."""

    @property
    def name(self) -> str:
        """The key's name; for a log's own key, its origin."""
        ...

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, type and public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        ...


class NoteVerifier(Protocol):
    """A key that checks notes; `verify` returns if the signature holds and raises whatever it likes if not."""

    @property
    def name(self) -> str:
        """The key's name."""
        ...

    @property
    def key_id(self) -> bytes:
        """The key id, four bytes."""
        ...

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if the signature of the message holds; raise otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature line: whose it says it is, and what follows the key id."""

    name: str
    key_id: bytes
    signature: bytes

    @property
    def octets(self) -> bytes:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signature).decode()}\n".encode()


@dataclass(frozen=True, slots=True)
class Note:
    """A well-formed note: nothing is verified. `text` ends with a newline."""

    text: bytes
    signatures: tuple[SignatureLine, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The statement of a checkpoint: a log's origin, the number of its entries, and the root over them."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class VKey:
    """A verifier key, parsed: the type says how `public` is to be used."""

    name: str
    key_id: bytes
    algorithm: int
    public: bytes

    def __str__(self) -> str:
        key = b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


class Ed25519Verifier:
    """A verifier of type 0x01, from a vkey."""

    __slots__ = ("_public", "key_id", "name")

    def __init__(self, vkey: str) -> None:
        """Read the key.

        Raises:
            NoteInvalid: when the text is no vkey of type 0x01.
        """
        parsed = parse_vkey(vkey)
        if parsed.algorithm != ED25519:
            raise NoteInvalid(f"expected a vkey of type 0x01, found 0x{parsed.algorithm:02x}")
        self.name = parsed.name
        self.key_id = parsed.key_id
        self._public = Ed25519PublicKey.from_public_bytes(parsed.public)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if the signature of the message holds.

        Raises:
            NoteInvalid: when it does not.
        """
        try:
            self._public.verify(signature, message)
        except InvalidSignature:
            raise NoteInvalid(f"the signature of {self.name} does not hold") from None


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """Return the key id: the first four bytes of SHA-256 over name, newline, type and public key."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:4]


def make_vkey(name: str, public: bytes, algorithm: int = ED25519) -> VKey:
    """Return the verifier key of a public key.

    Raises:
        NoteInvalid: when the name may not stand in a note.
    """
    _check_name(name)
    return VKey(name, key_id(name, algorithm, public), algorithm, public)


def parse_vkey(text: str) -> VKey:
    """Read a vkey; name, key id and key are checked against each other.

    Raises:
        NoteInvalid: when anything is amiss, or the type is not known.
    """
    match = _VKEY.fullmatch(text)
    if match is None:
        raise NoteInvalid("expected a vkey of the form name+8 hex digits+base64")
    _check_name(match["name"])
    raw = decode_base64(match["key"])
    algorithm, public = (raw[0], raw[1:]) if raw else (0, b"")
    if _PUBLIC_SIZES.get(algorithm) != len(public):
        raise NoteInvalid(f"expected a known key type with a key of its size, found 0x{algorithm:02x}, {len(public)}")
    made = VKey(match["name"], key_id(match["name"], algorithm, public), algorithm, public)
    if made.key_id.hex() != match["id"]:
        raise NoteInvalid(f"expected the key id {made.key_id.hex()}, found {match['id']}")
    return made


def parse_note(note: bytes) -> Note:
    """Read a note; nothing is verified.

    Raises:
        NoteInvalid: when it is not well-formed.
    """
    if len(note) > MAX_NOTE_BYTES:
        raise NoteInvalid(f"expected a note of at most {MAX_NOTE_BYTES} bytes, found {len(note)}")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise NoteInvalid("expected a note in UTF-8") from None
    if _CONTROL.search(whole):
        raise NoteInvalid("expected a note without control characters")
    text, blank, tail = whole.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise NoteInvalid("expected a text, a blank line and signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteInvalid(f"expected at most {MAX_SIGNATURES} signature lines, found {len(lines)}")
    return Note(f"{text}\n".encode(), tuple(_signature_line(line) for line in lines))


def sign_note(text: bytes, signers: Sequence[NoteSigner]) -> bytes:
    """Return a note: the text, which ends with a newline, signed by each signer."""
    return write_note(text, [SignatureLine(signer.name, signer.key_id, signer.sign(text)) for signer in signers])


@dataclass(frozen=True, slots=True)
class VerifiedNote:
    """A note whose known signatures all hold: `good` are their lines, `unknown` those of keys that nobody gave."""

    text: bytes
    good: tuple[SignatureLine, ...]
    unknown: tuple[SignatureLine, ...]


def open_note(note: bytes, verifiers: Sequence[NoteVerifier]) -> VerifiedNote:
    """Read a note and check each signature of a known key.

    Raises:
        NoteInvalid: it is not well-formed, a known key's signature fails, none is of a known key, or two verifiers
            cannot be told apart.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    if len(known) != len(verifiers):
        raise NoteInvalid("expected verifiers that differ in name or key id")
    parsed = parse_note(note)
    good, unknown = [], []
    for line in parsed.signatures:
        verifier = known.get((line.name, line.key_id))
        if verifier is None:
            unknown.append(line)
            continue
        try:
            verifier.verify(parsed.text, line.signature)
        except Exception as error:
            raise NoteInvalid(f"the signature of {line.name} does not hold") from error
        good.append(line)
    if not good:
        found = ", ".join(f"{line.name}+{line.key_id.hex()}" for line in parsed.signatures)
        raise NoteInvalid(f"expected a signature of a known key, found {found}")
    return VerifiedNote(parsed.text, tuple(good), tuple(unknown))


def verify_note(note: bytes, verifiers: Sequence[NoteVerifier]) -> bytes:
    """Return the text of a note that at least one of the verifiers' keys has signed.

    Raises:
        NoteInvalid: as `open_note`.
    """
    return open_note(note, verifiers).text


def write_note(text: bytes, lines: Sequence[SignatureLine]) -> bytes:
    """Return a note of a text, which ends with a newline, and signature lines that were made."""
    return b"%b\n%b" % (text, b"".join(line.octets for line in lines))


def add_signatures(note: bytes, lines: Sequence[SignatureLine]) -> bytes:
    """Return the note with further lines at its end; an older line of the same key gives way.

    Raises:
        NoteInvalid: when the note is not well-formed, or would be longer than a note may be.
    """
    parsed = parse_note(note)
    newer = {(line.name, line.key_id) for line in lines}
    kept = [line for line in parsed.signatures if (line.name, line.key_id) not in newer]
    made = write_note(parsed.text, (*kept, *lines))
    parse_note(made)
    return made


def parse_signatures(octets: bytes) -> tuple[SignatureLine, ...]:
    """Read signature lines that stand alone, as a witness answers them; nothing is verified.

    Raises:
        NoteInvalid: when they are not well-formed, or too many.
    """
    return parse_note(b"\n\n" + octets).signatures


def checkpoint_text(checkpoint: Checkpoint) -> bytes:
    """Return the text of a checkpoint, to be signed; without extension lines."""
    root = b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n".encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read a checkpoint's text; extension lines are allowed and passed over.

    Raises:
        NoteInvalid: when it is not well-formed.
    """
    lines = text.decode(errors="replace").split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteInvalid("expected an origin, a size and a root, each on a line of its own")
    if _DECIMAL.fullmatch(lines[1]) is None:
        raise NoteInvalid("expected a decimal size without leading zeros")
    root = decode_base64(lines[2])
    if len(root) != HASH_SIZE:
        raise NoteInvalid(f"expected a root of {HASH_SIZE} bytes, found {len(root)}")
    return Checkpoint(lines[0], int(lines[1]), root)


def _signature_line(line: str) -> SignatureLine:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH[0]:
        raise NoteInvalid("expected signature lines of the form: em dash, name, base64")
    _check_name(parts[1])
    raw = decode_base64(parts[2])
    if len(raw) < 5:
        raise NoteInvalid(f"expected a key id and a signature, found {len(raw)} bytes")
    return SignatureLine(parts[1], raw[:4], raw[4:])


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() or character < " " for character in name):
        raise NoteInvalid("expected a key name without spaces and plus signs")


def decode_base64(text: str) -> bytes:
    """Return the bytes of canonical, padded, standard base64.

    Raises:
        NoteInvalid: when the text is anything else.
    """
    try:
        raw = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise NoteInvalid("expected standard base64 with padding") from None
    if b64encode(raw).decode() != text:
        raise NoteInvalid("expected canonical base64")
    return raw
