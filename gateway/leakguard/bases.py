"""What the words of a text are as numbers: in every base from 2 to 36, forwards and backwards, in letters alone, and as
bytes in either order; and what letters are as digits. Reads generously: only ever compared with numbers of one record.
"""

from __future__ import annotations

import re
from base64 import b32decode, b64decode
from binascii import Error as NotEncoded
from collections.abc import Iterable, Iterator
from string import ascii_uppercase, digits
from typing import Final

NO_WORD: Final = ("[A-Z]{12}", "[a-z]{16}", "[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ]{5}")
"""Letters that are no word of a language: so many, or so many consonants. No other letters are taken for digits."""
AS_DIGITS: Final = (
    ("[A-Ja-j]", "abcdefghij"),
    ("[A-Ja-j]", "jabcdefghi"),
    ("[EIO-RTUWYeio-rtuwy]", "pqwertyuio"),
    ("[甲乙丙丁戊己庚辛壬癸]", "癸甲乙丙丁戊己庚辛壬"),
    ("[!@#$%^&*()]", ")!@#$%^&*("),
)
"""Signs for the digits from 0 to 9: letters in order, a row of keys, stems, the marks on the keys of the digits."""
LEAST_SIGNS: Final = 10
"""Such signs in a row, or with a blank, a point or a dash between, that may be a number."""
_SIGNS_AS_DIGITS: Final = tuple(
    (re.compile(f"{sign}(?:[ .-]?{sign}){{{LEAST_SIGNS - 1},}}"), str.maketrans(signs + signs.upper(), digits * 2))
    for sign, signs in AS_DIGITS
)
_NO_WORD: Final = re.compile("|".join(NO_WORD))
_SHORTEST: Final = 6
_LONGEST: Final = 66
"""Signs of the longest number: nineteen digits in base 2."""
_FEWEST_DIGITS: Final = 11
_SPOKEN: Final = re.compile("(?<![A-Za-z])(?:[A-Za-z][a-z]+|[A-Z]+)(?![A-Za-z])")
"""A word of a language, but for what `NO_WORD` says."""
_SMALLEST: Final = 10**8
_BIGGEST: Final = 10**23
_TOKEN: Final = re.compile("[0-9A-Za-z+/_-]{6,28}")
_OCTETS: Final = re.compile("[0-9A-Fa-f]{2}(?:[ :,-][0-9A-Fa-f]{2}){3,11}")
_SIGNS: Final = digits + ascii_uppercase
_FIRST: Final = str.maketrans(ascii_uppercase, _SIGNS[:26])
"""Letters as the digits of base 26, A as naught."""


def letters_as_digits(text: str) -> Iterator[str]:
    """Yield the digits that signs in a row of a levelled text may stand for, forwards and backwards."""
    for pattern, table in _SIGNS_AS_DIGITS:
        for match in pattern.finditer(text):
            found = re.sub("[ .-]", "", match[0]).translate(table)
            yield from (found, found[::-1])


def values_in(text: str, words: Iterable[str]) -> frozenset[int]:
    """Return the numbers that a levelled text may tell; `words` are those of its letters and digits, in upper case."""
    spoken = {word.upper() for word in _SPOKEN.findall(text) if not _NO_WORD.search(word)}
    found: set[int] = set()
    for word in words:
        bare = word.removeprefix("0X")
        if _SHORTEST <= len(bare) <= _LONGEST and bare not in spoken and not _is_small(bare):
            found.update(_in_bases(bare))
    for match in _TOKEN.finditer(text):
        if not match[0].isdigit() and match[0].upper() not in spoken:
            found.update(_of_bytes(match[0]))
    for match in _OCTETS.finditer(text):
        if not _is_small(signs := re.sub("[^0-9A-Fa-f]", "", match[0])):
            octets = bytes.fromhex(signs)
            found.update((int.from_bytes(octets, "big"), int.from_bytes(octets, "little")))
    return frozenset(value for value in found if _SMALLEST <= value < _BIGGEST)


def _is_small(word: str) -> bool:
    """Tell whether a word is a number as it stands: of up to ten digits, which are met everywhere."""
    return word.isdigit() and len(word) < _FEWEST_DIGITS


def _in_bases(word: str) -> Iterator[int]:
    """Yield what a word is in each base that has its signs, but not in base 10, in which it is read as it stands."""
    least = max(2, _SIGNS.index(max(word)) + 1)
    for signs in (word, word[::-1]):
        for base in range(least, 37):
            value = int(signs, base)
            if value >= _BIGGEST:
                break
            if base != 10:
                yield value
        if signs.isalpha():
            yield int(signs.translate(_FIRST), 26)
            yield sum((ord(sign) - 64) * 26**at for at, sign in enumerate(reversed(signs)))


def _of_bytes(token: str) -> Iterator[int]:
    """Yield what a token is as bytes in hexadecimal, base 64 or 32, the highest of them first or last."""
    for decode in (_hexadecimal, _base64, _base32):
        try:
            octets = decode(token)
        except (ValueError, NotEncoded):
            continue
        if octets:
            yield int.from_bytes(octets, "big")
            yield int.from_bytes(octets, "little")


def _hexadecimal(token: str) -> bytes:
    return bytes.fromhex(token.removeprefix("0x"))


def _base64(token: str) -> bytes:
    plain = token.replace("-", "+").replace("_", "/")
    return b64decode(plain + "=" * (-len(plain) % 4), validate=True)


def _base32(token: str) -> bytes:
    plain = token.upper()
    return b32decode(plain + "=" * (-len(plain) % 8))
