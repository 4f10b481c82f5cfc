"""The contract's rules, compiled once for each message type and checked on every message that comes in.

Rules: every field is held to its option `(gateway.wire.v1.rule)`, and all violations are reported at once, by path and
by what was expected, never by value. A field that the contract does not know is a violation, so that nothing can ride
along. Text holds no control characters. The rules of a page that no option can express (equal lengths, distinct names,
a null mask that fits and nothing hidden under it) are checked here too.

Not checked here: meaning. Whether an item exists or a key is well formed is the catalogue's to say. A message of
another package (`google.rpc.Status`) is not looked into.

The checks run on values, not on reflection: a check returns nothing, or the faults that it found with their paths
relative to its message; paths are put together only where something is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from operator import attrgetter, call
from typing import Any, Final, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from gateway.border.pages import list_page_faults
from gateway.ground.refusals import Violation
from gateway.ground.visible import CONTROL
from gateway.wire.v1 import page_pb2, rules_pb2

LIMIT: Final = 50
"""Most violations that are listed for one message; then one more says that there are more. Bounds work and answer."""

FieldFault = tuple[str, str]
"""A path relative to the message, and what was expected."""
Check = Callable[[Any], Sequence[FieldFault]]
"""Returns the faults of one message; nothing where it keeps the rules."""
Faults = Callable[[Any], Iterator[str]]
"""Yields what was expected of one value that does not keep its rule."""
_Test = tuple[Callable[[Any], object], Faults]

SMALL: Final = 4096
"""Bytes of a message up to which each unknown field is named; of a longer one they are counted, since they are many."""
_NONE: Final[tuple[FieldFault, ...]] = ()
_RANGES: Final = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}


def violations(message: Message) -> tuple[Violation, ...]:
    """Return everything that is wrong with a message of the contract, at most `LIMIT` and one; empty where nothing is.

    Raises:
        TypeError: the contract has a field whose kind no check is known for; seen at the first message of its type.
    """
    if (octets := message.ByteSize()) > SMALL:
        message.DiscardUnknownFields()  # at any depth, without an object for each
        if unknown := octets - message.ByteSize():
            return (Violation("", f"unknown fields of {unknown} bytes"),)
    found = _check_of(message.DESCRIPTOR)(message)
    if not found:
        return ()
    listed = [Violation(path, expected) for path, expected in found[:LIMIT]]
    if len(found) > LIMIT:
        listed.append(Violation("", f"more than {LIMIT} violations; the rest are not listed"))
    return tuple(listed)


@cache
def _check_of(descriptor: Descriptor) -> Check:
    """Compile the check of one message type, and of those inside it."""
    if descriptor.file.package != rules_pb2.DESCRIPTOR.package:
        return lambda message: _NONE
    single = [f for f in descriptor.fields if not f.is_repeated and f.message_type is None]
    if any(field.containing_oneof is not None for field in single):
        raise TypeError(f"no check is known for a oneof of scalars, as in {descriptor.full_name}")
    checks = [
        *_texts([f for f in single if _is_text(f)]),
        *_scalars([f for f in single if f.type == FieldDescriptor.TYPE_BYTES], _octets),
        *_scalars([f for f in single if f.cpp_type != FieldDescriptor.CPPTYPE_STRING], _number),
        *(_elements(f) for f in descriptor.fields if f.is_repeated and f.message_type is None),
        *(_messages(f) for f in descriptor.fields if f.is_repeated and f.message_type is not None),
        *_singles([f for f in descriptor.fields if not f.is_repeated and f.message_type is not None]),
        *([_page_check] if descriptor is page_pb2.Page.DESCRIPTOR else []),
    ]

    def check(message: Any) -> Sequence[FieldFault]:
        found: list[FieldFault] = []
        if unknown := UnknownFieldSet(message):
            first = range(min(len(unknown), LIMIT + 1))
            found = [(str(unknown[index].field_number), "unknown field") for index in first]
        for part in checks:
            if len(found) > LIMIT:
                break
            found.extend(part(message))
        return found

    return _sound_page_first(check) if descriptor is page_pb2.Page.DESCRIPTOR else check


def rule_of(field: FieldDescriptor) -> rules_pb2.Rule:
    """Return the rule of a field; one without any bound where the contract gives none."""
    extensions: Any = field.GetOptions().Extensions
    rule: rules_pb2.Rule = extensions[rules_pb2.rule]
    return rule


def _is_text(field: FieldDescriptor) -> bool:
    return field.type == FieldDescriptor.TYPE_STRING


def _bounded(faults: Iterable[FieldFault]) -> Sequence[FieldFault]:
    return list(islice(faults, LIMIT + 1))


def _within(prefix: str, faults: Iterable[FieldFault]) -> Iterator[FieldFault]:
    return ((f"{prefix}.{path}" if path else prefix, expected) for path, expected in faults)


# one value: whether it keeps its rule (fast), and what was expected (where it does not)


def _text(field: FieldDescriptor) -> tuple[str, Faults]:
    """Return the whole rule as one pattern, for a value that a NUL or the end follows, and what yields its faults."""
    rule = rule_of(field)
    least, most = int(rule.required), rule.max_len or ""
    bound = rf"[^\0]{{{least},{most}}}"
    pattern = re.compile(rule.pattern or bound)
    whole = rf"(?={bound}(?:\0|\Z))(?:{rule.pattern})" if rule.pattern and (least or most) else f"(?:{pattern.pattern})"
    if rule.pattern and not most and pattern.fullmatch("") is None:
        whole = f"(?:{rule.pattern})"

    def faults(value: str) -> Iterator[str]:
        if rule.required and not value:
            yield "expected a value, found none"
            return
        if rule.max_len and len(value) > rule.max_len:
            yield f"expected at most {rule.max_len} characters, found {len(value)}"
        elif rule.pattern and pattern.fullmatch(value) is None:
            yield f"expected the form {rule.pattern}"
        if CONTROL.search(value):
            yield "expected text without control characters"

    return whole, faults


def _octets(field: FieldDescriptor) -> _Test:
    rule = rule_of(field)
    least = 1 if rule.required or (field.is_repeated and rule.len) else 0
    lengths: range | frozenset[int] = range(least, (rule.max_len or 2**32) + 1)
    if rule.len:
        lengths = frozenset({rule.len} if least else {0, rule.len})

    def faults(value: bytes) -> Iterator[str]:
        if len(value) in lengths:
            return
        if not value:
            yield "expected a value, found none"
        elif rule.len:
            yield f"expected {rule.len} bytes, found {len(value)}"
        else:
            yield f"expected at most {rule.max_len} bytes, found {len(value)}"

    return (lambda value: len(value) in lengths), faults


def _number(field: FieldDescriptor) -> _Test | None:
    rule = rule_of(field)
    if field.enum_type is not None:
        defined = frozenset(v.number for v in field.enum_type.values if v.number or not rule.required)
        names = ", ".join(v.name for v in field.enum_type.values if v.number)
        return defined.__contains__, lambda value: iter(() if value in defined else (f"expected one of {names}",))
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL and not rule.required:
        return None
    if field.cpp_type not in _RANGES or (rule.required and rule.min < 0):
        raise TypeError(f"no check is known for the rule of {field.full_name}")
    least, greatest = _RANGES[field.cpp_type]
    if not (rule.required or rule.min or rule.max):
        return None
    least = max(least, rule.min or (1 if rule.required else least))
    allowed = range(least, (rule.max or greatest) + 1)

    def faults(value: int) -> Iterator[str]:
        if value < least:
            yield f"expected at least {least}"
        elif value not in allowed:
            yield f"expected at most {rule.max}"

    return allowed.__contains__, faults


# fields of one message


def _texts(fields: list[FieldDescriptor]) -> Iterator[Check]:
    """One check for all singular text fields: read at once, and matched at once.

    The values are joined by NUL and matched against the patterns joined by NUL. A NUL is not printable, so no value
    holds one: the joints are as many in the text as in the pattern, and each value meets its own field's pattern.
    """
    if not fields:
        return
    compiled = [(field.name, *_text(field)) for field in fields]
    whole = re.compile(r"\0".join(pattern for _, pattern, _ in compiled)).fullmatch
    read: Callable[[Any], Any] = attrgetter(*(name for name, _, _ in compiled))

    def describe(values: Sequence[str]) -> Sequence[FieldFault]:
        pairs = zip(compiled, values, strict=True)
        return _bounded((name, expected) for (name, _, faults), value in pairs for expected in faults(value))

    def one(message: Any) -> Sequence[FieldFault]:
        value = read(message)
        return _NONE if value.isprintable() and whole(value) else describe((value,))

    def all_at_once(message: Any) -> Sequence[FieldFault]:
        values = read(message)
        return _NONE if "".join(values).isprintable() and whole("\0".join(values)) else describe(values)

    yield one if len(fields) == 1 else all_at_once


def _scalars(fields: list[FieldDescriptor], compiler: Callable[[FieldDescriptor], _Test | None]) -> Iterator[Check]:
    """One check for all singular fields of one other kind: read at once, held to their rules in one loop."""
    rules = [(field.name, *test) for field in fields if (test := compiler(field)) is not None]
    if not rules:
        return
    tests = tuple(test for _, test, _ in rules)
    read = attrgetter(*(name for name, _, _ in rules))
    get = read if len(rules) > 1 else lambda message: (read(message),)

    def check(message: Any) -> Sequence[FieldFault]:
        values = get(message)
        if all(map(call, tests, values)):
            return _NONE
        pairs = zip(rules, values, strict=True)
        return _bounded((name, expected) for (name, _, faults), value in pairs for expected in faults(value))

    yield check


def _element(field: FieldDescriptor) -> _Test:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _octets(field)
    if _is_text(field):
        pattern, faults = _text(field)
        return re.compile(pattern).fullmatch, faults
    return _number(field) or (lambda value: True, lambda value: iter(()))


def _elements(field: FieldDescriptor) -> Check:
    """The check of a repeated scalar field."""
    name, rule = field.name, rule_of(field)
    text, unique, counts = _is_text(field), rule.unique, _counts(rule)
    test, faults = _element(field)
    read = attrgetter(name)

    def check(message: Any) -> Sequence[FieldFault]:
        repeated = read(message)
        if (found := len(repeated)) not in counts:  # before the values become objects
            return [_counted(name, rule, found)]
        values = repeated[:]
        fit = all(map(test, values)) and (not text or "".join(values).isprintable())
        return _NONE if fit and (not unique or len(set(values)) == found) else _bounded(describe(values))

    def describe(values: Iterable[Any]) -> Iterator[FieldFault]:
        seen: set[Any] = set()
        for index, value in enumerate(values):
            yield from ((f"{name}[{index}]", expected) for expected in faults(value))
            if unique and value in seen:
                yield f"{name}[{index}]", "expected elements that differ"
            seen.add(value)

    return check


def _counts(rule: rules_pb2.Rule) -> range:
    return range(int(rule.required), (rule.max_items or 2**32) + 1)


def _counted(name: str, rule: rules_pb2.Rule, found: int) -> FieldFault:
    if found:
        return name, f"expected at most {rule.max_items} elements, found {found}"
    return name, "expected at least one element, found none"


def _messages(field: FieldDescriptor) -> Check:
    """The check of a repeated message field."""
    name, rule, inner = field.name, rule_of(field), _check_of(field.message_type)
    counts, read = _counts(rule), attrgetter(name)

    def check(message: Any) -> Sequence[FieldFault]:
        values = read(message)
        if len(values) not in counts:  # before the messages become objects
            return [_counted(name, rule, len(values))]
        found: list[FieldFault] = []
        for index, value in enumerate(values[:]):
            if faults := inner(value):
                found.extend(_within(f"{name}[{index}]", faults))
                if len(found) > LIMIT:
                    break
        return found

    return check


def _singles(fields: list[FieldDescriptor]) -> Iterator[Check]:
    """The checks of singular message fields; the members of a oneof are looked up by the one that is set."""
    for field in fields:
        if field.containing_oneof is None:
            yield _single(field.name, rule_of(field).required, _check_of(field.message_type))
    for oneof in {field.containing_oneof.name: field.containing_oneof for field in fields if field.containing_oneof}:
        yield _one_of(oneof, {f.name: _check_of(f.message_type) for f in fields if f.containing_oneof is not None})


def _single(name: str, required: bool, inner: Check) -> Check:
    read = attrgetter(name)

    def check(message: Any) -> Sequence[FieldFault]:
        if message.HasField(name):
            faults = inner(read(message))
            return [*_within(name, faults)] if faults else _NONE
        return [(name, "expected a value, found none")] if required else _NONE

    return check


def _one_of(oneof: str, inner: dict[str, Check]) -> Check:
    def check(message: Any) -> Sequence[FieldFault]:
        name = message.WhichOneof(oneof)
        faults = inner[name](getattr(message, name)) if name else _NONE
        return [*_within(name, faults)] if faults else _NONE

    return check


# a page


_MOST_COLUMNS: Final = int(rule_of(cast(Any, page_pb2.Page.DESCRIPTOR).fields_by_name["columns"]).max_items)


def _page_check(page: Any) -> Sequence[FieldFault]:
    return _bounded(list_page_faults(page, _MOST_COLUMNS))


def _sound_page_first(thorough: Check) -> Check:
    """A quick pass over a page without nulls and sealed columns; what it does not find sound is checked thoroughly."""
    fields: Any = page_pb2.Page.DESCRIPTOR.fields_by_name
    column: Any = page_pb2.Column.DESCRIPTOR
    most_rows = rule_of(fields["rows"]).max
    name_fits = _element(column.fields_by_name["name"])[0]
    known = frozenset(page_pb2.RowOutcome.values()) - {0, page_pb2.ROW_OUTCOME_LATER}
    most_text = rule_of(column.fields_by_name["strings"].message_type.fields[0]).max_len
    tests = {of.name: _element(of.message_type.fields[0])[0] for of in column.oneofs_by_name["values"].fields}

    def sound(page: Any) -> bool:
        rows = page.rows
        if rows > most_rows or len(page.columns) > _MOST_COLUMNS or UnknownFieldSet(page) or page.later_at_s:
            return False
        if page.outcomes and (len(page.outcomes) != rows or not known.issuperset(page.outcomes)):
            return False
        names: list[str] = []
        texts: list[str] = []
        for column in page.columns[:]:
            which = column.WhichOneof("values")
            if not which or which == "sealed" or column.nulls or column.reasons or UnknownFieldSet(column):
                return False
            typed = getattr(column, which)
            if len(typed.values) != rows or UnknownFieldSet(typed):
                return False
            values = typed.values[:]
            if which == "strings":
                texts += values
            elif not all(map(tests[which], values)):
                return False
            names.append(column.name)
        text = "".join(texts)
        if not text.isprintable() or (len(text) > most_text and max(map(len, texts)) > most_text):
            return False
        return len(set(names)) == len(names) and all(map(name_fits, names))

    return lambda page: _NONE if sound(page) else thorough(page)
