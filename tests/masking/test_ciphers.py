"""Claims about the primitives: the published examples of SM4, SM3 and AES hold on this machine's OpenSSL."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.vocabulary.names import BlockCipher, Hash
from gateway.masking.ciphers import inverse, over, permutation
from gateway.masking.keyed_hash import digests, keyed_hash

SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


def test_sm4_gives_the_example_of_the_standard() -> None:
    """GB/T 32907-2016 annex A, example 1."""
    assert "681edf34d206965e86b3e94f536e4246" == over(algorithms.SM4(SM4_KEY)).update(SM4_KEY).hex()
    assert SM4_KEY == inverse(BlockCipher.SM4, SM4_KEY + bytes(16)).update(
        permutation(BlockCipher.SM4, SM4_KEY + bytes(16)).update(SM4_KEY)
    )


@pytest.mark.torture
def test_sm4_gives_the_long_example_of_the_standard() -> None:
    """GB/T 32907-2016 annex A, example 2: a million times over."""
    cipher, block = over(algorithms.SM4(SM4_KEY)), SM4_KEY
    for _ in range(1_000_000):
        block = cipher.update(block)
    assert "595298c7c6fd271f0402f804c33d3f66" == block.hex()


def test_aes_256_gives_the_example_of_the_standard() -> None:
    """FIPS 197 appendix C.3."""
    plain = bytes.fromhex("00112233445566778899aabbccddeeff")
    assert "8ea2b7ca516745bfeafc49904b496089" == permutation(BlockCipher.AES, bytes(range(32))).update(plain).hex()


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "abc"),
        ("debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732", "abcd" * 16),
    ],
)
def test_sm3_gives_the_examples_of_the_standard(expected: str, text: str) -> None:
    """GB/T 32905-2016 annex A."""
    assert expected == hashlib.new("sm3", text.encode()).hexdigest()


@given(st.text(max_size=200), st.sampled_from(list(Hash)))
def test_the_keyed_hash_is_hmac_cut_to_128_bits(value: str, which: Hash) -> None:
    """The two kept hashes give what the library's HMAC gives."""
    secret = bytes(range(32))
    expected = hmac.digest(secret, value.encode("utf-8", "surrogatepass"), which.value)[:16]
    assert expected == digests(secret, which)(value)
    assert (
        expected.hex().translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))
        == keyed_hash(secret, which)((value,))[0]
    )


@given(st.text(max_size=50), st.text(max_size=50))
def test_hashes_of_two_keys_or_two_hashes_never_meet(one: str, other: str) -> None:
    """Another key, or another hash, gives another token; so does another value."""
    secret, stranger = bytes(range(32)), bytes(32)
    assert keyed_hash(secret)((one,)) != keyed_hash(stranger)((one,))
    assert keyed_hash(secret)((one,)) != keyed_hash(secret, Hash.SM3)((one,))
    assert (one == other) is (keyed_hash(secret)((one,)) == keyed_hash(secret)((other,)))
