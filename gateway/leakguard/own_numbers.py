"""Raw numbers of a record: identity and card numbers, telephones, accounts, codes; letters may stand among the digits.

A number comes back when a text shows, in one of its streams, any eight characters of it in a row; or its digits with
words between; or most of it in groups of any order; or more of it around hidden characters than a mask may keep; or the
whole of it shifted, swapped or in another base.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final

from gateway.leakguard.found import Detector
from gateway.leakguard.view import Group, View, steps_of

GRAM: Final = 8
"""Characters of a number in a row that are enough to know it."""
_STREAM: Final = 10
"""Digits in a row, words between them left out."""
_RUN: Final = 12
"""Digits of a run in which eight are met by chance now and then; ten are asked for there."""
_MOST_KEPT: Final = 4
"""Characters that a mask may keep in all."""
_NEAR: Final = 24
"""Signs between the two ends of one masked number."""
_HIDING: Final = re.compile(
    r"[\s\-.·]*(?:[*#●○•◦□■_?█▇▓▒░☆★✱✳※~某]|X{2,}|\.{3,}|-{2,}|…)[\s*#●○•◦□■_?█▇▓▒░☆★✱✳※~某X.\-…]*"
)
_SHORTEST: Final = 6
"""Signs of the shortest number in another base: a telephone number in base 58."""
_UPPER: Final = (digits + ascii_uppercase, digits + ascii_uppercase[:22], "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
"""The digits of base 36, and of base 32 as it counts and as Crockford wrote it."""
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_CASED: Final = (
    _BASE58,
    _BASE58[:9] + _BASE58[33:] + _BASE58[9:33],
    digits + ascii_uppercase + ascii_lowercase,
    digits + ascii_lowercase + ascii_uppercase,
    ascii_uppercase + ascii_lowercase + digits,
    ascii_uppercase + ascii_lowercase + digits + "-_",
)
_OPPOSITE: Final = str.maketrans("0123456789", "9876543210")
_DAY: Final = re.compile("(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
"""A day is looked for whole and alone: figures side by side hold one by chance, as a batch and its count do."""
_REGION_AND_CENTURY: Final = re.compile("[1-9][0-9]{5}(?:(?:18|19|20)[0-9]{9}|[0-9]{9}$)")


class OwnNumber:
    """One number of a record; `signs` is its letters and digits in upper case, at least `GRAM` of them."""

    def __init__(self, signs: str) -> None:
        self.signs = signs
        self.digits = "".join(filter(str.isdigit, signs))

    @cached_property
    def grams(self) -> frozenset[str]:
        """Every eight in a row, but those of region and year of birth, and those that repeat or count."""
        return _windows(self.signs, GRAM)

    @cached_property
    def _long(self) -> frozenset[str]:
        return _windows(self.digits, min(_STREAM, len(self.digits))) if len(self.digits) >= GRAM else frozenset()

    @cached_property
    def _steps(self) -> tuple[str, str]:
        """The steps from digit to digit, modulo ten, and those of the opposite: the same for all shifted digits."""
        return steps_of(self.digits), steps_of(self.digits.translate(_OPPOSITE))

    @cached_property
    def _turned(self) -> tuple[str, ...]:
        """The whole number with its digits swapped in pairs, and woven from two halves."""
        digits = self.digits
        return "".join(digits[at : at + 2][::-1] for at in range(0, len(digits), 2)), digits[::2] + digits[1::2]

    @cached_property
    def _value(self) -> int:
        return int(self.digits[:40])

    @cached_property
    def _bases(self) -> tuple[str, ...]:
        """The whole number in base 16, 36, 32, 8 and 2, which are found beside other letters, too."""
        number = self._value
        bases = (f"{number:X}", *(_in_base(number, signs) for signs in _UPPER), f"{number:o}", f"{number:b}")
        return tuple(base for base in bases if len(base) >= _SHORTEST)

    @cached_property
    def _cased_bases(self) -> tuple[str, ...]:
        """The whole number in bases whose digits are letters of both cases: 58, 62 and 64."""
        number = self._value
        bases = [base for signs in _CASED if len(base := _in_base(number, signs)) >= _SHORTEST]
        return (*bases, *(base[::-1] for base in bases))

    def found_in(self, view: View, *, near: bool) -> Detector | None:
        """Return how the number comes back in a text, or nothing; `near` says whether eight of it in a row may."""
        if near and self._stands_in(view):
            return Detector.RAW_VALUE
        if len(self.digits) > GRAM and (self._find_rendered_in(view) or self._covered(view.groups)):
            return Detector.RAW_VALUE
        return Detector.BAD_MASK if view.groups and self._is_shown(view) else None

    def _stands_in(self, view: View) -> bool:
        if _DAY.fullmatch(self.signs):
            alone = re.compile(f"(?<![0-9]){self.signs}(?![0-9])")
            return any(map(alone.search, view.streams))
        for stream in view.streams:
            if self.signs in stream or (
                _holds(stream, self.grams) and not self._by_chance(stream, view.groups, view.sums)
            ):
                return True
        if not self.grams and any(group.digits == self.digits for group in view.groups):
            return True
        return bool(self._long) and _holds(view.digits, self._long)

    def _find_rendered_in(self, view: View) -> bool:
        steps = len(view.digits) >= len(self.digits) and any(one in view.steps for one in self._steps)
        if steps or any(one in view.digits for one in self._turned):
            return True
        if self._value in view.values:
            return True
        if not view.mixed:
            return False
        if any(base in view.plain for base in self._cased_bases):
            return True
        return any(base in (view.signs if len(base) >= GRAM else view.words) for base in self._bases)

    def _by_chance(self, stream: str, groups: tuple[Group, ...], sums: tuple[str, ...]) -> bool:
        """Tell whether no more than eight or nine digits are shared, all inside long runs or sums of money."""
        tens = _windows(self.signs, _STREAM)
        if len(self.signs) <= _STREAM or _holds(stream, tens):
            return False
        shared = [gram for gram in self.grams if gram in stream]
        runs = [*sums, *(group.digits for group in groups if len(group.digits) >= _RUN)]
        return all(any(gram in run or gram[::-1] in run for run in runs) for gram in shared)

    def _covered(self, groups: tuple[Group, ...]) -> bool:
        """Tell whether groups of three digits and more, in any order, make most of the number."""
        if len(self.digits) < 10:
            return False
        shown = [False] * len(self.digits)
        for group in groups:
            part = group.digits.rstrip("X")
            at = self.digits.find(part) if len(part) >= 3 else -1
            if at >= 0:
                shown[at : at + len(part)] = [True] * len(part)
        return sum(shown) * 5 >= len(shown) * 4

    def _is_shown(self, view: View) -> bool:
        """Tell whether a masked number in a text shows more of this one than a mask may keep."""
        signs, text = self.signs, view.upper
        for at, first in enumerate(view.groups):
            start = self._begins(first, text)
            if not start:
                continue
            for last in view.groups[at + 1 : at + 6]:
                if last.start - first.end > _NEAR:
                    break
                end = len(last.digits) if signs.endswith(last.digits) else 0
                hidden = _HIDING.fullmatch(text, first.end, last.start) is not None
                if end and ((start >= 3 and end >= 3 and start + end >= 7) or (hidden and start + end > _MOST_KEPT)):
                    return True
            hiding = _HIDING.match(text, first.end)
            if start > _MOST_KEPT and hiding is not None and hiding.end() - first.end >= 2 and start != 6:
                return True
        return any(self._aligned(token) for token in view.masked)

    def _begins(self, group: Group, text: str) -> int:
        """Return how many of the number's first characters a group shows; letters before it count."""
        letters = len(self.signs) - len(self.signs.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        if letters and text[max(0, group.start - letters) : group.start] == self.signs[:letters]:
            return letters + len(group.digits) if self.signs[letters:].startswith(group.digits) else 0
        return len(group.digits) if self.signs.startswith(group.digits) else 0

    def _aligned(self, token: str) -> bool:
        if len(token) != len(self.signs) or token.isdigit():
            return False
        pairs = [(own, sign) for own, sign in zip(self.signs, token, strict=True) if sign.isdigit()]
        return len(pairs) > _MOST_KEPT and all(own == sign for own, sign in pairs)


def _windows(signs: str, size: int) -> frozenset[str]:
    """Return the windows of so many signs; those that many numbers share only where there is no other."""
    shared = (10 if len(signs) > 15 else 8) if _REGION_AND_CENTURY.match(signs) and len(signs) in (15, 17, 18) else 0
    windows = [signs[at : at + size] for at in range(len(signs) - size + 1) if at + size > shared]
    return frozenset(window for window in windows if not _is_even(window))


def _is_even(window: str) -> bool:
    """Tell whether a window merely repeats a digit or counts up or down, as made-up numbers do."""
    steps = [ord(after) - ord(before) for before, after in pairwise(window)]
    return max(map(steps.count, set(steps))) >= len(steps) - 1


def _holds(stream: str, grams: frozenset[str]) -> bool:
    size = len(next(iter(grams), ""))
    if not size or len(stream) < size:
        return False
    if len(stream) > 256:
        return any(gram in stream for gram in grams)
    return any(stream[at : at + size] in grams for at in range(len(stream) - size + 1))


def _in_base(number: int, signs: str) -> str:
    """Return a number in the base whose digits these signs are."""
    written = ""
    while number:
        number, rest = divmod(number, len(signs))
        written = signs[rest] + written
    return written
