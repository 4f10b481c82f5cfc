"""`chuanyu audit person`, `official`, `open` and their like ask a node, and never show what was wrong to ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
import pytest
from typer.testing import Result

from gateway.audit.review.bundle import BodyText
from gateway.audit.review.opened import read_opened
from gateway.ground.refusals import Reason
from gateway.wire.v1 import ledger_pb2
from tests.cli.listener import WRONG_FILES, Ended, answer_with, listen, make_files, options_of, refuse, stream_with
from tests.cli.world import invoke
from tests.samples import NUMBER


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys and certificates of both sides, an approval, a number and a pseudonym."""
    files = make_files(tmp_path_factory.mktemp("audit"))
    (files / "approval").write_bytes(b"{}")
    (files / "number").write_text(f"{NUMBER}\n", encoding="ascii")
    (files / "token").write_text("a" * 32 + "\n", encoding="ascii")
    return files


def line_of(command: str, files: Path) -> list[Any]:
    """Return a line in which nothing is wrong but for the connection that it does not name."""
    approved = ["--approval", files / "approval"]
    months = ["--since", "2026-11", "--until", "2026-11", "--number-file", files / "number"]
    lines: dict[str, list[Any]] = {
        "person": ["audit", "person", *approved, *months],
        "official": ["audit", "official", "--ref", "op-001", "--unit", "sc-hrss", *months[:4]],
        "department": ["audit", "department", "sc-hrss", *months[:4]],
        "open": ["audit", "open", 0, *approved],
        "recover": ["audit", "recover", 1, *approved, "--field", "name", "--token-file", files / "token"],
    }
    return lines[command]


COMMANDS = ("person", "official", "department", "open", "recover")


def call(files: Path, handlers: dict[str, Any], *line: object) -> Result:
    """Run a command against a node that answers so."""
    with listen(files, "Ledger", handlers) as target:
        return invoke(*line, *options_of(files, target), "--json")


def found(result: Result) -> str:
    """Return what a command that failed has found, in English."""
    text: str = json.loads(result.stdout)["error"]["found"]["en"]
    return text


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("wrong", WRONG_FILES)
def test_a_file_of_the_connection_that_cannot_be_used_is_named(files: Path, command: str, wrong: str) -> None:
    """Nothing is dialled, and nothing that a file holds is shown."""
    changes, named = WRONG_FILES[wrong]
    given = {name: files / file for name, file in changes.items()}
    result = invoke(*line_of(command, files), *options_of(files, "localhost:1", **given), "--json")
    assert 2 == result.exit_code, result.output
    assert named in found(result)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_node_that_does_not_run_cannot_be_reached(files: Path, command: str) -> None:
    """The exit code is 4."""
    result = invoke(*line_of(command, files), *options_of(files, "localhost:1"), "--json")
    assert (4, "localhost:1 cannot be reached") == (result.exit_code, found(result))


@pytest.mark.parametrize("command", ["person", "open", "recover"])
@pytest.mark.parametrize("path", ["absent", "."])
def test_an_approval_that_cannot_be_read_is_named(files: Path, command: str, path: str) -> None:
    """The node is not asked without one."""
    line = line_of(command, files)
    line[line.index("--approval") + 1] = files / path
    result = invoke(*line, *options_of(files, "localhost:1"), "--json")
    assert 2 == result.exit_code
    assert str(files / path) in found(result)


@pytest.mark.parametrize(("text", "count"), [("", 1), (f"{NUMBER} {NUMBER}", 2), ("9" * 65, 3)])
def test_no_number_or_more_than_one_is_wrong_usage(files: Path, tmp_path: Path, text: str, count: int) -> None:
    """It is not repeated in what is said."""
    path = tmp_path / "number"
    path.write_text(text, encoding="ascii")
    line = line_of("person", files)
    line[line.index("--number-file") + 1] = path
    result = invoke(*line, *options_of(files, "localhost:1"), "--json")
    assert (2, "no number, or more than one") == (result.exit_code, found(result))
    assert NUMBER not in result.output


@pytest.mark.parametrize("text", ["", "a", "a" * 31, "q" * 32, "a" * 33, "A" * 32])
def test_what_is_no_pseudonym_is_wrong_usage(files: Path, tmp_path: Path, text: str) -> None:
    """A pseudonym is 32 letters from a to p."""
    path = tmp_path / "token"
    path.write_text(text, encoding="ascii")
    line = line_of("recover", files)
    line[line.index("--token-file") + 1] = path
    result = invoke(*line, *options_of(files, "localhost:1"), "--json")
    assert (2, "no pseudonym, or another form") == (result.exit_code, found(result))


@pytest.mark.parametrize("text", ["yesterday", "2026-13", "2026-11-24", "2026", "²"])
@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize("command", ["person", "official", "department"])
def test_what_is_no_month_is_wrong_usage(files: Path, command: str, option: str, text: str) -> None:
    """Tokens are of months, and so are their histories."""
    line = line_of(command, files)
    line[line.index(option) + 1] = text
    result = invoke(*line, *options_of(files, "localhost:1"), "--json")
    assert 2 == result.exit_code, result.output
    assert found(result).startswith(option)


@pytest.mark.parametrize(
    ("command", "method", "handler"),
    [
        (
            "person",
            "GetSubjectHistory",
            stream_with(ledger_pb2.GetSubjectHistoryRequest, refuse(Reason.APPROVAL_INVALID)),
        ),
        (
            "official",
            "GetOfficialHistory",
            stream_with(ledger_pb2.GetOfficialHistoryRequest, refuse(Reason.APPROVAL_INVALID)),
        ),
        (
            "department",
            "GetDepartmentHistory",
            stream_with(ledger_pb2.GetDepartmentHistoryRequest, refuse(Reason.APPROVAL_INVALID)),
        ),
        ("open", "OpenBody", answer_with(ledger_pb2.OpenBodyRequest, refuse(Reason.APPROVAL_INVALID))),
        (
            "recover",
            "RecoverPseudonym",
            answer_with(ledger_pb2.RecoverPseudonymRequest, refuse(Reason.APPROVAL_INVALID)),
        ),
    ],
)
def test_a_refusal_ends_with_three_and_its_reason(files: Path, command: str, method: str, handler: Any) -> None:
    """The next step stands beside it."""
    result = call(files, {method: handler}, *line_of(command, files))
    assert 3 == result.exit_code, result.output
    assert Reason.APPROVAL_INVALID in json.loads(result.stdout)["error"]["found"]["zh"]


def test_an_entry_that_a_node_cannot_read_ends_with_one(files: Path) -> None:
    """It is neither a refusal nor a broken line."""

    def give(asked: ledger_pb2.OpenBodyRequest) -> ledger_pb2.OpenBodyResponse:
        raise Ended(grpc.StatusCode.OUT_OF_RANGE)

    result = call(files, {"OpenBody": answer_with(ledger_pb2.OpenBodyRequest, give)}, *line_of("open", files))
    assert (1, "the node cannot do it: the entry cannot be read") == (result.exit_code, found(result))


def test_the_inputs_of_a_decision_are_shown(files: Path) -> None:
    """As the node opened them, with the text and the salt to which the entry commits."""
    opened = ledger_pb2.OpenBodyResponse(inputs=b'{"purpose": "p"}  ', salt=b"salt")
    handlers = {"OpenBody": answer_with(ledger_pb2.OpenBodyRequest, lambda asked: opened)}
    result = call(files, handlers, *line_of("open", files))
    shown = {"index": 0, "inputs": {"purpose": "p"}, "text": '{"purpose": "p"}  ', "salt": "c2FsdA=="}
    assert (0, shown) == (result.exit_code, json.loads(result.stdout))


def test_an_opened_body_is_kept_with_its_salt_for_its_owner_alone(files: Path, tmp_path: Path) -> None:
    """As a bundle reads it; what is there already stays."""
    opened = ledger_pb2.OpenBodyResponse(inputs=b'{"purpose": "p"}  ', salt=b"salt")
    handlers = {"OpenBody": answer_with(ledger_pb2.OpenBodyRequest, lambda asked: opened)}
    line = [*line_of("open", files), "--out", tmp_path / "opened"]
    assert 0 == call(files, handlers, *line).exit_code
    assert (0, BodyText(b"salt", '{"purpose": "p"}  ')) == read_opened((tmp_path / "opened").read_bytes())
    assert 0o600 == (tmp_path / "opened").stat().st_mode & 0o777
    assert 2 == call(files, handlers, *line).exit_code


def test_the_value_behind_a_pseudonym_is_shown(files: Path) -> None:
    """Under the name of its field."""
    value = ledger_pb2.RecoverPseudonymResponse(value="v")
    handlers = {"RecoverPseudonym": answer_with(ledger_pb2.RecoverPseudonymRequest, lambda asked: value)}
    result = call(files, handlers, *line_of("recover", files))
    assert (0, "v") == (result.exit_code, json.loads(result.stdout)["name"])
