"""Tables that fit the terminal: no column is narrower than its longest code, so no code is folded or cut.

Where the codes of a row are too wide for one line, every row is shown as lines, the first column as their head.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal

from gateway.cli.help import count_cells, measure_longest, wrap
from gateway.cli.language import sign
from gateway.cli.screen import make_console
from gateway.ground.visible import spell_unseen

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

Cell = Sequence[str]
"""The lines of a cell, which may be others' text."""

SHORT: Final = 20
"""Cells of a column that is broken only where there is no other way: one with a time fits."""


def fit_columns(heads: Sequence[Cell], rows: Sequence[Sequence[Cell]], room: int) -> list[int] | None:
    """Return the width of each column in cells, together at most `room`; None where the longest codes need more.

    Short columns have each line whole where there is room; what is left is shared.
    """
    columns = [[line for row in (heads, *rows) for line in row[place]] for place in range(len(heads))]
    codes = [max(map(measure_longest, lines), default=1) for lines in columns]
    wishes = [max(map(count_cells, lines), default=1) for lines in columns]
    short = [wish if wish <= SHORT else code for wish, code in zip(wishes, codes, strict=True)]
    widths = short if sum(short) <= room else codes
    spare = room - sum(widths)
    if spare < 0:
        return None
    more = {place: wishes[place] - width for place, width in enumerate(widths)}
    for after, place in enumerate(sorted(more, key=lambda place: more[place])):
        given = min(more[place], spare // (len(widths) - after))
        widths[place] += given
        spare -= given
    return widths


def show_table(
    title: str,
    heads: Sequence[Cell],
    rows: Iterable[Sequence[Cell]],
    *,
    plain: bool = False,
    right: Collection[int] = (),
) -> None:
    """Print a table under its title.

    Args:
        title: one line above it; an empty one is left out.
        heads: what stands above each column.
        rows: the rows, each with as many cells as there are heads.
        plain: whether there is a rule below the heads alone, and no other lines.
        right: the places of the columns of numbers, which end at the right.
    """
    from rich.text import Text

    console = make_console()
    spelt = [[[spell_unseen(line) for line in cell] for cell in row] for row in rows]
    widths = fit_columns(heads, spelt, console.width - 3 * len(heads) - 1)
    if widths is not None:
        console.print(_make_table(title, heads, spelt, widths, plain=plain, right=right))
        return
    if title:
        console.print(Text(title))
    for row in spelt:
        for line in _list_lines(heads, row, console.width):
            console.print(Text(line), soft_wrap=True)


def _make_table(
    title: str,
    heads: Sequence[Cell],
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[int],
    *,
    plain: bool,
    right: Collection[int],
) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    above = Text(title) if title else None
    table = Table(title=above, title_justify="left", box=box.SIMPLE_HEAD if plain else box.HEAVY_HEAD)
    for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
        side: Literal["left", "right"] = "right" if place in right else "left"
        table.add_column(Text("\n".join(_break(head, width))), width=width, overflow="fold", justify=side)
    for row in rows:
        table.add_row(*(_colour(_break(cell, width)) for cell, width in zip(row, widths, strict=True)))
    return table


def _colour(lines: Sequence[str]) -> Text:
    from rich.text import Text

    text = Text("\n".join(lines))
    text.highlight_words(["✓"], "green")
    text.highlight_words(["✗"], "red")
    return text


def _break(cell: Cell, width: int) -> list[str]:
    return [part for line in cell for part in wrap(line, width) or [""]]


def _list_lines(heads: Sequence[Cell], row: Sequence[Cell], width: int) -> list[str]:
    """Return a row as lines: its first cell, and below it the others, each under its head."""
    first, *rest = (sign("，", ", ").join(filter(None, cell)) for cell in row)
    named = (f"{sign('', ' ').join(head)}{sign('：', ': ')}{text}" for head, text in zip(heads[1:], rest, strict=True))
    return [*wrap(first, width), *(f"    {part}" for line in named for part in wrap(line, width - 4))]
