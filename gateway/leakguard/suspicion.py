"""The quick look: which texts must be read closely. It names more than leak, and never fewer.

A text is STRANGE when it may hold a number of a person, an encoding, a mask, a spelled number, or a sign that is not
everyday Chinese or ASCII; it is NUMERIC when it has three digits or numerals. A text that is neither can tell
only what stands in it in plain characters. The patterns use nothing in which regular expression engines differ, so
that each engine gives the same verdict.
"""

from __future__ import annotations

from typing import Final

from gateway.leakguard.bases import AS_DIGITS, LEAST_SIGNS, NO_WORD
from gateway.leakguard.signs import NUMERALS, TRADITIONAL

JOINT: Final = "\x1f"
"""Stands between texts that are searched together."""
NUMERIC: Final = 1
STRANGE: Final = 2

_NUMERAL_SIGNS: Final = "".join(map(chr, NUMERALS)) + "十百千万亿拾佰仟廿卅"
_DIGIT: Final = f"[0-9{_NUMERAL_SIGNS}]"
_BETWEEN: Final = r"[ \t\r\n_./\\|*~+·—‘’“”'\"`#(){}<>（）《》【】～\[\]-]"
_WORD: Final = "[0-9A-Za-z+/=_-]"
_SPELLED: Final = (
    "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|double|triple"
    "|ling|yao|yi|er|liang|san|si|wu|liu|qi|ba|jiu|[a-z]{3,5}teen|[a-z]{3,5}ty)"
)
_MONTHS: Final = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_EVERYDAY: Final = (
    *range(0x20, 0x7F),
    *b"\t\r\n",
    *range(0x4E00, 0xA000),
    *map(ord, "·—‘’“”…、。《》【】！（），：；？％￥～〇"),
)


def _ranges(points: set[int]) -> str:
    """Return the inside of a character class of these code points."""
    starts = sorted(point for point in points if point - 1 not in points)
    ends = sorted(point for point in points if point + 1 not in points)
    return "".join(f"{_sign(start)}-{_sign(end)}" for start, end in zip(starts, ends, strict=True))


def _sign(point: int) -> str:
    sign = chr(point)
    return f"\\{sign}" if sign in "\\]^-[" else sign


_PLAIN: Final = _ranges({*_EVERYDAY, ord(JOINT)} - set(map(ord, TRADITIONAL[::2])))
PATTERNS: Final[tuple[tuple[int, str], ...]] = (
    (NUMERIC, f"{_DIGIT}[^{JOINT}]*{_DIGIT}[^{JOINT}]*{_DIGIT}"),
    (STRANGE, f"[^{_PLAIN}]"),
    (STRANGE, f"{_DIGIT}(?:{_BETWEEN}{{0,6}}{_DIGIT}){{10}}"),
    (STRANGE, f":{_DIGIT}{{4}}"),
    (STRANGE, "@"),
    (STRANGE, "艾特"),
    (STRANGE, "#[0-9A-Za-z]"),
    (STRANGE, "[0-9][0-9A-Za-z]{2}[0-9]{5}[0-9A-Za-z]{8}"),
    (STRANGE, "[0-9A-Za-z]{2}[0-9]{6}[- .·/|—0-9A-Za-z]{10}"),
    (STRANGE, r"%[0-9A-Fa-fu]|&[#A-Za-z]|\\|=[0-9A-Fa-f]{2}|=\?|[Uu]\+|xn--|</?[A-Za-z!]|\[[A-Za-z/]|/\*"),
    (STRANGE, f"{_WORD}{{3}}[a-z][A-Z]"),
    (STRANGE, f"[a-z][A-Z]{_WORD}{{3}}"),
    *((STRANGE, f"{sign}(?:[ .-]?{sign}){{{LEAST_SIGNS - 1}}}") for sign, _ in AS_DIGITS[3:]),
    (STRANGE, f"[A-Za-z][0-9]{_WORD}{{4}}"),
    (STRANGE, f"[0-9][A-Za-z]{_WORD}{{4}}"),
    (STRANGE, f"{_WORD}{{4}}(?:[A-Za-z][0-9]|[0-9][A-Za-z])"),
    (STRANGE, f"{_WORD}{{2}}(?:[A-Za-z][0-9]|[0-9][A-Za-z]){_WORD}{{2}}"),
    (STRANGE, r"(?:[0-9A-Fa-f][A-Fa-f]|[A-Fa-f][0-9A-Fa-f])[ :,;._-][0-9A-Fa-f]{2}[ :,;._-][0-9A-Fa-f]{2}"),
    (STRANGE, f"[0-9]{{2,3}}(?:[^0-9{JOINT}]{{1,8}}[0-9]{{2,3}}){{8}}"),
    (STRANGE, f"[0-9]{{5}}[^0-9{JOINT}]{{1,8}}[0-9]{{5}}"),
    (STRANGE, "[0-9](?:[,;:、，][ ]?[0-9]){6}"),
    (STRANGE, f"[0-9]{{1,2}}(?:[^0-9{JOINT}]{{1,12}}[0-9]{{1,2}}){{11}}"),
    (STRANGE, f"[前后末尾首头][^0-9{JOINT}]{{0,6}}[0-9]{{3}}"),
    (STRANGE, f"[0-9]{{3}}[^0-9{JOINT}]{{0,4}}[开打起结收尾头]"),
    (STRANGE, r"[0-9][ -]?[*#_?xX某]"),
    (STRANGE, r"[*#_?某][ -]?[0-9]"),
    (STRANGE, r"[0-9][ ]?(?:\.\.\.|--|…)"),
    (STRANGE, r"[.-]{5}[ /|]+[.-]{5}"),
    (STRANGE, "[甲乙丙丁戊己庚辛壬癸农阴旧夏正冬腊闰](?:[子丑寅卯辰巳午未申酉戌亥].?年|历|.?月)"),
    (STRANGE, f"[0-9]{{3}}[^0-9{JOINT}]{{1,3}}[0-9]{{4}}[,，、\t\n ]{{1,3}}[0-9]{{4}}"),
    (STRANGE, f"日[^0-9{JOINT}]{{0,3}}[0-9]{{3}}[0-9Xx]"),
)
SPELLED: Final[tuple[str, ...]] = (
    *NO_WORD,
    *(f"{sign}(?:[ .-]?{sign}){{{LEAST_SIGNS - 1}}}" for sign, _ in AS_DIGITS[1:3]),
    rf"[(（\[{{<【_][ ]?(?i:at)[ ]?[)）\]}}>】_]|[ -](?i:at)[ -][^ {JOINT}]{{1,63}}[ -](?i:dot)[ -]",
    rf"(?i:{_SPELLED}[ ,.-]{{0,3}}{_SPELLED}[ ,.-]{{0,3}}{_SPELLED})",
    rf"(?i:{_MONTHS}[ ,.'-]{{0,3}}[0-9]|[0-9][ ,.'-]{{0,3}}{_MONTHS})",
)
"""Words of numbers and months, and letters that are none: STRANGE, too, and only where there are letters."""
