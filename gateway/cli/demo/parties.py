"""The parties of the demo: the departments that are shipped, and for each of them a window and a body it serves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.catalogue.loader import load_parties
from gateway.ground.item import Item


def find_department(province: str, kind: str) -> str:
    """Return the code of the province's department of a type."""
    return next(d.code for d in load_parties().departments if d.province == province and d.type == kind)


def find_consumer(item: Item, province: str) -> str:
    """Return the department by which a province asks for an item: the first type that it has registered."""
    types = {str(d.type): d.code for d in load_parties().departments if d.province == province}
    return next(types[kind] for kind in item.consumers if kind in types)


def find_provider(item: Item, province: str) -> str:
    """Return the department of a province whose data an item is about."""
    return find_department(province, item.providers[0])


def name_unit(department: str) -> str:
    """Return the code of the window in which officials of a department act."""
    return f"{department}-window"


def name_body(department: str) -> str:
    """Return the code of the body that a department serves."""
    return f"{department}-body"


def render_roster(province: str, applications: Sequence[str]) -> str:
    """Return the roster of a province's node: what it answers for, and the windows and bodies of both provinces.

    Args:
        province: the node's own province; its applications act for all departments of it.
        applications: their URIs.
    """
    known = load_parties().departments
    own = _write_codes(one.code for one in known if one.province == province)
    lines = [f"answering = {own}\n"]
    lines += [f'\n[[applications]]\nuri = "{uri}"\ndepartments = {own}\n' for uri in applications]
    for one in known:
        for table, code, zh, en in (
            ("units", name_unit(one.code), "综合窗口", "window"),
            ("bodies", name_body(one.code), "所服务的机构", "a body that it serves"),
        ):
            label = f'{{ zh = "{one.label.zh}{zh}", en = "{one.label.en}, {en}" }}'
            lines.append(f'\n[[{table}]]\ncode = "{code}"\nlabel = {label}\ndepartment = "{one.code}"\n')
    return "".join(lines)


def _write_codes(codes: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{code}"' for code in codes) + "]"
