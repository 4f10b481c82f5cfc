"""Claims about digits that stand apart or run together: what makes a number, and what only looks like one."""

from __future__ import annotations

import pytest

from gateway.leakguard.apart import numbers_apart
from gateway.leakguard.families import is_checked
from gateway.leakguard.found import Detector
from tests.leakguard.corpus.people import identity

OTHER = identity("51999919850315123")
CHILD = identity("51999920150315123")


@pytest.mark.parametrize("text", [f"{OTHER}43", f"{OTHER[:6]},{OTHER[6:14]},{OTHER[14:]}", f"残疾证{CHILD}32"])
def test_an_identity_number_is_found_with_its_check_character(text: str) -> None:
    """A disability card, groups in a list, a child's disability card by its name."""
    assert {Detector.IDENTITY_NUMBER} == numbers_apart(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{OTHER[:17]}843",
        f"{CHILD}32",
        f"{OTHER[:6]},{OTHER[6:14]},1238",
        f"1,{OTHER[:6]},{OTHER[6:14]},{OTHER[14:]},2",
        f"{OTHER[:6]}\n{OTHER[6:14]}\n{OTHER[14:]}",
        "139,2019,2020",
        "咨询电话 12333，12345",
    ],
)
def test_what_only_looks_like_a_number_passes(text: str) -> None:
    """A wrong check character, a younger one without its card, longer lists, years, hotlines."""
    assert set() == numbers_apart(text)


@pytest.mark.parametrize("number", [OTHER[:17], OTHER[:17] + "8", f"0{OTHER[1:]}", f"{OTHER}0"])
def test_another_number_is_not_checked(number: str) -> None:
    """Too short, too long, of no region, with another last character."""
    assert is_checked(OTHER)
    assert not is_checked(number)
