"""`chuanyu node run`: says when it serves, stops when it is told to, and explains why it did not start."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway import assembly
from gateway.settings import Settings
from tests.assembly.test_supervisor import Manager
from tests.cli.world import METRICS_PORT, PORT, WITNESS_PORT, World, invoke

NODE = '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'


@pytest.fixture(name="config")
def _config(tmp_path: Path) -> Path:
    """A settings file; the node itself is a stand-in."""
    path = tmp_path / "node.toml"
    path.write_text(NODE, encoding="utf-8")
    return path


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_that_it_serves_and_stops_on_a_signal(
    config: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """One JSON line, then a graceful stop and exit code 0."""
    stopped: list[bool] = []

    async def run_node(
        settings: Settings, *, stop: asyncio.Event, ready: Callable[[], None], reload: asyncio.Event
    ) -> None:
        ready()
        os.kill(os.getpid(), number)
        await stop.wait()
        stopped.append(True)

    monkeypatch.setattr(assembly, "run_node", run_node)
    result = invoke("node", "run", "--config", config)
    assert (0, [True]) == (result.exit_code, stopped)
    (line,) = result.stdout.splitlines()
    ready = json.loads(line)
    assert (True, "spiffe://510000.chuanyu/node/gateway-1", "127.0.0.1:7443", os.getpid()) == (
        ready["ready"], ready["node"], ready["listen"], ready["pid"],
    )  # fmt: skip


def test_a_second_signal_is_not_caught(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks twice does not wait for the drain: the system's own action is back."""
    handlers: list[object] = []

    async def run_node(
        settings: Settings, *, stop: asyncio.Event, ready: Callable[[], None], reload: asyncio.Event
    ) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        handlers.append(signal.getsignal(signal.SIGTERM))

    monkeypatch.setattr(assembly, "run_node", run_node)
    invoke("node", "run", "--config", config)
    assert [signal.SIG_DFL] == handlers


def test_a_node_that_does_not_start_says_why_and_what_to_do(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ready line; the reason, and the command that looks at everything."""

    async def run_node(
        settings: Settings, *, stop: asyncio.Event, ready: Callable[[], None], reload: asyncio.Event
    ) -> None:
        raise RuntimeError("the address is taken")

    monkeypatch.setattr(assembly, "run_node", run_node)
    result = invoke("node", "run", "--config", config)
    assert (1, "") == (result.exit_code, result.stdout)
    for part in ("the address is taken", "节点未能启动", "node check"):
        assert part in result.stderr


@pytest.mark.parametrize("port", [PORT, METRICS_PORT, WITNESS_PORT], ids=["grpc", "metrics", "witness"])
def test_a_taken_port_of_any_listener_ends_the_run(world: World, port: int) -> None:
    """S2: exit code 1, the address in both languages, and how to find who has it; never a ready line."""
    with socket.create_server(("127.0.0.1", port)):
        result = invoke("node", "run", "--config", world.config)
    assert (1, "") == (result.exit_code, result.stdout)
    told = " ".join(result.stderr.replace("│", " ").split())
    for part in (f"无法监听 127.0.0.1:{port}", f"cannot listen on 127.0.0.1:{port}", "ss -ltnp"):
        assert part in told


def test_a_taken_port_ends_the_process(world: World) -> None:
    """S2: as a unit runs it, at the port that is taken last, when everything else has begun; no thread keeps it."""
    command = [sys.executable, "-m", "gateway.cli", "node", "run", "--config", str(world.config)]
    with socket.create_server(("127.0.0.1", PORT)):
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (1, "") == (ended.returncode, ended.stdout)
    assert f"127.0.0.1:{PORT}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_node_that_breaks_while_it_serves_is_not_explained_away(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect keeps its traceback."""

    async def run_node(
        settings: Settings, *, stop: asyncio.Event, ready: Callable[[], None], reload: asyncio.Event
    ) -> None:
        ready()
        raise RuntimeError("a defect")

    monkeypatch.setattr(assembly, "run_node", run_node)
    result = invoke("node", "run", "--config", config)
    assert 1 == result.exit_code
    assert isinstance(result.exception, RuntimeError)


def test_faulty_settings_never_reach_the_node(tmp_path: Path) -> None:
    """Every fault is told, and nothing was opened."""
    path = tmp_path / "node.toml"
    path.write_text(NODE + "[limits]\npage_rows = 0\nunknown = 1\n", encoding="utf-8")
    result = invoke("node", "run", "--config", path)
    assert 1 == result.exit_code
    assert "limits.page_rows" in result.stderr
    assert "limits.unknown" in result.stderr


def test_an_unmade_node_does_not_start(config: Path) -> None:
    """Settings alone are no node: the real assembly refuses for want of keys."""
    result = invoke("node", "run", "--config", config)
    assert (1, "") == (result.exit_code, result.stdout)
    assert "KeystoreError" not in result.stderr
    assert "passphrase:expectedaprivatefile" in "".join(result.stderr.replace("│", " ").split())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("file", "octets", "found"),
    [
        (
            "keys/passphrase",
            b"another passphrase",
            ("中的口令不能打开本节点的任何私钥", "opens none of this node's keys"),
        ),
        ("keys/subjects.secret", b"", ("预期加密的密钥", "expected an encrypted secret")),
        ("keys/subjects.secret", None, ("文件不存在", "No such file or directory")),
    ],
)
def test_a_key_that_does_not_open_is_told_once_and_by_no_class(
    world: World, language: str, file: str, octets: bytes | None, found: tuple[str, str]
) -> None:
    """With the file, and a next step that restores it, in the language of the run; no sentence stands twice."""
    path = world / "sc" / file
    path.unlink() if octets is None else path.write_bytes(octets)
    result = invoke("--lang", language, "node", "run", "--config", world.config)
    said = "".join(result.stderr.replace("│", " ").split())
    expected = "".join(found[language == "en"].split())
    assert (1, "") == (result.exit_code, result.stdout)
    assert 1 == said.count(expected)
    assert "KeystoreError" not in said
    assert ("恢复" if language == "zh" else "restore") in said


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_of_the_quarantine_that_cannot_be_read_has_a_way_out(world: World, language: str) -> None:
    """It is no defect to be reported: the check finds it, and says what to write instead."""
    (world / "sc" / "quarantine.json").write_text("x", encoding="utf-8")
    said = invoke("--lang", language, "node", "run", "--config", world.config).stderr
    text = "".join(said.replace("│", " ").split())
    assert 1 == text.count("预期事项编码的列表" if language == "zh" else "expectedalistofitemcodes")
    assert "RuntimeError" not in text
    assert ("审计日志中操作" if language == "zh" else "ofitemcodesthattheactsquarantine") in text


def test_a_grant_with_a_bad_signature_is_told_once(world: World) -> None:
    """The file stands in the check's name of it, and in the error's words."""
    path = min((world / "sc" / "catalogue" / "grants").glob("*.toml"))
    path.write_bytes(path.read_bytes() + b"\n# changed\n")
    said = invoke("--lang", "en", "node", "run", "--config", world.config).stderr
    assert 1 == "".join(said.replace("│", " ").split()).count("expectedagrantsignedby")


def test_an_error_that_nobody_foresaw_is_named_by_its_class(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of it is worth more so; one of ours never is."""

    async def run_node(
        settings: Settings, *, stop: asyncio.Event, ready: Callable[[], None], reload: asyncio.Event
    ) -> None:
        raise KeyError("x")

    monkeypatch.setattr(assembly, "run_node", run_node)
    assert "KeyError: 'x'" in invoke("node", "run", "--config", config).stderr


def test_a_signal_reloads_a_node_and_another_stops_it(world: World, tmp_path: Path) -> None:
    """As a unit of `Type=notify` does it: ready, reloading, ready, stopping; the reload waits for a witness."""
    manager = Manager(str(tmp_path / "notify"))
    command = [sys.executable, "-m", "gateway.cli", "node", "run", "--config", str(world.config)]
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
    with (
        closing(manager.socket),
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as node,
    ):
        assert "1" == manager.hear()["READY"]
        node.send_signal(signal.SIGHUP)
        assert "1" == manager.hear()["RELOADING"]
        assert {"READY": "1", "STATUS": "reloaded"} == manager.hear()
        node.send_signal(signal.SIGTERM)
        assert {"STOPPING": "1"} == manager.hear()
        _, said = node.communicate(timeout=60)
    assert 0 == node.returncode, said
    waiting = [json.loads(line) for line in (world / "sc" / "audit" / "waiting.jsonl").read_text("utf-8").splitlines()]
    assert [("reload", f"local:{os.getuid()}")] == [
        (act["action"], act["actor"]) for act in waiting if act["action"] == "reload"
    ]
