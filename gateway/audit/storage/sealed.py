"""The sealed segments of a log, and the proofs from their stored pairs.

A log without seals has none: all its entries are read by whoever wants them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.pairs import Kind, PairProof


@dataclass(frozen=True, slots=True)
class Segment:
    """Entries from `first` to before `end`, sealed by the act at `act`; `months` are the key epochs that it names."""

    first: int
    end: int
    pairs: int
    root: bytes
    months: tuple[str, ...]
    act: int
    kind: str


def list_segments(reader: LogReader) -> Sequence[Segment]:
    """Return the segments that cover the log without overlap: sealed months, then the runs since."""
    return ()


def prove(reader: LogReader, segment: Segment, kind: Kind, token: bytes) -> PairProof:
    """Return the proof for a token in a segment."""
    raise NotImplementedError
