"""Looks for raw values that come back: of the fields that are masked, and of the keys of the question.

Searched is open text alone; every other column has a closed form. Spelling does not matter: case, width, separators
and Chinese numerals are levelled first (`fold`). These count as coming back:

 numbers of 8 and more letters and digits    any 8 of them in a row in the same row; the whole on the page
 numbers of 4 to 7                           the whole as a word of its own, in the same row
 anything of 2 and more characters           the whole as a cell, in the same row
 text of 2 and more characters               the whole in the same row; of 10 and more, also a tail of 6 with a digit
 text of 4 and more                          the whole anywhere on the page
 text of 2 and 3                             the whole as a cell, anywhere on the page
 dates                                       their eight digits, in the same row

Less is met by chance: six digits are shared by a region code and every number that begins with it. A text of twelve
digits in a row is stopped by `numbers`, whatever its value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from itertools import compress
from operator import contains, itemgetter
from string import ascii_letters, digits
from typing import Any, Final
from unicodedata import normalize

from gateway.ground.item import Kind
from gateway.leakguard.signs import NUMERALS, as_written_today

GRAM: Final = 8
"""Characters of a number in a row that are enough to know it."""
WORD: Final = 4
"""Characters of the shortest number, and of the shortest text that is looked for inside the cells of other rows."""
SHORTEST_TEXT: Final = 2
_IDENTITY: Final = re.compile("[1-9][0-9]{5}(?:18|19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9X]")
_SHARED_BY_MANY: Final = 3
"""Windows of an identity number that hold nothing but the region and the year of birth begin before this place."""
_HAS_DIGIT: Final = re.compile("[0-9]").search
_STRING, _DATE = Kind.STRING, Kind.DATE
_LONG_TEXT: Final = 10
TAIL: Final = 6
WINDOW: Final = 4
STRIDE: Final = GRAM - WINDOW + 1
"""Any 8 characters in a row hold a whole window of 4 that begins at a multiple of 5: the others need not be tried."""
_NOTHING: Final = "\n"
"""Stands for what is not to be looked for: no folded cell holds it."""
_WORDS: Final = re.compile(rf"(?<![0-9A-Z])[0-9A-Z]{{{WORD},{GRAM - 1}}}(?![0-9A-Z])")
_NUMERALS: Final = tuple((chr(point), digit) for point, digit in NUMERALS.items())
_NUMERAL: Final = re.compile(f"[{''.join(map(chr, NUMERALS))}]")
_NUMBER: Final = re.compile(f"[0-9A-Z]{{{GRAM}}}")
_PLAIN: Final = (digits + ascii_letters + _NOTHING).encode()


def fold(values: Collection[Any]) -> list[str]:
    """Return the letters and digits of each cell, in upper case, one width, numerals as digits; null gives nothing."""
    cells = [value if type(value) is str else _text(value) for value in values]
    text = _NOTHING.join(cells)
    plain = text.isascii() and not text.encode().translate(None, _PLAIN)
    folded = _level(text).split(_NOTHING)
    if len(folded) != len(cells):
        folded, plain = [_level(cell) for cell in cells], False
    return folded if plain else [cell if cell.isalnum() else "".join(filter(str.isalnum, cell)) for cell in folded]


def _level(text: str) -> str:
    """Return a text in upper case and one width, its numerals as digits; what separates stays."""
    if not text.isascii():
        text = normalize("NFKC", as_written_today(text))
        if _NUMERAL.search(text):
            for numeral, digit in _NUMERALS:
                text = text.replace(numeral, digit)
    return text.upper()


def _compact(days: Sequence[Any]) -> list[str]:
    """Return each date as eight digits, and nothing to look for where it is null."""
    return [_NOTHING if day is None else date.isoformat(day).replace("-", "") for day in days]


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    if type(value) is date:
        return value.isoformat().replace("-", "")
    return "" if value is None or isinstance(value, bool) else str(value)


class Known:
    """One column of raw values of one kind. `by_row` says that it has one cell a row of the page that is searched.

    Text is looked for in other rows as well; dates and amounts, which many people share, in their own row alone.
    """

    def __init__(self, kind: Kind, values: Sequence[Any], *, by_row: bool) -> None:
        self._values = values
        self._by_row = by_row
        self._date = kind is _DATE
        self._on_page = kind is _STRING

    @cached_property
    def _folded(self) -> list[str]:
        return fold(self._values)

    @cached_property
    def _numbers(self) -> list[str]:
        """Each cell's number, where it is long enough."""
        if self._date:
            return _compact(self._values)
        return [value if len(value) >= GRAM and value.isascii() else _NOTHING for value in self._folded]

    @cached_property
    def _texts(self) -> list[str]:
        """Each cell's text; empty where no cell has any."""
        if self._date or "".join(self._folded).isascii():
            return []
        return [value if len(value) >= SHORTEST_TEXT and not value.isascii() else _NOTHING for value in self._folded]

    def comes_back(self, opened: FoldedText) -> bool:
        """Tell whether a value of this column comes back in a column of open text."""
        return (
            (opened.numbers and self._number_comes_back(opened))
            or (self._by_row and not self._date and self._word_comes_back(opened))
            or (self._by_row and self._on_page and self._cell_comes_back(opened))
            or (not opened.ascii and bool(self._texts) and self._text_comes_back(opened))
        )

    def _cell_comes_back(self, opened: FoldedText) -> bool:
        """Tell whether a value is a cell of its row; one with a common value somewhere is looked at row by row."""
        if (opened.longest < GRAM and self._all_long()) or opened.distinct.isdisjoint(self._folded):
            return False
        pairs = zip(self._folded, opened.folded, strict=True)
        return any(len(value) >= SHORTEST_TEXT and value == cell for value, cell in pairs)

    def _all_long(self) -> bool:
        """Tell whether every value is plainly a long number, so that none can be a word; quicker than to fold them."""
        if not self._on_page or None in self._values or min(map(len, self._values), default=0) < GRAM:
            return False
        return not "".join(self._values).encode("utf-8", "surrogatepass").translate(None, _PLAIN)

    def _number_comes_back(self, opened: FoldedText) -> bool:
        numbers = self._numbers
        if self._on_page:
            lengths = set(map(len, numbers)) - {len(_NOTHING)}
            if lengths and not set(_windows(opened.distinct, lengths)).isdisjoint(numbers):
                return True
        if self._by_row:
            for window in opened.windows:
                hits = list(map(contains, numbers, window))
                if True in hits:
                    cells = compress(opened.folded, hits), compress(opened.cells, hits)
                    if any(map(_shares, *cells, compress(numbers, hits))):
                        return True
        return False

    def _word_comes_back(self, opened: FoldedText) -> bool:
        if not opened.words or self._all_long() or opened.words.isdisjoint(self._folded):
            return False
        pairs = zip(self._folded, opened.cells, strict=True)
        return any(value in _words_of(_text(cell)) for value, cell in pairs if WORD <= len(value) < GRAM)

    def _text_comes_back(self, opened: FoldedText) -> bool:
        texts = self._texts
        if self._by_row:
            if any(map(contains, opened.folded, texts)):
                return True
            tails = [
                text[-TAIL:] if len(text) >= _LONG_TEXT and _HAS_DIGIT(text[-TAIL:]) else _NOTHING for text in texts
            ]
            if any(map(contains, opened.folded, tails)):
                return True
        if not self._on_page:
            return False
        whole = _NOTHING * 2 + (_NOTHING * 2).join(opened.distinct)
        longer = {text for text in texts if len(text) >= WORD}
        return not opened.distinct.isdisjoint(texts) or any(text in whole for text in longer)


class FoldedText:
    """A column of open text, made ready to be searched."""

    def __init__(self, cells: Sequence[Any]) -> None:
        self.cells = cells
        by_cell = set(cells)
        self._by_cell = dict(zip(by_cell, fold(by_cell), strict=True))
        self.distinct = set(self._by_cell.values())
        text = _NOTHING.join(self.distinct)
        self.longest = max(map(len, self.distinct), default=0)
        self.ascii = text.isascii()
        self.numbers = self.longest >= GRAM and _NUMBER.search(text) is not None

    @cached_property
    def folded(self) -> list[str]:
        """The cells, folded, in their order."""
        return [self._by_cell[cell] for cell in self.cells]

    @cached_property
    def words(self) -> set[str]:
        """The words of 4 to 7 letters and digits in any cell."""
        if self.longest < WORD:
            return set()
        return set(_words_of(_NOTHING.join([_text(cell) for cell in self._by_cell])))

    @cached_property
    def windows(self) -> list[list[str]]:
        """For each position that is tried, the window of every cell."""
        padded = [cell.ljust(self.longest, "\0") for cell in self.folded]
        positions = range(0, self.longest - WINDOW + 1, STRIDE)
        return [list(map(itemgetter(slice(at, at + WINDOW)), padded)) for at in positions]


def _words_of(text: str) -> list[str]:
    return _WORDS.findall(_level(text))


def _windows(cells: Iterable[str], lengths: set[int]) -> Iterator[str]:
    for length in lengths:
        for cell in cells:
            for at in range(len(cell) - length + 1):
                yield cell[at : at + length]


def _shares(folded: str, cell: Any, number: str) -> bool:
    """Tell whether eight characters in a row of a cell stand in a number, and not by chance.

    Chance is: the region and the year of birth, which many share; and fewer than ten digits inside a run of twelve and
    more, as of a clock.
    """
    runs: list[str] | None = None
    told = number[_SHARED_BY_MANY:] if _IDENTITY.fullmatch(number) else number
    for at in range(len(folded) - GRAM + 1):
        gram = folded[at : at + GRAM]
        if gram not in told:
            continue
        if len(number) > GRAM + 1 and not any(
            folded[one : one + 10] in number for one in (at, at - 1, at - 2) if one >= 0 and len(folded) >= one + 10
        ):
            runs = re.findall("[0-9]{12,}", _text(cell)) if runs is None else runs
            if any(gram in run for run in runs):
                continue
        return True
    return False
