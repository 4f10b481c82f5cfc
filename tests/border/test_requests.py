"""A request becomes a message with bounded work, whatever its octets hold (F11)."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.border import requests as module
from gateway.border.requests import FIELDS, REQUEST_BYTES, SMALL_BYTES, read_request
from gateway.ground.refusals import Reason, Refusal
from gateway.wire.v1 import ask_pb2, exchange_pb2, page_pb2

BOUND_MS = 20.0
QUIET_MS = 8.0
"""The processor time of `slowness` on a quiet core of two gigahertz."""
"""The longest that a message beyond the contract may hold the loop."""


def delimited(number: int, octets: bytes) -> bytes:
    """A field with a length, on the wire."""
    head, length = bytes([number << 3 & 0x7F | 0x80 | 2, number >> 4]) if number > 15 else bytes([number << 3 | 2]), b""
    left = len(octets)
    while left > 0x7F:
        length += bytes([left & 0x7F | 0x80])
        left >>= 7
    return head + length + bytes([left]) + octets


def asking(keys: bytes) -> bytes:
    """A query with these octets as its page of keys."""
    return delimited(1, delimited(ask_pb2.Ask.DESCRIPTOR.fields_by_name["keys"].number, keys))


def column(**values: Any) -> bytes:
    """A column on the wire."""
    return delimited(2, page_pb2.Column(name="x", **values).SerializeToString())


BEYOND = {
    "empty columns": asking(b"\x12\x00" * 250_000),
    "as many as the length allows": asking(b"\x12\x00" * (REQUEST_BYTES // 2 - 20)),
    "columns of unknown fields": asking(b"\x12\x02\x78\x01" * 100_000),
    "unknown fields in a page": asking(b"\x78\x01" * 250_000),
    "unknown fields at the top": b"\x78\x01" * 250_000,
    "unknown fields of a column's values": asking(delimited(2, delimited(3, b"\x78\x01" * 250_000))),
    "empty values": asking(column(strings=page_pb2.Strings(values=[""] * 250_000))),
    "whole numbers": asking(column(integers=page_pb2.Integers(values=[1] * 500_000))),
    "control characters": asking(column(strings=page_pb2.Strings(values=["\x01"] * 10_000)) * 16),
    "one question after another": delimited(1, b"") * 100_000,
    "longer than any": b"\x00" * (REQUEST_BYTES + 1),
}


def slowness() -> float:
    """Return how many times slower this machine is than a quiet one, at least 1: shared cores are slower."""
    spent = []
    for _ in range(5):
        began = time.thread_time()
        sum(number * number for number in range(100_000))
        spent.append((time.thread_time() - began) * 1000)
    return max(1.0, min(spent) / QUIET_MS)


@pytest.mark.parametrize("kind", BEYOND)
def test_a_message_beyond_the_contract_costs_little(kind: str) -> None:
    """F11: 250,000 empty columns held the loop three quarters of a second. The quickest of five counts."""
    spent, slow = [], slowness()
    for _ in range(5):
        began = time.thread_time()
        with pytest.raises(Refusal) as caught:
            read_request(exchange_pb2.QueryRequest, BEYOND[kind])
        spent.append((time.thread_time() - began) * 1000)
        assert Reason.REQUEST_INVALID is caught.value.reason
        assert caught.value.violations
    assert BOUND_MS * slow > min(spent)


def test_the_violation_of_too_many_names_its_path() -> None:
    """What was expected, and where."""
    with pytest.raises(Refusal) as caught:
        read_request(exchange_pb2.QueryRequest, BEYOND["empty columns"])
    (violation,) = caught.value.violations
    assert ("ask.keys.columns", "expected at most 256 elements, found more") == (violation.field, violation.description)


def whole(columns: int, rows: int) -> exchange_pb2.QueryRequest:
    """A valid question with so many keys."""
    keys = [
        page_pb2.Column(name=f"k{number}", strings=page_pb2.Strings(values=[f"v{row}" for row in range(rows)]))
        for number in range(columns)
    ]
    return exchange_pb2.QueryRequest(
        ask=ask_pb2.Ask(
            request_id="01980000-0000-7000-8000-000000000001",
            asked_at_us=1,
            provider_province="510000",
            item_code="CY-ID-02",
            item_version=1,
            consumer_department="cq-hrss",
            consumer_region="500000",
            scene="counter",
            use_basis="basis",
            purpose="purpose",
            purpose_code="purpose",
            business_no="B1",
            channel=ask_pb2.CHANNEL_ONLINE,
            lawful_basis=ask_pb2.LAWFUL_BASIS_STATUTORY_DUTY,
            keys=page_pb2.Page(rows=rows, columns=keys),
            fields=["name"],
        )
    )


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (3, 5_000), (256, 100), (4, 10_000)])
def test_a_question_within_the_contract_is_read_whole(columns: int, rows: int) -> None:
    """Long ones are walked, and are the same."""
    asked = whole(columns, rows)
    assert asked == read_request(exchange_pb2.QueryRequest, asked.SerializeToString())


def test_the_bounds_leave_room_for_every_page_of_the_contract() -> None:
    """256 columns with name, nulls and values are far from the bound of fields."""
    assert FIELDS > 3 * 256 * 4
    assert SMALL_BYTES < REQUEST_BYTES


@given(st.binary(max_size=200), st.integers(0, 3))
def test_any_octets_are_a_message_or_a_refusal(octets: bytes, padding: int) -> None:
    """Also where the walk meets them: it never raises anything else."""
    padded = octets + delimited(15, b"x" * SMALL_BYTES) * padding
    for one in (padded, asking(padded)):
        with pytest.raises(Refusal):
            read_request(exchange_pb2.QueryRequest, one)


def test_the_walk_counts_what_the_parser_would_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the bound at nothing, every request that is walked is refused: none slips by."""
    monkeypatch.setattr(module, "FIELDS", 0)
    with pytest.raises(Refusal):
        read_request(exchange_pb2.QueryRequest, whole(3, 5_000).SerializeToString())
