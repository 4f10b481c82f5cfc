"""`chuanyu items`: what a person and a program read of the items."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.catalogue.digest import digest
from gateway.catalogue.loader import PACKAGED, load_items
from gateway.catalogue.parties import DepartmentType
from gateway.cli.items.app import app
from gateway.cli.items.typed import find_items
from gateway.cli.language import Language, choose
from gateway.cli.names import NAMES
from gateway.cli.screen import Problem
from gateway.ground.item import Domain, Item, LegalClass, Level, SharingClass
from tests.commands import CliRunner, Result

ITEMS = load_items()


def run(*arguments: str) -> Result:
    """Run the command on a wide screen."""
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "240"})


def problem(*arguments: str) -> Problem:
    """Return why the command cannot be done."""
    found = run(*arguments).exception
    assert isinstance(found, Problem)
    return found


def test_the_list_names_every_item_in_both_languages() -> None:
    """Code, domain, name, class and providers."""
    shown = run("list").stdout
    for item in ITEMS:
        names = [NAMES[Domain][item.domain], NAMES[SharingClass][item.sharing_class]]
        names += [NAMES[DepartmentType][one] for one in item.providers]
        english = [word for name in names for word in name.en.split()]
        for word in (item.code, item.label.zh, item.label.en, *(name.zh for name in names), *english):
            assert word in shown


def test_the_list_as_json_is_one_value() -> None:
    """With the digest by which lists bind an item."""
    rows = json.loads(run("list", "--json").stdout)
    assert [item.code for item in ITEMS] == [row["code"] for row in rows]
    assert digest(ITEMS[0]) == rows[0]["digest"]
    assert ITEMS[0].label.zh == rows[0]["label"]["zh"]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_an_item_is_shown_with_each_field_class_and_level(item: Item) -> None:
    """Nothing of a field is left to be guessed."""
    text = run("show", item.code).stdout
    for word in (item.catalogue_name, item.grading, digest(item)):
        assert word in text
    for field in item.fields:
        lines = text[: text.rfind("代码集")].splitlines()
        *_, place = [number for number, line in enumerate(lines) if line.split()[:1] == [field.name]]
        (label, here) = lines[place - 1 : place + 1]
        assert field.label.zh in label
        assert NAMES[Level][field.level].zh in label
        assert NAMES[LegalClass][field.legal_class].zh in here
        assert any(field.level in line for line in lines[place : place + 3])


def test_an_item_as_json_has_every_column() -> None:
    """The masks with their parameters too."""
    (row,) = json.loads(run("show", "CY-ID-02", "--json").stdout)
    (card_no,) = [field for field in row["fields"] if field["name"] == "card_no"]
    assert [["keep_first", 2], ["keep_last", 2]] == card_no["params"]
    assert "pia_no" not in row  # a province's profile says it


def test_a_draft_article_is_shown_as_a_drafts() -> None:
    """So that nobody quotes it as law."""
    assert "《重庆市社会保障卡一卡通条例》第十三条（条号据草案，待核）" in run("show", "CY-FD-01").stdout


def test_an_unknown_code_is_a_problem_with_a_next_step() -> None:
    """It ends with exit code 1."""
    found = problem("show", "CY-XX-99")
    assert 2 == found.exit_code
    assert "CY-XX-99" in found.found.zh
    assert "chuanyu items list" in found.remedy.en


def test_a_settings_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """The items shipped do not stand in silently for a mistyped path."""
    assert "does not exist" in problem("list", "--config", str(tmp_path / "node.toml")).found.en


def test_the_items_beside_the_settings_add_to_those_shipped(tmp_path: Path) -> None:
    """Whether the file or its directory is named; without items there, those shipped are all."""
    config = tmp_path / "node.toml"
    config.write_text("", encoding="utf-8")
    assert len(ITEMS) == len(json.loads(run("list", "--json", "--config", str(config)).stdout))
    put_item(tmp_path, "SC-TO-02")
    for path in (config, tmp_path):
        codes = [row["code"] for row in json.loads(run("list", "--json", "--config", str(path)).stdout)]
        assert sorted([*(item.code for item in ITEMS), "SC-TO-02"]) == codes


def put_item(directory: Path, code: str) -> None:
    """Put an item under a code of its own into a directory's `items`."""
    (directory / "items").mkdir(parents=True)
    text = (PACKAGED / "items" / "CY-TO-02.toml").read_text(encoding="utf-8")
    (directory / "items" / f"{code}.toml").write_text(text.replace('"CY-TO-02"', f'"{code}"', 1), encoding="utf-8")


def list_codes(config: Path) -> list[str]:
    """Return the codes of its own that the list shows for a configuration."""
    shipped = {item.code for item in ITEMS}
    rows = json.loads(run("list", "--json", "--config", str(config)).stdout)
    return [row["code"] for row in rows if row["code"] not in shipped]


def test_settings_that_do_not_name_a_catalogue_well_are_a_problem(tmp_path: Path) -> None:
    """The items shipped do not stand in silently for those of a catalogue that cannot be found."""
    (tmp_path / "node.toml").write_text("[catalogue]\ndirectory = 3\n", encoding="utf-8")
    for path in (tmp_path, tmp_path / "node.toml"):
        assert "catalogue.directory" in problem("list", "--config", str(path)).found.en


@pytest.mark.parametrize(("text", "name"), [("", "catalogue"), ("[catalogue]\ndirectory = 'signed'\n", "signed")])
def test_the_items_of_a_nodes_catalogue_are_read(tmp_path: Path, text: str, name: str) -> None:
    """They are those that the node itself loads, whether its settings file or its directory is named."""
    (tmp_path / "node.toml").write_text(text, encoding="utf-8")
    put_item(tmp_path / name, "SC-TO-02")
    assert ["SC-TO-02"] == list_codes(tmp_path)
    assert ["SC-TO-02"] == list_codes(tmp_path / "node.toml")


def test_a_directory_that_has_items_needs_no_settings(tmp_path: Path) -> None:
    """An author of items has no node, and a catalogue beside them changes nothing."""
    put_item(tmp_path, "SC-TO-02")
    put_item(tmp_path / "catalogue", "SC-TO-03")
    assert ["SC-TO-02"] == list_codes(tmp_path)


def test_faulty_items_are_a_problem_that_names_every_fault(tmp_path: Path) -> None:
    """File, key, expected and found."""
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "a.toml").write_text("colour = 'red'\n", encoding="utf-8")
    found = problem("list", "--config", str(tmp_path))
    assert "a.toml: colour: expected one of" in found.found.en
    assert "a.toml: catalogue_name: expected a text, found nothing" in found.found.en


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_an_item_is_explained_field_by_field(item: Item) -> None:
    """Class, operator, epoch and example, of an adult and of a minor, and the candidates left."""
    (told,) = json.loads(run("explain", item.code, "--recipient", "500000/cq-hrss", "--json").stdout)
    assert [field.name for field in item.fields] == [field["name"] for field in told["fields"]]
    assert item.scenes[0][0] == told["scene"]
    for field, shown in zip(item.fields, told["fields"], strict=True):
        assert (field.legal_class, field.level, field.minor_level) == (
            shown["class"],
            shown["operator"],
            shown["minor"]["operator"],
        )
        if field.level is not Level.CLEAR:
            assert shown["example"]["held"] != shown["example"]["left"] or shown["kind"] == "boolean"
        if field.minor_level is Level.DROP:
            assert shown["minor"]["example"]["left"] is None
    assert min(told["candidates_left"], told["candidates_left_minor"]) > 0
    text = run("explain", item.code, "--recipient", "500000/cq-hrss").stdout
    assert f"{told['candidates_left']:,}" in text
    assert all(field.name in text for field in item.fields)


@pytest.mark.parametrize("typed", ["cy-id-02", " CY-ID-02 ", "社会保障卡状态核验"])
def test_an_item_is_found_by_its_code_in_any_letters_and_by_its_name(typed: str) -> None:
    """Of `show` and of `explain`."""
    assert ["CY-ID-02"] == [item.code for item in find_items(ITEMS, typed)]
    assert "CY-ID-02" == json.loads(run("show", typed, "--json").stdout)[0]["code"]
    assert 0 == run("explain", typed, "--recipient", "500000/cq-hrss").exit_code


@pytest.mark.parametrize("typed", ["cy-id-2", "社会保障卡状态"])
def test_an_item_that_is_nearly_one_is_told_the_nearest(typed: str) -> None:
    """By code and by name."""
    assert "did you mean CY-ID-02?" in problem("show", typed).remedy.en


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
def test_no_code_of_a_scene_or_a_use_basis_is_folded(item: Item) -> None:
    """On a screen of eighty columns, in Chinese, where the names stand before the codes."""
    try:
        choose(Language.ZH)
        shown = CliRunner().invoke(app, ["show", item.code], env={"COLUMNS": "80"}).stdout
    finally:
        choose(None)
    assert [] == [code for code, _ in (*item.scenes, *item.use_bases) if code not in shown]


@pytest.mark.parametrize(
    ("word", "arguments"),
    [
        ("no item CY-XX-99", ("CY-XX-99", "--recipient", "500000/cq-hrss")),
        ("the recipient cq-hrss", ("CY-ID-02", "--recipient", "cq-hrss")),
        ("the recipient 500000/", ("CY-ID-02", "--recipient", "500000/")),
        ("the scene nowhere", ("CY-ID-02", "--recipient", "500000/cq-hrss", "--scene", "nowhere")),
    ],
)
def test_what_cannot_be_explained_is_a_problem_with_a_next_step(word: str, arguments: tuple[str, ...]) -> None:
    """In both languages."""
    found = problem("explain", *arguments)
    assert word in found.found.en
    assert found.remedy.zh


def test_an_item_of_ones_own_that_cannot_be_masked_says_why(tmp_path: Path) -> None:
    """Before any list or grant of it is signed."""
    items = tmp_path / "items"
    items.mkdir()
    text = (PACKAGED / "items" / "CY-ID-02.toml").read_text(encoding="utf-8")
    text += """
[[fields]]
name = "id_no"
label = { zh = "证件号码", en = "identity number" }
kind = "string"
max_len = 18
legal_class = "general"
level = "partial"
params = { keep_first = 1, keep_last = 1 }
source_department = "hrss"
"""
    (items / "SC-ID-02.toml").write_text(text.replace('"CY-ID-02"', '"SC-ID-02"', 1), encoding="utf-8")
    found = problem("explain", "SC-ID-02", "--recipient", "500000/cq-hrss", "--config", str(tmp_path))
    assert "SC-ID-02.region_code: expected a region of at most a prefecture" in found.found.en
