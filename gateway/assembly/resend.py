"""Resends to the peers of a node that starts the acknowledgements of the newest receipts in its own log.

Which of them the peers have taken is written nowhere; a peer that has taken one records nothing more. While a link is
down no receipts of its peer come, so an acknowledgement that was lost is always among the newest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.audit.journal import Journal
from gateway.audit.receipts import PeerLog
from gateway.link.peers import Peers
from gateway.wire.v1 import peer_pb2

NEWEST: Final = 1_024
"""Receipts whose acknowledgements are sent again."""


async def resend_acknowledgements(journal: Journal, peers: Peers, logs: Mapping[str, PeerLog]) -> None:
    """Have the newest receipts acknowledged over the next links; `logs` maps a province to its node's log.

    Raises:
        Refusal: AUDIT_NOT_DURABLE when the log cannot be read.
    """
    provinces = {log.origin: province for province, log in logs.items()}
    for origin, receipt in await journal.list_acknowledgements(NEWEST):
        if origin in provinces:
            message = peer_pb2.Acknowledgement(
                request_id=receipt.request_id,
                number=receipt.number,
                last=receipt.last,
                origin=receipt.origin,
                index=receipt.index,
                leaf_hash=receipt.leaf_hash,
            )
            peers.tell_again(provinces[origin], message)
