"""What one decision of step 3 costs as the documents grow: 500 items, 10,000 grants, and ten times each.

Each item is granted to twenty departments; the questions go over all of them, so that no cache of one grant helps.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.measure import Row, best_seconds, cost_row
from gateway.catalogue.authorise import Catalogue
from gateway.catalogue.grants import BatchApproval, GrantDocument
from gateway.catalogue.lists import ItemList, ListKind, entry_of
from gateway.catalogue.loader import load_items, load_parties, load_regions
from gateway.catalogue.parties import Department, GovernmentLevel, Parties
from gateway.ground.clock import china_day
from gateway.ground.evidence import Arrival, Caller, LawfulBasis, NodeUri, Operator
from gateway.ground.item import Item, Label
from tests.samples import NOW_US, arrival, ask

ITEMS: Final = 500
GRANTS: Final = 10_000
QUESTIONS: Final = 2_000
GOAL_US: Final = 50.0
"""A decision at 500 items and 10,000 grants, in microseconds of processor time."""
ASKER, PROVIDER = "500000", "510000"
TODAY: Final = china_day(NOW_US)
ISSUED: Final = datetime.fromtimestamp(NOW_US / 1e6, UTC)
DAYS: Final = (TODAY - timedelta(days=30), TODAY + timedelta(days=300))


def decision_rows() -> list[Row]:
    """Return the rows of a decision: at the goal's size, and beside it at ten times the items and the grants."""
    asked = _questions(ITEMS, GRANTS)
    small = _cost_us(_catalogue(ITEMS, GRANTS), asked)
    rows = [cost_row(f"a decision, {ITEMS:,} items and {GRANTS:,} grants", 1, small, GOAL_US, 1.0)]
    many = (10 * ITEMS, 10 * GRANTS)
    grown = _cost_us(_catalogue(*many), _questions(*many))
    rows.append(cost_row(f"a decision, {many[0]:,} items and {many[1]:,} grants", 1, grown, small, 2.0))
    return rows


def _cost_us(made: Catalogue, asked: list[tuple[Arrival, Caller]]) -> float:
    def decide() -> None:
        for one, caller in asked:
            made.authorise(one, caller)

    return best_seconds(decide, 5) / len(asked) * 1e6


def _item(number: int) -> Item:
    of = next(one for one in load_items() if one.code == "CY-ID-02")
    return replace(of, code=f"CY-{number:06}")


def _departments(count: int) -> list[Department]:
    of = load_parties().department("cq-hrss")
    return [replace(of, code=f"cq-{n}", level=GovernmentLevel.PROVINCE) for n in range(count)]


def _pairs(items: int, grants: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers of an item and of a department of it, one grant each."""
    return itertools.product(range(items), range(grants // items))


def _catalogue(items: int, grants: int) -> Catalogue:
    made = [_item(number) for number in range(items)]
    shipped = load_parties()
    departments = (*shipped.departments, *_departments(grants // items))
    parties = Parties((), departments, (), answering=[one.code for one in shipped.departments])
    lists = [
        ItemList(
            province, ListKind.APPLICATION_LIST, 1, ISSUED, *DAYS, tuple(entry_of(one, active=True) for one in made)
        )
        for province in (ASKER, PROVIDER)
    ]
    return Catalogue.of(
        province=PROVIDER,
        items=made,
        lists=lists,
        grants=[_grant(made[item], f"cq-{who}") for item, who in _pairs(items, grants)],
        regions=load_regions(),
        parties=parties,
    )


def _grant(item: Item, department: str) -> GrantDocument:
    return GrantDocument(
        id=f"G-{item.code}-{department}",
        consumer_province=ASKER,
        consumer_department=department,
        provider_province=PROVIDER,
        provider_department="sc-hrss",
        item_code=item.code,
        item_version=item.version,
        modes=item.modes,
        scenes=tuple(code for code, _ in item.scenes),
        use_bases=tuple(code for code, _ in item.use_bases),
        legal_bases=item.legal_bases,
        lawful_bases=(LawfulBasis.STATUTORY_DUTY,),
        regions=(ASKER,),
        fields=tuple(one.name for one in item.fields),
        purposes=(("card-business", Label("办理", "business")),),
        valid_from=DAYS[0],
        valid_until=DAYS[1],
        approved_by="授权人",
        application_no="SQ-1",
        sealing_key="",
        batch_approvals=(BatchApproval("PC-1", DAYS[1]),),
    )


def _questions(items: int, grants: int) -> list[tuple[Arrival, Caller]]:
    of = _item(0)
    pairs = list(_pairs(items, grants))
    made = []
    for item, who in itertools.islice(itertools.cycle(pairs[:: max(1, len(pairs) // QUESTIONS)]), QUESTIONS):
        question = ask(
            item_code=f"CY-{item:06}",
            consumer_department=f"cq-{who}",
            consumer_region="500152",
            scene=of.scenes[0][0],
            use_basis=of.use_bases[0][0],
            fields=tuple(one.name for one in of.fields),
        )
        made.append((arrival(question), _caller(f"cq-{who}")))
    return made


def _caller(department: str) -> Caller:
    uri = NodeUri("spiffe://500000.chuanyu/node/1")
    return Caller(uri, uri, ASKER, "f" * 64, department, Operator("N-17", department), -1)
