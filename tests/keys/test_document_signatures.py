"""A document is used only under a good signature of a known key, made for its own kind of document."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.document import MAX_SIGNATURES, DocumentInvalid, document_signers, sign_document, verify_document
from keys.signer import Signer

ONE, TWO, STRANGER = Signer.generate("one"), Signer.generate("two"), Signer.generate("stranger")
DOCUMENT = b"items = []\n"
GOOD = sign_document("item list", DOCUMENT, ONE)
BAD = sign_document("item list", b"other", ONE)
HEAD = f"one+{ONE.key_id.hex()} "


def test_a_signed_document_names_its_signer() -> None:
    """The verifier that comes back is the one whose key signed."""
    assert ONE.verifier == verify_document("item list", DOCUMENT, GOOD, [TWO.verifier, ONE.verifier])


def test_joined_files_name_all_signers() -> None:
    """Two persons sign one document by joining their lines; a stranger's line is passed over."""
    lines = GOOD + sign_document("item list", DOCUMENT, STRANGER) + sign_document("item list", DOCUMENT, TWO)
    assert (ONE.verifier, TWO.verifier) == document_signers("item list", DOCUMENT, lines, [TWO.verifier, ONE.verifier])


SPOILT = {
    "nothing": b"",
    "an empty line": b"\n",
    "torn": GOOD[:-1],
    "an empty line after it": GOOD + b"\n",
    "lines end as on Windows": GOOD.replace(b"\n", b"\r\n"),
    "a space before it": b" " + GOOD,
    "doubled": GOOD + GOOD,
    "a bad line of the same signer after it": GOOD + BAD,
    "a bad line of the same signer before it": BAD + GOOD,
    "over another document": BAD,
    "bytes that are no text before it": b"\xff" + GOOD,
    "too short": HEAD.encode() + b"AAA\n",
    "no base64": HEAD.encode() + b"!\n",
    "zeros": HEAD.encode() + base64.b64encode(bytes(64)) + b"\n",
    "another name": GOOD.replace(b"one+", b"two+"),
    "a stranger's": sign_document("item list", DOCUMENT, STRANGER),
    "too many strangers": sign_document("item list", DOCUMENT, STRANGER) * (MAX_SIGNATURES + 1),
    "oversized": b"a" * 20_000,
}
"""By what is wrong with it; the keys are new in each process, so a test's name holds none of the bytes."""


@pytest.mark.parametrize("signatures", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_signature_file_is_refused(signatures: bytes) -> None:
    """Torn, doubled, foreign, oversized and false lines all refuse the document."""
    with pytest.raises(DocumentInvalid):
        verify_document("item list", DOCUMENT, signatures, [ONE.verifier])


def test_a_list_is_no_grant() -> None:
    """The context is signed."""
    with pytest.raises(DocumentInvalid):
        verify_document("grant", DOCUMENT, GOOD, [ONE.verifier])


def test_no_verifiers_refuse() -> None:
    """An empty list never means everybody."""
    with pytest.raises(DocumentInvalid):
        verify_document("item list", DOCUMENT, GOOD, [])


def test_a_namesake_key_is_not_the_signer() -> None:
    """A key of the same name and another key id is unknown."""
    with pytest.raises(DocumentInvalid):
        verify_document("item list", DOCUMENT, GOOD, [Signer.generate("one").verifier])


@pytest.mark.parametrize("context", ["", "Grant", "a\nb", "a ", "a" * 65])
def test_a_malformed_context_is_refused(context: str) -> None:
    """A context cannot run into what follows it."""
    with pytest.raises(ValueError, match="expected a context"):
        sign_document(context, DOCUMENT, ONE)


@pytest.mark.parametrize("body", ["é", "Ａ" * 88, "零" * 88, "A" * 87 + "é", "\u0661" * 88, "AA==\u2028"])
def test_a_line_that_is_not_ascii_is_refused_as_a_document(body: str) -> None:
    """The decoder's plain ValueError never comes out."""
    with pytest.raises(DocumentInvalid):
        verify_document("item list", DOCUMENT, (HEAD + body + "\n").encode(), [ONE.verifier])


def test_spare_bits_of_base64_are_refused() -> None:
    """One signature has one spelling."""
    body = GOOD.decode().removeprefix(HEAD).removesuffix("\n")
    assert body.endswith("==")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".index(body[-3]) + 1
    spare = body[:-3] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[last] + "=="
    assert base64.b64decode(body) == base64.b64decode(spare)
    with pytest.raises(DocumentInvalid, match="spare bits"):
        verify_document("item list", DOCUMENT, f"{HEAD}{spare}\n".encode(), [ONE.verifier])


def test_two_verifiers_alike_are_refused() -> None:
    """Else one person could stand for two."""
    with pytest.raises(DocumentInvalid):
        document_signers("item list", DOCUMENT, GOOD, [ONE.verifier, ONE.verifier])


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_changed_octet_of_a_signature_file_is_refused(at: int, change: int) -> None:
    """Name, key id, signature and newline all count."""
    with pytest.raises(DocumentInvalid):
        verify_document("item list", DOCUMENT, GOOD[:at] + bytes([GOOD[at] ^ change]) + GOOD[at + 1 :], [ONE.verifier])


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_as_a_document(signatures: bytes) -> None:
    """Only the one error of this module comes out."""
    with pytest.raises(DocumentInvalid):
        verify_document("item list", DOCUMENT, signatures, [ONE.verifier])


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_signature_holds_for_its_document_only(one: bytes, two: bytes) -> None:
    """Every document verifies under its own signature and under no other's."""
    signed = sign_document("grant", one, ONE)
    assert ONE.verifier == verify_document("grant", one, signed, [ONE.verifier])
    if one != two:
        with pytest.raises(DocumentInvalid):
            verify_document("grant", two, signed, [ONE.verifier])
