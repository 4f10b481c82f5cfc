"""The checks of the catalogue: every fault, what both sides have listed, and whether the masks compile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.schema import CatalogueError, Faults
from gateway.cli.checks.catalogue import check_catalogue
from gateway.cli.provinces import name_province
from gateway.cli.screen import CheckFinding, CheckStatus
from gateway.masking.faults import PlanError
from gateway.settings import Settings
from keys.keystore import KeystoreError, Passphrase
from keys.trust import TrustError
from tests.catalogue.documents import CHONGQING, FUTURE, PAST, SICHUAN, catalogue, grant_document, item_list

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
PASSPHRASE = Passphrase(b"a passphrase for tests")
RIGHT, DOUBTFUL, WRONG = CheckStatus.RIGHT, CheckStatus.DOUBTFUL, CheckStatus.WRONG

SETTINGS = Settings.parse(
    (
        b'[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n[[peers]]\n'
        b'province = "500000"\ntarget = "gateway.cq.example:7443"\nnode = "spiffe://500000.chuanyu/node/gateway-1"\n'
    ),
    Path("/etc/chuanyu"),
)


def judge_all(
    monkeypatch: pytest.MonkeyPatch, loaded: Catalogue | Exception, *, secret: bytes | Exception | None = None
) -> dict[str, CheckFinding]:
    """Return the findings of a catalogue, or of the error of its files, by subject."""

    def load(*given: object, **named: object) -> Catalogue:
        if isinstance(loaded, Exception):
            raise loaded
        return loaded

    def load_secret(*given: object) -> bytes:
        if not isinstance(secret, bytes):
            raise secret or AssertionError("no secret is read without a passphrase")
        return secret

    def read_trust(settings: Settings, province: str, now: datetime) -> Any:
        return SimpleNamespace(list_verifier=province)

    monkeypatch.setattr("gateway.catalogue.loader.load_catalogue", load)
    monkeypatch.setattr("keys.keystore.load_secret", load_secret)
    monkeypatch.setattr("gateway.cli.checks.trust.read_trust", read_trust)
    return {one.subject.en: one for one in check_catalogue(SETTINGS, PASSPHRASE if secret else None, NOW)}


def test_a_wrong_trust_bundle_leaves_the_catalogue_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is believed by the key of a bundle alone."""
    loaded = catalogue()

    def refuse(*given: object) -> None:
        raise TrustError("no bundle")

    monkeypatch.setattr("gateway.catalogue.loader.load_catalogue", lambda *given, **named: loaded)
    monkeypatch.setattr("gateway.cli.checks.trust.read_trust", refuse)
    (finding,) = check_catalogue(SETTINGS, PASSPHRASE, NOW)
    assert (WRONG, "not looked at, since a trust bundle is wrong") == (finding.status, finding.found.en)


def test_every_fault_of_every_file_is_a_wrong_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each under the name of its file, with its place where it has one."""
    faults = Faults()
    faults.add("a.toml", "code", "expected a code")
    faults.add("b.toml", "", "expected a signature beside it")
    with pytest.raises(CatalogueError) as caught:
        faults.settle()
    found = judge_all(monkeypatch, caught.value)
    assert {"a.toml": "code: expected a code", "b.toml": "expected a signature beside it"} == {
        file: one.found.en for file, one in found.items()
    }
    assert {WRONG} == {one.status for one in found.values()}


def test_a_province_without_a_list_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a grant across both is then a doubt."""
    found = judge_all(monkeypatch, catalogue(lists=(item_list(),)))
    assert (WRONG, "no list") == (
        found[f"the lists of {name_province(CHONGQING).en}"].status,
        found[f"the lists of {name_province(CHONGQING).en}"].found.en,
    )
    assert f"the lists of {name_province(SICHUAN).en}" not in found
    assert DOUBTFUL is found["the grant G-2026-001"].status


def test_a_list_that_has_ended_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question under the grant is refused."""
    found = judge_all(monkeypatch, catalogue(lists=(item_list(), item_list(CHONGQING, days=PAST))))
    assert WRONG is found["the grant G-2026-001"].status
    assert "grants and the lists of both sides" not in found


@pytest.mark.parametrize("days", [PAST, FUTURE])
def test_a_grant_out_of_its_dates_is_a_doubt(monkeypatch: pytest.MonkeyPatch, days: tuple[Any, Any]) -> None:
    """It hinders no other grant."""
    lapsed = grant_document(id="G-2", valid_from=days[0], valid_until=days[1])
    found = judge_all(monkeypatch, catalogue(grants=(grant_document(), lapsed)))
    assert DOUBTFUL is found["the grant G-2"].status
    assert f"outside its dates: {days[0]} to {days[1]}" == found["the grant G-2"].found.en
    assert "the items of 1 grants are listed" == found["grants and the lists of both sides"].found.en


def test_a_catalogue_without_a_grant_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node can run, and refuses every question."""
    found = judge_all(monkeypatch, replace(catalogue(), grants=()))
    assert (DOUBTFUL, "none, so every question is refused") == (found["grants"].status, found["grants"].found.en)


def test_a_secret_that_does_not_open_leaves_the_masks_uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is wrong, and no silence."""
    found = judge_all(monkeypatch, catalogue(), secret=KeystoreError("damaged", "已损坏", ("restore it", "恢复它")))
    assert WRONG is found["the masking plans"].status
    assert "their secret does not open" in found["the masking plans"].found.en


def test_masks_that_do_not_compile_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the words of the plan's error."""

    def refuse(*given: object) -> None:
        raise PlanError("CY-ID-02", "birth_date", "a year", "a day")

    monkeypatch.setattr("gateway.masking.plans.Masking", refuse)
    found = judge_all(monkeypatch, catalogue(), secret=b"s" * 32)
    assert (WRONG, "CY-ID-02.birth_date: expected a year, found a day") == (
        found["the masking plans"].status,
        found["the masking plans"].found.en,
    )


def test_a_sound_catalogue_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in force is counted; without a passphrase the masks are not spoken of."""
    found = judge_all(monkeypatch, catalogue(), secret=b"s" * 32)
    assert {RIGHT} == {one.status for one in found.values()}
    assert found["items, lists, grants, agreements and roster"].found.en.endswith(" 2 lists, 1 grants, 0 agreements")
    assert found["the masking plans"].found.en.endswith(" compile")
    assert "the masking plans" not in judge_all(monkeypatch, catalogue())
