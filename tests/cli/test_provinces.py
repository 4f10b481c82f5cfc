"""The name of a province on the command line, or its code."""

from __future__ import annotations

import pytest

from gateway.cli.provinces import NAMED, read_province
from gateway.cli.screen import Problem


@pytest.mark.parametrize(
    "text", ["", "szechwan", "51", "510100", "010000", "5100000", "５１００００", "510000\n500000", "四川省"]
)
def test_what_names_no_province_is_a_problem(text: str) -> None:
    """It is shown as it was given, with an example of what to give."""
    with pytest.raises(Problem) as caught:
        read_province(text)
    assert repr(text) in caught.value.found.en
    assert "510000" in caught.value.remedy.en
    assert "--" not in caught.value.remedy.en


@pytest.mark.parametrize(("name", "code"), NAMED.items())
def test_each_name_stands_for_its_code(name: str, code: str) -> None:
    """Capitals and blanks around it do not matter."""
    assert code == read_province(f" {name.upper()} ")


def test_any_other_province_is_named_by_its_code() -> None:
    """A province needs no name here."""
    assert "530000" == read_province("530000 ")
