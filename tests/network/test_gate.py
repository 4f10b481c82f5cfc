"""The gate of a shipped item on two real nodes: it counts persons, and no choice of fields undoes it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from adapters.identity_number import check_digit
from gateway.border.messages import read_page
from gateway.cli.demo.questions import ask, make_question, open_channel
from gateway.cli.demo.world import BATCH_NO
from gateway.ground.evidence import Page
from gateway.wire.v1 import exchange_pb2_grpc
from tests.province import ITEMS, Two

ITEM = ITEMS["CY-SS-05"]
(GATE,) = ITEM.gates
FIELDS = tuple(field.name for field in ITEM.fields)


def number(person: int) -> str:
    """Make the number of a person; its region is assigned to nobody."""
    core = f"51999919600101{person:03}"
    return core + check_digit(core)


async def answered(two: Two, persons: Sequence[int], fields: tuple[str, ...] = FIELDS) -> Page:
    """Ask about these persons, row by row; the platform says the same of all."""
    row, *more = ({"social_security_no": number(person), "name": "王一", "insurance_type": "110"} for person in persons)
    asker, provider = two.world["chongqing"], two.world["sichuan"]
    message = make_question(ITEM, asker, provider, row, more=more, fields=fields, batch_no=BATCH_NO)
    async with open_channel(asker, asker.portal) as opened:
        (answer,) = await ask(exchange_pb2_grpc.ExchangeStub(opened), message, paged=True)
    return read_page(answer.page)


@pytest.mark.parametrize("fields", [FIELDS, ("birth_date",), ("region_code",), ("region_code", "insured_status")])
async def test_one_person_named_often_opens_no_gate(shared_two: Two, fields: tuple[str, ...]) -> None:
    """F1: twenty rows of one person are withheld, those of three persons are told; whichever fields are asked for, all
    columns of the gate decide, and only those asked for leave."""
    for persons, withheld in (([1] * 20, True), ([1, 2] * 10, True), ([1, 2, 3, *[1] * 17], False)):
        page = await answered(shared_two, persons, fields)
        assert fields == tuple(column.name for column in page.columns)
        assert {*fields, *GATE.fields} == set(shared_two.platforms["sichuan"].asked[-1].fields)
        for column in page.columns:
            gone = withheld and column.name in GATE.fields
            assert gone is (set(column.values) == {None}), column.name


async def test_a_question_for_no_column_of_the_gate_asks_the_platform_for_none(shared_two: Two) -> None:
    """Nothing is fetched that is not needed."""
    page = await answered(shared_two, range(20), ("insured_status",))
    assert (20, ("insured_status",)) == (page.rows, shared_two.platforms["sichuan"].asked[-1].fields)
