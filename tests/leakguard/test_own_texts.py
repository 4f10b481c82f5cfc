"""A name, an address or a body's name of a record is found in a text in whatever dress, and a region's name is not."""

from __future__ import annotations

import pytest

from gateway.leakguard.own_texts import OwnText, is_shared
from gateway.leakguard.view import View

ADDRESS = "四川省成都市锦江区样例街12号3栋"
EMPLOYER = "绵阳市蜀江样本科技有限公司"


def _found(value: str, text: str) -> bool:
    return OwnText(value).found_in(View(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("王伟", ""),
        ("王伟", "王先生很伟大，办理业务"),
        ("王伟", "王。伟"),
        ("王小明", "小明"),
        ("王小明", "姓王"),
        (ADDRESS, "四川省成都市锦江区"),
        (ADDRESS, "样例街"),
        (ADDRESS, "样例街112号3栋"),
        (EMPLOYER, "有限公司"),
        (EMPLOYER, "绵阳市某某科技有限公司"),
        ("Li", "Listing"),
        ("Anna Maria Smith", "anna"),
        ("someone@example.cn", "example.cn"),
    ],
)
def test_what_is_no_part_to_know_a_text_by_does_not_find_it(value: str, text: str) -> None:
    """Shared regions, words that every body bears, a name across two clauses and a part of a word tell nobody."""
    assert not _found(value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("王伟", "经办王伟已签"),
        ("王伟", "王 / 伟"),
        ("王小明", "王-小-明"),
        ("王小明", "明小王"),
        ("王小明", "小明王 办"),
        ("王小明", "姓王，名小明"),
        ("王小明", "姓氏为王，名小明"),
        ("欧阳小明", "姓欧阳，名小明"),
        ("王伟", "姓王，名叫伟"),
        ("张偉", "張伟"),
        ("阿卜杜·热合曼", "阿卜杜热合曼"),
        (ADDRESS, "锦江区样例街12号3栋"),
        (ADDRESS, "样例街十二号三栋"),
        (ADDRESS, "住样例街12号"),
        (ADDRESS, "样例街12号***"),
        (EMPLOYER, "蜀江样本科技"),
        ("Anna Maria Smith", "SMITH, Anna Maria"),
        ("Anna Maria Smith", "annamariasmith"),
        ("Anna Maria Smith", "htimsairamanna"),
        ("Anna Maria Smith", "Naan Znevn Fzvgu"),
        ("someone@example.cn", "user someone"),
        ("Li", "LI"),
        ("王小明", "xn--" + "王小明".encode("punycode").decode()),
    ],
)
def test_a_text_comes_back(value: str, text: str) -> None:
    """Whole, parted, turned, as surname and given name, by its telling part, or as a host name would hold it."""
    assert _found(value, text)


@pytest.mark.parametrize("text", ["", "街", "样例街", "区", "王伟", "城市之光"])
def test_what_is_no_region_is_not_shared(text: str) -> None:
    """It is looked for as any text of the record."""
    assert not is_shared(text)


@pytest.mark.parametrize("text", ["四川", "成都", "中国", "四川省", "成都市锦江区", "石柱土家族自治县"])
def test_the_name_of_a_region_is_shared(text: str) -> None:
    """It is part of everybody's address."""
    assert is_shared(text)


def test_the_telling_part_of_an_address_has_no_region_and_cuts_no_number() -> None:
    """A part that ended within 12 would be found in an address of house 1."""
    telling = OwnText(ADDRESS).telling
    assert telling
    assert not [part for part in telling if "四川" in part or "成都" in part]
    assert not [part for part in telling if part.endswith("街1") or part.startswith("2号")]
