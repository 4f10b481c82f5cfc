"""The checks of trust: a bundle in force, a current revocation list, and the keys that peers will verify with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.checks.trust import check_trust, read_trust
from gateway.cli.provinces import name_province
from gateway.cli.screen import CheckStatus
from gateway.settings import Settings
from keys.authority import Authority
from keys.keystore import Passphrase
from keys.signer import Signer
from keys.suite import ED25519_COSIGNING
from keys.trust import TrustBundle, TrustError, sign_bundle
from keys.validity import KeyValidity, write_key_file

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LISTS, FRAMES, LOG = Signer.generate("lists"), Signer.generate("frames"), Signer.generate("log")
WITNESS = Signer.generate("witness", ED25519_COSIGNING)
OWN, PEER = "spiffe://510000.chuanyu/node/gateway-1", "spiffe://500000.chuanyu/node/gateway-1"
RIGHT, DOUBTFUL, WRONG = CheckStatus.RIGHT, CheckStatus.DOUBTFUL, CheckStatus.WRONG


@pytest.fixture(name="authorities", scope="module")
def _authorities(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bytes]]:
    """The certificate and the revocation list of each province's authority."""
    root = tmp_path_factory.mktemp("authorities")
    made = {}
    for province in ("510000", "500000"):
        authority = Authority.create(province, Passphrase(b"a passphrase for tests"), root / province, now=NOW)
        made[province] = (authority.certificate_pem.decode(), authority.publish(now=NOW))
    return made


@pytest.fixture
def settings(tmp_path: Path, authorities: dict[str, tuple[str, bytes]]) -> Settings:
    """Settings of Sichuan's node with one peer, whose files are as they should be."""
    text = (
        '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'
        f'[[peers]]\nprovince = "500000"\ntarget = "gateway.cq.example:7443"\nnode = "{PEER}"\n'
    )
    made = Settings.parse(text.encode(), tmp_path)
    for name in ("keys", "trust", "audit"):
        (tmp_path / name).mkdir()
    for province, uri in (("510000", OWN), ("500000", PEER)):
        pem, revocations = authorities[province]
        put_bundle(made, make_bundle(province, pem, uri))
        made.revocation_path(province).write_bytes(revocations)
    made.authority_path.write_bytes(authorities["510000"][0].encode())
    made.signing_vkey_path.write_text(FRAMES.verifier.vkey + "\n", encoding="utf-8")
    made.log_vkey_path.write_text(write_key_file([KeyValidity(LOG.verifier.vkey)]), encoding="utf-8")
    made.witness_vkey_path.write_text(write_key_file([KeyValidity(WITNESS.verifier.vkey)]), encoding="utf-8")
    return made


def make_bundle(province: str, authority_pem: str, uri: str) -> TrustBundle:
    """Return the bundle of a province with one node."""
    return TrustBundle(
        province,
        authority_pem,
        LISTS.verifier.vkey,
        {uri: FRAMES.verifier.vkey},
        {uri: (KeyValidity(LOG.verifier.vkey),)},
        {uri: (KeyValidity(WITNESS.verifier.vkey),)},
        NOW.isoformat(),
        (NOW + timedelta(days=90)).isoformat(),
    )


def put_bundle(settings: Settings, bundle: TrustBundle, province: str = "") -> None:
    """Put a bundle and its signature where that of a province is looked for."""
    settings.bundle_path(province or bundle.province).write_bytes(bundle.octets())
    settings.bundle_signature_path(province or bundle.province).write_bytes(sign_bundle(bundle, LISTS))


def judge_all(settings: Settings, now: datetime = NOW) -> dict[str, tuple[CheckStatus, str]]:
    """Return what is not right, by its subject: the status and what was found."""
    return {one.subject.en: (one.status, one.found.en) for one in check_trust(settings, now) if one.status is not RIGHT}


@pytest.mark.parametrize("province", ["510000", "500000"])
@pytest.mark.parametrize("suffix", ["bundle", "sig"])
def test_a_bundle_or_signature_that_is_not_there_is_wrong(settings: Settings, province: str, suffix: str) -> None:
    """Nothing else of that province is judged, and the other province is."""
    (settings.trust.directory / f"{province}.{suffix}").unlink()
    with pytest.raises(TrustError, match=f"{province}.bundle and {province}.sig"):
        read_trust(settings, province, NOW)
    assert {f"the trust bundle of {name_province(province).en}"} == set(judge_all(settings))


def test_a_bundle_in_the_place_of_anothers_is_wrong(settings: Settings) -> None:
    """A province cannot speak for another one."""
    put_bundle(settings, read_trust(settings, "510000", NOW), "500000")
    (status, found) = judge_all(settings)["the trust bundle of Chongqing (500000)"]
    assert WRONG is status
    assert "expected the bundle of 500000, found that of 510000" in found


@pytest.mark.parametrize("days", [-1, 91])
def test_a_bundle_out_of_its_dates_is_wrong(settings: Settings, days: int) -> None:
    """Before it was issued, and after it ended."""
    found = judge_all(settings, NOW + timedelta(days=days))
    assert {"the trust bundle of Sichuan (510000)", "the trust bundle of Chongqing (500000)"} == set(found)
    assert {WRONG} == {status for status, _ in found.values()}


@pytest.mark.parametrize(("days", "status"), [(22, RIGHT), (24, DOUBTFUL), (31, WRONG)])
def test_a_revocation_list_is_a_doubt_a_week_before_it_ends(settings: Settings, days: int, status: CheckStatus) -> None:
    """After its end no certificate of the province is taken."""
    found = judge_all(settings, NOW + timedelta(days=days))
    for province in ("510000", "500000"):
        assert status is found.get(f"the revocation list of {name_province(province).en}", (RIGHT, ""))[0]


@pytest.mark.parametrize("octets", [None, b"", "other"])
def test_a_revocation_list_that_is_not_the_provinces_is_wrong(
    settings: Settings, authorities: dict[str, tuple[str, bytes]], octets: bytes | str | None
) -> None:
    """It is absent, damaged, or signed by the other province's authority."""
    path = settings.revocation_path("500000")
    path.unlink()
    if octets is not None:
        path.write_bytes(authorities["510000"][1] if isinstance(octets, str) else octets)
    assert WRONG is judge_all(settings)["the revocation list of Chongqing (500000)"][0]


@pytest.mark.parametrize("octets", [None, b"another"])
def test_an_authority_that_is_not_that_of_our_bundle_is_wrong(settings: Settings, octets: bytes | None) -> None:
    """Our own node would take certificates that peers do not, or the reverse."""
    settings.authority_path.unlink()
    if octets is not None:
        settings.authority_path.write_bytes(octets)
    assert {"our own authority"} == set(judge_all(settings))


@pytest.mark.parametrize("name", ["signing_vkey_path", "log_vkey_path", "witness_vkey_path"])
@pytest.mark.parametrize("octets", [None, b"another", b"\xff"])
def test_a_key_in_use_that_our_bundle_does_not_have_is_wrong(
    settings: Settings, name: str, octets: bytes | None
) -> None:
    """No peer could verify our receipts; the file that differs is named."""
    path: Path = getattr(settings, name)
    path.unlink()
    if octets is not None:
        path.write_bytes(octets)
    found = (WRONG, f"keys that differ from {path.name}")
    assert {"this node's keys in our own bundle": found} == judge_all(settings)


def test_a_bundle_without_our_node_is_wrong(settings: Settings) -> None:
    """The absence of a key is no agreement with the absence of a file."""
    bundle = read_trust(settings, "510000", NOW)
    put_bundle(settings, replace(bundle, nodes={}, logs={}, witnesses={}))
    settings.signing_vkey_path.unlink()
    assert WRONG is judge_all(settings)["this node's keys in our own bundle"][0]


@pytest.mark.parametrize("part", ["nodes", "logs", "witnesses"])
def test_a_peers_bundle_without_its_node_is_wrong(settings: Settings, part: str) -> None:
    """A node without a key of one kind cannot be verified."""
    bundle = read_trust(settings, "500000", NOW)
    changes: dict[str, Any] = {part: {}}
    put_bundle(settings, replace(bundle, **changes))
    status, found = judge_all(settings)["the node in the bundle of Chongqing (500000)"]
    assert WRONG is status
    assert f"but not {PEER}" in found


def test_sound_trust_is_right(settings: Settings) -> None:
    """Both provinces, each with its list."""
    assert {} == judge_all(settings)
    assert "500000" == read_trust(settings, "500000", NOW).province
