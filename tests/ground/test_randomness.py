"""Random bytes are given out once, in order, as many as were asked for."""

from __future__ import annotations

import os

import pytest

from gateway.ground.randomness import BLOCK, Randomness


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Let the operating system give blocks that are known, and note them."""
    blocks: list[bytes] = []

    def urandom(size: int) -> bytes:
        blocks.append(bytes([len(blocks) + 1]) * (size - 4) + b"last")
        return blocks[-1]

    monkeypatch.setattr(os, "urandom", urandom)
    return blocks


def test_no_byte_is_given_out_twice(drawn: list[bytes]) -> None:
    """All that was given is the blocks, end to end."""
    random = Randomness()
    given = b"".join(random(32) for _ in range(2 * BLOCK // 32))
    assert b"".join(drawn) == given
    assert 2 == len(drawn)


def test_what_is_left_of_a_block_is_never_made_up_with_the_next(drawn: list[bytes]) -> None:
    """The few bytes are left out, and as many as were asked for come of one block."""
    random = Randomness()
    random(BLOCK - 8)
    assert drawn[0][:16] != (given := random(16))
    assert b"\x02" * 16 == given


@pytest.mark.parametrize("size", [0, 1, 16, BLOCK])
def test_as_many_bytes_come_as_were_asked_for(size: int) -> None:
    """None, too, and a whole block."""
    random = Randomness()
    assert size == len(random(size)) == len(random(size))


def test_two_that_give_out_bytes_give_others() -> None:
    """None shares a block with another."""
    assert Randomness()(32) != Randomness()(32)
