"""A log in memory as a node and a witness show it, and every way in which they may lie, fail or fall silent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.audit.entries.entry import Result
from gateway.audit.entries.writing import encode_act
from gateway.audit.tlog.note import COSIGNATURE, Checkpoint, NoteSigner, checkpoint_text, sign_note
from gateway.audit.tlog.policy import Policy
from gateway.audit.tlog.proofs import consistency_path, inclusion_path
from gateway.audit.tlog.tree import leaf_hash, root_of
from gateway.monitor.alarms import RaisedAlarm, WatchAlarm
from gateway.monitor.clock import Clock
from gateway.monitor.follower import Follower, Limits
from gateway.monitor.record import RecordFile
from gateway.monitor.sources import ShownEntry
from tests.audit.cosigning import WitnessKey
from tests.audit.logs import BOOK, PROVIDER, Verifying
from tests.audit.signing import LogKey

NOW_S = 1_795_500_000
ONE, TWO = (WitnessKey(f"witness.{name}.example", COSIGNATURE, at) for at, name in enumerate(("one", "two"), 3))


def act(action: str, subject: str, time_s: int = NOW_S) -> bytes:
    """The entry of an act."""
    return encode_act(
        BOOK,
        action=action,
        subject=subject,
        result=Result.PERMIT,
        event_id="01980000-0000-7000-8000-00000000000f",
        time_us=time_s * 1_000_000,
    ).octets


@dataclass
class MemoryLog:
    """A log that grows in memory, and is shown as a node shows it. `fault` is raised by the next calls."""

    entries_held: list[bytes] = field(default_factory=list)
    key: NoteSigner = PROVIDER
    fault: Exception | None = None
    shown: bytes = b""
    asked: list[str] = field(default_factory=list)
    change: Callable[[list[bytes]], list[bytes]] = lambda entries: entries

    def grow(self, count: int, of: str = "entry") -> None:
        """Append entries."""
        start = len(self.entries_held)
        self.entries_held += [f"{of} {start + one}".encode() for one in range(count)]

    def _node(self, level: int, number: int) -> bytes:
        return root_of(self.leaves(len(self.entries_held))[number << level : (number + 1) << level])

    def leaves(self, size: int) -> list[bytes]:
        """The leaf hashes of a tree."""
        return [leaf_hash(entry) for entry in self.entries_held[:size]]

    def text(self, size: int | None = None) -> bytes:
        """The text of the checkpoint of a size."""
        count = len(self.entries_held) if size is None else size
        return checkpoint_text(Checkpoint(self.key.name, count, root_of(self.leaves(count))))

    def note(self, size: int | None = None, *cosigners: NoteSigner) -> bytes:
        """The note of a size, cosigned."""
        return sign_note(self.text(size), (self.key, *cosigners))

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.fault is not None:
            raise self.fault

    async def checkpoint(self) -> bytes:
        """The newest note, or what a test has it show."""
        self._ask("checkpoint")
        return self.shown or self.note()

    async def prove(self, old: int, new: int) -> tuple[bytes, ...]:
        """A proof over the tree that it holds."""
        self._ask(f"prove {old}-{new}")
        return consistency_path(old, new, self._node)

    async def entries(self, start: int, end: int) -> list[bytes]:
        """A range, as a test has it changed."""
        self._ask(f"entries {start}-{end}")
        return self.change(self.entries_held[start:end])

    async def entry(self, index: int) -> ShownEntry:
        """One entry under the newest checkpoint."""
        self._ask(f"entry {index}")
        path = inclusion_path(index, len(self.entries_held), self._node)
        return ShownEntry(self.entries_held[index], path, self.note())


@dataclass
class MemoryWitness:
    """A witness that shows the note that it was given last. `fault` is raised in its place."""

    shown: bytes = b""
    fault: Exception | None = None

    async def note(self, origin: str) -> bytes:
        """What it cosigned last."""
        if self.fault is not None:
            raise self.fault
        return self.shown


class Bench:
    """A follower of a log in memory, with a clock that a test turns, and what was reported."""

    def __init__(
        self,
        directory: Path,
        *,
        key: LogKey = PROVIDER,
        policy: Policy | None = None,
        limits: Limits = Limits(45, 45, 45),  # noqa: B008 - frozen
    ) -> None:
        self.directory = directory
        self.now_s = NOW_S
        self.stepped_s = 0
        self.told: list[tuple[WatchAlarm, str, bool]] = []
        self.alarms: list[RaisedAlarm] = []
        self.log = MemoryLog()
        self.one, self.two = MemoryWitness(), MemoryWitness()
        self._key, self._policy, self._limits = key, policy, limits
        self.follower = self.open()

    def open(self) -> Follower:
        """Open a follower over what is on disk."""
        self.directory.mkdir(exist_ok=True)
        keys = [Verifying(self._key)]
        self.follower = Follower(
            self._key.name, keys, {ONE.name: [ONE.verifier], TWO.name: [TWO.verifier]}, self._policy,
            RecordFile(self.directory, self._key.name, keys), self.directory / "evidence", self._limits,
            Clock(lambda: self.now_s, lambda: self.now_s - self.stepped_s), self._report,
        )  # fmt: skip
        return self.follower

    def _report(self, origin: str, alarm: RaisedAlarm, begins: bool) -> None:
        self.told.append((alarm.alarm, alarm.subject, begins))
        self.alarms.append(alarm)

    def step(self, seconds: int) -> None:
        """Step the clock: no time passes."""
        self.now_s += seconds
        self.stepped_s += seconds

    def cosign(self, size: int | None = None, *, of: MemoryLog | None = None) -> None:
        """Have both witnesses cosign the log, or another one."""
        log = of or self.log
        self.one.shown = log.note(size, ONE.at(self.now_s))
        self.two.shown = log.note(size, TWO.at(self.now_s))

    async def visit(self, seconds: int = 15) -> list[tuple[WatchAlarm, str, bool]]:
        """Turn the clock, ask both witnesses and the node; return what was reported."""
        self.now_s += seconds
        before = len(self.told)
        await self.follower.visit_witness(ONE.name, self.one)
        await self.follower.visit_witness(TWO.name, self.two)
        await self.follower.visit_node(self.log)
        return self.told[before:]

    async def turn(self, count: int = 3, seconds: int = 15) -> list[tuple[WatchAlarm, str, bool]]:
        """Let the log grow, be cosigned and be visited."""
        self.log.grow(count)
        self.cosign()
        return await self.visit(seconds)

    def raised(self) -> list[tuple[WatchAlarm, str]]:
        """The alarms that are raised now."""
        return [(one.alarm, one.subject) for one in self.follower.alarms.list_raised()]

    def evidence(self) -> Sequence[Path]:
        """The files of evidence."""
        place = self.directory / "evidence"
        return sorted(place.iterdir()) if place.exists() else []
