"""One reading of a text, in the forms in which the other modules search it; each form is made when first asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from string import digits
from typing import Final

from gateway.leakguard.bases import letters_as_digits, values_in
from gateway.leakguard.signs import BREAK, compact, han_of, level, numerals_as_digits
from gateway.leakguard.writings import amounts_in, dates_in, spelled_digits, written_numbers

_LOOKS: Final = str.maketrans("OoQDIl|!iZzEAaSsGbTtBgq", "00001111122344556677899"[:23])
_OTHERS: Final = re.compile("[^\u3400-\u9fff\U00020000-\U0003ffff]+")
_APART: Final = 10
_DRESSED: Final = re.compile(r"[0-9OoQDIl|!iZzSsGBgq]{8,}")


_MASKED: Final = re.compile(r"[0-9*#●○•◦□■_?█▇▓▒░☆★✱✳※~某X]{8,24}")
_SUM: Final = re.compile(r"(?<![0-9,.])[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?(?![0-9,])")
_ASIDE: Final = re.compile(r"[(（\[【〔<《{][^()（）\[\]【】〔〕<>《》{}]{1,12}[)）\]】〕>》}]")
_STEPS: Final = {(first, second): str((int(second) - int(first)) % 10) for first in digits for second in digits}


def steps_of(number: str) -> str:
    """Return the steps from digit to digit, modulo ten."""
    return "".join(map(_STEPS.__getitem__, pairwise(number)))


@dataclass(frozen=True)
class Group:
    """A run of digits, perhaps ended by X, and where it stands."""

    digits: str
    start: int
    end: int


class View:
    """A text, read; never changed afterwards."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def plain(self) -> str:
        """The text in plain signs, Chinese numerals as they are."""
        return level(self.text)

    @cached_property
    def numeral(self) -> str:
        """The text in plain signs, Chinese numerals as digits."""
        return numerals_as_digits(self.plain)

    @cached_property
    def written(self) -> str:
        """The same with Chinese numbers written out in digits."""
        return written_numbers(self.numeral)

    @cached_property
    def letters(self) -> str:
        """Letters and digits alone, numerals as they are."""
        return compact(self.plain)

    @cached_property
    def signs(self) -> str:
        """Letters and digits alone, numerals as digits."""
        return compact(self.numeral)

    @cached_property
    def counted(self) -> str:
        """Letters and digits alone, Chinese numbers written out in digits."""
        return compact(self.written)

    @cached_property
    def streams(self) -> tuple[str, ...]:
        """All in which a number may stand in one piece: forwards, backwards, spelled, in letters like digits."""
        looks = [run.translate(_LOOKS) for run in _DRESSED.findall(self.plain)]
        found = (
            self._numbered,
            *self._padded,
            self.signs,
            self.signs[::-1],
            self.counted,
            spelled_digits(self.plain),
            *looks,
            *self.lettered,
        )
        return tuple(dict.fromkeys(stream for stream in found if len(stream) >= 8))

    @cached_property
    def _padded(self) -> tuple[str, ...]:
        """The digits of a text that writes each one twice, or behind a zero."""
        groups = [group.digits for group in self.groups]
        zeros = "".join(group[-1] if re.fullmatch("0[0-9X]|10|X", group) else " " for group in groups)
        pairs = "".join(groups)
        twice = pairs[::2] if len(pairs) >= 16 and pairs[::2] == pairs[1::2] else ""
        behind = pairs[1::2] if len(pairs) >= 16 and not pairs[::2].strip("0") else ""
        return (*zeros.split(), twice, behind)

    @cached_property
    def _numbered(self) -> str:
        """The digits of a text that gives the place of each: 1st 5, 2nd 1, 3rd 0."""
        groups = [group.digits for group in self.groups]
        for places, partners in ((groups[0::2], groups[1::2]), (groups[1::2], groups[0::2])):
            if len(partners) >= 8 and all(
                int(b) - int(a) == 1 for a, b in pairwise(places) if a.isdigit() and b.isdigit() and len(a + b) < 9
            ):
                return "".join(partners)
        return ""

    @cached_property
    def sums(self) -> tuple[str, ...]:
        """The digits of each sum that is written with its thousands apart."""
        return tuple(re.sub("[,.]", "", run) for run in _SUM.findall(self.numeral))

    @cached_property
    def grams(self) -> frozenset[str]:
        """Every eight signs in a row of any stream, and of the digits with words between."""
        streams = (*self.streams, self.digits)
        return frozenset(stream[at : at + 8] for stream in streams for at in range(len(stream) - 7))

    @cached_property
    def steps(self) -> str:
        """The steps from each digit to the next, modulo ten."""
        return steps_of(self.digits)

    @cached_property
    def mixed(self) -> bool:
        """Whether the text may hold a number in another base: digits and letters, or very many digits."""
        return len(self.signs) >= 6 and (len(self.digits) >= 19 or not self.signs.isdigit())

    @cached_property
    def lettered(self) -> tuple[str, ...]:
        """The digits that letters or marks in a row may stand for."""
        return tuple(letters_as_digits(self.plain))

    @cached_property
    def values(self) -> frozenset[int]:
        """What the words of the text are as numbers in other bases, and as bytes."""
        return values_in(self.numeral, self.words)

    @cached_property
    def upper(self) -> str:
        """The text in plain signs and upper case, Chinese numerals as digits."""
        return self.numeral.upper()

    @cached_property
    def masked(self) -> tuple[str, ...]:
        """The words of digits and hiding signs."""
        return tuple(token for token in _MASKED.findall(self.upper) if not token.isdigit())

    @cached_property
    def days(self) -> frozenset[date]:
        """Every day that the text may name."""
        days = dates_in(self.written)
        return frozenset(days if self.plain == self.written else days | dates_in(self.plain))

    @cached_property
    def amounts(self) -> frozenset[tuple[Decimal, bool]]:
        """Every amount that the text may name, each with whether a currency stands beside it."""
        return frozenset(amounts_in(self.written))

    @cached_property
    def digits(self) -> str:
        """The digits alone, words between them left out."""
        return "".join(group.digits.rstrip("Xx") for group in self.groups)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The runs of digits, in order."""
        found = re.finditer(r"[0-9]+(?:[Xx](?![A-Za-z]))?", self.numeral)
        return tuple(Group(match[0].upper(), match.start(), match.end()) for match in found)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of letters and digits, in upper case, also where points stand inside."""
        upper = self.numeral.upper()
        inner = re.findall(r"[0-9A-Z]+(?:[.·-][0-9A-Z]+)+", upper)
        return frozenset([*re.findall("[0-9A-Z]+", upper), *map(compact, inner)])

    @cached_property
    def latin(self) -> bool:
        """Whether the text is ASCII and has letters, as host names do."""
        return self.text.isascii() and any(map(str.isalpha, self.text))

    @cached_property
    def worded(self) -> bool:
        """Whether the text may tell a number in English words."""
        return "hundred" in (lower := self.plain.lower()) or "thousand" in lower

    @cached_property
    def only_han(self) -> bool:
        """Whether the text has Chinese characters and no digit, numeral or letter, and none for digits."""
        return self.signs == self.han and not self.lettered

    @cached_property
    def near(self) -> str:
        """Chinese characters with at most ten other signs between them, and BREAK where a clause or more ends."""
        return _OTHERS.sub(lambda run: BREAK if len(run[0]) > _APART or BREAK in run[0] else "", self.plain)

    @cached_property
    def without_asides(self) -> str:
        """Chinese characters alone, without what stands in brackets."""
        return han_of(_ASIDE.sub("", self.plain))

    @cached_property
    def han(self) -> str:
        """Chinese characters alone."""
        return han_of(self.plain)
