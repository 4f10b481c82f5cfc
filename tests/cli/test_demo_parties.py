"""The demo's roster: every department has a window and a body of its own, and a node answers for its province alone."""

from __future__ import annotations

import tomllib

import pytest

from gateway.catalogue.loader import load_parties
from gateway.catalogue.parties import read_roster
from gateway.catalogue.schema import Faults
from gateway.cli.demo.parties import find_consumer, find_provider, name_body, name_unit, render_roster
from tests.catalogue.documents import CHONGQING, ITEMS, SICHUAN

URI = "spiffe://510000.chuanyu/application/portal"
DEPARTMENTS = load_parties().departments


def test_the_roster_reads_back_without_a_fault() -> None:
    """Windows and bodies of both provinces, the applications of one."""
    faults = Faults()
    made = read_roster("x.toml", tomllib.loads(render_roster(SICHUAN, [URI])), faults)
    faults.settle()
    assert {name_unit(one.code): one.code for one in DEPARTMENTS} == {one.code: one.department for one in made.units}
    assert {name_body(one.code): one.code for one in DEPARTMENTS} == {one.code: one.department for one in made.bodies}
    own = tuple(one.code for one in DEPARTMENTS if one.province == SICHUAN)
    assert own == made.answering
    assert [(URI, own)] == [(one.uri, one.departments) for one in made.applications]


@pytest.mark.parametrize("province", [CHONGQING, SICHUAN])
def test_every_item_has_a_consumer_and_a_provider_in_each_province(province: str) -> None:
    """Departments of the types that the item names."""
    types = {one.code: str(one.type) for one in DEPARTMENTS if one.province == province}
    for item in ITEMS:
        assert types[find_consumer(item, province)] in item.consumers
        assert types[find_provider(item, province)] in item.providers
