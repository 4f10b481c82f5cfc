"""The entries that name documents which come into force: lists, grants, rosters, revocation lists, trust bundles.

Each has the same exchange id, which no question can have, so that the index of exchanges finds them among millions of
others. An entry names what is new; all of them together are what was ever in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.audit.entries.entry import SHARED_VERSION, Cell, Phase, Result, encode
from gateway.audit.entries.writing import EncodedEntry, LogIdentity
from gateway.ground.documents import NumberedDocument

DOCUMENTS: Final = "documents"
"""The action of an act that names documents."""
DOCUMENTS_ID: Final = "00000000-0000-0000-0000-000000000000"
"""The exchange id of these acts: no UUID of version 7, so no question has it."""
MAX_DOCUMENTS: Final = 96
"""Documents of one entry: each takes at most 256 characters of its 32 KiB."""


def encode_documents(
    identity: LogIdentity, documents: Sequence[NumberedDocument], *, act: str, actor: str, event_id: str, time_us: int
) -> EncodedEntry:
    """Return the entry that names documents which come into force by an act, whose code is its subject."""
    fields: dict[str, Cell] = {
        "v": SHARED_VERSION,
        "origin": identity.origin,
        "node": identity.node,
        "exchange_id": DOCUMENTS_ID,
        "actor": actor,
        "action": DOCUMENTS,
        "subject": act,
        "documents": [str(one) for one in documents],
        "phase": Phase.ADMIN,
        "result": Result.PERMIT,
        "event_id": event_id,
        "time_utc_us": time_us,
    }
    return EncodedEntry(encode(fields))
