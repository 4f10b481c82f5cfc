"""FORMAT_PRESERVING: a number of the same form that no real number can be, by FF1 under the field's key.

    identity    15 or 18 characters (GB 11643) -> `9`, 16 digits, and a check character that is wrong
    bank_card   12 to 19 digits -> `999999` and as many digits more; the issuer's six digits are the tweak
    mobile      11 digits from 1 on, with or without +86 -> `2` and 10 digits
    digits      6 to 28 digits -> one digit fewer and a letter `a` to `j`

Why no real number is met: no citizen's number begins with 9, and the number of no foreigner's permanent residence card,
which does, has a wrong check character; 999999 is no issuer's; a mobile number begins with 1; digits hold no letter.

The old number of 15 digits gives what the same person's number of 18 gives. Width (NFKC), outer space, hyphens and
inner spaces of cards and telephones, and the case of x do not count. Any other text is an error.

The permutation is injective on the digits that are permuted. A check character and a prefix +86 are not among them; two
cards that differ in their issuer's digits alone are permuted by different tweaks, and may meet by chance.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final
from unicodedata import normalize

import numpy as np

from gateway.ground.vocabulary.names import BlockCipher, NumberForm
from gateway.masking.ciphers import Permutation, permutation
from gateway.masking.digits import CHECKS, ZERO, check_index, check_indexes, numbers_of, write_numbers
from gateway.masking.faults import MaskingError
from gateway.masking.ff1 import Ff1
from gateway.masking.matrix import CHUNK, LINE_FEED, Matrix, Words, matrix_of, texts_of
from gateway.masking.tokens import Column, of_present

ISSUER: Final = "999999"
"""Stands where a card's issuer would."""
ISSUER_DIGITS: Final = len(ISSUER)
_WORTHWHILE: Final = 32
"""Fewest values for which a column's arithmetic is quicker than Python's integers."""
_CHECKS: Final = np.frombuffer((CHECKS * 2).encode(), dtype=np.uint8)
_PRINTED: Final = re.compile("[ \\-\u2010-\u2015\u2212]")
_NOT_A_NUMBER: Final = "expected {}, found another form"


_SHAPES: Final = {
    NumberForm.IDENTITY: (re.compile("([0-9]{6})([0-9]{9})|([0-9]{17})[0-9X]", re.ASCII), "an identity number"),
    NumberForm.BANK_CARD: (re.compile("[0-9]{12,19}", re.ASCII), "12 to 19 digits of a card"),
    NumberForm.MOBILE: (re.compile("(?:\\+?86|0086)?1([0-9]{10})", re.ASCII), "a mobile number of 11 digits"),
    NumberForm.DIGITS: (re.compile("[0-9]{6,28}", re.ASCII), "6 to 28 digits"),
}


def level_text(value: str) -> str:
    """Return a number as it is compared: one width (NFKC), no outer space, letters in upper case."""
    return normalize("NFKC", value).strip().upper()


def core(form: NumberForm, value: str) -> str:
    """Return the digits of a value that are permuted; of a card with the issuer's digits before them.

    Raises:
        MaskingError: the value has not the form.
    """
    text = level_text(value)
    if form in (NumberForm.BANK_CARD, NumberForm.MOBILE):
        text = _PRINTED.sub("", text)
    shape, expected = _SHAPES[form]
    match = shape.fullmatch(text)
    if match is None:
        raise MaskingError(_NOT_A_NUMBER.format(expected))
    if form is NumberForm.IDENTITY:
        return match[3] or f"{match[1]}19{match[2]}"
    return match[1] if form is NumberForm.MOBILE else text


class FormatPreserving:
    """The operator of one form under one cipher and secret (32 bytes). Not shared between threads."""

    __slots__ = ("_cipher", "_form", "_of")

    def __init__(self, form: NumberForm, cipher: BlockCipher, secret: bytes) -> None:
        self._form = form
        self._cipher: Permutation = permutation(cipher, secret)
        self._of: dict[int, Ff1] = {}

    def __call__(self, values: tuple[Any, ...]) -> Column:
        """Return the column, null where it was null.

        Raises:
            MaskingError: a value has not the form.
        """
        return of_present(values, self._mask_values)

    def matrix(self, digits: Matrix) -> Matrix:
        """Return the masked numbers of a column of `core` digits, all of one width, each row ended by a line feed."""
        form, width = self._form, digits.shape[1]
        at, start = {
            NumberForm.BANK_CARD: (ISSUER_DIGITS, ISSUER_DIGITS),
            NumberForm.IDENTITY: (1, 0),
            NumberForm.MOBILE: (1, 0),
        }.get(form, (0, 0))
        made = np.empty((len(digits), at + width - start + 1), dtype=np.uint8)
        made[:, -1] = LINE_FEED
        half = (width - start) // 2
        left, right = self._ff1(width - start).encrypt_columns(
            numbers_of(digits[:, start : start + half]),
            numbers_of(digits[:, start + half :]),
            _issuers(digits) if form is NumberForm.BANK_CARD else None,
        )
        write_numbers(left, made[:, at : at + half])
        write_numbers(right, made[:, at + half : -1])
        _dress(form, made)
        return made

    def _mask_values(self, values: Sequence[str]) -> Sequence[str]:
        if len(values) >= _WORTHWHILE:
            made: list[str] = []
            for at in range(0, len(values), CHUNK):
                made += self._chunk(values[at : at + CHUNK])
            return made
        return [self._one(core(self._form, value)) for value in values]

    def _chunk(self, values: Sequence[str]) -> list[str]:
        plain = _plain(self._form, values)
        if plain is not None:
            return texts_of(self.matrix(plain))
        rows: defaultdict[int, list[int]] = defaultdict(list)
        cores = [core(self._form, value) for value in values]
        for row, digits in enumerate(cores):
            rows[len(digits)].append(row)
        made = [""] * len(values)
        for of in rows.values():
            several = len(of) >= _WORTHWHILE
            masked = (
                texts_of(self.matrix(_join_digits([cores[row] for row in of])))
                if several
                else [self._one(cores[row]) for row in of]
            )
            for row, text in zip(of, masked, strict=True):
                made[row] = text
        return made

    def _one(self, digits: str) -> str:
        form = self._form
        issuer, body = (
            (digits[:ISSUER_DIGITS], digits[ISSUER_DIGITS:]) if form is NumberForm.BANK_CARD else ("", digits)
        )
        half = len(body) // 2
        tweak = issuer.encode().rjust(8, b"\0") if issuer else b""
        left, right = self._ff1(len(body)).encrypt(int(body[:half]), int(body[half:]), tweak)
        permuted = f"{left:0{half}}{right:0{len(body) - half}}"
        match form:
            case NumberForm.IDENTITY:
                number = f"9{permuted[:-1]}"
                return number + CHECKS[(check_index(number) + 1 + int(permuted[-1])) % len(CHECKS)]
            case NumberForm.BANK_CARD:
                return ISSUER + permuted
            case NumberForm.MOBILE:
                return f"2{permuted}"
            case NumberForm.DIGITS:
                return permuted[:-1] + "abcdefghij"[int(permuted[-1])]

    def _ff1(self, length: int) -> Ff1:
        found = self._of.get(length)
        if found is None:
            found = self._of[length] = Ff1(self._cipher, length)
        return found


def _join_digits(digits: Sequence[str]) -> Matrix:
    return np.frombuffer("".join(digits).encode(), dtype=np.uint8).reshape(len(digits), -1)


def _plain(form: NumberForm, values: Sequence[str]) -> Matrix | None:
    """Return the digits of a column that needs no care: one width, ASCII, nothing to be left out; else nothing."""
    whole = matrix_of(values)
    if whole is None:
        return None
    matrix = whole[:, :-1]
    width = matrix.shape[1]
    others = whole.tobytes().translate(None, b"0123456789\n")
    match form:
        case NumberForm.IDENTITY:
            checks = np.count_nonzero(matrix[:, -1] > ZERO + 9)
            return matrix[:, :-1] if width == 18 and not others.strip(b"xX") and len(others) == checks else None
        case NumberForm.MOBILE:
            return matrix[:, 1:] if width == 11 and not others and (matrix[:, 0] == ZERO + 1).all() else None
        case NumberForm.BANK_CARD:
            return matrix if 12 <= width <= 19 and not others else None
        case NumberForm.DIGITS:
            return matrix if 6 <= width <= 28 and not others else None


def _issuers(digits: Matrix) -> Words:
    words = np.zeros((len(digits), 8), dtype=np.uint8)
    words[:, 8 - ISSUER_DIGITS :] = digits[:, :ISSUER_DIGITS]
    return words.view(">u8").reshape(-1).astype(np.uint64)


def _dress(form: NumberForm, made: Matrix) -> None:
    """Write what makes each row impossible as a real number."""
    match form:
        case NumberForm.IDENTITY:
            made[:, 0] = ord("9")
            wrong = check_indexes(made[:, :17]) + made[:, 17] - np.uint32(ZERO - 1)
            made[:, 17] = _CHECKS[wrong]
        case NumberForm.BANK_CARD:
            made[:, :ISSUER_DIGITS] = ord("9")
        case NumberForm.MOBILE:
            made[:, 0] = ord("2")
        case NumberForm.DIGITS:
            made[:, -2] += ord("a") - ZERO
