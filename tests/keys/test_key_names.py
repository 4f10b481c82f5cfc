"""Identities and vkeys have one spelling each; everything near that spelling is refused."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.identity import Identity, IdentityError, Role
from keys.signer import SignatureInvalid, Signer, Verifier, VkeyError

VECTORS = Path(os.environ.get("CHUANYU_VECTORS", Path(__file__).parents[2] / "../shared/vectors"))
identities = st.builds(
    Identity,
    st.from_regex(r"\A[1-9][0-9]0000\Z").filter(str.isascii),
    st.sampled_from(Role),
    st.from_regex(r"\A[a-z0-9]{1,20}(?:[.-][a-z0-9]{1,20}){0,2}\Z"),
)


def sumdb() -> dict[str, list[str]]:
    """The published keys of golang/mod."""
    path = VECTORS / "golang-mod/sumdb_note.json"
    if not path.is_file():
        pytest.skip(f"published vectors absent: {path.name}")
    found: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@given(identities)
def test_an_identity_reads_back_from_its_uri(identity: Identity) -> None:
    """Writing and parsing are inverse."""
    assert identity == Identity.parse(identity.uri)


@given(identities, st.data())
def test_a_mutated_uri_is_refused_or_another_identity(identity: Identity, data: st.DataObject) -> None:
    """No two spellings lead to one identity."""
    uri = identity.uri
    at = data.draw(st.integers(0, len(uri) - 1))
    mutated = uri[:at] + data.draw(st.characters()) + uri[at + 1 :]
    try:
        found = Identity.parse(mutated)
    except IdentityError:
        return
    assert mutated == found.uri


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "spiffe://510000.chuanyu/node/",
        "spiffe://510000.chuanyu/node/gw/",
        "spiffe://510000.chuanyu/node/gw\n",
        "spiffe://510000.chuanyu/node/GW",
        "spiffe://510000.chuanyu/node/..",
        "spiffe://510000.chuanyu/node/a..b",
        "spiffe://510000.chuanyu/node/a/b",
        "spiffe://510000.chuanyu/node/gw?x=1",
        "spiffe://510000.chuanyu/node/gw#x",
        "spiffe://510000.chuanyu:443/node/gw",
        "spiffe://user@510000.chuanyu/node/gw",
        "spiffe://510000.chuanyu.example/node/gw",
        "spiffe://510100.chuanyu/node/gw",
        "spiffe://010000.chuanyu/node/gw",
        "spiffe://５10000.chuanyu/node/gw",
        "spiffe://510000.chuanyu/root/gw",
        "SPIFFE://510000.chuanyu/node/gw",
        "https://510000.chuanyu/node/gw",
        f"spiffe://510000.chuanyu/node/{'a' * 64}",
    ],
)
def test_another_form_of_uri_is_refused(uri: str) -> None:
    """Parsing repairs nothing."""
    with pytest.raises(IdentityError):
        Identity.parse(uri)


def test_published_vkeys_are_read() -> None:
    """The keys of golang/mod parse and print as published."""
    for vkey in sumdb()["vkey_ok"]:
        assert vkey == Verifier.parse(vkey).vkey


def test_published_bad_vkeys_and_all_mutations_are_refused() -> None:
    """Every proper substring and every byte raised by one is refused, as golang/mod demands."""
    good = sumdb()["vkey_ok"][0]
    parts = {good[i:j] for i in range(len(good)) for j in range(i + 1, len(good) + 1)} - {good}
    raised = {good[:i] + chr(ord(good[i]) + 1) + good[i + 1 :] for i in range(len(good))}
    for bad in (*sumdb()["vkey_bad"], *parts, *raised):
        with pytest.raises(VkeyError):
            Verifier.parse(bad)


@given(st.text(min_size=1, max_size=20))
def test_a_key_name_is_refused_or_reads_back(name: str) -> None:
    """A name that can be written can be read."""
    try:
        verifier = Verifier(name, bytes(32))
    except VkeyError:
        return
    assert verifier == Verifier.parse(verifier.vkey)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u3000b", "a\x00b", "a\ud800b", "a" * 257])
def test_a_key_name_with_space_plus_or_control_is_refused(name: str) -> None:
    """Names follow C2SP signed-note."""
    with pytest.raises(VkeyError):
        Verifier(name, bytes(32))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_public_key_of_another_size_is_refused(size: int) -> None:
    """Ed25519 keys have 32 bytes."""
    with pytest.raises(VkeyError):
        Verifier("k", bytes(size))


@given(st.binary(max_size=64), st.integers(0, 511))
def test_a_signature_holds_for_its_message_only(message: bytes, bit: int) -> None:
    """One flipped bit of the signature, one more byte, or another key fails."""
    signer = Signer.generate("k")
    good = signer.sign(message)
    signer.verifier.verify(message, good)
    flipped = (int.from_bytes(good) ^ (1 << bit)).to_bytes(64)
    for text, signature in ((message, flipped), (message + b"x", good), (message, good[:63]), (message, b"")):
        with pytest.raises(SignatureInvalid):
            signer.verifier.verify(text, signature)
    with pytest.raises(SignatureInvalid):
        Signer.generate("k").verifier.verify(message, good)


def test_a_signer_shows_no_private_key() -> None:
    """Its text names the public half only."""
    assert "rivate" not in repr(Signer.generate("k"))
