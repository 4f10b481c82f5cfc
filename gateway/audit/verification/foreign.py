"""Whether a log is signed by other keys than those that were given: then nothing is proven, and nothing contradicted.

The keys given may be those of another log or a former set; or somebody has signed the whole log anew. Which of the two
it is, the log cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier, parse_checkpoint, parse_note
from gateway.audit.verification.fault import VerificationFault


def find_foreign(reader: LogReader, verifiers: Sequence[NoteVerifier]) -> tuple[str, ...]:
    """Return the keys, as name+id, that signed the kept checkpoints in the log's name, where none given signed any.

    Nothing where one of those given stands under a checkpoint, where a checkpoint is no note, or bears no line in its
    log's name: that is for the verification to judge. No signature is verified.
    """
    return name_foreign((note for _, _, note in reader.checkpoints()), verifiers)


def name_foreign(notes: Iterable[bytes], verifiers: Sequence[NoteVerifier]) -> tuple[str, ...]:
    """Return the keys of `find_foreign` for these notes."""
    given = {(key.name, key.key_id) for key in verifiers}
    signed: set[tuple[str, bytes]] = set()
    for note in notes:
        try:
            parsed = parse_note(note)
            origin = parse_checkpoint(parsed.text).origin
        except NoteInvalid:
            return ()
        own = {(line.name, line.key_id) for line in parsed.signatures if line.name == origin}
        if not own or given & {(line.name, line.key_id) for line in parsed.signatures}:
            return ()
        signed |= own
    return tuple(sorted(f"{name}+{key_id.hex()}" for name, key_id in signed))


def describe_foreign(found: Sequence[str], verifiers: Sequence[NoteVerifier]) -> str:
    """Return in one sentence which keys signed, and which were given."""
    given = sorted(f"{key.name}+{key.key_id.hex()}" for key in verifiers)
    return f"the checkpoints are signed by {', '.join(found)}, and by none of the keys given: {', '.join(given)}"


def blame_foreign(found: Sequence[str], verifiers: Sequence[NoteVerifier]) -> VerificationFault:
    """Return the fault of a log that other keys signed: it contradicts nothing that a key given has signed."""
    return VerificationFault("checkpoint", -1, describe_foreign(found, verifiers), unsigned=True, keys=tuple(found))
