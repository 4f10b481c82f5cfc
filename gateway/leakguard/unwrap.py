"""What a text says once its wrapping is off: escapes, encodings of bytes, code points, markup, and these in each other.

Each function takes a text and yields what it could stand for. A reading that makes no sense yields text without
meaning, which holds no value of a record, so that nothing is decided here. Bounded: at most `MOST_VIEWS` texts.
"""

from __future__ import annotations

import html
import re
import zlib
from base64 import a85decode, b32decode, b64decode, b85decode
from binascii import Error as NotEncoded
from collections.abc import Callable, Iterator
from functools import partial
from quopri import decodestring
from typing import Final
from urllib.parse import unquote_to_bytes

MOST_VIEWS: Final = 400
"""Readings of one text; beyond them a text is wrapped too often to be told."""
MOST_DEPTH: Final = 5
MOST_BYTES: Final = 1 << 20
"""Bytes that compressed data may unfold to."""
_CHARSETS: Final = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_SHORTEST: Final = 4
"""Bytes that are fewer hold no name: two characters of GB 18030."""
_SENSE: Final = re.compile(
    "[ -~\\s\u00b7\u3000-\u303f\u3400-\u9fff\uff00-\uffef\ufeff\U00020000-\U0003ffff\u200b-\u200d]+"
)
"""What bytes in another charset than UTF-8 must be, all of it: most bytes by chance are not."""
_MORE: Final = re.compile("[0-9A-Za-z%&+=\\\\]{8}")
"""Without so many letters in a row there is nothing more to take off, but for sparse escapes."""

_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_UNICODE: Final = re.compile(
    r"(?:\\+u\{?|%u|&#[xX]|[Uu]\+|\\+[xX]\{?|\\+N\{U\+)([0-9A-Fa-f]{2,8})\}?;?|\\+U([0-9A-Fa-f]{8})|&#([0-9]{2,7});?"
)
_OCTAL: Final = re.compile(r"\\+([0-3][0-7]{2})")
_WHITE: Final = dict.fromkeys((*b"\r\n\t", 0x200B, 0x200C, 0x200D, 0xFEFF), " ")
_TAG: Final = re.compile(r"<[^<>]{0,200}>|\x1b\[[0-9;]*[A-Za-z]|/\*.{0,80}?\*/|\[/?[a-zA-Z]{1,10}\]")
_BASE64: Final = re.compile(
    r"[A-Za-z0-9+/_-]{2,}(?:(?:[ \t]*(?:\r?\n|\\n)+[ \t]*|[ \t]+|[.,|]+)?[A-Za-z0-9+/_-]{2,})*={0,2}"
)
_BASE32: Final = re.compile(r"[A-Z2-7a-z]{8,}(?:[\s-]+[A-Z2-7a-z]{2,})*=*")
_HEX: Final = re.compile(
    r"(?:0[xX]|\\+[xX])?[0-9A-Fa-f]{2}(?:[ \t\r\n:,;._|/'\"-]{0,3}(?:0[xX]|\\+[xX]|[xX])?[0-9A-Fa-f]{2}){5,}"
)
_HEX_MARKS: Final = re.compile(r"0[xX]|\\+[xX]|[^0-9A-Fa-f]")
_CODES: Final = re.compile(r"[0-9]{2,6}(?:[\s,;:./|_+-]{1,3}[0-9]{2,6}){4,}")
_BITS: Final = re.compile(r"(?:0b)?[01]{4,8}(?:[\s,;.|_-]{0,2}(?:0b)?[01]{4,8}){5,}")
_PUNYCODE: Final = re.compile(r"xn--([a-z0-9-]{3,63})", re.IGNORECASE)
_UTF7: Final = re.compile(r"\+[A-Za-z0-9+/]{3,}-?")
_WORD: Final = re.compile(r"=\?[\w-]{3,20}\?([BbQq])\?([^?\s]{4,})\?=")
_QUOTED: Final = re.compile(r"=(?:[0-9A-Fa-f]{2}|\r?\n)")
_DENSE: Final = re.compile(r"[!-~]{10,}")


def unwrap(text: str) -> tuple[str, ...]:
    """Return the text and every reading of it, each once.

    Raises:
        OverflowError: there are more than `MOST_VIEWS`.
    """
    views = {text: None}
    fresh = [text]
    for _ in range(MOST_DEPTH):
        found = dict.fromkeys(view for one in fresh for peel in _PEELS for view in peel(one) if view)
        fresh = [view for view in found if view not in views]
        views.update(dict.fromkeys(fresh))
        if len(views) > MOST_VIEWS:
            raise OverflowError("expected a text in plain words, found one with too many readings")
        if not fresh:
            break
    return tuple(views)


def _escapes(text: str) -> Iterator[str]:
    """Percent, HTML, JSON, C and octal escapes, quoted-printable, and a stroke before a sign that needs none."""
    if "%" in text and _PERCENT.search(text):
        yield from _as_text(unquote_to_bytes(text))
    if "&" in text and (plain := html.unescape(text)) != text:
        yield plain
    if ("\\" in text or "+" in text or "%u" in text or "&#" in text) and _UNICODE.search(text):
        yield _UNICODE.sub(_point, text)
        pairs = "".join(match[1] for match in re.finditer(r"\\+[xX]([0-9A-Fa-f]{2})", text))
        yield from _as_text(bytes.fromhex(pairs))
    if "\\" in text:
        if _OCTAL.search(text):
            yield from _as_text(_OCTAL.sub(lambda match: chr(int(match[1], 8)), text).encode("latin-1", "ignore"))
        yield text.replace("\\", "")
    if "=" in text and _QUOTED.search(text):
        yield from _as_text(decodestring(text.encode("utf-8", "replace")))


def _point(match: re.Match[str]) -> str:
    digits, base = (match[3], 10) if match[3] else (match[1] or match[2], 16)
    point = int(digits, base)
    return chr(point) if point < 0x110000 else match[0]


def _markup(text: str) -> Iterator[str]:
    """Tags, comments and terminal colours taken out."""
    if ("<" in text or "\x1b" in text or "*/" in text or "[" in text) and _TAG.search(text):
        yield _TAG.sub("", text)


def _named(text: str) -> Iterator[str]:
    """Words that name their encoding: of mail headers, of host names, UTF-7."""
    for match in _WORD.finditer(text):
        if match[1] in "Bb":
            yield from _base64_of(match[2])
        else:
            yield from _as_text(decodestring(match[2].replace("_", " ").encode("ascii", "replace")))
    for match in _PUNYCODE.finditer(text):
        yield from _tried(partial(bytes.decode, match[1].lower().encode("ascii"), "punycode"))
    if "+" in text and text.isascii() and _UTF7.search(text):
        yield from _tried(lambda: text.encode("ascii").decode("utf-7"))


def _bytes(text: str) -> Iterator[str]:
    """Bytes written as base 64, 32, 16, 85."""
    for match in _BASE64.finditer(text):
        run = match.group()
        if len(run) >= 8:
            yield from _base64_of(re.sub(r"\\n|[\s.,|]+", "", run))
            for word in set(run.split()) - {run}:
                if len(word) >= 8:
                    yield from _base64_of(word)
    for match in _BASE32.finditer(text):
        word = re.sub(r"[^A-Z2-7]", "", match.group().upper())
        for at in range(0, min(8, len(word) - 10)):
            part = word[at:]
            yield from _tried_bytes(partial(b32decode, part[: len(part) - len(part) % 8] or part))
            yield from _tried_bytes(partial(b32decode, part + "=" * (-len(part) % 8)))
            if at == 0 and len(word) < 40:
                break
    for match in _HEX.finditer(text):
        digits = _HEX_MARKS.sub("", match.group())
        for part in {digits, digits[1:]}:
            yield from _as_text(bytes.fromhex(part[: len(part) & ~1]))
    for match in _DENSE.finditer(text):
        word = match.group()
        if not word.isalnum():
            for decode in (b85decode, a85decode):
                yield from _tried_bytes(partial(decode, word.removeprefix("<~").removesuffix("~>")))


def _base64_of(word: str) -> Iterator[str]:
    plain = word.rstrip("=").replace("-", "+").replace("_", "/")
    for at in range(min(4, len(plain) - 7)):
        part = plain[at:]
        part = part[:-1] if len(part) % 4 == 1 else part
        yield from _tried_bytes(partial(b64decode, part + "=" * (-len(part) % 4), validate=True))


def _codes(text: str) -> Iterator[str]:
    """Code points as decimal or octal numbers, bytes and digits as bits."""
    for match in _CODES.finditer(text):
        numbers = re.findall("[0-9]+", match.group())
        for base in (10, 8):
            if base == 10 or not any(sign in "89" for number in numbers for sign in number):
                points = [int(number, base) for number in numbers]
                if all(0x20 <= point < 0x110000 and not 0xD800 <= point < 0xE000 for point in points):
                    yield "".join(map(chr, points))
    for match in _BITS.finditer(text):
        bits = re.sub("0b|[^01]", "", match.group())
        for width in (8, 7, 4):
            if len(bits) % width == 0 and width != 4:
                yield from _as_text(bytes(int(bits[at : at + width], 2) for at in range(0, len(bits), width)))
            elif len(bits) % width == 0:
                yield "".join(f"{int(bits[at : at + 4], 2):x}" for at in range(0, len(bits), 4))


def _mojibake(text: str) -> Iterator[str]:
    """Bytes read in the wrong character set."""
    if not text.isascii():
        for wrong, right in (("latin-1", "utf-8"), ("cp1252", "utf-8"), ("latin-1", "gb18030"), ("gb18030", "utf-8")):
            yield from _tried(partial(_read_again, text, wrong, right))


def _read_again(text: str, wrong: str, right: str) -> str:
    return text.encode(wrong).decode(right)


def _as_text(octets: bytes) -> Iterator[str]:
    """Yield what bytes are in each character set in which they are text, unfolded where they are compressed."""
    if octets[:2] in (b"\x1f\x8b", b"\x78\x9c", b"\x78\x01", b"\x78\xda", b"\x78\x5e"):
        yield from _tried_bytes(lambda: zlib.decompressobj(47).decompress(octets, MOST_BYTES))
    if len(octets) < _SHORTEST:
        return
    for charset in _CHARSETS:
        for found in _tried(partial(octets.decode, charset)):
            if charset != "utf-8":
                if _SENSE.fullmatch(found):
                    yield found
            elif "\0" not in found and found.translate(_WHITE).isprintable():
                yield found
                return


def _tried(decode: Callable[[], str]) -> Iterator[str]:
    try:
        yield decode()
    except (ValueError, IndexError, OverflowError):
        return


def _tried_bytes(decode: Callable[[], bytes]) -> Iterator[str]:
    try:
        octets = decode()
    except (ValueError, NotEncoded, zlib.error, OverflowError):
        return
    yield from _as_text(octets)


_PEELS: Final = (_escapes, _markup, _named, _bytes, _codes, _mojibake)
