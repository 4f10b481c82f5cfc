"""公民身份号码: check digit and the two lengths, as GB 11643 defines them. Pure; judges form, never existence."""

from __future__ import annotations

from typing import Final

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS: Final = "10X98765432"


def check_digit(first: str) -> str:
    """Return the check digit (ISO 7064 MOD 11-2) of the first 17 digits.

    Raises:
        ValueError: `first` is not 17 digits. The message does not repeat it.
    """
    if len(first) != 17 or not (first.isascii() and first.isdigit()):
        raise ValueError(f"expected 17 digits, found {len(first)} characters")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first, strict=True))
    return _CHECK_DIGITS[total % 11]


def modern(legacy: str) -> str:
    """Return the 18-character form of a 15-digit number, which was given to people born in the 1900s only."""
    first = f"{legacy[:6]}19{legacy[6:]}"
    return first + check_digit(first)


def forms(number: str) -> tuple[str, ...]:
    """Return the forms under which a platform may hold the number: as asked, with `X` in capitals, first.

    A text of neither length comes back alone, as it is: the platform will not know it.
    """
    asked = number.strip().upper()
    if not asked.isascii():
        return (asked,)
    if len(asked) == 15 and asked.isdigit():
        return (asked, modern(asked))
    if len(asked) == 18 and asked[:17].isdigit() and asked[6:8] == "19" and asked[17] == check_digit(asked[:17]):
        return (asked, asked[:6] + asked[8:17])
    return (asked,)


def is_same(asked: str, held: str) -> bool:
    """Tell whether two texts are forms of one number; never true of two numbers."""
    return not set(forms(asked)).isdisjoint(forms(held))
