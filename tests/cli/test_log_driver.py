"""A node set to PostgreSQL where its driver is not installed: one sentence, in both languages, of every command."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from gateway.audit.storage.database import PostgresPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.recovery import StoreInvalid
from gateway.audit.storage.store import Store
from gateway.cli import log_driver
from gateway.cli.log_driver import check_driver, require_driver
from gateway.cli.screen import CheckStatus, Problem
from gateway.settings import Settings
from tests.cli.world import World, invoke, judge

INSTALL = "pip install 'chuanyu-gateway[postgres]'"


@pytest.fixture
def config(world: World) -> Path:
    """The settings of a node whose log is said to lie in PostgreSQL."""
    text = world.config.read_text(encoding="utf-8")
    (world / "sc" / "audit" / "log.db").unlink()
    world.config.write_text(f'{text}\n[audit]\nstore = "postgresql"\ndsn_file = "dsn"\n', encoding="utf-8")
    return world.config


@pytest.fixture
def without_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python does not find the driver."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    for module in ("postgres", "session"):
        monkeypatch.delitem(sys.modules, f"gateway.audit.storage.{module}", raising=False)


def parse(store: str) -> Settings:
    """Return settings of a node whose log lies in that store."""
    text = f'[node]\nprovince = "510000"\nname = "n"\n[platform]\nkind = "sichuan"\n[audit]\nstore = "{store}"\n'
    return Settings.parse(text.encode(), Path("/etc/chuanyu"))


def test_a_log_on_a_server_without_the_driver_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One problem of a command, and one wrong finding of a check, with the same words."""
    monkeypatch.setattr(log_driver, "find_spec", lambda name: None)
    with pytest.raises(Problem) as caught:
        require_driver(parse("postgresql"))
    (finding,) = check_driver(parse("postgresql"))
    assert CheckStatus.WRONG is finding.status
    assert (finding.found, finding.remedy) == (caught.value.found, caught.value.remedy)
    assert INSTALL in finding.remedy.en


def test_a_log_in_a_file_asks_for_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is installed does not come up."""
    monkeypatch.setattr(log_driver, "find_spec", lambda name: None)
    require_driver(parse("sqlite"))
    assert [] == list(check_driver(parse("sqlite")))


def test_a_driver_that_is_there_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the library asyncpg that is looked for."""
    asked: list[str] = []

    def find_spec(name: str) -> str:
        asked.append(name)
        return name

    monkeypatch.setattr(log_driver, "find_spec", find_spec)
    require_driver(parse("postgresql"))
    assert [CheckStatus.RIGHT] == [one.status for one in check_driver(parse("postgresql"))]
    assert {"asyncpg"} == set(asked)


@pytest.mark.usefixtures("without_driver")
@pytest.mark.parametrize(
    "command",
    [
        ("node", "run", "--config", "node.toml"),
        ("audit", "verify", ".", "--json"),
        ("audit", "retain", ".", "--json"),
        ("audit", "search", ".", "--json"),
    ],
)
def test_a_command_that_needs_the_log_says_what_to_install(
    config: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Expected, found and the next step, in Chinese and in English; no error of Python's."""
    monkeypatch.chdir(config.parent)
    monkeypatch.setenv("COLUMNS", "300")
    result = invoke(*command)
    assert 1 == result.exit_code
    for words in ("未安装 asyncpg", "the library asyncpg is not installed", "已安装的 asyncpg", INSTALL):
        assert words in result.output
    assert "Error" not in result.output


@pytest.mark.usefixtures("without_driver")
@pytest.mark.parametrize("command", [("node", "check"), ("doctor",)])
def test_a_check_finds_it_and_goes_on(config: Path, command: tuple[str, ...]) -> None:
    """It is wrong, with what to install; what else is checked is checked."""
    result = invoke(*command, "--config", config, "--json")
    found = json.loads(result.stdout)["findings"]
    (driver,) = [one for one in found if one["subject"]["en"] == "the driver of PostgreSQL"]
    assert (1, "wrong") == (result.exit_code, driver["judgement"])
    assert "未安装 asyncpg" in driver["found"]["zh"]
    assert "asyncpg is not installed" in driver["found"]["en"]
    assert INSTALL in driver["next"]["zh"]
    assert INSTALL in driver["next"]["en"]
    assert found.index(driver) < len(found) - 1


@pytest.mark.usefixtures("without_driver")
async def test_whoever_opens_such_a_log_is_told_so(tmp_path: Path) -> None:
    """Writer, reader and maker get the error of a log that cannot be used, not one of an import."""
    place = PostgresPlace(tmp_path / "dsn", "log")
    with pytest.raises(StoreInvalid, match=r"chuanyu-gateway\[postgres\]"):
        await Store.open(place)
    with pytest.raises(StoreInvalid, match=r"chuanyu-gateway\[postgres\]"):
        await Store.create(place, "origin", created_us=1)
    with pytest.raises(StoreInvalid, match=r"chuanyu-gateway\[postgres\]"):
        LogReader(place)


@pytest.mark.usefixtures("without_driver")
def test_a_log_in_a_file_needs_no_driver(world: World) -> None:
    """It is neither asked for nor spoken of; what was recorded while the node has never run is signed by its start."""
    result = invoke("audit", "verify", world / "sc", "--json")
    assert (3, ["unsigned", "witness_missing"]) == (
        result.exit_code,
        [one["code"] for one in json.loads(result.stdout)["reasons"]],
    )
    assert "asyncpg" not in result.output
    assert "the driver of PostgreSQL" not in judge("node", "check", "--config", world.config)[1]


def test_where_it_is_installed_the_check_says_so(config: Path) -> None:
    """And the log itself is what is looked at next."""
    _, found = judge("node", "check", "--config", config)
    assert ("right", "asyncpg is installed") == found["the driver of PostgreSQL"]
    assert "wrong" == found["the audit log"][0]
