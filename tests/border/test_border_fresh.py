"""Nothing of a message passes that was not read from it: a fresh page of allow-listed columns is built each time."""

from __future__ import annotations

from random import Random

import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message

from gateway.border.messages import read_page, write_page
from gateway.border.validation import violations
from gateway.ground.evidence import Column, Page
from gateway.ground.item import Kind
from gateway.ground.refusals import Reason, Refusal
from gateway.masking.apply import mask
from gateway.wire.v1 import exchange_pb2, page_pb2
from tests.masking.pages import context_of, grant_of, plan_of, raw_page, rows_of
from tests.samples import field, item

SECRET = b"51999919600101001X"
PLAIN = Page(1, (Column("card_status", Kind.STRING, ("active",)), Column("months", Kind.INTEGER, (3,))))


def hidden(message: Message) -> bytes:
    """Return the message's bytes with a field behind them that no schema of ours has: number 2047, of bytes."""
    wrapped = AnyMessage(type_url="type.invalid/unregistered", value=SECRET).SerializeToString()
    return message.SerializeToString() + bytes((0xFA, 0x7F, len(wrapped))) + wrapped


def written(page: Page) -> page_pb2.Page:
    """Return a page as it is written."""
    message = page_pb2.Page()
    write_page(page, message)
    return message


def with_hidden(where: str) -> page_pb2.Page:
    """Return the plain page with an unknown field in one of its messages, as the wire would bring it."""
    message = written(PLAIN)
    if where == "page":
        return page_pb2.Page.FromString(hidden(message))
    if where == "column":
        message.columns[0].CopyFrom(page_pb2.Column.FromString(hidden(message.columns[0])))
    else:
        values = message.columns[0].strings
        values.CopyFrom(type(values).FromString(hidden(values)))
    return message


@pytest.mark.parametrize("where", ["page", "column", "values"])
def test_an_unknown_field_does_not_pass(where: str) -> None:
    """The wire library keeps what it does not know and would send it on; the page is read and written anew."""
    message = with_hidden(where)
    assert SECRET in message.SerializeToString()
    page = read_page(message)
    assert PLAIN == page
    assert written(page).SerializeToString() == written(PLAIN).SerializeToString()
    response = exchange_pb2.QueryResponse(salt=b"s" * 16)
    response.page.CopyFrom(message)
    assert any("unknown field" in violation.description for violation in violations(response))


@pytest.mark.parametrize(
    "cell",
    [SECRET, [SECRET.decode()], {"a": SECRET.decode()}, (SECRET.decode(),), AnyMessage(value=SECRET), 1.5, object()],
    ids=["bytes", "list", "mapping", "tuple", "any", "float", "object"],
)
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.SEALED])
def test_nothing_but_plain_cells_is_masked(kind: Kind, cell: object) -> None:
    """Bytes, nested values and messages refuse the page, whatever the column, and the error tells nothing of them."""
    of = item(field("anything", kind))
    rows = rows_of(Random(1), 1)
    raw = raw_page([rows[0] | {"anything": cell}], of.fields)  # type: ignore[list-item]  # what is refused
    with pytest.raises(Refusal) as caught:
        mask(plan_of(of), grant_of(of), raw, context_of(rows))
    assert Reason.MASKING_FAILED is caught.value.reason
    assert SECRET.decode() not in str(caught.value)


def test_a_masked_page_shares_no_column_with_the_raw_one() -> None:
    """Even a clear column is built anew, under the name that the item gives it."""
    of = item(field("state"), field("months", Kind.INTEGER))
    rows = rows_of(Random(2), 3, nulls=0)
    raw = raw_page(rows, of.fields)
    masked = mask(plan_of(of), grant_of(of), raw, context_of(rows)).page
    assert raw.page.columns == masked.columns
    assert not any(made is held for made in masked.columns for held in raw.page.columns)
