"""Claims about the rule of a column: one cell that is not as its level gives it is enough."""

from __future__ import annotations

import pytest

from gateway.ground.evidence import Column, Value
from gateway.ground.item import Kind, Level
from gateway.leakguard.columns import rule_of
from gateway.leakguard.found import Detector, LeakFound
from tests.samples import field


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(("kind", "good", "bad"), [(Kind.DECIMAL, "1200", "1210"), (Kind.INTEGER, 1200, 1234)])
def test_one_number_that_was_not_rounded_among_others_is_blocked(
    kind: Kind, good: Value, bad: Value, place: int
) -> None:
    """Wherever it stands (mutants 18)."""
    rule = rule_of(field("a", kind, Level.ROUND, to=100))
    assert rule is not None
    cells: list[Value] = [good, None, good]
    assert not rule.look(Column("a", kind, tuple(cells)), (bad,) * 3)
    cells[place] = bad
    with pytest.raises(LeakFound) as caught:
        rule.look(Column("a", kind, tuple(cells)), (bad,) * 3)
    assert ("a", Detector.FORM) == (caught.value.column, caught.value.detector)
