"""Fits standard output and standard error to a console of any encoding: no sign that it lacks ends a command.

A sign that the encoding lacks is written as its nearest one, or as `?`; what the command does and its exit code are the
same everywhere. JSON keeps every character, as an escape where the console lacks it.
"""

from __future__ import annotations

import codecs
import io
import sys
from typing import Final

HANDLER: Final = "chuanyu.nearest"
"""The name under which Python knows the handler of signs that an encoding lacks."""
_NEAREST: Final = {
    "✓": "√v",
    "✗": "×x",
    "→": ">",
    "…": ".",
    "—": "-",
    "–": "-",
    "·": "・.",
    "×": "x",
    "µ": "μu",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "，": ",",
    "、": ",",
    "。": ".",
    "：": ":",
    "；": ";",
    "（": "(",
    "）": ")",
    "？": "?",
    "！": "!",
    "％": "%",
    "￥": "¥",
    **dict.fromkeys("─━═╌", "-"),
    **dict.fromkeys("│┃║╎", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┡┩╇╈┠┨", "+"),
}
"""By sign, those that may stand for it, the best first. Each is one sign, so that tables stay in line."""


def replace_lacking(error: UnicodeError) -> tuple[bytes, int]:
    """Return the nearest signs of an encoding for those that it lacks, and where to go on; for `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return b"".join(_encode_nearest(sign, error.encoding) for sign in lacking), error.end


def _encode_nearest(sign: str, encoding: str) -> bytes:
    if "\udc80" <= sign <= "\udcff":  # a byte of a name of a file that is no text here: as it is on the disk
        return bytes([ord(sign) - 0xDC00])
    for nearest in _NEAREST.get(sign, ""):
        try:
            return nearest.encode(encoding)
        except UnicodeEncodeError:
            continue
    return b"?"


def fit_console() -> None:
    """Have standard output and standard error write the nearest sign for one that they lack; again is allowed."""
    codecs.register_error(HANDLER, replace_lacking)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def takes(text: str) -> bool:
    """Tell whether standard output can write a text as it is."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
