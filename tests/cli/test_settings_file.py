"""The settings file that a command names: each fault is told in both languages, and one table can be read alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.screen import CheckStatus, Problem
from gateway.cli.settings_file import describe_faults, load_catalogue_directory, load_settings, report_faults
from gateway.ground.item import Label
from gateway.settings import SettingsError, SettingsFault

FAULTS = (
    SettingsFault("listen.port", Label("零", "0"), Label("端口", "a port"), Label("改正", "correct it")),
    SettingsFault("node", Label("没有", "nothing"), Label("一表", "a table"), Label("补上", "add it")),
)


def write(directory: Path, text: str) -> Path:
    """Write a settings file and return its path."""
    path = directory / "node.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_that_is_not_there_is_a_problem_with_its_path(tmp_path: Path) -> None:
    """The next step is how to make one."""
    with pytest.raises(Problem) as caught:
        load_settings(tmp_path / "node.toml")
    assert str(tmp_path / "node.toml") in caught.value.found.en
    assert "chuanyu node init" in caught.value.remedy.en


def test_every_fault_of_a_file_stands_in_one_problem(tmp_path: Path) -> None:
    """A person corrects all of them at once."""
    with pytest.raises(Problem) as caught:
        load_settings(write(tmp_path, '[node]\nprovince = "51"\nname = "n"\n[listen]\nport = 0\n'))
    for place in ("node.province", "listen.port", "platform"):
        assert f"{place}: " in caught.value.found.en
        assert f"{place}：" in caught.value.found.zh


def test_faults_become_one_problem_with_the_first_next_step() -> None:
    """Place by place, in both languages."""
    problem = describe_faults(SettingsError(FAULTS))
    assert "listen.port: 0; node: nothing" == problem.found.en
    assert "listen.port：零；node：没有" == problem.found.zh
    assert "listen.port: a port; node: a table" == problem.expected.en
    assert Label("改正", "correct it") == problem.remedy


def test_faults_become_one_wrong_finding_each() -> None:
    """Each has its own next step."""
    found = report_faults(FAULTS)
    assert ["the setting listen.port", "the setting node"] == [one.subject.en for one in found]
    assert ["0; expected a port", "nothing; expected a table"] == [one.found.en for one in found]
    assert {CheckStatus.WRONG} == {one.status for one in found}
    assert ["correct it", "add it"] == [one.remedy.en for one in found]


def test_a_sound_file_gives_its_settings(tmp_path: Path) -> None:
    """Relative places belong to its directory."""
    text = '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'
    settings = load_settings(write(tmp_path, text))
    assert ("510000", tmp_path / "catalogue") == (settings.node.province, settings.catalogue.directory)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[catalogue", "node.toml"),
        ("catalogue = 3", "catalogue"),
        ("[catalogue]\ndirectory = ''", "catalogue.directory"),
        ("[catalogue]\ndirectory = 3", "catalogue.directory"),
        ("[catalogue]\ndirectori = 'x'", "catalogue.directori"),
        pytest.param("#" * (1 << 22), "node.toml", id="too long"),
    ],
)
def test_a_catalogue_that_cannot_be_read_is_a_problem_that_names_the_place(
    tmp_path: Path, text: str, place: str
) -> None:
    """No other directory stands in for it."""
    with pytest.raises(Problem) as caught:
        load_catalogue_directory(write(tmp_path, text))
    assert f"{place}: " in caught.value.found.en


def test_a_settings_file_that_is_a_directory_has_no_catalogue(tmp_path: Path) -> None:
    """The error of the system is told."""
    with pytest.raises(Problem, match="directory"):
        load_catalogue_directory(tmp_path)


@pytest.mark.parametrize(
    ("text", "name"),
    [("", "catalogue"), ("[catalogue]\ndirectory = 'own'", "own"), ("[listen]\nport = 0", "catalogue")],
)
def test_the_catalogue_is_read_whatever_the_rest_of_the_file_says(tmp_path: Path, text: str, name: str) -> None:
    """A file that is half written already names its catalogue, or has the default."""
    assert tmp_path / name == load_catalogue_directory(write(tmp_path, text))
