"""Both halves of witnessing in a running node: what it cosigns for others, and who cosigns its own log.

Opened before the log, since the log tells it of every commit and checkpoint; begun with the log as it was found.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

import structlog

from gateway.assembly.build import MICROSECONDS, clock_us, peer_channel
from gateway.assembly.node_keys import NodeKeys
from gateway.assembly.quorum import Quorum, load_quorum
from gateway.assembly.tasks import Tasks
from gateway.assembly.trust import Trust
from gateway.audit.log import AuditLog
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.tlog.cosignature import Cosigner, cosigned_at
from gateway.audit.tlog.note import COSIGNATURE, SUBTREE, NoteVerifier, SignatureLine
from gateway.audit.tlog.submission import request_from
from gateway.audit.tlog.witness import Decision, Fork
from gateway.gatehouse.rates import RateLimits
from gateway.ground.alarms import Alarm, Alarms
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.witness.cosignatures import QUORUM, Cosignatures, Limit
from gateway.witness.cosigning import Cosigning, CosigningEvents, StoredCheckpoint
from gateway.witness.evidence import write_contradiction, write_fork
from gateway.witness.state import WitnessState
from gateway.witness.submission import Submission
from gateway.witness.witness import Witness, WitnessEvents
from keys.files import read_text
from keys.identity import Identity
from keys.signer import Signer

PER_SECOND: Final = 20
"""Requests to cosign that one node may send in a second; it needs one, and a few more after a restart."""
READINGS_PER_SECOND: Final = 1.0
"""Notes that one reviewer of another province may read in a second; a monitor reads one in twenty."""
READINGS_AT_ONCE: Final = 20
SETTLE_SECONDS: Final = 1.0
"""For how long a node that stops waits for its witnesses."""
REMEMBERED: Final = 64
"""Newest checkpoints that are looked through for what a witness has cosigned before."""


def clock_s() -> int:
    """Return this machine's clock in seconds since 1970."""
    return clock_us() // MICROSECONDS


def cosigners(pair: tuple[Signer, Signer]) -> tuple[Cosigner, Cosigner]:
    """Return a witness's keys as they cosign."""
    return Cosigner(pair[0], COSIGNATURE, clock_s), Cosigner(pair[1], SUBTREE, clock_s)


class Witnessing:
    """Both halves. `open` it, `begin` with the log, `run` until cancelled, `settle`, then `close`.

    All of it lives on the event loop; the proofs for witnesses alone are made in threads, by readers of their own.
    """

    def __init__(
        self, settings: Settings, keys: NodeKeys, trust: Callable[[], Trust], metrics: Metrics, alarms: Alarms
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._trust = trust
        self._metrics = metrics
        self._alarms = alarms
        self._lines = structlog.get_logger("witness")
        self._rates = RateLimits(PER_SECOND, 2 * PER_SECOND)
        self._readings = RateLimits(READINGS_PER_SECOND, READINGS_AT_ONCE)
        self._quorum: Quorum = load_quorum(
            settings, trust(), lambda peer: peer_channel(peer, keys, trust(), settings), lambda: keys.tls.certified
        )
        limits = settings.witness
        self.cosignatures = Cosignatures(
            names=frozenset(address.name for address in self._quorum.addresses),
            provinces=self._quorum.provinces,
            enough=self._quorum.enough,
            cross_province=Limit(limits.cross_province_seconds, limits.cross_province_entries),
            in_province=Limit(limits.in_province_seconds, limits.in_province_entries),
            clock=time.monotonic,
        )
        self._submissions = [Submission(address, self._prove) for address in self._quorum.addresses]
        events = CosigningEvents(
            cosigned=self._confirm, failed=self._ring_failure, contradicted=self._ring_contradiction
        )
        self.cosigning = Cosigning(self._submissions, self.cosignatures, self._add, events)
        self.confirmed = asyncio.Event()

    async def open(self) -> None:
        """Open what this node has witnessed.

        Raises:
            WitnessLost: it is absent or another's; the message says what to do.
        """
        vkeys = [key.verifier.vkey for key in self._keys.witness]
        self._state = await WitnessState.open(self._settings.witness_path, vkeys)
        try:
            await self._take_up_state()
        except BaseException:
            await self.close()
            raise

    async def _take_up_state(self) -> None:
        events = WitnessEvents(cosigned=self._count_witnessed, forked=self._ring_fork, forgotten=self._ring_forgotten)
        self.witness = Witness(self._state, cosigners(self._keys.witness), self._logs, clock_us, events)
        for fork in await self.witness.forks():
            self._ring_fork(fork)
        for seen in await self._state.list_witnessed():
            self._count_witnessed(seen.origin, seen.witnessed.size)

    def begin(self, log: AuditLog) -> None:
        """Take up the log as it was found, and what its witnesses are known to have cosigned."""
        self._log = log
        with LogReader(place_of(self._settings)) as reader:
            notes = [note for _, note in reader.newest_checkpoints(REMEMBERED)]
        for submission in self._submissions:
            submission.begin(notes)
        self._write_witness_keys()
        self.cosignatures.begin(log.size, {one.address.name: one.known for one in self._submissions})
        for name in (QUORUM, *self.cosignatures.names()):
            self._metrics.observe_witness_lag(
                name or "quorum", partial(self._lag_seconds, name), partial(self._lag_entries, name)
            )
        self._metrics.report_confirmed(False)

    def _write_witness_keys(self) -> None:
        """Leave the public keys of our witnesses beside the log; those of former ones stay, for what they cosigned."""
        path = self._settings.witnesses_vkey_path
        former = read_text(path).splitlines() if path.exists() else []
        vkeys = list(dict.fromkeys((*self._quorum.vkeys, *former)))
        beside = path.with_name(f".{path.name}.new")
        beside.write_text("".join(f"{vkey}\n" for vkey in vkeys), encoding="utf-8")
        beside.replace(path)

    def _lag_seconds(self, name: str) -> float:
        return self.cosignatures.lag(name).seconds

    def _lag_entries(self, name: str) -> float:
        return self.cosignatures.lag(name).entries

    async def run(self) -> None:
        """Have the log's checkpoints cosigned until cancelled."""
        await self._log.store_checkpoint()
        await self.cosigning.run()

    async def settle(self) -> None:
        """Have the last checkpoint cosigned before the end, where the witnesses answer at once."""
        await self._log.store_checkpoint()
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.cosigning.settle()

    async def close(self) -> None:
        """Close the ways to the witnesses, then the state; from then on nothing is cosigned."""
        await self.renew()
        await self._state.close()

    async def renew(self) -> None:
        """Dial the peers anew with the certificate in force."""
        for way in self._quorum.ways:
            await way.close()

    async def add_checkpoint(self, identity: Identity, body: bytes) -> Decision:
        """Answer the request of a peer's node, for its own log alone.

        Raises:
            Refusal: RATE_LIMITED when it asks too often.
        """
        self._rates.take(identity.uri, clock_us())
        origins = frozenset(verifier.name for verifier in self._trust().log_verifiers(identity.uri))
        return await self.witness.add_checkpoint(body, origins=origins)

    def read_time_s(self, reader: LogReader) -> int:
        """Return the log's witnessed time by the quorum in force, in seconds since 1970; 0 for none."""
        return self._quorum.read_time_s(reader)

    def origins(self) -> frozenset[str]:
        """Return the origins of the logs that this node witnesses."""
        return frozenset(self._logs())

    def count_reading(self, reviewer: Identity) -> frozenset[str]:
        """Return the origins about which a reviewer may ask, and count the reading where it is not one of ours.

        A reviewer of another province may read what was cosigned of the logs of that province, and nothing else.

        Raises:
            Refusal: RATE_LIMITED when such a reviewer asks too often.
        """
        if reviewer.province == self._settings.node.province:
            return self.origins()
        self._readings.take(reviewer.uri, clock_us())
        self._metrics.count_reading(reviewer.province)
        own = (peer.node for peer in self._settings.peers if peer.province == reviewer.province)
        verifiers = (self._trust().log_verifiers(node) for node in own)
        return frozenset(found[0].name for found in verifiers if found)

    def look(self) -> None:
        """Look at what waits for a cosignature; alarms follow."""
        limits = self._settings.witness
        cross = Limit(limits.cross_province_seconds, limits.cross_province_entries)
        for name in self.cosignatures.names():
            lag = self.cosignatures.lag(name)
            found = f"{lag.entries} 条，{lag.seconds:.0f} 秒 / {lag.entries} entries, {lag.seconds:.0f} s"
            self._alarms.set(Alarm.WITNESS_LAG, name, bool(lag.entries) and lag.beyond(cross), found)

    def _logs(self) -> Mapping[str, tuple[NoteVerifier, ...]]:
        trust = self._trust()
        logs = (trust.log_verifiers(peer.node) for peer in self._settings.peers)
        return {verifiers[0].name: verifiers for verifiers in logs if verifiers}

    def _province(self, origin: str) -> str:
        return origin[:6]

    def _prove(self, old: int, note: bytes) -> bytes:
        with LogReader(place_of(self._settings)) as reader:
            return request_from(old, note, reader.node)

    async def _add(self, size: int, lines: Sequence[SignatureLine]) -> bytes:
        self._judge_clock(lines)
        return await self._log.add_cosignatures(size, lines)

    def _judge_clock(self, lines: Sequence[SignatureLine]) -> None:
        """A cosignature bears the witness's second: at every checkpoint both clocks are compared."""
        limit = self._settings.limits.clock_offset_seconds
        for line in lines:
            offset = cosigned_at(line) - clock_s()
            self._alarms.set(Alarm.CLOCK_OFFSET, line.name, abs(offset) > limit + 1, f"{offset:+d} s")

    def _confirm(self, name: str, size: int) -> None:
        self._alarms.clear(Alarm.WITNESS_UNREACHABLE, name)
        self._alarms.clear(Alarm.WITNESS_FORGOT, name)
        if self.cosignatures.confirmed and not self.confirmed.is_set():
            self._lines.info("log confirmed", witness=name, size=size)
            self._metrics.report_confirmed(True)
            self.confirmed.set()

    def _ring_failure(self, name: str, why: str) -> None:
        forgot = why.startswith("WitnessForgot")
        self._alarms.ring(Alarm.WITNESS_FORGOT if forgot else Alarm.WITNESS_UNREACHABLE, name, why)

    def _ring_contradiction(self, name: str, what: str, kept: StoredCheckpoint) -> None:
        path = write_contradiction(
            self._settings.evidence_directory, self._log.origin, name, what, kept.size, kept.note
        )
        self._metrics.report_confirmed(False)
        self._alarms.ring(Alarm.LOG_CONTRADICTED, name, f"{what}；证据 evidence: {path.name}")

    def _count_witnessed(self, origin: str, size: int) -> None:
        self._metrics.report_witnessed(self._province(origin), size)

    def _ring_fork(self, fork: Fork) -> None:
        path = write_fork(self._settings.evidence_directory, fork)
        self.cosignatures.stop_province(self._province(fork.origin))
        self._alarms.ring(Alarm.PEER_LOG_FORKED, fork.origin, f"{fork.size} 条 entries；证据 evidence: {path.name}")

    def _ring_forgotten(self, origin: str, theirs: int, ours: int) -> None:
        name = self._settings.witness_name
        self._alarms.ring(Alarm.WITNESS_FORGOT, name, f"{origin} was cosigned up to {theirs}, here {ours} is known")


@asynccontextmanager
async def open_witnessing(
    settings: Settings, keys: NodeKeys, trust: Callable[[], Trust], metrics: Metrics, alarms: Alarms
) -> AsyncIterator[Witnessing]:
    """Open both halves; leaving closes them. Raises TrustError and WitnessLost."""
    witnessing = Witnessing(settings, keys, trust, metrics, alarms)
    await witnessing.open()
    try:
        yield witnessing
    finally:
        await witnessing.close()


@asynccontextmanager
async def cosign_log(witnessing: Witnessing, tasks: Tasks) -> AsyncIterator[None]:
    """Have the log cosigned in the background; leaving waits a moment for the cosignatures of the last checkpoint."""
    tasks.begin(witnessing.run())
    try:
        yield
    finally:
        await witnessing.settle()
