"""Checks a history statement: that its entries are all that bear a token in the log under its checkpoint.

Pure. Nothing that the asked node says is believed, but for the tokens (`statement.Claim.tokens`), which nobody without
its keys can make. The steps:

1 the seals cover the log from its first entry, or from one that has left for an archive, to the tail, without a gap
2 each segment that names one of the months proves, under the root of its seal, which entries bear that month's token
3 each entry of the tail is looked through
4 each entry that was so found is shown, bears the token, and nothing else is shown but seals, the tail and the acts
5 all entries that are shown, the seals among them, lead to the root of the checkpoint
6 the act by which the history was asked for stands among them, with the number that the asker drew for it: so the
  checkpoint is not older than the question; it commits to tokens, months and withheld scenes, so that nobody can make
  a file about others of them

Whether anybody whom the reader trusts has signed the checkpoint, `standing_of_note` says. That a seal has the root of
its segment's pairs, every verification of the log finds out: who seals falsely has signed his fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit.entries.entry import Entry, EntryInvalid, Phase
from gateway.audit.entries.references import reference_department, tokens_of
from gateway.audit.entries.seals import Segment, read_seal
from gateway.audit.review.statement import (
    MAX_FOUND,
    MAX_SEGMENTS,
    MAX_TAIL,
    NONE,
    Claim,
    SegmentPart,
    StatementInvalid,
    commit_question,
    decode_claim,
    decode_segment,
)
from gateway.audit.review.statement_entries import ProvenEntry, ShownEntries, bears, take_line
from gateway.audit.tlog.note import Checkpoint, NoteInvalid, parse_checkpoint, parse_note
from gateway.audit.tlog.pairs import Kind, verify
from gateway.audit.tlog.proofs import ProofInvalid

ASKED: Final = {
    Kind.SUBJECT: "subject_history",
    Kind.OPERATOR: "official_history",
    Kind.DEPARTMENT: "department_history",
}
"""The act by which a history is asked for."""
RETAIN: Final = "retain"
"""The act by which entries leave for an archive."""
_RETAINED: Final = re.compile(r"[0-9]{1,19}-([0-9]{1,19}) ")


@dataclass(frozen=True, slots=True)
class History:
    """The content of a statement that holds under its checkpoint.

    Attributes:
        claim: what was claimed.
        checkpoint: the tree under which it holds.
        found: the entries that bear a token, in order.
        unseen: indexes of further ones, whose bytes are in an archive.
        archived_months: the months of which entries may be in archives that were not searched.
        sealed: how many entries the seals cover; those after it were read.
        segments: how many proofs of segments were checked.
        act: the act by which it was asked for, where there is one.
        begins: the first month of which the log names anybody; empty where entries have left for an archive.
    """

    claim: Claim
    checkpoint: Checkpoint
    found: tuple[ProvenEntry, ...]
    unseen: tuple[int, ...]
    archived_months: tuple[str, ...]
    sealed: int
    segments: int
    act: Entry | None
    begins: str = ""

    @property
    def before_log(self) -> tuple[str, ...]:
        """The months of those without a key that lie before the first of the log: nothing can have been lost there."""
        return tuple(month for month in self.claim.lost if month < self.begins)

    @property
    def months(self) -> tuple[str, ...]:
        """The months that are answered in full."""
        return tuple(month for month in sorted(self.claim.tokens) if month not in self.archived_months)

    @property
    def names_whose(self) -> bool:
        """Whether it is shown whose the tokens are: a department's is made of its code, an act binds those of others.

        The act says for whom the node was asked; whose the tokens of a person or an official are stays its word.
        """
        return self.act is not None or self.claim.kind is Kind.DEPARTMENT

    @property
    def complete(self) -> bool:
        """Whether these are all entries of all months that were asked for."""
        return not (self.claim.lost or self.archived_months or self.unseen)


def check_statement(lines: Iterable[bytes], challenge: bytes = b"") -> History:
    """Return what a statement proves under its own checkpoint.

    Args:
        lines: the statement's lines, without their newlines; read once, in order.
        challenge: the number that the asker drew, 16 bytes; empty for a statement that was kept.

    Raises:
        StatementInvalid: it does not prove what it claims.
    """
    given = iter(lines)
    claim = decode_claim(take_line(given))
    try:
        checkpoint = parse_checkpoint(parse_note(claim.checkpoint).text)
    except NoteInvalid as error:
        raise StatementInvalid(f"the checkpoint cannot be read: {error}") from error
    _check_claim(claim, checkpoint)
    parts = [decode_segment(take_line(given)) for _ in range(claim.segments)]
    entries = ShownEntries(claim, checkpoint, {part.seal for part in parts} | {claim.act, claim.retained})
    entries.read(given)
    segments = _check_segments(claim, parts, entries.kept)
    sealed = {index for one in segments for index in one.found}
    unseen = {index for index in sealed if index < claim.archived and index not in entries.kept}
    found = (sealed - unseen) | entries.named
    _check_shown(claim, entries, found)
    entries.require_root()
    act = _check_act(claim, entries.kept, challenge)
    return History(
        claim,
        checkpoint,
        tuple(entries.kept[index] for index in sorted(found)),
        tuple(sorted(unseen)),
        _list_archived(claim, segments, unseen),
        claim.tail,
        sum(len(part.proofs) for part in parts),
        act,
        _find_first_month(claim, segments, entries),
    )


def _find_first_month(claim: Claim, segments: Sequence[_Segment], entries: ShownEntries) -> str:
    if claim.archived:
        return ""
    named = {month for one in segments for month in one.months}
    return min(named | ({entries.first_month} - {""}), default="")


def check_kept(lines: Iterable[bytes]) -> History:
    """Check a statement from a file, whoever had it meanwhile: that of a person has the act by which it was asked for.

    Raises:
        StatementInvalid: it does not prove what it claims, or anybody could have made it about anybody.
    """
    history = check_statement(lines)
    if history.claim.kind is Kind.SUBJECT and history.act is None:
        raise StatementInvalid("expected the act by which this was asked for, found none")
    return history


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: whose history, of which months, and the number that the asker drew for it."""

    kind: Kind
    months: Sequence[str]
    challenge: bytes
    name: str = ""


def check_reply(lines: Iterable[bytes], question: Question) -> History:
    """Return what a statement proves that came as the answer to a question.

    Raises:
        StatementInvalid: it does not prove what it claims, or answers another question.
    """
    history = check_statement(lines, question.challenge)
    claim = history.claim
    if (claim.kind, claim.name) != (question.kind, question.name):
        raise StatementInvalid("expected the history of whom was asked about, found another")
    if {*claim.tokens, *claim.lost} != set(question.months):
        raise StatementInvalid("expected the months that were asked for, found others")
    return history


def _check_claim(claim: Claim, checkpoint: Checkpoint) -> None:
    if checkpoint.origin != claim.origin:
        raise StatementInvalid("expected a checkpoint of the log that is named, found one of another log")
    if (not claim.tokens and not claim.lost) or claim.tokens.keys() & set(claim.lost):
        raise StatementInvalid("expected months, each with its token or lost")
    if claim.segments > MAX_SEGMENTS or not claim.tail <= checkpoint.size <= claim.tail + MAX_TAIL:
        raise StatementInvalid(f"expected at most {MAX_SEGMENTS} segments and {MAX_TAIL} entries after them")
    if claim.kind is Kind.DEPARTMENT:
        if set(claim.tokens.values()) != {reference_department(claim.name)}:
            raise StatementInvalid("expected the department's own token, found another")
    elif claim.name:
        raise StatementInvalid("expected no name but that of a department")
    at = -1
    after = before = 0
    for start, end in claim.ranges:
        if not at < start < end <= checkpoint.size:  # ranges that touch would be one
            raise StatementInvalid("expected ranges in order, apart and under the checkpoint")
        at, inside = end, max(0, end - max(start, claim.tail))
        after, before = after + inside, before + end - start - inside
    if after != checkpoint.size - claim.tail:
        raise StatementInvalid("expected every entry after the last seal: entries are left out")
    if before > MAX_FOUND + claim.segments + 2:
        raise StatementInvalid(f"expected at most {MAX_FOUND} entries that bear the token, found more")
    if bool(claim.archived) != (claim.retained != NONE):
        raise StatementInvalid("expected an act of retention where entries are archived, and only there")


@dataclass(frozen=True, slots=True)
class _Segment:
    """A sealed segment: where it begins, the months that it names, whether it was searched, and what was found."""

    first: int
    months: frozenset[str]
    searched: bool
    found: frozenset[int]


def _check_segments(claim: Claim, parts: list[SegmentPart], kept: Mapping[int, ProvenEntry]) -> list[_Segment]:
    """Steps 1 and 2."""
    segments: list[_Segment] = []
    at: int | None = None
    for part in parts:
        seal = _read_seal(kept, part.seal)
        if at not in (None, seal.first):
            raise StatementInvalid(f"the seal {part.seal} does not follow the one before: entries are left out")
        found = _prove(claim, part, seal)
        segments.append(_Segment(seal.first, frozenset(seal.months), not part.archived, found))
        at = seal.end
    begin = segments[0].first if segments else claim.tail
    if begin > claim.archived or at not in (None, claim.tail):
        raise StatementInvalid("the seals do not cover the log up to its tail: entries are left out")
    if claim.archived:
        act = _act(kept, claim.retained, {RETAIN}, "retention")
        if not covers(act, claim.archived) or claim.tail < claim.archived:
            raise StatementInvalid(f"no recorded run of retention covers {claim.archived} archived entries")
    return segments


def covers(act: Entry, archived: int) -> bool:
    """Tell whether an act of retention covers so many entries, from the first on."""
    found = _RETAINED.match(act.text("subject"))
    return found is not None and archived <= int(found[1])


def _read_seal(kept: Mapping[int, ProvenEntry], index: int) -> Segment:
    shown = kept.get(index)
    if shown is None:
        raise StatementInvalid(f"expected a seal at {index}, found none")
    try:
        return read_seal(shown.entry, index)
    except EntryInvalid as error:
        raise StatementInvalid(f"the entry {index} is no seal: {error}") from error


def _prove(claim: Claim, part: SegmentPart, seal: Segment) -> frozenset[int]:
    """Return the entries of a segment that bear a token."""
    needed = set(seal.months) & claim.tokens.keys()
    if part.archived:
        if seal.end > claim.archived or part.proofs:
            raise StatementInvalid(f"the segment of the seal {part.seal} is not archived")
        return frozenset()
    if part.proofs.keys() != needed:
        raise StatementInvalid(f"expected a proof for each month that the seal {part.seal} names")
    found: set[int] = set()
    for month in sorted(needed):
        try:
            found.update(verify(part.proofs[month], seal.root, seal.pairs, claim.kind, claim.tokens[month]))
        except ProofInvalid as error:
            raise StatementInvalid(f"the proof of {month} under the seal {part.seal} does not hold: {error}") from error
    if any(not seal.first <= index < seal.end for index in found):
        raise StatementInvalid(f"the seal {part.seal} names an entry beyond its segment")
    return frozenset(found)


def _act(kept: Mapping[int, ProvenEntry], index: int, actions: Iterable[str], what: str) -> Entry:
    """Return an act that the statement shows."""
    shown = kept.get(index)
    if shown is None or shown.entry.phase is not Phase.ADMIN or shown.entry.text("action") not in actions:
        raise StatementInvalid(f"expected an act of {what} at {index}, found none")
    return shown.entry


def _check_shown(claim: Claim, entries: ShownEntries, found: set[int]) -> None:
    """Step 4: what is shown is what was found, whole, and nothing beside."""
    wanted = frozenset(claim.tokens.values())
    for index in sorted(found):
        shown = entries.kept.get(index)
        if shown is None:
            raise StatementInvalid(f"the entry {index} bears the token and is left out")
        if not bears(index, shown.octets, claim.kind, wanted):
            raise StatementInvalid(f"the entry {index} does not bear the token")
    for index in entries.kept.keys() - found - entries.acts:
        raise StatementInvalid(f"the entry {index} is shown and nothing proves that it belongs here")


def _check_act(claim: Claim, kept: Mapping[int, ProvenEntry], challenge: bytes) -> Entry | None:
    """Step 6, and that the act bears the person's own token."""
    if claim.act == NONE:
        if challenge:
            raise StatementInvalid("expected the act by which this was asked for, found none")
        if claim.withheld_scenes:
            raise StatementInvalid("expected no withheld scenes without an act that commits to them")
        return None
    act = _act(kept, claim.act, {ASKED[claim.kind]}, "the question")
    if challenge and act.text("trace_id") != challenge.hex():
        raise StatementInvalid("the act is not of this question: the checkpoint may be an old one")
    if claim.kind is Kind.SUBJECT:
        stated = claim.tokens.get(act.text("key_epoch"))  # none where the act's own month was not asked for
        tokens = tokens_of(act)
        if len(tokens) != 1 or (stated is not None and tokens != {stated}):
            raise StatementInvalid("the act names another person than the statement does")
    asked = commit_question(claim.nonce, claim.kind, claim.name, claim.tokens, claim.lost, claim.withheld_scenes)
    if act.text("request_hash") != asked:
        raise StatementInvalid("the act is of another question: other months, tokens or withheld scenes")
    return act


def _list_archived(claim: Claim, segments: list[_Segment], unseen: set[int]) -> tuple[str, ...]:
    """Return the months that were asked for and may have entries in archives that were not searched."""
    if not claim.archived:
        return ()
    named: set[str] = set()
    for one in segments:
        if not one.searched or unseen & one.found:
            named |= one.months
    if not segments or segments[0].first:
        # What lies before the first segment is named by no seal that is shown; it was written no later than that.
        oldest = min((month for one in segments for month in one.months), default="9999-99")
        named |= {month for month in claim.tokens if month <= oldest}
    return tuple(sorted(named & claim.tokens.keys()))
