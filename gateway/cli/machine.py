"""Reads the facts of this machine that `checks.machine` judges."""

from __future__ import annotations

import ctypes
import resource
import shutil
import socket
import sqlite3
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.checks.machine import (
    DISTRIBUTION,
    OURS,
    KernelClock,
    judge_clock,
    judge_disk,
    judge_engines,
    judge_open_files,
    judge_owner,
    judge_port,
    judge_python,
    judge_sqlite,
    judge_versions,
    read_floors,
)
from gateway.cli.screen import CheckFinding

if TYPE_CHECKING:
    from gateway.settings import Settings

_TIMEX_BYTES: Final = 512
"""More than `struct timex` of any Linux."""
_STA_UNSYNC: Final = 0x40
_TIME_ERROR: Final = 5


def read_clock() -> KernelClock:
    """Ask the kernel by adjtimex(2), which changes nothing when no mode is set."""
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_long) != 8:
        return KernelClock(known=False, synchronised=False, error_us=0)
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    state = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    if state < 0:
        return KernelClock(known=False, synchronised=False, error_us=0)
    error_us = int.from_bytes(timex.raw[24:32], sys.byteorder, signed=True)
    status = int.from_bytes(timex.raw[40:44], sys.byteorder)
    return KernelClock(known=True, synchronised=state != _TIME_ERROR and not status & _STA_UNSYNC, error_us=error_us)


def read_versions(names: list[str]) -> dict[str, str]:
    """Return the version of each distribution that is installed."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def is_from_source() -> bool:
    """Tell whether this gateway is installed from its source tree (PEP 610)."""
    try:
        text = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return False
    return text is not None and '"editable": true' in text


def try_port(host: str, port: int) -> str:
    """Return why a port cannot be bound, or nothing."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def look_at_machine() -> list[CheckFinding]:
    """Look at what every machine has."""
    from gateway.leakguard.engines import engines

    try:
        floors = read_floors(metadata.requires(DISTRIBUTION) or [])
    except metadata.PackageNotFoundError:
        floors = {}
    owners = metadata.packages_distributions()
    return [
        judge_python(sys.version_info[:3]),
        *(judge_owner(name, owners.get(name, ()), from_source=is_from_source()) for name in OURS),
        judge_versions(floors, read_versions(list(floors))),
        judge_sqlite(sqlite3.sqlite_version),
        judge_engines([engine.name for engine in engines()]),
        judge_clock(read_clock()),
        judge_open_files(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
    ]


def look_at_node(settings: Settings) -> list[CheckFinding]:
    """Look at what this node needs of the machine."""
    place = settings.audit.directory
    while not place.exists() and place != Path(place.anchor):
        place = place.parent
    listen = settings.listen
    ports = (listen.port, listen.metrics_port, listen.witness_port)
    return [
        judge_disk(shutil.disk_usage(place).free),
        *(judge_port(listen.host, port, try_port(listen.host, port)) for port in ports),
    ]
