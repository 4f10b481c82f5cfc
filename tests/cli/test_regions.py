"""`chuanyu regions`: the regions that stand, and what a code meant on the day on which it was written."""

from __future__ import annotations

import json

import pytest

from tests.cli.world import invoke, misuse, succeed


def listed(*within: str) -> list[tuple[str, str]]:
    """Return code and full name of what is listed."""
    found: list[dict[str, str]] = json.loads(invoke("regions", "list", *within, "--json").stdout)
    return [(one["code"], one["full_name"]) for one in found]


def test_the_regions_that_stand_are_listed() -> None:
    """Of all, or of one; a code that is no more is none of them."""
    everything = {code for code, _ in listed()}
    assert {"510104", "511502", "500157", "SC-CDGX"} <= everything
    assert everything.isdisjoint({"500112", "510902", "511071"})
    suining = listed("510900")
    assert ("510903", "四川省遂宁市船山区") in suining
    assert 6 == len(suining)


@pytest.mark.parametrize(
    ("line", "meant", "today", "ambiguous"),
    [
        (("510104",), "四川省成都市锦江区", "510104", False),
        (("511402",), "四川省眉山市东坡区", "511402", False),
        (("511402", "--on", "1996-05-01"), "四川省涪陵市枳城区", "500102", False),
        (("500110", "--on", "2009-05-01"), "重庆市万盛区", "500110", False),
        (("500112",), "重庆市渝北区", None, True),
        (("510902", "--on", "2002-05-01"), "四川省遂宁市市中区", None, True),
    ],
)
def test_a_code_is_shown_as_it_was_meant(line: tuple[str, ...], meant: str, today: str | None, ambiguous: bool) -> None:
    """On the day it was written; and what became of it."""
    found = succeed("regions", "show", *line)
    assert (meant, ambiguous) == (found["full_name"], found["ambiguous"])
    assert today == (found["today"] and found["today"]["code"])
    assert found["source"]


@pytest.mark.parametrize(
    "line",
    [
        ("show", "510999"),
        ("show", "500157", "--on", "2020-01-01"),
        ("show", "510104", "--on", "now"),
        ("list", "519999"),
    ],
)
def test_a_code_that_names_nothing_is_refused(line: tuple[str, ...]) -> None:
    """Not known, or not yet, or no day."""
    misuse("regions", *line)


def test_people_read_every_meaning_of_a_code() -> None:
    """The one of the day is marked."""
    shown = invoke("--lang", "zh", "regions", "show", "500110", "--on", "2009-01-01").output
    assert "→ 500110  重庆市万盛区  至 2010-12-31" in shown
    assert "今日：500110  重庆市綦江区" in shown
