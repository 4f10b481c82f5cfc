"""`chuanyu audit search`: an unknown criterion is refused, since an empty list reads as if nothing had happened."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.cli.audit.absent import find_absent
from gateway.cli.audit.whole import open_whole
from tests.audit.logs import database, five_entries
from tests.cli.world import invoke


@pytest.fixture(name="node", scope="module")
def _node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a node that has stopped."""
    directory = tmp_path_factory.mktemp("node")
    asyncio.run(five_entries(directory))
    return directory


def found(*line: object) -> tuple[int, str]:
    """Run a search that must fail; return its exit code and what it found, in English."""
    result = invoke("audit", "search", *line, "--json")
    assert result.exit_code, result.output
    return result.exit_code, json.loads(result.stdout)["error"]["found"]["en"]


def test_a_directory_without_a_log_is_wrong_usage(tmp_path: Path) -> None:
    """The path that was looked for is named."""
    assert (2, f"no file {tmp_path / 'audit' / 'log.db'}") == found(tmp_path)


def test_a_file_that_is_no_log_is_wrong_usage(tmp_path: Path) -> None:
    """Nothing of it is shown."""
    place = database(tmp_path)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"no database" * 100)
    assert 2 == found(tmp_path)[0]


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-11-24T08:00:00", "0001-01-01", "1"])
@pytest.mark.parametrize("option", ["--since", "--until"])
def test_what_is_no_moment_is_wrong_usage(node: Path, option: str, text: str) -> None:
    """A time needs its offset, and has to be one that can be counted from 1970."""
    assert (2, f"{option} {text!r}") == found(node, option, text)


@pytest.mark.parametrize(
    ("option", "value", "known"),
    [("--phase", "releases", "release"), ("--phase", "RELEASE", "release"), ("--result", "denied", "deny")],
)
def test_an_unknown_phase_or_result_is_refused(node: Path, option: str, value: str, known: str) -> None:
    """The known ones are listed."""
    result = invoke("audit", "search", node, option, value, "--json")
    error = json.loads(result.stdout)["error"]
    assert (2, f"{option} does not take {value!r}") == (result.exit_code, error["found"]["en"])
    assert known in error["expected"]["en"]


@pytest.mark.parametrize("limit", ["0", "-1", "100001", "many"])
def test_a_limit_out_of_its_bounds_is_wrong_usage(node: Path, limit: str) -> None:
    """The bounds stand in the help."""
    assert 2 == invoke("audit", "search", node, "--limit", limit).exit_code


def test_every_criterion_that_is_given_must_hold(node: Path) -> None:
    """Phase and result are combined; what nothing fits is found nowhere."""
    for line, count in (
        (("--phase", "release"), 2),
        (("--result", "deny"), 1),
        (("--phase", "release", "--result", "deny"), 0),
        (("--since", "9999-12-31"), 0),
        (("--limit", 2), 2),
    ):
        result = invoke("audit", "search", node, *line, "--json")
        assert (0, count) == (result.exit_code, json.loads(result.stdout)["found"]), line


def test_a_list_that_was_cut_says_so(node: Path) -> None:
    """Otherwise it would read as complete."""
    assert json.loads(invoke("audit", "search", node, "--limit", 2, "--json").stdout)["limited"]
    assert "there may be more" in invoke("audit", "search", node, "--limit", 2).stdout


@pytest.mark.parametrize("command", ["search", "stats"])
def test_a_mistyped_item_is_refused_with_the_nearest(node: Path, command: str) -> None:
    """Nothing found would read as if nothing had happened."""
    result = invoke("audit", command, node, "--item", "CY-ID-2", "--json")
    error = json.loads(result.stdout)["error"]
    assert (2, "no item CY-ID-2") == (result.exit_code, error["found"]["en"])
    assert "did you mean CY-ID-02?" in error["next"]["en"]


@pytest.mark.parametrize(("option", "typed"), [("--scene", "card-servce"), ("--use-basis", "nothing-such")])
def test_a_mistyped_scene_or_use_basis_is_refused(node: Path, option: str, typed: str) -> None:
    """They are those of the items."""
    code, said = found(node, option, typed)
    assert (2, True) == (code, typed in said)


def test_nothing_is_absent_that_was_not_asked_for(node: Path) -> None:
    """An empty text is no criterion; of several, each that no entry names is told."""
    with open_whole(node, None) as log:
        assert {} == find_absent(log, node)
        both = {"department": "cq-hrs", "item": "CY-HE-01"}
        assert both == find_absent(log, node, department="cq-hrs", item="CY-HE-01")


@pytest.mark.parametrize("command", ["search", "stats"])
def test_what_exists_and_no_entry_names_is_said(node: Path, command: str) -> None:
    """An item that nobody asked for, and a department that the log does not know: the answer is empty and says why."""
    for option, name, text in (("--item", "item", "CY-HE-01"), ("--department", "department", "cq-hrs")):
        result = invoke("audit", command, node, option, text, "--json")
        assert (0, {name: text}) == (result.exit_code, json.loads(result.stdout)["absent"])
        assert text in invoke("audit", command, node, option, text).stdout
    assert {} == json.loads(invoke("audit", command, node, "--json").stdout)["absent"]
