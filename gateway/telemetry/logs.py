"""Log lines: one JSON object a line, from which personal data is kept out by what a line may hold at all.

Rules: a value is a scalar or it is not shown: `<redacted TYPE>` stands for pages, columns, raw identifiers and whatever
else is none. Text and large numbers pass the leak guard's scanner; on a hit the detector is named instead. An exception
is described by type and frames, without its message and without local values, since both may hold a record. Messages of
libraries are described by their place alone. A scanner that fails, or a value that cannot be written, redacts.

Not guaranteed: that a name of a person in free text is found. Lines are written with codes and counts for that reason.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, BinaryIO, Final, Literal

import orjson
import structlog

from gateway.ground.visible import spell_unseen

Level = Literal["debug", "info", "warning", "error"]
Scan = Callable[[str], Sequence[str]]
"""Returns the names of the detectors that a text meets; empty where it meets none."""
Event = MutableMapping[str, Any]

MOST_CHARACTERS: Final = 2000
"""Longest text in a line."""
MOST_FRAMES: Final = 30
"""Frames described of one exception, the innermost last."""
MOST_EXCEPTIONS: Final = 8
"""Exceptions described of one chain, causes and members of groups included."""

_LEVELS: Final[Mapping[str, int]] = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_LARGE: Final = 10**7
"""From here on a number has as many digits as a telephone number, and is scanned."""
_SHORT: Final = 64
"""Texts up to this length are remembered as clean, a few thousand of them; ones with a hit never are."""


def configure_logs(stream: BinaryIO, *, level: Level, scan: Scan, now: Callable[[], datetime] | None = None) -> None:
    """Send every line of structlog and every message of libraries to a stream, redacted; call once a process.

    `stream` is written line by line and flushed. `now` is the clock of the lines. `trace_id` and whatever else is bound
    with `structlog.contextvars` stands in each line.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            stamp(now or (lambda: datetime.now(UTC))),
            redact(scan),
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        context_class=dict,
        logger_factory=_Lines(stream),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[LibraryMessages()], level=max(_LEVELS[level], logging.WARNING), force=True)


class _Lines:
    """Makes loggers that write to one stream, one line at a time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, *names: str) -> _Logger:
        return _Logger(names[0] if names else "", self._write)

    def _write(self, line: bytes) -> None:
        with self._lock:
            self._stream.write(line)
            self._stream.flush()


class _Logger:
    __slots__ = ("msg", "name")

    def __init__(self, name: str, write: Callable[[bytes], None]) -> None:
        self.name = name
        self.msg = write

    def __getattr__(self, method: str) -> Callable[[bytes], None]:
        if method in {"debug", "info", "warning", "error", "critical", "exception", "fatal"}:
            return self.msg
        raise AttributeError(method)


def stamp(now: Callable[[], datetime]) -> structlog.typing.Processor:
    """Return what puts time (ISO 8601, UTC, microseconds), level and the logger's name in front of a line."""

    def put(logger: Any, method: str, event: Event) -> Event:
        moment = now().astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
        line: Event = {"time": moment, "level": "error" if method == "exception" else method}
        if name := getattr(logger, "name", ""):
            line["logger"] = name
        line.update(event)
        return line

    return put


def redact(scan: Scan) -> structlog.typing.Processor:
    """Return what keeps everything out of a line that is not a scalar without a detector's hit."""

    def redact_text(text: str) -> str:
        if hits := scan(text):
            raise _Hit(hits[0])
        return text[:MOST_CHARACTERS].encode("utf-8", "replace").decode()

    remembered = lru_cache(maxsize=4096)(redact_text)

    def redact_value(value: Any) -> Any:
        kind = type(value)
        if kind is str:
            try:
                return remembered(value) if len(value) <= _SHORT else redact_text(value)
            except _Hit as hit:
                return f"<redacted: {hit}>"
            except Exception:
                return "<redacted: the scanner failed>"
        if value is None or kind is bool or ((kind is int or kind is float) and -_LARGE < value < _LARGE):
            return value
        if isinstance(value, str):
            return redact_value(str(value))
        if isinstance(value, int | float):
            digits = repr(value)
            return value if redact_value(digits) == digits and abs(value) < 2**63 else f"<redacted {kind.__name__}>"
        return f"<redacted {kind.__name__}>"

    def keep_out(logger: Any, method: str, event: Event) -> Event:
        error = event.pop("exc_info", None)
        event.pop("stack_info", None)
        line = {key: value if key in _OWN else redact_value(value) for key, value in event.items()}
        if error or method == "exception":
            line["exceptions"] = list(_describe(error))
        return line

    return keep_out


_OWN: Final = frozenset({"time", "level", "logger"})


class _Hit(Exception):
    """A detector met a text; raised so that no text with a hit is ever kept in the memory of clean ones."""


def _describe(error: Any) -> Iterator[dict[str, Any]]:
    """Tell an exception, its causes and the members of groups by type and frames."""
    if error is True or not isinstance(error, BaseException | tuple):
        error = sys.exc_info()[1]
    waiting = [error[1] if isinstance(error, tuple) else error]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_EXCEPTIONS:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield {"type": f"{type(one).__module__}.{type(one).__qualname__}", "frames": _frames(one.__traceback__)}
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        waiting.append(one.__cause__ or (None if one.__suppress_context__ else one.__context__))


def _frames(trace: TracebackType | None) -> list[str]:
    places = [(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in traceback.walk_tb(trace)]
    return [f"{file}:{line} {function}" for file, line, function in places[-MOST_FRAMES:]]


def render(logger: Any, method: str, event: Event) -> bytes:
    """Return the line in JSON, ended by a line feed; a line that cannot be written says so.

    What a terminal obeys and what nobody sees is escaped, whether JSON asks for it or not.
    """
    try:
        line = orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return b'{"level":"error","event":"<redacted: a line that cannot be written>"}\n'
    if line.isascii() and b"\x7f" not in line:
        return line
    return spell_unseen(line.decode(), lines=True).encode()


class LibraryMessages(logging.Handler):
    """Takes what libraries log by the standard library: their text may hold anything, so only the place is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the place of a message, and its exception by type and frames."""
        log = structlog.get_logger("library")
        method = log.error if record.levelno >= logging.ERROR else log.warning
        place = f"{record.module}:{record.lineno} {record.funcName}"
        method("library message", library=record.name, place=place, exc_info=record.exc_info)
