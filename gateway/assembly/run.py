"""The life of a node: an ordered list of parts, entered from top to bottom and left from bottom to top.

The list is `RunningNode._enter_parts`. A part that fails to open names itself, whatever was opened before it is closed,
and nothing listens. At the end the node drains first, then the same list is left: the last act, the last cosignatures,
the links, the listener, the tasks, the log, witnessing, the platform; so no answer leaves after the log has closed.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial

import structlog

from adapters.contract import Platform
from gateway.assembly.acts import find_taken_up, record_start, record_stop
from gateway.assembly.approvals import open_approvals
from gateway.assembly.background import begin_background
from gateway.assembly.build import Foundation, clock_us, read_catalogue
from gateway.assembly.configuration import ConfigurationBook
from gateway.assembly.documents import DocumentBook
from gateway.assembly.foundation import build_accounts, build_node, lay_foundation
from gateway.assembly.health import Health, Observed, drain_at_end
from gateway.assembly.lawful import open_desk
from gateway.assembly.listener import Operations, answer_links, build_peer_service, build_server, listen
from gateway.assembly.log import OpenLog, open_log
from gateway.assembly.node_keys import NodeKeys, load_node_keys
from gateway.assembly.platform import connect_platform
from gateway.assembly.reload import prepare_reload, record_refused, record_reload
from gateway.assembly.status import read_status
from gateway.assembly.tasks import Tasks, open_tasks
from gateway.assembly.trust import Trust, load_trust
from gateway.assembly.watching import Watching
from gateway.assembly.witnessing import Witnessing, cosign_log, open_witnessing
from gateway.audit.log import AuditLog
from gateway.ground.clock import china_day
from gateway.ground.evidence import Sender
from gateway.services.peer import PeerService
from gateway.services.steward import ReloadResult
from gateway.serving.acts import Requester
from gateway.serving.node import Node
from gateway.serving.server import Server
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from keys.identity import Identity
from keys.keystore import KeystoreError
from keys.rotation import CertifiedKey


class RunningNode:
    """One node from open to close. `start` it, wait for what should end it, then `stop` it.

    Its attributes are the parts, each there from its place in the list on. The event loop of `start` owns all of them.
    gRPC's own threads call `pair` and `roots` at each handshake; each of these reads one reference.
    """

    keys: NodeKeys
    trust: Trust
    witnessing: Witnessing
    opened: OpenLog
    log: AuditLog
    tasks: Tasks
    foundation: Foundation
    node: Node
    documents: DocumentBook
    configuration: ConfigurationBook
    peer_service: PeerService
    server: Server

    def __init__(self, settings: Settings, metrics: Metrics, *, platform: Platform | None = None) -> None:
        """`platform` stands in for the one that the settings name: for benchmarks and tests in this process."""
        self.settings = settings
        self.metrics = metrics
        self.health = Health(metrics)
        self.alarms = self.health.alarms
        self._given = platform
        self._lines = structlog.get_logger("node")
        self._parts = AsyncExitStack()

    async def start(self) -> int:
        """Open everything and listen; return the port.

        Raises:
            KeystoreError, TrustError, StoreInvalid, CatalogueError, DocumentsRefused, PlanError, OSError, RuntimeError,
                QuarantineInvalid: what is wrong.
        """
        async with AsyncExitStack() as parts:
            port = await self._enter_parts(parts)
            # Everything stands: from here on only `stop` leaves the parts.
            self._parts = parts.pop_all()
        return port

    async def stop(self) -> None:
        """Drain, then close every part in reverse order; a part that fails to close keeps no other from closing."""
        # The point of no return of a stop: the list is left once, and a second call finds it empty.
        await self._parts.aclose()

    async def until_serving(self) -> None:
        """Wait until witnesses have confirmed the log, so that exchanges are served, and health says so."""
        await self.health.serving.wait()

    async def _enter_parts(self, parts: AsyncExitStack) -> int:
        """Enter the parts in order and return the port. Parts that are not `enter`ed have nothing to close."""
        settings, metrics, enter = self.settings, self.metrics, parts.enter_async_context
        # 1 keys, 2 trust: read from files
        self.keys, self.trust = load_node_keys(settings), load_trust(settings, datetime.now(UTC))
        # 3 platform: it stands before the log, so that it closes last
        platform = await enter(connect_platform(settings, self._given))
        # 4 witnessing: the log reports every commit and checkpoint to it, so it stands before the log
        witnessing = await enter(open_witnessing(settings, self.keys, lambda: self.trust, metrics, self.alarms))
        self.witnessing, accounts = witnessing, build_accounts(settings, witnessing.cosignatures, metrics)
        # 5 log, 6 tasks: begun by the parts below, ended before the log closes
        opened = await enter(open_log(settings, self.keys, witnessing, accounts, self.health))
        self.opened, self.log = opened, opened.log
        self.tasks = await enter(open_tasks())
        # 7 rooms
        catalogue = read_catalogue(settings, self.trust)
        self.foundation = await lay_foundation(
            settings, self.keys, self.trust, opened, platform, witnessing, metrics, self.alarms, catalogue
        )
        parts.callback(self.foundation.journal.settle_ends)
        self.node = build_node(self.foundation, self.trust, accounts, catalogue)
        self.documents, self.configuration = DocumentBook.open(settings), ConfigurationBook.open(settings)
        changed = self.documents.follow(self.trust, catalogue)
        changes = self.configuration.follow(self.trust, catalogue)
        approvals = open_approvals(settings, self.node, witnessing)
        # 8 listener, 9 links that peers open to us
        desk = open_desk(self.foundation, self.node, lambda: self.trust)
        self.peer_service = build_peer_service(self.node, self.foundation, witnessing, desk)
        status = partial(read_status, self.log, platform, self.foundation, witnessing.cosignatures, self.alarms)
        operations = Operations(status, self.reload, self.pair, self.roots)
        self.server = build_server(self.node, self.foundation, opened, self.peer_service, operations, approvals, desk)
        port = await enter(listen(self.server, settings.listen.host, settings.listen.port))
        await enter(answer_links(self.peer_service))
        await self.health.begin(Observed(self.log, accounts, self.server, self.tasks))
        # 10 the record of the start, durable before a witness can let exchanges in
        await record_start(self.node.acts, await find_taken_up(settings, self.log.taken_up), changed, changes)
        self.documents.take(changed)
        self.configuration.take(changes)
        # 11 cosignatures of our log, 12 what runs in the background
        await enter(cosign_log(witnessing, self.tasks))
        await begin_background(
            self.tasks,
            node=self.node,
            foundation=self.foundation,
            opened=opened,
            witnessing=witnessing,
            documents=self.documents,
            approvals=approvals,
            desk=desk,
            health=self.health,
            looks=(
                *(self.turn_certificate, self._watching().look, witnessing.look, self._count_entries),
                self.foundation.journal.settle_ends,
                self.foundation.budgets.look,
            ),
        )
        # 13 at the end the record of the stop; 14 the drain, which is the first to be left
        await enter(record_stop(self.node.acts))
        await enter(drain_at_end(self.health, accounts, settings.limits.drain_seconds))
        return port

    def _watching(self) -> Watching:
        trust, until = (lambda: self.trust), (lambda: self.pair().not_after)
        return Watching(self.settings, self.alarms, self.metrics, trust=trust, until=until)

    def _count_entries(self) -> None:
        self.metrics.report_audit_size(self.log.size)

    async def reload(self, caller: Requester) -> ReloadResult:
        """Read items, lists, grants, roster and revocations again; all or nothing.

        What changes is recorded, with who asked for it, before it is in force.

        Raises:
            Refusal: REQUEST_INVALID with what does not fit, DOCUMENTS_REFUSED with each document that may not follow
                those in force, AUDIT_NOT_DURABLE or WITNESS_AWAITED; what was in force stays in force.
        """
        async with record_refused(self.node.acts, caller), self.documents.turn:
            new = await prepare_reload(self.foundation, self.documents, self.configuration, self.metrics)
            await record_reload(self.node.acts, caller, new.changed, new.changes)
            self.documents.take(new.changed)
            self.configuration.take(new.changes)
            # The point of no return of a reload. No await stands between the two: no question sees one without the
            # other. What is recorded is in force from here on, or from the next start on where a crash comes between.
            self.trust, self.node.in_force = new.trust, new.in_force
        granted = new.catalogue.granted_and_listed(china_day(clock_us()))
        return ReloadResult(granted, len(new.catalogue.grants), len(new.catalogue.agreements))

    def turn_certificate(self) -> None:
        """Take a new certificate if its files changed, and dial the links anew with it."""
        try:
            # The point of no return: once `renew` has returned true, every new handshake shows the new certificate.
            turned = self.keys.tls.renew()
        except KeystoreError as error:
            self._lines.error("certificate not turned", why=str(error))
            return
        if turned:
            self._lines.info("certificate turned", not_after=self.pair().not_after.isoformat())
            self.foundation.peers.renew()
            self.tasks.begin(self.witnessing.renew())

    def identify(self, sender: Sender) -> Identity:
        """Return the identity behind a connection; raise Refusal for one that is not known."""
        return self.node.in_force.rooms.gatehouse.identify(sender, clock_us()).identity

    def pair(self) -> CertifiedKey:
        """Return the key and certificate in force."""
        return self.keys.tls.certified

    def roots(self) -> bytes:
        """Return the authorities in force, PEM."""
        return self.trust.roots
