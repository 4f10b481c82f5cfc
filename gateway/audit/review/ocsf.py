"""An entry as an event of the Open Cybersecurity Schema Framework: class API Activity (6003), schema 1.6.0.

Pure. What OCSF has a place for goes there; the whole header goes into `unmapped`, with the entry's place in the log
(`origin`, `index`, `leaf_hash`), so that every event that a monitoring system shows can be proven. An export is a copy:
its loss loses nothing.
"""

from __future__ import annotations

from typing import Final

from gateway.audit.entries.entry import Cell, Entry, Phase, Result

SCHEMA_VERSION: Final = "1.6.0"
CLASS_UID: Final = 6003
CATEGORY_UID: Final = 6
READ, OTHER = 2, 99
"""Activities of the class: a reading of records, and everything else."""
SUCCESS, FAILURE = 1, 2
INFORMATIONAL, LOW, HIGH = 1, 2, 4
"""Severities: as it should be; refused by rule or prevented; stopped by the leak guard."""
_LEFT_OUT: Final = frozenset({"body", "subject_tokens"})
"""Ciphertext and references serve nobody outside the log."""

Json = dict[str, object]


def event(entry: Entry, *, origin: str, index: int, leaf_hash: bytes, product_version: str) -> Json:
    """Return one event, ready to be written as JSON."""
    reading = entry.phase is not Phase.ADMIN
    activity = READ if reading else OTHER
    failed = entry.text("result") != Result.PERMIT
    return {
        "category_uid": CATEGORY_UID,
        "class_uid": CLASS_UID,
        "activity_id": activity,
        "activity_name": "Read" if reading else entry.text("action"),
        "type_uid": CLASS_UID * 100 + activity,
        "time": entry.number("time_utc_us") // 1000,
        "severity_id": severity(entry),
        "status_id": FAILURE if failed else SUCCESS,
        "status_code": entry.text("reason_code"),
        "metadata": {
            "version": SCHEMA_VERSION,
            "uid": entry.text("event_id"),
            "log_name": origin,
            "sequence": index,
            "correlation_uid": entry.exchange_id,
            "product": {"name": "chuanyu-gateway", "vendor_name": "chuanyu-gateway", "version": product_version},
        },
        "actor": {"user": {"uid": entry.text("actor") or entry.text("operator_ref")}},
        "api": {
            "operation": entry.text("action"),
            "request": {"uid": entry.exchange_id},
            "response": {"code": 0 if not failed else 1, "message": entry.text("reason_code")},
        },
        "src_endpoint": {"name": entry.text("consumer_department") or entry.text("actor")},
        "dst_endpoint": {"name": entry.text("node")},
        "resources": [{"type": "application item", "uid": entry.text("item_code") or entry.text("subject")}],
        "unmapped": header(entry, origin=origin, index=index, leaf_hash=leaf_hash),
    }


def header(entry: Entry, *, origin: str, index: int, leaf_hash: bytes) -> dict[str, Cell]:
    """Return the entry's header with its place in the log: what every exported line bears."""
    shown = {name: value for name, value in entry.fields.items() if name not in _LEFT_OUT}
    return {**shown, "origin": origin, "index": index, "leaf_hash": leaf_hash.hex()}


def severity(entry: Entry) -> int:
    """Return the severity of what an entry records."""
    if entry.text("detector"):
        return HIGH
    return INFORMATIONAL if entry.text("result") == Result.PERMIT else LOW
