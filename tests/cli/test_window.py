"""The options of a search: what is no time, phase or result is refused and not searched for in vain."""

from __future__ import annotations

from typing import Any, Final

import pytest

from gateway.audit.entries.entry import Phase, Result
from gateway.audit.review.search import EVER_US, Criteria
from gateway.cli.audit.window import make_criteria, read_moment_us, read_window_us, require_months
from gateway.cli.choices import LoggedAction
from gateway.cli.screen import Problem
from gateway.ground.refusals import Reason

MIDNIGHT_US = 1_795_449_600_000_000
"""2026-11-24 00:00 in China."""
DAY_US: Final = 86_400_000_000
NONE: Final[dict[str, Any]] = dict.fromkeys(
    (
        "since", "until", "request_id", "phase", "department", "item", "scene", "use_basis", "result", "reason",
        "action", "actor",
    ),
    "",
) | dict.fromkeys(("phase", "result", "reason", "action"))  # fmt: skip
"""No option given."""


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01", "2026-11-24T08:00:00", "20261124", "2026-W48-2", "0001-01-01T00:00:00+14:00"],
)
def test_a_time_without_an_offset_or_of_another_form_is_a_problem(text: str) -> None:
    """The option is named, and the command line is what is wrong."""
    with pytest.raises(Problem) as caught:
        read_moment_us(text, "--since")
    assert (2, f"--since {text!r}") == (caught.value.exit_code, caught.value.found.en)


def test_a_long_text_is_shown_in_part() -> None:
    """A whole file on the command line does not fill the screen."""
    with pytest.raises(Problem) as caught:
        read_moment_us("x" * 500, "--until")
    assert f"--until {'x' * 40!r}" == caught.value.found.en


@pytest.mark.parametrize("name", ["since", "until"])
def test_each_bound_is_named_where_it_is_wrong(name: str) -> None:
    """A person knows which of the two to correct."""
    with pytest.raises(Problem, match=f"found --{name}"):
        make_criteria(**{**NONE, name: "soon"})


@pytest.mark.parametrize(
    "text", ["2026-11-24", "2026-11-24T00:00:00+08:00", "2026-11-23T16:00:00Z", "2026-11-23T17:00:00+01:00"]
)
def test_a_day_is_a_day_in_china(text: str) -> None:
    """It begins when its midnight with an offset does."""
    assert MIDNIGHT_US == read_moment_us(text, "--since")


def test_no_option_asks_nothing() -> None:
    """The whole log is in the window."""
    assert Criteria(0, EVER_US) == make_criteria(**NONE)


def test_each_option_is_its_own_criterion() -> None:
    """None is taken for another."""
    given: dict[str, Any] = {name: name for name in NONE} | {
        "since": "2026-11-24", "until": "2026-11-25", "phase": Phase.RELEASE, "result": Result.PERMIT,
        "reason": Reason.LEAK_BLOCKED, "action": LoggedAction.RELOAD,
    }  # fmt: skip
    assert Criteria(
        since_us=MIDNIGHT_US,
        until_us=MIDNIGHT_US + 2 * DAY_US,
        exchange_id="request_id",
        phase="release",
        department="department",
        item_code="item",
        scene="scene",
        use_basis="use_basis",
        result="permit",
        reason_code="LEAK_BLOCKED",
        action="reload",
        actor="actor",
    ) == make_criteria(**given)


@pytest.mark.parametrize(
    ("until", "end_us"),
    [
        ("", EVER_US),
        ("2026-11-24", MIDNIGHT_US + DAY_US),
        ("2026-11-24T00:00:00+08:00", MIDNIGHT_US + 1_000_000),
        ("2026-11-23T16:00:00Z", MIDNIGHT_US + 1_000_000),
        ("2026-11-24T00:00:00.000001+08:00", MIDNIGHT_US + 2),
    ],
)
def test_the_end_of_a_range_is_within_it(until: str, end_us: int) -> None:
    """A day to its end, a time to the end of its second, one with a fraction to its microsecond."""
    assert (MIDNIGHT_US, end_us) == read_window_us("2026-11-24", until)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-11-25", "2026-11-24"),
        ("2026-11-24T00:00:01+08:00", "2026-11-24T00:00:00+08:00"),
        ("2026-11-24T00:00:00+08:00", "2026-11-23"),
    ],
)
def test_a_range_that_ends_before_it_begins_is_refused(since: str, until: str) -> None:
    """An empty answer would read as if nothing had happened; one moment is a range."""
    read_window_us(until, until)
    with pytest.raises(Problem, match="--until not before --since") as caught:
        read_window_us(since, until)
    assert 2 == caught.value.exit_code


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2026-13", "2026-12", "--since '2026-13'"),
        ("2026-11", "November", "--until 'November'"),
        ("2026-12", "2026-11", "--since 2026-12 --until 2026-11"),
    ],
)
def test_months_are_held_to_the_same(since: str, until: str, found: str) -> None:
    """Before anybody is asked; one month is a range."""
    require_months("2026-11", "2026-11")
    with pytest.raises(Problem) as caught:
        require_months(since, until)
    assert (2, found) == (caught.value.exit_code, caught.value.found.en)
