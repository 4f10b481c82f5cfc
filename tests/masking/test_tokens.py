"""A token is 32 letters that look like no number, the same whichever way it is written."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.masking.matrix import LINE_FEED
from gateway.masking.tokens import LETTERS, TOKEN_BYTES, TOKEN_LETTERS, letters, letters_matrix, of_present


def _by_hand(octets: bytes) -> list[str]:
    return [
        "".join(LETTERS[octet >> 4] + LETTERS[octet & 15] for octet in octets[at : at + TOKEN_BYTES])
        for at in range(0, len(octets), TOKEN_BYTES)
    ]


def test_no_bytes_make_no_token() -> None:
    """Not even an empty one."""
    assert [] == letters(b"")
    assert (0, TOKEN_LETTERS + 1) == letters_matrix(b"").shape


@pytest.mark.parametrize("count", [1, 2, 16, 63, 64, 65, 200])
def test_each_sixteen_bytes_are_thirty_two_letters(count: int) -> None:
    """Few and many are written in two ways that give the same, and every byte occurs."""
    octets = bytes(at * 7 % 256 for at in range(count * TOKEN_BYTES))
    made = letters(octets)
    assert _by_hand(octets) == made
    assert set(LETTERS) >= set("".join(made))


def test_a_row_of_the_matrix_is_a_token_and_ends_with_a_line_feed() -> None:
    """So that all of them are one text."""
    rows = letters_matrix(bytes(range(32)))
    assert [LINE_FEED, LINE_FEED] == rows[:, -1].tolist()
    assert _by_hand(bytes(range(32))) == [bytes(row[:-1]).decode() for row in rows]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((), ()),
        ((None, None), (None, None)),
        (("a", None, "b"), ("<a>", None, "<b>")),
        (("", None, 0), ("<>", None, "<0>")),
        (("a", "", "b"), ("<a>", "<>", "<b>")),
    ],
)
def test_null_stays_null_and_every_other_value_is_masked(
    values: tuple[object, ...], expected: tuple[str | None, ...]
) -> None:
    """An empty text and a nought are values, and each stays in its row."""
    assert expected == of_present(values, lambda held: [f"<{value}>" for value in held])


def test_a_null_is_never_masked() -> None:
    """Its token would be everybody's."""
    seen: list[object] = []

    def mask(held: Sequence[object]) -> list[str]:
        seen.extend(held)
        return ["x"] * len(held)

    of_present((None, "a", None), mask)
    assert ["a"] == seen
