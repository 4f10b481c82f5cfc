"""Claims about raw values that come back in open text."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.evidence import Value
from gateway.ground.item import Kind
from gateway.leakguard.known import GRAM, FoldedText, Known, fold


def _back(raw: tuple[Value, ...], cells: tuple[Value, ...], kind: Kind = Kind.STRING, *, by_row: bool = True) -> bool:
    return Known(kind, raw, by_row=by_row).comes_back(FoldedText(cells))


@pytest.mark.parametrize(
    ("raw", "cell"),
    [
        ("T12345678", "T12345678"),
        ("T12345678", "卡号 t12345678。"),
        ("T12345678", "Ｔ１２３４５６７８"),
        ("T12345678", "T-123-456-78"),
        ("T12345678", "x12345678"),
        ("T12345678", "T一二三四五六七八"),
        ("T12345678", "T1\n23456\n78"),
        ("519999196001010013", "编 9999 1960-0101 号"),
        ("519999196001010013", "尾号 01010013"),
        ("12345", "编号 12345"),
        ("12345", "a-12345-b"),
        ("A1B2", "a1b2"),
        ("Li", "LI"),
        ("00·0", "0 00"),
        ("王伟", "王伟"),
        ("王伟", "经办 王伟 已签"),
        ("王伟", "王 伟"),
        ("阿卜杜·热合曼", "阿卜杜热合曼"),
        ("阿卜杜·热合曼", "持卡人阿卜杜•热合曼"),
        ("四川省成都市锦江区样例街12号3栋", "锦江区样例街12号3栋"),
        ("𠮷野", "𠮷野"),
    ],
)
def test_a_value_is_known_in_its_own_row(raw: str, cell: str) -> None:
    """Case, width, separators and numerals do not hide it, nor does cutting it to eight characters."""
    assert _back((raw,), (cell,))


@pytest.mark.parametrize(
    ("raw", "cell"),
    [
        ("519999196001010013", "519999"),
        ("519999196001010013", "5199991"),
        ("12345", "123456"),
        ("12345", "1234"),
        ("123", "1 23 4"),
        ("1", "1"),
        ("王", "王"),
        ("王伟", "王"),
        ("王伟", "伟王"),
        ("四川省成都市锦江区样例街12号", "四川省成都市锦江区支行"),
        ("", ""),
        (None, "窗口"),
        ("王伟", None),
        ("窗口", ""),
    ],
)
def test_what_is_shared_by_chance_is_not_a_value_come_back(raw: str | None, cell: str | None) -> None:
    """A region code, a surname, a street's town, a longer number, nothing at all."""
    assert not _back((raw,), (cell,))


def test_other_rows_are_searched_for_whole_values() -> None:
    """A number or a longer text of another row is found, a short name as a whole cell."""
    assert _back(("T12345678", "x"), ("ok", "T12345678"))
    assert _back(("T12345678", "x"), ("ok", "卡 T12345678 号"))
    assert _back(("尼玛扎西", "x"), ("ok", "由尼玛扎西办理"))
    assert _back(("王伟", "x"), ("ok", "王伟"))
    assert not _back(("王伟", "x"), ("ok", "由王伟办理"))
    assert not _back(("12345", "x"), ("ok", "12345"))


def test_without_rows_the_whole_page_is_searched() -> None:
    """Keys of a batch whose pages do not line up are looked for everywhere."""
    assert _back(("T12345678", "a", "b"), ("T12345678",), by_row=False)
    assert not _back(("王", "a", "b"), ("王",), by_row=False)


@pytest.mark.parametrize("cell", ["19600101", "1960-01-01", "1960.01.01 出生", "１９６００１０１", "一九六〇〇一〇一"])
def test_a_date_is_known_in_its_own_row_alone(cell: str) -> None:
    """Many people share a date, so another row's does not count."""
    born = date(1960, 1, 1)
    assert _back((born,), (cell,), Kind.DATE)
    assert not _back((born, None), ("", cell), Kind.DATE)


@given(
    st.text("0123456789X", min_size=GRAM, max_size=20), st.text("ab", max_size=9), st.text("ab ", max_size=9), st.data()
)
def test_any_eight_characters_of_a_number_are_known(number: str, before: str, after: str, data: st.DataObject) -> None:
    """Wherever they begin in the number and in the cell."""
    at = data.draw(st.integers(0, len(number) - GRAM))
    assert _back(("", number), ("other", before + number[at : at + GRAM] + after))


@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=12))
def test_a_column_is_folded_as_its_cells_are(values: list[str | None]) -> None:
    """Folding many at once gives what folding each gives, and no separator is left."""
    folded = fold(values)
    assert [fold([value])[0] for value in values] == folded
    assert all(not cell or cell.isalnum() for cell in folded)
