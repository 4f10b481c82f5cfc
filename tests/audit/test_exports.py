"""Every exported line bears the place of its entry, no ciphertext and no reference of a cardholder."""

from __future__ import annotations

import json
import re

import pytest

from gateway.audit.entries.entry import Cell, Entry, Phase
from gateway.audit.review import ocsf, syslog
from gateway.cli.choices import LoggedAction
from tests.audit.ocsf_schema import faults

FIELDS: dict[str, Cell] = {
    "v": 2,
    "origin": "log.sichuan.example/1",
    "event_id": "01980000-0000-7000-8000-0000000000aa",
    "exchange_id": "01980000-0000-7000-8000-000000000001",
    "phase": "release",
    "time_utc_us": 1_790_000_000_123_456,
    "node": "spiffe://510000.chuanyu/node/gw-1",
    "action": "query",
    "result": "permit",
    "item_code": "CY-SS-02",
    "consumer_department": "cq-hrss",
    "operator_ref": "ab" * 16,
    "subject_tokens": "c2VjcmV0c2VjcmV0c2VjcmV0",
    "body": "Y2lwaGVydGV4dA==",
}
LEAF = bytes(range(32))


def entry(**changed: Cell) -> Entry:
    """An entry with some fields of its own."""
    fields = {**FIELDS, **changed}
    return Entry(Phase(str(fields["phase"])), str(fields["exchange_id"]), fields)


def event(**changed: Cell) -> dict[str, object]:
    """It as an event of OCSF."""
    return ocsf.event(entry(**changed), origin="log.sichuan.example/1", index=7, leaf_hash=LEAF, product_version="1")


def line(host: str = "gw-1", **changed: Cell) -> str:
    """It as a syslog message."""
    made = syslog.format_message(entry(**changed), origin="log.sichuan.example/1", index=7, leaf_hash=LEAF, host=host)
    return made.decode()


def test_an_event_has_the_class_the_type_and_what_the_schema_requires() -> None:
    """Class API Activity, activity Read: type 600302."""
    made = event()
    assert (6, 6003, 2, 600302, 1_790_000_000_123) == tuple(
        made[name] for name in ("category_uid", "class_uid", "activity_id", "type_uid", "time")
    )
    for required in ("actor", "api", "src_endpoint", "metadata", "severity_id"):
        assert required in made


@pytest.mark.parametrize(
    ("changed", "activity", "name"),
    [
        ({}, 2, "Read"),
        ({"phase": "receipt"}, 2, "Read"),
        ({"phase": "intent"}, 99, "intent"),
        ({"phase": "refusal", "result": "deny", "reason_code": "GRANT_MISSING"}, 99, "refusal"),
        ({"phase": "outcome"}, 99, "outcome"),
        ({"phase": "admin", "action": "node_init"}, 1, "Create"),
        ({"phase": "admin", "action": "reload"}, 3, "Update"),
        ({"phase": "admin", "action": "shred"}, 4, "Delete"),
        ({"phase": "admin", "action": "subject_history"}, 99, "subject_history"),
        ({"phase": "admin", "action": "an_act_of_later"}, 99, "an_act_of_later"),
    ],
)
def test_only_a_page_that_moved_is_a_reading(changed: dict[str, Cell], activity: int, name: str) -> None:
    """Whoever counts reads in a monitoring system counts pages (R13)."""
    made = event(**changed)
    assert (activity, name, 600300 + activity) == (made["activity_id"], made["activity_name"], made["type_uid"])


def test_the_acts_of_the_table_are_acts_of_the_log() -> None:
    """A word that no act has would silently say nothing."""
    assert set() == set(ocsf.ACTS) - set(LoggedAction)


ACT: dict[str, Cell] = {
    "phase": "admin",
    "exchange_id": "",
    "item_code": "",
    "consumer_department": "",
    "operator_ref": "",
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"phase": "receipt"},
        {"phase": "intent", "operator_ref": ""},
        {"phase": "refusal", "result": "deny", "reason_code": "GRANT_MISSING", "item_code": ""},
        {"phase": "refusal", "result": "error", "reason_code": "LEAK_BLOCKED", "detector": "raw_value"},
        {"phase": "outcome", "action": "acknowledge", "item_code": "", "consumer_department": "", "operator_ref": ""},
        {**ACT, "action": "start", "subject": "0.1.0"},
        {**ACT, "action": "shred", "subject": "2023-10", "actor": "local:0"},
        {**ACT, "action": "reload", "subject": ""},
    ],
    ids=lambda changed: f"{changed.get('phase', 'release')} {changed.get('action', '')}",
)
def test_an_event_is_valid_by_the_published_schema(changed: dict[str, Cell]) -> None:
    """Of every phase, with and without what an entry may lack."""
    assert [] == faults(json.loads(json.dumps(event(**changed))))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"actor": None}, "actor.: no object"),
        ({"actor": {"user": {}}}, "actor.user.: none of account, name, uid"),
        ({"api": {}}, "api.operation: required and not there"),
        ({"activity_id": 7}, "activity_id: not in the enumeration"),
        ({"severity_id": "1"}, "severity_id: no integer_t"),
        ({"time": "2026"}, "time: no timestamp_t"),
        ({"resources": {}}, "resources: no list of something"),
        ({"unheard_of": 1}, "unheard_of: no attribute of the object"),
        ({"cloud": {}}, "cloud: no attribute of the object"),
        ({"src_endpoint": {"name": ""}}, "src_endpoint.name: no string_t"),
        ({"status_code": ""}, "status_code: no string_t"),
        ({"type_uid": 600399}, "type_uid: not class_uid * 100 + activity_id"),
        ({"class_uid": 6002}, "class_uid: another class"),
        ({"type_name": "API Activity: Other"}, "type_name: not the class and the activity"),
    ],
)
def test_what_the_schema_does_not_allow_is_found(change: dict[str, object], fault: str) -> None:
    """Otherwise the test above would prove nothing."""
    assert fault in faults({**json.loads(json.dumps(event())), **change})


@pytest.mark.parametrize(
    ("changed", "severity", "status"),
    [
        ({}, 1, 1),
        ({"result": "deny", "reason_code": "GRANT_MISSING"}, 2, 2),
        ({"result": "deny", "reason_code": "LEAK_BLOCKED", "detector": "raw_value"}, 4, 2),
    ],
)
def test_what_the_leak_guard_stopped_is_graver_than_a_refusal(
    changed: dict[str, Cell], severity: int, status: int
) -> None:
    """And a refusal graver than an answer."""
    made = event(**changed)
    assert (severity, status) == (made["severity_id"], made["status_id"])


def test_both_forms_bear_origin_index_and_leaf_hash_and_neither_ciphertext_nor_references() -> None:
    """So that each line can be proven, and a copy tells no more than the header."""
    for text in (json.dumps(event()), line()):
        for place in ("log.sichuan.example/1", LEAF.hex()):
            assert place in text
        assert re.search(r'"?index"?[=:] ?"?7"?', text)
        assert str(FIELDS["subject_tokens"]) not in text
        assert str(FIELDS["body"]) not in text


def test_a_message_is_that_of_rfc_5424() -> None:
    """Priority 13 * 8 + 6, version 1, time in UTC, structured data, the mark of UTF-8, JSON."""
    made = line()
    head, _, text = made.partition("\ufeff")
    form = r"<110>1 2026-09-21T14:13:20\.123456Z gw-1 chuanyu-gateway - query \[entry@32473 (\w+=\"[^\"]*\" ?)+\] "
    assert re.fullmatch(form, head)
    assert 7 == json.loads(text)["index"]


def test_signs_of_the_structured_data_are_escaped() -> None:
    """Quotation mark, backslash and closing bracket (RFC 5424 section 6.3.3)."""
    made = line(item_code='a"b\\c]d')
    assert r'item="a\"b\\c\]d"' in made


@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\x00"])
def test_nothing_that_an_asker_chose_ends_a_line(end: str) -> None:
    """A code with a line end in it would begin a forged message; the JSON has it escaped."""
    made = line(item_code=f"CY{end}<13>1 forged")
    head, _, text = made.partition("\ufeff")
    assert 1 == len(head.splitlines())
    assert "\n" not in made
    assert f"CY{end}<13>1 forged" == json.loads(text)["item_code"]


@pytest.mark.parametrize("host", ["", "two words", "川", "x" * 256])
def test_a_host_name_that_syslog_cannot_bear_is_refused(host: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match="host name"):
        line(host)


def test_a_frame_is_the_length_in_bytes_and_the_message() -> None:
    """Bytes, not characters."""
    assert b"6 \xe5\xb7\x9d123" == syslog.frame("川123".encode())
