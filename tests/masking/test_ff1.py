"""Claims about FF1: the standard's own samples, an independent program, and columns that equal their rows."""

from __future__ import annotations

import json
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Any

import fastfpe
import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.vocabulary.names import BlockCipher
from gateway.masking.ciphers import over, permutation
from gateway.masking.ff1 import Ff1

VECTORS = json.loads((Path(__file__).parent / "vectors" / "ff1.json").read_text(encoding="utf-8"))
ALPHABET = digits + ascii_lowercase
KEY = bytes(range(32))


def _written(number: int, radix: int, length: int) -> str:
    text = ""
    for _ in range(length):
        number, digit = divmod(number, radix)
        text = ALPHABET[digit] + text
    return text


def _encrypted(ff1: Ff1, plain: str, radix: int, tweak: bytes) -> str:
    half = len(plain) // 2
    left, right = ff1.encrypt(int(plain[:half], radix), int(plain[half:], radix), tweak)
    return _written(left, radix, half) + _written(right, radix, len(plain) - half)


@pytest.mark.parametrize("sample", VECTORS["samples"], ids=lambda sample: f"sample {sample['sample']}")
def test_the_samples_of_the_standard(sample: dict[str, Any]) -> None:
    """All nine of NIST's samples for FF1 over AES with 128, 192 and 256 bits."""
    ff1 = Ff1(over(algorithms.AES(bytes.fromhex(sample["key"]))), len(sample["plain"]), sample["radix"])
    found = _encrypted(ff1, sample["plain"], sample["radix"], bytes.fromhex(sample["tweak"]))
    assert sample["cipher"] == found


def test_the_construction_over_sm4_keeps_its_own_check_value() -> None:
    """No official vector exists; ours holds it to what it was when its parts were checked."""
    own = VECTORS["own"]
    ff1 = Ff1(over(algorithms.SM4(bytes.fromhex(own["key"]))), len(own["plain"]))
    assert own["cipher"] == _encrypted(ff1, own["plain"], 10, b"")


@given(st.text(digits, min_size=6, max_size=56), st.binary(max_size=40))
def test_another_program_gives_the_same(plain: str, tweak: bytes) -> None:
    """fastfpe agrees for every length and tweak."""
    expected = fastfpe.ff1.encrypt(KEY.hex(), tweak.hex(), digits, plain)
    assert expected == _encrypted(Ff1(permutation(BlockCipher.AES, KEY), len(plain)), plain, 10, tweak)


@given(
    st.sampled_from(list(BlockCipher)),
    st.integers(6, 28),
    st.integers(1, 70),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_a_column_gives_what_its_rows_give(
    cipher: BlockCipher, length: int, rows: int, tweaked: bool, random: Any
) -> None:
    """Both ciphers, odd and even lengths, halves of one and of two words, with tweaks and without."""
    half = length // 2
    lefts = [random.randrange(10**half) for _ in range(rows)]
    rights = [random.randrange(10 ** (length - half)) for _ in range(rows)]
    tweaks = [random.randrange(2**64) for _ in range(rows)] if tweaked else []
    ff1 = Ff1(permutation(cipher, KEY), length)
    made = ff1.encrypt_columns(
        np.array(lefts, dtype=np.uint64),
        np.array(rights, dtype=np.uint64),
        np.array(tweaks, dtype=np.uint64) if tweaked else None,
    )
    expected = [
        ff1.encrypt(left, right, tweaks[row].to_bytes(8, "big") if tweaked else b"")
        for row, (left, right) in enumerate(zip(lefts, rights, strict=True))
    ]
    assert expected == list(zip(map(int, made[0]), map(int, made[1]), strict=True))


def test_columns_longer_than_a_chunk_are_whole() -> None:
    """Where one chunk ends and the next begins, nothing is lost."""
    column = np.arange(40_000, dtype=np.uint64)
    left, right = Ff1(permutation(BlockCipher.AES, KEY), 12).encrypt_columns(column, column)
    assert 40_000 == len({*zip(left.tolist(), right.tolist(), strict=True)})
    ff1 = Ff1(permutation(BlockCipher.AES, KEY), 12)
    for row in (0, 16_383, 16_384, 32_768, 39_999):
        assert ff1.encrypt(row, row) == (int(left[row]), int(right[row]))


@pytest.mark.parametrize(
    ("length", "radix"), [(5, 10), (1, 10), (0, 10), (19, 2), (3, 36), (6, 1), (6, 2**16 + 1), (58, 10)]
)
def test_small_domains_and_strange_radices_are_refused(length: int, radix: int) -> None:
    """Fewer than a million values can be tried one by one; a half of more than 96 bits has no place."""
    with pytest.raises(ValueError, match="expected"):
        Ff1(permutation(BlockCipher.AES, KEY), length, radix)


def test_halves_beyond_a_word_are_refused_in_columns() -> None:
    """A column of 40 digits has no room in words of 64 bits."""
    one = np.zeros(1, dtype=np.uint64)
    with pytest.raises(ValueError, match="expected halves below"):
        Ff1(permutation(BlockCipher.AES, KEY), 40).encrypt_columns(one, one)
