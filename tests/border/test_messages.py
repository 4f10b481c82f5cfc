"""Messages and evidence: a question keeps its canonical bytes, and only typed, calendar values are read."""

from __future__ import annotations

from datetime import date

import pytest

from gateway.border.messages import encode_ask, read_answer, read_ask, read_page, write_page, write_release_response
from gateway.ground.evidence import Channel, Column, LawfulBasis, Operator, Page
from gateway.ground.item import Kind
from gateway.ground.refusals import Reason, Refusal
from gateway.wire.v1 import ask_pb2, page_pb2, peer_pb2
from tests.border.test_validation import ask
from tests.link.fake_wire import release

PAGE = Page(
    3,
    (
        Column("name", Kind.STRING, ("王一", None, "")),
        Column("months", Kind.INTEGER, (-(2**63), 0, None)),
        Column("linked", Kind.BOOLEAN, (None, False, True)),
        Column("valid_to", Kind.DATE, (date(1, 1, 1), date(9999, 12, 31), None)),
        Column("amount", Kind.DECIMAL, ("-12.50", None, "0")),
    ),
)


def test_a_page_of_every_kind_is_read_as_it_was_written() -> None:
    """Nulls, extremes and empty texts included."""
    message = page_pb2.Page()
    write_page(PAGE, message)
    assert PAGE == read_page(page_pb2.Page.FromString(message.SerializeToString()))


def test_a_question_is_read_field_by_field() -> None:
    """Each field of the evidence is that of the message."""
    message = ask()
    message.operator.ref, message.operator.unit = "E-12", "u"
    found = read_ask(message)
    assert (message.request_id, message.item_code, message.purpose) == (
        found.request_id,
        found.item_code,
        found.purpose,
    )
    assert (Channel.ONLINE, LawfulBasis.STATUTORY_DUTY) == (found.channel, found.lawful_basis)
    assert (Operator("E-12", "u"), ("card_status", "valid_to")) == (found.operator, found.fields)
    assert read_page(message.keys) == found.keys


def test_the_canonical_bytes_do_not_depend_on_the_order_on_the_wire() -> None:
    """Nor do they change when they are read and written again."""
    message = ask()
    parts = [ask_pb2.Ask(item_code=message.item_code).SerializeToString()]
    rest = ask_pb2.Ask.FromString(message.SerializeToString())
    rest.ClearField("item_code")
    reordered = ask_pb2.Ask.FromString(rest.SerializeToString() + parts[0])
    assert encode_ask(message) == encode_ask(reordered)
    assert encode_ask(message) == encode_ask(ask_pb2.Ask.FromString(encode_ask(message)))


@pytest.mark.parametrize(
    "written", ["51999919600101003x", "５１９９９９１９６００１０１００３Ｘ", " 51999919600101003X\u3000"]
)
def test_a_number_is_read_in_its_one_writing_and_hashed_as_it_was_sent(written: str) -> None:
    """A6: every room meets one writing; names, nulls and the canonical bytes stay as they are."""
    message = ask()
    del message.keys.columns[:]
    columns = (Column("social_security_no", Kind.STRING, (written, None)), Column("name", Kind.STRING, ("ｘ ", None)))
    write_page(Page(2, columns), message.keys)
    octets = encode_ask(message)
    keys = read_ask(message).keys
    assert ("51999919600101003X", None) == keys.column("social_security_no").values
    assert ("ｘ ", None) == keys.column("name").values
    assert octets == encode_ask(message)


@pytest.mark.parametrize("days", [-(2**31), 2**31 - 1])
def test_a_date_beyond_the_calendar_is_refused_by_its_side(days: int) -> None:
    """In a key as KEY_INVALID, in a peer's page as PEER_ANSWER_INVALID; so is a column without values."""
    message = ask()
    del message.keys.columns[:]
    message.keys.columns.add(name="born").dates.values.append(days)
    answer = peer_pb2.LinkAnswer(page=message.keys)
    bare = peer_pb2.LinkAnswer(page=page_pb2.Page(rows=0, columns=[page_pb2.Column(name="a")]))
    with pytest.raises(Refusal) as key:
        read_ask(message)
    assert Reason.KEY_INVALID == key.value.reason
    for bad in (answer, bare):
        with pytest.raises(Refusal) as theirs:
            read_answer(bad, b"")
        assert Reason.PEER_ANSWER_INVALID == theirs.value.reason


def test_an_applications_receipt_has_its_own_checkpoint() -> None:
    """There is no frame around it that would carry one."""
    assert b"checkpoint" == write_release_response(release()).receipt.checkpoint
