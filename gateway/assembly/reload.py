"""Prepares what a reload brings into force: trust, rooms and the documents that are new. Nothing is in force by it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from gateway.assembly.build import Foundation, build, read_catalogue
from gateway.assembly.documents import DocumentBook
from gateway.assembly.trust import Trust, load_trust
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.schema import CatalogueError
from gateway.ground.documents import DocumentsRefused, NumberedDocument
from gateway.ground.refusals import Reason, Refusal, Violation
from gateway.masking.faults import PlanError
from gateway.serving.node import InForce
from gateway.telemetry.metrics import Metrics
from keys.trust import TrustError


@dataclass(frozen=True, slots=True)
class Reload:
    """What comes into force together; `changed` is recorded before it does."""

    trust: Trust
    catalogue: Catalogue
    in_force: InForce
    changed: tuple[NumberedDocument, ...]


async def prepare_reload(foundation: Foundation, documents: DocumentBook, metrics: Metrics) -> Reload:
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
        return Reload(trust, catalogue, in_force, documents.follow(trust, catalogue))
    except DocumentsRefused as refused:
        lines.error("reload refused", why=str(refused))
        wrong = tuple(Violation("documents", fault.en) for fault in refused.faults)
        raise Refusal(Reason.DOCUMENTS_REFUSED, f"{len(wrong)} documents", violations=wrong) from refused
    except (TrustError, CatalogueError, PlanError, ValueError) as error:
        lines.error("reload refused", why=str(error))
        raise Refusal(Reason.REQUEST_INVALID, f"nothing was taken: {error}") from error
