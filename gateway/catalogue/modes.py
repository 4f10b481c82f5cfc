"""The modes in which an item is shared (共享方式, 政务数据共享条例 art. 22), and the mode and rows of a question.

Rules: a question whose answer one page must hold is 服务接口 (`api`), one that is answered page by page is
批量交换 (`batch`). The item and the grant each say how many rows a request may have in a mode; both bind.
文件下载 (`file`), 推送 (`push`) and what is asked within a case alone are registered and listed, and refused by
name until this gateway serves them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.catalogue.schema import Table
from gateway.ground.item import Item, Mode, SharingMode
from gateway.ground.refusals import Reason, Refusal

MAX_ROWS: Final = 100_000
"""Rows of one request at most, in any mode."""
MOST_PERSONS: Final = 1_000_000
"""Persons whom an item or a grant may name as the most of a day."""
SERVED: Final = (SharingMode.API, SharingMode.BATCH)
"""The modes in which a question can be put to this gateway."""


def _read_mode(table: Table) -> Mode:
    """Return the mode of one table of `modes`."""
    return Mode(
        mode=table.choice("mode", SharingMode),
        max_rows=table.integer("max_rows", 1, MAX_ROWS),
        min_rows=table.integer("min_rows", 1, MAX_ROWS, absent=1),
        case_only=table.boolean("case_only", absent=False),
    )


def read_counted_mode(table: Table) -> Mode:
    """Return the mode of one table of `modes` that may bound how many persons are looked at in a day, by 1 at least."""
    return replace(
        _read_mode(table),
        operator_day=table.integer("operator_day", 1, MOST_PERSONS, absent=0),
        department_day=table.integer("department_day", 1, MOST_PERSONS, absent=0),
    )


def render_mode(mode: Mode) -> dict[str, object]:
    """Return the table of a mode, every column said but for bounds of persons that it does not have."""
    persons = {"operator_day": mode.operator_day, "department_day": mode.department_day}
    return {
        **{name: most for name, most in persons.items() if most},
        "mode": str(mode.mode),
        "min_rows": mode.min_rows,
        "max_rows": mode.max_rows,
        "case_only": mode.case_only,
    }


def mode_of(page_rows: int) -> SharingMode:
    """Return the mode of a question, by the rows that it asks for in a page; 0 where one page must hold the answer."""
    return SharingMode.BATCH if page_rows else SharingMode.API


def is_served(mode: Mode) -> bool:
    """Tell whether this gateway serves a mode outside a case."""
    return mode.mode in SERVED and not mode.case_only


def require_mode(item: Item, sought: SharingMode, rows: int) -> Mode:
    """Return the item's mode in which a question comes, for as many rows as it has.

    Args:
        item: the item that is asked.
        sought: the mode of the question.
        rows: its rows of keys; of an item that names nobody they count as what they are, one row of parameters.

    Raises:
        Refusal: MODE_NOT_SERVED, MODE_NOT_GRANTED, ROWS_NOT_GRANTED.
    """
    if not any(map(is_served, item.modes)):
        raise Refusal(Reason.MODE_NOT_SERVED, f"{item.code}: {name_modes(item.modes)}")
    mode = item.mode(sought)
    if mode is None:
        raise Refusal(Reason.MODE_NOT_GRANTED, f"{item.code}: expected {name_modes(item.modes)}, found {sought}")
    if not is_served(mode):
        raise Refusal(Reason.MODE_NOT_SERVED, f"{item.code}: {name_modes((mode,))}")
    if item.subjects and rows and not mode.min_rows <= rows <= mode.max_rows:
        raise rows_refusal(item.code, mode, rows)
    return mode


def rows_refusal(holder: str, mode: Mode, rows: int) -> Refusal:
    """Return the refusal of a number of rows; `holder` is the item or the grant that says the bounds."""
    return Refusal(
        Reason.ROWS_NOT_GRANTED,
        f"{holder}: expected {mode.min_rows} to {mode.max_rows} rows in {mode.mode}, found {rows}",
    )


def name_modes(modes: tuple[Mode, ...]) -> str:
    """Return the modes in words of the documents: their codes, and beside one whether it is of a case alone."""
    return ", ".join(f"{one.mode} (case_only)" if one.case_only else str(one.mode) for one in modes)
