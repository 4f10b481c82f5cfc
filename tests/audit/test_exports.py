"""Every exported line bears the place of its entry, no ciphertext and no reference of a cardholder."""

from __future__ import annotations

import json
import re

import pytest

from gateway.audit.entries.entry import Cell, Entry, Phase
from gateway.audit.review import ocsf, syslog

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


def test_an_act_is_another_activity_with_its_name() -> None:
    """Not a reading of records."""
    made = event(phase="admin", action="reload", exchange_id="", subject="1")
    assert (99, "reload", 600399) == (made["activity_id"], made["activity_name"], made["type_uid"])


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
