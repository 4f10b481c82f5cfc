"""Follows one log: holds what its node shows to what it showed before and to what witnesses cosigned.

 1 note       the node's newest checkpoint: of this log, signed by it
 2 notes      against every note that is known: none smaller than what was shown, no second root for a size
 3 entries    the new ones, hashed, under that checkpoint; where they do not fit, the node proves growth or forked
 4 witnesses  what each cosigned is found in the log: in passing, or by a proof
 5 acts       retention and destruction, held to the time of a witness and of this machine
 6 remember   on disk, then the next visit

Node and witnesses are asked side by side, each at its own pace: `visit_node` judges the notes of witnesses that came
before it asked, since a log must have at least what a witness cosigned before. No clock of its own: one is given, and
what is counted by it is moved along where it was stepped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.audit.tlog.cosigned import NoteFault, NoteUnproven, ProvenNote, open_cosigned, open_signed
from gateway.audit.tlog.note import NoteVerifier, parse_checkpoint, parse_note
from gateway.audit.tlog.policy import Policy
from gateway.audit.tlog.proofs import ProofInvalid, verify_consistency
from gateway.audit.tlog.tree import Tree, leaf_hash
from gateway.monitor.acts import hold_to_witness, judge_acts
from gateway.monitor.alarms import TABLE, RaisedAlarm, RaisedAlarms, WatchAlarm
from gateway.monitor.clock import Clock, RecordTime
from gateway.monitor.reading import Unproven, frontier_of, prove_entry, read_piece
from gateway.monitor.record import MAX_ACTS, LogRecord, RecordFile, SeenAct, Waiting
from gateway.monitor.sources import AccessRefused, NodeSource, NothingShown, WitnessSource
from gateway.witness.evidence import write_pair
from gateway.witness.submission import Unreachable

NODE: Final = "node"
"""The subject of an alarm about the node."""
QUORUM: Final = "quorum"
RECORD: Final = "record"
ENTRIES: Final = "entries"
"""The subject of an alarm about what the node must show beside its checkpoint."""
PIECES: Final = 24
VISIT_S: Final = 20
"""Pieces of one visit, and the seconds after which none is begun: a log that is far ahead, or whose node is slow, is
caught up with over several visits, and looked at in between."""
MOST_EVIDENCE: Final = 256
"""Files of evidence; what contradicts later adds little to these."""
_FAULTS: Final = {
    NoteFault.MALFORMED: WatchAlarm.SIGNATURE_INVALID,
    NoteFault.BAD_SIGNATURE: WatchAlarm.SIGNATURE_INVALID,
    NoteFault.WRONG_ORIGIN: WatchAlarm.ORIGIN_WRONG,
    NoteFault.UNKNOWN_WITNESS: WatchAlarm.WITNESS_UNKNOWN,
    NoteFault.NOT_COSIGNED: WatchAlarm.COSIGNATURE_MISSING,
}
_OF_NOTES: Final = tuple(dict.fromkeys(_FAULTS.values()))


@dataclass(frozen=True, slots=True)
class Limits:
    """After how many seconds it is an alarm that nobody answers, that a log does not grow, that a witness lags.

    `pauses` says whether the time between two runs counts: so it does where each visit is a run.
    """

    silence_s: float
    still_s: float
    lag_s: float
    pauses: bool = False


class Contradiction(Exception):
    """A node showed what contradicts what is known; `alarm` says how, `notes` are the evidence."""

    def __init__(self, alarm: WatchAlarm, why: str, *notes: bytes) -> None:
        super().__init__(why)
        self.alarm = alarm
        self.notes = notes


class Follower:
    """One log. The event loop owns its record; one visit of the node runs at a time."""

    def __init__(
        self,
        origin: str,
        log: Sequence[NoteVerifier],
        witnesses: Mapping[str, Sequence[NoteVerifier]],
        policy: Policy | None,
        file: RecordFile,
        evidence: Path,
        limits: Limits,
        clock: Clock,
        report: Callable[[str, RaisedAlarm, bool], None],
    ) -> None:
        """`witnesses` are the keys by name; `report` gets each alarm when it begins (True) and ends (False).

        Raises:
            RecordRefused: the record on disk cannot be used.
        """
        self.origin = origin
        self._log = tuple(log)
        self._witnesses = {name: tuple(keys) for name, keys in witnesses.items()}
        self._policy = policy
        self._file = file
        self._evidence = evidence
        self._limits = limits
        self._shown_size = 0
        self.record: LogRecord = file.load()
        self.alarms = RaisedAlarms(lambda alarm, begins: report(origin, alarm, begins), self.record.raised)
        self._saving = asyncio.Lock()
        self._time = RecordTime(clock, self.record, self.alarms, pauses=limits.pauses)

    def clock_s(self) -> int:
        """Return this machine's seconds since 1970; where its clock was stepped, the times of the record go along."""
        return self._time.read()

    @property
    def witnesses(self) -> tuple[str, ...]:
        """The names of the witnesses."""
        return tuple(self._witnesses)

    def _opened(self) -> ProvenNote:
        return open_signed(self.record.note, self.origin, self._log)

    def witnessed_size(self, name: str) -> int:
        """Return how many entries a witness is known to have cosigned."""
        note = self.record.witnessed.get(name)
        return parse_checkpoint(parse_note(note).text).size if note else 0

    async def visit_witness(self, name: str, source: WitnessSource) -> None:
        """Ask one witness, and take what it shows; alarms follow."""
        try:
            note = await source.note(self.origin)
            found = open_cosigned(note, self.origin, self._log, self._witnesses[name])
        except (Unreachable, AccessRefused, NothingShown) as error:
            self._miss(name, WatchAlarm.WITNESS_SILENT, error)
        except NoteUnproven as error:
            self._answered(name, WatchAlarm.WITNESS_SILENT)
            self._blame_note(name, error)
        else:
            self._answered(name, WatchAlarm.WITNESS_SILENT)
            self.alarms.clear(name, *_OF_NOTES)
            self._take_witnessed(name, found)
        await self._remember()

    async def visit_node(self, source: NodeSource) -> None:
        """Ask the node, and hold what it shows to all that is known; alarms follow."""
        before = [open_signed(note, self.origin, self._log) for note in self.record.unproven]
        missing = (NODE, WatchAlarm.NODE_SILENT)
        try:
            note = await source.checkpoint()
            new = open_signed(note, self.origin, self._log)
            self._answered(NODE, WatchAlarm.NODE_SILENT)
            missing = (ENTRIES, WatchAlarm.ENTRIES_WITHHELD)
            self.alarms.clear(NODE, *_OF_NOTES)
            self._compare(new, before)
            self._take_growth(new.checkpoint.size)
            await self._advance(source, new, before)
            self.alarms.clear(NODE, WatchAlarm.LOG_ROLLED_BACK, WatchAlarm.ENTRIES_UNPROVEN)
            await self._judge_acts(source)
            self._answered(*missing)
        except (Unreachable, AccessRefused) as error:
            self._miss(*missing, error)
        except NoteUnproven as error:
            self._answered(NODE, WatchAlarm.NODE_SILENT)
            self._blame_note(NODE, error)
        except Contradiction as error:
            self._raise(error.alarm, NODE, str(error), *error.notes)
        except (Unproven, NothingShown) as error:
            self._raise(WatchAlarm.ENTRIES_UNPROVEN, NODE, str(error))
        self._look()
        await self._remember()

    def _compare(self, new: ProvenNote, before: Sequence[ProvenNote]) -> None:  # 2
        known = [self._opened()] if self.record.note else []
        for former in (*known, *before):
            old, now = former.checkpoint, new.checkpoint
            if now.size < old.size:
                why = f"{old.size} entries were signed before, and {now.size} are shown"
                raise Contradiction(WatchAlarm.LOG_ROLLED_BACK, why, former.note, new.note)
            if now.size == old.size and now.root != old.root:
                why = f"two roots were signed for {now.size} entries"
                raise Contradiction(WatchAlarm.LOG_FORKED, why, former.note, new.note)

    def _take_growth(self, size: int) -> None:
        last = self.record.checkpoint
        if size > max(self._shown_size, last.size if last is not None else 0) or not self.record.grown_s:
            self._shown_size, self.record.grown_s = size, self.clock_s()

    async def _advance(self, source: NodeSource, new: ProvenNote, before: Sequence[ProvenNote]) -> None:  # 3
        record, now_s = self.record, self.clock_s()
        last = record.checkpoint
        if last is None:
            await self._begin(source, new)
            last = new.checkpoint
        elif record.read_size < last.size < new.checkpoint.size:
            await self._prove_growth(source, self._opened(), new)
        found: list[ProvenNote] = []
        for _ in range(PIECES):
            if record.read_size >= new.checkpoint.size or self.clock_s() - now_s >= VISIT_S:
                break
            found += await self._read_piece(source, new, before)
        for witnessed in before:  # 4
            if witnessed not in found:
                await self._prove_growth(source, witnessed, new)
        record.unproven = [note for note in record.unproven if all(note != one.note for one in before)]
        # Everything before is held by what the node shows now: only here does the new note take the older one's place.
        record.note = new.note
        record.add_mark(now_s, new.checkpoint.size)
        for name in self._witnesses:
            if self.witnessed_size(name) < new.checkpoint.size:
                record.waiting.setdefault(name, Waiting(self.clock_s(), new.checkpoint.size))

    async def _read_piece(self, source: NodeSource, new: ProvenNote, before: Sequence[ProvenNote]) -> list[ProvenNote]:
        """Read on, and return the notes of witnesses that were found on the way."""
        record = self.record
        notes = {one.checkpoint.size: one for one in before}
        last = record.checkpoint
        if last is not None and last.size > record.read_size:
            notes.setdefault(last.size, self._opened())
        known = {size: one.checkpoint.root for size, one in notes.items()}
        try:
            piece = await read_piece(source, record.read_size, record.frontier, new.checkpoint, known)
        except Unproven as error:
            await self._find_fork(source, notes, new)
            raise error
        start = record.read_size
        record.read_size, record.frontier = piece.size, piece.frontier
        record.acts += [SeenAct(index, action, subject, self.clock_s()) for index, action, subject in piece.acts]
        try:
            await self._judge_acts(source)
        finally:
            if beyond := record.drop_acts():
                why = f"{len(beyond)} acts beyond {MAX_ACTS}, from the entry {beyond[0].index} on"
                self.alarms.set(WatchAlarm.ACTS_UNJUDGED, NODE, why, self.clock_s())
        return [one for size, one in notes.items() if start < size <= piece.size]

    async def _find_fork(self, source: NodeSource, notes: Mapping[int, ProvenNote], new: ProvenNote) -> None:
        """Entries do not lead to the root: raise Contradiction where the node cannot prove that it only grew either."""
        known = [self._opened()] if self.record.note else []
        for former in (*known, *notes.values()):
            await self._prove_growth(source, former, new)

    async def _prove_growth(self, source: NodeSource, former: ProvenNote, new: ProvenNote) -> None:
        old, now = former.checkpoint, new.checkpoint
        if not old.size or old == now:
            return
        try:
            path = await source.prove(old.size, now.size) if old.size < now.size else ()
            verify_consistency(old.size, now.size, path, old.root, now.root)
        except (ProofInvalid, NothingShown) as error:
            why = f"the tree of {now.size} entries is not shown to hold that of {old.size}: {error}"
            raise Contradiction(WatchAlarm.LOG_FORKED, why, former.note, new.note) from error

    async def _begin(self, source: NodeSource, new: ProvenNote) -> None:
        """Take up a log that was never followed: the frontier comes with the proof of the newest entry."""
        size = new.checkpoint.size
        if not size:
            return
        shown = await source.entry(size - 1)
        under = open_signed(shown.note, self.origin, self._log).checkpoint
        prove_entry(size - 1, shown.octets, shown.path, under)
        tree = Tree(size - 1, frontier_of(size - 1, under.size, shown.path))
        tree.extend([leaf_hash(shown.octets)])
        if tree.root() != new.checkpoint.root:
            why = f"the tree of {under.size} entries is not shown to hold that of {size}"
            raise Contradiction(WatchAlarm.LOG_FORKED, why, new.note, shown.note)
        self.record.read_size, self.record.frontier = size, tuple(tree.frontier())

    def _take_witnessed(self, name: str, found: ProvenNote) -> None:
        record, size = self.record, found.checkpoint.size
        former = record.witnessed.get(name)
        if former is not None:
            old = parse_checkpoint(parse_note(former).text)
            if size < old.size:
                why = f"it has cosigned {old.size} entries, and shows {size}"
                self._raise(WatchAlarm.WITNESS_ROLLED_BACK, name, why, former, found.note)
                return
        self.alarms.clear(name, WatchAlarm.WITNESS_ROLLED_BACK)
        for known in filter(None, (record.note, *record.witnessed.values(), *record.unproven)):
            seen = parse_checkpoint(parse_note(known).text)
            if seen.size == size and seen.root != found.checkpoint.root:
                why = f"two roots were signed for {size} entries"
                self._raise(WatchAlarm.LOG_FORKED, name, why, known, found.note)
                return
        last = record.checkpoint
        if former is None or size > parse_checkpoint(parse_note(former).text).size:
            record.witnessed[name] = found.note
            if last is None or found.checkpoint != last:
                record.add_unproven(found.note)
        hold_to_witness(record, found)
        waits = record.waiting.get(name)
        if waits is not None and size >= waits.size:
            del record.waiting[name]
            if last is not None and size < last.size:
                record.waiting[name] = Waiting(self.clock_s(), last.size)

    async def _judge_acts(self, source: NodeSource) -> None:  # 5
        began_s = self.clock_s()
        async for act in judge_acts(
            self.record,
            source,
            lambda: max(map(self.witnessed_size, self._witnesses), default=0),
            lambda note: open_signed(note, self.origin, self._log).checkpoint,
            lambda: self.clock_s() - began_s >= VISIT_S,
        ):
            what = f"{act.action} {act.subject[:80]}"
            self.alarms.set(WatchAlarm.DESTROYED_EARLY, f"entry {act.index}", what, self.clock_s())

    def _look(self) -> None:
        """Look at what waits and at who keeps up; alarms follow."""
        self._time.look()
        now_s, record = self.clock_s(), self.record
        behind = set()
        for name in self._witnesses:
            waits = record.waiting.get(name)
            late = waits is not None and now_s - waits.since_s >= self._limits.lag_s
            silent = not self.alarms.begins(WatchAlarm.WITNESS_SILENT, name)
            if late or silent:
                behind.add(name)
            if late and waits is not None and not silent:
                why = f"{waits.size} entries since {now_s - waits.since_s} s, {self.witnessed_size(name)} cosigned"
                self.alarms.set(WatchAlarm.WITNESS_LAG, name, why, now_s)
            else:
                self.alarms.clear(name, WatchAlarm.WITNESS_LAG)
        self._look_at_quorum(behind)
        answers = self.alarms.begins(WatchAlarm.NODE_SILENT, NODE)
        if answers and record.grown_s and now_s - record.grown_s > self._limits.still_s:
            self.alarms.set(WatchAlarm.LOG_STILL, NODE, f"since {now_s - record.grown_s} s", now_s)
        else:
            self.alarms.clear(NODE, WatchAlarm.LOG_STILL)

    def _look_at_quorum(self, behind: set[str]) -> None:
        if self._policy is None:
            return
        named = {name: one.verifier.name for name, one in self._policy.witnesses.items()}
        keeping = {name for name, witness in named.items() if witness in self._witnesses and witness not in behind}
        if self._policy.satisfied(keeping):
            self.alarms.clear(QUORUM, WatchAlarm.QUORUM_MISSING)
        else:
            why = f"{self._policy.quorum}: {', '.join(sorted(behind)) or 'none'}"
            self.alarms.set(WatchAlarm.QUORUM_MISSING, QUORUM, why, self.clock_s())

    def look_at_certificate(self, ends_in_s: float, limit_s: float, fault: str) -> None:
        """Take how long the monitor's certificate still holds, and why new files of it were not taken."""
        if fault or ends_in_s < limit_s:
            why = fault or f"in {max(ends_in_s, 0) / 86_400:.1f} d"
            self.alarms.set(WatchAlarm.CERTIFICATE_ENDS, NODE, why, self.clock_s())
        else:
            self.alarms.clear(NODE, WatchAlarm.CERTIFICATE_ENDS)

    def _answered(self, subject: str, silence: WatchAlarm) -> None:
        self.record.answered[subject] = self.clock_s()
        self.alarms.clear(subject, silence, WatchAlarm.ACCESS_REFUSED)

    def _miss(self, subject: str, silence: WatchAlarm, error: Exception) -> None:
        """Somebody gave no note: a refusal is told at once, silence after its time."""
        now_s = self.clock_s()
        if isinstance(error, AccessRefused):
            self.alarms.set(WatchAlarm.ACCESS_REFUSED, subject, str(error), now_s)
            return
        since_s = self.record.answered.setdefault(subject, now_s)
        if now_s - since_s >= self._limits.silence_s:
            self.alarms.set(silence, subject, str(error), now_s)

    def _blame_note(self, subject: str, error: NoteUnproven) -> None:
        self.alarms.clear(subject, *(one for one in _OF_NOTES if one is not _FAULTS[error.fault]))
        self.alarms.set(_FAULTS[error.fault], subject, str(error), self.clock_s())

    def _raise(self, alarm: WatchAlarm, subject: str, why: str, *notes: bytes) -> None:
        """Raise an alarm with its evidence, which is on disk before it is told."""
        if not self.alarms.begins(alarm, subject):
            return
        evidence = self._keep_evidence(alarm, notes) if notes else ""
        self.alarms.set(alarm, subject, why, self.clock_s(), evidence)

    def _keep_evidence(self, alarm: WatchAlarm, notes: Sequence[bytes]) -> str:
        try:
            if self._evidence.is_dir() and sum(1 for _ in self._evidence.iterdir()) >= MOST_EVIDENCE:
                return ""
            said = TABLE[alarm]
            return str(write_pair(self._evidence, alarm.lower(), (said.zh, said.en), self.origin, notes))
        except OSError as error:
            self.alarms.set(WatchAlarm.RECORD_NOT_DURABLE, RECORD, str(error), self.clock_s())
            return ""

    async def _remember(self) -> None:  # 6
        async with self._saving:
            try:
                self.record.raised = self.alarms.list_raised()
                self.record.written_s = self.clock_s()
                await asyncio.to_thread(self._file.write, self._file.render(self.record))
            except OSError as error:
                why = f"{error.filename or ''} {error.strerror or error}".strip()
                self.alarms.set(WatchAlarm.RECORD_NOT_DURABLE, RECORD, why, self.clock_s())
            else:
                self.alarms.clear(RECORD, WatchAlarm.RECORD_NOT_DURABLE)
