"""Keys that stand for a term: a log's for sizes of its tree, a witness's for the seconds of its cosignatures.

Pure. A verifier of a former key still checks what was signed in its term, and condemns whatever it signs beyond: a key
that leaks after its rotation can sign nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.audit.tlog.cosignature import cosigned_at, note_verifier
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, SignatureLine, parse_checkpoint
from keys.terms import KeyTerm, read_terms


class TermVerifier:
    """A key that stands for a term. `within` raises NoteInvalid for what was signed beyond it."""

    __slots__ = ("_verifier", "_within", "key_id", "name")

    def __init__(self, verifier: NoteVerifier, within: Callable[[bytes, bytes], None]) -> None:
        self.name = verifier.name
        self.key_id = verifier.key_id
        self._verifier = verifier
        self._within = within

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if the signature holds and was made within the key's term.

        Raises:
            NoteInvalid: it does not, or was not.
        """
        self._within(message, signature)
        self._verifier.verify(message, signature)


def _sized(term: KeyTerm) -> NoteVerifier:
    """A key of a log: it stands for checkpoints of the sizes of its term."""
    verifier = note_verifier(term.vkey)

    def within(message: bytes, signature: bytes) -> None:
        size = parse_checkpoint(message).size
        if not term.covers(size):
            named = f"{verifier.name}+{verifier.key_id.hex()}"
            raise NoteInvalid(f"the key {named} does not stand for a checkpoint of {size}")

    return TermVerifier(verifier, within)


def _dated(term: KeyTerm) -> NoteVerifier:
    """A key of a witness: it stands for cosignatures of the seconds of its term."""
    verifier = note_verifier(term.vkey)

    def within(message: bytes, signature: bytes) -> None:
        time_s = cosigned_at(SignatureLine(verifier.name, verifier.key_id, signature))
        if not term.covers(time_s):
            named = f"{verifier.name}+{verifier.key_id.hex()}"
            raise NoteInvalid(f"the key {named} does not stand for the second {time_s}")

    return TermVerifier(verifier, within)


def read_log_keys(text: str) -> tuple[NoteVerifier, ...]:
    """Return the verifiers of a log's file of keys, present and former, each for the sizes of its term.

    Raises:
        TermsInvalid, NoteInvalid: it is no such file.
    """
    return sized_verifiers(read_terms(text))


def sized_verifiers(terms: Sequence[KeyTerm]) -> tuple[NoteVerifier, ...]:
    """Return the keys of a log, each for the sizes of its term. Raises NoteInvalid."""
    return tuple(map(_sized, terms))


def dated_verifiers(terms: Sequence[KeyTerm]) -> tuple[NoteVerifier, ...]:
    """Return the keys of a witness, each for the seconds of its term. Raises NoteInvalid."""
    return tuple(map(_dated, terms))
