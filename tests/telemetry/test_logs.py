"""A log line holds scalars that no detector meets, and of an exception neither message nor locals."""

from __future__ import annotations

import io
import logging
import re
import time
import timeit
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.evidence import Column, Page, RawIdentifier
from gateway.ground.item import Kind
from gateway.ground.refusals import Reason
from gateway.telemetry.logs import Level, configure_logs, redact, render

NUMBER = "519999199001011234"
PHONE = "10012345678"


def scan(text: str) -> Sequence[str]:
    """A stand-in for the leak guard's scanner, which sets identifiers of machines aside as that does."""
    return ("long number",) if re.search(r"[0-9]{11}", re.sub(r"[0-9a-f-]{36}", "", text)) else ()


Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    yield from configured("info")


@pytest.fixture
def warnings_only() -> Iterator[Lines]:
    yield from configured("warning")


def configured(level: Level) -> Iterator[Lines]:
    stream = io.BytesIO()
    root = logging.getLogger()
    before, level_before = list(root.handlers), root.level
    for handler in before:
        root.removeHandler(handler)
    configure_logs(stream, level=level, scan=scan, now=lambda: datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC))
    yield lambda: [orjson.loads(line) for line in stream.getvalue().splitlines()]
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level_before)


def test_a_line_has_time_level_logger_event_and_trace(lines: Lines) -> None:
    """Time is ISO 8601 in UTC with microseconds, always."""
    structlog.contextvars.bind_contextvars(trace_id="4bf92f3577b34da6a3ce929d0e0e4736")
    structlog.get_logger("exchange").info("exchange", rows=3, item="CY-ID-02", ms=1.5, last=True, reason="")
    expected = {
        "time": "2026-11-24T01:02:03.000000Z", "level": "info", "logger": "exchange", "event": "exchange",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "rows": 3, "item": "CY-ID-02", "ms": 1.5, "last": True,
        "reason": "",
    }  # fmt: skip
    assert [expected] == lines()


def test_a_line_below_the_level_is_not_written(warnings_only: Lines) -> None:
    """The level is a floor."""
    structlog.get_logger().info("a")
    structlog.get_logger().warning("b")
    assert ["b"] == [line["event"] for line in warnings_only()]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (RawIdentifier(NUMBER), "<redacted RawIdentifier>"),
        (Column("name", Kind.STRING, ("王一",)), "<redacted Column>"),
        (Page(1, (Column("name", Kind.STRING, ("王一",)),)), "<redacted Page>"),
        (["王一"], "<redacted list>"),
        ({"name": "王一"}, "<redacted dict>"),
        (("王一",), "<redacted tuple>"),
        (b"secret", "<redacted bytes>"),
        (ValueError("王一"), "<redacted ValueError>"),
        (object, "<redacted type>"),
        (NUMBER, "<redacted: long number>"),
        (f"card of {NUMBER} is", "<redacted: long number>"),
        (f"{'x' * 100}{PHONE}", "<redacted: long number>"),
        (int(PHONE), "<redacted int>"),
        (float(PHONE), "<redacted float>"),
        (2**70, "<redacted int>"),
        (-(2**70), "<redacted int>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_may_hold_a_record_is_not_shown(lines: Lines, value: object, shown: str) -> None:
    """Neither as a value nor as the event, nor as a value of the context."""
    structlog.get_logger().info("event", value=value)
    structlog.get_logger().bind(bound=value).info("event")
    structlog.get_logger().info(value)
    first, second, third = lines()
    assert (shown, shown, shown) == (first["value"], second["bound"], third["event"])


@pytest.mark.parametrize(
    "value",
    [
        "01980000-0000-7000-8000-000000000001",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        9_999_999,
        None,
        "办理业务",
    ],
)
def test_technical_values_are_shown(lines: Lines, value: object) -> None:
    """Request ids and trace contexts in their exact form are no personal numbers."""
    structlog.get_logger().info("event", value=value)
    assert value == lines()[0]["value"]


@pytest.mark.parametrize(
    "value", ["51999919-6001-7100-8130-000000000001", f"00-4bf92f3577b3{NUMBER}ab-00f067aa0ba902b7-01"]
)
def test_an_identifier_passes_the_scanner_as_all_text_does(value: str) -> None:
    """F6: whatever the scanner finds in one, a request id or a trace context is exempt from nothing."""
    found: list[str] = []

    def suspect(text: str) -> Sequence[str]:
        found.append(text)
        return ("number",)

    stream = io.BytesIO()
    configure_logs(stream, level="info", scan=suspect)
    structlog.get_logger().info("event", value=value)
    assert value in found
    assert value not in stream.getvalue().decode()


def test_an_enum_is_shown_by_its_value(lines: Lines) -> None:
    """A reason reads as on the wire."""
    structlog.get_logger().info("event", reason=Reason.LEAK_BLOCKED)
    assert "LEAK_BLOCKED" == lines()[0]["reason"]


def test_an_exception_is_told_without_its_message_and_without_locals(lines: Lines) -> None:
    """Type and frames of the whole chain; a message may quote a record."""

    def inner() -> None:
        secret = NUMBER
        raise ValueError(f"bad 王一 {secret}")

    try:
        try:
            inner()
        except ValueError as error:
            raise KeyError("王二") from error
    except KeyError:
        structlog.get_logger().exception("defect")
    (line,) = lines()
    assert ["builtins.KeyError", "builtins.ValueError"] == [one["type"] for one in line["exceptions"]]
    assert re.fullmatch(r".*test_logs\.py:[0-9]+ inner", line["exceptions"][1]["frames"][-1])
    assert "error" == line["level"]
    assert "王" not in str(line)
    assert "long number" not in str(line)


def test_a_group_tells_its_members_and_a_cycle_ends(lines: Lines) -> None:
    """Members of a group are told; a chain that turns back on itself is told once."""
    first, second = ValueError("王"), TypeError("王")
    first.__cause__, second.__cause__ = second, first
    structlog.get_logger().error("defect", exc_info=ExceptionGroup("王", [first, OSError("王")]))
    structlog.get_logger().error("defect", exc_info=None)
    told, without = lines()
    assert {"builtins.ExceptionGroup", "builtins.ValueError", "builtins.OSError", "builtins.TypeError"} == {
        one["type"] for one in told["exceptions"]
    }
    assert "exceptions" not in without
    assert "王" not in str(told)


def test_a_library_is_told_by_place_alone(lines: Lines) -> None:
    """Its message may hold anything: a repr of a task, a statement, a record."""
    try:
        raise ValueError("王一")
    except ValueError:
        logging.getLogger("some.library").exception("handling %s for 王一", NUMBER)
    logging.getLogger("some.library").info("quiet")
    (line,) = lines()
    assert ("some.library", "library message") == (line["library"], line["event"])
    assert line["place"].startswith("test_logs:")
    assert ["builtins.ValueError"] == [one["type"] for one in line["exceptions"]]
    assert "王" not in str(line)


def test_a_scanner_that_fails_redacts() -> None:
    """What was not scanned is not shown."""

    def broken(text: str) -> Sequence[str]:
        raise RuntimeError("王")

    line = redact(broken)(None, "info", {"event": "event"})
    assert {"event": "<redacted: the scanner failed>"} == line


@given(
    st.dictionaries(st.sampled_from(["event", "a", "b"]), st.one_of(st.text(), st.integers(), st.floats(), st.binary()))
)
def test_every_line_can_be_written(event: dict[str, Any]) -> None:
    """Any text, surrogates too, and any number becomes one line of JSON."""
    written = render(None, "info", redact(scan)(None, "info", dict(event)))  # type: ignore[arg-type]  # the pipeline's own
    assert b"\n" == written[-1:]
    assert 1 == written.count(b"\n")
    assert event.keys() == orjson.loads(written).keys()


def test_a_value_that_cannot_be_written_ends_no_exchange() -> None:
    """The line says so instead."""
    assert b"cannot be written" in render(None, "info", {"event": object()})


def test_a_line_costs_little(lines: Lines) -> None:
    """The line of an exchange costs some ten microseconds; the bound leaves room for slow machines."""
    log = structlog.get_logger("exchange")

    def line() -> None:
        log.info(
            "exchange", request_id="01980000-0000-7000-8000-000000000001", role="provider", item="CY-ID-02",
            department="cq-hrss", outcome="released", reason="", detail="", rows=1, entry=12345, ms=1.234,
            trace="4bf92f3577b34da6a3ce929d0e0e4736",
        )  # fmt: skip

    line()
    assert min(timeit.repeat(line, timer=time.thread_time, number=200, repeat=5)) / 200 < 200e-6


def test_a_line_holds_no_sign_that_a_terminal_obeys(lines: Lines) -> None:
    """Escapes that JSON does not ask for as well (F3): DEL, C1, bidirectional overrides, zero-width signs, tags."""
    poison = "\x1b[2J\x07\x7f\x9b31m\u202e\u2028\u200b\U000e0041王"
    octets = render(None, "info", {"event": poison})
    assert (
        rb'{"event":"\u001b[2J\u0007\u007f\u009b31m\u202e\u2028\u200b\udb40\udc41' + "王".encode() + b'"}\n' == octets
    )
    structlog.get_logger().info("said", text=poison, **{poison: 1})
    (line,) = lines()
    assert (poison, 1) == (line["text"], line[poison])
