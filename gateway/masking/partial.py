"""PARTIAL: shows the ends of a value between stars, or a name's surname.

Rules: what comes out has a fixed length, so that the length of the value is not told. A value shows at most half of its
characters; a shorter one becomes stars throughout, as does one whose shown characters are not printable (controls,
lone surrogates, private use). Characters are Unicode code points, so that CJK Extension B counts as one. Null stays
null.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final

STARS: Final = 4
"""Stars between the ends, whatever the value's length."""
NAME_STARS: Final = 2
"""Stars after a surname, whatever the given name's length."""
_NAME_STARS: Final = "*" * NAME_STARS
_HIDDEN_NAME: Final = "*" * (1 + NAME_STARS)
_FIRST_IDEOGRAPH: Final = "\u3400"
"""Before it lie the letters of other scripts (CJK Extension A begins here)."""
_PAIRS: Final = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠"
    "公孙慕容仲孙钟离长孙宇文司徒鲜于司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁"
    "拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生梁丘左丘西门第五贺兰纳兰完颜淳于单于叱干达奚"
    "褚师侯莫东里即墨仲长歐陽諸葛東方司馬長孫獨孤尉遲鍾離濮陽澹臺閭丘赫連軒轅東郭南宮聞人"
)
COMPOUND_SURNAMES: Final = frozenset(_PAIRS[at : at + 2] for at in range(0, len(_PAIRS), 2))
"""Surnames of two characters."""
_WORTHWHILE: Final = 8
"""Fewest values for which looking at a column as a whole is quicker than one by one."""
_FIRSTS: Final = frozenset(name[0] for name in COMPOUND_SURNAMES)
_VISIBLE: Final = bytes(range(0x21, 0x7F))


def keep(value: str, first: int, last: int) -> str:
    """Return the first and last characters of a value between four stars, or stars of the same length throughout."""
    value = value.strip()
    length = len(value)
    if length >= 2 * (first + last):
        head, tail = value[:first], value[length - last :]
        if (head + tail).isprintable():
            return f"{head}{'*' * STARS}{tail}"
    return "*" * (first + STARS + last)


def surname(value: str) -> str:
    """Return a name's surname and two stars: a compound surname whole, else one character.

    A name that holds anything but ideographs, such as a mark or what people write in its place, shows its first
    character alone, for what stands before the mark is a given name. A name of one character becomes three stars.
    """
    value = value.strip()
    if len(value) < 2 or not value[0].isprintable():
        return _HIDDEN_NAME
    pair = value[:2]
    if pair in COMPOUND_SURNAMES and len(value) > 2 and value.isalpha() and min(value) >= _FIRST_IDEOGRAPH:
        return pair + _NAME_STARS
    return pair[0] + _NAME_STARS


def keep_column(values: tuple[Any, ...], first: int, last: int) -> tuple[str | None, ...]:
    """Return the column with `keep` applied to each value.

    Where no value is null, short, or holds a blank or an unprintable character, the ends are cut without looking again.
    """
    short = len(values) < _WORTHWHILE or None in values
    if short or not _plain("".join(values)) or min(map(len, values)) < 2 * (first + last):
        return tuple([None if value is None else keep(value, first, last) for value in values])
    stars = "*" * STARS
    if not first:
        return tuple([stars + value[-last:] for value in values])
    heads = map(itemgetter(slice(first)), values)
    if not last:
        return tuple([head + stars for head in heads])
    tails = map(itemgetter(slice(-last, None)), values)
    return tuple([f"{head}{stars}{tail}" for head, tail in zip(heads, tails, strict=True)])


def surname_column(values: tuple[Any, ...]) -> tuple[str | None, ...]:
    """Return the column with `surname` applied to each value.

    A name without blank or unprintable character that does not begin like a compound surname is cut at once.
    """
    text = "" if len(values) < _WORTHWHILE or None in values else "".join(values)
    if not text or not _plain(text) or min(map(len, values)) < 2:
        return tuple([None if value is None else surname(value) for value in values])
    return tuple([surname(value) if value[0] in _FIRSTS else value[0] + _NAME_STARS for value in values])


def _plain(text: str) -> bool:
    """Tell whether all characters of a text can be printed and none is blank."""
    if text.isascii():
        return not text.encode().translate(None, _VISIBLE)
    return text.isprintable() and " " not in text
