"""A request's octets become a message, with bounded work whatever they hold.

Rules: a request is at most `REQUEST_BYTES` long. One that is longer than `SMALL_BYTES` is walked by its wire form first
(protobuf: tags, varints, lengths), before an object is made of each of its parts: at most `FIELDS` fields in all, and
of each repeated message no more than its rule allows, of any other one. Then it is parsed, and held to every rule of
the contract.

Not walked: the values of one column, which cost little until they are counted; groups and lengths beyond the end, which
the parser refuses.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple, TypeVar, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import DecodeError, Message

from gateway.border.validation import rule_of, violations
from gateway.ground.refusals import Reason, Refusal, Violation

REQUEST_BYTES: Final = 1 << 19
"""Longest request of one call; 10,000 subjects with 50 bytes each fit. Frames of a link have a bound of their own."""
SMALL_BYTES: Final = 16 * 1024
"""A request up to this length is parsed at once: whatever it holds costs little."""
FIELDS: Final = 4096
"""Most fields of a longer request, the values of its columns apart; 256 columns and their parts are 1,100."""

Request = TypeVar("Request", bound=Message)
_FIXED: Final = {1: 8, 5: 4}
"""The lengths of the wire types that say none."""


class _Inner(NamedTuple):
    """A field that holds a message with messages in it: its name, how many there may be, and its type."""

    name: str
    most: int
    kind: Descriptor


class _TooMany(Exception):
    def __init__(self, path: str, most: int) -> None:
        super().__init__(path)
        self.violation = Violation(path, f"expected at most {most} elements, found more")


def read_request(kind: type[Request], octets: bytes) -> Request:
    """Return the message of this type that the octets hold, held to every rule of the contract.

    Raises:
        Refusal: REQUEST_INVALID, with the violations.
    """
    if len(octets) > REQUEST_BYTES:
        raise _refuse(Violation("", f"expected at most {REQUEST_BYTES} bytes, found {len(octets)}"))
    if len(octets) > SMALL_BYTES:
        try:
            _Walk(octets).enter(cast(Descriptor, kind.DESCRIPTOR), 0, len(octets), "")
        except _TooMany as error:
            raise _refuse(error.violation) from None
        except IndexError:
            pass  # a varint ends beyond the octets: the parser says so
    try:
        message = kind.FromString(octets)
    except DecodeError:
        raise _refuse(Violation("", f"expected a {kind.DESCRIPTOR.name}, found octets that are none")) from None
    if wrong := violations(message):
        raise _refuse(*wrong)
    return message


def _refuse(*wrong: Violation) -> Refusal:
    return Refusal(Reason.REQUEST_INVALID, f"{len(wrong)} violations", violations=wrong)


@cache
def _inner_of(kind: Descriptor) -> dict[int, _Inner]:
    """Return the fields of a type that are walked into, by number."""
    return {
        field.number: _Inner(field.name, int(rule_of(field).max_items) if field.is_repeated else 1, field.message_type)
        for field in kind.fields
        if field.message_type is not None and any(one.message_type is not None for one in field.message_type.fields)
    }


class _Walk:
    """One walk over the octets of a request; `left` is how many more fields it may meet."""

    __slots__ = ("_left", "_octets")

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._left = FIELDS

    def enter(self, kind: Descriptor, at: int, end: int, path: str) -> None:
        """Walk one message; raise _TooMany at the first field beyond a bound, IndexError where the octets are cut."""
        inner, met = _inner_of(kind), dict[int, int]()
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise _TooMany("", FIELDS)
            tag, at = self._varint(at)
            number, wire = tag >> 3, tag & 7
            if wire == 0:
                _, at = self._varint(at)
            elif wire == 2:
                length, at = self._varint(at)
                if (field := inner.get(number)) is not None:
                    met[number] = met.get(number, 0) + 1
                    if field.most and met[number] > field.most:
                        raise _TooMany(f"{path}{field.name}", field.most)
                    self.enter(field.kind, at, min(at + length, end), f"{path}{field.name}.")
                at += length
            elif wire in _FIXED:
                at += _FIXED[wire]
            else:
                return

    def _varint(self, at: int) -> tuple[int, int]:
        octet = self._octets[at]
        value = octet & 0x7F
        for shift in range(7, 70, 7):
            if octet < 0x80:
                break
            at += 1
            octet = self._octets[at]
            value |= (octet & 0x7F) << shift
        return value, at + 1
