"""Claims about the items that the program ships: each can be masked and guarded."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway.catalogue.digest import digest
from gateway.catalogue.loader import load_items
from gateway.ground.item import Item
from gateway.leakguard.guards import LeakGuard
from gateway.masking.plan import compile_plan
from tests.masking.pages import ROOT

ITEMS = load_items()
SEALING_KEY = X25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()


@pytest.mark.parametrize("each", ITEMS, ids=lambda each: each.code)
def test_a_shipped_item_has_a_plan_and_a_guard(each: Item) -> None:
    """Every field has an operator, no two conflict, and the guard knows every form."""
    plan = compile_plan(
        each, "500000/cq-hrss", ROOT, "2026",
        item_digest=digest(each), scene=each.scenes[0][0], sealing_key=SEALING_KEY,
    )  # fmt: skip
    assert {field.name for field in each.fields} == set(plan.steps)
    LeakGuard([each])
