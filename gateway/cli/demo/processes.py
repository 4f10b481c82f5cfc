"""The demo's processes: one platform and one node for each province, on loopback, started and stopped in order."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from gateway.cli.provinces import name_node
from gateway.cli.screen import Problem
from gateway.ground.item import Label

SEED: Final = 20250101
PERSONS: Final = 10_000
START_SECONDS: Final = 120.0
"""For how long a process may take until it is ready; four of them start at once on what may be a busy machine."""
SERVING_SECONDS: Final = 30.0
"""For how long the nodes may wait for each other's witness."""
STOP_SECONDS: Final = 15.0
REQUESTER: Final = "11111111-1111-4111-8111-111111111111"
SERVICE: Final = "s_500000_1"


async def _read_first_line(process: asyncio.subprocess.Process, what: Label, log: Path) -> dict[str, Any]:
    """Return the JSON line by which a process says that it is ready."""
    if process.stdout is None:
        raise RuntimeError("the process was started without a pipe")
    try:
        async with asyncio.timeout(START_SECONDS):
            while line := await process.stdout.readline():
                if line.startswith(b"{"):
                    found: dict[str, Any] = json.loads(line)
                    return found
    except TimeoutError:
        seconds = f"{START_SECONDS:g}"
        raise Problem(
            Label(f"{what.zh}启动后 {seconds} 秒仍未就绪", f"{what.en} did not start within {seconds} seconds"),
            Label(f"{seconds} 秒内就绪", f"that it is ready within {seconds} seconds"),
            _advise(Label("机器可能正忙：稍后再运行一次", "the machine may be busy: run it again later"), log),
        ) from None
    raise Problem(
        Label(f"{what.zh}在就绪之前已退出", f"{what.en} ended before it was ready"),
        Label("启动成功", "that it starts"),
        _advise(Label("再运行一次", "run it again"), log),
    )


def _advise(step: Label, log: Path) -> Label:
    """Return the next step; the log of the process is named where anything stands in it."""
    if not log.stat().st_size:
        return step
    return Label(f"{step.zh}；出错信息见 {log}", f"{step.en}; what it said is in {log}")


@asynccontextmanager
async def _run_process(what: Label, arguments: Sequence[str], log: Path) -> AsyncIterator[dict[str, Any]]:
    """Run a module of ours in a process; its error stream goes to a file."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *arguments, stdout=asyncio.subprocess.PIPE, stderr=errors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        try:
            yield await _read_first_line(process, what, log)
        finally:
            if process.returncode is None:
                process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()


async def build_sichuan(root: Path) -> dict[str, object]:
    """Build Sichuan's stand-in database; return the options of its adapter."""
    path = root / "platforms" / "sichuan.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "adapters.sichuan.platform", "--out", str(path), "--seed", str(SEED),
        "--persons", str(PERSONS), stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    if await process.wait() != 0:
        raise RuntimeError("the stand-in database was not built")
    return {"path": str(path)}


@asynccontextmanager
async def run_chongqing(root: Path) -> AsyncIterator[dict[str, object]]:
    """Run Chongqing's stand-in service; yield the options of its adapter."""
    secret = root / "platforms" / "chongqing.secret"
    secret.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
    arguments = ["adapters.chongqing.platform", "--port", "0", "--seed", str(SEED), "--persons", str(PERSONS)]
    arguments += ["--secret-file", str(secret), "--sid", SERVICE, "--rid", REQUESTER]
    async with _run_process(
        Label("重庆平台", "the Chongqing platform"), arguments, root / "platforms" / "chongqing.log"
    ) as ready:
        yield {
            "url": f"http://127.0.0.1:{ready['listening']}",
            "sid": SERVICE,
            "rid": REQUESTER,
            "secret_file": str(secret),
        }


@asynccontextmanager
async def run_nodes(configs: Mapping[str, Path]) -> AsyncIterator[None]:
    """Run the nodes with these settings files, all at once; on leaving, let each end gracefully."""
    stop = asyncio.Event()
    ready: list[asyncio.Future[None]] = []

    async def one(name: str, config: Path, up: asyncio.Future[None]) -> None:
        arguments = ["gateway.cli", "node", "run", "--config", str(config)]
        try:
            async with _run_process(name_node(name), arguments, config.parent / "node.log"):
                up.set_result(None)
                await stop.wait()
        except BaseException as error:
            if not up.done():
                up.set_exception(error)
            raise

    async with asyncio.TaskGroup() as group:
        for name, config in configs.items():
            up: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            ready.append(up)
            group.create_task(one(name, config, up))
        try:
            await asyncio.gather(*ready)
            yield
        finally:
            stop.set()
