"""Identities and vkeys have one spelling each; everything near that spelling is refused."""

import base64
import json
import os
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.identity import Identity, IdentityError, Role
from keys.keystore import new_tls_key
from keys.signer import SignatureInvalid, Signer, Verifier, VkeyError
from keys.suite import ED25519_SHA256, PrivateKey

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


verifiers = st.builds(Verifier, st.from_regex(r"\A[a-z0-9./-]{1,30}\Z"), st.binary(min_size=32, max_size=32))


@given(verifiers)
def test_a_vkey_reads_back(verifier: Verifier) -> None:
    """Writing and parsing are inverse, key id and all."""
    assert (verifier, verifier.key_id) == (Verifier.parse(verifier.vkey), Verifier.parse(verifier.vkey).key_id)


@given(verifiers, st.data())
def test_a_vkey_with_one_other_character_is_refused(verifier: Verifier, data: st.DataObject) -> None:
    """The key id binds name, type and key to each other."""
    vkey = verifier.vkey
    at = data.draw(st.integers(0, len(vkey) - 1))
    other = data.draw(st.characters().filter(lambda character: character != vkey[at]))
    with pytest.raises(VkeyError):
        Verifier.parse(vkey[:at] + other + vkey[at + 1 :])


@given(verifiers, st.sampled_from(["+", " ", "\n", "=", "\r\n", "\u200b"]), st.booleans())
def test_a_vkey_with_something_around_it_is_refused(verifier: Verifier, around: str, before: bool) -> None:
    """No white space, padding or separator is trimmed."""
    with pytest.raises(VkeyError):
        Verifier.parse(around + verifier.vkey if before else verifier.vkey + around)


@given(st.text(max_size=120))
def test_other_text_is_no_vkey(text: str) -> None:
    """Only the one error comes out."""
    with pytest.raises(VkeyError):
        Verifier.parse(text)


def test_a_published_signature_holds_under_its_published_key_only() -> None:
    """The lines of golang/mod verify over its text, and under no other of its keys."""
    path = VECTORS / "golang-mod/sumdb_note.json"
    published = {key.name: key for key in map(Verifier.parse, sumdb()["vkey_ok"])}
    note = json.loads(path.read_text(encoding="utf-8"))
    for name, line in note["sig_lines"].items():
        data = base64.b64decode(line.split(" ")[2])
        assert published[name].key_id == data[:4]
        published[name].verify(note["text"].encode(), data[4:])
        for other in published.values():
            if other.name != name:
                with pytest.raises(SignatureInvalid):
                    other.verify(note["text"].encode(), data[4:])


def test_a_key_of_another_suite_signs_nothing() -> None:
    """A P-256 key under the Ed25519 suite is a programmer's error, found at once."""
    with pytest.raises(TypeError, match="Ed25519"):
        Signer("k", cast("PrivateKey", new_tls_key()))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_signature_under_no_key_is_invalid(size: int) -> None:
    """A key of another length is not an exception of its own kind."""
    with pytest.raises(SignatureInvalid):
        ED25519_SHA256.verify(bytes(size), b"", bytes(64))


@pytest.mark.parametrize(
    ("province", "role", "name"),
    [
        ("51", Role.NODE, "gw"),
        ("510000\n", Role.NODE, "gw"),
        ("510000", "node", "gw"),
        ("510000", Role.NODE, ""),
        ("510000", Role.NODE, "-gw"),
        ("510000", Role.NODE, "gw."),
        ("510000", Role.NODE, "gw/../x"),
        ("510000", Role.NODE, "a" * 64),
    ],
)
def test_an_identity_is_not_made_of_other_parts(province: str, role: Role, name: str) -> None:
    """The constructor is as strict as the parser, and its error shows no value."""
    with pytest.raises(IdentityError) as caught:
        Identity(province, role, name)
    assert "gw" not in str(caught.value)
