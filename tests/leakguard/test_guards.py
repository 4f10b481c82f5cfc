"""The door of the guard: an item that asks for it leaves service with its first leak, and no other item does."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from gateway.ground.item import Item
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.found import LeakFound
from gateway.leakguard.guards import LeakGuard
from gateway.leakguard.quarantine import Quarantine
from tests.masking.pages import ITEM, grant_of, keys_of, masked_page, raw_page, rows_of
from tests.samples import arrival, ask

ROWS = rows_of(Random(5), 3, nulls=0)


class Door:
    """A guard of one item with its quarantine."""

    def __init__(self, *, quarantine: bool) -> None:
        self.item: Item = replace(ITEM, quarantine=quarantine)
        self.out = Quarantine((), lambda codes: None)
        self.guard = LeakGuard([self.item], quarantine=self.out)

    def inspect(self, *, leaks: bool) -> None:
        """Look at a page; one that leaks bears the columns in another order."""
        masked = masked_page(ROWS)
        if leaks:
            masked = replace(masked, page=replace(masked.page, columns=masked.page.columns[::-1]))
        self.guard.inspect(arrival(ask(keys=keys_of(ROWS))), grant_of(self.item), raw_page(ROWS), masked)


def test_a_leak_takes_an_item_that_asks_for_it_out_of_service() -> None:
    """It is told with the first leak, and the next page of the item is refused, leak or none."""
    door = Door(quarantine=True)
    door.inspect(leaks=False)
    with pytest.raises(LeakFound) as caught:
        door.inspect(leaks=True)
    assert (True, (ITEM.code,)) == (caught.value.quarantined, door.out.codes)
    for leaks in (False, True):
        with pytest.raises(Refusal) as refused:
            door.inspect(leaks=leaks)
        assert Reason.ITEM_QUARANTINED is refused.value.reason


def test_a_leak_of_another_item_blocks_its_page_alone() -> None:
    """The next page that is clean leaves."""
    door = Door(quarantine=False)
    with pytest.raises(LeakFound) as caught:
        door.inspect(leaks=True)
    assert (False, ()) == (caught.value.quarantined, door.out.codes)
    door.inspect(leaks=False)
