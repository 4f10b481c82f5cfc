"""Claims about the quick look: every engine gives the same classes, and none passes over what the close look finds."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.leakguard.engines import engines, fastest
from gateway.leakguard.examine import examine
from gateway.leakguard.record import RawRecord
from gateway.leakguard.rows import Cells, Rows
from gateway.leakguard.suspicion import JOINT, NUMERIC, STRANGE
from gateway.leakguard.values import Values
from tests.leakguard.test_numbers import CARD, DRESSES, NUMBER, OLD, PHONE, WITH_X

ENGINES = engines()
SIGNS = "0123456789０９①一二十百万幺xX -./*#:,;·\u200b\n张三歲王%&\\=+<[aBcXyZq前尾号年月日\ud800𠮷"


def test_every_engine_of_the_extra_is_here() -> None:
    """Without them nothing would be compared."""
    assert ["hyperscan", "re2", "stdlib"] == [engine.name for engine in ENGINES]
    assert "hyperscan" == fastest().name


@given(st.lists(st.one_of(st.text(SIGNS, max_size=40), st.text(max_size=20)), min_size=1, max_size=6))
def test_all_engines_give_the_same_classes(texts: list[str]) -> None:
    """Of any texts whatever, also of ones with the joint or half a surrogate pair in them."""
    first, *others = [engine.classes(texts) for engine in ENGINES]
    for other in others:
        assert first == other


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("number", [NUMBER, WITH_X, OLD, PHONE, CARD])
def test_a_number_in_any_dress_is_strange(number: str, dress: str) -> None:
    """Whoever's it is, so that the close look sees it."""
    for engine in ENGINES:
        assert {1: STRANGE} == engine.classes(["窗口", f"{DRESSES[dress](number)}", "已受理"])


@pytest.mark.parametrize("text", ["窗口已受理，材料齐全。", "一卡通服务窗口", "", "共 3 页", "（代办）", "OK"])
def test_what_officials_write_is_plain(text: str) -> None:
    """So that nearly every page is passed at little cost."""
    assert {} == fastest().classes([text])
    assert {0: NUMERIC} == fastest().classes(["2026-01-01"])


def test_a_text_with_the_joint_in_it_is_strange() -> None:
    """Nobody can shift the places of the cells."""
    assert {0: STRANGE, 1: STRANGE} == fastest().classes([f"a{JOINT}b", ""])


RECORD = {
    "social_security_no": NUMBER,
    "name": "陈样例",
    "card_no": "T10095028",
    "phone": "10046902718",
    "address": "四川省成都市锦江区样例街12号3栋501室",
    "birth_date": "1960-01-01",
    "amount": "3287.45",
}


@given(st.sampled_from(sorted(RECORD)), st.sampled_from(sorted(DRESSES)), st.integers(0, 2**32))
def test_the_rows_that_are_passed_over_hold_nothing(name: str, dress: str, seed: int) -> None:
    """What the close look finds in a cell is found in the page, also where the cell is one of many."""
    random = Random(seed)
    value = DRESSES[dress](RECORD[name])
    cut = value[: random.randrange(1, len(value) + 1)]
    text = f"{random.choice(('', '见', '备注：'))}{cut}{random.choice(('', '。', ' 已办'))}"
    cells = ["窗口办理", text, ""]
    rows = Rows([Values(key, ("", told, "")) for key, told in RECORD.items()])
    expected = examine(text, RawRecord(RECORD.items()))
    found = dict(rows.look(Cells(cells, fastest().classes(cells))))
    assert expected == found.get(1, frozenset())
