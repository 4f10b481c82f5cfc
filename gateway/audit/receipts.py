"""The asker's side: does a receipt of the peer's log prove that it recorded this page as the answer to our question?

Pure but for one memory: the last checkpoints that verified, since one checkpoint serves all the answers of a frame.
Checks, in this order: 1 the checkpoint is of the expected log and signed by a key of it; 2 the entry stands in its
tree; 3 the entry is one of the schema, of that log, and of the right phase; 4 it names our question; 5 it commits to
this page. It is not checked here that the log shows everybody the same tree; witnesses see to that.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from gateway.audit.entries.commitments import SALT_SIZE, rows_root
from gateway.audit.entries.entry import Entry, EntryInvalid, Phase, decode
from gateway.audit.tlog.note import Checkpoint, NoteInvalid, NoteVerifier, parse_checkpoint, verify_note
from gateway.audit.tlog.proofs import ProofInvalid, verify_inclusion
from gateway.ground.evidence import PeerAnswer, ProvenAnswer, Receipt
from gateway.ground.outcomes import count_outcomes
from gateway.ground.refusals import Reason, Refusal

REMEMBERED: Final = 64
"""Checkpoints remembered; a frame has one, and few frames are read at a time."""


class PeerLog:
    """The log of one peer: its origin and the keys that sign its checkpoints."""

    __slots__ = ("_verified", "_verifiers", "origin")

    def __init__(self, origin: str, verifiers: Sequence[NoteVerifier]) -> None:
        """Take the origin and at least one key.

        Raises:
            ValueError: when there is no key: a log that nobody signs proves nothing.
        """
        if not verifiers:
            raise ValueError(f"expected at least one key of the log {origin}, found none")
        self.origin = origin
        self._verifiers = tuple(verifiers)
        self._verified: OrderedDict[bytes, Checkpoint] = OrderedDict()

    def verify_checkpoint(self, note: bytes) -> Checkpoint:
        """Return what a checkpoint of this log says.

        Raises:
            NoteInvalid: when no key of this log has signed it, or it is of another log.
        """
        known = self._verified.get(note)
        if known is not None:
            return known
        found = parse_checkpoint(verify_note(note, self._verifiers))
        if found.origin != self.origin:
            raise NoteInvalid(f"expected a checkpoint of {self.origin}, found one of another log")
        self._verified[note] = found
        if len(self._verified) > REMEMBERED:
            self._verified.popitem(last=False)
        return found

    def verify_entry(self, receipt: Receipt) -> Entry:
        """Return the entry that a receipt proves to stand in this log.

        Raises:
            Refusal: PEER_RECEIPT_INVALID, with the check that failed.
        """
        if receipt.origin != self.origin:
            raise _receipt_refusal(f"expected a receipt of the log {self.origin}, found one of another log")
        try:
            tree = self.verify_checkpoint(receipt.checkpoint)  # 1
            verify_inclusion(receipt.index, tree.size, receipt.leaf_hash, receipt.path, tree.root)  # 2
            entry = decode(receipt.entry)  # 3
        except NoteInvalid as error:
            raise _receipt_refusal(f"checkpoint: {error}") from error
        except ProofInvalid as error:
            raise _receipt_refusal(f"inclusion: {error}") from error
        except EntryInvalid as error:
            raise _receipt_refusal(f"entry: {error}") from error
        if entry.text("origin") != self.origin:
            raise _receipt_refusal("the entry names another log than the one in which it stands")
        return entry


def prove(
    log: PeerLog, answer: PeerAnswer, *, request_id: str, request_hash: bytes, fields: Sequence[str], number: int
) -> ProvenAnswer:
    """Return the answer as proven: the peer's log records this page as page `number` of the answer to our question.

    `fields` are the fields that we were granted; the page may have no others.

    Raises:
        Refusal: PEER_RECEIPT_INVALID, with the check that failed and never a value.
    """
    entry = log.verify_entry(answer.receipt)
    if entry.phase is not Phase.RELEASE:
        raise _receipt_refusal(f"expected an entry of phase release, found {entry.phase}")
    _require_question(entry, request_id, request_hash)  # 4
    if answer.number != number or entry.number("page") != number:
        raise _receipt_refusal(
            f"expected page {number}, found page {answer.number} with an entry of page {entry.number('page')}"
        )
    if entry.fields.get("last") is not answer.last:
        raise _receipt_refusal("the entry and the page disagree on whether a page follows")
    columns = tuple(column.name for column in answer.page.columns)  # 5
    if entry.names("fields") != columns:
        raise _receipt_refusal("the entry names other columns than the page has")
    if not set(columns) <= set(fields):
        raise _receipt_refusal("the page has columns that were not asked for")
    if entry.number("record_count") != answer.page.rows:
        raise _receipt_refusal(
            f"expected {answer.page.rows} records in the entry, found {entry.number('record_count')}"
        )
    if len(answer.salt) != SALT_SIZE:
        raise _receipt_refusal(f"expected a salt of {SALT_SIZE} bytes, found {len(answer.salt)}")
    if entry.names("outcomes") != count_outcomes(answer.page):
        raise _receipt_refusal("the entry counts other outcomes than the page has")
    try:
        root = rows_root(answer.salt, answer.page, entry.number("v")).hex()
    except ValueError as error:
        raise _receipt_refusal(str(error)) from error
    if entry.text("rows_root") != root:
        raise _receipt_refusal("the entry commits to other rows than the page has")
    return ProvenAnswer(answer, root)


def prove_refusal(log: PeerLog, receipt: Receipt, *, request_id: str, request_hash: bytes, reason: Reason) -> None:
    """Return if the peer's log records that it refused our question for that reason.

    Raises:
        Refusal: PEER_RECEIPT_INVALID, with the check that failed.
    """
    entry = log.verify_entry(receipt)
    if entry.phase is not Phase.REFUSAL:
        raise _receipt_refusal(f"expected an entry of phase refusal, found {entry.phase}")
    _require_question(entry, request_id, request_hash)
    if entry.text("reason_code") != reason.value:
        raise _receipt_refusal(f"expected the reason {reason}, found another in the entry")


def _require_question(entry: Entry, request_id: str, request_hash: bytes) -> None:
    if entry.exchange_id != request_id:
        raise _receipt_refusal("the entry is of another exchange")
    if entry.text("request_hash") != request_hash.hex():
        raise _receipt_refusal("the entry commits to another question")


def _receipt_refusal(detail: str) -> Refusal:
    return Refusal(Reason.PEER_RECEIPT_INVALID, detail)
