"""The acts of retention that name an archive, each held to the log's signed checkpoints.

Anybody who owns the disk can add an act to a log, or change one, as long as nothing has signed it. So an act says
something of an archive only where a kept checkpoint that the log signed covers it, and its place in that tree is
proven; and no later act takes the word of an earlier one back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.audit.retention.archive import ArchiveInvalid
from gateway.audit.retention.rules import RecordedRun
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import NoteInvalid, NoteVerifier
from gateway.audit.tlog.proofs import ProofInvalid
from gateway.audit.tlog.tlogproof import TlogProof, verify_proof
from gateway.audit.verification.signatures import Accept
from gateway.audit.verification.witnessed import choose_covering


@dataclass(frozen=True, slots=True)
class ProvenAct:
    """An act of retention by its index; the checkpoint's size under which it is proven, 0 for none; who cosigned it."""

    index: int
    size: int
    witnesses: tuple[str, ...] = ()


def prove_run(
    reader: LogReader,
    recorded: RecordedRun,
    log: Sequence[NoteVerifier],
    known: Sequence[NoteVerifier],
    accept: Accept,
) -> ProvenAct:
    """Return under which kept checkpoint an act stands.

    Raises:
        ArchiveInvalid: its place in the signed tree cannot be proven: the log was altered.
        NoteInvalid: a checkpoint does not hold, or none is of the log.
    """
    kept = choose_covering(reader, recorded.index, log, known, accept)
    if kept is None:
        return ProvenAct(recorded.index, 0)
    try:
        proof = TlogProof(recorded.index, reader.path(recorded.index, kept.size), kept.note)
        size = verify_proof(proof, recorded.leaf, reader.origin, log)
    except (ProofInvalid, IndexError) as error:
        raise ArchiveInvalid(f"the act {recorded.index} does not lead to the root that the log has signed") from error
    except NoteInvalid as error:
        raise NoteInvalid(f"the checkpoint over the act {recorded.index}: {error}") from error
    return ProvenAct(recorded.index, size, tuple(sorted(kept.cosigned)))


def require_named(runs: Iterable[RecordedRun], digest: str) -> None:
    """Return if every act over the range of an archive names this SHA-256.

    Raises:
        ArchiveInvalid: one names another file; with its index.
    """
    for one in runs:
        if one.run.digest != digest:
            raise ArchiveInvalid(
                f"expected a file of SHA-256 {one.run.digest}, as the act {one.index} names it, found {digest}"
            )
