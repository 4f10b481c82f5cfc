"""A node as a service has it: its settings may be read only, all that it writes lies in the directory of its state."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from gateway.settings import Settings
from tests.province import Pristine, StandIn, Two

TOPS = ("audit", "quarantine.json")
"""What of a node's directory is state, beside the months' secrets."""


def move_state(settings: Settings, state: Path) -> Settings:
    """Give a node's state a directory of its own, and return its settings; what is moved is what the page names."""
    state.mkdir(parents=True)
    place = settings.directory
    for top in TOPS:
        if (place / top).exists():
            (place / top).rename(state / top)
    (state / "keys").mkdir(mode=0o700)
    if settings.epochs_directory.exists():
        settings.epochs_directory.rename(state / "keys" / "epochs")
    with (place / "node.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[state]\ndirectory = "{state}"\n')
    return Settings.load(place / "node.toml")


def files_of(place: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a directory: when it was written, and its bytes."""
    return {
        path.relative_to(place).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in place.rglob("*")
        if path.is_file()
    }


async def test_a_node_writes_into_the_directory_of_its_state_alone(pristine: Pristine, tmp_path: Path) -> None:
    """It serves, takes an item out of service, stops, and starts again with what it wrote."""
    two = Two(pristine.restore(), {}, {"sichuan": StandIn(), "chongqing": StandIn()})
    province = two.world["sichuan"]
    settings = move_state(province.settings, tmp_path / "var" / "chuanyu")
    two.world = {**two.world, "sichuan": replace(province, settings=settings)}
    shutil.rmtree(settings.epochs_directory, ignore_errors=True)
    before = files_of(settings.directory)
    for code in ("CY-ID-02", "CY-SS-03"):
        try:
            for name in two.world:
                await two.start(name, serving=False)
            for name in two.world:
                await two.serve(name)
            await two.query(two.ask("CY-ID-01"))
            two.nodes["sichuan"].foundation.quarantine.take(code)
            taken = two.nodes["sichuan"].foundation.quarantine.codes
        finally:
            for name in list(two.nodes):
                await two.stop(name)
    assert ("CY-ID-02", "CY-SS-03") == taken
    assert before == files_of(settings.directory)
    written = {path.split("/")[0] for path in files_of(settings.state.directory)}
    assert {"audit", "keys", "quarantine.json"} == written
