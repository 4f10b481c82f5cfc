"""The file in which a reviewer keeps a body that was opened: text and salt, by which anybody holds it to its entry.

It says in clear what the entry hides: operator, purpose and business number. Who keeps it guards it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Final

import orjson

from gateway.audit.review.bundle import BodyText

FORMAT: Final = "chuanyu-opened@1"
"""The format that the file names."""


class OpenedInvalid(Exception):
    """A file is none of an opened body. The message holds nothing of it."""


def write_opened(index: int, body: BodyText) -> bytes:
    """Return the file of the body of an entry."""
    salt = b64encode(body.salt).decode()
    return orjson.dumps({"format": FORMAT, "index": index, "salt": salt, "text": body.text}) + b"\n"


def read_opened(octets: bytes) -> tuple[int, BodyText]:
    """Return index and body of a file.

    Raises:
        OpenedInvalid: it is none.
    """
    try:
        found = orjson.loads(octets)
        if found.keys() != {"format", "index", "salt", "text"} or found["format"] != FORMAT:
            raise ValueError
        index, text = found["index"], found["text"]
        if type(index) is not int or not 0 <= index < 1 << 63 or type(text) is not str:
            raise ValueError
        return index, BodyText(b64decode(found["salt"], validate=True), text)
    except (AttributeError, Base64Error, TypeError, ValueError):
        raise OpenedInvalid("expected a file of chuanyu audit open --out, found another form") from None
