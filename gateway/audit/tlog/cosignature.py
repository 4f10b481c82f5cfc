"""Cosignatures of checkpoints (C2SP tlog-cosignature): Ed25519 of type 0x04, ML-DSA-44 of type 0x06.

Pure. A cosignature says: as of that second, this is the largest consistent tree of this origin that I have seen. A log
signs its own checkpoints with type 0x06 too, beside its Ed25519 signature; the second is then the one in which it
signed. After the key id come the time as eight bytes and the raw signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from gateway.audit.tlog.note import (
    COSIGNATURE,
    ED25519,
    SUBTREE,
    Checkpoint,
    Ed25519Verifier,
    NoteInvalid,
    NoteSigner,
    NoteVerifier,
    SignatureLine,
    VKey,
    parse_checkpoint,
    parse_vkey,
)

TIME_SIZE: Final = 8
"""Bytes of the time before the raw signature."""
ED25519_SIZE: Final = 64
"""Bytes of a signature of type 0x01, which bears no time."""
MAX_TIME: Final = (1 << 63) - 1
"""The last second that a cosignature may bear."""
MAX_KEYS: Final = 64
"""Most vkeys of one file."""

_SUBTREE_LABEL: Final = b"subtree/v1\n\0"


def cosignature_message(text: bytes, time_s: int) -> bytes:
    """Return what a cosignature of type 0x04 signs: the whole text of the note after the time."""
    return b"cosignature/v1\ntime %d\n%b" % (time_s, text)


def subtree_message(cosigner: str, time_s: int, checkpoint: Checkpoint) -> bytes:
    """Return what a cosignature of type 0x06 signs for a whole tree: names, time, range and root, not the note's text.

    Raises:
        NoteInvalid: when a name is longer than 255 bytes.
    """
    names = []
    for name in (cosigner.encode(), checkpoint.origin.encode()):
        if len(name) > 255:
            raise NoteInvalid(f"expected a name of at most 255 bytes, found {len(name)}")
        names.append(bytes([len(name)]) + name)
    whole = (0).to_bytes(8) + checkpoint.size.to_bytes(8)
    return _SUBTREE_LABEL + names[0] + time_s.to_bytes(8) + names[1] + whole + checkpoint.root


def _message(algorithm: int, name: str, text: bytes, time_s: int) -> bytes:
    if algorithm == COSIGNATURE:
        return cosignature_message(text, time_s)
    if text.count(b"\n") > 3:
        raise NoteInvalid("expected a checkpoint without extension lines: a cosignature of type 0x06 covers none")
    return subtree_message(name, time_s, parse_checkpoint(text))


def cosigned_at(line: SignatureLine) -> int:
    """Return the second that the line of a cosignature bears; 0 where a log leaves it out.

    Raises:
        NoteInvalid: when the line is too short for one, or the time beyond what is allowed.
    """
    time_s = int.from_bytes(line.signature[:TIME_SIZE])
    if len(line.signature) <= TIME_SIZE or time_s > MAX_TIME:
        raise NoteInvalid(f"expected a time and a signature of {line.name}, found another form")
    return time_s


def signed_at(line: SignatureLine) -> int:
    """Return the second that a line bears; 0 where it bears none, as the plain signature of a log.

    Raises:
        NoteInvalid: as `cosigned_at`.
    """
    return 0 if len(line.signature) <= ED25519_SIZE else cosigned_at(line)


class Cosigner:
    """Signs checkpoints as of now: a `NoteSigner` of type 0x04 or 0x06 over a key that signs raw messages."""

    __slots__ = ("_algorithm", "_clock_s", "_key", "key_id", "name")

    def __init__(self, key: NoteSigner, algorithm: int, clock_s: Callable[[], int]) -> None:
        """Take the key, the type of its vkey, and the clock in seconds.

        Raises:
            ValueError: when the type is none of a cosignature.
        """
        if algorithm not in (COSIGNATURE, SUBTREE):
            raise ValueError(f"expected the type 0x04 or 0x06, found 0x{algorithm:02x}")
        self._key = key
        self._algorithm = algorithm
        self._clock_s = clock_s
        self.name = key.name
        self.key_id = key.key_id

    def sign(self, message: bytes) -> bytes:
        """Return time and signature over a checkpoint's text.

        Raises:
            NoteInvalid: when it is no checkpoint that this type can sign.
        """
        time_s = self._clock_s()
        signature = self._key.sign(_message(self._algorithm, self.name, message, time_s))
        return time_s.to_bytes(TIME_SIZE) + signature

    def line(self, text: bytes) -> SignatureLine:
        """Return the signature line for a checkpoint's text."""
        return SignatureLine(self.name, self.key_id, self.sign(text))


class CosignatureVerifier:
    """A verifier of type 0x04 or 0x06, from a vkey."""

    __slots__ = ("_algorithm", "_public", "key_id", "name")

    def __init__(self, vkey: VKey) -> None:
        """Take a key that was read.

        Raises:
            NoteInvalid: when it is none of a cosignature.
        """
        if vkey.algorithm not in (COSIGNATURE, SUBTREE):
            raise NoteInvalid(f"expected a vkey of type 0x04 or 0x06, found 0x{vkey.algorithm:02x}")
        self.name = vkey.name
        self.key_id = vkey.key_id
        self._algorithm = vkey.algorithm
        self._public = (
            Ed25519PublicKey.from_public_bytes(vkey.public)
            if vkey.algorithm == COSIGNATURE
            else MLDSA44PublicKey.from_public_bytes(vkey.public)
        )

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if the cosignature of a checkpoint's text holds for the time that it bears.

        Raises:
            NoteInvalid: when it does not, or the text is no checkpoint that this type covers.
        """
        time_s = cosigned_at(SignatureLine(self.name, self.key_id, signature))
        signed = _message(self._algorithm, self.name, message, time_s)
        try:
            self._public.verify(signature[TIME_SIZE:], signed)
        except InvalidSignature:
            raise NoteInvalid(f"the cosignature of {self.name} does not hold") from None


def note_verifier(vkey: str) -> NoteVerifier:
    """Return the verifier of a vkey, of whichever known type it is.

    Raises:
        NoteInvalid: when the text is no vkey of a known type.
    """
    parsed = parse_vkey(vkey)
    return Ed25519Verifier(vkey) if parsed.algorithm == ED25519 else CosignatureVerifier(parsed)


def read_vkeys(text: str) -> tuple[NoteVerifier, ...]:
    """Return the verifiers of a file of vkeys, one a line: a log's present and former keys of every type.

    Empty lines and lines that begin with # are passed over.

    Raises:
        NoteInvalid: a line is no vkey, there is none, or there are too many.
    """
    lines: Iterable[str] = (line.strip() for line in text.splitlines())
    found = [line for line in lines if line and not line.startswith("#")]
    if not 0 < len(found) <= MAX_KEYS:
        raise NoteInvalid(f"expected 1 to {MAX_KEYS} vkeys, one a line, found {len(found)}")
    return tuple(note_verifier(line) for line in found)
