"""A call of a running node: the options of its connection, and how its refusals read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_status import rpc_status

from gateway.border.status import to_status
from gateway.cli import connection as connections
from gateway.cli.audit.log import REMEDY
from gateway.cli.calling import Connection, call_node, with_connection_options
from gateway.cli.connection import Credentials
from gateway.cli.screen import AsJson, Problem
from gateway.ground.refusals import TABLE, Reason, Refusal

FILES = (Path("cert"), Path("key"), Path("ca"), Path("passphrase"))
CONNECTION = Connection("gateway.example:7443", *FILES, "name")


class CallError(grpc.RpcError):
    """An error of a call, as the library raises it."""

    def __init__(self, code: grpc.StatusCode, details: str, metadata: tuple[tuple[str, bytes], ...] = ()) -> None:
        super().__init__()
        self._code, self._details, self._metadata = code, details, metadata

    def code(self) -> grpc.StatusCode:
        """Return the status code."""
        return self._code

    def details(self) -> str:
        """Return the text of the status."""
        return self._details

    def trailing_metadata(self) -> Any:
        """Return the metadata, in which a rich status lies."""
        return self._metadata


def refuse(refusal: Refusal) -> CallError:
    """Return the error of a call that a node refuses."""
    status = rpc_status.to_status(to_status(refusal))
    return CallError(status.code, status.details, status.trailing_metadata)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Stand-ins for the files and the channel; return what was opened, and `closed` when it was left."""
    seen: list[object] = []

    @contextmanager
    def open_channel(*given: object) -> Iterator[str]:
        seen.append(given)
        try:
            yield "channel"
        finally:
            seen.append("closed")

    def read_credentials(*paths: Path) -> Credentials:
        seen.append(paths)
        return Credentials(b"ca", b"cert", b"key")

    monkeypatch.setattr(connections, "open_channel", open_channel)
    monkeypatch.setattr(connections, "read_credentials", read_credentials)
    return seen


def fail(error: Exception) -> Problem:
    """Return the problem of a call that ends with an error."""

    def call(channel: grpc.Channel) -> None:
        raise error

    with pytest.raises(Problem) as caught:
        call_node(CONNECTION, call)
    return caught.value


@pytest.mark.parametrize("reason", [Reason.ROLE_NOT_ALLOWED, Reason.APPROVAL_INVALID, Reason.OVERLOADED])
def test_a_refusal_reads_as_the_table_says(opened: list[object], reason: Reason) -> None:
    """Exit code 3, the sentence of the reason with its detail, and the reason's own next step."""
    problem = fail(refuse(Refusal(reason, "expected another role")))
    assert (3, f"{TABLE[reason].en} ({reason}): expected another role") == (problem.exit_code, problem.found.en)
    assert reason in problem.found.zh
    assert (TABLE[reason].next_zh, TABLE[reason].next_en) == (problem.remedy.zh, problem.remedy.en)
    assert "closed" == opened[-1]


@pytest.mark.parametrize("code", ["OUT_OF_RANGE", "FAILED_PRECONDITION"])
def test_what_a_node_cannot_do_keeps_its_words(opened: list[object], code: str) -> None:
    """Exit code 1, and the next step is the log."""
    problem = fail(CallError(grpc.StatusCode[code], "no entry 9"))
    assert (1, "the node cannot do it: no entry 9") == (problem.exit_code, problem.found.en)
    assert "chuanyu audit verify" in problem.remedy.en


def test_a_log_that_was_altered_is_told_in_the_words_of_the_entry(opened: list[object]) -> None:
    """Exit code 1, with the details of the refusal or without: what is to be done is that of an altered log."""
    detail = "the entry 9 does not have its stored leaf hash"
    status = to_status(Refusal(Reason.INTERNAL, detail))
    status.code = grpc.StatusCode.DATA_LOSS.value[0]
    ended = rpc_status.to_status(status)
    for one in (
        CallError(ended.code, ended.details, ended.trailing_metadata),
        CallError(grpc.StatusCode.DATA_LOSS, detail),
    ):
        problem = fail(one)
        assert (1, detail, REMEDY) == (problem.exit_code, problem.found.en, problem.remedy)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "UNIMPLEMENTED"])
def test_nobody_who_answers_is_a_problem_with_the_address(opened: list[object], code: str) -> None:
    """Exit code 4; the words of the library are not shown."""
    problem = fail(CallError(grpc.StatusCode[code], "ipv4:127.0.0.1: refused"))
    assert (4, "gateway.example:7443 cannot be reached") == (problem.exit_code, problem.found.en)
    assert "chuanyu doctor" in problem.remedy.en


def test_another_error_of_the_caller_is_not_hidden(opened: list[object]) -> None:
    """A fault of the command is no refusal of the node, and the channel is closed."""

    def call(channel: grpc.Channel) -> None:
        raise KeyError("a fault")

    with pytest.raises(KeyError, match="a fault"):
        call_node(CONNECTION, call)
    assert "closed" == opened[-1]


def test_an_answer_is_returned_and_each_file_is_the_one_that_was_named(opened: list[object]) -> None:
    """The authority first, then the certificate, its key and the passphrase."""
    assert "answer over channel" == call_node(CONNECTION, lambda channel: f"answer over {channel}")
    cert, key, ca, passphrase = FILES
    credentials = Credentials(b"ca", b"cert", b"key")
    assert [(ca, cert, key, passphrase), ("gateway.example:7443", credentials, "name"), "closed"] == opened


def test_a_command_takes_the_options_in_place_of_its_connection() -> None:
    """Those that are needed stand where it stood, the others before `--json`, and the command gets them as one."""
    got: list[Any] = []

    @with_connection_options
    def command(index: int, connection: Connection, more: str = "", as_json: AsJson = False) -> None:
        """Do something."""
        got.append((index, connection, more, as_json))

    names = ["index", "gateway", "cert", "key_file", "ca", "passphrase_file", "more", "server_name", "as_json"]
    assert names == list(signature(command).parameters)
    assert ("command", "Do something.") == (command.__name__, command.__doc__)
    cert, key, ca, passphrase = FILES
    command(
        index=1, gateway="gateway.example:7443", cert=cert, key_file=key, ca=ca, passphrase_file=passphrase,
        server_name="name", more="more", as_json=True,
    )  # fmt: skip
    assert [(1, CONNECTION, "more", True)] == got
