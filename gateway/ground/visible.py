"""Text of others made harmless to look at: no sign in it moves a cursor, turns the direction of writing or hides.

A terminal obeys control signs, a reader is deceived by what turns or hides text, and a page shows either as it stands.
So text from an answer, a log, a peer or an adapter is spelt before a person sees it. Nothing is lost: each such sign
stands there as JSON escapes it.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category

from gateway.ground.item import Label

CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What text of the contract never holds: C0, DEL, C1, line and paragraph separators, bidirectional overrides, and
surrogates (Unicode 15, Cc Cs Zl Zp)."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""The categories of what is spelt: `CONTROL`, and what is not seen, such as zero-width signs, marks and tags."""

_FILLERS: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0]")
"""Signs that are letters or marks by their class, and show nothing."""
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_RARE: Final = re.compile("[\U00020000-\U0002fffd\U00030000-\U0003fffd]")
"""The planes of rare Chinese characters, whose newest ones this Python does not know; names hold them."""
_CLASSES: Final = {
    "Cf": Label("零宽字符", "signs without width"),
    "Co": Label("私用区字符", "signs of the private use area"),
    "Cn": Label("Unicode 未定义的字符", "signs that Unicode does not know"),
    "Cs": Label("半个字符", "halves of signs"),
    "Cc": Label("控制字符", "control characters"),
    "Zl": Label("行分隔符", "line separators"),
    "Zp": Label("段落分隔符", "paragraph separators"),
}
_BLANKS: Final = Label("只有空白", "nothing but blanks")


def unseen_in(text: str) -> Label | None:
    """Return what in a text cannot be seen; None where all of it can be, as in an empty one."""
    if _TAGS.search(text):
        return Label("标签字符", "tag characters")
    if _SELECTORS.search(text):
        return Label("异体选择符", "variation selectors")
    if _FILLERS.search(text):
        return Label("不显示的字符", "signs that show nothing")
    if not text.isprintable():
        for sign in text:
            kind = category(sign)
            if kind in _CLASSES and not (kind == "Cn" and _RARE.match(sign)):
                return _CLASSES[kind]
    return _BLANKS if text.isspace() else None


def spell_unseen(text: str, *, lines: bool = False) -> str:
    r"""Return a text whose control signs and unseen signs are spelt as in JSON: `\u001b`, `\u202e`.

    With `lines` a line feed stays one, for text of ours that has lines.
    """
    if text.isprintable():
        return text
    return "".join(
        _spell(sign) if category(sign) in _UNSEEN and not (lines and sign == "\n") else sign for sign in text
    )


def _spell(sign: str) -> str:
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
