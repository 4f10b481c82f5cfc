"""A bundle is believed for its own province only, whole, in force, and under the fingerprint agreed on."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.authority import Authority
from keys.document import sign_document
from keys.keystore import Passphrase
from keys.signer import Signer
from keys.suite import ED25519_COSIGNING, ML_DSA_44_COSIGNING
from keys.trust import MAX_BYTES, TrustBundle, TrustError, accept, fingerprint, read_bundle, sign_bundle
from keys.validity import KeyValidity

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LISTS, FRAMES, LOG = Signer.generate("lists"), Signer.generate("frames"), Signer.generate("log")
LOG_KEYS = (KeyValidity(LOG.verifier.vkey),)
WITNESS_KEYS = (KeyValidity(Signer.generate("witness", ED25519_COSIGNING).verifier.vkey),)
OWN = "spiffe://510000.chuanyu/node/gw-1"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> TrustBundle:
    """Sichuan's bundle."""
    place = tmp_path_factory.mktemp("authority") / "a"
    authority = Authority.create("510000", Passphrase(b"a passphrase for tests"), place, now=NOW)
    return TrustBundle(
        "510000",
        authority.certificate_pem.decode(),
        LISTS.verifier.vkey,
        {OWN: FRAMES.verifier.vkey},
        {OWN: LOG_KEYS},
        {OWN: WITNESS_KEYS},
        NOW.isoformat(),
        (NOW + timedelta(days=90)).isoformat(),
    )


def test_a_bundle_is_accepted_under_its_fingerprint(bundle: TrustBundle) -> None:
    """Spaces and case of what was read aloud do not matter."""
    octets, signature = bundle.octets(), sign_bundle(bundle, LISTS)
    assert bundle == accept(octets, signature, fingerprint(octets).upper(), now=NOW)
    assert bundle == accept(octets, signature, fingerprint(octets).replace(" ", ""), now=NOW)


@pytest.mark.parametrize("agreed", ["", " ", "0000", "零", "0" * 64])
def test_another_fingerprint_is_refused(bundle: TrustBundle, agreed: str) -> None:
    """Nor is a part of it enough."""
    for text in (agreed, fingerprint(bundle.octets())[:-5]):
        with pytest.raises(TrustError):
            accept(bundle.octets(), sign_bundle(bundle, LISTS), text, now=NOW)


@pytest.mark.parametrize(
    "uri",
    [
        "spiffe://500000.chuanyu/node/gw-1",
        "spiffe://510000.chuanyu/application/counter",
        "spiffe://510000.chuanyu/reviewer/one",
        "gw-1",
        "",
    ],
)
def test_a_bundle_speaks_for_nodes_of_its_own_province_only(bundle: TrustBundle, uri: str) -> None:
    """Else one province could name the key that signs another's frames, or witness another's log."""
    for bad in (
        replace(bundle, nodes={OWN: FRAMES.verifier.vkey, uri: FRAMES.verifier.vkey}),
        replace(bundle, logs={uri: LOG_KEYS}),
        replace(bundle, witnesses={uri: WITNESS_KEYS}),
    ):
        with pytest.raises(TrustError):
            read_bundle(bad.octets(), sign_bundle(bad, LISTS), now=NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("province", "51"),
        ("province", "500000"),
        pytest.param("list_vkey", FRAMES.verifier.vkey, id="list_vkey-of another name"),
        ("list_vkey", ""),
        ("nodes", {OWN: "x"}),
        ("nodes", {OWN: 1}),
        ("nodes", None),
        ("logs", []),
        ("issued_at", "2026-11-01T00:00:00"),
        ("expires_at", "2027-11-01"),
        ("expires_at", "soon"),
        ("expires_at", None),
        ("unknown", 1),
    ],
)
def test_a_spoilt_field_is_refused(bundle: TrustBundle, field: str, value: object) -> None:
    """Though the list key signed it."""
    fields = {**json.loads(bundle.octets()), field: value}
    octets = json.dumps(fields, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"
    with pytest.raises(TrustError):
        read_bundle(octets, sign_document("trust bundle", octets, LISTS), now=NOW)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"{}",
        b"1",
        b"null",
        b'"witnesses"',
        b"\xff",
        b"[" * 200_000,
        bytes(MAX_BYTES + 1),
        b'{"witnesses":{}}',
        b'{"witnesses":{},"log":{}}',
        b'{"witnesses":{},"logs":{}}',
        b'{"witnesses":[],"logs":{}}',
        b'{"witnesses":{},"logs":{"x":[1]}}',
        b'{"witnesses":{},"logs":{"x":[{}]}}',
    ],
)
def test_other_bytes_are_refused(octets: bytes) -> None:
    """No exception of the parser escapes, however deep or large the input."""
    with pytest.raises(TrustError):
        read_bundle(octets, b"", now=NOW)


def test_another_spelling_or_signature_is_refused(bundle: TrustBundle) -> None:
    """One byte form, signed by the key inside, as a bundle."""
    octets = json.dumps(json.loads(bundle.octets())).encode()
    for data, signature in (
        (octets, sign_document("trust bundle", octets, LISTS)),
        (bundle.octets(), sign_bundle(bundle, FRAMES)),
        (bundle.octets(), sign_document("grant", bundle.octets(), LISTS)),
        (bundle.octets(), b""),
    ):
        with pytest.raises(TrustError):
            read_bundle(data, signature, now=NOW)


@pytest.mark.parametrize("days", [-1, 91])
def test_a_bundle_out_of_its_dates_is_refused(bundle: TrustBundle, days: int) -> None:
    """Before it was issued and after it expires."""
    with pytest.raises(TrustError):
        read_bundle(bundle.octets(), sign_bundle(bundle, LISTS), now=NOW + timedelta(days=days))


@pytest.mark.parametrize("pem", ["", "x", 1, None, [], "\ud800"])
def test_a_bundle_without_an_authority_is_refused(bundle: TrustBundle, pem: object) -> None:
    """Any other text or type is found here, not when TLS first uses it."""
    octets = json.dumps({**json.loads(bundle.octets()), "authority_pem": pem}, sort_keys=True, indent=1).encode()
    for ending in (b"", b"\n"):
        with pytest.raises(TrustError):
            read_bundle(octets + ending, sign_document("trust bundle", octets + ending, LISTS), now=NOW)


def test_a_bundle_with_a_second_authority_is_refused(bundle: TrustBundle, tmp_path: Path) -> None:
    """TLS would trust both, though the fingerprint ceremony spoke of one."""
    other = Authority.create("510000", Passphrase(b"a passphrase for tests"), tmp_path / "b", now=NOW)
    bad = replace(bundle, authority_pem=bundle.authority_pem + other.certificate_pem.decode())
    with pytest.raises(TrustError):
        read_bundle(bad.octets(), sign_bundle(bad, LISTS), now=NOW)


def test_a_field_given_twice_is_refused(bundle: TrustBundle) -> None:
    """Two readers could take two different values."""
    octets = bundle.octets().replace(b'{\n "authority_pem"', b'{\n "province": "500000",\n "authority_pem"')
    assert octets != bundle.octets()
    with pytest.raises(TrustError, match="canonical"):
        read_bundle(octets, sign_document("trust bundle", octets, LISTS), now=NOW)


@pytest.mark.parametrize("agreed", ["\udcff", "\udcff" * 64, "\x00"])
def test_an_agreed_fingerprint_of_no_text_is_refused(bundle: TrustBundle, agreed: str) -> None:
    """Octets of a terminal that are no UTF-8 are a mismatch, not a crash."""
    with pytest.raises(TrustError):
        accept(bundle.octets(), sign_bundle(bundle, LISTS), agreed, now=NOW)


def test_the_fingerprint_is_compared_in_constant_time(bundle: TrustBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the comparison goes through `hmac.compare_digest`, at full length."""
    compared: list[tuple[bytes, bytes]] = []

    def spy(found: bytes, agreed: bytes) -> bool:
        compared.append((found, agreed))
        return False

    monkeypatch.setattr(hmac, "compare_digest", spy)
    agreed = fingerprint(bundle.octets())
    with pytest.raises(TrustError):
        accept(bundle.octets(), sign_bundle(bundle, LISTS), agreed, now=NOW)
    assert [(agreed.replace(" ", "").encode(),) * 2] == compared


def test_a_fingerprint_is_checked_before_anything_is_read() -> None:
    """Bytes that nobody agreed on reach no parser."""
    with pytest.raises(TrustError, match="not the one agreed on"):
        accept(b"[" * 200_000, b"", fingerprint(b""), now=NOW)


@given(st.data())
def test_a_changed_octet_of_a_bundle_is_refused(bundle: TrustBundle, data: st.DataObject) -> None:
    """The signature covers each one."""
    whole, signature = bundle.octets(), sign_bundle(bundle, LISTS)
    assert bundle == read_bundle(whole, signature, now=NOW)
    at = data.draw(st.integers(0, len(whole) - 1))
    octets = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    with pytest.raises(TrustError):
        read_bundle(octets, signature, now=NOW)


def test_a_bundle_that_is_too_long_is_refused_unread(bundle: TrustBundle) -> None:
    """Even one that is well-formed and signed: its length is judged first."""
    long = replace(bundle, nodes={OWN: FRAMES.verifier.vkey, "x" * MAX_BYTES: FRAMES.verifier.vkey})
    with pytest.raises(TrustError, match="at most 262144 bytes"):
        read_bundle(long.octets(), sign_bundle(long, LISTS), now=NOW)


def test_one_log_and_one_witness_have_one_name_each(bundle: TrustBundle) -> None:
    """Two origins in one province would be two logs, of which each could deny what the other shows."""
    other = KeyValidity(Signer.generate("another").verifier.vkey)
    stranger = KeyValidity(Signer.generate("another", ED25519_COSIGNING).verifier.vkey)
    for bad in (
        replace(bundle, logs={OWN: (*LOG_KEYS, other)}),
        replace(bundle, witnesses={OWN: (*WITNESS_KEYS, stranger)}),
    ):
        with pytest.raises(TrustError, match="found 2 names"):
            read_bundle(bad.octets(), sign_bundle(bad, LISTS), now=NOW)


def test_a_log_needs_an_ed25519_key_in_force(bundle: TrustBundle) -> None:
    """A former one, or the second kind alone, signs no receipt."""
    former = (KeyValidity(LOG.verifier.vkey, 0, 9),)
    second = (KeyValidity(Signer.generate("log", ML_DSA_44_COSIGNING).verifier.vkey),)
    for bad in (replace(bundle, logs={OWN: former}), replace(bundle, logs={OWN: second})):
        with pytest.raises(TrustError, match="ed25519-sha256 in force"):
            read_bundle(bad.octets(), sign_bundle(bad, LISTS), now=NOW)
    both = replace(bundle, logs={OWN: (*LOG_KEYS, *second)})
    assert both == read_bundle(both.octets(), sign_bundle(both, LISTS), now=NOW)


def test_a_fingerprint_is_all_of_the_digest_in_sixteen_groups() -> None:
    """Two persons read it to each other: no digit of it is left out."""
    groups = fingerprint(b"a bundle").split(" ")
    assert [4] * 16 == list(map(len, groups))
    assert hashlib.sha256(b"a bundle").hexdigest() == "".join(groups)
