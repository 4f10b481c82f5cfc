"""Reads an item as a person types it: its code, in letters of either case, or its name in either language."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.codes import suggest
from gateway.cli.details import put_detail
from gateway.cli.screen import Problem
from gateway.ground.item import Item, Label

if TYPE_CHECKING:
    from gateway.catalogue.schema import CatalogueError


def find_items(items: Iterable[Item], typed: str) -> list[Item]:
    """Return the items, one or several versions, that are meant by a code or a name; none where nothing is."""
    wanted = typed.strip()
    return [
        item
        for item in items
        if item.code == wanted.upper() or item.label.zh == wanted or item.label.en.casefold() == wanted.casefold()
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


def load_items_of(config: Path | None) -> tuple[Item, ...]:
    """Return the items that are shipped, with those of a node's catalogue; raises Problem where they cannot be read."""
    from gateway.catalogue.loader import PACKAGED, item_directories, load_items
    from gateway.catalogue.schema import CatalogueError

    if config is None:
        directories: tuple[Path, ...] = (PACKAGED / "items",)
    elif config.exists():
        directories = item_directories(choose_catalogue(config))
    else:
        raise Problem(
            Label(f"{config} 不存在", f"{config}, which does not exist"),
            Label("节点的配置文件", "a node's settings file"),
            Label("核对路径", "check the path"),
            exit_code=2,
        )
    try:
        return load_items(*directories)
    except CatalogueError as error:
        raise report_catalogue(error) from error


def report_catalogue(error: CatalogueError) -> Problem:
    """Return the problem of items or profiles that do not read, with every fault."""
    return Problem(
        Label(f"文件有 {len(error.faults)} 处错误：\n{put_detail(error).zh}", f"{len(error.faults)} faults:\n{error}"),
        Label("合乎规则的事项和档案文件", "files of items and profiles that keep the rules"),
        Label("按 docs/reference/items.zh-CN.md 改正", "correct them as docs/reference/items.md says"),
    )


def choose_catalogue(config: Path) -> Path:
    """Return the directory whose `items` and `profile` are meant: the one named, else that of its settings file."""
    place = config if config.is_dir() else config.parent
    settings_file = place / "node.toml" if config.is_dir() else config
    if (place / "items").is_dir() or (place / "profile").is_dir() or not settings_file.is_file():
        return place
    from gateway.cli.settings_file import load_catalogue_directory

    return load_catalogue_directory(settings_file)
