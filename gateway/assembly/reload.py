"""Prepares what a reload brings into force: trust, rooms and the documents that are new. Nothing is in force by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from gateway.assembly.build import Foundation, build, read_catalogue
from gateway.assembly.configuration import ConfigurationBook, WideningRefused
from gateway.assembly.documents import DocumentBook
from gateway.assembly.trust import Trust, load_trust
from gateway.audit.entries.acts import CONFIGURATION_ID, ActDetails
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.schema import CatalogueError
from gateway.ground.documents import DocumentsRefused, NumberedDocument
from gateway.ground.refusals import Reason, Refusal, Violation
from gateway.masking.faults import PlanError
from gateway.serving.acts import Acts, Requester
from gateway.serving.node import InForce
from gateway.telemetry.metrics import Metrics
from keys.trust import TrustError

RELOAD: Final = "reload"
"""The action of a reload's entry."""


@dataclass(frozen=True, slots=True)
class Reload:
    """What comes into force together; `changed` and `changes` are recorded before it does."""

    trust: Trust
    catalogue: Catalogue
    in_force: InForce
    changed: tuple[NumberedDocument, ...]
    changes: tuple[str, ...]


async def prepare_reload(
    foundation: Foundation, documents: DocumentBook, configuration: ConfigurationBook, metrics: Metrics
) -> Reload:
    """Read items, lists, grants, roster and trust as they are now, and build the rooms from them.

    Raises:
        Refusal: REQUEST_INVALID with what does not fit, DOCUMENTS_REFUSED with each document that may not follow those
            in force.
    """
    settings, lines = foundation.settings, structlog.get_logger("node")
    try:
        # A disk that is slow, or does not answer at all, must not keep the loop from questions meanwhile.
        trust = await asyncio.to_thread(load_trust, settings, datetime.now(UTC))
        catalogue = await asyncio.to_thread(read_catalogue, settings, trust)
        in_force = build(foundation, trust, catalogue, metrics)
        changed = documents.follow(trust, catalogue)
        changes = await asyncio.to_thread(configuration.follow, trust, catalogue)
        return Reload(trust, catalogue, in_force, changed, changes)
    except DocumentsRefused as refused:
        lines.error("reload refused", why=str(refused))
        wrong = tuple(Violation("documents", fault.en) for fault in refused.faults)
        raise Refusal(Reason.DOCUMENTS_REFUSED, f"{len(wrong)} documents", violations=wrong) from refused
    except (TrustError, CatalogueError, PlanError, WideningRefused, OSError, ValueError) as error:
        lines.error("reload refused", why=str(error))
        raise Refusal(Reason.REQUEST_INVALID, f"nothing was taken: {error}") from error


async def record_reload(
    acts: Acts, caller: Requester, changed: Sequence[NumberedDocument], changes: Sequence[str]
) -> None:
    """Record what a reload brings into force, and who asked for it; raises Refusal, and then it must not."""
    details = ActDetails(caller_fp=caller.fingerprint, changes=tuple(changes), exchange_id=CONFIGURATION_ID)
    await acts.record(RELOAD, "catalogue", caller.actor, changed, details)


@asynccontextmanager
async def record_refused(acts: Acts, caller: Requester) -> AsyncIterator[None]:
    """Record that a reload was asked for and refused, where it is."""
    try:
        yield
    except Refusal as refusal:
        details = ActDetails(caller_fp=caller.fingerprint, reason_code=refusal.reason.value)
        with suppress(Refusal):  # a log that takes no entry has refused the reload itself
            await acts.record(RELOAD, "catalogue", caller.actor, (), details)
        raise
