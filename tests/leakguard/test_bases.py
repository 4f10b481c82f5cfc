"""Claims about a record's number in other bases, as bytes and in letters; and about words, which are none."""

from __future__ import annotations

import base64
from itertools import product

import pytest

from gateway.leakguard.bases import AS_DIGITS, letters_as_digits, values_in
from gateway.leakguard.examine import examine_fields
from gateway.leakguard.view import View
from tests.leakguard.corpus.guises import IDENTITY, PHONE, written
from tests.leakguard.corpus.kinds import BASE36, BORN

NUMBERS = (PHONE, IDENTITY)


def found(text: str) -> bool:
    """Tell whether anything sounds beside the record."""
    return bool(examine_fields(text, BORN.items()))


@pytest.mark.parametrize(
    ("number", "base"), [pair for pair in product(NUMBERS, range(2, 37)) if pair not in {(PHONE, 11), (PHONE, 10)}]
)
def test_a_number_is_found_in_every_base_forwards_and_backwards(number: int, base: int) -> None:
    """Alone, in capitals and within a sentence."""
    told = written(number, BASE36[:base])
    for text in (told, told[::-1], told.upper(), f"编号 {told[::-1].upper()} 已办"):
        assert found(text), text


@pytest.mark.parametrize(("number", "order", "size"), list(product(NUMBERS, ("big", "little"), (8, 9))))
def test_a_number_is_found_as_bytes_in_either_order(number: int, order: str, size: int) -> None:
    """In hexadecimal, base 64 of either alphabet and base 32, padded or not."""
    octets = number.to_bytes(size, "big" if order == "big" else "little")
    for text in (
        octets.hex(),
        octets.hex(" "),
        f"0x{octets.hex().upper()}",
        base64.b64encode(octets).decode(),
        base64.urlsafe_b64encode(octets).decode().rstrip("="),
        base64.b32encode(octets).decode(),
    ):
        assert found(text), text


@pytest.mark.parametrize("signs", [signs for _, signs in AS_DIGITS])
def test_a_number_is_found_in_signs_for_digits(signs: str) -> None:
    """In one piece, apart and backwards."""
    told = "".join(signs[int(digit)] for digit in BORN["phone"])
    for text in (told, told[::-1], " ".join(told), f"码{told}", told.upper()):
        assert found(text), text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zz",
        "headache cabbage decade facade",
        "administration and registration",
        "HTTPS 与 TLS",
        "4278787050",
        "deadbeef",
        "property repertoire typewriter",
        "!!!!!!!!!!!!",
        written(PHONE + 1, BASE36),
        written(PHONE, "abcdefghijklmnopqrstuvwxyz"),
    ],
)
def test_what_is_no_number_of_the_record_passes(text: str) -> None:
    """Words, short ones, ten digits as they stand, the next number, and letters that look like a word."""
    assert not found(text)


def test_words_of_a_language_are_read_as_no_number() -> None:
    """Words alone, however many; a word with a digit is read in the bases that have its letters."""
    text = "the department received applications from residents"
    assert frozenset() == values_in(text, View(text).words)
    assert int("abcdefg9", 17) in values_in("abcdefg9", View("abcdefg9").words)
    assert () == tuple(letters_as_digits(text))
