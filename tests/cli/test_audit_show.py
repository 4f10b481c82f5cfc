"""`chuanyu audit show` names every field of the entry that it shows, in words of either language."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.audit.entries.entry import FIELDS
from gateway.cli.audit.app import app
from gateway.cli.audit.show import FIELD_NAMES
from gateway.cli.language import Language, choose
from gateway.cli.names import name_department
from gateway.cli.screen import Problem
from tests.audit.logs import database, five_entries
from tests.commands import CliRunner, Result


@pytest.fixture(name="node", scope="module")
def _node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a node that has stopped."""
    directory = tmp_path_factory.mktemp("node")
    asyncio.run(five_entries(directory))
    return directory


def show(*arguments: object) -> Result:
    """Run the command; wide enough that no name is folded."""
    return CliRunner().invoke(app, ["show", *map(str, arguments)], env={"COLUMNS": "200"})


def problem(result: Result) -> Problem:
    """Return the problem with which the command ended."""
    assert isinstance(result.exception, Problem), result.output
    return result.exception


@pytest.mark.parametrize("version", sorted(FIELDS))
def test_every_field_of_a_version_has_a_name(version: int) -> None:
    """A version that can be read has no field which a reviewer would see without a Chinese name."""
    assert frozenset() == FIELDS[version] - FIELD_NAMES.keys()


def test_no_name_is_of_a_field_that_no_entry_has() -> None:
    """A name that outlives its field is removed with it."""
    assert frozenset() == FIELD_NAMES.keys() - frozenset().union(*FIELDS.values())


def test_no_two_fields_have_the_same_name() -> None:
    """A reviewer tells the fields apart by their names alone, in either language."""
    assert len(FIELD_NAMES) == len({label.zh for label in FIELD_NAMES.values()})
    assert len(FIELD_NAMES) == len({label.en for label in FIELD_NAMES.values()})
    assert all(label.zh and label.en for label in FIELD_NAMES.values())
    assert [] == [label.en for label in FIELD_NAMES.values() if "_" in label.en or label.en == "v"]


@pytest.mark.parametrize("index", range(5))
def test_an_entry_is_shown_with_all_its_fields(node: Path, index: int) -> None:
    """Each field of the JSON stands once, under its name."""
    lines = show(node, index).stdout.splitlines()
    fields = json.loads(show(node, index, "--json").stdout).keys() - {"index", "leaf_hash", "origin"}
    for name in fields:
        head = f"{FIELD_NAMES[name].zh} {FIELD_NAMES[name].en}"
        assert 1 == sum(line == head or line.startswith(f"{head}： : ") for line in lines), name


@pytest.mark.parametrize("index", range(5))
def test_no_value_is_in_the_writing_of_a_program(node: Path, index: int) -> None:
    """The place of an entry in another log stands as its name, index and leaf hash; what is empty is said to be."""
    said = show(node, index).stdout
    assert [] == [sign for sign in ("{'", "True", "None") if sign in said]
    assert [] == [line for line in said.splitlines() if line.endswith(("：", ": "))]


def test_a_directory_without_a_log_is_wrong_usage(tmp_path: Path) -> None:
    """The path that was looked for is named, and nothing is made there."""
    found = problem(show(tmp_path, 0))
    assert (2, f"no file {tmp_path / 'audit' / 'log.db'}") == (found.exit_code, found.found.en)
    assert [] == list(tmp_path.iterdir())


def test_an_index_that_no_entry_has_is_wrong_usage(node: Path) -> None:
    """The indexes that exist are named."""
    found = problem(show(node, 5))
    assert (2, "an index from 0 to 4") == (found.exit_code, found.expected.en)


@pytest.mark.parametrize("index", ["-1", "x", "1.5", ""])
def test_what_is_no_index_is_wrong_usage(node: Path, index: str) -> None:
    """An index is a whole number from 0."""
    assert 2 == show(node, "--", index).exit_code


def test_a_log_that_is_no_database_is_wrong_usage(node: Path, tmp_path: Path) -> None:
    """It is said how to go on, and nothing of the file is shown."""
    place = database(tmp_path)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"no database" * 100)
    found = problem(show(tmp_path, 0))
    assert 2 == found.exit_code
    assert "chuanyu audit migrate" in found.remedy.en


def test_a_department_has_its_name_in_chinese() -> None:
    """One of neither province, or of no known kind, keeps its code."""
    try:
        choose(Language.ZH)
        assert "重庆市文化和旅游部门（cq-culture-tourism）" == name_department("cq-culture-tourism")
        assert "四川省残疾人联合会（sc-disabled-persons）" == name_department("sc-disabled-persons")
        assert ["xx-hrss", "cq-nobody", ""] == [name_department(code) for code in ("xx-hrss", "cq-nobody", "")]
    finally:
        choose(None)
