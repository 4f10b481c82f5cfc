"""HMAC under a kept key is the library's HMAC, and the published one."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.hmac import BLOCK_BYTES, Hmac


@pytest.mark.parametrize(
    ("expected", "key", "message"),
    [
        ("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", b"\x0b" * 20, b"Hi There"),
        (
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            b"Jefe",
            b"what do ya want for nothing?",
        ),
        ("773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", b"\xaa" * 20, b"\xdd" * 50),
    ],
)
def test_the_published_examples_hold(expected: str, key: bytes, message: bytes) -> None:
    """RFC 4231 sections 4.2 to 4.4."""
    assert expected == Hmac(key).digest(message).hex()


@given(
    st.binary(max_size=BLOCK_BYTES), st.lists(st.binary(max_size=300), max_size=4), st.sampled_from(["sha256", "sm3"])
)
def test_a_kept_key_gives_what_the_library_gives(key: bytes, messages: list[bytes], hash_name: str) -> None:
    """For every message under it, one after another."""
    kept = Hmac(key, hash_name)
    assert [hmac.digest(key, message, hash_name) for message in messages] == [kept.digest(one) for one in messages]


def test_a_key_beyond_a_block_is_refused() -> None:
    """RFC 2104 would hash it first; nobody here has such a key, and cutting it silently would be another HMAC."""
    Hmac(bytes(BLOCK_BYTES))
    with pytest.raises(ValueError, match="at most 64 bytes, found 65"):
        Hmac(bytes(BLOCK_BYTES + 1))


def test_a_hash_that_nobody_knows_is_refused() -> None:
    """There is no other hash in its place."""
    with pytest.raises(ValueError, match="hash"):
        Hmac(b"k", "none")


def test_it_shows_nothing_of_its_key() -> None:
    """Not in its text."""
    assert "secret" not in repr(Hmac(b"secret"))
