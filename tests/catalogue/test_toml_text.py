"""The TOML writer: what it writes, any TOML reader reads back, and the same value gives the same bytes."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.grants import BatchApproval, GrantDocument, Onward, read_grant, render_grant
from gateway.catalogue.lists import ItemList, ListEntry, ListKind, read_list, render_list
from gateway.catalogue.schema import Faults
from gateway.catalogue.toml_text import render
from gateway.ground.evidence import LawfulBasis
from gateway.ground.item import Label, LegalBasis, Mode, SharingMode

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
scalars = st.one_of(
    text,
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=offsets),
)
arrays = st.lists(scalars, max_size=4)
tables = st.recursive(
    st.dictionaries(text, scalars | arrays, max_size=4),
    lambda inner: st.dictionaries(text, scalars | arrays | inner | st.lists(inner, min_size=1, max_size=3), max_size=3),
    max_leaves=12,
)


@given(tables)
def test_what_is_written_reads_back(document: dict[str, Any]) -> None:
    """Any text in keys and values, any nesting of tables and arrays of tables."""
    assert document == tomllib.loads(render(document).decode())


@given(tables)
def test_the_same_document_gives_the_same_bytes(document: dict[str, Any]) -> None:
    """A signature over the bytes is a signature over the value."""
    assert render(document) == render(tomllib.loads(render(document).decode()))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('\x00\x1f\x7f"\\\n\t\r', b'a = "\\u0000\\u001f\\u007f\\"\\\\\\n\\t\\r"\n'),
        ("𠮷·阿", 'a = "𠮷·阿"\n'.encode()),
        (True, b"a = true\n"),
        (date(2026, 1, 2), b"a = 2026-01-02\n"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), b"a = 2026-01-02T03:04:05+00:00\n"),
        ([], b"a = []\n"),
    ],
)
def test_values_are_written_in_one_form(value: object, expected: bytes) -> None:
    """There is one way to write each value."""
    assert expected == render({"a": value})


@pytest.mark.parametrize("value", [None, 1.5, b"x", object(), datetime(2026, 1, 2), [None], {"b": None}])
def test_what_toml_does_not_know_is_refused(value: object) -> None:
    """There is no null to be written as something else."""
    with pytest.raises(TypeError):
        render({"a": value})


codes = st.from_regex(r"[A-Z0-9]{2,8}(-[A-Z0-9]{1,8}){1,3}", fullmatch=True).filter(str.isascii)
slugs = st.lists(st.from_regex(r"[a-z][a-z0-9-]{1,20}", fullmatch=True), min_size=1, max_size=4, unique=True).map(tuple)
filled = text.filter(lambda value: bool(value.strip()))
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
lists = st.builds(
    ItemList,
    province=st.sampled_from(["510000", "500000"]),
    kind=st.sampled_from(ListKind),
    version=st.integers(1, 999_999),
    issued_at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=offsets),
    effective_from=st.just(date(2000, 1, 1)),
    effective_to=days,
    entries=st.lists(
        st.builds(
            ListEntry,
            codes,
            st.integers(1, 9999),
            st.binary(min_size=32, max_size=32).map(bytes.hex),
            st.binary(min_size=32, max_size=32).map(bytes.hex),
            st.booleans(),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda entry: (entry.code, entry.version),
    ).map(tuple),
)
grants = st.builds(
    GrantDocument,
    id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    consumer_province=st.just("500000"),
    consumer_department=st.just("cq-hrss"),
    provider_province=st.just("510000"),
    provider_department=st.just("sc-hrss"),
    modes=st.sampled_from(((Mode(SharingMode.API, 1),), (Mode(SharingMode.BATCH, 500, 20, case_only=True),))),
    legal_bases=st.just((LegalBasis("510000", "条例", "2", draft=False),)),
    batch_approvals=st.sampled_from(((), (BatchApproval("PC-1", date(2026, 1, 1)),))),
    onward=st.sampled_from(((), (Onward("cq-library", "ZG-1", date(2026, 1, 1)),))),
    item_code=codes,
    item_version=st.integers(1, 9999),
    scenes=slugs,
    use_bases=slugs,
    lawful_bases=st.lists(st.sampled_from(LawfulBasis), min_size=1, unique=True).map(tuple),
    regions=st.just(("500152", "500000")),
    fields=st.just(("card_form",)),
    purposes=st.just((("card-business", Label("办理", "business")),)),
    valid_from=st.just(date(2000, 1, 1)),
    valid_until=days,
    approved_by=filled,
    application_no=filled,
    sealing_key=st.sampled_from(("", "A" * 43 + "=")),
)


@given(lists)
def test_a_list_reads_back_as_it_was_written(document: ItemList) -> None:
    """Without a fault, and to the same value."""
    faults = Faults()
    assert document == read_list("x", tomllib.loads(render_list(document).decode()), faults)
    faults.settle()


@given(grants)
def test_a_grant_reads_back_as_it_was_written(document: GrantDocument) -> None:
    """Without a fault, and to the same value."""
    faults = Faults()
    assert document == read_grant("x", tomllib.loads(render_grant(document).decode()), faults)
    faults.settle()
