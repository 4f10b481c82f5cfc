"""Checks that the library for a log in PostgreSQL is installed: an extra, for most nodes need none."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from gateway.cli.screen import CheckFinding, Problem, report_right, report_wrong
from gateway.ground.item import Label

if TYPE_CHECKING:
    from gateway.settings import Settings

_SUBJECT: Final = Label("PostgreSQL 驱动", "the driver of PostgreSQL")
_FOUND: Final = Label(
    "node.toml 的 audit.store 为 postgresql，但未安装 asyncpg",
    "audit.store of node.toml is postgresql, but the library asyncpg is not installed",
)
_EXPECTED: Final = Label("已安装的 asyncpg", "the library asyncpg, installed")
_REMEDY: Final = Label(
    "在节点的虚拟环境中安装：pip install 'chuanyu-gateway[postgres]'",
    "install it in the node's environment: pip install 'chuanyu-gateway[postgres]'",
)


def _needs_driver(settings: Settings) -> bool:
    return settings.audit.store == "postgresql"


def _has_driver() -> bool:
    return find_spec("asyncpg") is not None


def require_driver(settings: Settings) -> None:
    """Return if the log of these settings can be reached with what is installed.

    Raises:
        Problem: it lies in PostgreSQL and the driver is not there.
    """
    if _needs_driver(settings) and not _has_driver():
        raise Problem(_FOUND, _EXPECTED, _REMEDY)


def check_driver(settings: Settings) -> Iterator[CheckFinding]:
    """Yield whether the driver is installed; nothing where the log needs none."""
    if not _needs_driver(settings):
        return
    if _has_driver():
        yield report_right(_SUBJECT, "已安装 asyncpg", "asyncpg is installed")
    else:
        yield report_wrong(_SUBJECT, _FOUND, _REMEDY)
