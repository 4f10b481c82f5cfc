"""Keys that stand for a term: a log's for sizes of its tree, a witness's for the seconds of its cosignatures.

Pure. A verifier of a former key still checks what was signed in its term, and condemns whatever it signs beyond: a key
that leaks after its rotation can sign nothing new.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.audit.cosignature import cosigned_at, note_verifier
from gateway.audit.note import NoteInvalid, NoteVerifier, SignatureLine, parse_checkpoint
from keys.terms import KeyTerm, read_terms


class SizedVerifier:
    """A key of a log that stands for checkpoints of certain sizes."""

    __slots__ = ("_covers", "_verifier", "key_id", "name")

    def __init__(self, verifier: NoteVerifier, covers: Callable[[int], bool]) -> None:
        self.name = verifier.name
        self.key_id = verifier.key_id
        self._verifier = verifier
        self._covers = covers

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if the signature holds and the key stands for the size that the checkpoint names.

        Raises:
            NoteInvalid: it does not.
        """
        size = parse_checkpoint(message).size
        if not self._covers(size):
            raise NoteInvalid(f"the key {self.name}+{self.key_id.hex()} does not stand for a checkpoint of {size}")
        self._verifier.verify(message, signature)


class DatedVerifier:
    """A key of a witness that stands for cosignatures of certain seconds."""

    __slots__ = ("_covers", "_verifier", "key_id", "name")

    def __init__(self, verifier: NoteVerifier, covers: Callable[[int], bool]) -> None:
        self.name = verifier.name
        self.key_id = verifier.key_id
        self._verifier = verifier
        self._covers = covers

    def verify(self, message: bytes, signature: bytes) -> None:
        """Return if the cosignature holds and the key stands for the second that it bears.

        Raises:
            NoteInvalid: it does not.
        """
        time_s = cosigned_at(SignatureLine(self.name, self.key_id, signature))
        if not self._covers(time_s):
            raise NoteInvalid(f"the key {self.name}+{self.key_id.hex()} does not stand for the second {time_s}")
        self._verifier.verify(message, signature)


def read_log_keys(text: str) -> tuple[NoteVerifier, ...]:
    """Return the verifiers of a log's file of keys, present and former, each for the sizes of its term.

    Raises:
        TermsInvalid, NoteInvalid: it is no such file.
    """
    return sized_verifiers(read_terms(text))


def sized_verifiers(terms: Sequence[KeyTerm]) -> tuple[NoteVerifier, ...]:
    """Return the keys of a log, each for the sizes of its term. Raises NoteInvalid."""
    return tuple(SizedVerifier(note_verifier(term.vkey), term.covers) for term in terms)


def dated_verifiers(terms: Sequence[KeyTerm]) -> tuple[NoteVerifier, ...]:
    """Return the keys of a witness, each for the seconds of its term. Raises NoteInvalid."""
    return tuple(DatedVerifier(note_verifier(term.vkey), term.covers) for term in terms)
