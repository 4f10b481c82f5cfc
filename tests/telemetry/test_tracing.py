"""Trace context is read strictly, carried on, and never a reason for anything."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry.tracing import arrive_trace, begin_trace, open_spans, parse_traceparent, spans_of, trace_id

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def random(size: int) -> bytes:
    return bytes(range(1, size + 1))


def test_the_recommendations_example_is_read() -> None:
    """Trace id, parent id and flags; and written back as it was."""
    found = parse_traceparent(PARENT)
    assert found is not None
    assert ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", 1) == (
        found.trace_id,
        found.parent_id,
        found.flags,
    )
    assert PARENT == str(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        PARENT.upper(),
        PARENT + "-00",
        PARENT + "\n",
        " " + PARENT,
        PARENT.replace("00-4b", "01-4b"),
        PARENT.replace("00-4b", "ff-4b"),
        PARENT[:-1],
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
    ],
)
def test_what_is_not_exactly_of_the_form_is_absent(text: str) -> None:
    """Another version, another case, zeros, more or less: none is read, and a new trace begins."""
    assert parse_traceparent(text) is None
    assert "" == trace_id(text)
    assert str(begin_trace(random(24))) == arrive_trace([("traceparent", text)], random)


def test_a_child_keeps_the_trace_and_the_sampling_alone() -> None:
    """The position is new; flags that we do not know are dropped."""
    found = parse_traceparent(PARENT[:-2] + "ff")
    assert found is not None
    assert "00-4bf92f3577b34da6a3ce929d0e0e4736-0102030405060708-01" == str(found.child(random(8)))


def test_a_call_goes_on_under_its_callers_trace() -> None:
    """Among other metadata, binary too."""
    metadata: list[tuple[str, str | bytes]] = [
        ("x-bin", b"\xff"),
        ("traceparent", PARENT),
        ("tracestate", "vendor=secret"),
    ]
    assert "00-4bf92f3577b34da6a3ce929d0e0e4736-0102030405060708-01" == arrive_trace(metadata, random)


@pytest.mark.parametrize(
    "metadata", [None, [], [("traceparent", PARENT)] * 2, [("traceparent", b"x")], [("Traceparent", PARENT)]]
)
def test_none_or_several_parents_begin_a_new_trace(metadata: list[tuple[str, str | bytes]] | None) -> None:
    """Of two parents none is the one."""
    assert str(begin_trace(random(24))) == arrive_trace(metadata, random)


def test_traces_of_their_own_differ() -> None:
    """Random by default, and readable."""
    first, second = arrive_trace(None), arrive_trace(None)
    assert first != second
    assert parse_traceparent(first) is not None


def test_zeros_and_wrong_sizes_make_no_identifier() -> None:
    """An all-zero id is invalid, so the one in 2^64 becomes another; too few bytes are a defect."""
    assert parse_traceparent(str(begin_trace(bytes(24)))) is not None
    with pytest.raises(ValueError, match="expected 16 random bytes, found 2"):
        begin_trace(b"xx")


@given(st.text())
def test_no_text_raises(text: str) -> None:
    """A header is read or it is not."""
    parse_traceparent(text)
    arrive_trace([("traceparent", text)])


def test_without_an_endpoint_nothing_of_opentelemetry_is_imported() -> None:
    """The extra is needed only where spans are wanted."""
    program = (
        "import sys; from gateway.telemetry.tracing import open_spans\n"
        "with open_spans('', 'node')('exchange', ''): pass\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert "[]\n" == done.stdout


def test_an_endpoint_without_the_extra_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked for spans is told that there are none."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.grpc.trace_exporter", None)
    with pytest.raises(RuntimeError, match="extra otel is not installed"):
        open_spans("http://localhost:4317", "node")


def test_a_span_stands_under_the_traceparent_and_tells_no_exception() -> None:
    """The exported span has the caller's trace, and neither attributes nor events."""
    trace = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra otel is absent")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter = memory.InMemorySpanExporter()
    provider = trace.TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    with pytest.raises(ValueError, match="王一"), spans_of(provider)("exchange", PARENT):
        raise ValueError("王一")
    (span,) = exporter.get_finished_spans()
    assert 0x4BF92F3577B34DA6A3CE929D0E0E4736 == span.context.trace_id
    assert 0x00F067AA0BA902B7 == span.parent.span_id
    assert ("exchange", {}, ()) == (span.name, dict(span.attributes), tuple(span.events))
    provider.shutdown()
