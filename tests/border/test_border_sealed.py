"""Claims about sealed columns on the wire: the head travels once, and every cell arrives as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.border.messages import read_page, write_page
from gateway.border.validation import violations
from gateway.ground.evidence import Column, Page, Value
from gateway.ground.item import Kind
from gateway.wire.v1 import page_pb2

HEAD = bytes(range(80))


def _crossed(cells: tuple[Value, ...]) -> tuple[page_pb2.Page, Page]:
    page, message = Page(len(cells), (Column("phone", Kind.SEALED, cells),)), page_pb2.Page()
    write_page(page, message)
    assert () == violations(message)
    return message, read_page(page_pb2.Page.FromString(message.SerializeToString()))


@given(st.lists(st.one_of(st.none(), st.binary(min_size=1, max_size=100)), max_size=10), st.booleans())
def test_every_cell_arrives_as_it_was(cells: list[bytes | None], headed: bool) -> None:
    """With nulls, without a common head, and with one."""
    sent = tuple(cell if cell is None or not headed else HEAD + cell for cell in cells)
    assert sent == _crossed(sent)[1].columns[0].values


def test_the_head_of_a_page_travels_once() -> None:
    """500 cells of one page cost their ciphertexts and one head."""
    message, _ = _crossed((HEAD + b"x" * 80, None) * 250)
    assert HEAD == message.columns[0].sealed.head
    assert message.ByteSize() < 250 * 82 + 250 * 2 + 250


@pytest.mark.parametrize("head", [b"x", b"x" * 79, b"x" * 81])
def test_a_head_of_another_length_breaks_the_contract(head: bytes) -> None:
    """It is 80 bytes or none."""
    message = page_pb2.Page(rows=1)
    column = message.columns.add(name="phone")
    column.sealed.values.append(b"x")
    column.sealed.head = head
    assert ["expected 80 bytes, found " + str(len(head))] == [fault.description for fault in violations(message)]


def test_nothing_is_hidden_under_a_null() -> None:
    """A null row has no ciphertext."""
    message = page_pb2.Page(rows=1)
    column = message.columns.add(name="phone", nulls=b"\x01")
    column.sealed.values.append(b"x")
    assert ["expected the zero value where a row is null"] == [fault.description for fault in violations(message)]
