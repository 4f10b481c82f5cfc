"""The room of the lawful basis of a running node: opened from its files and its log, and what is done beside the roads.

The log says what a consent's file may: without the act of its registration a file allows nothing, and with the act of
its withdrawal nothing any more, whatever was put back. Emergencies stand in the log alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import grpc
import structlog

from gateway.assembly.build import Foundation, clock_us, peer_channel
from gateway.assembly.trust import Trust
from gateway.audit.entries.acts import EMERGENCY_ID, EMERGENCY_USE, ActDetails, DualControlAct, approval_id
from gateway.audit.entries.entry import Entry
from gateway.audit.entries.references import References
from gateway.audit.journal import Journal
from gateway.audit.review.shown import EntryUnreadable, read_shown
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.catalogue.parties import Parties
from gateway.ground.alarms import Alarm, Alarms
from gateway.lawful.basis import LawfulBases
from gateway.lawful.consents import Consents, HeldConsent
from gateway.lawful.emergencies import Emergencies
from gateway.lawful.files import ConsentFiles
from gateway.serving.consents import REGISTER, WITHDRAW, ConsentDesk
from gateway.serving.node import Node
from gateway.settings import Settings
from gateway.wire.v1 import peer_pb2, peer_pb2_grpc
from keys.certificate import PeerCertificate

TELL_SECONDS: Final = 5.0
"""For how long the other gateway may take to hold a consent."""


async def open_lawful(settings: Settings, journal: Journal, references: References) -> LawfulBases:
    """Return the room as the files and the log have it.

    Raises:
        OSError: the directory of the consents cannot be read.
        StoreInvalid: an entry of the log is not as it was written.
    """
    emergencies = Emergencies(lambda operator, time_us: references.operator(operator.ref, operator.unit, time_us))
    files = ConsentFiles(settings.consents_directory)

    def read() -> list[HeldConsent]:
        with LogReader(place_of(settings)) as reader:
            for entry in _entries(reader, EMERGENCY_ID):
                _take_emergency(emergencies, entry)
            return read_consents(reader, files)

    async def record_use(subject: str, actor: str) -> None:
        details = ActDetails(exchange_id=EMERGENCY_ID)
        await journal.record_act(action=EMERGENCY_USE, subject=subject, actor=actor, details=details.fields())

    consents = Consents(await asyncio.to_thread(read))
    return LawfulBases(consents, emergencies, record_use)


def read_consents(reader: LogReader, files: ConsentFiles) -> list[HeldConsent]:
    """Return the consents of a node as a start takes them up: those of its files, each as the log has it.

    Raises:
        OSError: the directory of the consents cannot be read.
        StoreInvalid: an entry of the log is not as it was written.
    """
    return [held for found in files.read() if (held := _hold_to_log(reader, found)) is not None]


def _entries(reader: LogReader, exchange_id: str) -> Iterator[Entry]:
    for row in reader.exchange(exchange_id):
        if row.octets:
            try:
                yield read_shown(row.index, row.leaf_hash, row.octets)
            except EntryUnreadable as error:
                raise StoreInvalid(f"{error}. Run chuanyu audit verify") from error


def _take_emergency(emergencies: Emergencies, entry: Entry) -> None:
    match entry.text("action"):
        case action if action == EMERGENCY_USE:
            emergencies.take(entry.text("subject"), entry.number("time_utc_us"))
        case action if action == DualControlAct.CLOSE_EMERGENCY:
            emergencies.close(entry.text("subject"))


def _hold_to_log(reader: LogReader, held: HeldConsent) -> HeldConsent | None:
    """Return a consent as the log has it; None where the log does not name it."""
    acts = {
        entry.text("action")
        for entry in _entries(reader, approval_id(held.digest))
        if entry.text("subject") == held.digest
    }
    if REGISTER not in acts:
        structlog.get_logger("node").error("consent not in the log", consent=held.digest)
        return None
    withdrawn = held.withdrawn or WITHDRAW in acts
    # What the log withdraws and the file did not is a file that was put back: the other gateway is told once more.
    told = held.told and withdrawn == held.withdrawn
    return replace(held, withdrawn=withdrawn, recorded=not withdrawn or WITHDRAW in acts, told=told)


async def tell_peer(channel: grpc.aio.Channel, held: HeldConsent) -> bool:
    """Tell a gateway of a consent, over a channel that is closed then; return whether it holds it as it is here."""
    stub: Any = peer_pb2_grpc.PeerStub(channel)
    request = peer_pb2.TakeConsentRequest(consent=held.signed.octets(), nonce=held.nonce, withdrawn=held.withdrawn)
    try:
        await stub.TakeConsent(request, timeout=TELL_SECONDS)
    except grpc.aio.AioRpcError as error:
        structlog.get_logger("node").warning("consent not told", consent=held.digest, why=str(error.details()))
        return False
    finally:
        await channel.close()
    return True


@dataclass(frozen=True, slots=True)
class _InForce:
    """What consents are judged by: the rooms in force, which a reload replaces."""

    node: Node

    def judge(self, certificate_pem: str) -> PeerCertificate:
        """Judge a certificate by the gatehouse in force."""
        return self.node.in_force.rooms.gatehouse.judge(certificate_pem, clock_us())

    @property
    def parties(self) -> Parties:
        """The roster in force."""
        return self.node.in_force.rooms.catalogue.parties


def open_desk(foundation: Foundation, node: Node, trust: Callable[[], Trust]) -> ConsentDesk:
    """Return the desk of consents of a node."""
    settings, keys = foundation.settings, foundation.keys

    peers = {peer.province: peer for peer in settings.peers}

    async def tell(held: HeldConsent) -> bool:
        peer = peers.get(held.signed.record.provider_province)
        return peer is not None and await tell_peer(peer_channel(peer, keys, trust(), settings)(), held)

    return ConsentDesk(
        settings.node.province,
        foundation.lawful.consents,
        ConsentFiles(settings.consents_directory),
        node.acts,
        _InForce(node),
        clock_us=clock_us,
        require_serving=node.accounts.require_serving,
        tell=tell,
    )


async def watch_lawful(foundation: Foundation, desk: ConsentDesk, alarms: Alarms, seconds: float) -> None:
    """Ring for reviews that are overdue and consents that are not told, until cancelled."""
    former = 0
    while True:
        overdue, now = foundation.lawful.emergencies.count_overdue(clock_us()), desk.count_untold()
        former, untold = now, min(former, now)  # what is on its way when looked at is no fault yet
        alarms.set(Alarm.EMERGENCY_REVIEW_OVERDUE, "reviews", bool(overdue), f"{overdue} open too long")
        alarms.set(Alarm.CONSENT_NOT_TOLD, "consents", bool(untold), f"{untold} not told")
        await asyncio.sleep(seconds)
