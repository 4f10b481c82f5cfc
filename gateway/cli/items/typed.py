"""Reads an item as a person types it: its code, in letters of either case, or its name in either language."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.cli.codes import suggest
from gateway.cli.screen import Problem
from gateway.ground.item import Item, Label


def find_items(items: Iterable[Item], typed: str) -> list[Item]:
    """Return the items, one or several versions, that are meant by a code or a name; none where nothing is."""
    wanted = typed.strip()
    return [
        item
        for item in items
        if item.code == wanted.upper()
        or item.label.zh == wanted
        or item.label.en.casefold() == wanted.casefold()
    ]


def describe_unknown_item(items: Iterable[Item], typed: str) -> Problem:
    """Return the problem of an item that does not exist, with the nearest that does."""
    known = {item.code: item.label for item in items}
    return Problem(
        Label(f"没有事项 {typed[:40]}", f"no item {typed[:40]}"),
        Label("现有事项的编码或名称", "the code or the name of an item that exists"),
        suggest(typed, known, Label("用 chuanyu items list 查看", "see chuanyu items list")),
        exit_code=2,
    )
