"""Puts the rooms together: from settings, keys and files to what is in force. All or nothing."""

from __future__ import annotations

import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import grpc

from adapters.contract import Platform
from gateway.assembly.node_keys import NodeKeys
from gateway.assembly.trust import Trust
from gateway.audit.journal import Journal
from gateway.audit.receipts import PeerLog
from gateway.budgets.budgets import Budgets
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.digest import digest
from gateway.catalogue.loader import CataloguePaths, load_catalogue
from gateway.catalogue.regions import Regions
from gateway.consumer import ConsumerRooms
from gateway.fetching.fetch import Fetching
from gateway.gatehouse.gate import Gatehouse
from gateway.gatehouse.rates import RateLimits
from gateway.gatehouse.replay import ReplayMemory
from gateway.gating.gates import Gates
from gateway.ground.clock import china_day
from gateway.lawful.basis import LawfulBases
from gateway.leakguard.guards import LeakGuard
from gateway.leakguard.quarantine import Quarantine
from gateway.link.dial import DialledLink
from gateway.link.peers import PeerLinks, Peers
from gateway.link.stream import LinkConfig, Watch
from gateway.masking.keys import MaskKeys
from gateway.masking.places import Place, Places
from gateway.masking.plans import Masking, Order
from gateway.road import Rooms
from gateway.serving.node import InForce
from gateway.settings import Settings
from gateway.settings.sections import Peer
from gateway.telemetry.metrics import Metrics
from gateway.wire.v1 import peer_pb2
from keys.trust import TrustError

MICROSECONDS: Final = 1_000_000


def clock_us() -> int:
    """Return this machine's clock, in microseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1000


def read_catalogue(settings: Settings, trust: Trust) -> Catalogue:
    """Read items, lists, grants and roster; raises CatalogueError with every fault."""
    return load_catalogue(
        CataloguePaths.beside(settings.catalogue.directory),
        province=settings.node.province,
        verifiers=trust.list_verifiers(),
    )


def orders_of(catalogue: Catalogue) -> list[Order]:
    """Return what plans are compiled for: every grant that this node's province has given."""
    orders = []
    digests: dict[tuple[str, int], str] = {}
    for grant in catalogue.grants:
        if grant.provider_province != catalogue.province:
            continue
        key = grant.item_code, grant.item_version
        item = catalogue.items[key]
        if key not in digests:
            digests[key] = digest(item)
        recipient = f"{grant.consumer_province}/{grant.consumer_department}"
        sealing_key = b64decode(grant.sealing_key)
        orders.append(Order(item, digests[key], recipient, grant.scenes, grant.fields, sealing_key))
    return orders


def open_masking(catalogue: Catalogue, keys: NodeKeys, today: date) -> Masking:
    """Return the masks, with every plan compiled that a grant of ours may need; raises PlanError."""
    return Masking(MaskKeys(keys.masking), orders_of(catalogue), today, places_of(catalogue.regions, today))


def places_of(regions: Regions, today: date) -> Places:
    """Return the regions as masking needs them, as they stand on a day."""
    return Places(Place(*rolled_up) for rolled_up in regions.rolled_up(today))


@dataclass(frozen=True, slots=True)
class Foundation:
    """The parts that a reload does not touch."""

    settings: Settings
    keys: NodeKeys
    journal: Journal
    peer_logs: Mapping[str, PeerLog]
    fetching: Fetching
    gates: Gates
    lawful: LawfulBases
    peers: Peers
    replays: ReplayMemory
    rates: RateLimits
    budgets: Budgets
    quarantine: Quarantine
    random: Callable[[int], bytes]


def peer_logs(settings: Settings, trust: Trust) -> dict[str, PeerLog]:
    """Return the audit log of each peer node by province, as its bundle names it; raise TrustError without one."""
    logs = {}
    for peer in settings.peers:
        verifiers = trust.log_verifiers(peer.node)
        if not verifiers:
            raise TrustError(f"expected the log of {peer.node} in the bundle of {peer.province}, found none")
        logs[peer.province] = PeerLog(verifiers[0].name, verifiers)
    return logs


def build(foundation: Foundation, trust: Trust, catalogue: Catalogue, metrics: Metrics) -> InForce:
    """Build the rooms from trust and catalogue; the metrics learn the names of the items.

    Raises:
        PlanError: nothing of it is in force.
    """
    settings = foundation.settings
    gatehouse = Gatehouse(
        province=settings.node.province,
        authorities=trust.authorities,
        revoked=trust.revoked,
        peers={peer.node: peer.province for peer in settings.peers},
        roster=catalogue.parties,
        rates=foundation.rates,
        replays=foundation.replays,
        freshness_us=int(settings.limits.freshness_seconds * MICROSECONDS),
        clock_offset_us=int(settings.limits.clock_offset_seconds * MICROSECONDS),
    )
    leakguard = LeakGuard(catalogue.items.values(), quarantine=foundation.quarantine)
    rooms = Rooms(
        gatehouse=gatehouse,
        catalogue=catalogue,
        fetching=foundation.fetching,
        masking=open_masking(catalogue, foundation.keys, china_day(clock_us())),
        leakguard=leakguard,
        gates=foundation.gates,
        lawful=foundation.lawful,
        journal=foundation.journal,
    )
    consumer_rooms = ConsumerRooms(
        gatehouse=gatehouse,
        catalogue=catalogue,
        leakguard=leakguard,
        lawful=foundation.lawful,
        peers=foundation.peers,
        journal=foundation.journal,
    )
    metrics.name_items(code for code, _ in catalogue.items)
    return InForce(rooms, consumer_rooms)


def dial_peers(settings: Settings, keys: NodeKeys, trust: Trust, metrics: Metrics) -> Peers:
    """Return two links to each peer; they dial when `run` is called."""
    links = {}
    for peer in settings.peers:
        verifier = trust.frame_verifier(peer.node)
        if verifier is None:
            continue
        config = LinkConfig(
            own_node=settings.identity.uri,
            peer_node=peer.node,
            signer=keys.frames,
            verifier=verifier,
            clock_us=clock_us,
            max_in_flight=settings.limits.max_in_flight,
            max_frame_bytes=settings.limits.max_frame_bytes,
            gather_seconds=settings.gather_seconds,
        )
        interactive, bulk = (
            DialledLink(kind, config, peer_channel(peer, keys, trust, settings), _watch(metrics, peer, name))
            for kind, name in ((peer_pb2.LINK_KIND_INTERACTIVE, "interactive"), (peer_pb2.LINK_KIND_BULK, "bulk"))
        )
        links[peer.province] = PeerLinks(interactive, bulk)
    return Peers(links)


def peer_channel(peer: Peer, keys: NodeKeys, trust: Trust, settings: Settings) -> Callable[[], grpc.aio.Channel]:
    """Return what makes a fresh channel to a peer with the certificate in force."""

    def dial() -> grpc.aio.Channel:
        pair = keys.tls.certified
        credentials = grpc.ssl_channel_credentials(trust.authorities[peer.province], pair.key_pem, pair.certificate_pem)
        size = settings.limits.max_frame_bytes + 64 * 1024
        return grpc.aio.secure_channel(
            peer.target,
            credentials,
            options=[
                ("grpc.max_receive_message_length", size),
                ("grpc.max_send_message_length", size),
                ("grpc.keepalive_time_ms", 20_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                ("grpc.use_local_subchannel_pool", 1),
            ],
        )

    return dial


def _watch(metrics: Metrics, peer: Peer, kind: str) -> Watch:
    return Watch(
        state=lambda up, why: metrics.report_link(peer.province, kind, up, why),
        frame=lambda exchanges, offset_us: metrics.count_frame(peer.node, exchanges, offset_us),
        given_up=lambda: metrics.count_given_up(peer.province),
    )


FILES: Final = frozenset({"path", "dsn_file", "secret_file", "ca_file", "certificate_file", "key_file"})
"""Options of adapters that name files; relative ones belong to the directory of the settings."""


def open_platform(settings: Settings) -> Platform:
    """Open the province's platform by its adapter; raises OptionsInvalid when the options do not fit it."""
    from adapters.kinds import open_platform as open_kind  # adapters bring their own libraries, loaded on demand

    options = {
        name: str(settings.directory / str(value)) if name in FILES else value
        for name, value in settings.platform.options.items()
    }
    return open_kind(settings.platform.kind, options)
