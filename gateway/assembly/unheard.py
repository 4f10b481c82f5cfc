"""What a node that starts tells its peers again: the acknowledgements of the newest receipts in its own log.

Which of them the peers have heard is written nowhere; a peer that has heard one records nothing more. While a link is
down no receipts of its peer come, so that what was not heard is always among the newest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.audit.journal import Journal
from gateway.audit.receipts import PeerLog
from gateway.link.peers import Peers
from gateway.wire.v1 import peer_pb2

NEWEST: Final = 1_024
"""Receipts whose acknowledgements are told again."""


async def tell_again(journal: Journal, peers: Peers, logs: Mapping[str, PeerLog]) -> None:
    """Have the newest receipts acknowledged over the next links; `logs` are the peers' logs by province.

    Raises:
        Refusal: AUDIT_NOT_DURABLE when the log cannot be read.
    """
    provinces = {log.origin: province for province, log in logs.items()}
    for origin, said in await journal.received(NEWEST):
        if origin in provinces:
            message = peer_pb2.Acknowledgement(
                request_id=said.request_id,
                number=said.number,
                last=said.last,
                origin=said.origin,
                index=said.index,
                leaf_hash=said.leaf_hash,
            )
            peers.resend_acknowledgement(provinces[origin], message)
