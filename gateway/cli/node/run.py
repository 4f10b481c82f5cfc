"""`chuanyu node run`: runs the node until a signal stops it, then lets the exchanges in flight end."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Final

from gateway.cli.log_driver import require_driver
from gateway.cli.screen import Problem, write_json
from gateway.cli.settings_file import ConfigFile, load_settings
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.telemetry.listening import CannotListen

STOPS: Final = (signal.SIGTERM, signal.SIGINT)
"""The signals that ask a node to stop; the second one of them ends it at once."""


def run(config: ConfigFile) -> None:
    """运行节点。Run the node; prints one JSON line when it serves, and stops gracefully on SIGTERM or SIGINT."""
    settings = load_settings(config)
    require_driver(settings)
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    from gateway.assembly import run_node
    from gateway.telemetry.listening import CannotListen

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stopping(number: signal.Signals) -> None:
        for each in STOPS:
            loop.remove_signal_handler(each)
        stop.set()

    for number in STOPS:
        loop.add_signal_handler(number, stopping, number)
    served = False

    def ready() -> None:
        nonlocal served
        served = True
        _report_ready(settings)

    try:
        await run_node(settings, stop=stop, ready=ready)
    except CannotListen as error:
        raise _explain_address(error) from error
    except Exception as error:
        if served:
            raise
        shown = f"{type(error).__name__}: {error}"
        raise Problem(
            Label(f"节点未能启动：{shown}", f"the node did not start: {shown}"),
            Label("可以启动的节点", "a node that can start"),
            Label("运行 chuanyu node check --config 查看原因", "run chuanyu node check --config to see why"),
        ) from error


def _explain_address(error: CannotListen) -> Problem:
    return Problem(
        Label(f"节点未能启动：无法监听 {error.address}：{error.why}", f"the node did not start: {error}"),
        Label("本机的、未被占用的地址", "an address of this machine that nobody has"),
        Label(
            f"用 ss -ltnp 查看谁占用 {error.address}，或在 node.toml 的 [listen] 中改用别的地址",
            f"see who has {error.address}: ss -ltnp; or take another in [listen] of node.toml",
        ),
    )


def _report_ready(settings: Settings) -> None:
    from gateway.telemetry.listening import write_address

    listen = settings.listen
    write_json(
        {
            "ready": True,
            "node": settings.identity.uri,
            "listen": write_address(listen.host, listen.port),
            "metrics": write_address(listen.host, listen.metrics_port),
            "pid": os.getpid(),
        }
    )
