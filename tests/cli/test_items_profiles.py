"""`chuanyu items draft`, `check` and `diff`: a province's profiles, drafted, judged and compared."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from gateway.catalogue.loader import PACKAGED, load_items
from gateway.catalogue.profiles import AREAS, Area
from gateway.cli.items.profiles import COLUMNS, LAWS
from gateway.cli.main import app
from tests.cli.world import World, fail, invoke, judge, misuse, succeed
from tests.commands import CliRunner

FILE = "CY-FD-01.v1.toml"
DIFF = ("items", "diff", "sichuan", "chongqing")


def draft(place: Path, *more: str) -> dict[str, object]:
    """Draft Sichuan's profile of one item."""
    line = ("items", "draft", "--config", place, "--province", "sichuan", "--item", "CY-FD-01", *more)
    return succeed(*line)


def test_a_draft_is_written_once_and_fails_the_check_until_it_is_filled_in(tmp_path: Path) -> None:
    """What was written by hand is never overwritten."""
    assert 1 == draft(tmp_path)["files"]
    path = tmp_path / "profile" / "510000" / FILE
    assert "provider_unit: expected a text, found an empty one" in fail("items", "check", "--config", tmp_path)
    text = path.read_text(encoding="utf-8")
    for name in ("provider_unit", "approved_by", "pia_no", "secrecy_review_no", "use_conditions", "paying_rule"):
        text = text.replace(f'{name} = ""', f'{name} = "某单位"')
    text = text.replace('update_frequency = ""', 'update_frequency = "每日"')
    text = text.replace("subsidy_codes = []", 'subsidy_codes = ["A1"]')
    text = text.replace('paying_department = ""', 'paying_department = "sc-finance"')
    path.write_text(text, encoding="utf-8")
    assert 0 == draft(tmp_path)["files"]
    code, found = judge("items", "check", "--config", tmp_path)
    assert 0 == code
    assert ("doubtful", "empty: responsible office, catalogue code, registration no.") == (
        found["CY-FD-01 v1 Sichuan (510000)"]
    )
    assert found["items without a profile"][1].startswith("not in force: CY-CU-01, ")
    assert text == path.read_text(encoding="utf-8")


def test_a_made_up_profile_fails_the_check_of_a_catalogue_alone(tmp_path: Path) -> None:
    """Without trust bundles of practice nothing made up is good."""
    draft(tmp_path, "--practice")
    code, found = judge("items", "check", "--config", tmp_path)
    assert 1 == code
    assert "wrong" == found["CY-FD-01 v1 Sichuan (510000)"][0]
    assert "found a synthetic one" in found["CY-FD-01 v1 Sichuan (510000)"][1]


def test_a_node_of_practice_passes_and_is_told_so(world: World) -> None:
    """Its keys say what it is."""
    code, found = judge("items", "check", "--config", world / "sc")
    assert 0 == code
    assert "doubtful" == found["a place of practice"][0]


def test_a_node_whose_keys_are_in_earnest_refuses_made_up_profiles(world: World) -> None:
    """The same files beside an authority that was made without --practice."""
    shutil.rmtree(world / "sc-ca")
    succeed("keys", "authority", "init", "--province", "sichuan", world / "sc-ca")
    keys = world / "sc" / "keys"
    uri = "spiffe://510000.chuanyu/node/gateway-1"
    issue = ("keys", "issue", "--authority", world / "sc-ca", keys / "tls.csr", "--out", keys / "tls.crt")
    succeed(*issue, "--identity", uri)
    succeed("keys", "bundle", "--authority", world / "sc-ca", "--node", world / "sc", "--out", world / "sc.bundle")
    succeed(*world.accept("sc", "sc"))
    for signed in (world / "sc" / "catalogue" / "lists").glob("510000*.toml"):
        succeed("keys", "sign-list", "--authority", world / "sc-ca", signed)
    for signed in (world / "sc" / "catalogue" / "grants").glob("*.toml"):
        succeed("keys", "sign-grant", "--authority", world / "sc-ca", signed)
    for line in (("items", "check", "--config", world / "sc"), ("node", "check", "--config", world.config)):
        result = invoke(*line, "--json")
        assert 1 == result.exit_code
        assert "found a synthetic one: write its own" in result.stdout


@pytest.mark.parametrize(
    "line",
    [
        ("items", "draft", "--config", "PLACE", "--province", "nowhere"),
        ("items", "draft", "--config", "PLACE", "--province", "sichuan", "--item", "CY-XX-99"),
        ("items", "diff", "sichuan", "nowhere"),
        ("items", "diff", "sichuan", "PLACE"),
    ],
)
def test_what_does_not_exist_is_neither_drafted_nor_compared(tmp_path: Path, line: tuple[str, ...]) -> None:
    """Unknown provinces and items, and a directory without profiles."""
    assert misuse(*(str(tmp_path) if word == "PLACE" else word for word in line))
    assert [] == [*tmp_path.iterdir()]


def test_a_list_is_not_drafted_of_items_without_a_profile(tmp_path: Path) -> None:
    """The digest of the profile stands on it."""
    out = tmp_path / "list.toml"
    line = ("keys", "draft-list", out, "--config", tmp_path, "--province", "sichuan", "--until", "2099-12-31")
    assert "no profile of CY-CU-01" in misuse(*line)
    draft(tmp_path, "--practice")
    assert 1 == succeed(*line)["items"]
    (entry,) = tomllib.loads(out.read_text(encoding="utf-8"))["entries"]
    assert 64 == len(entry["profile"])
    assert "no profile of CY-ID-01" in misuse(*line, "--item", "CY-FD-01", "--item", "CY-ID-01")


def test_own_items_are_drafted_and_listed_with_those_shipped(tmp_path: Path) -> None:
    """One command drafts the profiles, one the list."""
    shipped = PACKAGED / "items" / "CY-TO-02.toml"
    (tmp_path / "items").mkdir()
    text = shipped.read_text(encoding="utf-8").replace('"CY-TO-02"', '"SC-TO-02"', 1)
    (tmp_path / "items" / "SC-TO-02.toml").write_text(text, encoding="utf-8")
    drafted = succeed("items", "draft", "--config", tmp_path, "--province", "510000", "--practice")
    assert len(load_items()) + 1 == drafted["files"]
    out = tmp_path / "list.toml"
    line = ("keys", "draft-list", out, "--config", tmp_path, "--province", "sichuan", "--until", "2099-12-31")
    assert len(load_items()) + 1 == succeed(*line)["items"]


def test_the_two_laws_differ_in_four_areas() -> None:
    """And the demo's profiles in nothing else."""
    told = succeed(*DIFF)
    assert {"duties", "lists", "funds", "penalties"} == {one["area"] for one in told["differences"]}
    assert {"first": ["application-list"], "second": ["catalogue", "application-list"]} == told["list_kinds"]
    assert len(load_items()) == told["items"]
    assert {"first": [], "second": []} == told["alone"]
    (one,) = [one for one in told["differences"] if (one["item"], one["column"]) == ("CY-FD-01", "penalty_basis")]
    assert one["first"] and not one["second"]


def test_two_directories_are_compared(tmp_path: Path) -> None:
    """A province's directory below `profile`, or a catalogue that has one province alone."""
    for name in ("sichuan", "chongqing"):
        succeed("items", "draft", "--config", tmp_path, "--province", name, "--item", "CY-ID-02", "--practice")
    draft(tmp_path, "--practice")
    places = [tmp_path / "profile" / code for code in ("510000", "500000")]
    told = succeed("items", "diff", *places)
    assert {"first": ["CY-FD-01 v1"], "second": []} == told["alone"]
    assert {"CY-ID-02"} == {one["item"] for one in told["differences"]}
    assert "profiles of 500000, 510000" in misuse("items", "diff", tmp_path, "chongqing")
    same = succeed("items", "diff", places[0], places[0])
    assert [] == same["differences"]


@pytest.mark.parametrize(("language", "words"), [("zh", "职责 清单 资金 处罚"), ("en", "duties lists funds penalties")])
def test_the_comparison_is_in_the_language_of_the_run(language: str, words: str) -> None:
    """Each area with where it stands in the two regulations."""
    result = CliRunner().invoke(app, list(DIFF), env={"CHUANYU_LANG": language, "COLUMNS": "80"})
    assert 0 == result.exit_code
    assert all(word in result.stdout for word in words.split())


def test_every_column_and_area_has_its_words() -> None:
    """In both languages."""
    assert set(AREAS) == set(COLUMNS)
    assert {str(area) for area in Area} == set(LAWS)
    assert all(label.zh and label.en for label in (*COLUMNS.values(), *LAWS.values()))
