"""The digest of an item, by which a signed list binds everything that the item says.

Canonical form: JSON of the whole record, names sorted, no white space, UTF-8, enumerations as their values
(RFC 8785 for the kinds of value that occur here: text, integers, booleans, arrays, objects).
"""

from __future__ import annotations

import json
from dataclasses import fields
from hashlib import sha256
from typing import Any

from gateway.ground.item import Item


def canonical(item: Item) -> bytes:
    """Return the canonical bytes of an item: equal items give equal bytes, and nothing of an item is left out."""
    return json.dumps(item, default=_members, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _members(record: Any) -> dict[str, object]:
    return {one.name: getattr(record, one.name) for one in fields(record)}


def digest(item: Item) -> str:
    """Return SHA-256 of the canonical bytes, 64 lower-case hex digits."""
    return sha256(canonical(item)).hexdigest()
