"""A log in memory with seals, the statements that an honest node makes of it, and what a lying one makes of those."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.audit.entries.entry import Cell, Phase, encode
from gateway.audit.entries.references import pairs_of
from gateway.audit.entries.seals import SEALS_ID, SealKind, Segment
from gateway.audit.review.history import Asked, plan_history, write_statement
from gateway.audit.review.statement import (
    NONE,
    Claim,
    SegmentPart,
    decode_claim,
    decode_segment,
    encode_claim,
    encode_segment,
)
from gateway.audit.review.whole import NO_ARCHIVES, ArchivedBytes, WholeLog
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.note import Checkpoint, checkpoint_text, sign_note
from gateway.audit.tlog.pairs import Kind, PairProof, prove, root_of_pairs
from gateway.audit.tlog.rangeproof import range_proof
from gateway.audit.tlog.tree import root_of
from tests.audit.logs import PROVIDER
from tests.audit.stored import StoredLog, entry_of, read

CHALLENGE = bytes(range(16))
"""The number that the asker drew."""


def named(
    *tokens: bytes, month: str = "2026-11", operator: bytes = b"", department: str = "", number: int = 1, **more: Cell
) -> bytes:
    """An intent that names these persons, an official and a department."""
    return entry_of(
        Phase.INTENT,
        number,
        subject_tokens=b64encode(b"".join(tokens)).decode(),
        key_epoch=month,
        operator_ref=operator.hex(),
        consumer_department=department,
        **more,
    )


def act_of(action: str, **more: Cell) -> bytes:
    """An act of a person, or of the node."""
    kept = ("v", "origin", "event_id", "phase", "time_utc_us", "node", "actor", "result")
    whole = read(entry_of(Phase.ADMIN, 9)).fields
    fields: dict[str, Cell] = {name: whole[name] for name in kept}
    return encode({**fields, "exchange_id": "", "action": action, "subject": "", **more})


class SealedLog(StoredLog):
    """A log that grows; `seal` adds the act that seals a segment."""

    def __init__(self, *octets: bytes) -> None:
        super().__init__(*octets)
        self.segments: list[Segment] = []
        self.sealed: dict[int, list[bytes]] = {}

    def add(self, *octets: bytes) -> int:
        """Add entries; return the index of the last."""
        for one in octets:
            self.stored.append(self._row(len(self.stored), one))
        return len(self.stored) - 1

    def pairs(self, first: int, end: int) -> list[bytes]:
        """Return the sorted pairs of a segment."""
        return sorted(pair for index in range(first, end) for pair in pairs_of(read(self.stored[index][2]), index))

    def seal(self, end: int, *, first: int | None = None, kind: SealKind = SealKind.RUN, **lies: Cell) -> int:
        """Seal what follows the last segment up to `end`; return the index of the act."""
        begin = (self.segments[-1].end if self.segments else 0) if first is None else first
        entries = [read(self.stored[index][2]) for index in range(begin, end)]
        months = sorted({one.text("key_epoch") for one in entries} - {""})
        pairs = self.sealed[begin] = self.pairs(begin, end)
        fields: dict[str, Cell] = {
            "exchange_id": SEALS_ID[kind],
            "seal_first": begin,
            "seal_end": end,
            "seal_pairs": len(pairs),
            "seal_root": root_of_pairs(pairs).hex(),
            "seal_months": months,
        }
        act = self.add(act_of(kind, **{**fields, **lies}))
        self.segments.append(Segment(kind, begin, end, len(pairs), root_of_pairs(pairs), tuple(months), act))
        return act

    def node(self, level: int, number: int) -> bytes:
        """Return a whole node of the tree."""
        return root_of([row[1] for row in self.stored[number << level : (number + 1) << level]])

    def note(self, size: int | None = None) -> bytes:
        """Return the checkpoint of a size, signed by the log's key."""
        count = len(self.stored) if size is None else size
        root = root_of([row[1] for row in self.stored[:count]])
        return sign_note(checkpoint_text(Checkpoint(self.origin, count, root)), [PROVIDER])

    def prove(self, reader: LogReader, segment: Segment, kind: Kind, token: bytes) -> PairProof:
        """Return the proof for a token in a segment."""
        return prove(self.sealed[segment.first], kind, token)

    def ask(self, asked: Asked, **more: Cell) -> int:
        """Add the act by which a person's history is asked for; return its index."""
        month, token = next(iter(sorted(asked.tokens.items(), reverse=True)))
        fields: dict[str, Cell] = {
            "trace_id": CHALLENGE.hex(),
            "key_epoch": month,
            "subject_tokens": b64encode(token).decode(),
            "request_hash": asked.commitment(),
        }
        return self.add(act_of("subject_history", **{**fields, **more}))

    def state(
        self,
        asked: Asked,
        *,
        act: int = NONE,
        size: int | None = None,
        archives: ArchivedBytes = NO_ARCHIVES,
    ) -> list[bytes]:
        """Return the lines of an honest statement."""
        whole = WholeLog(self.reader(), archives)
        note = self.note(size)
        plan = plan_history(whole, asked, note, self.segments, self.prove, act=act)
        return list(write_statement(whole, plan))


@dataclass
class Lie:
    """A statement taken apart, to be changed and put together again."""

    log: SealedLog
    claim: Claim
    parts: list[SegmentPart]
    shown: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, log: SealedLog, lines: Sequence[bytes]) -> Lie:
        """Take a statement apart."""
        claim = decode_claim(lines[0])
        parts = [decode_segment(line) for line in lines[1 : 1 + claim.segments]]
        indexes = [index for start, end in claim.ranges for index in range(start, end)]
        return cls(log, claim, parts, dict(zip(indexes, lines[1 + claim.segments :], strict=True)))

    def lines(self, **changes: object) -> list[bytes]:
        """Return the statement, with proofs that are right for what is shown."""
        ranges: list[tuple[int, int]] = []
        for index in sorted(self.shown):
            if ranges and ranges[-1][1] == index:
                ranges[-1] = (ranges[-1][0], index + 1)
            else:
                ranges.append((index, index + 1))
        claim = replace(
            self.claim,
            ranges=tuple(ranges),
            hashes=range_proof(ranges, self.size, self.log.node),
            segments=len(self.parts),
        )
        claim = replace(claim, **changes)  # type: ignore[arg-type] # any field of a claim
        return [encode_claim(claim), *map(encode_segment, self.parts), *(self.shown[i] for i in sorted(self.shown))]

    @property
    def size(self) -> int:
        """The size of the checkpoint."""
        return int(self.claim.checkpoint.split(b"\n")[1])
