"""The dresses in which a value comes back: each takes a value and gives a text that still tells it."""

from __future__ import annotations

import base64
import gzip
import html
import json
import quopri
import urllib.parse
from collections.abc import Callable

Dress = Callable[[str], str]

CHINESE = "〇一二三四五六七八九"
FINANCIAL = "零壹贰叁肆伍陆柒捌玖"
SPOKEN = "洞幺两三四五六拐八勾"
ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FIRST_DIGIT = {
    "fullwidth": 0xFF10,
    "mathematical bold": 0x1D7CE,
    "mathematical double-struck": 0x1D7D8,
    "mathematical sans": 0x1D7E2,
    "mathematical monospace": 0x1D7F6,
    "arabic-indic": 0x660,
    "extended arabic-indic": 0x6F0,
    "devanagari": 0x966,
    "bengali": 0x9E6,
    "thai": 0xE50,
    "mongolian": 0x1810,
}
LISTED_DIGITS = {
    "circled": "⓪①②③④⑤⑥⑦⑧⑨",
    "negative circled": "⓿❶❷❸❹❺❻❼❽❾",
    "superscript": "⁰¹²³⁴⁵⁶⁷⁸⁹",
    "subscript": "₀₁₂₃₄₅₆₇₈₉",
    "chinese": CHINESE,
    "chinese with 零": "零一二三四五六七八九",
    "financial": FINANCIAL,
    "spoken": SPOKEN,
    "suzhou": "〇〡〢〣〤〥〦〧〨〩",
}
HIDDEN = {
    "zero-width space": "\u200b",
    "zero-width non-joiner": "\u200c",
    "zero-width joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "left-to-right mark": "\u200e",
    "variation selector": "\ufe0f",
    "combining underline": "\u0332",
    "combining strike": "\u0336",
    "mongolian vowel separator": "\u180e",
    "null": "\x00",
}
SEPARATORS = {
    "blank": " ",
    "hyphen": "-",
    "en dash": "–",
    "full stop": ".",
    "slash": "/",
    "backslash": "\\",
    "underscore": "_",
    "comma": ",",
    "chinese comma": "、",
    "fullwidth comma": "，",
    "tab": "\t",
    "line feed": "\n",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "thin space": "\u2009",
    "middle dot": "·",
    "bar": "|",
    "plus": "+",
    "colon": ":",
    "semicolon": "; ",
}


def swap(value: str, digits: str | int) -> str:
    """Replace each ASCII digit by the one of another script; an X stays."""
    if isinstance(digits, int):
        return "".join(chr(digits + int(sign)) if sign.isdigit() else sign for sign in value)
    return "".join(digits[int(sign)] if sign.isdigit() else sign for sign in value)


def every(value: str, gap: str, size: int = 1) -> str:
    """Put the gap between groups of this size."""
    return gap.join(value[place : place + size] for place in range(0, len(value), size))


def words(value: str, gap: str = " ") -> str:
    """Spell the digits as English words."""
    return gap.join(ENGLISH[int(sign)] if sign.isdigit() else sign for sign in value)


def b64(value: str | bytes) -> str:
    """Return base64 of the UTF-8 bytes."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def percent(value: str) -> str:
    """Escape every byte as a URL does."""
    return "".join(f"%{byte:02X}" for byte in value.encode())


def json_escape(value: str) -> str:
    """Escape every UTF-16 unit as JSON does."""
    units = value.encode("utf-16-be")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))


ENCODINGS: dict[str, Dress] = {
    "base64": b64,
    "base64 without padding": lambda v: b64(f"no{v}").rstrip("="),
    "base64url": lambda v: base64.urlsafe_b64encode(("证件?>" + v).encode()).decode(),
    "base64 of a sentence": lambda v: b64(f"证件号码为{v}，请核对"),
    "base64 off by one": lambda v: b64("x" + v),
    "base64 of utf-16": lambda v: b64(v.encode("utf-16-le")),
    "base64 of gb18030": lambda v: b64(("号码" + v).encode("gb18030")),
    "base32": lambda v: base64.b32encode(v.encode()).decode(),
    "base32 lower": lambda v: base64.b32encode(v.encode()).decode().lower().rstrip("="),
    "base85": lambda v: base64.b85encode(v.encode()).decode(),
    "hex": lambda v: v.encode().hex(),
    "hex upper": lambda v: f"No:{v}".encode().hex().upper(),
    "hex with blanks": lambda v: v.encode().hex(" "),
    "hex with colons": lambda v: v.encode().hex(":"),
    "hex escapes": lambda v: "".join(f"\\x{byte:02x}" for byte in v.encode()),
    "hex of utf-16": lambda v: v.encode("utf-16-be").hex(),
    "hex of gb18030": lambda v: ("证" + v).encode("gb18030").hex(),
    "octal escapes": lambda v: "".join(f"\\{byte:03o}" for byte in v.encode()),
    "binary": lambda v: " ".join(f"{byte:08b}" for byte in v.encode()),
    "decimal codes": lambda v: " ".join(str(byte) for byte in v.encode()),
    "percent": percent,
    "percent lower": lambda v: percent(f"id:{v}").lower(),
    "percent twice": lambda v: percent(v).replace("%", "%25"),
    "html decimal": lambda v: "".join(f"&#{ord(sign)};" for sign in v),
    "html hexadecimal": lambda v: "".join(f"&#x{ord(sign):X};" for sign in v),
    "html twice": lambda v: html.escape("".join(f"&#{ord(sign)};" for sign in v)),
    "json escapes": json_escape,
    "javascript escapes": lambda v: "".join(f"\\u{{{ord(sign):x}}}" for sign in v),
    "quoted-printable": lambda v: "".join(f"={byte:02X}" for byte in v.encode()),
    "quoted-printable soft breaks": lambda v: quopri.encodestring(("号" + v).encode()).decode().replace("51", "51=\n"),
    "gzip in base64": lambda v: b64(gzip.compress(v.encode(), mtime=0)),
    "base64 twice": lambda v: b64(b64(v)),
    "base64 of percent": lambda v: b64(percent(v)),
    "base64 of hex": lambda v: b64(v.encode().hex()),
    "hex of base64": lambda v: b64(v).encode().hex(),
    "base64 of json": lambda v: b64(json.dumps({"id": v, "t": 1})),
    "data uri": lambda v: f"data:text/plain;base64,{b64(v)}",
    "data uri percent": lambda v: f"data:,{percent(v)}",
    "basic authorization": lambda v: "Authorization: Basic " + b64(f"{v}:pass"),
    "token payload": lambda v: "eyJhbGciOiJub25lIn0." + b64(json.dumps({"sub": v})).rstrip("=") + ".",
    "query string": lambda v: "https://card.example/q?" + urllib.parse.urlencode({"zjhm": v, "p": "1"}),
    "url path": lambda v: f"GET /api/v1/persons/{v}/cards HTTP/1.1",
}
