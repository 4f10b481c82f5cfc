"""What a search that found nothing asked for in vain: a mistyped item reads as if nothing had happened.

Items, scenes and use bases are those that are shipped and those of the node itself; a word that is none of them, and
that no entry names either, is refused with the nearest. The departments of a log are an open set: one that no entry
names is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.audit.review.search import EVER_US, Criteria, search_whole
from gateway.audit.review.whole import WholeLog
from gateway.cli.codes import suggest
from gateway.cli.items.typed import describe_unknown_item, load_items_of
from gateway.cli.language import word
from gateway.cli.screen import Problem, make_console, quote
from gateway.ground.item import Item, Label

_NAMES: Final[Mapping[str, Label]] = {
    "department": Label("部门", "the department"),
    "item": Label("事项", "the item"),
    "scene": Label("应用场景", "the scene"),
    "use_basis": Label("使用依据", "the use basis"),
}


def find_absent(
    log: WholeLog, directory: Path, *, department: str = "", item: str = "", scene: str = "", use_basis: str = ""
) -> dict[str, str]:
    """Return those of the criteria that no entry of a log names, by their names; an empty text is no criterion.

    Raises:
        Problem: one is an item, a scene or a use basis that does not exist.
    """
    typed = {"department": department, "item": item, "scene": scene, "use_basis": use_basis}
    absent = {name: text for name, text in typed.items() if text and not _occurs(log, name, text)}
    if absent.keys() - {"department"}:
        items = (*load_items_of(None), *_load_own(directory))
        for name, text in absent.items():
            _require_known(items, name, text)
    return absent


def show_absent(absent: Mapping[str, str]) -> None:
    """Say to a person which of the criteria no entry names."""
    for name, text in absent.items():
        line = word(f"日志中没有{_NAMES[name].zh} {text} 的条目", f"no entry of the log names {_NAMES[name].en} {text}")
        make_console().print(f"[yellow]![/] {quote(line)}")


def _occurs(log: WholeLog, name: str, text: str) -> bool:
    criteria = Criteria(
        since_us=0,
        until_us=EVER_US,
        department=text if name == "department" else "",
        item_code=text if name == "item" else "",
        scene=text if name == "scene" else "",
        use_basis=text if name == "use_basis" else "",
    )
    return next(search_whole(log, criteria, limit=1), None) is not None


def _load_own(directory: Path) -> tuple[Item, ...]:
    """Return the items of the node whose log it is; none where the log stands alone or they cannot be read."""
    if not (directory / "node.toml").is_file():
        return ()
    try:
        return load_items_of(directory)
    except Problem:
        return ()


def _require_known(items: tuple[Item, ...], name: str, text: str) -> None:
    if name == "item" and text not in {item.code for item in items}:
        raise describe_unknown_item(items, text)
    if name not in ("scene", "use_basis"):
        return
    known = {code: label for item in items for code, label in (item.scenes if name == "scene" else item.use_bases)}
    option = f"--{name.replace('_', '-')}"
    if text not in known:
        raise Problem(
            Label(f"没有{_NAMES[name].zh} {text[:40]}", f"no item has {_NAMES[name].en} {text[:40]}"),
            Label(f"某一事项的{_NAMES[name].zh}", f"{_NAMES[name].en} of an item"),
            suggest(
                text,
                known,
                Label(f"改正 {option}，用 chuanyu items show 查看", f"correct {option}; see chuanyu items show"),
            ),
            exit_code=2,
        )
