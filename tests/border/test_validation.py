"""Every rule of the contract is kept, all violations are told at once, and never a value."""

from __future__ import annotations

import re
import time
import timeit
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.border import validation
from gateway.border.validation import LIMIT, violations
from gateway.ground.refusals import Violation
from gateway.wire.v1 import ask_pb2, exchange_pb2, page_pb2, peer_pb2, platform_pb2, rules_pb2

NUMBER = "519999199001011234"
FILES = (ask_pb2, exchange_pb2, page_pb2, peer_pb2, platform_pb2)


def page() -> page_pb2.Page:
    made = page_pb2.Page(rows=1)
    made.columns.add(name="social_security_no").strings.values.append(NUMBER)
    made.columns.add(name="name").strings.values.append("王一")
    return made


def ask() -> ask_pb2.Ask:
    return ask_pb2.Ask(
        request_id="01980000-0000-7000-8000-000000000001",
        asked_at_us=1,
        provider_province="510000",
        item_code="CY-ID-02",
        item_version=1,
        consumer_department="cq-hrss",
        consumer_region="500000",
        scene="counter-check",
        use_basis="statutory-duty",
        purpose="办理业务",
        purpose_code="card-business",
        business_no="YW-1",
        channel=ask_pb2.CHANNEL_ONLINE,
        lawful_basis=ask_pb2.LAWFUL_BASIS_STATUTORY_DUTY,
        keys=page(),
        fields=["card_status", "valid_to"],
    )


def told(message: Any) -> list[tuple[str, str]]:
    return [(violation.field, violation.description) for violation in violations(message)]


def cell(message: ask_pb2.Ask, text: str) -> None:
    message.keys.columns[1].strings.values[0] = text


def test_a_sound_question_has_no_violation() -> None:
    """What the contract allows passes, optional parts absent or present."""
    assert () == violations(exchange_pb2.QueryRequest(ask=ask()))
    assert () == violations(ask_pb2.Ask.FromString(ask().SerializeToString()))
    with_operator = ask()
    with_operator.operator.ref, with_operator.operator.unit = "E-12", "cq-hrss-1"
    assert () == violations(with_operator)


def test_every_missing_field_is_told_at_once() -> None:
    """An empty question names all that it lacks, by path."""
    expected = {f"ask.{field.name}" for field in ask_pb2.Ask.DESCRIPTOR.fields if _rule(field).required}
    assert expected == {path for path, _ in told(exchange_pb2.QueryRequest(ask=ask_pb2.Ask()))}
    assert [("ask", "expected a value, found none")] == told(exchange_pb2.QueryRequest())


def _rule(field: Any) -> Any:
    extensions: Any = field.GetOptions().Extensions
    return extensions[rules_pb2.rule]


BAD: list[tuple[str, Callable[[ask_pb2.Ask], Any], str, str]] = [
    ("pattern", lambda m: setattr(m, "scene", "Scene"), "scene", "expected the form"),
    ("a newline after the form", lambda m: setattr(m, "scene", "scene\n"), "scene", "expected the form"),
    (
        "an upper-case request id",
        lambda m: setattr(m, "request_id", m.request_id.upper().replace("0", "A")),
        "request_id",
        "form",
    ),
    ("a long text", lambda m: setattr(m, "purpose", "办" * 201), "purpose", "at most 200 characters, found 201"),
    ("a control character", lambda m: setattr(m, "purpose", "办\x00理"), "purpose", "control"),
    ("a bidirectional override", lambda m: setattr(m, "purpose", "办\u202e理"), "purpose", "control"),
    (
        "a control character in an optional text",
        lambda m: setattr(m, "end_user_org", "a\nb"),
        "end_user_org",
        "control",
    ),
    ("a number below", lambda m: setattr(m, "asked_at_us", -1), "asked_at_us", "at least 1"),
    ("a number above", lambda m: setattr(m, "item_version", 10000), "item_version", "at most 9999"),
    ("no enum value", lambda m: setattr(m, "channel", 0), "channel", "expected one of CHANNEL_ONLINE"),
    ("an undefined enum value", lambda m: setattr(m, "channel", 99), "channel", "expected one of CHANNEL_ONLINE"),
    ("half an operator", lambda m: setattr(m.operator, "ref", "E-12"), "operator.unit", "found none"),
    (
        "too many fields",
        lambda m: m.fields.extend(f"f{n}" for n in range(64)),
        "fields",
        "at most 64 elements, found 66",
    ),
    ("a field twice", lambda m: m.fields.append("valid_to"), "fields[2]", "differ"),
    ("a field of no form", lambda m: m.fields.append("Valid"), "fields[2]", "expected the form"),
    ("no field", lambda m: m.ClearField("fields"), "fields", "at least one element"),
    ("no keys", lambda m: m.ClearField("keys"), "keys", "found none"),
    ("rows above", lambda m: setattr(m.keys, "rows", 10001), "keys.rows", "at most 10000"),
    (
        "rows that the columns lack",
        lambda m: setattr(m.keys, "rows", 2),
        "keys.columns[0]",
        "expected 2 typed values, found 1",
    ),
    ("a column without a name", lambda m: m.keys.columns[1].ClearField("name"), "keys.columns[1].name", "found none"),
    ("a column of no form", lambda m: setattr(m.keys.columns[1], "name", "Name"), "keys.columns[1].name", "form"),
    (
        "a column twice",
        lambda m: setattr(m.keys.columns[1], "name", "social_security_no"),
        "keys.columns[1].name",
        "differ",
    ),
    (
        "a column without values",
        lambda m: m.keys.columns[1].ClearField("strings"),
        "keys.columns[1]",
        "typed values, found 0",
    ),
    ("a control character in a cell", lambda m: cell(m, "a\x07"), "keys.columns[1].strings.values[0]", "control"),
    ("a long cell", lambda m: cell(m, "王" * 4097), "keys.columns[1].strings.values[0]", "4096"),
    (
        "a null mask too long",
        lambda m: setattr(m.keys.columns[1], "nulls", b"\x00\x00"),
        "keys.columns[1].nulls",
        "at most 1 bytes",
    ),
    (
        "a null bit beyond the rows",
        lambda m: setattr(m.keys.columns[1], "nulls", b"\x02"),
        "keys.columns[1].nulls",
        "beyond 1 rows",
    ),
    (
        "a value under a null",
        lambda m: setattr(m.keys.columns[1], "nulls", b"\x01"),
        "keys.columns[1].nulls",
        "zero value",
    ),
]


@pytest.mark.parametrize(("change", "path", "expected"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_broken_rule_is_told_by_path_and_expectation(
    change: Callable[[ask_pb2.Ask], Any], path: str, expected: str
) -> None:
    """Each rule of the option, and each of a page, has its own violation, inside a request too."""
    message = ask()
    change(message)
    assert any(path == found and expected in what for found, what in told(message)), told(message)
    assert f"ask.{path}" in {found for found, _ in told(exchange_pb2.QueryRequest(ask=message))}


def test_bytes_have_their_exact_length_or_are_absent() -> None:
    """`len` is exact; an absent value is allowed unless required, an element never is empty."""
    receipt = ask_pb2.Receipt(origin="o", entry=b"e", path=[b"x" * 32])
    assert () == violations(receipt)
    receipt.path.append(b"")
    receipt.path.append(b"x" * 31)
    assert [
        ("path[1]", "expected a value, found none"),
        ("path[2]", "expected 32 bytes, found 31"),
    ] == told(receipt)
    assert () == violations(peer_pb2.LinkAnswer(request_id="r"))
    assert [("salt", "expected 16 bytes, found 3")] == told(peer_pb2.LinkAnswer(request_id="r", salt=b"abc"))
    assert ("salt", "expected a value, found none") in told(peer_pb2.LinkAsk())
    assert [("nulls", "expected at most 1250 bytes, found 1251")] == told(page_pb2.Column(name="a", nulls=b"1" * 1251))


@pytest.mark.parametrize("text", ["1.5.", "1e3", "-", "0x1", "1" * 31, "１"])
def test_decimals_keep_their_form(text: str) -> None:
    """A decimal column holds decimal numbers alone."""
    made = page_pb2.Page(rows=1)
    made.columns.add(name="amount").decimals.values.append(text)
    assert ["columns[0].decimals.values[0]"] == [path for path, _ in told(made)]


def test_a_decimal_that_is_none_is_found_among_good_ones() -> None:
    """Each value is held to the form, wherever it stands in the column."""
    for values in (["1.5", "abc"], ["abc", "1.5"], ["1", "2.5", "x"]):
        made = page_pb2.Page(rows=len(values))
        made.columns.add(name="amount").decimals.values.extend(values)
        bad = next(index for index, value in enumerate(values) if value.isalpha())
        assert [f"columns[0].decimals.values[{bad}]"] == [path for path, _ in told(made)]


@pytest.mark.parametrize(
    "where", ["", "ask", "ask.operator", "ask.keys", "ask.keys.columns[1]", "ask.keys.columns[1].strings"]
)
def test_a_field_that_the_contract_does_not_know_is_a_violation(where: str) -> None:
    """Nothing rides along, at any depth."""
    request = exchange_pb2.QueryRequest(ask=ask())
    request.ask.operator.ref, request.ask.operator.unit = "E-12", "cq-hrss-1"
    column = request.ask.keys.columns[1]
    target: Any = {
        "": request,
        "ask": request.ask,
        "ask.operator": request.ask.operator,
        "ask.keys": request.ask.keys,
        "ask.keys.columns[1]": column,
        "ask.keys.columns[1].strings": column.strings,
    }[where]
    target.MergeFromString(b"\xfa\x7f\x01x")
    assert [(f"{where}.2047" if where else "2047", "unknown field")] == told(request)


def test_violations_are_bounded_and_say_that_there_are_more() -> None:
    """A message full of faults is told by its first fifty and one more."""
    made = page_pb2.Page(rows=9000)
    made.columns.add(name="name").strings.values.extend(["\x00"] * 9000)
    found = violations(made)
    assert LIMIT + 1 == len(found)
    assert Violation("", "more than 50 violations; the rest are not listed") == found[-1]


@given(st.text(max_size=300), st.text(max_size=70), st.text(max_size=20), st.lists(st.text(max_size=20), max_size=3))
def test_no_violation_holds_a_value(purpose: str, name: str, cell: str, fields: list[str]) -> None:
    """Where a value is wrong, its path and the expectation are told, never itself; and nothing is ever raised."""
    message = ask()
    marked = f"\x07{NUMBER}"
    try:
        message.purpose, message.keys.columns[0].name = purpose + marked, name + marked
        message.keys.columns[1].strings.values[0] = cell + marked
        message.fields.extend(field + marked for field in fields)
    except UnicodeEncodeError:
        return
    found = violations(message)
    assert 3 <= len(found)
    assert NUMBER not in repr(found)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "Bad", ""]),
            st.sampled_from(["strings", "integers", "decimals", "sealed", "booleans", ""]),
            st.integers(0, 3),
            st.sampled_from([b"", b"\x00", b"\x01", b"\x08", b"\x00\x00"]),
        ),
        max_size=3,
    ),
    st.integers(0, 3),
)
def test_the_quick_pass_over_a_page_accepts_no_more_and_no_less(
    columns: list[tuple[str, str, int, bytes]], rows: int
) -> None:
    """The page's quick pass and its thorough check agree on every page."""
    made = page_pb2.Page(rows=rows)
    cells: dict[str, list[Any]] = {
        "strings": ["", "x", "\x00"], "integers": [0, 1, -5], "decimals": ["", "1.5", "x"],
        "sealed": [b"a", b"", b"b"], "booleans": [False, True, True],
    }  # fmt: skip
    for name, kind, count, nulls in columns:
        column = made.columns.add(name=name, nulls=nulls)
        if kind:
            getattr(column, kind).SetInParent()
            getattr(column, kind).values.extend(cells[kind][:count])
    quick = violations(made)
    holder = peer_pb2.LinkAnswer(request_id="r", page=made)
    assert [v.description for v in quick] == [v.description for v in violations(holder)]
    with_unknown = page_pb2.Page.FromString(made.SerializeToString() + b"\xfa\x7f\x01x")
    thorough = [v for v in violations(with_unknown) if v.description != "unknown field"]
    assert list(quick) == thorough


@pytest.mark.parametrize("name", [m for file in FILES for m in file.DESCRIPTOR.message_types_by_name])
def test_a_check_is_known_for_every_message_of_the_contract(name: str) -> None:
    """No message type waits for its first bad value to fail."""
    descriptor = next(d for f in FILES if (d := f.DESCRIPTOR.message_types_by_name.get(name)) is not None)
    assert callable(validation._check_of(descriptor))


def test_every_pattern_of_the_contract_is_linear() -> None:
    """Bounded repetition of classes only, so that no text can make matching slow."""
    patterns = {
        _rule(field).pattern
        for file in FILES
        for message in file.DESCRIPTOR.message_types_by_name.values()
        for field in message.fields
    } - {""}
    assert 8 < len(patterns)
    assert [] == [p for p in patterns if re.search(r"[*+]", re.sub(r"\[[^]]*\]|\\.", "", p))]


def test_a_question_is_checked_fast_enough_for_the_road() -> None:
    """A question with one key row costs about thirteen microseconds; the bound leaves room for slow machines."""
    message = ask()
    violations(message)
    seconds = min(timeit.repeat(lambda: violations(message), timer=time.thread_time, number=200, repeat=5)) / 200
    assert seconds < 120e-6
