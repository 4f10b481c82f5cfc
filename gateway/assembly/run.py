"""The life of a node: open, start, watch, reload, drain, close.

The order at start: keys, trust, audit log, platform, rooms, listener, then links; what fails names itself and nothing
listens. At the end: health says NOT_SERVING, no new question is taken, what is in flight finishes, then the listener,
the links, the log and the platform close, in this order, so that no answer leaves after the log has closed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import Any, Final

import structlog

from adapters.contract import Platform
from gateway.assembly.acts import LocalActs
from gateway.assembly.build import Foundation, build, clock_us, dial_peers, open_platform, peer_logs
from gateway.assembly.months import open_months, prepare, wanted
from gateway.assembly.own import OwnKeys, load_own_keys
from gateway.assembly.quarantine import lift, open_quarantine, quarantined_parts
from gateway.assembly.scrubbing import scrub_of
from gateway.assembly.trust import Trust, load_trust
from gateway.assembly.twinning import keep_twin
from gateway.assembly.unheard import tell_again
from gateway.assembly.watching import Watching, alarm_parts, witness_parts
from gateway.assembly.witnessing import Witnessing, clock_s
from gateway.audit.entries.commitments import request_hash
from gateway.audit.entries.references import References
from gateway.audit.entries.writing import Book
from gateway.audit.journal import Journal
from gateway.audit.log import AuditLog
from gateway.audit.log import Bounds as LogBounds
from gateway.audit.review.desk import ReviewDesk
from gateway.audit.storage.database import place_of
from gateway.audit.storage.store import Store
from gateway.audit.tlog.cosignature import Cosigner
from gateway.audit.tlog.note import SUBTREE
from gateway.audit.verification.twin import SUFFIX
from gateway.catalogue.authorise import day_of
from gateway.catalogue.schema import CatalogueError
from gateway.fetching.fetch import Fetching
from gateway.gatehouse.rates import RateLimits
from gateway.gatehouse.replay import ReplayMemory
from gateway.gating.gates import Gates
from gateway.ground.alarms import TABLE, Alarm, Alarms, Ringing
from gateway.ground.evidence import RequestId, Sender
from gateway.ground.randomness import Randomness
from gateway.ground.refusals import Reason, Refusal
from gateway.link.answer import Bounds as LinkBounds
from gateway.masking.faults import PlanError
from gateway.masking.keys import MaskKeys
from gateway.services.door import Door
from gateway.services.exchange import ExchangeService
from gateway.services.ledger import LedgerService
from gateway.services.peer import PeerService
from gateway.services.steward import Part, Reloaded, StewardService
from gateway.serving.node import InForce, Node
from gateway.serving.server import Bounds, Server, Services
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tracing import open_spans
from keys.identity import Identity
from keys.keystore import KeystoreError
from keys.rotation import Pair
from keys.signer import Signer
from keys.trust import TrustError

MICROSECONDS: Final = 1_000_000
WATCH_SECONDS: Final = 5.0
"""How often the certificate files, the platform's health and the expiry dates are looked at."""


class RunningNode:
    """One node from open to close. Use `start`, wait for what should end it, then `stop`."""

    def __init__(self, settings: Settings, metrics: Metrics, *, platform: Platform | None = None) -> None:
        """`platform` stands in for the one that the settings name; for benchmarks and tests in this process."""
        self.settings = settings
        self.metrics = metrics
        self._given = platform
        self._log_lines = structlog.get_logger("node")
        self.alarms = Alarms(self._alarm_changed)
        self._up = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Open everything and listen; return the port.

        Raises:
            KeystoreError, TrustError, StoreInvalid, CatalogueError, PlanError, OSError, RuntimeError: what is wrong.
        """
        settings = self.settings
        self._own = load_own_keys(settings)
        self._trust = load_trust(settings, datetime.now(UTC))
        self.witnessing = Witnessing(settings, self._own, lambda: self._trust, self.metrics, self.alarms)
        await self.witnessing.open()
        try:
            self.log = await self._open_log(self._own)
            try:
                self.witnessing.begin(self.log)
                return await self._start_with(self._own, self._trust)
            except BaseException:
                await self.log.close()
                raise
        except BaseException:
            await self.witnessing.close()
            raise

    async def _open_log(self, own: OwnKeys) -> AuditLog:
        self._store = store = await Store.open(place_of(self.settings))
        audit = self.settings.audit
        try:
            self._months = await open_months(own.epochs, store, clock_us())
            return await AuditLog.open(
                store,
                own.log[0],
                clock_us=clock_us,
                crowd=self._crowd,
                bounds=LogBounds(
                    gather_seconds=audit.gather_ms / 1000,
                    max_batch=audit.max_batch,
                    max_commit_bytes=audit.max_commit_bytes,
                    checkpoint_seconds=audit.checkpoint_seconds,
                ),
                changed=self._log_changed,
                committed=self._committed,
                second=(Cosigner(own.log[1], SUBTREE, clock_s),),
                kept=self.witnessing.cadence.kept,
            )
        except BaseException:
            await store.close()
            raise

    async def _start_with(self, own: OwnKeys, trust: Trust) -> int:
        settings, limits = self.settings, self.settings.limits
        self._platform = self._given or open_platform(settings)
        references = References(own.subjects, settings.node.province, self._months.salt)
        book = Book(own.log[0].name, settings.identity.uri, references, self._months)
        random = Randomness()
        journal = Journal(
            self.log,
            book,
            peers=peer_logs(settings, trust),
            clock_us=clock_us,
            random=random,
            witnessed=self.witnessing.standing.require_witnessed,
        )
        replays = ReplayMemory(int(2 * limits.freshness_seconds * MICROSECONDS))
        for use in await self.log.exchanges_since(clock_us() - int(2 * limits.freshness_seconds * MICROSECONDS)):
            replays.restore(RequestId(use.exchange_id), use.index, use.time_us)
        self._foundation = Foundation(
            settings=settings,
            own=own,
            journal=journal,
            fetching=Fetching(self._platform, page_rows=limits.page_rows, max_page_rows=limits.max_page_rows),
            gates=Gates(settings.directory, random),
            peers=dial_peers(settings, own, trust, self.metrics),
            replays=replays,
            rates=RateLimits(limits.per_party_per_second, limits.per_party_burst),
            quarantine=open_quarantine(settings.directory),
        )
        self.node = Node(
            province=settings.node.province,
            own_node=settings.identity.uri,
            in_force=self._built(trust),
            journal=journal,
            verifiers={peer.node: key for peer in settings.peers if (key := trust.frame_verifier(peer.node))},
            request_hash=request_hash,
            clock_us=clock_us,
            max_deadline_seconds=limits.max_deadline_seconds,
            max_in_flight=limits.max_in_flight,
            metrics=self.metrics,
            random=random,
            span=open_spans(settings.telemetry.otlp_endpoint, "chuanyu-gateway"),
            standing=self.witnessing.standing,
        )
        self.server = self._listener(own)
        port = await self.server.start(settings.listen.host, settings.listen.port)
        await self.tell_health()
        self._spawn(self.witnessing.run())
        self._spawn(self.witnessing.stamp())
        self._spawn(self._foundation.peers.run())
        self._spawn(self._watch())
        self._spawn(self._confirm())
        await tell_again(journal, self._foundation.peers, peer_logs(settings, trust))
        self._spawn(scrub_of(settings, self.alarms).run())
        twin = Signer(own.log[0].name + SUFFIX, own.log[0].private_key)
        self._spawn(keep_twin(place_of(settings), settings.audit.directory, twin, clock_us))
        acts = LocalActs(settings, self._store, journal, self._months, own.epochs)
        self._spawn(acts.run(lambda action, given: self._log_lines.info("local act", action=action, why=given.why)))
        await self.node.act("start", version("chuanyu-gateway"), "")
        return port

    async def _confirm(self) -> None:
        """Serve exchanges once witnesses have confirmed the log, and record what waited for that."""
        await self.witnessing.confirmed.wait()
        await self.node.catch_up()
        self._spawn(self.node.outcomes.run())
        await self.tell_health()
        self._up.set()

    async def until_serving(self) -> None:
        """Wait until witnesses have confirmed the log, so that exchanges are served, and health says so."""
        await self._up.wait()

    async def tell_health(self) -> None:
        """Tell health checks how the node is: exchanges need a log that writes and that a witness has confirmed."""
        up = self.log.serving and not self.node.draining
        await self.server.serving(up and self.witnessing.standing.confirmed, reading=up)

    def _built(self, trust: Trust) -> InForce:
        in_force = build(self._foundation, trust)
        self.metrics.items(code for code, _ in in_force.rooms.catalogue.items)
        return in_force

    def _desk(self, own: OwnKeys) -> ReviewDesk:
        """References of its own: looking at past months never disturbs the road's."""
        return ReviewDesk(References(own.subjects, self.settings.node.province, self._months.salt), self._months)

    def _listener(self, own: OwnKeys) -> Server:
        limits = self.settings.limits
        node = self.node
        link_bounds = LinkBounds(limits.max_in_flight, limits.max_frame_bytes, self.settings.audit.gather_ms / 1000)
        self.peer_service = PeerService(node, own.frames, link_bounds, self.witnessing.add_checkpoint)
        services = Services(
            exchange=ExchangeService(node),
            peer=self.peer_service,
            ledger=LedgerService(
                node,
                self.log,
                place_of(self.settings),
                self._desk(own),
                MaskKeys(own.masking),
                self.settings.review.withheld_scenes,
            ),
            steward=StewardService(
                node,
                version=version("chuanyu-gateway"),
                status=self._status,
                reload=self.reload,
                lift=partial(lift, self._foundation.quarantine, self.metrics),
            ),
        )
        door = Door(lambda: node.in_force.rooms.gatehouse, clock_us, node.turned_away)
        return Server(
            services,
            door,
            pair=self.pair,
            roots=self.roots,
            bounds=Bounds(limits.max_frame_bytes + 64 * 1024, 4 * limits.max_in_flight),
        )

    def _crowd(self) -> int:
        return self.node.in_flight if hasattr(self, "node") else 0

    def _log_changed(self, serving: bool, why: str) -> None:
        """Told by the log at once when it stops or serves again: health follows."""
        self.metrics.audit_serving(serving)
        self._log_lines.error("audit log changed", serving=serving, why=why)
        self.alarms.set(Alarm.AUDIT_NOT_DURABLE, "log", not serving, why)
        if hasattr(self, "server"):
            self.witnessing.standing.grown(self.log.size)
            self._spawn(self.tell_health())

    def _committed(self, entries: int, seconds: float) -> None:
        self.witnessing.standing.grew(entries)
        self.metrics.audit_commit(entries, seconds)

    def _alarm_changed(self, ringing: Ringing, begins: bool) -> None:
        severity = TABLE[ringing.alarm].severity
        self.metrics.alarm(ringing.alarm, severity, ringing.subject, begins)
        self._log_lines.log(
            logging.WARNING if begins else logging.INFO,
            "alarm begins" if begins else "alarm ends",
            alarm=str(ringing.alarm),
            severity=str(severity),
            subject=ringing.subject,
            detail=ringing.detail,
        )
        if hasattr(self, "server") and ringing.alarm is Alarm.LOG_CONTRADICTED:
            self._spawn(self.tell_health())

    async def _status(self) -> tuple[int, tuple[Part, ...]]:
        health = await self._platform.health()
        parts = [
            Part("audit", self.log.serving, "" if self.log.serving else "审计日志不能落盘，检查磁盘 / check the disk"),
            Part("platform", health.serving, health.detail),
        ]
        parts += [
            Part(f"peer:{province}", up, "" if up else "链路未连通，运行 chuanyu doctor / run chuanyu doctor")
            for province, up in self._foundation.peers.up().items()
        ]
        parts += witness_parts(self.witnessing.standing)
        parts += alarm_parts(self.alarms)
        parts += quarantined_parts(self._foundation.quarantine)
        return self.log.size, tuple(parts)

    async def reload(self) -> Reloaded:
        """Read items, lists, grants, roster and revocations again; all or nothing.

        Raises:
            Refusal: REQUEST_INVALID with the first fault; what was in force stays in force.
        """
        try:
            trust = load_trust(self.settings, datetime.now(UTC))
            in_force = self._built(trust)
        except (TrustError, CatalogueError, PlanError, ValueError) as error:
            self._log_lines.error("reload refused", why=str(error))
            raise Refusal(Reason.REQUEST_INVALID, f"nothing was taken: {error}") from error
        self._trust = trust
        self.node.in_force = in_force
        catalogue = in_force.rooms.catalogue
        return Reloaded(catalogue.granted_and_listed(day_of(clock_us())), len(catalogue.grants))

    async def _watch(self) -> None:
        """Look at what changes by itself."""
        watching = Watching(
            self.settings,
            self.alarms,
            self.metrics,
            trust=lambda: self._trust,
            until=lambda: self.pair().not_after,
        )
        while True:
            self.turn()
            watching.look()
            self.witnessing.look()
            self.metrics.audit_size(self.log.size)
            await self._prepare_months()
            await asyncio.sleep(WATCH_SECONDS)

    async def _prepare_months(self) -> None:
        for name in wanted(clock_us()):
            if name not in self._months:
                try:
                    await asyncio.to_thread(prepare, self._own.epochs, self._months, name)
                except (KeystoreError, OSError) as error:
                    self._log_lines.error("no secret of the month", month=name, why=str(error))

    def identify(self, sender: Sender) -> Identity:
        """Return who is behind a connection; raise Refusal if nobody we know."""
        return self.node.in_force.rooms.gatehouse.identify(sender, clock_us()).identity

    def pair(self) -> Pair:
        """Return the key and certificate in force."""
        return self._own.tls.pair

    def roots(self) -> bytes:
        """Return the authorities in force, PEM."""
        return self._trust.roots

    def turn(self) -> None:
        """Take a new certificate if its files changed, and dial the links anew with it."""
        try:
            turned = self._own.tls.renew()
        except KeystoreError as error:
            self._log_lines.error("certificate not turned", why=str(error))
            return
        if turned:
            self._log_lines.info("certificate turned", not_after=self.pair().not_after.isoformat())
            self._foundation.peers.renew()
            self._spawn(self.witnessing.renew())

    async def stop(self) -> None:
        """Stop gracefully: drain, then close in order."""
        await self.server.serving(False, reading=False)
        await self.node.drain(self.settings.limits.drain_seconds)
        with suppress(Refusal):
            await self.node.act("stop", version("chuanyu-gateway"), "")
        await self.witnessing.settle()
        await self.peer_service.close()
        await self.server.stop(1.0)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.log.close()
        await self.witnessing.close()
        if self._given is None:
            await self._platform.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
