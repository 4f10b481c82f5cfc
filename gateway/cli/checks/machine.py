"""Judges whether a machine can carry a node: Python, packages, SQLite, clock, disk, open files, ports.

Rules: each check is a function from a fact to a finding, so that every outcome can be tried; `look` reads the facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.audit.storage.schema import MIN_SQLITE
from gateway.cli.details import put_detail
from gateway.cli.screen import CheckFinding, report_doubt, report_right, report_wrong
from gateway.ground.item import Label

DISTRIBUTION: Final = "chuanyu-gateway"
OURS: Final = ("gateway", "adapters", "keys")
MIN_PYTHON: Final = (3, 11)
WAL_RESET_REPAIRED: Final = (3, 51, 3)
"""Before it a commit could be lost when a second connection checkpoints while the write-ahead log is reset."""
MIN_FREE_BYTES: Final = 1 << 30
LOW_FREE_BYTES: Final = 10 << 30
MIN_OPEN_FILES: Final = 1024
LOW_OPEN_FILES: Final = 8192

_REINSTALL: Final = Label(
    "在专用虚拟环境中重新安装：scripts/install", "install again in an environment of its own: scripts/install"
)


@dataclass(frozen=True, slots=True)
class KernelClock:
    """The state of the kernel's clock; `known` is false where the kernel does not give it."""

    known: bool
    synchronised: bool
    error_us: int


def _parse_version(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def _write_version(version: Sequence[int]) -> str:
    return ".".join(str(part) for part in version)


def judge_python(version: tuple[int, ...]) -> CheckFinding:
    """Judge the interpreter's version."""
    subject, shown = Label("Python 版本", "Python's version"), _write_version(version)
    if version < MIN_PYTHON:
        remedy = Label("改用 Python 3.11 或更新版本", "use Python 3.11 or newer")
        return report_wrong(subject, Label(shown, shown), remedy)
    return report_right(subject, shown, shown)


def judge_owner(name: str, owners: Sequence[str], *, from_source: bool) -> CheckFinding:
    """Judge whose a package name is. The names are generic, so another distribution could overwrite ours.

    `owners` are the distributions that install it; none is right only for an installation from source.
    """
    subject = Label(f"包名 {name}", f"the package name {name}")
    if set(owners) == {DISTRIBUTION}:
        return report_right(subject, "仅属本网关", "belongs to this gateway alone")
    if not owners and from_source:
        return report_right(subject, "源码方式安装", "installed from source")
    shown = ", ".join(sorted(set(owners))) or "nobody"
    return report_wrong(subject, Label(f"属于 {shown}", f"belongs to {shown}"), _REINSTALL)


def read_floors(requirements: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the lowest version of each requirement that no extra brings, from the form `name>=1.2,<2`."""
    floors = {}
    for requirement in requirements:
        match = re.match(r"([A-Za-z0-9._-]+)[^;]*>=\s*([0-9.]+)", requirement)
        if match and "extra ==" not in requirement:
            floors[match.group(1).lower()] = _parse_version(match.group(2))
    return floors


def judge_versions(floors: Mapping[str, tuple[int, ...]], installed: Mapping[str, str]) -> CheckFinding:
    """Judge what is installed against the floors; a requirement that is not in `installed` is absent."""
    subject = Label("依赖版本", "the versions of what we need")
    faults = []
    for name, floor in sorted(floors.items()):
        found = installed.get(name, "")
        if _parse_version(found) < floor:
            faults.append(f"{name} {found or '—'} < {_write_version(floor)}")
    if faults or not floors:
        shown = "; ".join(faults) or "no requirements"
        return report_wrong(subject, Label(shown, shown), _REINSTALL)
    return report_right(subject, f"{len(floors)} 项均符合", f"all {len(floors)} are as required")


def judge_sqlite(version: str) -> CheckFinding:
    """Judge the SQLite library; below WAL_RESET_REPAIRED it is safe only as this gateway uses it."""
    subject, numbers = Label("SQLite 版本", "SQLite's version"), _parse_version(version)
    if numbers < MIN_SQLITE:
        least = _write_version(MIN_SQLITE)
        return report_wrong(
            subject, Label(version, version), Label(f"升级到 {least} 或更新", f"upgrade to {least} or newer")
        )
    if numbers < WAL_RESET_REPAIRED:
        fixed = _write_version(WAL_RESET_REPAIRED)
        return report_doubt(
            subject,
            Label(
                f"{version}：早于 {fixed}，预写日志重置存在缺陷；本网关只用一个连接写入并做检查点，不受影响",
                f"{version}: before {fixed} resetting the write-ahead log has a defect; this gateway writes and "
                "checkpoints with one connection, which it does not touch",
            ),
            Label("节点运行时不要用其他工具打开 log.db", "open log.db with no other tool while the node runs"),
        )
    return report_right(subject, version, version)


def judge_engines(names: Sequence[str]) -> CheckFinding:
    """Judge the engines of the leak guard's quick look; all give equal verdicts, and the first is used."""
    subject, shown = Label("防泄漏检查的匹配引擎", "the leak guard's pattern engine"), ", ".join(names)
    if names[:1] == ["stdlib"]:
        remedy = Label("安装可选依赖 accelerate 可快数倍", "the extra accelerate makes it several times faster")
        return report_doubt(
            subject, Label("仅标准库（判定相同）", "the standard library alone (equal verdicts)"), remedy
        )
    return report_right(
        subject, f"使用 {names[0]}（可用：{'、'.join(names)}）", f"{names[0]} is used (there are {shown})"
    )


def judge_clock(clock: KernelClock) -> CheckFinding:
    """Judge the kernel's clock; an unsynchronised one is a doubt, since peers judge our time themselves."""
    subject = Label("系统时钟", "the kernel clock")
    remedy = Label("启用 chrony 或 systemd-timesyncd", "enable chrony or systemd-timesyncd")
    if not clock.known:
        return report_doubt(subject, Label("内核未给出状态", "the kernel does not say"), remedy)
    if not clock.synchronised:
        return report_doubt(subject, Label("未同步", "not synchronised"), remedy)
    shown = f"{clock.error_us / 1e6:.3f} s"
    return report_right(subject, f"已同步，最大误差 {shown}", f"synchronised, error at most {shown}")


def judge_disk(free_bytes: int) -> CheckFinding:
    """Judge the free space beside the audit log."""
    subject = Label("审计日志磁盘空间", "free disk space for the audit log")
    shown = f"{free_bytes / (1 << 30):.1f} GiB"
    remedy = Label("清理或扩容；写满后节点停止服务", "free or add space; when it is full the node stops answering")
    if free_bytes < MIN_FREE_BYTES:
        return report_wrong(subject, Label(shown, shown), remedy)
    if free_bytes < LOW_FREE_BYTES:
        return report_doubt(subject, Label(shown, shown), remedy)
    return report_right(subject, shown, shown)


def judge_open_files(soft: int) -> CheckFinding:
    """Judge the limit of open files of this process."""
    subject, shown = Label("打开文件数上限", "the limit of open files"), str(soft)
    remedy = Label(f"设置 LimitNOFILE={LOW_OPEN_FILES} 或更高", f"set LimitNOFILE={LOW_OPEN_FILES} or more")
    if soft < MIN_OPEN_FILES:
        return report_wrong(subject, Label(shown, shown), remedy)
    if soft < LOW_OPEN_FILES:
        return report_doubt(subject, Label(shown, shown), remedy)
    return report_right(subject, shown, shown)


def judge_port(setting: str, host: str, port: int, why: str, *, running: bool) -> CheckFinding:
    """Judge a port of ours: `why` is empty where it can be bound, else the reason of the system.

    While this node is `running` it holds the port itself.
    """
    subject = Label(f"端口 {host}:{port} {setting}", f"the port {host}:{port} {setting}")
    if not why:
        return report_right(subject, "空闲", "free")
    found = Label(f"不可用：{put_detail(why).zh}", f"not free: {why}")
    if running:
        return report_right(subject, f"{found.zh}；本节点正在运行", f"{found.en}; this node runs")
    return report_wrong(
        subject,
        found,
        Label(
            f"停用占用者（ss -ltnp 'sport = :{port}' 可查），或改 {setting}",
            f"stop who holds it (ss -ltnp 'sport = :{port}' names it), or change {setting}",
        ),
    )
