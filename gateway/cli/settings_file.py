"""Reads the settings file that a command names; each fault of it becomes a finding, or all of them one problem."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.screen import CheckFinding, Problem, report_wrong
from gateway.ground.item import Label
from keys.files import read_file

if TYPE_CHECKING:
    from gateway.settings import Settings, SettingsError, SettingsFault

ConfigFile = Annotated[
    Path, typer.Option("--config", help="节点配置文件 node.toml。The node's settings file, node.toml.")
]
"""The option of every command that works on a node."""


def report_faults(faults: tuple[SettingsFault, ...]) -> list[CheckFinding]:
    """Return one finding for each fault."""
    return [
        report_wrong(
            Label(f"配置 {fault.path}", f"the setting {fault.path}"),
            Label(
                f"{fault.found.zh}；预期{fault.expected.zh}",
                f"{fault.found.en}; expected {fault.expected.en}",
            ),
            fault.remedy,
        )
        for fault in faults
    ]


def describe_faults(error: SettingsError, *, exit_code: int = 1) -> Problem:
    """Return all faults as one problem; a settings file is judged (1), settings that were typed are a misuse (2)."""
    faults = error.faults
    return Problem(
        Label(
            "；".join(f"{fault.path}：{fault.found.zh}" for fault in faults),
            "; ".join(f"{fault.path}: {fault.found.en}" for fault in faults),
        ),
        Label(
            "；".join(f"{fault.path}：{fault.expected.zh}" for fault in faults),
            "; ".join(f"{fault.path}: {fault.expected.en}" for fault in faults),
        ),
        faults[0].remedy,
        exit_code=exit_code,
    )


def load_settings(path: Path) -> Settings:
    """Return the settings of a file.

    Raises:
        Problem: with every fault.
    """
    from gateway.settings import Settings, SettingsError

    try:
        return Settings.load(path)
    except SettingsError as error:
        raise describe_faults(error) from error


def load_catalogue_directory(path: Path) -> Path:
    """Return the directory of the catalogue that a settings file names; the rest of the file is not judged.

    Raises:
        Problem: the file cannot be read, is no TOML, or its table `catalogue` breaks a rule.
    """
    import tomllib

    from pydantic import ValidationError

    from gateway.settings import SettingsError, known_keys
    from gateway.settings.faults import explain, unreadable
    from gateway.settings.sections import Catalogue
    from gateway.settings.tree import MAX_FILE_BYTES

    try:
        table = tomllib.loads(read_file(path, MAX_FILE_BYTES).decode("utf-8-sig")).get("catalogue", {})
        return Catalogue.model_validate(table, context={"directory": path.resolve().parent}).directory
    except ValidationError as error:
        keys = known_keys(("catalogue",))
        faults = tuple(
            explain(details | {"loc": ("catalogue", *details["loc"])}, keys)
            for details in error.errors(include_url=False)
        )
        raise describe_faults(SettingsError(faults)) from error
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise describe_faults(SettingsError((unreadable(str(path), str(error), str(error)),))) from error
