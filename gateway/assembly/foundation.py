"""Lays what a reload does not touch (journal, platform, links, memories), and builds the node upon it."""

from __future__ import annotations

from adapters.contract import Platform
from gateway.assembly.budgets import open_budgets
from gateway.assembly.build import MICROSECONDS, Foundation, build, clock_us, dial_peers, peer_logs
from gateway.assembly.lawful import open_lawful
from gateway.assembly.log import OpenLog
from gateway.assembly.node_keys import NodeKeys
from gateway.assembly.quarantine import open_quarantine
from gateway.assembly.trust import Trust
from gateway.assembly.witnessing import Witnessing
from gateway.audit.entries.commitments import request_hash
from gateway.audit.entries.references import References
from gateway.audit.entries.writing import LogIdentity
from gateway.audit.journal import Journal
from gateway.audit.storage.waiting import WaitingActs
from gateway.catalogue.authorise import Catalogue
from gateway.fetching.fetch import Fetching
from gateway.gatehouse.rates import RateLimits
from gateway.gatehouse.replay import ReplayMemory
from gateway.gating.gates import Gates
from gateway.ground.alarms import Alarms
from gateway.ground.evidence import RequestId
from gateway.ground.randomness import Randomness
from gateway.link.frame import AROUND_BYTES
from gateway.serving.account import Accounts
from gateway.serving.node import Node, Sources
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.tracing import open_spans
from gateway.witness.cosignatures import Cosignatures


def build_accounts(settings: Settings, cosignatures: Cosignatures, metrics: Metrics) -> Accounts:
    """Return the accounts of a node without exchanges; raise RuntimeError where spans cannot be exported as set."""
    span = open_spans(settings.telemetry.otlp_endpoint, "chuanyu-gateway")
    return Accounts(metrics=metrics, span=span, cosignatures=cosignatures, max_in_flight=settings.limits.max_in_flight)


def key_references(settings: Settings, keys: NodeKeys, opened: OpenLog) -> References:
    """Return fresh references to persons: reviewers have theirs, so that past months never disturb the road's."""
    return References(keys.subjects, settings.node.province, opened.epochs.salt)


async def lay_foundation(
    settings: Settings,
    keys: NodeKeys,
    trust: Trust,
    opened: OpenLog,
    platform: Platform,
    witnessing: Witnessing,
    metrics: Metrics,
    alarms: Alarms,
    catalogue: Catalogue,
) -> Foundation:
    """Return the foundation; nothing is dialled or asked yet.

    Raises:
        TrustError: a peer's bundle names no audit log.
        RuntimeError: the quarantine's file cannot be read.
        StoreInvalid, OSError: the persons of this month cannot be counted, or the consents, or the log's entries of
            them or of emergencies, cannot be read.
    """
    limits, random = settings.limits, Randomness()
    logs = peer_logs(settings, trust)
    budgets = await open_budgets(settings, opened, catalogue, alarms)
    references = key_references(settings, keys, opened)
    journal = Journal(
        opened.log,
        LogIdentity(keys.log[0].name, settings.identity.uri, references, opened.epochs),
        peers=logs,
        clock_us=clock_us,
        random=random,
        require_witnessed=witnessing.cosignatures.require_witnessed,
        max_page_bytes=limits.max_frame_bytes - AROUND_BYTES,
        persons=budgets,
    )
    return Foundation(
        settings=settings,
        keys=keys,
        journal=journal,
        peer_logs=logs,
        fetching=Fetching(platform, page_rows=limits.page_rows, max_page_rows=limits.max_page_rows),
        gates=Gates(settings.state.directory, random),
        lawful=await open_lawful(settings, journal, references),
        peers=dial_peers(settings, keys, trust, metrics),
        replays=await _restore_replays(settings, opened),
        budgets=budgets,
        rates=RateLimits(limits.per_party_per_second, limits.per_party_burst),
        quarantine=open_quarantine(settings.state.directory),
        random=random,
    )


def build_node(foundation: Foundation, trust: Trust, accounts: Accounts, catalogue: Catalogue) -> Node:
    """Return the node with the rooms that the catalogue makes.

    Raises:
        PlanError: what is wrong with it.
        StoreInvalid: the acts that wait for a witness cannot be read.
    """
    settings = foundation.settings
    return Node(
        identity=settings.identity,
        in_force=build(foundation, trust, catalogue, accounts.metrics),
        accounts=accounts,
        journal=foundation.journal,
        verifiers={peer.node: key for peer in settings.peers if (key := trust.frame_verifier(peer.node))},
        sources=Sources(clock_us, foundation.random, request_hash),
        waiting=WaitingActs.open(settings.waiting_acts_path),
        max_deadline_seconds=settings.limits.max_deadline_seconds,
    )


async def _restore_replays(settings: Settings, opened: OpenLog) -> ReplayMemory:
    """Return a replay memory with the exchanges that the log shows, so that a restart opens no window for replays."""
    window_us = int(2 * settings.limits.freshness_seconds * MICROSECONDS)
    replays = ReplayMemory(window_us)
    for use in await opened.log.exchanges_since(clock_us() - window_us):
        replays.restore(RequestId(use.exchange_id), use.index, use.time_us)
    return replays
