"""`chuanyu node status`, `reload` and `lift` call a running node, and end as docs/reference/cli.md says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.ground.refusals import Reason
from gateway.wire.v1 import steward_pb2
from tests.cli.listener import WRONG_FILES, Ended, answer_with, listen, make_files, options_of, refuse
from tests.cli.world import invoke

COMMANDS = (["node", "status"], ["node", "reload"], ["node", "lift", "CY-ID-02"])


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys and certificates of both sides."""
    return make_files(tmp_path_factory.mktemp("steward"))


def call(files: Path, handlers: dict[str, Any], *line: str) -> tuple[int, dict[str, Any]]:
    """Run a command against a node that answers so; return its exit code and its JSON."""
    with listen(files, "Steward", handlers) as target:
        result = invoke(*line, *options_of(files, target), "--json")
    return result.exit_code, json.loads(result.stdout)


@pytest.mark.parametrize("command", COMMANDS, ids=[line[1] for line in COMMANDS])
@pytest.mark.parametrize("wrong", WRONG_FILES)
def test_a_file_that_cannot_be_used_is_named(files: Path, command: list[str], wrong: str) -> None:
    """Nothing is dialled: the file is found wrong before, and what it holds is not shown."""
    changes, found = WRONG_FILES[wrong]
    given = {name: files / file for name, file in changes.items()}
    result = invoke(*command, *options_of(files, "localhost:1", **given), "--json")
    assert 2 == result.exit_code, result.output
    assert found in json.loads(result.stdout)["error"]["found"]["en"]


@pytest.mark.parametrize("command", COMMANDS, ids=[line[1] for line in COMMANDS])
@pytest.mark.parametrize("target", ["", "localhost", "localhost:", "http://localhost:1", "local host:1", ":1"])
def test_an_address_that_is_none_is_named(files: Path, command: list[str], target: str) -> None:
    """An address is a host and a port."""
    result = invoke(*command, *options_of(files, target), "--json")
    assert 2 == result.exit_code, result.output
    assert "host:port" == json.loads(result.stdout)["error"]["expected"]["en"]


@pytest.mark.parametrize("command", COMMANDS, ids=[line[1] for line in COMMANDS])
def test_a_node_that_does_not_run_cannot_be_reached(files: Path, command: list[str]) -> None:
    """The exit code is 4, and the next step is to look at the machine."""
    result = invoke(*command, *options_of(files, "localhost:1"), "--json")
    assert 4 == result.exit_code, result.output
    error = json.loads(result.stdout)["error"]
    assert ("localhost:1 cannot be reached", "run chuanyu doctor") == (error["found"]["en"], error["next"]["en"])


@pytest.mark.parametrize("command", COMMANDS, ids=[line[1] for line in COMMANDS])
def test_a_command_without_its_options_is_wrong_usage(command: list[str]) -> None:
    """The exit code is 2, and the missing option is named."""
    result = invoke(*command)
    assert 2 == result.exit_code
    assert "--gateway" in result.stderr


@pytest.mark.parametrize(
    ("method", "request_type", "command"),
    [
        ("GetStatus", steward_pb2.GetStatusRequest, COMMANDS[0]),
        ("Reload", steward_pb2.ReloadRequest, COMMANDS[1]),
        ("Lift", steward_pb2.LiftRequest, COMMANDS[2]),
    ],
)
def test_a_refusal_ends_with_three_and_its_reason(
    files: Path, method: str, request_type: Any, command: list[str]
) -> None:
    """An application may not ask the steward, for example."""
    handlers = {method: answer_with(request_type, refuse(Reason.ROLE_NOT_ALLOWED))}
    code, answer = call(files, handlers, *command)
    assert 3 == code
    assert Reason.ROLE_NOT_ALLOWED in answer["error"]["found"]["zh"]
    assert answer["error"]["next"]["en"]


def test_a_node_that_cannot_do_it_ends_with_one(files: Path) -> None:
    """A fault of the node is neither a refusal nor a broken line."""

    def give(asked: steward_pb2.LiftRequest) -> steward_pb2.LiftResponse:
        raise Ended(grpc.StatusCode.FAILED_PRECONDITION)

    code, answer = call(files, {"Lift": answer_with(steward_pb2.LiftRequest, give)}, *COMMANDS[2])
    assert (1, "the node cannot do it: the entry cannot be read") == (code, answer["error"]["found"]["en"])


@pytest.mark.parametrize(("serving", "code"), [(True, 0), (False, 1)])
def test_the_status_is_shown_part_by_part(files: Path, serving: bool, code: int) -> None:
    """A part that does not serve makes the command fail, with its detail in both languages."""
    part = steward_pb2.Part(
        name="peer:500000", serving=serving, detail="" if serving else "链路中断 / the link is down"
    )
    status = steward_pb2.GetStatusResponse(
        node="spiffe://510000.chuanyu/node/a", version="1", audit_size=7, parts=[part]
    )
    got, answer = call(
        files, {"GetStatus": answer_with(steward_pb2.GetStatusRequest, lambda asked: status)}, *COMMANDS[0]
    )
    found = {one["subject"]["en"]: (one["judgement"], one["found"]["en"]) for one in answer["findings"]}
    assert (code, ("right", "7")) == (got, found["audit entries"])
    assert (("right", "serves") if serving else ("doubtful", "does not serve")) == found["peer:500000"]


def test_a_person_reads_the_names_of_the_parts(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm is active, not out of service; what a part is about stands whole on a line of its own."""
    uri = "500000.chuanyu/witness/gateway-1"
    parts = [
        steward_pb2.Part(name="audit", serving=True),
        steward_pb2.Part(name=f"witness:{uri}", serving=False, detail="121 条 / 121 entries"),
        steward_pb2.Part(name=f"alarm:WITNESS_UNREACHABLE:{uri}", serving=False, detail="检查网络 / check the network"),
        steward_pb2.Part(name="later", serving=True),
    ]
    status = steward_pb2.GetStatusResponse(node="n", version="1", audit_size=7, parts=parts)
    handler = answer_with(steward_pb2.GetStatusRequest, lambda asked: status)
    monkeypatch.setenv("CHUANYU_LANG", "zh")
    monkeypatch.setenv("COLUMNS", "80")
    with listen(files, "Steward", {"GetStatus": handler}) as target:
        shown = invoke(*COMMANDS[0], *options_of(files, target)).stdout
    for text in ("审计日志", "见证方", "告警", "持续中", "WITNESS_UNREACHABLE", "later"):
        assert text in shown
    assert 2 == [line.strip() for line in shown.splitlines()].count(uri)
    assert "未就绪" in shown


def test_a_reload_tells_what_is_in_force(files: Path) -> None:
    """The items, and the numbers of grants and agreements."""
    reloaded = steward_pb2.ReloadResponse(active_items=["CY-ID-02"], grants=3, agreements=2)
    code, answer = call(files, {"Reload": answer_with(steward_pb2.ReloadRequest, lambda asked: reloaded)}, *COMMANDS[1])
    assert (0, ["CY-ID-02"], 3, 2) == (code, *(answer[name] for name in ("active_items", "grants", "agreements")))


@pytest.mark.parametrize(
    ("lifted", "step"),
    [
        (True, "the item serves again; another hit takes it out again"),
        (False, "the item was in service; nothing is to be done"),
    ],
)
def test_a_lift_names_its_item_to_the_node(files: Path, lifted: bool, step: str) -> None:
    """An item that was in service is no fault."""
    asked: list[str] = []

    def give(request: steward_pb2.LiftRequest) -> steward_pb2.LiftResponse:
        asked.append(request.item_code)
        return steward_pb2.LiftResponse(lifted=lifted)

    code, answer = call(files, {"Lift": answer_with(steward_pb2.LiftRequest, give)}, *COMMANDS[2])
    assert (0, lifted, step, ["CY-ID-02"]) == (code, answer["lifted"], answer["next"][0]["en"], asked)
