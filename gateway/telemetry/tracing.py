"""W3C Trace Context (Recommendation of 2021-11-23): read strictly, continue, or begin anew.

Rules: only version 00 is read, in its one spelling; anything else is as if absent, since trace context is never a
reason to refuse a question, and nothing of a malformed header travels on. `tracestate` is not forwarded: it is free
text. Spans are exported only where the `otel` extra is installed and an endpoint is configured; else nothing of
OpenTelemetry is imported.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final

_HEADER: Final = "traceparent"
_FORM: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED: Final = 1

Span = Callable[[str, str], AbstractContextManager[None]]
"""Opens a span of a name under a traceparent."""


@dataclass(frozen=True, slots=True)
class TraceContext:
    """One position in a trace: `trace_id` of 32 and `parent_id` of 16 hexadecimal digits, and a byte of flags."""

    trace_id: str
    parent_id: str
    flags: int

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.parent_id}-{self.flags:02x}"

    def child(self, random: bytes) -> TraceContext:
        """Return the next position of the same trace; `random` is 8 bytes and becomes its id."""
        return TraceContext(self.trace_id, _identifier(random, 8), self.flags & _SAMPLED)


def begin_trace(random: bytes) -> TraceContext:
    """Return the first position of a new trace, not sampled; `random` is 24 bytes."""
    return TraceContext(_identifier(random[:16], 16), _identifier(random[16:], 8), 0)


def parse_traceparent(text: str) -> TraceContext | None:
    """Return the position that a header names; None where it is not exactly of the form, or all zero."""
    found = _FORM.fullmatch(text)
    if found is None or not found[1].strip("0") or not found[2].strip("0"):
        return None
    return TraceContext(found[1], found[2], int(found[3], 16))


def trace_id(traceparent: str) -> str:
    """Return the trace id of a traceparent for a log line; empty where there is none."""
    found = parse_traceparent(traceparent)
    return found.trace_id if found is not None else ""


def arrive_trace(
    metadata: Iterable[tuple[str, str | bytes]] | None, random: Callable[[int], bytes] = secrets.token_bytes
) -> str:
    """Return the traceparent under which a call goes on: a child of the caller's, or a new trace.

    A call that names more than one parent names none.
    """
    named = [value for key, value in metadata or () if key == _HEADER]
    caller = parse_traceparent(named[0]) if len(named) == 1 and isinstance(named[0], str) else None
    return str(caller.child(random(8)) if caller is not None else begin_trace(random(24)))


def open_spans(endpoint: str, service: str) -> Span:
    """Return what opens spans: exported by OTLP to an endpoint, or doing nothing where the endpoint is empty.

    Raises:
        RuntimeError: an endpoint is configured, and the `otel` extra is not installed.
    """
    if not endpoint:
        return _no_span
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise RuntimeError("an OTLP endpoint is configured, and the extra otel is not installed") from error
    provider = TracerProvider(resource=Resource({"service.name": service}), shutdown_on_exit=True)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    return spans_of(provider)


def spans_of(provider: Any) -> Span:
    """Return what opens spans of an OpenTelemetry tracer provider; a span says a name, and nothing of the exchange."""
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    tracer = provider.get_tracer("chuanyu-gateway")
    propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(name: str, traceparent: str) -> Iterator[None]:
        parent = propagator.extract({_HEADER: traceparent})
        with tracer.start_as_current_span(name, context=parent, record_exception=False, set_status_on_exception=False):
            yield

    return span


@contextmanager
def _no_span(name: str, traceparent: str) -> Iterator[None]:
    yield


def _identifier(random: bytes, size: int) -> str:
    if len(random) != size:
        raise ValueError(f"expected {size} random bytes, found {len(random)}")
    return random.hex() if any(random) else "1".zfill(2 * size)
