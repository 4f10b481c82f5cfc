"""The demo's processes: started in order, waited for, and ended whatever happens. No process is started here."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.demo import processes
from gateway.cli.demo.processes import REQUESTER, SERVICE, build_sichuan, run_chongqing, run_nodes
from gateway.cli.screen import Problem


class Process:
    """A stand-in for a process: what it writes, how it ends, and whether it heeds a termination."""

    def __init__(self, arguments: tuple[str, ...], output: bytes, code: int | None, *, stubborn: bool) -> None:
        self.arguments = arguments
        self.stdout = asyncio.StreamReader()
        self.stdout.feed_data(output)
        if not output.endswith(b"..."):
            self.stdout.feed_eof()
        self.returncode = code
        self.signals: list[str] = []
        self._stubborn = stubborn
        self._ended = asyncio.Event()
        if code is not None:
            self._ended.set()

    def terminate(self) -> None:
        """Ask it to end."""
        self.signals.append("terminate")
        if not self._stubborn:
            self._ended.set()

    def kill(self) -> None:
        """End it."""
        self.signals.append("kill")
        self._ended.set()

    async def wait(self) -> int:
        """Wait for its end."""
        await self._ended.wait()
        self.returncode = self.returncode or 0
        return self.returncode


class Machine:
    """Starts stand-ins: `outputs` by a word of the command line, and the others say that they are ready."""

    def __init__(self) -> None:
        self.started: list[Process] = []
        self.outputs: dict[str, bytes] = {}
        self.code: int | None = None
        self.stubborn = False
        self.errors = b""

    async def start(self, *arguments: str, **options: Any) -> Process:
        """Stand in for `asyncio.create_subprocess_exec`."""
        output = next((text for word, text in self.outputs.items() if word in arguments), b'{"listening": 1234}\n')
        made = Process(arguments[2:], output, self.code, stubborn=self.stubborn)
        self.started.append(made)
        if self.errors:
            options["stderr"].write(self.errors)
            options["stderr"].flush()
        return made


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine on which no process is started."""
    made = Machine()
    monkeypatch.setattr(asyncio, "create_subprocess_exec", made.start)
    return made


def configure(root: Path, *names: str) -> dict[str, Path]:
    """Return the settings files of nodes, each in a directory that is there."""
    for name in names:
        (root / name).mkdir()
    return {name: root / name / "node.toml" for name in names}


def read_secret(path: Path) -> tuple[str, int]:
    """Return the text of a file and its mode."""
    return path.read_text(encoding="utf-8"), stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("output", [b"", b"a warning\n"])
async def test_a_platform_that_ends_before_it_is_ready_is_a_problem(
    machine: Machine, tmp_path: Path, output: bytes
) -> None:
    """The next step is its log, and it is not left behind."""
    machine.outputs["adapters.chongqing.platform"] = output
    machine.errors = b"the port is taken\n"
    with pytest.raises(Problem, match="ended before it was ready") as caught:
        async with run_chongqing(tmp_path):
            pass
    assert str(tmp_path / "platforms" / "chongqing.log") in caught.value.remedy.en
    assert ["terminate"] == machine.started[0].signals


async def test_a_platform_that_never_says_that_it_is_ready_is_a_problem(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait has an end, which is told; nobody is sent to a log in which nothing stands."""
    monkeypatch.setattr(processes, "START_SECONDS", 0)
    machine.outputs["adapters.chongqing.platform"] = b"..."
    with pytest.raises(Problem, match="did not start within 0 seconds") as caught:
        async with run_chongqing(tmp_path):
            pass
    assert "run it again" in caught.value.remedy.en
    assert "chongqing.log" not in caught.value.remedy.en


async def test_a_node_that_is_not_ready_is_named_by_its_province(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a person names it, in either language."""
    monkeypatch.setattr(processes, "START_SECONDS", 0)
    configs = configure(tmp_path, "sichuan")
    machine.outputs[str(configs["sichuan"])] = b"..."
    with pytest.RaisesGroup(Problem, flatten_subgroups=True) as caught:
        async with run_nodes(configs):
            pass
    found: BaseException | None = caught.value
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, Problem)
    assert "四川节点启动后 0 秒仍未就绪" == found.found.zh
    assert "the node of Sichuan did not start within 0 seconds" == found.found.en


async def test_a_process_that_does_not_heed_a_termination_is_killed(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process of the demo outlives it."""
    monkeypatch.setattr(processes, "STOP_SECONDS", 0)
    machine.stubborn = True
    async with run_chongqing(tmp_path):
        pass
    assert ["terminate", "kill"] == machine.started[0].signals


async def test_a_process_that_has_ended_gets_no_signal(machine: Machine, tmp_path: Path) -> None:
    """Its number may be another process's by then."""
    machine.code = 1
    async with run_chongqing(tmp_path):
        pass
    assert [] == machine.started[0].signals


async def test_a_database_that_is_not_built_is_an_error(machine: Machine, tmp_path: Path) -> None:
    """The node is not started on half of one."""
    machine.code = 1
    with pytest.raises(RuntimeError, match="was not built"):
        await build_sichuan(tmp_path)


async def test_a_node_that_does_not_start_is_a_problem_and_stops_the_others(machine: Machine, tmp_path: Path) -> None:
    """The block is not entered."""
    configs = configure(tmp_path, "sc", "cq")
    machine.outputs[str(configs["cq"])] = b""
    entered = False
    with pytest.RaisesGroup(Problem, flatten_subgroups=True):
        async with run_nodes(configs):
            entered = True
    assert not entered
    assert [["terminate"], ["terminate"]] == [one.signals for one in machine.started]


async def test_nodes_end_when_the_block_fails(machine: Machine, tmp_path: Path) -> None:
    """And the error of the block is what is raised."""
    with pytest.RaisesGroup(KeyError, flatten_subgroups=True):
        async with run_nodes(configure(tmp_path, "sc", "cq")):
            raise KeyError("a question failed")
    assert [["terminate"], ["terminate"]] == [one.signals for one in machine.started]


async def test_nodes_run_while_the_block_does(machine: Machine, tmp_path: Path) -> None:
    """Each with its own settings, and each is ended gracefully."""
    configs = configure(tmp_path, "sc", "cq")
    async with run_nodes(configs):
        assert [[], []] == [one.signals for one in machine.started]
        lines = [("gateway.cli", "node", "run", "--config", str(config)) for config in configs.values()]
        assert lines == [one.arguments for one in machine.started]
    assert [["terminate"], ["terminate"]] == [one.signals for one in machine.started]


async def test_a_platform_gives_its_adapter_the_address_and_a_private_secret(machine: Machine, tmp_path: Path) -> None:
    """Lines before the one that says it is ready are passed over; the secret is on no command line."""
    ready = json.dumps({"listening": 4321}).encode()
    machine.outputs["adapters.chongqing.platform"] = b"a warning\n" + ready + b"\n"
    async with run_chongqing(tmp_path) as options:
        secret = Path(str(options.pop("secret_file")))
    assert {"url": "http://127.0.0.1:4321", "sid": SERVICE, "rid": REQUESTER} == options
    text, mode = read_secret(secret)
    assert (64, 0o600) == (len(text), mode)
    assert text not in machine.started[0].arguments


async def test_a_database_that_is_built_gives_its_adapter_the_path(machine: Machine, tmp_path: Path) -> None:
    """Its directory is made first."""
    machine.code = 0
    assert {"path": str(tmp_path / "platforms" / "sichuan.db")} == await build_sichuan(tmp_path)
    assert (tmp_path / "platforms").is_dir()
