"""The digest of an item or of a profile, by which a signed list binds everything that it says.

Canonical form: JSON of the whole record, names sorted, no white space, UTF-8, enumerations as their values
(RFC 8785 for the kinds of value that occur here: text, integers, booleans, arrays, objects).
"""

from __future__ import annotations

import json
from dataclasses import fields
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from gateway.ground.item import Item

if TYPE_CHECKING:
    from gateway.catalogue.profiles import Profile


def canonical(record: Item | Profile) -> bytes:
    """Return the canonical bytes of a record: equal ones give equal bytes, and nothing of it is left out."""
    return json.dumps(record, default=_members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _members(record: Any) -> dict[str, object]:
    return {one.name: getattr(record, one.name) for one in fields(record)}


def digest(record: Item | Profile) -> str:
    """Return SHA-256 of the canonical bytes, 64 lower-case hex digits."""
    return sha256(canonical(record)).hexdigest()
