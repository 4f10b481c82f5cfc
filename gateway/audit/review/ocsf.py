"""An entry as an event of the Open Cybersecurity Schema Framework: class API Activity (6003), schema 1.6.0.

Pure. What OCSF has a place for goes there; the whole header goes into `unmapped`, with the entry's place in the log
(`origin`, `index`, `leaf_hash`), so that every event that a monitoring system shows can be proven. An export is a copy:
its loss loses nothing.

The activity is Read only where records moved: a page left (`release`) or came (`receipt`). What an act did to the node
or its log is Create, Update or Delete; a question, a refusal, an outcome and every other act are Other, by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.audit.entries.entry import Cell, Entry, Phase, Result

SCHEMA_VERSION: Final = "1.6.0"
CLASS_UID: Final = 6003
CATEGORY_UID: Final = 6
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
"""Activities of the class."""
_NAMES: Final = {CREATE: "Create", READ: "Read", UPDATE: "Update", DELETE: "Delete"}
ACTS: Final[Mapping[str, int]] = {
    "node_init": CREATE,
    "backup": CREATE,
    "masking_manifest": CREATE,
    "reload": UPDATE,
    "documents": UPDATE,
    "quarantine": UPDATE,
    "lift_quarantine": UPDATE,
    "accept_bundle": UPDATE,
    "accept_revocations": UPDATE,
    "announce_log_keys": UPDATE,
    "rotate_log_keys": UPDATE,
    "renew_witness": UPDATE,
    "restore": UPDATE,
    "take_up": UPDATE,
    "retain": DELETE,
    "shred": DELETE,
}
"""The acts that change something; a reading of the log is no reading of records, and is Other like the rest."""
SUCCESS, FAILURE = 1, 2
INFORMATIONAL, LOW, HIGH = 1, 2, 4
"""Severities: as it should be; refused by rule or prevented; stopped by the leak guard."""
_LEFT_OUT: Final = frozenset({"body", "subject_tokens"})
"""Ciphertext and references serve nobody outside the log."""

Json = dict[str, object]


def event(entry: Entry, *, origin: str, index: int, leaf_hash: bytes, product_version: str) -> Json:
    """Return one event, ready to be written as JSON; what an entry does not say has no attribute."""
    activity, name = activity_of(entry)
    failed = entry.text("result") != Result.PERMIT
    reason, who = entry.text("reason_code"), entry.text("actor") or entry.text("operator_ref")
    resource = entry.text("item_code") or entry.text("subject")
    made: Json = {
        "category_uid": CATEGORY_UID,
        "class_uid": CLASS_UID,
        "activity_id": activity,
        "activity_name": name,
        "type_uid": CLASS_UID * 100 + activity,
        "type_name": f"API Activity: {name}",
        "time": entry.number("time_utc_us") // 1000,
        "severity_id": severity(entry),
        "status_id": FAILURE if failed else SUCCESS,
        "metadata": {
            "version": SCHEMA_VERSION,
            "uid": entry.text("event_id"),
            "log_name": origin,
            "sequence": index,
            "product": {"name": "chuanyu-gateway", "vendor_name": "chuanyu-gateway", "version": product_version},
        },
        # Nobody acts in person in a batch, nor when a node starts: then it is the node that acts.
        "actor": {"user": {"uid": who}} if who else {"app_name": entry.text("node")},
        "api": {
            "operation": entry.text("action"),
            "response": {"code": 1 if failed else 0, **({"message": reason} if reason else {})},
        },
        "src_endpoint": {"name": entry.text("consumer_department") or entry.text("actor") or entry.text("node")},
        "dst_endpoint": {"name": entry.text("node")},
        "unmapped": header(entry, origin=origin, index=index, leaf_hash=leaf_hash),
    }
    if entry.exchange_id:
        made["metadata"] = {**_object(made, "metadata"), "correlation_uid": entry.exchange_id}
        made["api"] = {**_object(made, "api"), "request": {"uid": entry.exchange_id}}
    if reason:
        made["status_code"] = reason
    if resource:
        kind = "application item" if entry.text("item_code") else "object of an act"
        made["resources"] = [{"type": kind, "name": resource}]
    return made


def activity_of(entry: Entry) -> tuple[int, str]:
    """Return the activity of what an entry records, and its name."""
    if entry.phase in (Phase.RELEASE, Phase.RECEIPT):
        return READ, _NAMES[READ]
    if entry.phase is Phase.ADMIN:
        action = entry.text("action")
        activity = ACTS.get(action, OTHER)
        return activity, _NAMES.get(activity, action)
    return OTHER, str(entry.phase)


def _object(made: Json, name: str) -> Json:
    found = made[name]
    return found if isinstance(found, dict) else {}


def header(entry: Entry, *, origin: str, index: int, leaf_hash: bytes) -> dict[str, Cell]:
    """Return the entry's header with its place in the log: what every exported line bears."""
    shown = {name: value for name, value in entry.fields.items() if name not in _LEFT_OUT}
    return {**shown, "origin": origin, "index": index, "leaf_hash": leaf_hash.hex()}


def severity(entry: Entry) -> int:
    """Return the severity of what an entry records."""
    if entry.text("detector"):
        return HIGH
    return INFORMATIONAL if entry.text("result") == Result.PERMIT else LOW
