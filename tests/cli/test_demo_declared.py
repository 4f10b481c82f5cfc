"""The demo's cases of declared columns: each has a reason of its own column, and is told from an answer."""

from __future__ import annotations

from gateway.catalogue.loader import load_items
from gateway.cli.demo.declared import CASES, DeclaredFound
from gateway.cli.demo.world import EXTRA
from gateway.ground.item import Label
from gateway.ground.refusals import Reason

CASE = Label("情形", "a case")


def test_every_case_asks_an_item_of_the_demo_and_stands_once() -> None:
    """In both languages; what it expects is a reason of the bounds."""
    known = {item.code for item in (*load_items(), *load_items(EXTRA))}
    assert {case.item for case in CASES} <= known
    assert len(CASES) == len({case.case.en for case in CASES}) == len({case.case.zh for case in CASES})
    assert {Reason.MODE_NOT_SERVED, Reason.MODE_NOT_GRANTED, Reason.ONWARD_NOT_AGREED} <= {c.expected for c in CASES}


def test_an_answer_or_another_reason_is_no_refusal_of_the_case() -> None:
    """`ok` is the expected reason and nothing else."""
    seen = {
        name: DeclaredFound(CASE, "MODE_NOT_GRANTED", name) for name in ("MODE_NOT_GRANTED", "RELEASED", "INTERNAL")
    }
    assert {"MODE_NOT_GRANTED": True, "RELEASED": False, "INTERNAL": False} == {n: one.ok for n, one in seen.items()}
    expected = {"case": "a case", "expected": "MODE_NOT_GRANTED", "seen": "RELEASED", "ok": False}
    assert expected == seen["RELEASED"].json()
