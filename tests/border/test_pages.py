"""A page of the wire says of each row and of each null what it may, or is refused before it is read."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.border.messages import read_ask, read_page, write_page
from gateway.border.pages import list_page_faults
from gateway.border.validation import violations
from gateway.ground.evidence import CellReason, Column, Page
from gateway.ground.item import Kind, Outcome
from gateway.ground.refusals import Reason, Refusal
from gateway.wire.v1 import ask_pb2, page_pb2


def message(rows: int = 2, *, nulls: bytes = b"", **said: Any) -> page_pb2.Page:
    """Make a page of one column; reasons stand with the column, all else with the page."""
    reasons = said.pop("reasons", ())
    values = page_pb2.Strings(values=["" if nulls and nulls[0] >> row & 1 else "a" for row in range(rows)])
    return page_pb2.Page(
        rows=rows, columns=[page_pb2.Column(name="state", nulls=nulls, strings=values, reasons=reasons)], **said
    )


@pytest.mark.parametrize(
    "good",
    [
        message(),
        message(outcomes=[1, 2]),
        message(nulls=b"\x02", outcomes=[1, 2], reasons=[0, 4]),
        message(nulls=b"\x02", outcomes=[1, 7], reasons=[0, 4], later_at_s=1_800_000_000),
    ],
)
def test_what_a_page_may_say_is_in_order(good: page_pb2.Page) -> None:
    """By the quick pass and by the thorough one."""
    assert () == violations(good)
    assert [] == [*list_page_faults(good, 256)]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        (message(outcomes=[1]), "outcomes"),
        (message(outcomes=[1, 0]), "outcomes"),
        (message(outcomes=[1, 1, 1]), "outcomes"),
        (message(outcomes=[1, 99]), "outcomes[1]"),
        (message(outcomes=[1, 7]), "later_at_s"),
        (message(later_at_s=5), "later_at_s"),
        (message(outcomes=[1, 7], later_at_s=10**15), "later_at_s"),
        (message(reasons=[1, 0]), "columns[0].reasons"),
        (message(nulls=b"\x01", reasons=[0, 1]), "columns[0].reasons"),
        (message(nulls=b"\x01", reasons=[1]), "columns[0].reasons"),
        (message(nulls=b"\x01", reasons=[99, 0]), "columns[0].reasons[0]"),
    ],
)
def test_a_page_that_says_another_thing_is_named_by_its_field(wrong: page_pb2.Page, path: str) -> None:
    """Before anything is read of it."""
    assert path in {fault.field for fault in violations(wrong)}


def test_what_a_page_says_comes_back_as_it_was_written() -> None:
    """Every outcome and every reason."""
    outcomes, reasons = tuple(Outcome), tuple(CellReason)
    rows = len(outcomes)
    told = (*reasons, *(CellReason.AS_DECLARED,) * (rows - len(reasons)))
    values = tuple("a" if reason is CellReason.NONE else None for reason in told)
    page = Page(rows, (Column("state", Kind.STRING, values, told),), outcomes, 1_800_000_000)
    into = page_pb2.Page()
    write_page(page, into)
    assert () == violations(into)
    assert page == read_page(into)


@pytest.mark.parametrize("keys", [message(1, outcomes=[1]), message(1, nulls=b"\x01", reasons=[1])])
def test_a_question_says_nothing_that_only_an_answer_says(keys: page_pb2.Page) -> None:
    """Its keys would otherwise carry what nobody checks."""
    with pytest.raises(Refusal) as caught:
        read_ask(
            ask_pb2.Ask(channel=ask_pb2.CHANNEL_ONLINE, lawful_basis=ask_pb2.LAWFUL_BASIS_STATUTORY_DUTY, keys=keys)
        )
    assert Reason.KEY_INVALID is caught.value.reason
