"""A text is read out of every wrapping that it may have, and one that is wrapped without end is refused."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from base64 import a85encode, b32encode, b64encode, b85encode, urlsafe_b64encode
from urllib.parse import quote

import pytest

from gateway.leakguard.unwrap import MOST_BYTES, MOST_VIEWS, unwrap
from tests.samples import NUMBER

NAME = "王小明"
UTF8 = NAME.encode()


def _shows(text: str, value: str) -> bool:
    return any(value in view for view in unwrap(text))


def test_a_text_with_more_readings_than_can_be_told_is_refused() -> None:
    """It is not passed for want of patience."""
    words = " ".join(b64encode(b64encode(f"{at:05}{NUMBER}".encode())).decode() for at in range(MOST_VIEWS // 2))
    with pytest.raises(OverflowError, match="too many readings"):
        unwrap(words)


def test_compressed_data_unfold_to_so_many_bytes_and_no_more() -> None:
    """A bomb fills no memory, and what stands before the bound is read."""
    bomb = b64encode(zlib.compress(NUMBER.encode() + b" " * (MOST_BYTES * 4))).decode()
    views = unwrap(bomb)
    assert any(view.startswith(NUMBER) for view in views)
    assert MOST_BYTES >= max(map(len, views))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "办理业务",
        "a",
        "%",
        "%zz",
        "&#1114112;",
        "\\u{110000}",
        "\\N{NO SUCH SIGN AT ALL}",
        "\\ud800",
        "=?utf-8?B?%%%%?=",
        "xn--99999999",
        "H4sIAAAA",
        b64encode(b"BZh" + b"x" * 20).decode(),
        b64encode(b"\xfd7zXZ" + b"x" * 20).decode(),
        b64encode(b"\x1f\x8b" + b"x" * 20).decode(),
        "+////-",
    ],
)
def test_a_wrapping_that_is_broken_gives_the_text_itself(text: str) -> None:
    """Nothing is raised, and the text is always among its readings."""
    assert text in unwrap(text)


def test_no_reading_is_given_twice() -> None:
    """Each costs a search."""
    views = unwrap(f"%41{b64encode(UTF8).decode()} {b64encode(UTF8).decode()}")
    assert len(views) == len(set(views))


@pytest.mark.parametrize(
    "text",
    [
        quote(NAME),
        quote(NAME, encoding="gb18030"),
        f"id={quote(NAME)}&x=1",
        "".join(f"&#{ord(sign)};" for sign in NAME),
        "".join(f"&#x{ord(sign):x};" for sign in NAME),
        "".join(f"\\u{ord(sign):04x}" for sign in NAME),
        "".join(f"\\u{{{ord(sign):x}}}" for sign in NAME),
        "".join(f"\\U{ord(sign):08x}" for sign in NAME),
        "".join(f"%u{ord(sign):04x}" for sign in NAME),
        "".join(f"U+{ord(sign):04X}" for sign in NAME),
        "".join(f"\\x{octet:02x}" for octet in UTF8),
        "".join(f"\\{octet:03o}" for octet in UTF8),
        "".join(f"={octet:02X}" for octet in UTF8),
        " ".join(str(ord(sign)) for sign in f"{NAME}{NAME}"),
        "王<b>小</b>明",
        "王/* c */小\x1b[0m明",
        "'王' + '小' + '明'",
        f"=?utf-8?B?{b64encode(UTF8).decode()}?=",
        f"=?utf-8?Q?{''.join(f'={octet:02X}' for octet in UTF8)}?=",
        f"xn--{NAME.encode('punycode').decode()}",
        NAME.encode("utf-7").decode("ascii"),
        UTF8.decode("latin-1"),
        NAME.encode("gb18030").decode("latin-1"),
        UTF8.hex(),
        UTF8.hex(":"),
        "0x" + UTF8.hex(),
        b64encode(UTF8).decode(),
        b64encode(NAME.encode("gb18030") * 2).decode(),
        b64encode(NAME.encode("utf-16-le")).decode(),
        urlsafe_b64encode(UTF8).decode().rstrip("="),
        b64encode(UTF8 * 2).decode()[::-1],
        b32encode(UTF8).decode(),
        b32encode(UTF8).decode().lower(),
        b85encode(UTF8).decode(),
        f"<~{a85encode(UTF8).decode()}~>",
        b64encode(gzip.compress(UTF8, mtime=0)).decode(),
        b64encode(zlib.compress(UTF8)).decode(),
        b64encode(bz2.compress(UTF8)).decode(),
        b64encode(lzma.compress(UTF8)).decode(),
        " ".join(f"{octet:08b}" for octet in UTF8),
    ],
)
def test_a_name_is_read_out_of_its_wrapping(text: str) -> None:
    """Escapes, markup, encodings of bytes, code points and wrong character sets are each seen through."""
    assert NAME not in text
    assert _shows(text, NAME)


@pytest.mark.parametrize(
    "text",
    [
        " ".join(f"{int(digit):04b}" for digit in NUMBER[:17]),
        " ".join(f"{ord(sign):07b}" for sign in NUMBER),
        " ".join(str(ord(sign)) for sign in NUMBER),
        " ".join(f"{ord(sign):o}" for sign in NUMBER),
        NUMBER.encode("ascii").hex(),
        b64encode(NUMBER.encode("cp037")).decode(),
    ],
)
def test_a_number_is_read_out_of_its_wrapping(text: str) -> None:
    """Bits, code points and EBCDIC are for digits what escapes are for names."""
    assert NUMBER[:17] not in text
    assert _shows(text, NUMBER[:17])


def test_a_wrapping_within_a_wrapping_is_opened_too() -> None:
    """Each reading is read again."""
    assert _shows(quote(b64encode(b64encode(UTF8).hex().encode()).decode()), NAME)
