"""Claims about the guard and every level: what the operator makes passes, and what it never makes is blocked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.ground.evidence import Column, Value
from gateway.ground.item import Field, Kind, Level
from gateway.ground.vocabulary.names import BlockCipher, NumberForm
from gateway.leakguard.columns import Rule, rule_of
from gateway.leakguard.found import LeakFound
from gateway.masking.format_preserving import FormatPreserving
from tests.samples import field

NUMBER = "51999919600101001X"
HEAD = bytes(range(80))
CELL = HEAD + bytes(64 + 16)
SEALED = field("a", Kind.STRING, Level.ENCRYPT)


def _rule(of: Field) -> Rule:
    rule = rule_of(of)
    assert rule is not None
    return rule


def _look(of: Field, cells: tuple[Value, ...], raw: tuple[Value, ...]) -> bool:
    rule = _rule(of)
    return rule.look(Column("a", rule.kind, cells), raw)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (NumberForm.IDENTITY, NUMBER),
        (NumberForm.BANK_CARD, "9999981234567890"),
        (NumberForm.MOBILE, "10000000000"),
        (NumberForm.DIGITS, "123456"),
    ],
)
def test_numbers_that_keep_their_form_pass_and_the_raw_ones_do_not(form: NumberForm, value: str) -> None:
    """What FF1 makes has the form that no real number has; the value itself has not."""
    of = field("a", Kind.STRING, Level.FORMAT_PRESERVING, form=form.value)
    assert not _look(of, FormatPreserving(form, BlockCipher.AES, bytes(32))((value,)), (value,))
    with pytest.raises(LeakFound):
        _look(of, (value,), (value,))


@pytest.mark.parametrize(
    ("of", "good", "bad"),
    [
        (field("a", Kind.STRING, Level.REDACT), "***", NUMBER),
        (field("a", Kind.STRING, Level.KEYED_HASH), "a" * 32, NUMBER),
        (field("a", Kind.STRING, Level.GENERALISE, to="province"), "510000", "510104"),
        (field("a", Kind.STRING, Level.GENERALISE, to="address_city"), "000000", "四川省成都市锦江区样例路"),
        (field("a", Kind.STRING, Level.GENERALISE, to="icd_chapter"), "XIV", "N18.9"),
        (field("a", Kind.DECIMAL, Level.ROUND, to=100), "-1200", "1234.50"),
        (field("a", Kind.DECIMAL, Level.ROUND, to=100), "0", "1210"),
        (field("a", Kind.INTEGER, Level.ROUND, to=10), 120, 123),
        (field("a", Kind.DATE, Level.DATE_SHIFT, max_days=30), date(1960, 1, 9), date(1960, 1, 1)),
        (SEALED, CELL, NUMBER.encode()),
    ],
)
def test_each_level_has_its_form(of: Field, good: Value, bad: Value) -> None:
    """A cell as the level makes it passes, with a null beside it; the raw value in its place is blocked."""
    raw: tuple[Value, ...] = (date(1960, 1, 1), None) if of.kind is Kind.DATE else (bad, None)
    assert not _look(of, (good, None), raw)
    with pytest.raises(LeakFound):
        _look(of, (bad, None), raw)


@pytest.mark.parametrize(
    "cells",
    [
        (HEAD,),
        (CELL + b"x",),
        (CELL, HEAD + bytes(256 + 16)),
        (CELL, bytes(80) + bytes(64 + 16)),
        (b"",),
    ],
)
def test_sealed_cells_that_are_not_of_one_page_are_blocked(cells: tuple[bytes, ...]) -> None:
    """Another length, two lengths, two heads, nothing."""
    with pytest.raises(LeakFound):
        _look(SEALED, cells, ("x",) * len(cells))


def test_a_substitute_is_searched_like_open_text() -> None:
    """It may be any text, so that the other looks must see it."""
    assert _look(field("a", Kind.STRING, Level.SUBSTITUTE, dictionary="employer"), ("东样例公司",), ("x",))


@pytest.mark.parametrize(
    "of",
    [
        field("a", Kind.STRING, Level.FORBID),
        field("a", Kind.STRING, Level.FORMAT_PRESERVING, form="other"),
        field("a", Kind.STRING, Level.GENERALISE, to="district"),
        replace(SEALED, kind=Kind.SEALED),
    ],
)
def test_a_level_without_a_known_form_has_no_rule(of: Field) -> None:
    """A fault before a record comes."""
    with pytest.raises(ValueError, match="expected a level"):
        rule_of(of)
