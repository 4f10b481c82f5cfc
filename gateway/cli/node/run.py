"""`chuanyu node run`: runs the node until a signal stops it, then lets the exchanges in flight end."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.details import put_detail
from gateway.cli.log_driver import require_driver
from gateway.cli.screen import CheckFinding, CheckStatus, Problem, write_json
from gateway.cli.settings_file import ConfigFile, load_settings
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.telemetry.listening import CannotListen

STOPS: Final = (signal.SIGTERM, signal.SIGINT)
"""The signals that ask a node to stop; the second one of them ends it at once."""


def run(config: ConfigFile) -> None:
    """运行节点；开始服务时输出一行 JSON，收到 SIGTERM 或 SIGINT 时正常停止，收到 SIGHUP 时重新加载。
    Run the node; prints one JSON line when it serves, stops gracefully on SIGTERM or SIGINT, reloads on SIGHUP.
    """
    settings = load_settings(config)
    require_driver(settings)
    try:
        asyncio.run(_run(settings))
    except _NotStarted as failed:
        raise _describe_unstarted(config, settings, failed.error) from failed.error


class _NotStarted(Exception):
    """A node ended before it served; `error` is why."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


async def _run(settings: Settings) -> None:
    from gateway.assembly import run_node
    from gateway.telemetry.listening import CannotListen

    stop, reload = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def stopping(number: signal.Signals) -> None:
        for each in STOPS:
            loop.remove_signal_handler(each)
        stop.set()

    for number in STOPS:
        loop.add_signal_handler(number, stopping, number)
    # Also while it starts: the system's own action on this signal would end the node without its drain.
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    served = False

    def ready() -> None:
        nonlocal served
        served = True
        _report_ready(settings)

    try:
        await run_node(settings, stop=stop, ready=ready, reload=reload)
    except CannotListen as error:
        raise _explain_address(error) from error
    except Exception as error:
        if served:
            raise
        raise _NotStarted(error) from error


def _describe_unstarted(config: Path, settings: Settings, error: Exception) -> Problem:
    """Return why a node did not start, with the next step of what is wrong; the check is named where it says more."""
    from gateway.cli.node.check import judge_node
    from keys.keystore import WrongPassphrase

    found, remedy = _tell(error), advise_start(error)
    wrong = [one for one in judge_node(config, settings, datetime.now(UTC)) if one.status is CheckStatus.WRONG]
    if wrong:
        same = [one for one in wrong if _says_the_same(found, one)]
        shown = same or wrong[:1]
        remedy, more = shown[0].remedy, len(wrong) - len(shown)
        checked = Label(
            "；".join(f"{one.subject.zh}：{one.found.zh}" for one in shown),
            "; ".join(f"{one.subject.en}: {one.found.en}" for one in shown),
        )
        if same or isinstance(error, WrongPassphrase):
            found = checked  # the check says it with its cause, so once is enough
        else:
            found = Label(f"{found.zh}（检查：{checked.zh}）", f"{found.en} (the check: {checked.en})")
        if more:
            command = f"chuanyu node check --config {config}"
            remedy = Label(f"{remedy.zh}；另有 {more} 项：{command}", f"{remedy.en}; {more} more findings: {command}")
    found = Label(f"节点未能启动：{found.zh}", f"the node did not start: {found.en}")
    return Problem(found, Label("可以启动的节点", "a node that can start"), remedy)


OURS: Final = ("adapters", "gateway", "keys")
"""The packages whose errors are sentences for a person."""


def _says_the_same(found: Label, finding: CheckFinding) -> bool:
    """Tell whether one of an error and of a check's finding holds the other's words."""
    checked = f"{finding.subject.en}: {finding.found.en}"
    return found.en in checked or checked in found.en or finding.found.en in found.en


def _tell(error: Exception) -> Label:
    """Return what an error says; only one that nobody foresaw is named by its class."""
    from gateway.assembly.configuration import WideningRefused
    from gateway.ground.documents import DocumentsRefused
    from keys.keystore import KeystoreError

    if isinstance(error, KeystoreError):
        return Label(error.zh, str(error))
    if isinstance(error, WideningRefused):
        return error.fault
    if isinstance(error, DocumentsRefused):
        return Label("；".join(one.zh for one in error.faults), "; ".join(one.en for one in error.faults))
    foreseen = isinstance(error, OSError) or type(error).__module__.partition(".")[0] in OURS
    shown = str(error) if foreseen and str(error) else f"{type(error).__name__}: {error}"
    return Label(put_detail(shown).zh, shown)


def advise_start(error: Exception) -> Label:
    """Return the next step after a start that failed although every check is good."""
    from gateway.assembly.configuration import WideningRefused
    from gateway.audit.storage.recovery import LogTaken, StoreInvalid
    from gateway.witness.state import WitnessLost

    if isinstance(error, WideningRefused):
        return Label(
            "恢复原设置，或取得双人审批后启动", "put the former settings back, or have two persons allow these"
        )
    if isinstance(error, LogTaken):
        return Label(
            "先停止正在运行的那个节点；同一文件夹、同一日志只运行一个",
            "stop the node that runs first: one directory and one log have one node",
        )
    if isinstance(error, StoreInvalid | WitnessLost):
        return Label("按上述提示处理后重新启动", "do as the message says, then start it again")
    number = getattr(error, "errno", None)
    if number in (errno.EADDRINUSE, errno.EADDRNOTAVAIL):
        return Label(
            "停用占用端口者（ss -ltnp 可查），或改 [listen] 的地址与端口",
            "stop who holds the port (ss -ltnp names it), or change host and ports of [listen]",
        )
    if number in (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM):
        return Label(
            "使所述文件所在磁盘有空间、可写，且归运行节点的用户所有",
            "make room on the disk of what it names, and give it to the user who runs the node, writable",
        )
    return Label(
        "检查未发现问题：查看上方日志行；仍不明时将此信息与版本号报给开发者",
        "the check finds nothing wrong: see the log lines above; else report this message with the version",
    )


def _explain_address(error: CannotListen) -> Problem:
    return Problem(
        Label(
            f"节点未能启动：无法监听 {error.address}：{put_detail(error.why).zh}", f"the node did not start: {error}"
        ),
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
