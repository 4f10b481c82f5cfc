"""After a whole demo run: no byte of what a node keeps tells of a person, and both provinces' logs agree."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import app
from tests.commands import CliRunner

IDENTITY = re.compile(
    rb"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)
"""An identity number of a person born since 1900, standing by itself."""


@pytest.fixture(scope="module", name="run")
def _run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A whole demo: the directories of both nodes, and what it told."""
    place = tmp_path_factory.mktemp("demo") / "kept"
    result = CliRunner().invoke(app, ["demo", "--keep", str(place), "--json"])
    assert 0 == result.exit_code, result.stdout[-2000:]
    return place, json.loads(result.stdout)


@pytest.fixture(scope="module")
def demo(run: tuple[Path, dict[str, Any]]) -> Path:
    """The directories of both nodes after a demo."""
    return run[0]


def test_a_field_for_a_departments_eyes_alone_crosses_sealed_in_both_directions(
    run: tuple[Path, dict[str, Any]],
) -> None:
    """The department opened it, and neither the answer nor a file of a node has it in the clear."""
    sealed = [(one["item"], one["to"], one["sealed"]) for one in run[1]["exchanges"] if one["sealed"]]
    opened = [{"field": "bank_account", "octets": 160, "opened": True, "clear": []}]
    assert [("CY-FD-04", "sichuan", opened), ("CY-FD-04", "chongqing", opened)] == sealed
    assert run[1]["ok"]


def test_the_scan_finds_a_number_where_there_is_one() -> None:
    """It is no test that cannot fail."""
    assert IDENTITY.search(b'"purpose":"51999919600101001X"')
    assert not IDENTITY.search(b"0" * 18)


@pytest.mark.parametrize("province", ["sichuan", "chongqing"])
def test_nothing_that_a_node_keeps_holds_a_person_an_operator_or_a_business_in_clear(demo: Path, province: str) -> None:
    """Log, index, twin, witness's state and log lines, as bytes."""
    files = [*(demo / province / "audit").iterdir(), demo / province / "node.log"]
    assert any(path.name == "log.db" for path in files)
    for path in files:
        octets = path.read_bytes()
        assert IDENTITY.search(octets) is None, path
        for text in ("YW-2026-0001", "op-001", "TY-2026-0001", "办理群众申请事项"):
            assert text.encode() not in octets, (path, text)


def test_both_logs_agree_exchange_by_exchange(demo: Path) -> None:
    """Refusals included; every acknowledgement came."""
    result = CliRunner().invoke(app, ["audit", "reconcile", str(demo / "sichuan"), str(demo / "chongqing"), "--json"])
    told = json.loads(result.stdout)
    assert (0, True, [], 0) == (result.exit_code, told["agree"], told["one_sided"], told["unacknowledged"])
    assert told["pages"] > 10
    assert told["refused"] > 0
