"""The readings of a text without its wrapping: escapes, encodings of bytes, code points, markup, nested or not.

Each function takes a text and yields what it could stand for. A reading that makes no sense yields text without
meaning, which holds no value of a record, so that nothing is decided here. Bounded: at most `MOST_VIEWS` texts.
"""

from __future__ import annotations

import bz2
import html
import lzma
import re
import zlib
from base64 import a85decode, b32decode, b64decode, b85decode
from binascii import Error as NotEncoded
from binascii import a2b_uu
from collections.abc import Callable, Iterator
from functools import partial
from quopri import decodestring
from typing import Final
from unicodedata import lookup
from urllib.parse import unquote, unquote_to_bytes

from gateway.leakguard.signs import BREAK, level

MOST_VIEWS: Final = 1000
"""Readings of one text; beyond them a text is wrapped too often to be told."""
MOST_DEPTH: Final = 5
MOST_BYTES: Final = 1 << 20
"""Bytes that compressed data may unfold to."""
_CHARSETS: Final = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "big5")
_LATIN: Final = re.compile(rb"[\0\t\r\n -~]*")
_EBCDIC: Final = re.compile(rb"[\xf0-\xf9]{6,}\xe7?")
_SHORTEST: Final = 4
"""Bytes that are fewer hold no name: two characters of GB 18030."""
_SENSE: Final = re.compile(
    "[ -~\\s\u00a0\u00ad\u00b7\u0300-\u036f\u2000-\u206f\u20d0-\u20ff\u2460-\u24ff\u3000-\u303f\u3400-\u9fff"
    "\ufe00-\ufe0f\uff00-\uffef\ufeff\U0001d7ce-\U0001d7ff\U00020000-\U0003ffff\U000e0000-\U000e007f]+"
)
"""The signs that bytes in another charset than UTF-8 must be, all of them: most bytes by chance are not."""

_PERCENT: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_PERCENT_RUN: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2}|[0-9A-Za-z.~_-])*%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2}|[0-9A-Za-z.~_-])*"
)
_STYLE: Final = re.compile(r"\\([0-9A-Fa-f]{2,6})\s?")
_SIGN_NAME: Final = re.compile(r"\\?N?\{([A-Z][A-Z -]{4,60})\}")
_UNICODE: Final = re.compile(
    r"\\+u([0-9A-Fa-f]{4})|\\+u\{([0-9A-Fa-f]{1,6})\}|\\+U([0-9A-Fa-f]{8})|\\+x([0-9A-Fa-f]{2})|\\+x\{([0-9A-Fa-f]{1,6})\}"
    r"|%u([0-9A-Fa-f]{4})|&#[xX]([0-9A-Fa-f]{1,6});?|[Uu]\+([0-9A-Fa-f]{4,6})|&#([0-9]{1,7});?"
)
_OCTAL: Final = re.compile(r"\\+([0-3][0-7]{2})")
_WHITE: Final = dict.fromkeys((*b"\r\n\t", ord(BREAK)), " ")
_TAG: Final = re.compile(r"<[^<>]{0,200}>|\x1b\[[0-9;]*[A-Za-z]|/\*.{0,80}?\*/|\[/?[a-zA-Z]{1,10}\]")
_JOINED: Final = re.compile(r"[\"'`]\s*(?:[+.&,|]|\|\|)?\s*[\"'`]")
_REVERSED: Final = 16
"""Signs of base 64 that are enough to be tried backwards, too."""
_LETTER: Final = re.compile("[A-Za-z]")
_SPLIT: Final = re.compile(r"\\n|[\s.,|-]+")
_PRINTABLE: Final = re.compile(rb"[ -~]{8,}")
_BASE64: Final = re.compile(
    r"[A-Za-z0-9+/_-]{2,}(?:(?:[ \t]*(?:\r?\n|\\n)+[ \t]*|[ \t]+|[.,|]+)?[A-Za-z0-9+/_-]{2,})*={0,2}"
)
_BASE32: Final = re.compile(r"[A-Z2-7a-z]{8,}(?:[\s-]+[A-Z2-7a-z]{2,})*=*")
_HEX: Final = re.compile(
    r"(?:0[xX]|\\+[xX])?[0-9A-Fa-f]{2}[hH]?"
    r"(?:[ \t\r\n:,;._|/'\"-]{0,3}(?:0[xX]|\\+[xX]|[xX$#])?[0-9A-Fa-f]{2}[hH]?){5,}"
)
_HEX_MARKS: Final = re.compile(r"0[xX]|\\+[xX]|[^0-9A-Fa-f]")
_CODES: Final = re.compile(r"[0-9]{2,6}(?:[^0-9]{1,8}[0-9]{2,6}){4,}")
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
    fresh = list(dict.fromkeys((text, level(text))))
    views = dict.fromkeys(fresh)
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
        yield unquote(text, errors="ignore")
        yield from _as_text(unquote_to_bytes(text))
        for match in _PERCENT_RUN.finditer(text):
            yield from _as_text(unquote_to_bytes(match.group()))
    if "&" in text and (plain := html.unescape(text)) != text:
        yield plain
    if ("\\" in text or "+" in text or "%u" in text or "&#" in text) and _UNICODE.search(text):
        yield _paired(_UNICODE.sub(_point, text))
        pairs = "".join(match[1] for match in re.finditer(r"\\+[xX]([0-9A-Fa-f]{2})", text))
        yield from _as_text(bytes.fromhex(pairs))
    if "\\" in text:
        if _OCTAL.search(text):
            yield from _as_text(_OCTAL.sub(lambda match: chr(int(match[1], 8)), text).encode("latin-1", "ignore"))
        yield text.replace("\\", "")
        yield _paired(_STYLE.sub(_point_of_style, text))
    if "{" in text and _SIGN_NAME.search(text):
        yield _SIGN_NAME.sub(_named_sign, text)
    if "=" in text and _QUOTED.search(text):
        yield from _as_text(decodestring(text.encode("utf-8", "replace")))


def _point(match: re.Match[str]) -> str:
    digits = match[match.lastindex or 0]
    point = int(digits, 10 if match.lastindex == _UNICODE.groups else 16)
    return chr(point) if point < 0x110000 else match[0]


def _point_of_style(match: re.Match[str]) -> str:
    point = int(match[1], 16)
    return chr(point) if point < 0x110000 else match[0]


def _named_sign(match: re.Match[str]) -> str:
    try:
        return lookup(match[1])
    except KeyError:
        return match[0]


def _paired(text: str) -> str:
    """Return a text whose halves of surrogate pairs are one sign again."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _markup(text: str) -> Iterator[str]:
    """Tags, comments and terminal colours taken out."""
    if ("<" in text or "\x1b" in text or "*/" in text or "[" in text) and _TAG.search(text):
        yield _TAG.sub("", text)
    if _JOINED.search(text):
        yield _JOINED.sub("", text)


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
            pieces = _SPLIT.split(run)
            for word in dict.fromkeys((re.sub(r"\\n|[\s.,|]+", "", run), "".join(pieces), *pieces)):
                if len(word) >= 8 and _LETTER.search(word):
                    yield from _base64_of(word)
                    if len(word) >= _REVERSED:
                        yield from _base64_of(word[::-1])
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
            octets = bytes.fromhex(part[: len(part) & ~1])
            if not part.isdigit() or _LATIN.fullmatch(octets):  # decimal digits spell bytes only of Latin text
                yield from _as_text(octets)
    for match in _DENSE.finditer(text):
        word = match.group()
        if not word.isalnum():
            for decode in (b85decode, a85decode, a2b_uu):
                yield from _tried_bytes(partial(decode, word.removeprefix("<~").removesuffix("~>")))


def _base64_of(word: str) -> Iterator[str]:
    plain = word.strip("=").replace("-", "+").replace("_", "/")
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
    for magic, unfold in _UNFOLD:
        if octets.startswith(magic):
            yield from _tried_bytes(partial(unfold, octets))
    if len(octets) < _SHORTEST:
        return
    if _EBCDIC.fullmatch(octets):
        yield octets.decode("cp037")
    for charset in _CHARSETS:
        for found in _tried(partial(octets.decode, charset)):
            if charset != "utf-8":
                if _SENSE.fullmatch(found):
                    yield found
            elif "\0" not in found and level(found).translate(_WHITE).isprintable():
                yield found
                return
    for run in _PRINTABLE.findall(octets):
        yield run.decode("ascii")


def _inflate(octets: bytes) -> bytes:
    return zlib.decompressobj(47).decompress(octets, MOST_BYTES)


def _bunzip(octets: bytes) -> bytes:
    return bz2.BZ2Decompressor().decompress(octets, MOST_BYTES)


def _unxz(octets: bytes) -> bytes:
    return lzma.LZMADecompressor().decompress(octets, MOST_BYTES)


_UNFOLD: Final[tuple[tuple[tuple[bytes, ...], Callable[[bytes], bytes]], ...]] = (
    ((b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"), _inflate),
    ((b"BZh",), _bunzip),
    ((b"\xfd7zXZ",), _unxz),
)


def _tried(decode: Callable[[], str]) -> Iterator[str]:
    try:
        yield decode()
    except (ValueError, IndexError, OverflowError):
        return


def _tried_bytes(decode: Callable[[], bytes]) -> Iterator[str]:
    try:
        octets = decode()
    except (ValueError, OSError, EOFError, NotEncoded, zlib.error, lzma.LZMAError, OverflowError):
        return
    yield from _as_text(octets)


_PEELS: Final = (_escapes, _markup, _named, _bytes, _codes, _mojibake)
