"""A bundle is believed for its own province only, whole, in force, and under the fingerprint agreed on."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keys.authority import Authority
from keys.document import sign_document
from keys.keystore import Passphrase
from keys.signer import Signer
from keys.trust import MAX_BYTES, TrustBundle, TrustError, accept, fingerprint, read_bundle, sign_bundle

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LISTS, FRAMES, LOG = Signer.generate("lists"), Signer.generate("frames"), Signer.generate("log")
OWN = "spiffe://510000.chuanyu/node/gw-1"


@pytest.fixture
def bundle(tmp_path: Path) -> TrustBundle:
    """Sichuan's bundle."""
    authority = Authority.create("510000", Passphrase(b"a passphrase for tests"), tmp_path / "a", now=NOW)
    return TrustBundle(
        "510000",
        authority.certificate_pem.decode(),
        LISTS.verifier.vkey,
        {OWN: FRAMES.verifier.vkey},
        {OWN: LOG.verifier.vkey},
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
        replace(bundle, logs={uri: LOG.verifier.vkey}),
    ):
        with pytest.raises(TrustError):
            read_bundle(bad.octets(), sign_bundle(bad, LISTS), now=NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("province", "51"),
        ("province", "500000"),
        ("list_vkey", FRAMES.verifier.vkey),
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


@pytest.mark.parametrize("octets", [b"", b"[]", b"{}", b"\xff", b"[" * 200_000, bytes(MAX_BYTES + 1)])
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
