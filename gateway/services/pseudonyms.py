"""Finds by which masks a release was made, and undoes a pseudonym of it, for the reviewers' door.

The one module that may undo a pseudonym. It undoes what an entry of the log names, so recipient, scene, epoch,
cipher and key are those that made the token, and no caller can say otherwise.
"""

from __future__ import annotations

from gateway.audit.entries.entry import Phase
from gateway.audit.review.search import Criteria, search
from gateway.audit.review.shown import read_shown
from gateway.audit.storage.reader import LogReader
from gateway.masking.faults import MaskingError
from gateway.masking.keys import MaskKeys
from gateway.masking.recovery import recover_by

MAX_MANIFESTS = 10_000
"""Manifests looked at: each is recorded once in the life of a running node, and a profile again at each start."""


def make_target(origin: str, index: int, field: str, token: str) -> str:
    """Return what an approval is for, before it is blinded: this token, of this field, of this release."""
    return f"{origin}:{index} {field} {token}"


def recover_value(reader: LogReader, keys: MaskKeys, *, index: int, field: str, token: str) -> str:
    """Return the value behind a pseudonym of a release. May be called only under an approval that is recorded.

    Raises:
        IndexError: there is no such entry.
        MaskingError: it is no release, its manifest is not in the log, or the token is none of its field.
        EntryUnreadable: an entry on the way is none of the schema.
    """
    row = reader.entry(index)
    entry = read_shown(index, row.leaf_hash, row.octets)
    if entry.phase is not Phase.RELEASE:
        raise MaskingError(f"expected an entry of the phase release, found {entry.phase}")
    profile = entry.text("masking_profile")
    wanted = Criteria(action="masking_manifest", until_us=entry.number("time_utc_us") + 1)
    for found in search(reader, wanted, limit=MAX_MANIFESTS):
        if found.entry.text("subject") == profile:
            return recover_by(found.entry.text("manifest").encode(), field, token, keys)
    raise MaskingError("expected the manifest of the release's masks in the log, found none")
