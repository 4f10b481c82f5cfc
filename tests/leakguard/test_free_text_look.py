"""The cheap first look at a question's text never hides what the closer look finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind
from gateway.ground.refusals import Refusal
from gateway.leakguard import questions
from gateway.leakguard.guards import LeakGuard
from tests.samples import ask

GUARD = LeakGuard([])
KEYS = st.sampled_from(["王一", "扎西·多吉", "51999919600101001X", "T00000019", "9999980000000000001", "ab", "Li Lei"])
PIECES = st.sampled_from(
    ["", "办理", " ", "-", "T0", "0000", "19", "王", "一", "x", "5199", "99", "1960", "0101", "001X"]
)


def found(purpose: str, business_no: str, key: str) -> tuple[str, ...]:
    """The violations of a question about one person with this name."""
    keys = Page(1, (Column("name", Kind.STRING, (key,)), Column("card_no", Kind.STRING, ("T00000019",))))
    try:
        GUARD.inspect_free_text(ask(purpose=purpose, business_no=business_no, keys=keys))
    except Refusal as refusal:
        return tuple(violation.description for violation in refusal.violations)
    return ()


@given(st.lists(PIECES, max_size=8), st.lists(PIECES, max_size=4), KEYS, st.booleans())
def test_the_cheap_look_changes_no_verdict(purpose: list[str], business: list[str], key: str, whole: bool) -> None:
    """With and without it the same violations are found."""
    text, number = "".join(purpose) + (key if whole else ""), "".join(business)
    quick = found(text, number, key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(questions, "FEW", -1)
        assert quick == found(text, number, key)
