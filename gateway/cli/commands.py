"""Sub-commands that are imported when they are named, so that a command line starts without what it does not use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


class NamedCommands(Mapping[str, Any]):
    """The sub-commands of a group by name, in the order of the help; each is imported when it is first looked up.

    `places` maps a name to `module:attribute`: a function, which is the command, or a `typer.Typer`, which is a group.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return a command, imported now if it was not; raises KeyError for a name outside the table."""
        if name not in self._made:
            self._made[name] = _make_command(name, self._places[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names in their order; nothing is imported."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many sub-commands there are."""
        return len(self._places)


def make_group(places: Mapping[str, str], base: type[TyperGroup] = TyperGroup) -> type[TyperGroup]:
    """Return a group of these sub-commands for the `cls` of a `typer.Typer`; see `NamedCommands`."""

    def begin(group: Any, **settings: Any) -> None:
        base.__init__(group, **settings | {"commands": NamedCommands(places)})

    return type("NamedGroup", (base,), {"__init__": begin})


def make_app(places: Mapping[str, str], help_text: str) -> typer.Typer:
    """Return an app of these sub-commands alone, which shows its help where none is named; see `NamedCommands`."""
    app = typer.Typer(cls=make_group(places), no_args_is_help=True, help=help_text)
    app.callback()(_take_no_options)
    return app


def _make_command(name: str, place: str) -> Any:
    module, attribute = place.split(":")
    found: typer.Typer | Callable[..., Any] = getattr(import_module(module), attribute)
    holder = typer.Typer(rich_markup_mode=None, add_completion=False)
    holder.callback()(_take_no_options)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.command(name)(found)
    return typer.main.get_group(holder).commands[name]


def _take_no_options() -> None: ...
