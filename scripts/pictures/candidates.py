"""The bars of "6+4": how many identity numbers fit what a mask shows, counted by the code that judges items."""

from __future__ import annotations

from datetime import date
from math import log10
from typing import Final, NamedTuple

from gateway.masking.candidates import COUNTY, TAIL, Disclosure, count_remaining
from scripts.pictures.svg import WIDTH, Picture
from scripts.pictures.words import Language, Words

TITLE: Final = Words("“前六后四”之后还剩多少种可能", "How many candidates 6+4 leaves")
_YEAR: Final = (date(1960, 1, 1), date(1960, 12, 31))
_MONTH: Final = (date(1960, 5, 1), date(1960, 5, 31))


class Bar(NamedTuple):
    """One mask, and whether it is called a mask wrongly."""

    words: Words
    shown: Disclosure
    bad: bool


BARS: Final = (
    Bar(Words("首位 + 末位（1+1）", "first and last (1+1)"), Disclosure(first=1, last=1), False),
    Bar(Words("1+2", "1+2"), Disclosure(first=1, last=2), False),
    Bar(Words("3+4", "3+4"), Disclosure(first=3, last=4), True),
    Bar(Words("前六后四（6+4）", "6+4"), Disclosure(first=6, last=4), True),
    Bar(Words("6+4，另知出生年份", "6+4, birth year known"), Disclosure(6, 4, since=_YEAR[0], until=_YEAR[1]), True),
    Bar(Words("6+4，另知出生年月", "6+4, birth month known"), Disclosure(6, 4, since=_MONTH[0], until=_MONTH[1]), True),
)
LEFT: Final = 210
LONGEST: Final = 390


def _describe(count: int, language: Language) -> str:
    """Say a count: exactly below a million, else rounded to two digits in the language's own units."""
    if count < 1_000_000:
        return f"{count:,} 种可能" if language is Language.ZH else f"{count:,} candidates"
    about = round(count, 1 - int(log10(count)))
    if language is Language.ZH:
        return f"约 {about / 1e8:g} 亿种可能"
    return f"about {about / 1e9:g} billion" if about >= 1e9 else f"about {about / 1e6:g} million"


def draw(language: Language) -> str:
    """Return the picture."""
    counts = [count_remaining(bar.shown) for bar in BARS]
    rows = [f"{bar.words.read_in(language)}: {_describe(n, language)}" for bar, n in zip(BARS, counts, strict=True)]
    picture = Picture(352, TITLE.read_in(language), "; ".join(rows))
    picture.add_text(20, 30, TITLE.read_in(language), kind="strong", anchor="start", size=16)
    hidden = Words("8 位星号遮住的只是生日", "the eight stars hide a birthday")
    for number, sign in enumerate(COUNTY + "*" * 8 + TAIL):
        kind = "plain" if sign == "*" else "stop"
        picture.add_box(20 + number * 27, 46, 25, 30, [sign], kind=kind, size=15)
    picture.add_text(20 + 81, 94, Words("县级区划", "county").read_in(language), kind="faint", size=12)
    picture.add_text(20 + 270, 94, hidden.read_in(language), kind="faint", size=12)
    picture.add_text(
        20 + 432, 94, Words("顺序码、校验码", "order, check digit").read_in(language), kind="faint", size=12
    )
    y = 112
    for bar, count in zip(BARS, counts, strict=True):
        width = LONGEST * log10(count) / log10(max(counts))
        picture.add_text(LEFT - 10, y + 18, bar.words.read_in(language), anchor="end", size=13)
        picture.add_bar(LEFT, y, width, 26, kind="alert" if bar.bad else "bar")
        picture.add_text(LEFT + width + 8, y + 18, _describe(count, language), kind="strong", anchor="start", size=13)
        y += 36
    note = Words(
        "对数刻度：符合的号码个数，越多越好；由 gateway/masking/candidates.py 计算",
        "logarithmic scale: numbers that fit, more is better; counted by gateway/masking/candidates.py",
    )
    picture.add_text(WIDTH / 2, 342, note.read_in(language), kind="faint", size=12)
    return picture.render()
