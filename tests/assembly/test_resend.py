"""A node that starts sends the acknowledgements of its newest receipts again, each to the peer whose log it names."""

from __future__ import annotations

from typing import cast

import pytest

from gateway.assembly.resend import NEWEST, resend_acknowledgements
from gateway.audit.journal import Acknowledgement, Journal
from gateway.audit.receipts import PeerLog
from gateway.audit.tlog.cosignature import note_verifier
from gateway.ground.refusals import Reason, Refusal
from gateway.link.peers import Peers
from gateway.wire.v1 import peer_pb2
from tests.audit.signing import LogKey

THEIRS, OURS = "log.chongqing.example/1", "log.sichuan.example/1"
LOGS = {"500000": PeerLog(THEIRS, (note_verifier(LogKey(THEIRS).vkey),))}


class FakeJournal:
    """A journal with some receipts, or one that cannot be read."""

    def __init__(self, *found: tuple[str, Acknowledgement], refusal: Refusal | None = None) -> None:
        self.found = list(found)
        self.refusal = refusal
        self.limits: list[int] = []

    async def list_acknowledgements(self, limit: int) -> list[tuple[str, Acknowledgement]]:
        """Give the receipts."""
        self.limits.append(limit)
        if self.refusal is not None:
            raise self.refusal
        return self.found


class FakePeers:
    """Peers that note what is sent to whom."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, peer_pb2.Acknowledgement]] = []

    def resend_acknowledgement(self, province: str, message: peer_pb2.Acknowledgement) -> None:
        """Note a message."""
        self.sent.append((province, message))


def acknowledgement(number: int, *, last: bool) -> Acknowledgement:
    """Our acknowledgement of a page; its node and its reason stay with us."""
    return Acknowledgement("node", "id", number, OURS, 40 + number, b"l" * 32, "", last=last)


async def resend(journal: FakeJournal) -> list[tuple[str, peer_pb2.Acknowledgement]]:
    """What a start sends."""
    peers = FakePeers()
    await resend_acknowledgements(cast(Journal, journal), cast(Peers, peers), LOGS)
    return peers.sent


async def test_a_log_that_cannot_be_read_fails_the_start() -> None:
    """Acknowledgements are not lost unseen."""
    with pytest.raises(Refusal) as caught:
        await resend(FakeJournal(refusal=Refusal(Reason.AUDIT_NOT_DURABLE)))
    assert Reason.AUDIT_NOT_DURABLE == caught.value.reason


@pytest.mark.parametrize("origin", ["", OURS, "log.guizhou.example/1", f"{THEIRS}/"])
async def test_a_receipt_of_a_log_that_is_no_peers_is_sent_to_nobody(origin: str) -> None:
    """A peer that left, or our own log, learns nothing of another's exchange."""
    assert [] == await resend(FakeJournal((origin, acknowledgement(0, last=True))))


async def test_each_receipt_is_acknowledged_again_as_it_was_and_in_order() -> None:
    """The message names the page, whether it is the last, and the entry of our log."""
    journal = FakeJournal((THEIRS, acknowledgement(0, last=False)), (THEIRS, acknowledgement(1, last=True)))
    expected = [
        (
            "500000",
            peer_pb2.Acknowledgement(
                request_id="id", number=number, last=last, origin=OURS, index=40 + number, leaf_hash=b"l" * 32
            ),
        )
        for number, last in ((0, False), (1, True))
    ]
    assert expected == await resend(journal)
    assert [NEWEST] == journal.limits
