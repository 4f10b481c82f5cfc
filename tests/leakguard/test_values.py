"""Claims about the look at whole columns: it names every row that the look at each row would, of any texts whatever.

Held against the straight-forward way, a row at a time, on pages longer than those on which nothing is passed over.
"""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.leakguard.engines import fastest
from gateway.leakguard.examine import examine
from gateway.leakguard.record import RawRecord
from gateway.leakguard.rows import Cells, Rows
from gateway.leakguard.signs import compact
from gateway.leakguard.values import ShownSigns, Values
from tests.leakguard.test_engines import RECORD
from tests.leakguard.test_numbers import DRESSES

ROWS = 40
SIGNS = st.sampled_from("王小明欧阳一号街栋李姓01Xßa·，* \n\x1f\ud800\udc00\U00020bb7\U0001d7ce")
TEXTS = st.lists(st.one_of(st.none(), st.text(SIGNS, max_size=9)), min_size=ROWS, max_size=ROWS)
CELLS = st.lists(st.text(SIGNS, max_size=12), min_size=ROWS, max_size=ROWS)


def _may_hold(value: str, cell: str) -> bool:
    """Tell whether a cell holds a text's last sign, or any pair of its signs that is not ASCII, separators left out."""
    pairs = [first + second for first, second in pairwise(value)]
    return value[-1:] in cell or any(not pair.isascii() and pair in compact(cell) for pair in pairs)


def _pairs(cell: str) -> set[str]:
    """Return every pair of letters or digits of a cell."""
    return {
        first + second for text in (compact(cell), cell if cell.isalnum() else "") for first, second in pairwise(text)
    }


@given(TEXTS, CELLS)
def test_no_row_that_may_hold_a_text_is_left_out(texts: list[str | None], cells: list[str]) -> None:
    """Nulls, empty cells, lower case, separators, halves of pairs and signs beyond the basic plane among them."""
    values = Values("name", texts)
    expected = {
        row for row, (text, cell) in enumerate(zip(texts, cells, strict=True)) if text and _may_hold(text, cell)
    }
    if values.words:
        assert expected <= set(ShownSigns(cells).beside(values))


@given(TEXTS, CELLS)
def test_no_end_that_stands_in_any_cell_is_left_out(texts: list[str | None], cells: list[str]) -> None:
    """The last two letters or digits of any row, in the cell of whichever row."""
    values, pairs = Values("name", texts), set().union(*map(_pairs, cells))
    ends = {text[-2:] if text[-2:].isalnum() else compact(text)[-2:] for text in texts if text}
    expected = {end for end in ends & pairs if not end.isascii()}
    if values.words:
        assert expected <= values.ends(ShownSigns(cells).ending(values))


@given(TEXTS, CELLS)
def test_a_column_may_hold_what_any_of_its_cells_may(texts: list[str | None], cells: list[str]) -> None:
    """Forty rows are answered for as each of them alone is, where all are looked at."""
    values = Values("name", texts)
    alone = any(Cells([cell], {}).may_hold(values) for cell in cells)
    assert alone == Cells(cells, {}).may_hold(values)


def test_signs_that_share_a_rank_hide_nothing() -> None:
    """A column with more signs than are told apart names its row all the same."""
    cells = ["".join(map(chr, range(0x4E00 + 9 * row, 0x4E09 + 9 * row))) for row in range(400)]
    for at in (0, 28, 255, 399):
        names = ["〇〇"] * 400
        names[at] = cells[at][3:6]
        assert at in ShownSigns(cells).beside(Values("name", names))
        assert names[at][-2:] in Values("name", names).ends(ShownSigns(cells).ending(Values("name", names)))


def test_clean_rows_are_passed_over() -> None:
    """Else nothing would be gained: of names that no cell shows none is looked at."""
    names = Values("name", ["王小明", None, "", "欧阳丽华"] * ROWS)
    assert [] == list(ShownSigns(["窗口已受理，材料齐全"] * 4 * ROWS).beside(names))
    assert [] == list(ShownSigns(["窗口已受理，材料齐全"] * 4 * ROWS).ending(names))


@pytest.mark.parametrize("seed", range(40))
def test_a_long_page_is_judged_as_the_close_look_judges_each_row(seed: int) -> None:
    """Values of the record in any dress, whole and cut short, in every third row: found where the close look finds."""
    random = Random(seed)
    cells = [""] * (3 * ROWS)
    for row in range(0, len(cells), 3):
        value = RECORD[random.choice(sorted(RECORD))]
        text = DRESSES[random.choice(sorted(DRESSES))](value) if random.random() < 0.7 else value
        cut = text[: random.randrange(1, len(text) + 1)]
        cells[row] = f"{random.choice(('', '见', '备注：'))}{cut}{random.choice(('', '。', ' 已办'))}"
    rows = Rows([Values(name, [told] * len(cells)) for name, told in RECORD.items()])
    expected = {row: found for row, cell in enumerate(cells) if (found := examine(cell, RawRecord(RECORD.items())))}
    assert expected == dict(rows.look(Cells(cells, fastest().classes(cells))))
