"""Keys with bounds of validity: a log's for sizes of its tree, a witness's for the seconds of its cosignatures.

Pure. A verifier of a former key still accepts signatures within its validity and condemns any beyond: a key that leaks
after its rotation can sign nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.audit.tlog.cosignature import cosigned_at, note_verifier
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, SignatureLine, parse_checkpoint
from keys.validity import KeyValidity, read_key_file


class ValidityVerifier:
    """A verifier of a key with bounds. `within` raises NoteInvalid for a signature beyond them."""

    __slots__ = ("_verifier", "_within", "key_id", "name")

    def __init__(self, verifier: NoteVerifier, within: Callable[[bytes, bytes], None]) -> None:
        self.name = verifier.name
        self.key_id = verifier.key_id
        self._verifier = verifier
        self._within = within

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if the signature holds and was made within the key's validity.

        Raises:
            NoteInvalid: it does not, or was not.
        """
        self._within(message, signature)
        self._verifier.verify(message, signature)


def _log_verifier(key: KeyValidity) -> NoteVerifier:
    """A key of a log: it stands for checkpoints of the sizes of its validity."""
    verifier = note_verifier(key.vkey)

    def within(message: bytes, signature: bytes) -> None:
        size = parse_checkpoint(message).size
        if not key.covers(size):
            named = f"{verifier.name}+{verifier.key_id.hex()}"
            raise NoteInvalid(f"the key {named} does not stand for a checkpoint of {size}")

    return ValidityVerifier(verifier, within)


def _witness_verifier(key: KeyValidity) -> NoteVerifier:
    """A key of a witness: it stands for cosignatures of the seconds of its validity."""
    verifier = note_verifier(key.vkey)

    def within(message: bytes, signature: bytes) -> None:
        time_s = cosigned_at(SignatureLine(verifier.name, verifier.key_id, signature))
        if not key.covers(time_s):
            named = f"{verifier.name}+{verifier.key_id.hex()}"
            raise NoteInvalid(f"the key {named} does not stand for the second {time_s}")

    return ValidityVerifier(verifier, within)


def read_log_keys(text: str) -> tuple[NoteVerifier, ...]:
    """Return the verifiers of a log's file of keys, present and former, each for the sizes of its validity.

    Raises:
        KeyFileInvalid, NoteInvalid: it is no such file.
    """
    return make_log_verifiers(read_key_file(text))


def make_log_verifiers(keys: Sequence[KeyValidity]) -> tuple[NoteVerifier, ...]:
    """Return the keys of a log, each for the sizes of its validity. Raises NoteInvalid."""
    return tuple(map(_log_verifier, keys))


def make_witness_verifiers(keys: Sequence[KeyValidity]) -> tuple[NoteVerifier, ...]:
    """Return the keys of a witness, each for the seconds of its validity. Raises NoteInvalid."""
    return tuple(map(_witness_verifier, keys))
