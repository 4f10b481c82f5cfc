"""The work that a running node does beside its exchanges, each in a task of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from gateway.assembly.acts import LocalActs
from gateway.assembly.build import Foundation
from gateway.assembly.documents import DocumentBook
from gateway.assembly.epoch_keys import keep_epoch_keys
from gateway.assembly.health import Health
from gateway.assembly.lawful import watch_lawful
from gateway.assembly.log import OpenLog
from gateway.assembly.resend import resend_acknowledgements
from gateway.assembly.scrub import open_scrub
from gateway.assembly.sealing import open_sealing
from gateway.assembly.sm3_mirror import keep_sm3_mirror
from gateway.assembly.tasks import Tasks
from gateway.assembly.time_stamps import keep_time_stamps
from gateway.assembly.witnessing import Witnessing
from gateway.audit.sealing import Sealing
from gateway.ground.refusals import Refusal
from gateway.serving.acts import RETRY_SECONDS
from gateway.serving.approvals import Approvals
from gateway.serving.consents import ConsentDesk
from gateway.serving.node import Node

WATCH_SECONDS: Final = 5.0
"""How often the certificate files, the expiry dates, the disk and the epochs' keys are looked at."""


async def begin_background(
    tasks: Tasks,
    *,
    node: Node,
    foundation: Foundation,
    opened: OpenLog,
    witnessing: Witnessing,
    documents: DocumentBook,
    approvals: Approvals,
    desk: ConsentDesk,
    health: Health,
    looks: Sequence[Callable[[], None]],
) -> None:
    """Begin every task; `looks` are made in order every few seconds.

    Raises:
        Refusal: AUDIT_NOT_DURABLE when the receipts to acknowledge again cannot be read.
    """
    settings, keys, journal = foundation.settings, foundation.keys, foundation.journal
    cosigning = witnessing.cosigning
    tasks.begin(keep_time_stamps(settings, opened.log, lambda: cosigning.published, health.alarms, node.metrics))
    tasks.begin(foundation.peers.run())
    tasks.begin(_keep_looking(looks))
    tasks.begin(keep_epoch_keys(keys.epochs, opened.epochs, health.alarms, WATCH_SECONDS))
    sealing = open_sealing(settings, opened, journal, health.alarms)
    tasks.begin(_serve_when_confirmed(witnessing, node, health, tasks, sealing))
    tasks.begin(watch_lawful(foundation, desk, health.alarms, WATCH_SECONDS))
    tasks.begin(desk.run())
    await resend_acknowledgements(journal, foundation.peers, foundation.peer_logs)
    tasks.begin(open_scrub(settings, health.alarms).run())
    tasks.begin(keep_sm3_mirror(settings, keys.log[0]))
    tasks.begin(
        LocalActs(
            settings,
            opened.store,
            journal,
            documents,
            opened.epochs,
            keys.epochs,
            node.accounts.require_serving,
            approvals,
            node.attempts,
        ).run()
    )


async def _keep_looking(looks: Sequence[Callable[[], None]]) -> None:
    while True:
        for look in looks:
            look()
        await asyncio.sleep(WATCH_SECONDS)


async def _serve_when_confirmed(
    witnessing: Witnessing, node: Node, health: Health, tasks: Tasks, sealing: Sealing
) -> None:
    """Serve exchanges once witnesses have confirmed the log, record the acts that waited for that, and seal it."""
    await witnessing.confirmed.wait()
    while True:
        try:
            await node.acts.catch_up()
            break
        except Refusal:  # the log rings its own alarm; exchanges wait until it has the acts
            await asyncio.sleep(RETRY_SECONDS)
    # The point of no return of a start: the log has every act and document of before, and exchanges come in.
    node.accounts.serve()
    tasks.begin(node.outcomes.run())
    tasks.begin(sealing.run())
    await health.report()
    health.serving.set()
