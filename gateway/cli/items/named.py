"""Names of what an entry or a question says of an item: the item, its scenes, use bases and fields, each with its code.

The names are those of the shipped items; what no shipped item has is shown by its code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from gateway.cli.language import say, sign
from gateway.cli.names import add_code
from gateway.ground.item import Label


def name_item(code: str) -> str:
    """Return the name of an item, with its code."""
    return _name(code, "item", code)


def name_scene(code: str, scene: str) -> str:
    """Return the name of a scene of the item `code`, with the scene's code."""
    return _name(code, "scene", scene)


def name_use_basis(code: str, basis: str) -> str:
    """Return the name of a use basis of the item `code`, with the basis' code."""
    return _name(code, "use_basis", basis)


def name_fields(code: str, fields: Iterable[str]) -> str:
    """Return the names of fields of the item `code`, each with its code."""
    return sign("、", ", ").join(_name(code, "field", field) for field in fields)


def _name(item: str, kind: str, code: str) -> str:
    label = _read_names().get((item, kind, code))
    return code if label is None else add_code(say(label), code)


@cache
def _read_names() -> Mapping[tuple[str, str, str], Label]:
    """Return every name by the code of its item, by its kind and by its own code."""
    from gateway.catalogue.loader import PACKAGED, load_items

    names: dict[tuple[str, str, str], Label] = {}
    for item in load_items(PACKAGED / "items"):
        names[item.code, "item", item.code] = item.label
        names |= {(item.code, "scene", scene): label for scene, label in item.scenes}
        names |= {(item.code, "use_basis", basis): label for basis, label in item.use_bases}
        names |= {(item.code, "field", field.name): field.label for field in item.fields}
    return names
