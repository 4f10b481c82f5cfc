"""What another gateway delivers is held to the item (gateway.leakguard.delivered): its own masked pages pass, and a
page that the item would not let out is refused without a word of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ground.evidence import Column, Page
from gateway.ground.item import Field, Kind, Level
from gateway.ground.refusals import Reason, Refusal
from gateway.leakguard.delivered import Delivered
from tests.samples import field, grant, item

CLEAR = replace(field("card_status"), codes=("active", "lost"))


def _refused(of: Field, values: tuple[Any, ...], kind: Kind) -> bool:
    asked = item(of)
    page = Page(len(values), (Column(of.name, kind, values),))
    try:
        Delivered(asked).inspect(grant(asked, (of.name,)), page)
    except Refusal as refusal:
        assert Reason.PEER_ANSWER_INVALID is refusal.reason
        assert ("", ()) == (refusal.cell, refusal.violations)
        return True
    return False


MASKED = [
    (CLEAR, ("active", None, "lost"), ("正常",)),
    (replace(field("card_no"), pattern="[0-9A-Z][0-9]{8}"), ("T00000001",), ("T0000001",)),
    (field("card_no", level=Level.PARTIAL, keep_first=2, keep_last=2), ("T0****01", None), ("T00000001",)),
    (field("region", level=Level.GENERALISE, to="city"), ("510100",), ("510104x",)),
    (field("born", Kind.DATE, Level.GENERALISE, to="year"), ("1960",), ("1960-01-01",)),
    (field("person", level=Level.PSEUDONYM), ("abcdefghijklmnop" * 2,), ("51999919600101003X",)),
    (field("secret", level=Level.REDACT), ("***",), ("王一",)),
    (field("note", level=Level.CLEAR), ("办结",), ("办\x07结",)),
    (field("turned", level=Level.CLEAR), ("办结",), ("办\u202e结",)),
]


@pytest.mark.parametrize(("of", "good", "bad"), MASKED)
def test_a_cell_has_the_form_that_its_level_gives(of: Field, good: tuple[Any, ...], bad: tuple[Any, ...]) -> None:
    """A value that was not masked is found out by its form."""
    assert not _refused(of, good, Kind.STRING)
    assert _refused(of, bad, Kind.STRING)
    assert _refused(of, (*good, *bad), Kind.STRING)


@pytest.mark.parametrize(
    ("of", "values", "kind"),
    [
        (CLEAR, (1,), Kind.STRING),
        (CLEAR, (True,), Kind.BOOLEAN),
        (field("valid_to", Kind.DATE), ("2030-01-01",), Kind.DATE),
        (field("valid_to", Kind.DATE), (date(2030, 1, 1),), Kind.STRING),
        (field("yes", Kind.BOOLEAN, Level.PREDICATE, question="is_true"), ("true",), Kind.BOOLEAN),
        (field("account", level=Level.ENCRYPT), (b"plain",), Kind.SEALED),
        (field("account", level=Level.ENCRYPT), ("9999980000000000001",), Kind.STRING),
    ],
)
def test_another_kind_is_refused(of: Field, values: tuple[Any, ...], kind: Kind) -> None:
    """Of the column or of a cell."""
    assert _refused(of, values, kind)


def test_exactly_the_columns_that_were_asked_for_are_taken() -> None:
    """None more, none less, in their order, each with a cell a row."""
    one, two = replace(CLEAR, name="one"), replace(CLEAR, name="two")
    dropped = field("gone", level=Level.DROP)
    of = item(one, two, dropped)
    asked = grant(of, ("two", "gone", "one"))
    cells = {name: Column(name, Kind.STRING, ("active",)) for name in ("one", "two", "gone", "more")}
    Delivered(of).inspect(asked, Page(1, (cells["two"], cells["one"])))
    for names in (["one", "two"], ["two"], [], ["two", "one", "gone"], ["two", "one", "more"], ["two", "two"]):
        with pytest.raises(Refusal) as caught:
            Delivered(of).inspect(asked, Page(1, tuple(cells[name] for name in names)))
        assert Reason.PEER_ANSWER_INVALID is caught.value.reason
    with pytest.raises(Refusal):
        Delivered(of).inspect(asked, Page(2, (cells["two"], cells["one"])))


def test_a_minors_cell_may_have_the_stricter_form() -> None:
    """Beside others in one column; and no third form."""
    of = replace(
        field("born", Kind.DATE, Level.GENERALISE, to="year_month"),
        minor_level=Level.GENERALISE,
        minor_params=(("to", "year"),),
    )
    assert not _refused(of, ("1960-01", "2015", None), Kind.STRING)
    assert _refused(of, ("1960-01", "2015-01-01"), Kind.STRING)


@given(st.text(min_size=1, max_size=30))
def test_whatever_a_peer_writes_into_a_coded_column_is_a_code_or_refused(text: str) -> None:
    """No text of its own comes through."""
    assert _refused(CLEAR, (text,), Kind.STRING) is (text not in CLEAR.codes)


def test_nothing_of_the_page_is_told() -> None:
    """Neither value, field nor row: they are the other side's to find."""
    of = item(CLEAR)
    with pytest.raises(Refusal) as caught:
        Delivered(of).inspect(grant(of, ("card_status",)), Page(1, (Column("card_status", Kind.STRING, ("王一",)),)))
    assert "王一" not in str(caught.value)
    assert "card_status" not in str(caught.value)
