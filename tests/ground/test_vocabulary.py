"""What a record says is learnt is never less than what its operator shows.

For each record and each sort of value: whatever value is still possible by the record gives the same cell as the value
that it was. So somebody who reads the cell learns no more than the record says, and what is reckoned from the record
(conflicts, candidates) never counts people that the cell rules out.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.ground.item import Field, Kind, Level
from gateway.ground.vocabulary.masks import RECORDS, record_of
from gateway.ground.vocabulary.records import MaskRecord, Param, UnknownMask, Written
from gateway.ground.vocabulary.tells import COUNTY_DIGITS, NOTHING, WHOLE, Tells
from gateway.masking.context import Context, Operator
from gateway.masking.date_shift import days
from gateway.masking.faults import MaskingError
from gateway.masking.keys import MaskKeys
from gateway.masking.operators import Material, operator_of
from gateway.masking.places import NO_PLACES, Place, Places
from gateway.masking.sealed import envelope
from tests.samples import NUMBER, field

TODAY = date(2026, 11, 24)
PUBLIC = X25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()
CODES = ("510104", "510112", "510704", "500112")
PLACES = Places(
    [
        Place("510000", "四川省", "510000", "510000"),
        Place("510100", "成都市", "510100", "510000"),
        Place("510700", "绵阳市", "510700", "510000"),
        Place("500000", "重庆市", "500000", "500000"),
    ]
)
LEAVING = [record for record in RECORDS if record.level not in (Level.DROP, Level.FORBID)]
KEYED = [record for record in LEAVING if record.relabels or record.level in (Level.ENCRYPT, Level.DATE_SHIFT)]
OPEN = [record for record in LEAVING if record not in KEYED]
"""Masks of which the same value gives the same cell to everybody, so that a cell rules values out."""


def of_each(records: list[MaskRecord]) -> pytest.MarkDecorator:
    """Put a claim to each of these records."""
    return pytest.mark.parametrize("record", records, ids=lambda each: each.name)


def of_kind(kind: Kind, records: list[MaskRecord] = OPEN) -> pytest.MarkDecorator:
    """Put a claim to each record that takes a kind."""
    return of_each([each for each in records if kind in each.kinds])


@cache
def ways(record: MaskRecord) -> list[dict[str, str | int]]:
    """Return parameters of a record at their bounds and in between."""
    ways: list[dict[str, str | int]] = [{}]
    for param in record.params:
        if param.written is not Written.NEVER:
            ways = [{**way, param.name: value} for way in ways for value in _values(param)]
    return [way for way in ways if not list(record.rule(record.complete(way), CODES))]


def _values(param: Param) -> tuple[str | int, ...]:
    if param.name == "values":
        return "510104,510112", "510104", "510104,500112"
    known: tuple[str | int, ...] = tuple(param.known)
    return known if len(known) < 10 else (known[0], known[1], known[len(known) // 2], known[-1])


TEXTUAL = [each for each in OPEN if Kind.STRING in each.kinds]


def made(record: MaskRecord, kind: Kind, way: dict[str, str | int], places: Places = PLACES, root: int = 0) -> Operator:
    """Make the operator of a record, as a plan does."""
    of: Field = replace(field("f", kind, record.level, **way), codes=CODES if record.choice == "is_one_of" else ())
    keys = MaskKeys(bytes([root]) * 32)
    derive = partial(keys.derive, recipient="r", item="CY-ID-02", field="f", purpose="s", epoch="2026")
    operator, _ = operator_of("CY-ID-02", of, Material(derive, derive, PUBLIC, places))
    assert operator is not None
    return operator


def cells(operator: Operator, *values: Any) -> tuple[Any, ...]:
    """Return the cells of values in one page; a refusal is a cell, since nothing of the value leaves."""
    try:
        context = Context(TODAY, range(len(values)), (NUMBER,) * len(values), envelope(PUBLIC, "CY-ID-02", "r"))
        return operator(values, context)
    except MaskingError:
        return ("refused",) * len(values)


@of_kind(Kind.DATE)
@given(data=st.data(), born=st.dates(date(1880, 1, 1), TODAY))
def test_a_date_may_have_been_any_that_the_record_leaves(record: MaskRecord, data: st.DataObject, born: date) -> None:
    """They give the same cell, they are as many as said, and the days just outside give another."""
    way = data.draw(st.sampled_from(ways(record)))
    dates, operator = record.tells.dates, made(record, Kind.DATE, way)
    span = dates.left(way, born, TODAY)
    assert span.since <= born <= span.until
    assert dates.fewest(way) <= (span.until - span.since).days + 1
    other = data.draw(st.dates(span.since, min(span.until, TODAY)))
    assert len(set(cells(operator, born, other))) == 1, f"{record.name}: tells less than its operator shows"
    before, after = max(span.since, date(1, 1, 2)) - timedelta(1), min(span.until, TODAY - timedelta(1)) + timedelta(1)
    for outside in (before, after):
        if not span.since <= outside <= span.until:
            assert len(set(cells(operator, born, outside))) == 2, f"{record.name}: tells more than its operator shows"


@of_each([each for each in TEXTUAL if each.tells.county(ways(each)[0]) < COUNTY_DIGITS])
@given(data=st.data(), code=st.one_of(st.sampled_from(CODES), st.integers(110000, 659999).map(str)))
def test_a_region_may_have_been_any_that_begins_alike(record: MaskRecord, data: st.DataObject, code: str) -> None:
    """Codes that share the digits learnt, and give the same answer, give the same cell."""
    way = data.draw(st.sampled_from(ways(record)))
    digits, params = record.tells.county(record.complete(way)), record.complete(way)
    if record.tells.question(params):
        code = data.draw(st.sampled_from(str(way["values"]).split(",")))
    asked = sorted(str(each) for _, each in record.tells.question(params))
    alike = st.text("0123456789", min_size=6 - digits, max_size=6 - digits).map(lambda rest: code[:digits] + rest)
    other = data.draw(st.sampled_from(asked) if asked else alike)
    assume(other[0] != "0")
    for places in (NO_PLACES, PLACES):
        operator = made(record, Kind.STRING, way, places)
        assert len(set(cells(operator, code, other))) == 1, f"{record.name}: tells less than its operator shows"


@of_each([each for each in TEXTUAL if each.tells.county(ways(each)[0]) < COUNTY_DIGITS and each.choice != "is_one_of"])
@given(data=st.data(), city=st.sampled_from(["四川省成都市", "四川省绵阳市", "重庆市", "成都市", "某地"]))
def test_an_address_may_have_been_any_of_its_city(record: MaskRecord, data: st.DataObject, city: str) -> None:
    """Nothing of what follows the city's name changes the cell, unless the record says that all of it is learnt."""
    way = data.draw(st.sampled_from(ways(record)))
    tail = st.text("街道路巷号栋0123456789", min_size=1, max_size=12)
    operator = made(record, Kind.STRING, way)
    one, other = (f"{city}{data.draw(tail)}" for _ in range(2))
    assert len(set(cells(operator, one, other))) == 1, f"{record.name}: tells less than its operator shows"


@of_each([each for each in TEXTUAL if sum(each.tells.ends(each.complete(ways(each)[0]))) < WHOLE])
@given(data=st.data())
def test_a_text_may_have_been_any_with_its_ends(record: MaskRecord, data: st.DataObject) -> None:
    """Texts that share the characters learnt at each end give the same cell, whatever stands between."""
    way = data.draw(st.sampled_from(ways(record)))
    first, last = record.tells.ends(record.complete(way))
    alphabet = "王李张欧阳司马小明丽华" if record.choice == "surname" else "王欧阳𠮷0123456789XABC.-"
    ends = st.text(alphabet, min_size=first, max_size=first), st.text(alphabet, min_size=last, max_size=last)
    head, tail = (data.draw(end) for end in ends)
    if record.choice == "icd_chapter":
        head = data.draw(st.from_regex("[A-Z][0-9]{2}", fullmatch=True))
    least = max(1, first + last)
    between = st.text(alphabet, min_size=least, max_size=20)
    one, other = (head + ("." if record.choice == "icd_chapter" else "") + data.draw(between) + tail for _ in range(2))
    assert len(set(cells(made(record, Kind.STRING, way), one, other))) == 1, (
        f"{record.name}: tells less than its operator shows"
    )


@pytest.mark.parametrize(
    ("record", "kind"),
    [(each, kind) for each in OPEN for kind in (Kind.DECIMAL, Kind.INTEGER) if kind in each.kinds],
    ids=lambda each: each.name if isinstance(each, MaskRecord) else each,
)
@given(data=st.data(), millionths=st.one_of(st.integers(-(10**9), 10**12), st.integers(-(10**8), 10**8)))
def test_a_number_may_have_been_any_of_its_range(
    record: MaskRecord, kind: Kind, data: st.DataObject, millionths: int
) -> None:
    """Numbers of the range learnt give the same cell, and the numbers just outside another."""
    way = data.draw(st.sampled_from(ways(record)))
    step = 1 if kind is Kind.DECIMAL else 1_000_000
    value = Decimal(millionths // step * step) / 1_000_000
    low, high = (int(each * 1_000_000) for each in record.tells.numbers(way, value))
    assert low <= int(value * 1_000_000) <= high
    low, high = max(low, -(10**20)), min(high, 10**20)
    drawn = data.draw(st.integers(-(-low // step), high // step)) * step
    operator = made(record, kind, way)
    one, other = _number(millionths // step * step, kind), _number(drawn, kind)
    assert len(set(cells(operator, one, other))) == 1, f"{record.name}: tells less than its operator shows"
    for outside in (low // step * step - (step if low % step == 0 else 0), (high // step + 1) * step):
        if abs(outside) < 10**20:
            pair = cells(operator, one, _number(outside, kind))
            assert len(set(pair)) == 2, f"{record.name}: tells more than its operator shows"


def _number(millionths: int, kind: Kind) -> str | int:
    if kind is Kind.INTEGER:
        return millionths // 1_000_000
    whole, rest = divmod(abs(millionths), 1_000_000)
    return f"{'-' if millionths < 0 else ''}{whole}.{rest:06}"


@of_kind(Kind.BOOLEAN)
def test_of_two_values_it_is_not_learnt_which_where_the_record_says_so(record: MaskRecord) -> None:
    """A truth value; a record that says it is learnt may show less, as `is_present` does."""
    if not record.tells.halves:
        assert 1 == len(set(cells(made(record, Kind.BOOLEAN, ways(record)[0]), True, False)))


@pytest.mark.parametrize("record", LEAVING, ids=lambda each: each.name)
def test_no_value_looks_like_a_value_where_the_record_says_so(record: MaskRecord) -> None:
    """A null and a value have cells of one length in one page."""
    if not record.tells.presence:
        value = {Kind.STRING: "王一", Kind.BOOLEAN: True}
        kind = min(record.kinds & set(value))
        nothing, something = cells(made(record, kind, ways(record)[0]), None, value[kind])
        assert nothing is not None
        assert len(nothing) == len(something)


@of_kind(Kind.STRING, KEYED)
@given(data=st.data(), digits=st.text("0123456789", min_size=17, max_size=17))
def test_a_token_tells_nothing_without_its_key(record: MaskRecord, data: st.DataObject, digits: str) -> None:
    """Another key gives another cell, and every value a cell of one length unless the record says that it is seen."""
    way = data.draw(st.sampled_from(ways(record)))
    value = f"1{digits[:10]}" if record.choice == "mobile" else digits + "0" * (record.choice == "identity")
    drawn = [cells(made(record, Kind.STRING, way, root=root), value)[0] for root in range(6)]
    assert len(set(drawn)) > 1, f"{record.name}: a cell does not depend on its key"
    if record.choice and not record.tells.length:
        lengths = {len(cell) for cell in drawn}
        shorter = digits[:15] if record.choice == "identity" else "+86" + value
        lengths.add(len(cells(made(record, Kind.STRING, way), shorter)[0]))
        assert 1 == len(lengths), f"{record.name}: tells less than its operator shows"


@pytest.mark.parametrize("max_days", [30, 31, 365])
def test_a_shifted_date_leaves_as_many_dates_as_said(max_days: int) -> None:
    """Every number of days to either side is met, and none is not: so any date but the shown one may be the true."""
    met = {days(bytes(32), max_days, f"subject {at}").days for at in range(16 * max_days)}
    assert {*range(-max_days, max_days + 1)} - {0} == met
    fewest = record_of(Level.DATE_SHIFT, {}).tells.dates.fewest({"max_days": max_days})
    assert fewest == len(met)


@pytest.mark.parametrize("record", [each for each in OPEN if each.coarser], ids=lambda each: each.name)
@given(data=st.data(), born=st.dates(date(1880, 1, 1), TODAY), code=st.sampled_from(CODES))
def test_a_coarser_mask_follows_from_a_finer_one(
    record: MaskRecord, data: st.DataObject, born: date, code: str
) -> None:
    """Values that the finer mask does not tell apart, the coarser one does not either."""
    for choice in sorted(record.coarser):
        coarse = record_of(record.level, {"to": choice})
        if Kind.DATE in record.kinds:
            span = record.tells.dates.left({}, born, TODAY)
            pair: tuple[Any, Any] = born, data.draw(st.dates(span.since, span.until))
            assert 1 == len(set(cells(made(coarse, Kind.DATE, {"to": choice}), *pair)))
        else:
            pair = code, code[: record.tells.county({})].ljust(6, "1")
            assert 1 == len(set(cells(made(coarse, Kind.STRING, {"to": choice}), *pair)))


@of_kind(Kind.DATE)
@given(data=st.data(), born=st.dates(date(1880, 1, 1), TODAY))
def test_a_mask_answers_the_ages_at_which_it_turns(record: MaskRecord, data: st.DataObject, born: date) -> None:
    """Birth dates of one cell are all of such an age, or none is."""
    way = ways(record)[0]
    span = record.tells.dates.left(way, born, TODAY)
    other = data.draw(st.dates(max(span.since, date(1, 1, 1)), min(span.until, TODAY)))
    for years in record.tells.turns_at:
        asked = record_of(Level.PREDICATE, {"question": "age_at_least"})
        answer = made(asked, Kind.DATE, {"question": "age_at_least", "years": years})
        assert 1 == len(set(cells(answer, born, other)))


def test_what_shows_a_part_under_several_parameters_is_spliced() -> None:
    """Ten here and a hundred there are together finer than either; a substitute shows nothing of the value."""
    free = [each for each in OPEN if each.tells.shows and len(ways(each)) > 1]
    assert ["partial character", "round"] == [each.name for each in free]
    assert all(each.tells.spliced for each in free)


@pytest.mark.parametrize("missing", [each.name for each in fields(MaskRecord)])
def test_a_record_without_all_that_it_must_say_cannot_be_made(missing: str) -> None:
    """Nothing has a default, least of all what is learnt."""
    record = RECORDS[0]
    said = {each.name: getattr(record, each.name) for each in fields(MaskRecord) if each.name != missing}
    with pytest.raises(TypeError, match=missing):
        MaskRecord(**said)


@pytest.mark.parametrize("missing", [each.name for each in fields(Tells)])
def test_a_fact_that_is_not_stated_cannot_be_made(missing: str) -> None:
    """Neither nothing nor everything is assumed."""
    said = {each.name: getattr(NOTHING, each.name) for each in fields(Tells) if each.name != missing}
    with pytest.raises(TypeError, match=missing):
        Tells(**said)


@pytest.mark.parametrize(
    ("level", "params"),
    [
        (Level.GENERALISE, {"to": "quarter"}),
        (Level.GENERALISE, {}),
        (Level.GENERALISE, {"to": 1}),
        (Level.PREDICATE, {"question": "is_false"}),
        (Level.FORMAT_PRESERVING, {"form": "passport"}),
        (Level.PARTIAL, {"unit": "byte"}),
    ],
)
def test_a_name_without_a_record_is_refused(level: Level, params: dict[str, str | int]) -> None:
    """An unknown name is never a mask of which nothing is learnt."""
    with pytest.raises(UnknownMask, match="to be one of"):
        record_of(level, params)
