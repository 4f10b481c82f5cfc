"""A part of a check that fails becomes a finding, and hides no other (A1)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.cli.checks.parts import run_parts
from gateway.cli.screen import CheckFinding, CheckStatus, report_right
from gateway.ground.item import Label

GOOD = report_right(Label("甲", "a"), "可", "good")


def fail() -> Iterator[CheckFinding]:
    """Find one thing, then end as a defect does."""
    yield GOOD
    raise KeyError("510900198503151237")


def test_a1_a_part_that_fails_is_a_finding_without_the_text_of_the_exception() -> None:
    """What it found before stands, the parts after it run, and of the exception its kind alone is told."""
    found = list(run_parts([(Label("乙", "b"), fail), (Label("丙", "c"), lambda: [GOOD])]))
    assert [CheckStatus.RIGHT, CheckStatus.WRONG, CheckStatus.RIGHT] == [one.status for one in found]
    assert ("b", "the check could not end: KeyError") == (found[1].subject.en, found[1].found.en)
    assert "510900198503151237" not in str(found)
