"""Text of others made harmless to look at: no sign in it moves a cursor, turns the direction of writing or hides.

A terminal obeys control signs, a reader is deceived by what turns or hides text, and a page shows either as it stands.
So text from an answer, a log, a peer or an adapter is spelt before a person sees it. Nothing is lost: each such sign
stands there as JSON escapes it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from unicodedata import category, name

from gateway.ground.item import Label

CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What text of the contract never holds: C0, DEL, C1, line and paragraph separators, bidirectional overrides, and
surrogates (Unicode 15, Cc Cs Zl Zp)."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""The categories of what is spelt: `CONTROL`, and what is not seen, such as zero-width signs, marks and tags."""

_IGNORABLE: Final = frozenset(
    {0x034F, 0x2800, 0x3164, 0xFFA0, *range(0x115F, 0x1161), *range(0x17B4, 0x17B6), *range(0x180B, 0x1810)}
    | {*range(0xFFF0, 0xFFF9), *range(0xE0080, 0xE0100), *range(0xE01F0, 0xE1000)}
)
"""What has the property Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties.txt) and is no format sign,
tag or selector, and the empty Braille pattern."""
_SAYS_NOTHING: Final = re.compile(r"\b(?:FILLER|JOINER|BLANK|NULL|INVISIBLE|SELECTOR|REPLACEMENT)\b")
"""Words in the names of signs that show nothing, or stand for what was lost, although they are marks or symbols."""
_ODD_BLANKS: Final = re.compile(
    "[ \u3000]*[\u00a0\u1680\u2000-\u200a\u202f\u205f][ \u3000\u00a0\u1680\u2000-\u200a\u202f\u205f]*"
)
"""A blank that is neither the everyday nor the wide one, with the blanks beside it."""
_MOST_MARKS: Final = 2
"""Combining marks that a sign of any writing has."""
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
    if text.isascii() and text.isprintable():
        return _BLANKS if text.isspace() else None
    marks = 0
    for sign in text:
        if found := _name_unseen(sign):
            return found
        marks = marks + 1 if category(sign) in ("Mn", "Me") else 0
        if marks > _MOST_MARKS:
            return Label("一个字上叠加过多的附加符号", "heaps of marks on one sign")
    if text.isspace():
        return _BLANKS
    if any(len(run) > 1 for run in _ODD_BLANKS.findall(text)):
        return Label("连续的异宽空白", "blanks of odd widths in a row")
    return None


@lru_cache(maxsize=4096)
def _name_unseen(sign: str) -> Label | None:
    """Return what a sign is that cannot be seen, by its properties in Unicode; None where it can be."""
    if _TAGS.match(sign):
        return Label("标签字符", "tag characters")
    if _SELECTORS.match(sign):
        return Label("异体选择符", "variation selectors")
    kind = category(sign)
    if ord(sign) not in _IGNORABLE:
        if kind in _CLASSES and not (kind == "Cn" and _RARE.match(sign)):
            return _CLASSES[kind]
        if not _SAYS_NOTHING.search(name(sign, "")):
            return None
    return Label("不显示的字符", "signs that show nothing")


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
