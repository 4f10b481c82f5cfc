"""What the verifier says, in Chinese and English, and the two ways in which it says no."""

from __future__ import annotations

import re
import time
from typing import NamedTuple


class Text(NamedTuple):
    """A sentence in both languages."""

    zh: str
    en: str


class Fails(Exception):
    """The bundle does not prove what it should, or is no bundle."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


class Unverifiable(Exception):
    """The bundle cannot be verified here: something that is needed is not at hand. It may well hold."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)


UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)


def visible(value: object, most: int = 200) -> str:
    """Return others' text for a line, at most so many characters: what nobody sees, or a terminal obeys, is spelt."""
    text = UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", str(value))
    return text if len(text) <= most else text[: most - 1] + "…"


def spell_time(seconds: float) -> str:
    """Return a time in seconds since 1970 in UTC, with its zone."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
    except (OverflowError, OSError, ValueError):
        return f"{seconds:.0f} s UTC"
