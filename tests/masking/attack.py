"""What somebody has who attacks the masks: plans of two recipients, many numbers, and a liking for odd values."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from random import Random

from hypothesis import strategies as st

from gateway.ground.evidence import Value
from gateway.ground.item import Field
from gateway.masking.context import Context, Operator
from tests.masking.pages import TODAY, identity_number, plan_of
from tests.samples import item

OTHER = "500000/cq-transport"
NASTY = st.text("0123456789０１９xXＸ张欧阳诸葛·•𠮷\U0002a6d6 -_/=.\u200b\u0301\ud800\ue000\x00Aaz", max_size=24)


def operator(of: Field, *, recipient: str = "500000/cq-hrss", scene: str = "counter-check") -> Operator:
    """Return the operator that a plan has for a field."""
    found = plan_of(item(of), recipient=recipient, scene=scene).steps[of.name].operator
    assert found is not None
    return found


def masked(of: Field, *values: Value, recipient: str = "500000/cq-hrss", scene: str = "counter-check") -> list[str]:
    """Return the masked cells as text."""
    cells = operator(of, recipient=recipient, scene=scene)(values, Context(TODAY))
    return [str(cell) for cell in cells]


def grams(text: str, size: int) -> set[str]:
    """Return all runs of so many characters."""
    return {text[at : at + size] for at in range(len(text) - size + 1)}


def numbers_of(count: int) -> list[str]:
    random = Random(41)
    return [identity_number(random, date(1930, 1, 1) + timedelta(random.randrange(30_000))) for _ in range(count)]


def rises(cells: list[str]) -> float:
    """Return the share of neighbours in rising order; one half tells nothing of the order of what was masked."""
    return sum(a < b for a, b in pairwise(cells)) / (len(cells) - 1)
