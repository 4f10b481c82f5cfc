"""An unkeyed hash of a raw value is known in a text, whole or cut short, and a plain number is none."""

from __future__ import annotations

import hashlib
from base64 import b64encode, urlsafe_b64encode

import pytest

from gateway.leakguard.digests import PREFIX, digests_in, digests_of
from tests.samples import NUMBER

VALUE = NUMBER.encode()
KNOWN = digests_of([VALUE])
SHA = hashlib.sha256(VALUE)
MD5 = hashlib.md5(VALUE, usedforsecurity=False)


@pytest.mark.parametrize("text", ["", "办理业务", "a1b2", "0" * 64, NUMBER, "5" * 40, "=" * 30, "-" * 21])
def test_what_is_no_digest_holds_none_of_a_value(text: str) -> None:
    """Digits alone are a number, and few signs are a word; nothing is raised for signs that no base 64 has."""
    assert not KNOWN & digests_in(text)


def test_a_digest_of_another_value_is_none_of_this_one() -> None:
    """Only the record's own count."""
    assert not KNOWN & digests_in(hashlib.sha256(b"other").hexdigest())
    assert frozenset() == digests_of([])


def test_a_digest_that_is_cut_too_short_is_not_known() -> None:
    """Seven bytes are met by chance more often than is worth a refusal."""
    assert not KNOWN & digests_in(SHA.hexdigest()[: 2 * PREFIX - 2])


@pytest.mark.parametrize(
    "name", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s"]
)
def test_a_digest_of_every_common_make_is_known(name: str) -> None:
    """In hexadecimal and in base 64."""
    digest = hashlib.new(name, VALUE, usedforsecurity=False).digest()
    assert KNOWN & digests_in(digest.hex())
    assert KNOWN & digests_in(b64encode(digest).decode())


@pytest.mark.parametrize(
    "text",
    [
        SHA.hexdigest().upper(),
        f"hash={SHA.hexdigest()}。",
        SHA.digest().hex(":"),
        SHA.digest().hex(" "),
        SHA.hexdigest()[: 2 * PREFIX],
        f"ab{SHA.hexdigest()}",
        urlsafe_b64encode(SHA.digest()).decode().rstrip("="),
        MD5.hexdigest()[8:24],
        hashlib.md5(MD5.digest(), usedforsecurity=False).hexdigest(),
        hashlib.md5(MD5.hexdigest().encode(), usedforsecurity=False).hexdigest(),
        hashlib.md5(MD5.hexdigest().upper().encode(), usedforsecurity=False).hexdigest(),
    ],
)
def test_a_digest_is_known_in_whatever_form(text: str) -> None:
    """In capitals, within words, parted, cut short, after other signs, the middle of an MD5, or one of an MD5."""
    assert KNOWN & digests_in(text)
