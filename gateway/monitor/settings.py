"""The monitor's settings: one TOML file with the logs, their nodes and witnesses, keys from elsewhere, certificates.

Rules: as a node's settings: strict types, bounds on every number, no unknown key, and no setting that turns a check
off. Relative paths belong to the directory of the file.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from gateway.ground.item import Label
from gateway.ground.os_errors import describe_os_error
from gateway.settings import SettingsError
from gateway.settings.faults import broken, explain, unreadable
from gateway.settings.sections import Location, Section
from gateway.witness.reading import PlaceInvalid, WitnessPlace
from keys.files import read_file

MAX_BYTES: Final = 262_144
MAX_LOGS: Final = 32
"""Logs that one monitor follows."""
MAX_WITNESSES: Final = 16
"""Witnesses of one log."""
_TARGET: Final = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
_REMEDY: Final = Label("改正 --config 所指文件", "correct the file that --config names")


def _target(value: str) -> str:
    if not _TARGET.fullmatch(value):
        raise broken(repr(value)[:80], repr(value)[:80], "主机:端口", "host:port")
    return value


def _place(value: str) -> str:
    try:
        WitnessPlace.parse(value)
    except PlaceInvalid as error:
        shown = repr(value)[:80]
        raise broken(shown, shown, "主机:见证端口，或 https 网址", "host:port or an https address") from error
    return value


class WatchedWitness(Section):
    """A witness of a log: its keys, where it shows what it cosigned, and the authority of its certificate."""

    keys: Location
    address: Annotated[str, AfterValidator(_place)]
    authority: Location
    server_name: str = ""

    @property
    def place(self) -> WitnessPlace:
        """Return the address."""
        return WitnessPlace.parse(self.address, self.server_name)


class WatchedLog(Section):
    """A log: its keys, its node, the reviewer's certificate of that province, its witnesses and their policy."""

    keys: Location
    node: Annotated[str, AfterValidator(_target)]
    authority: Location
    certificate: Location
    key: Location
    passphrase_file: Location
    witnesses: Annotated[list[WatchedWitness], Field(min_length=1, max_length=MAX_WITNESSES)]
    server_name: str = ""
    policy_file: Location | None = None


class Watch(Section):
    """How the monitor works: where its records lie, how often it asks, after how long it raises an alarm."""

    directory: Location
    every_seconds: Annotated[float, Field(ge=1, le=30)] = 15.0
    silence_seconds: Annotated[float, Field(ge=5, le=3600)] = 45.0
    lag_seconds: Annotated[float, Field(ge=5, le=3600)] = 45.0
    timeout_seconds: Annotated[float, Field(ge=1, le=30)] = 10.0
    certificate_days: Annotated[int, Field(ge=1, le=365)] = 14
    metrics_file: Location | None = None


class MonitorSettings(Section):
    """The whole file."""

    watch: Watch
    logs: Annotated[list[WatchedLog], Field(min_length=1, max_length=MAX_LOGS)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({(log.keys, log.node) for log in self.logs}) != len(self.logs):
            raise broken("同一日志出现两次", "a log that stands twice", "每个日志一次", "each log once")
        return self

    @classmethod
    def load(cls, path: Path) -> MonitorSettings:
        """Read a file.

        Raises:
            SettingsError: with every fault.
        """
        try:
            table = tomllib.loads(read_file(path, MAX_BYTES).decode("utf-8-sig"))
        except OSError as error:
            why = describe_os_error(error)
            raise SettingsError((unreadable(str(path), why.zh, why.en, _REMEDY),)) from error
        except (ValueError, RecursionError) as error:
            place = re.search(r"line ([0-9]+), column ([0-9]+)", str(error))
            zh = f"不是 TOML，第 {place[1]} 行第 {place[2]} 列有误" if place else "不是 TOML，或不是 UTF-8 文本"
            raise SettingsError((unreadable(str(path), zh, f"no TOML: {error}", _REMEDY),)) from error
        try:
            return cls.model_validate(table, context={"directory": path.resolve().parent})
        except ValidationError as error:
            found = error.errors(include_url=False)
            faults = tuple(explain(one, _known(one["loc"])) for one in found)
            raise SettingsError(
                tuple(type(one)(one.path, one.found, one.expected, _REMEDY) for one in faults)
            ) from error


_TABLES: Final[dict[str, type[Section]]] = {"watch": Watch, "logs": WatchedLog, "witnesses": WatchedWitness}


def _known(place: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys of the table in which a fault stands."""
    model: type[Section] = MonitorSettings
    for step in place[:-1]:
        model = _TABLES.get(str(step), model)
    return tuple(model.model_fields)
